//! The settings of a TwinSpace.

use chrono::{DateTime, Utc};
use entity::Act;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use crate::{
    Result,
    access::{self, Access},
    care::audit,
    db::Db,
    events::Event,
};

/// Changes settings; `None` keeps the current value.
pub async fn edit(
    db: &Db,
    seen: &Access,
    chat_open_to_pupils: Option<bool>,
    now: DateTime<Utc>,
) -> Result<()> {
    let tx = db.begin().await?;
    let project = access::lock_active(&tx, seen).await?;
    if let Some(open) = chat_open_to_pupils.filter(|&open| open != project.chat_open_to_pupils) {
        let mut row = project.into_active_model();
        row.chat_open_to_pupils = Set(open);
        row.update(&*tx).await?;
        let line = audit::line(Act::SettingsEdited, seen.person.account).project(seen.project_id);
        line.detail("chatOpenToPupils", open).write(&tx, now).await?;
        tx.tell(Event::Settings { project: seen.project_id }).await?;
    }
    Ok(tx.commit().await?)
}

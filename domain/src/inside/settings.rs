//! The settings of a TwinSpace.

use entity::{Act, TwinSpaceId};
use policy::{TwinSpaceAct, TwinSpaceFacts, TwinSpacePermission};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use crate::{Actor, Result, care::audit, events::Event};

/// What it takes to change settings.
pub const EDIT: TwinSpaceAct = TwinSpaceAct::May(TwinSpacePermission::EditSettings);

/// Changes settings; `None` keeps the current value.
pub async fn edit(
    actor: Actor<'_>,
    id: TwinSpaceId,
    chat_open_to_pupils: Option<bool>,
) -> Result<()> {
    let (tx, project, _) = actor.permit::<TwinSpaceFacts>(EDIT, id).await?.into_parts()?;
    if let Some(open) = chat_open_to_pupils.filter(|&open| open != project.chat_open_to_pupils) {
        let id = project.id;
        let mut row = project.into_active_model();
        row.chat_open_to_pupils = Set(open);
        row.update(&*tx).await?;
        let line = audit::line(Act::SettingsEdited, actor.person.account).project(id);
        line.detail(audit::Detail::ChatOpenToPupils, open).write(&tx, actor.now).await?;
        tx.tell(Event::Settings { project: id }).await?;
    }
    Ok(tx.commit().await?)
}

//! The outbox as the server's operator sees it.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{Act, MailId, mail};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    Result,
    care::audit,
    db::{Db, Tx},
    events::Event,
};

/// The mails that have not been delivered, or only those that failed, oldest first; at most this
/// number.
pub async fn pending(db: &Db, failed: bool, most: u64) -> Result<Vec<mail::Model>> {
    let tried = mail::Column::Attempts.gte(i32::from(failed));
    let all = mail::Entity::find().filter(tried).order_by_asc(mail::Column::Id).limit(most);
    Ok(all.all(db.read()).await?)
}

/// Makes this mail due at once, or all that failed, except those that will be tried soon anyway or
/// are being sent; returns their number.
pub async fn retry_now(
    db: &Db,
    id: Option<MailId>,
    soon: TimeDelta,
    now: DateTime<Utc>,
) -> Result<u64> {
    let tx = db.begin().await?;
    let changed = retry_these(&tx, id, soon, now).await?;
    audit::line(Act::MailRetried, None)
        .detail(audit::Detail::Mails, changed)
        .write(&tx, now)
        .await?;
    tx.commit().await?;
    Ok(changed)
}

/// The same in an open transaction, without a log entry.
pub async fn retry_these(
    tx: &Tx,
    id: Option<MailId>,
    soon: TimeDelta,
    now: DateTime<Utc>,
) -> Result<u64> {
    let mut due = mail::Entity::update_many()
        .col_expr(mail::Column::DueAt, now.into())
        .filter(mail::Column::DueAt.gt(now + soon));
    if let Some(id) = id {
        due = due.filter(mail::Column::Id.eq(id));
    }
    let changed = due.exec(&**tx).await?.rows_affected;
    tx.tell(Event::Mail).await?;
    Ok(changed)
}

//! The audit log of the whole server, for administrators: a file in two steps as with pupils (M-17).

use chrono::{DateTime, Utc};
use entity::{AccountId, Act, Purpose};
use policy::ServerPermission;
use uuid::Uuid;

use super::begin;
use crate::{
    Actor, Result,
    care::audit::{self, AuditRow, Filter, Order},
    db::Db,
    download::{self, Origin},
    list::{Ask, Columns},
};

/// The maximum number of entries in an export: the latest.
pub const MAX_LINES: u64 = 50_000;

/// The fields that are in an export.
const FIELDS: [&str; 6] = ["at", "act", "actor", "person", "subject", "details"];

/// Prepares an export of the log for an administrator, who can download it once.
pub async fn export(actor: Actor<'_>, origin: Origin<'_>) -> Result<String> {
    let (tx, id) = begin(&actor, ServerPermission::ReadServerLog).await?;
    let now = actor.now;
    let secret = download::prepare(&tx, Purpose::ExportLog, id.0, origin, now).await?;
    audit::line(Act::AuditLogExported, id).write(&tx, now).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Uses up the administrator's secret and reads the latest entries that fit, newest first. For
/// everyone else the export does not exist.
pub async fn take(
    db: &Db,
    secret: &str,
    administrator: AccountId,
    filter: Filter,
    origin: Origin<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<AuditRow>> {
    let tx = db.begin().await?;
    download::redeem(&tx, secret, Purpose::ExportLog, administrator.0, origin, now).await?;
    tx.commit().await?;
    let ask = Ask::<AuditRow> {
        columns: Columns::key::<AuditRow>().and::<AuditRow>(&FIELDS),
        filter,
        order: Order::At,
        descending: true,
        after: None,
        before: None,
        limit: MAX_LINES,
        last: false,
        rows: true,
        total: false,
    };
    let page = ask.of_one(db.read(), Uuid::nil()).await?;
    Ok(page.rows.into_iter().map(|(_, row)| row).collect())
}

//! Officers and administrators: listing, moving and removing them, from the command line, and by
//! administrators.

use chrono::{DateTime, Utc};
use entity::{AccountId, AccountKind, Act, Purpose, ServiceId, account, service};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, sea_query::LockType,
};

use crate::{
    Error, Result,
    accounts::{email, email_change, picture, session},
    care::audit,
    db::Tx,
    mail,
    projects::service as services,
    token,
};

/// The officers or the administrators, each with their support service, by name.
pub async fn list(
    db: &impl ConnectionTrait,
    kind: AccountKind,
) -> Result<Vec<(account::Model, Option<service::Model>)>> {
    let all = account::Entity::find()
        .filter(account::Column::Kind.eq(kind))
        .filter(account::Column::Email.is_not_null())
        .order_by_asc(account::Column::NameKey)
        .order_by_asc(account::Column::Id)
        .all(db)
        .await?;
    let services = service::Entity::find().all(db).await?;
    let of = |id| services.iter().find(|service| Some(service.id) == id).cloned();
    Ok(all.into_iter().map(|one| (one.clone(), of(one.service_id))).collect())
}

/// Lets an officer work for another support service; returns who it was, and the service.
pub async fn move_to(
    tx: &Tx,
    address: &str,
    service: ServiceId,
    by: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<(account::Model, service::Model)> {
    let found = locked(tx, AccountKind::Officer, address).await?;
    let service = services::lock(tx, service).await?;
    let mut row = found.into_active_model();
    row.service_id = Set(Some(service.id));
    let moved = row.update(&**tx).await?;
    // What is open on their screens belongs to the other service.
    session::close_all(tx, moved.id).await?;
    let line = audit::line(Act::OfficerMoved, by).account(moved.id).subject(service.id.0);
    line.write(tx, now).await?;
    Ok((moved, service))
}

/// The officer or administrator with this address, locked.
async fn locked(tx: &Tx, kind: AccountKind, address: &str) -> Result<account::Model> {
    let found = email::owner(address)
        .filter(account::Column::Kind.eq(kind))
        .lock(LockType::NoKeyUpdate)
        .one(&**tx)
        .await?;
    found.ok_or(Error::NotFound("account"))
}

/// Removes an officer or administrator; returns who it was. Their sessions end, the address becomes
/// available again, and their decisions remain under their name.
pub async fn remove(
    tx: &Tx,
    kind: AccountKind,
    address: &str,
    by: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<account::Model> {
    let found = locked(tx, kind, address).await?;
    let id = found.id;
    let mut row = found.clone().into_active_model();
    row.email = Set(None);
    row.service_id = Set(None);
    // No password has this hash.
    row.password_hash = Set(String::new());
    row.profile = Set(String::new());
    row.block_reason = Set(None);
    row.update(&**tx).await?;
    picture::forget(tx, id).await?;
    session::close_all(tx, id).await?;
    for purpose in [Purpose::ResetPassword, Purpose::ExportNumbers, Purpose::ExportLog] {
        token::end(tx, purpose, id.0).await?;
    }
    email_change::forget(tx, id).await?;
    if let Some(address) = &found.email {
        mail::withdraw_from(tx, address).await?;
    }
    audit::line(Act::AccountRemoved, by).account(id).write(tx, now).await?;
    Ok(found)
}

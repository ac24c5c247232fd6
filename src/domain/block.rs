//! Accounts that the operator of the server has blocked; from the command line.
//!
//! To the owner of a blocked account the right password is as wrong as any other, and nobody else
//! sees that it is blocked. What they wrote and where they are members stays as it is.

use chrono::{DateTime, Utc};
use entity::{Act, Purpose, account};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect, sea_query::LockType,
};

use super::{audit, email, email_change, mail, session, token, username};
use crate::{
    Error, Result,
    db::Tx,
    events::{Event, Whom},
};

/// Blocks the account with this address or username: its sessions end, and so do the links that
/// were mailed to it. Again it changes nothing.
pub async fn block(tx: &Tx, who: &str, now: DateTime<Utc>) -> Result<account::Model> {
    let found = find(tx, who).await?;
    if found.blocked_at.is_some() {
        return Ok(found);
    }
    let id = found.id;
    let mut row = found.clone().into_active_model();
    row.blocked_at = Set(Some(now));
    row.update(&**tx).await?;
    session::close_all(tx, id).await?;
    mail::withdraw(tx, id.0).await?;
    token::end(tx, Purpose::ResetPassword, id.0).await?;
    email_change::forget(tx, id).await?;
    token::end(tx, Purpose::ExportOwnData, id.0).await?;
    // Reports that only they might settle wait for others now.
    tx.tell(Event::Waiting(Whom::Service(None))).await?;
    audit::line(Act::AccountBlocked, None).account(id).write(tx, now).await?;
    Ok(found)
}

/// Lets the owner of a blocked account sign in again. One that is not blocked stays as it is.
pub async fn unblock(tx: &Tx, who: &str, now: DateTime<Utc>) -> Result<account::Model> {
    let found = find(tx, who).await?;
    if found.blocked_at.is_none() {
        return Ok(found);
    }
    let mut row = found.clone().into_active_model();
    row.blocked_at = Set(None);
    row.update(&**tx).await?;
    tx.tell(Event::Waiting(Whom::Service(None))).await?;
    audit::line(Act::AccountUnblocked, None).account(found.id).write(tx, now).await?;
    Ok(found)
}

/// The account, locked. Only addresses have an `@`.
async fn find(tx: &Tx, who: &str) -> Result<account::Model> {
    let query = match who.contains('@') {
        true => email::owner(who),
        false => account::Entity::find().filter(account::Column::Username.eq(username::typed(who))),
    };
    query.lock(LockType::NoKeyUpdate).one(&**tx).await?.ok_or(Error::NotFound("account"))
}

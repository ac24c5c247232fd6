//! Blocking of accounts by administrators, and by the server's operator from the command line.
//!
//! For the owner of a blocked account, the right password is treated like a wrong one, and nobody
//! else can see that it is blocked, except who answers for a pupil: the custodian is told, and the
//! logs of the pupil's TwinSpaces say so. What they wrote and their memberships do not
//! change; the invitations that they sent are revoked (M-05).

use chrono::{DateTime, Utc};
use entity::{AccountId, AccountKind, Act, Purpose, account};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect, Select, sea_query::LockType,
};

use crate::{
    Error, Reason, Result,
    accounts::{account as accounts, email, email_change, erasure, session, username},
    care::audit,
    db::Tx,
    events::{Event, Whom},
    mail,
    members::{
        custody::watch, custody_transfer, invitation::power, pupil_news as news, pupil_request,
    },
    permit::Held,
    token,
};

/// Who blocks an account, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct By {
    /// The administrator; none for the server's operator.
    pub administrator: Option<AccountId>,
    /// The reason, for administrators.
    pub reason: Option<String>,
}

/// Blocks the account with this address or username, for the operator.
pub async fn block(
    tx: &Tx,
    who: &str,
    reason: Option<String>,
    now: DateTime<Utc>,
) -> Result<account::Model> {
    let id = one(tx, who).await?.id;
    block_account(tx, id, By { administrator: None, reason }, now).await
}

/// Blocks an account; returns what it was before: its sessions and mailed links end, and the
/// invitations that it sent are revoked (M-05). Blocking again changes nothing.
pub async fn block_account(
    tx: &Tx,
    id: AccountId,
    by: By,
    now: DateTime<Utc>,
) -> Result<account::Model> {
    // Before the account, as everywhere: their invitations are revoked in the projects concerned.
    let held = erasure::lock_projects(tx, id).await?;
    let found = lock(tx, id, by.administrator).await?;
    if found.blocked_at.is_some() {
        return Ok(found);
    }
    let mut row = found.clone().into_active_model();
    row.blocked_at = Set(Some(now));
    row.block_reason = Set(by.reason);
    row.update(&**tx).await?;
    session::close_all(tx, id).await?;
    mail::withdraw(tx, id.0).await?;
    token::end(tx, Purpose::ResetPassword, id.0).await?;
    email_change::forget(tx, id).await?;
    for purpose in [
        Purpose::ExportOwnData,
        Purpose::ExportNumbers,
        Purpose::ExportLog,
        Purpose::ExportTwinSpace,
    ] {
        token::end(tx, purpose, id.0).await?;
    }
    // Invitations and requests do not outlast the right to make them.
    power::revoke_all(tx, id, None, now).await?;
    pupil_request::end_of(tx, id, now).await?;
    custody_transfer::end_of(tx, id, now).await?;
    // What only they could answer now waits for the support services.
    pupil_request::pass_on(tx, id, now).await?;
    // Reports that only they could settle now wait for others.
    tx.tell(Event::Waiting(Whom::Service(None))).await?;
    log(tx, &found, Act::AccountBlocked, by.administrator, &held, now).await?;
    Ok(found)
}

/// Unblocks the account with this address or username, for the operator.
pub async fn unblock(tx: &Tx, who: &str, now: DateTime<Utc>) -> Result<account::Model> {
    let id = one(tx, who).await?.id;
    unblock_account(tx, id, None, now).await
}

/// Lets the owner of a blocked account sign in again; returns what it was before. An account that
/// is not blocked does not change.
pub async fn unblock_account(
    tx: &Tx,
    id: AccountId,
    by: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<account::Model> {
    let held = watch::hold(tx, &[id], None).await?;
    let found = lock(tx, id, by).await?;
    if found.blocked_at.is_none() {
        return Ok(found);
    }
    let mut row = found.clone().into_active_model();
    row.blocked_at = Set(None);
    row.block_reason = Set(None);
    row.update(&**tx).await?;
    pupil_request::pass_back(tx, found.id, now).await?;
    tx.tell(Event::Waiting(Whom::Service(None))).await?;
    log(tx, &found, Act::AccountUnblocked, by, &held, now).await?;
    Ok(found)
}

/// Ends all sessions of an account; returns whose they were. `by` is none for the operator.
pub async fn end_sessions(
    tx: &Tx,
    id: AccountId,
    by: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<account::Model> {
    let held = watch::hold(tx, &[id], None).await?;
    let found = lock(tx, id, by).await?;
    session::close_all(tx, id).await?;
    log(tx, &found, Act::SessionsEnded, by, &held, now).await?;
    Ok(found)
}

/// Records it: of a pupil in the TwinSpaces that the pupil is in, and the custodian is told.
/// `held` are the locked projects.
async fn log(
    tx: &Tx,
    found: &account::Model,
    act: Act,
    by: Option<AccountId>,
    held: &Held,
    now: DateTime<Utc>,
) -> Result<()> {
    let line = audit::line(act, by);
    if found.kind != AccountKind::Pupil {
        return line.account(found.id).write(tx, now).await;
    }
    news::tell(tx, &[found.id], act, by, None, now).await?;
    watch::log(tx, vec![(found.id, line)], None, held, now).await
}

/// The account, locked.
pub(crate) async fn find(tx: &Tx, who: &str) -> Result<account::Model> {
    let account = named(who).lock(LockType::NoKeyUpdate).one(&**tx).await?;
    account.ok_or(Error::NotFound("account"))
}

/// The account with this ID, locked together with that of whoever acts, in the order of their IDs: of
/// two who block each other at once, the second is refused.
pub(crate) async fn lock(tx: &Tx, id: AccountId, by: Option<AccountId>) -> Result<account::Model> {
    let both = [Some(id), by].into_iter().flatten();
    let found = account::Entity::find()
        .filter(account::Column::Id.is_in(both))
        .filter(accounts::is_there())
        .order_by_asc(account::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .all(&**tx)
        .await?;
    let acts = |one: &account::Model| Some(one.id) == by && one.blocked_at.is_none();
    if by.is_some() && !found.iter().any(acts) {
        return Err(Error::Conflict(Reason::Overtaken));
    }
    found.into_iter().find(|one| one.id == id).ok_or(Error::NotFound("account"))
}

/// The account with this address or username.
pub(crate) async fn one(tx: &Tx, who: &str) -> Result<account::Model> {
    maybe(tx, who).await?.ok_or(Error::NotFound("account"))
}

/// The same, if there is one.
pub(crate) async fn maybe(tx: &Tx, who: &str) -> Result<Option<account::Model>> {
    Ok(named(who).one(&**tx).await?)
}

/// Whether it is a username: only addresses contain an `@`.
pub fn is_username(who: &str) -> bool {
    !who.contains('@')
}

fn named(who: &str) -> Select<account::Entity> {
    match is_username(who) {
        true => account::Entity::find().filter(account::Column::Username.eq(username::typed(who))),
        false => email::owner(who),
    }
}

//! What the server's operator looks up and resets, from the command line; administrators share it
//! (`administration`).
//!
//! Pupils are not listed or searched: the operator must know the exact username, and the log says
//! that it was looked up, also in vain: from that it shows who tries out usernames.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, AccountKind, Act, Purpose, TwinSpaceRole, account, member, service, session,
};
use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    Error, Reason, Result,
    accounts::session as sessions,
    care::{audit, block},
    db::{Db, Tx},
    error::Flaw,
    text, token,
};

/// The maximum number of accounts in a list.
pub const MOST: u64 = 1000;

/// Which accounts to list.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// Of this kind only.
    pub kind: Option<AccountKind>,
    /// With this in the name or the e-mail address.
    pub search: Option<String>,
    /// Blocked ones only.
    pub blocked: bool,
}

/// Whether an account has this in the name or the address.
pub(crate) fn matches(search: &str) -> Expr {
    // No address contains a NUL byte, and PostgreSQL does not accept one.
    let address = search.to_lowercase().replace('\0', " ");
    let name = account::Column::NameKey.like(text::containing(&text::key(search)));
    name.or(account::Column::Email.like(text::containing(&address)))
}

/// Accounts of adults, by name; at most `MOST`.
pub async fn list(db: &Db, which: &Which) -> Result<Vec<account::Model>> {
    let mut query = account::Entity::find()
        .filter(account::Column::Kind.ne(AccountKind::Pupil))
        .filter(account::Column::Email.is_not_null());
    if let Some(kind) = which.kind {
        query = query.filter(account::Column::Kind.eq(kind));
    }
    if which.blocked {
        query = query.filter(account::Column::BlockedAt.is_not_null());
    }
    if let Some(search) = &which.search {
        query = query.filter(matches(search));
    }
    let ordered =
        query.order_by_asc(account::Column::NameKey).order_by_asc(account::Column::Id).limit(MOST);
    Ok(ordered.all(db.read()).await?)
}

/// An account and what belongs to it.
#[derive(Clone, Debug)]
pub struct Details {
    /// The account.
    pub account: account::Model,
    /// The support service of an officer.
    pub service: Option<service::Model>,
    /// The custodian of a pupil.
    pub custodian: Option<account::Model>,
    /// The number of pupils in its custody.
    pub pupils: u64,
    /// The number of TwinSpaces of which it is a member.
    pub twin_spaces: u64,
    /// The number of TwinSpaces that it administers.
    pub administered: u64,
}

/// The account with exactly this address or username, if there is one. That a username is looked up is
/// logged: with the pupil, or that there is none, but not what was typed. `by` is none for the
/// operator.
pub(crate) async fn look_up(
    tx: &Tx,
    by: Option<AccountId>,
    who: &str,
    now: DateTime<Utc>,
) -> Result<Option<account::Model>> {
    let found = block::maybe(tx, who).await?;
    if block::is_username(who) {
        let line = audit::line(Act::PupilsLookedUp, by);
        let line = match &found {
            Some(account) => line.account(account.id),
            None => line.detail(audit::Detail::Found, 0),
        };
        line.write(tx, now).await?;
    }
    Ok(found)
}

/// The account with this address or username, and what belongs to it. That a username is looked up is
/// logged.
pub async fn show(db: &Db, who: &str, now: DateTime<Utc>) -> Result<Details> {
    let tx = db.begin().await?;
    let Some(account) = look_up(&tx, None, who, now).await? else {
        tx.commit().await?;
        return Err(Error::NotFound("account"));
    };
    let service = match account.service_id {
        Some(id) => service::Entity::find_by_id(id).one(&*tx).await?,
        None => None,
    };
    let custodian = match account.custodian_id {
        Some(id) => account::Entity::find_by_id(id).one(&*tx).await?,
        None => None,
    };
    let wards = account::Entity::find().filter(account::Column::CustodianId.eq(account.id));
    let pupils = wards.count(&*tx).await?;
    let places = || member::Entity::find().filter(member::Column::AccountId.eq(account.id));
    let twin_spaces = places().count(&*tx).await?;
    let administered = places().filter(member::Column::Role.eq(TwinSpaceRole::TeacherAdmin));
    let administered = administered.count(&*tx).await?;
    tx.commit().await?;
    Ok(Details { account, service, custodian, pupils, twin_spaces, administered })
}

/// The sessions of the account with this address or username, newest first.
pub async fn sessions(
    db: &Db,
    who: &str,
    lifetime: sessions::Lifetime,
    now: DateTime<Utc>,
) -> Result<Vec<session::Model>> {
    let tx = db.begin().await?;
    let account = block::one(&tx, who).await?;
    let listed = sessions::list(&*tx, account.id, lifetime, now).await?;
    tx.commit().await?;
    Ok(listed)
}

/// Ends all sessions of the account with this address or username; returns whose they were.
pub async fn end_sessions(db: &Db, who: &str, now: DateTime<Utc>) -> Result<account::Model> {
    let tx = db.begin().await?;
    let id = block::one(&tx, who).await?.id;
    let account = block::end_sessions(&tx, id, None, now).await?;
    tx.commit().await?;
    Ok(account)
}

/// Mails the owner of an address a link to set a new password; returns who that is. Fails for
/// accounts that cannot have one: pupils', and those that are blocked or not verified.
pub async fn mail_reset(db: &Db, who: &str, now: DateTime<Utc>) -> Result<account::Model> {
    let tx = db.begin().await?;
    let account = resettable(&tx, who).await?;
    sessions::mail_reset(&tx, who, now).await?;
    tx.commit().await?;
    Ok(account)
}

/// Sets a new password for the owner of an address, and ends all sessions; returns who that is. It
/// fails for the same accounts.
pub async fn reset(
    db: &Db,
    who: &str,
    password_hash: String,
    now: DateTime<Utc>,
) -> Result<account::Model> {
    let tx = db.begin().await?;
    let account = resettable(&tx, who).await?;
    let id: AccountId = account.id;
    token::end(&tx, Purpose::ResetPassword, id.0).await?;
    sessions::replace_password(&tx, id, password_hash).await?;
    audit::line(Act::PasswordChanged, None)
        .account(id)
        .detail(audit::Detail::By, "operator")
        .write(&tx, now)
        .await?;
    tx.commit().await?;
    Ok(account)
}

/// The account, locked, unless it can have no new password.
async fn resettable(tx: &Tx, who: &str) -> Result<account::Model> {
    let account = block::find(tx, who).await?;
    let refuse = |why: &'static str| Err(Error::invalid("account", Flaw::NotAllowed(why.into())));
    if account.kind == AccountKind::Pupil {
        return Err(Error::Forbidden(Reason::RoleTooLow));
    }
    if account.blocked_at.is_some() {
        return refuse("is blocked; unblock it first");
    }
    if account.verified_at.is_none() {
        return refuse("has an address that was never verified");
    }
    Ok(account)
}

//! Sessions: where an account is signed in, and what begins and ends them.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    AccountId, AccountKind, Act, ProjectId, Purpose, ServiceId, SessionId, account, session,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter,
    QueryOrder, QuerySelect,
    prelude::DateTimeUtc,
    sea_query::{Expr, LockType},
};

use super::{
    account::Credentials,
    audit, email, email_change,
    mail::{self, Letter},
    password::{Password, Passwords},
    registration, token,
};
use crate::{
    Error, Reason, Result,
    db::{Db, Tx},
    events::Event,
};

/// The most sessions of one account: a new one ends the oldest beyond this.
const MOST: u64 = 100;
/// The most characters kept of what a client calls itself.
const USER_AGENT: usize = 256;
/// How exactly the last use is known.
pub const USE_GRAIN: TimeDelta = TimeDelta::minutes(1);

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lifetime {
    /// Without use.
    pub idle: TimeDelta,
    /// However much they are used.
    pub absolute: TimeDelta,
}

/// A session that was just begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The secret that stands for it: told once, and kept only as a hash.
    pub token: String,
    /// The session.
    pub session: session::Model,
    /// Who is signed in.
    pub holder: Holder,
}

/// Who is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// What kind of account it is.
    pub kind: AccountKind,
    /// Whether the address is verified.
    pub verified: bool,
    /// The service that an officer works for.
    pub service_id: Option<ServiceId>,
}

impl From<&Credentials> for Holder {
    fn from(account: &Credentials) -> Self {
        let Credentials { kind, service_id, verified_at, .. } = *account;
        Self { kind, verified: verified_at.is_some(), service_id }
    }
}

/// A session in use, and its owner.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Live {
    /// The session.
    pub id: SessionId,
    /// Its owner.
    pub account_id: AccountId,
    /// When it was last used, to the minute.
    pub last_used_at: DateTimeUtc,
    /// What kind of account it is.
    pub kind: AccountKind,
    /// The service that an officer works for.
    pub service_id: Option<ServiceId>,
    /// When the address was verified.
    pub verified_at: Option<DateTimeUtc>,
}

/// The session that a token stands for, if it has not ended: one statement, on every request.
pub async fn find(
    db: &impl ConnectionTrait,
    secret: &str,
    lifetime: Lifetime,
    now: DateTime<Utc>,
) -> Result<Option<Live>> {
    let known = session::Column::TokenHash.eq(token::hash(secret));
    Ok(live(db, known, lifetime, now).await?.pop())
}

/// Those of these sessions that have not ended, in one statement.
pub async fn by_ids(
    db: &impl ConnectionTrait,
    ids: &[SessionId],
    lifetime: Lifetime,
    now: DateTime<Utc>,
) -> Result<Vec<Live>> {
    live(db, session::Column::Id.is_in(ids.iter().copied()), lifetime, now).await
}

async fn live(
    db: &impl ConnectionTrait,
    which: Expr,
    lifetime: Lifetime,
    now: DateTime<Utc>,
) -> Result<Vec<Live>> {
    let owner = session::Entity::belongs_to(account::Entity)
        .from(session::Column::AccountId)
        .to(account::Column::Id)
        .into();
    let live = session::Entity::find()
        .select_only()
        .columns([session::Column::Id, session::Column::AccountId, session::Column::LastUsedAt])
        .columns([account::Column::Kind, account::Column::ServiceId, account::Column::VerifiedAt])
        .join(JoinType::InnerJoin, owner)
        .filter(which)
        .filter(account::Column::BlockedAt.is_null())
        .filter(going_on(lifetime, now))
        .into_model()
        .all(db)
        .await?;
    Ok(live)
}

/// Notes that a session is in use, at most once a minute.
pub async fn touch(db: &Db, id: SessionId, now: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    let row = session::ActiveModel { last_used_at: Set(now), ..Default::default() };
    session::Entity::update_many()
        .set(row)
        .filter(session::Column::Id.eq(id))
        // Of requests that come together, one writes.
        .filter(session::Column::LastUsedAt.lte(now - USE_GRAIN))
        .exec(&*tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// The sessions of an account that have not ended, the newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    account: AccountId,
    lifetime: Lifetime,
    now: DateTime<Utc>,
) -> Result<Vec<session::Model>> {
    let sessions = session::Entity::find()
        .filter(session::Column::AccountId.eq(account))
        .filter(going_on(lifetime, now))
        .order_by_desc(session::Column::Id)
        .limit(MOST);
    Ok(sessions.all(db).await?)
}

/// How somebody comes in.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The client, as it named itself.
    pub user_agent: &'a str,
    /// How long sessions last.
    pub lifetime: Lifetime,
    /// The time.
    pub now: DateTime<Utc>,
}

/// Begins a session of an account that has shown who it is.
pub async fn open(
    tx: &Tx,
    account: AccountId,
    entry: Entry<'_>,
) -> Result<(String, session::Model)> {
    let Entry { user_agent, lifetime, now } = entry;
    let surplus: Vec<SessionId> = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::AccountId.eq(account))
        .order_by_desc(session::Column::Id)
        .offset(MOST - 1)
        .limit(MOST)
        .into_tuple()
        .all(&**tx)
        .await?;
    if !surplus.is_empty() {
        session::Entity::delete_many()
            .filter(session::Column::Id.is_in(surplus))
            .exec(&**tx)
            .await?;
    }
    let secret = token::secret()?;
    let row = session::ActiveModel {
        id: Set(SessionId::new()),
        account_id: Set(account),
        token_hash: Set(token::hash(&secret)),
        // A pupil chooses later.
        project_id: Set(None),
        user_agent: Set(user_agent.chars().filter(|c| !c.is_control()).take(USER_AGENT).collect()),
        created_at: Set(now),
        last_used_at: Set(now),
        expires_at: Set(now + lifetime.absolute),
    };
    Ok((secret, row.insert(&**tx).await?))
}

/// Begins a session of one who has typed a password, `credentials` being of the account named.
///
/// No such account, a wrong password, an address that is not verified, an account that is blocked:
/// all take the same time and are refused as `InvalidCredentials`.
pub async fn sign_in(
    db: &Db,
    passwords: &Passwords,
    credentials: Option<Credentials>,
    typed: &str,
    entry: Entry<'_>,
) -> Result<Opened> {
    let hash = credentials.as_ref().map(|account| account.password_hash.as_str());
    let verdict = passwords.verify(typed, hash).await?;
    let may = |account: &Credentials| {
        verdict.fits
            && account.blocked_at.is_none()
            && (account.verified_at.is_some() || account.kind == AccountKind::Pupil)
    };
    let account = credentials.filter(may).ok_or(Error::InvalidCredentials)?;
    let renewed = if verdict.outdated { Some(passwords.renew(typed).await?) } else { None };

    let tx = db.begin().await?;
    // Locked, and the same as was compared: a password that is changed meanwhile opens nothing.
    still(&tx, &account).await?;
    if let Some(hash) = renewed {
        set_password(&tx, account.id, hash).await?;
    }
    let (token, session) = open(&tx, account.id, entry).await?;
    tx.commit().await?;
    Ok(Opened { token, session, holder: Holder::from(&account) })
}

/// Notes which TwinSpace a pupil chose to work in.
pub async fn choose(db: &Db, id: SessionId, project: ProjectId) -> Result<()> {
    let tx = db.begin().await?;
    session::Entity::update_many()
        .col_expr(session::Column::ProjectId, Expr::val(project.0))
        .filter(session::Column::Id.eq(id))
        .exec(&*tx)
        .await?;
    Ok(tx.commit().await?)
}

/// The TwinSpace that was chosen in a session.
pub async fn chosen(db: &impl ConnectionTrait, id: SessionId) -> Result<Option<ProjectId>> {
    Ok(session::Entity::find_by_id(id).one(db).await?.and_then(|session| session.project_id))
}

/// Verifies an address by the token that was mailed to it, and begins the first session.
///
/// The password is asked too. The mail alone shows only that its reader owns the address: had
/// somebody else registered it with a password of their own, that reader would otherwise confirm
/// an account that the other can enter.
pub async fn verify_email(
    db: &Db,
    passwords: &Passwords,
    secret: &str,
    typed: &str,
    entry: Entry<'_>,
) -> Result<Opened> {
    let subject = token::subject(db.read(), secret, Purpose::VerifyEmail, entry.now).await?;
    let id = AccountId(subject.ok_or(Error::NotFound(token::LINK))?);
    let account = super::account::credentials(db.read(), id).await?;
    let account = account.ok_or(Error::NotFound(token::LINK))?;
    // A guest who registered becomes a teacher: what is asked is the password chosen for that.
    let registered = match account.verified_at {
        Some(_) => {
            let registered = registration::of_guest(db.read(), id).await?;
            Some(registered.ok_or(Error::NotFound(token::LINK))?)
        }
        None => None,
    };
    let hash = registered.as_ref().map_or(&account.password_hash, |chosen| &chosen.password_hash);
    if !passwords.verify(typed, Some(hash)).await?.fits {
        return Err(Error::InvalidCredentials);
    }
    let tx = db.begin().await?;
    still(&tx, &account).await?;
    let mut holder = Holder { verified: true, ..Holder::from(&account) };
    if let Some(registered) = registered {
        Box::pin(registration::become_teacher(&tx, secret, registered, entry.now)).await?;
        holder.kind = AccountKind::Teacher;
    } else {
        super::account::verify(&tx, secret, id, entry.now).await?;
    }
    let (token, session) = open(&tx, id, entry).await?;
    tx.commit().await?;
    Ok(Opened { token, session, holder })
}

/// Ends one session of an account.
pub async fn close(tx: &Tx, account: AccountId, id: SessionId) -> Result<()> {
    let closed = session::Entity::delete_many()
        .filter(session::Column::Id.eq(id))
        .filter(session::Column::AccountId.eq(account))
        .exec(&**tx)
        .await?;
    if closed.rows_affected == 0 {
        return Err(Error::NotFound("session"));
    }
    Ok(tx.tell(Event::SignedOut { account }).await?)
}

/// Ends all sessions of an account but this one; how many there were.
pub async fn close_others(tx: &Tx, account: AccountId, id: SessionId) -> Result<u64> {
    let closed = session::Entity::delete_many()
        .filter(session::Column::AccountId.eq(account))
        .filter(session::Column::Id.ne(id))
        .exec(&**tx)
        .await?;
    tx.tell(Event::SignedOut { account }).await?;
    Ok(closed.rows_affected)
}

/// Ends all sessions of an account; to be called wherever a password changes.
pub async fn close_all(tx: &Tx, account: AccountId) -> Result<()> {
    session::Entity::delete_many()
        .filter(session::Column::AccountId.eq(account))
        .exec(&**tx)
        .await?;
    Ok(tx.tell(Event::SignedOut { account }).await?)
}

/// Changes the password of one who knows it, ends all sessions, and begins a new one.
///
/// A pupil may not.
pub async fn change_password(
    db: &Db,
    passwords: &Passwords,
    id: AccountId,
    typed: &str,
    chosen: &Password,
    entry: Entry<'_>,
) -> Result<Opened> {
    let account = confirm(db, passwords, id, typed).await?;
    let hash = passwords.hash(chosen).await?;
    let tx = db.begin().await?;
    still(&tx, &account).await?;
    set_password(&tx, id, hash).await?;
    mail::withdraw(&tx, id.0).await?;
    token::end(&tx, Purpose::ResetPassword, id.0).await?;
    email_change::forget(&tx, id).await?;
    close_all(&tx, id).await?;
    audit::line(Act::PasswordChanged, id).account(id).write(&tx, entry.now).await?;
    let (token, session) = open(&tx, id, entry).await?;
    tx.commit().await?;
    Ok(Opened { token, session, holder: Holder::from(&account) })
}

/// Mails a link by which a forgotten password is replaced: to a verified address, and to
/// no pupil, who has none.
pub async fn request_password_reset(tx: &Tx, text: &str, now: DateTime<Utc>) -> Result<()> {
    let account = email::owner(text)
        .filter(account::Column::VerifiedAt.is_not_null())
        .filter(account::Column::Kind.ne(AccountKind::Pupil))
        .filter(account::Column::BlockedAt.is_null())
        .one(&**tx)
        .await?;
    let Some(account) = account else { return Ok(()) };
    let Some(address) = &account.email else { return Ok(()) };
    let letter = Letter::ResetPassword { name: account.name };
    mail::post(tx, address, &letter, account.id.0, now).await
}

/// Replaces a forgotten password by the token that was mailed, and ends all sessions;
/// whose it was. A pupil has no such link.
pub async fn reset_password(
    db: &Db,
    passwords: &Passwords,
    secret: &str,
    chosen: &Password,
    now: DateTime<Utc>,
) -> Result<AccountId> {
    let subject = token::subject(db.read(), secret, Purpose::ResetPassword, now).await?;
    let id = AccountId(subject.ok_or(Error::NotFound(token::LINK))?);
    let hash = passwords.hash(chosen).await?;
    let tx = db.begin().await?;
    // The account first, as wherever an account's rows change: those who come at once queue here.
    let kind: Option<AccountKind> = account::Entity::find_by_id(id)
        .select_only()
        .column(account::Column::Kind)
        .filter(account::Column::BlockedAt.is_null())
        .lock(LockType::NoKeyUpdate)
        .into_tuple()
        .one(&*tx)
        .await?;
    if kind.ok_or(Error::NotFound(token::LINK))? == AccountKind::Pupil {
        return Err(Error::Forbidden(Reason::RoleTooLow));
    }
    mail::withdraw(&tx, id.0).await?;
    token::spend(&tx, secret, Purpose::ResetPassword, id.0, now).await?;
    set_password(&tx, id, hash).await?;
    email_change::forget(&tx, id).await?;
    close_all(&tx, id).await?;
    audit::line(Act::PasswordChanged, id)
        .account(id)
        .detail("by", "mailed link")
        .write(&tx, now)
        .await?;
    tx.commit().await?;
    Ok(id)
}

/// Deletes the sessions that have ended; how many there were.
pub async fn expire(
    db: &impl ConnectionTrait,
    lifetime: Lifetime,
    now: DateTime<Utc>,
) -> Result<u64> {
    // Two statements, each of which has an index.
    let ended = session::Column::ExpiresAt.lte(now);
    let idle = session::Column::LastUsedAt.lte(now - lifetime.idle);
    let mut gone = 0;
    for condition in [ended, idle] {
        let those = session::Entity::delete_many().filter(condition);
        gone += those.exec(db).await?.rows_affected;
    }
    Ok(gone)
}

fn going_on(lifetime: Lifetime, now: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(session::Column::ExpiresAt.gt(now))
        .add(session::Column::LastUsedAt.gt(now - lifetime.idle))
}

/// Has the owner of an account confirm with the password what only they may do; the transaction
/// that does it then asks whether it is [still](still) the one. A pupil has no such acts.
pub(super) async fn confirm(
    db: &Db,
    passwords: &Passwords,
    id: AccountId,
    typed: &str,
) -> Result<Credentials> {
    let account = super::account::credentials(db.read(), id).await?;
    let account = account.ok_or(Error::NotFound("account"))?;
    if account.kind == AccountKind::Pupil {
        return Err(Error::Forbidden(Reason::RoleTooLow));
    }
    match passwords.verify(typed, Some(&account.password_hash)).await?.fits {
        true => Ok(account),
        false => Err(Error::InvalidCredentials),
    }
}

/// Locks an account, and refuses if its password is no longer the one that was compared, or if it
/// was blocked meanwhile.
pub(super) async fn still(tx: &Tx, account: &Credentials) -> Result<()> {
    let same: Option<AccountId> = account::Entity::find_by_id(account.id)
        .select_only()
        .column(account::Column::Id)
        .filter(account::Column::PasswordHash.eq(account.password_hash.as_str()))
        .filter(account::Column::BlockedAt.is_null())
        .lock(LockType::NoKeyUpdate)
        .into_tuple()
        .one(&**tx)
        .await?;
    same.map(drop).ok_or(Error::InvalidCredentials)
}

async fn set_password(tx: &Tx, id: AccountId, hash: String) -> Result<()> {
    let row = account::ActiveModel { password_hash: Set(hash), ..Default::default() };
    account::Entity::update_many().set(row).filter(account::Column::Id.eq(id)).exec(&**tx).await?;
    Ok(())
}

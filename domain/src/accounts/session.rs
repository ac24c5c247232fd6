//! Sessions of accounts, and what begins and ends them.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{AccountId, AccountKind, ProjectId, Purpose, ServiceId, SessionId, session};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::Expr,
};

use crate::{
    Error, Result,
    accounts::{account::Credentials, password::Passwords, registration},
    db::{Db, Tx},
    events::Event,
    token,
};

mod live;
mod password;

use live::going_on;
pub use live::{Found, Live, by_ids, find};
use password::set_password;
pub use password::{change_password, request_password_reset, reset_password};
pub(crate) use password::{confirm, mail_reset, replace_password, still};

/// The maximum number of sessions per account: a new one ends the oldest beyond this.
const MOST: u64 = 100;
/// The maximum number of characters stored of a user agent.
const USER_AGENT: usize = 256;
/// The resolution of the time of last use.
pub const USE_GRAIN: TimeDelta = TimeDelta::minutes(1);

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Lifetime {
    /// Without use.
    pub idle: TimeDelta,
    /// Regardless of use.
    pub absolute: TimeDelta,
}

/// A session that was just begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// Its secret token: shown once, and stored only as a hash.
    pub token: String,
    /// The session.
    pub session: session::Model,
    /// The account.
    pub holder: Holder,
}

/// The account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// What kind of account it is.
    pub kind: AccountKind,
    /// Whether the address is verified.
    pub verified: bool,
    /// The support service to which an officer belongs.
    pub service_id: Option<ServiceId>,
}

impl From<&Credentials> for Holder {
    fn from(account: &Credentials) -> Self {
        let Credentials { kind, service_id, verified_at, .. } = *account;
        Self { kind, verified: verified_at.is_some(), service_id }
    }
}

/// Records that a session is in use, at most once a minute.
pub async fn touch(db: &Db, id: SessionId, now: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    let row = session::ActiveModel { last_used_at: Set(now), ..Default::default() };
    session::Entity::update_many()
        .set(row)
        .filter(session::Column::Id.eq(id))
        // Of simultaneous requests, one writes.
        .filter(session::Column::LastUsedAt.lte(now - USE_GRAIN))
        .exec(&*tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// The sessions of an account that have not ended, newest first.
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

/// Details of a sign-in.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The client's user agent.
    pub user_agent: &'a str,
    /// How long sessions last.
    pub lifetime: Lifetime,
    /// The time.
    pub now: DateTime<Utc>,
}

/// Begins a session for an authenticated account.
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

/// Begins a session for someone who typed a password; `credentials` belong to the given account.
///
/// No such account, a wrong password, an unverified address and a blocked account all take the same
/// time and fail with `InvalidCredentials`.
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
    // Locked, and the same as was verified: a password that was changed meanwhile is useless.
    still(&tx, &account).await?;
    if let Some(hash) = renewed {
        set_password(&tx, account.id, hash).await?;
    }
    let (token, session) = open(&tx, account.id, entry).await?;
    tx.commit().await?;
    Ok(Opened { token, session, holder: Holder::from(&account) })
}

/// Records which TwinSpace a pupil chose to work in.
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

/// Verifies an address with the token that was mailed to it, and begins the first session.
///
/// The password is required, too. The mail alone proves only that its reader owns the address: had
/// someone else registered it with their own password, the reader would otherwise confirm an
/// account that the other can enter.
///
/// If the server admits nobody by itself, whoever it is `waits` to be admitted.
pub async fn verify_email(
    db: &Db,
    passwords: &Passwords,
    secret: &str,
    typed: &str,
    waits: bool,
    entry: Entry<'_>,
) -> Result<Opened> {
    let subject = token::subject(db.read(), secret, Purpose::VerifyEmail, entry.now).await?;
    let id = AccountId(subject.ok_or(Error::NotFound(token::LINK))?);
    let account = super::account::credentials(db.read(), id).await?;
    let account = account.ok_or(Error::NotFound(token::LINK))?;
    // A guest who registered becomes a teacher: the password required is the one chosen for that.
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
        Box::pin(registration::become_teacher(&tx, secret, registered, waits, entry.now)).await?;
        holder.kind = AccountKind::Teacher;
    } else {
        super::account::verify(&tx, secret, id, waits, entry.now).await?;
    }
    if waits {
        holder.kind = AccountKind::Guest;
    }
    let (token, session) = open(&tx, id, entry).await?;
    tx.commit().await?;
    Ok(Opened { token, session, holder })
}

/// Ends one session of an account.
pub async fn close(db: &Db, account: AccountId, id: SessionId) -> Result<()> {
    let tx = db.begin().await?;
    let closed = session::Entity::delete_many()
        .filter(session::Column::Id.eq(id))
        .filter(session::Column::AccountId.eq(account))
        .exec(&*tx)
        .await?;
    if closed.rows_affected == 0 {
        return Err(Error::NotFound("session"));
    }
    tx.tell(Event::SignedOut { account }).await?;
    Ok(tx.commit().await?)
}

/// Ends all sessions of an account except this one; returns their number.
pub async fn close_others(db: &Db, account: AccountId, id: SessionId) -> Result<u64> {
    let tx = db.begin().await?;
    let closed = session::Entity::delete_many()
        .filter(session::Column::AccountId.eq(account))
        .filter(session::Column::Id.ne(id))
        .exec(&*tx)
        .await?;
    tx.tell(Event::SignedOut { account }).await?;
    tx.commit().await?;
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

/// Deletes expired sessions; returns their number.
pub async fn expire(
    db: &impl ConnectionTrait,
    lifetime: Lifetime,
    now: DateTime<Utc>,
) -> Result<u64> {
    // Two statements, each of which uses an index.
    let ended = session::Column::ExpiresAt.lte(now);
    let idle = session::Column::LastUsedAt.lte(now - lifetime.idle);
    let mut gone = 0;
    for condition in [ended, idle] {
        let those = session::Entity::delete_many().filter(condition);
        gone += those.exec(db).await?.rows_affected;
    }
    Ok(gone)
}

//! Links with which something is downloaded once, in two steps (M-17): asking for it returns a
//! short-lived secret, which the download uses up.
//!
//! A link works only in the session that asked for it, and only for what was asked for. Both are part
//! of what is stored of the secret, as a hash: nothing about a link can be changed afterwards.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{Purpose, SessionId};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{Result, db::Tx, token};

/// For how long a link works.
pub const GOOD_FOR: TimeDelta = TimeDelta::minutes(10);

/// Where a link is used, and for what.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    /// The session.
    pub session: SessionId,
    /// What is downloaded, always in the same words: its format and filter.
    pub content: &'a str,
}

impl Origin<'_> {
    /// A secret that is valid here only.
    fn bind(&self, secret: &str) -> String {
        format!("{secret}\n{}\n{}", self.session, self.content)
    }
}

/// Creates the secret of a link. Earlier ones with the same purpose and subject end.
pub(crate) async fn prepare(
    tx: &Tx,
    purpose: Purpose,
    subject: Uuid,
    origin: Origin<'_>,
    now: DateTime<Utc>,
) -> Result<String> {
    token::end(tx, purpose, subject).await?;
    let secret = token::secret()?;
    token::keep(&**tx, &origin.bind(&secret), purpose, subject, now + GOOD_FOR).await?;
    Ok(secret)
}

/// The subject of a link that works.
pub(crate) async fn subject(
    db: &impl ConnectionTrait,
    secret: &str,
    purpose: Purpose,
    origin: Origin<'_>,
    now: DateTime<Utc>,
) -> Result<Option<Uuid>> {
    token::subject(db, &origin.bind(secret), purpose, now).await
}

/// Uses up a link. Where it does not work, it does not exist.
pub(crate) async fn redeem(
    tx: &Tx,
    secret: &str,
    purpose: Purpose,
    subject: Uuid,
    origin: Origin<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    token::spend(tx, &origin.bind(secret), purpose, subject, now).await
}

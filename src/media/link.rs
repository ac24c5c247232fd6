//! Links that expire: to media, for the members of a TwinSpace (T-03), and to photos of people
//!
//!
//! A link contains its target, the account for which it was made, and its expiry, and is signed
//! with a secret that all instances share. Pages use it in an `<img>`, which sends no token.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;
use domain::{Error, Result, db::Db, secret};
use entity::{AccountId, Kind};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// How long a link is valid. It expires at a full multiple of ten minutes, so that a reloaded page
/// has the same links, and the browser can use cached pictures.
const GOOD_FOR: TimeDelta = TimeDelta::hours(1);
const STEP: i64 = 600;

/// The target of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// Media.
    Media,
    /// The thumbnail of media.
    Thumbnail,
    /// The photo of a member, or one's own.
    Picture,
}

impl To {
    const fn name(self) -> &'static str {
        match self {
            Self::Media => "media",
            Self::Thumbnail => "thumbnail",
            Self::Picture => "picture",
        }
    }
}

/// Makes and verifies links.
pub struct Links(Hmac<Sha256>);

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Links")
    }
}

impl Links {
    /// With the secret of this database.
    pub async fn new(db: &Db) -> Result<Self> {
        let secret = secret::shared(db, "links").await?;
        Hmac::new_from_slice(&secret).map(Self).map_err(Error::internal)
    }

    /// The query of a link for this account.
    pub fn sign(&self, to: To, what: Uuid, viewer: AccountId, now: DateTime<Utc>) -> String {
        let until = (now + GOOD_FOR).timestamp() / STEP * STEP;
        let signed = self.code(to, what, viewer, until).finalize().into_bytes();
        let signature = BASE64URL_NOPAD.encode(&signed);
        format!("for={viewer}&until={until}&signature={signature}")
    }

    /// The account for which a link was made, if it is one of ours and has not expired.
    pub fn check(
        &self,
        to: To,
        what: Uuid,
        query: &[(String, String)],
        now: DateTime<Utc>,
    ) -> Option<AccountId> {
        let get = |name: &str| {
            let mut values = query.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
            values.next().filter(|_| values.next().is_none())
        };
        let viewer = AccountId::read(get("for")?)?;
        let until: i64 = get("until")?.parse().ok()?;
        // One spelling per link.
        let spelt = *get("until")? == until.to_string();
        let signature = BASE64URL_NOPAD.decode(get("signature")?.as_bytes()).ok()?;
        self.code(to, what, viewer, until).verify_slice(&signature).ok()?;
        (spelt && until > now.timestamp()).then_some(viewer)
    }

    fn code(&self, to: To, what: Uuid, viewer: AccountId, until: i64) -> Hmac<Sha256> {
        let mut code = self.0.clone();
        let words = format!("{}\n{}\n{viewer}\n{until}", to.name(), what.simple());
        code.update(words.as_bytes());
        code
    }
}

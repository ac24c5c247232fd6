//! Links that expire: to media, for the members of a TwinSpace (T-03), and to photos of people
//!
//!
//! A link names what it leads to, the account that it was made for and its end, and is signed by a
//! secret that all instances share. Pages show it in an `<img>`, which sends no token.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64URL_NOPAD;
use entity::{AccountId, Kind};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

use crate::{Error, Result, db::Db, domain::secret};

/// For how long a link is good. It ends with ten minutes that are full, so that a page that is
/// loaded anew has the same links, and the browser the pictures.
const GOOD_FOR: TimeDelta = TimeDelta::hours(1);
const STEP: i64 = 600;

/// What a link leads to.
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

/// Makes links, and knows its own.
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

    /// The account that a link was made for, if it is one of ours and has not ended.
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

//! Secrets: made from 32 random bytes, shown once, kept as SHA-256.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use entity::{Purpose, token};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Error, Result, db::Tx};

/// A new secret, 43 characters of `A-Za-z0-9_-`.
pub fn secret() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

/// What is kept of a secret. It has 256 random bits, so a plain hash is enough.
pub fn hash(secret: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(secret.as_bytes()))
}

/// Makes a secret that is good for one `purpose` on `subject`, for the time given.
pub async fn mint(
    db: &impl ConnectionTrait,
    purpose: Purpose,
    subject: Uuid,
    good_for: TimeDelta,
    now: DateTime<Utc>,
) -> Result<String> {
    let secret = secret()?;
    let row = token::ActiveModel {
        hash: Set(hash(&secret)),
        purpose: Set(purpose),
        subject_id: Set(subject),
        expires_at: Set(now + good_for),
    };
    row.insert(db).await?;
    Ok(secret)
}

/// What a secret acts on, if it is good for this purpose and has not ended.
pub async fn subject(
    db: &impl ConnectionTrait,
    secret: &str,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> Result<Option<Uuid>> {
    let row = token::Entity::find_by_id(hash(secret))
        .filter(token::Column::Purpose.eq(purpose))
        .filter(token::Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    Ok(row.map(|row| row.subject_id))
}

/// Ends all secrets of this purpose on `subject`.
pub async fn end(tx: &Tx, purpose: Purpose, subject: Uuid) -> Result<()> {
    token::Entity::delete_many()
        .filter(token::Column::SubjectId.eq(subject))
        .filter(token::Column::Purpose.eq(purpose))
        .exec(&**tx)
        .await?;
    Ok(())
}

//! Secrets: 32 random bytes, shown once, stored as SHA-256 hashes.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use entity::{Purpose, token};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Error, Result, db::Tx};

/// What people call a secret.
pub const LINK: &str = "link, or it has expired";

/// A new secret, 43 characters of `A-Za-z0-9_-`.
pub fn secret() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

/// What is stored of a secret. It has 256 random bits, so a plain hash is sufficient.
pub fn hash(secret: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(secret.as_bytes()))
}

/// Creates a secret for one `purpose` and `subject`, valid for the given time.
pub async fn mint(
    db: &impl ConnectionTrait,
    purpose: Purpose,
    subject: Uuid,
    good_for: TimeDelta,
    now: DateTime<Utc>,
) -> Result<String> {
    let secret = secret()?;
    keep(db, &secret, purpose, subject, now + good_for).await?;
    Ok(secret)
}

/// Stores the hash of a secret.
pub(crate) async fn keep(
    db: &impl ConnectionTrait,
    secret: &str,
    purpose: Purpose,
    subject: Uuid,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    let row = token::ActiveModel {
        hash: Set(hash(secret)),
        purpose: Set(purpose),
        subject_id: Set(subject),
        expires_at: Set(expires_at),
    };
    row.insert(db).await?;
    Ok(())
}

/// The subject of a secret, if it is for this purpose and has not expired.
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

/// Uses up a secret, and ends the others with the same purpose and subject.
///
/// If two use it at once, the second learns that it does not exist.
pub async fn spend(
    tx: &Tx,
    secret: &str,
    purpose: Purpose,
    subject: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    let spent = token::Entity::delete_many()
        .filter(token::Column::Hash.eq(hash(secret)))
        .filter(token::Column::Purpose.eq(purpose))
        .filter(token::Column::SubjectId.eq(subject))
        .filter(token::Column::ExpiresAt.gt(now))
        .exec(&**tx)
        .await?;
    if spent.rows_affected == 0 {
        return Err(Error::NotFound(LINK));
    }
    end(tx, purpose, subject).await
}

/// Deletes expired secrets.
pub async fn expire(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64> {
    let gone = token::Entity::delete_many().filter(token::Column::ExpiresAt.lte(now)).exec(db);
    Ok(gone.await?.rows_affected)
}

/// Ends all secrets for this purpose and `subject`.
pub async fn end(tx: &Tx, purpose: Purpose, subject: Uuid) -> Result<()> {
    end_all(tx, purpose, &[subject]).await
}

/// The same for several subjects.
pub async fn end_all(tx: &Tx, purpose: Purpose, subjects: &[Uuid]) -> Result<()> {
    token::Entity::delete_many()
        .filter(token::Column::SubjectId.is_in(subjects.iter().copied()))
        .filter(token::Column::Purpose.eq(purpose))
        .exec(&**tx)
        .await?;
    Ok(())
}

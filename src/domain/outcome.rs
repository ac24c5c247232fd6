//! What requests with an idempotency key came to, kept for a while so that they can be repeated.

use chrono::{DateTime, TimeDelta, Utc};
use entity::outcome;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::Result;

/// For how long a request can be repeated with its key.
pub const KEPT: TimeDelta = TimeDelta::days(7);

/// Deletes the outcomes of requests that nobody repeats any more.
pub async fn expire(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64> {
    let old = outcome::Column::CreatedAt.lt(now - KEPT);
    Ok(outcome::Entity::delete_many().filter(old).exec(db).await?.rows_affected)
}

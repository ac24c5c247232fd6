//! Results of requests with an idempotency key, kept for a while so that they can be repeated.

use chrono::{DateTime, TimeDelta, Utc};
use entity::outcome;
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait, LikeExpr},
};
use serde_json::Value;

use crate::{Result, db::Tx};

/// How long a request can be repeated with its key.
pub const KEPT: TimeDelta = TimeDelta::days(7);

/// Deletes the results of requests that can no longer be repeated.
pub async fn expire(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64> {
    let old = outcome::Column::CreatedAt.lt(now - KEPT);
    Ok(outcome::Entity::delete_many().filter(old).exec(db).await?.rows_affected)
}

/// Removes the username of an erased pupil from all results. The rest is kept, so that the request
/// is not executed again.
pub(super) async fn forget(tx: &Tx, username: &str) -> Result<()> {
    // In characters that have no special meaning for LIKE.
    let pattern = LikeExpr::new(format!("%\"{username}\"%")).escape('\\');
    let words = Expr::col((outcome::Entity, outcome::Column::Outcome)).cast_as("text");
    for row in outcome::Entity::find().filter(words.like(pattern)).all(&**tx).await? {
        let mut outcome = row.outcome.clone();
        take_out(&mut outcome, username);
        let mut row = row.into_active_model();
        row.outcome = Set(outcome);
        row.update(&**tx).await?;
    }
    Ok(())
}

fn take_out(value: &mut Value, text: &str) {
    match value {
        Value::String(found) if found == text => *value = Value::Null,
        Value::Array(values) => values.iter_mut().for_each(|value| take_out(value, text)),
        Value::Object(fields) => fields.values_mut().for_each(|value| take_out(value, text)),
        _ => {}
    }
}

//! Results of requests with an idempotency key, kept for a while so that they can be repeated.

use std::fmt::Debug;

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use entity::{AccountId, outcome};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{ExprTrait, LikeExpr},
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Error, Reason, Result, db::Tx, error::Problems};

/// How long a request can be repeated with its key.
pub const KEPT: TimeDelta = TimeDelta::days(7);

/// A request that makes something once, however often it is repeated with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    key: String,
    request_hash: String,
}

impl Once {
    /// A request for this mutation, with what is asked for; `None` if it has no key.
    pub fn read(
        mutation: &str,
        key: Option<&str>,
        asked: &(impl Debug + ?Sized),
    ) -> Result<Option<Self>> {
        let Some(key) = key else { return Ok(None) };
        let mut problems = Problems::default();
        let key = problems.line(key, "idempotencyKey", 100);
        problems.finish()?;
        Ok(Some(Self::of(mutation, &key, asked)))
    }

    /// The same for a key that is known to be well-formed.
    pub(super) fn of(mutation: &str, key: &str, asked: &(impl Debug + ?Sized)) -> Self {
        let request_hash = HEXLOWER.encode(&Sha256::digest(format!("{asked:?}")));
        Self { key: format!("{mutation} {key}"), request_hash }
    }

    /// The same, for what is known only later to be asked for, such as the hash of a file.
    #[must_use]
    pub fn and(self, asked: &str) -> Self {
        let request_hash = HEXLOWER.encode(&Sha256::digest(self.request_hash + asked));
        Self { key: self.key, request_hash }
    }
}

/// What a request with the same key has made before, if there was one.
pub(super) async fn made<Id: From<Uuid>>(
    db: &impl ConnectionTrait,
    account: AccountId,
    once: Option<&Once>,
) -> Result<Option<Id>> {
    let Some(Once { key, request_hash }) = once else { return Ok(None) };
    let found = outcome::Entity::find_by_id((account, key.clone())).one(db).await?;
    let Some(found) = found else { return Ok(None) };
    if found.request_hash != *request_hash {
        return Err(Error::Conflict(Reason::KeyReused));
    }
    let id: Uuid = serde_json::from_value(found.outcome).map_err(Error::internal)?;
    Ok(Some(id.into()))
}

/// Keeps what a request has made.
pub(super) async fn keep(
    tx: &Tx,
    account: AccountId,
    once: Option<&Once>,
    made: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(Once { key, request_hash }) = once else { return Ok(()) };
    let outcome = serde_json::to_value(made).map_err(Error::internal)?;
    insert(tx, account, (key, request_hash), outcome, now).await
}

/// Keeps the result of a request with this key, for this hash.
pub(super) async fn insert(
    tx: &Tx,
    account: AccountId,
    (key, request_hash): (&str, &str),
    outcome: Value,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = outcome::ActiveModel {
        account_id: Set(account),
        key: Set(key.to_owned()),
        request_hash: Set(request_hash.to_owned()),
        outcome: Set(outcome),
        created_at: Set(now),
    };
    outcome::Entity::insert(row).exec_without_returning(&**tx).await.map(|_| ()).map_err(|error| {
        match crate::db::is_duplicate(&error) {
            true => Error::Conflict(Reason::KeyReused),
            false => error.into(),
        }
    })
}

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
    let words = outcome::Column::Outcome.into_expr().cast_as("text");
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

//! Quotas: how often something may be done within a period, counted in the database for all
//! instances.
//!
//! Each count is a single timestamp (the generic cell rate algorithm): every use moves it into the
//! future by its share of the period, and a use that would move it beyond the whole period is
//! refused. All of a quota can therefore be used at once, and it recovers evenly.
//!
//! No row says whom it counts, so none is deleted with an account: each expires by itself.

use std::{num::NonZeroU32, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use entity::rate_limit::{Column, Entity};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{CaseStatement, Expr, ExprTrait, LockBehavior, LockType, OnConflict, Query},
};
use sha2::{Digest, Sha256};

use crate::{
    Error, Result,
    db::{Db, Tx},
    sql::ColumnExt,
};

/// How often something may be done.
#[derive(Clone, Copy, Debug)]
pub struct Quota {
    /// What is counted; unique among the quotas.
    pub name: &'static str,
    /// How many times.
    pub times: NonZeroU32,
    /// The period.
    pub within: TimeDelta,
}

impl Quota {
    /// The count for `whom`: an account, an address. The name is stored only as a hash.
    pub fn of(&self, whom: &[&str]) -> Count {
        self.of_many(whom, 1)
    }

    /// The same for several uses at once, at most as many as the quota has.
    pub fn of_many(&self, whom: &[&str], uses: u32) -> Count {
        let whole = self.within.num_microseconds().unwrap_or(i64::MAX / 4);
        let times = self.times.get();
        let step = whole / i64::from(times) * i64::from(Ord::min(uses, times));
        Count { key: key(self.name, whom), step, room: whole - step }
    }
}

/// The count of one quota for one account, address or the like.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count {
    key: String,
    /// The share of one use in the period, in microseconds.
    step: i64,
    /// How far in the future the count may be for another use, in microseconds.
    room: i64,
}

/// A count that is currently exhausted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Full {
    /// The count.
    pub count: Count,
    /// When it can be used again.
    pub wait: TimeDelta,
}

/// Counts one use in all of these at once, or in none; returns those that are exhausted.
pub async fn take(db: &Db, counts: &[Count], now: DateTime<Utc>) -> Result<Vec<Full>> {
    let tx = db.begin().await?;
    let full = take_in(&tx, counts, now).await?;
    // What is refused is not counted anywhere.
    if full.is_empty() {
        tx.commit().await?;
    }
    Ok(full)
}

/// Counts a use together with what it is for: if that fails, the use is not counted. The typed
/// error rolls back both.
pub async fn take_with(tx: &Tx, counts: &[Count], now: DateTime<Utc>) -> Result<()> {
    refuse(&take_in(tx, counts, now).await?)
}

async fn take_in(tx: &Tx, counts: &[Count], now: DateTime<Utc>) -> Result<Vec<Full>> {
    // Always in the same order when several are locked.
    let mut counts = counts.to_vec();
    counts.sort_unstable();
    let now = now.timestamp_micros();
    let taken = add(tx, &counts, 1, now).await?;
    if taken.len() == counts.len() {
        return Ok(vec![]);
    }
    let full: Vec<Count> = counts.into_iter().filter(|count| !taken.contains(&count.key)).collect();
    let keys = full.iter().map(|count| count.key.as_str());
    let rows = Entity::find().filter(Column::Key.is_in(keys)).all(&**tx).await?;
    let wait = |count: &Count| {
        let row = rows.iter().find(|row| row.key == count.key);
        let free_at = row.map_or(now, |row| row.free_at);
        TimeDelta::microseconds(Ord::max(free_at - now - count.room, 0))
    };
    Ok(full.into_iter().map(|count| Full { wait: wait(&count), count }).collect())
}

/// Refuses if any count is exhausted, and says when it recovers.
pub fn refuse(full: &[Full]) -> Result<()> {
    match full.iter().map(|full| full.wait).max() {
        None => Ok(()),
        Some(wait) => Err(too_soon(wait)),
    }
}

/// The error that says after how long something may be done.
pub fn too_soon(wait: TimeDelta) -> Error {
    // Rounded up, so that a client that returns at that time is admitted.
    Error::RateLimited(Duration::from_secs(wait.num_seconds().unsigned_abs() + 1))
}

/// Takes back one use from all of these.
pub async fn give_back(tx: &Tx, counts: &[Count], now: DateTime<Utc>) -> Result<()> {
    let mut counts = counts.to_vec();
    counts.sort_unstable();
    add(tx, &counts, -1, now.timestamp_micros()).await.map(drop)
}

/// Adds to the counts that are not exhausted; returns their keys.
async fn add(tx: &Tx, counts: &[Count], times: i64, now: i64) -> Result<Vec<String>> {
    let mut fits = CaseStatement::new();
    let mut query = Query::insert();
    query.into_table(Entity).columns([Column::Key, Column::FreeAt]);
    for count in counts {
        let step = times * count.step;
        query.values_panic([count.key.as_str().into(), (now + step).into()]);
        let room = if times > 0 { now + count.room } else { i64::MAX };
        fits = fits.case(Column::Key.eq(count.key.as_str()), room);
    }
    let begun: Expr = CaseStatement::new()
        .case(Column::FreeAt.gt(now), Column::FreeAt.into_expr())
        .finally(now)
        .into();
    let step = Column::FreeAt.of("excluded").sub(now);
    let fits: Expr = fits.into();
    query.on_conflict(
        OnConflict::column(Column::Key)
            .value(Column::FreeAt, begun.add(step))
            .action_and_where(Column::FreeAt.into_expr().lte(fits))
            .to_owned(),
    );
    query.returning_col(Column::Key);
    let rows = tx.query_all(&query).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

/// Remembers something about `whom` until then.
pub async fn mark(tx: &Tx, name: &str, whom: &[&str], until: DateTime<Utc>) -> Result<()> {
    let mut query = Query::insert();
    query
        .into_table(Entity)
        .columns([Column::Key, Column::FreeAt])
        .values_panic([key(name, whom).into(), until.timestamp_micros().into()])
        .on_conflict(OnConflict::column(Column::Key).update_column(Column::FreeAt).to_owned());
    tx.execute(&query).await?;
    Ok(())
}

/// Whether something is remembered about `whom`.
pub async fn is_marked(
    db: &impl ConnectionTrait,
    name: &str,
    whom: &[&str],
    now: DateTime<Utc>,
) -> Result<bool> {
    let mark = Entity::find_by_id(key(name, whom));
    let mark = mark.filter(Column::FreeAt.gt(now.timestamp_micros()));
    Ok(mark.one(db).await?.is_some())
}

/// Deletes counts that have fully recovered; returns their number.
pub async fn expire(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64> {
    let free = Column::FreeAt.lte(now.timestamp_micros());
    // Counts in use are left for later: transactions lock several rows in their own order.
    let idle = Entity::find()
        .select_only()
        .column(Column::Key)
        .filter(free)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_query();
    let those = Entity::delete_many().filter(Column::Key.in_subquery(idle));
    Ok(those.exec(db).await?.rows_affected)
}

/// 128 bits, from which nobody can tell whom they stand for without guessing.
fn key(name: &str, whom: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in [name].iter().chain(whom) {
        // No part can be mistaken for another's.
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    HEXLOWER.encode(&digest.finalize()[..16])
}

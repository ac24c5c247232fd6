//! Who is online, recorded at most once a minute for each member and instance (M-01, M-02).
//!
//! Whatever a member does inside a TwinSpace is a visit, and so is a subscription: whatever loads a
//! TwinSpace for a member calls this module. A member who was not online before is recorded before
//! the response, so that subsequent requests count them; after that, visits are recorded in the
//! background.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Result, db::Db, members::member};
use entity::MemberId;
use futures_util::FutureExt;
use tokio::time::timeout;

/// The time during which a member need not be recorded again.
const GRAIN: TimeDelta = TimeDelta::minutes(1);

/// How long a response waits for the visit to be recorded: a read must not wait for a stuck writer.
const PATIENCE: Duration = Duration::from_secs(1);

/// When this instance last recorded each member, and which members are subscribed to it.
#[derive(Clone, Debug, Default)]
pub struct Presence {
    noted: Arc<Mutex<HashMap<MemberId, DateTime<Utc>>>>,
    /// Members to be recorded with the next write.
    due: Arc<Mutex<Vec<MemberId>>>,
    /// Held by the write under way: whoever comes meanwhile is recorded together, after it.
    writing: Arc<tokio::sync::Mutex<()>>,
    listeners: Arc<Mutex<HashMap<MemberId, usize>>>,
}

/// A subscribed member, who is online until this is dropped.
#[derive(Debug)]
pub struct Listening {
    member: MemberId,
    to: Presence,
}

impl Presence {
    /// Records that a member is online. If they were not before, it should be waited for.
    pub fn seen(
        &self,
        db: &Db,
        member: MemberId,
        now: DateTime<Utc>,
    ) -> Option<impl Future<Output = ()> + Send + use<>> {
        let before = {
            let mut noted = locked(&self.noted);
            let before = noted.get(&member).copied();
            if before.is_some_and(|at| now - at < GRAIN) {
                return None;
            }
            noted.insert(member, now);
            before
        };
        let (presence, db) = (self.clone(), db.clone());
        let writing = tokio::spawn(async move {
            // Retried after a minute: a full disk must not be accessed by every request.
            if let Err(error) = presence.record(&db, member, now).await {
                tracing::warn!(?error, "visits could not be recorded");
            }
        });
        let comes = before.is_none_or(|at| now - at >= member::ONLINE);
        // It continues if it takes longer.
        comes.then(|| timeout(PATIENCE, writing).map(drop))
    }

    async fn record(&self, db: &Db, member: MemberId, now: DateTime<Utc>) -> Result<()> {
        locked(&self.due).push(member);
        let _turn = self.writing.lock().await;
        let due = mem::take(&mut *locked(&self.due));
        match due.as_slice() {
            // Recorded with others.
            [] => Ok(()),
            [one] => member::touch(db, *one, now).await,
            many => touch_all(db, many, now).await,
        }
    }

    /// Keeps a member online for as long as they are subscribed.
    pub fn listens(&self, member: MemberId) -> Listening {
        *locked(&self.listeners).entry(member).or_default() += 1;
        Listening { member, to: self.clone() }
    }

    /// Records that subscribers are still online, and forgets those who have left; to be called
    /// every minute.
    pub async fn pulse(&self, db: &Db, now: DateTime<Utc>) -> Result<()> {
        locked(&self.noted).retain(|_, &mut at| now - at < member::ONLINE);
        let listeners: Vec<MemberId> = locked(&self.listeners).keys().copied().collect();
        touch_all(db, &listeners, now).await?;
        // What they receive within the next minute need not be recorded for each of them.
        locked(&self.noted).extend(listeners.into_iter().map(|member| (member, now)));
        Ok(())
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut listeners = locked(&self.to.listeners);
        if let Some(count) = listeners.get_mut(&self.member) {
            *count -= 1;
            if *count == 0 {
                listeners.remove(&self.member);
            }
        }
    }
}

async fn touch_all(db: &Db, members: &[MemberId], now: DateTime<Utc>) -> Result<()> {
    for some in members.chunks(1000) {
        member::touch_all(db, some, now).await?;
    }
    Ok(())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

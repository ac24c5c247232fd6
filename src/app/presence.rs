//! Who is here: noted at most once a minute for each member and instance (M-01, M-02).
//!
//! Whatever a member does inside a TwinSpace is a visit, and so is listening to it: what loads a
//! TwinSpace for a member says so here. Who was not here before is noted before they are answered,
//! so that whatever is asked next counts them; after that it is noted beside the requests.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use entity::MemberId;
use tokio::time::timeout;

use crate::{Result, db::Db, domain::member};

/// For how long a member need not be noted again.
const GRAIN: TimeDelta = TimeDelta::minutes(1);

/// How long an answer waits until its asker is noted: a read does not hang behind a stuck writer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Which members were noted when by this instance, and which listen to it.
#[derive(Clone, Debug, Default)]
pub struct Presence {
    noted: Arc<Mutex<HashMap<MemberId, DateTime<Utc>>>>,
    listeners: Arc<Mutex<HashMap<MemberId, usize>>>,
}

/// A member who listens: they are here until this is dropped.
#[derive(Debug)]
pub struct Listening {
    member: MemberId,
    to: Presence,
}

impl Presence {
    /// Notes that a member is here.
    pub async fn seen(&self, db: &Db, member: MemberId, now: DateTime<Utc>) {
        let before = {
            let mut noted = locked(&self.noted);
            let before = noted.get(&member).copied();
            if before.is_some_and(|at| now - at < GRAIN) {
                return;
            }
            noted.insert(member, now);
            before
        };
        let db = db.clone();
        let writing = tokio::spawn(async move {
            // Tried again in a minute: a disk that is full is not asked by every request.
            if let Err(error) = member::touch(&db, member, now).await {
                tracing::warn!(?error, "a visit could not be recorded");
            }
        });
        if before.is_none_or(|at| now - at >= member::ONLINE) {
            // It goes on if it takes longer.
            let _ = timeout(PATIENCE, writing).await;
        }
    }

    /// Has a member be here for as long as they listen.
    pub fn listens(&self, member: MemberId) -> Listening {
        *locked(&self.listeners).entry(member).or_default() += 1;
        Listening { member, to: self.clone() }
    }

    /// Notes that those who listen are still here, and forgets those who left; to be called every
    /// minute.
    pub async fn pulse(&self, db: &Db, now: DateTime<Utc>) -> Result<()> {
        locked(&self.noted).retain(|_, &mut at| now - at < member::ONLINE);
        let listeners: Vec<MemberId> = locked(&self.listeners).keys().copied().collect();
        for some in listeners.chunks(1000) {
            member::touch_all(db, some, now).await?;
            // What they hear in the next minute need not be noted for each of them.
            locked(&self.noted).extend(some.iter().map(|&member| (member, now)));
        }
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

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

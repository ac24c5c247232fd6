//! Who is here: noted at most once a minute for each member, off the request path (M-02).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use entity::MemberId;

use crate::{db::Db, domain::member};

/// For how long a member need not be noted again.
const GRAIN: TimeDelta = TimeDelta::minutes(1);

/// How many members are remembered before those of earlier minutes are forgotten.
const MOST: usize = 10_000;

/// Which members were noted when, by this instance.
#[derive(Debug, Default)]
pub struct Presence(Mutex<HashMap<MemberId, DateTime<Utc>>>);

impl Presence {
    /// Notes that a member asked for something.
    pub fn seen(&self, db: &Db, member: MemberId, now: DateTime<Utc>) {
        {
            let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if noted.get(&member).is_some_and(|&at| now - at < GRAIN) {
                return;
            }
            if noted.len() >= MOST {
                noted.retain(|_, &mut at| now - at < GRAIN);
            }
            noted.insert(member, now);
        }
        let db = db.clone();
        tokio::spawn(async move {
            if let Err(error) = member::touch(&db, member, now).await {
                tracing::warn!(?error, "a visit was not noted");
            }
        });
    }
}

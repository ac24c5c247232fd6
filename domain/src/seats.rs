//! How many places each account has taken: connections that it keeps open, and uploads in progress.
//!
//! They are counted in memory, and on PostgreSQL for all instances together: each tells the others
//! what it counts (`postgresql::seats`). Instances that give a place at the same moment may exceed a
//! limit, by one place each.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use entity::AccountId;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use uuid::Uuid;

/// How long it counts what an instance has said last: it may have ended.
const SILENCE: Duration = Duration::from_secs(45);

/// What a place is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatKind {
    /// A WebSocket.
    Socket,
    /// A subscription over HTTP.
    Stream,
    /// An upload in progress.
    Upload,
}

/// Whose places, and what for.
pub(crate) type Row = (SeatKind, AccountId);

/// What an instance tells the others: how many places it has given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notice {
    from: Uuid,
    rows: Vec<(Row, u16)>,
}

/// The places that are taken.
#[derive(Clone, Debug, Default)]
pub struct Seats(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    here: HashMap<Row, u16>,
    /// On other instances, and when they said so.
    elsewhere: HashMap<Row, HashMap<Uuid, (u16, Instant)>>,
    /// Where it is told what has changed, by which instance.
    changes: Option<(Uuid, UnboundedSender<Row>)>,
}

impl Taken {
    fn changed(&self, row: Row) {
        if let Some((_, changes)) = &self.changes {
            // Nobody wants to know any more at the end.
            let _ = changes.send(row);
        }
    }

    fn elsewhere(&self, row: Row, now: Instant) -> u16 {
        let said = self.elsewhere.get(&row).into_iter().flat_map(HashMap::values);
        said.filter(|(_, at)| lasts(*at, now)).fold(0, |sum, (count, _)| sum.saturating_add(*count))
    }
}

/// Whether what was said then still counts.
fn lasts(at: Instant, now: Instant) -> bool {
    now.saturating_duration_since(at) < SILENCE
}

impl Seats {
    /// A place for one more; `None` if the account already has `most`.
    pub fn take(&self, kind: SeatKind, account: AccountId, most: u16) -> Option<Seat> {
        let row = (kind, account);
        let mut taken = self.taken();
        let elsewhere = taken.elsewhere(row, Instant::now());
        let here = taken.here.get(&row).copied().unwrap_or_default();
        if here.saturating_add(elsewhere) >= most {
            return None;
        }
        taken.here.insert(row, here + 1);
        taken.changed(row);
        Some(Seat { seats: self.clone(), row })
    }

    /// Counts for several instances from now on. What changes is received from here.
    pub(crate) fn share(&self) -> UnboundedReceiver<Row> {
        let (changes, changed) = unbounded_channel();
        self.taken().changes = Some((Uuid::now_v7(), changes));
        changed
    }

    /// What is to be said of these places.
    pub(crate) fn notice(&self, rows: impl IntoIterator<Item = Row>) -> Notice {
        let taken = self.taken();
        let count = |row| (row, taken.here.get(&row).copied().unwrap_or_default());
        let from = taken.changes.as_ref().map(|(id, _)| *id).unwrap_or_default();
        Notice { from, rows: rows.into_iter().map(count).collect() }
    }

    /// The places that are taken here.
    pub(crate) fn here(&self) -> Vec<Row> {
        self.taken().here.keys().copied().collect()
    }

    /// Takes note of what an instance says, at this time.
    pub(crate) fn hear(&self, notice: Notice, now: Instant) {
        let mut taken = self.taken();
        if taken.changes.as_ref().is_some_and(|(id, _)| *id == notice.from) {
            return;
        }
        for (row, count) in notice.rows {
            taken.elsewhere.entry(row).or_default().insert(notice.from, (count, now));
        }
    }

    /// Forgets what no longer counts.
    pub(crate) fn forget(&self, now: Instant) {
        self.taken().elsewhere.retain(|_, said| {
            said.retain(|_, (count, at)| *count > 0 && lasts(*at, now));
            !said.is_empty()
        });
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Notice {
    /// Says that there is nothing any more.
    pub(crate) fn farewell(mut self) -> Self {
        self.rows.iter_mut().for_each(|(_, count)| *count = 0);
        self
    }

    /// The same in parts of at most `most` places.
    pub(crate) fn parts(self, most: usize) -> impl Iterator<Item = Self> {
        let Self { from, rows } = self;
        let parts: Vec<Vec<_>> = rows.chunks(most).map(<[_]>::to_vec).collect();
        parts.into_iter().map(move |rows| Self { from, rows })
    }
}

/// A place. It becomes free again when this is dropped.
#[derive(Debug)]
pub struct Seat {
    seats: Seats,
    row: Row,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        if let Entry::Occupied(mut count) = taken.here.entry(self.row) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
        taken.changed(self.row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(from: &Seats, to: &Seats, now: Instant) {
        to.hear(from.notice(from.here()), now);
    }

    #[test]
    fn an_account_has_so_many_places_on_all_instances_together() {
        let (one, other) = (Seats::default(), Seats::default());
        let _changes = [one.share(), other.share()];
        let (account, now) = (AccountId::new(), Instant::now());
        let take = |seats: &Seats, kind| seats.take(kind, account, 3);
        let held = [take(&one, SeatKind::Socket), take(&one, SeatKind::Socket)];
        assert!(held.iter().all(Option::is_some));
        say(&one, &other, now);
        let third = take(&other, SeatKind::Socket);
        assert!(third.is_some());
        assert!(take(&other, SeatKind::Socket).is_none());
        assert!(take(&other, SeatKind::Upload).is_some(), "another kind");
        assert!(other.take(SeatKind::Socket, AccountId::new(), 3).is_some(), "another account");
        say(&other, &one, now);
        assert!(take(&one, SeatKind::Socket).is_none());
        // One's own notice does not count twice.
        one.hear(one.notice(one.here()), now);
        drop(third);
        one.hear(other.notice([(SeatKind::Socket, account)]), now);
        assert!(take(&one, SeatKind::Socket).is_some());
        drop(held);
        assert_eq!(one.here(), []);
    }

    #[test]
    fn an_instance_that_says_nothing_more_does_not_count() {
        let (one, gone) = (Seats::default(), Seats::default());
        let _changes = [one.share(), gone.share()];
        let account = AccountId::new();
        let _held = gone.take(SeatKind::Stream, account, 1);
        let (now, row) = (Instant::now(), (SeatKind::Stream, account));
        say(&gone, &one, now);
        one.forget(now);
        assert_eq!(one.taken().elsewhere(row, now), 1);
        assert_eq!(one.taken().elsewhere(row, now + SILENCE), 0);
        one.forget(now + SILENCE);
        assert!(one.taken().elsewhere.is_empty());
        say(&gone, &one, now);
        one.hear(gone.notice(gone.here()).farewell(), now);
        assert!(one.take(SeatKind::Stream, account, 1).is_some());
        one.forget(now);
        assert!(one.taken().elsewhere.is_empty());
    }

    #[test]
    fn many_places_are_told_in_parts() {
        let seats = Seats::default();
        let held: Vec<_> =
            (0..5).map(|_| seats.take(SeatKind::Upload, AccountId::new(), 1)).collect();
        let parts = seats.notice(seats.here()).parts(2).map(|part| part.rows.len());
        assert_eq!(parts.collect::<Vec<_>>(), [2, 2, 1]);
        drop(held);
    }
}

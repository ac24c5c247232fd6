//! What subscriptions have in common, whether a WebSocket or an HTTP response carries them: what
//! they are told, in whose turn, and when they end.

use std::time::Duration;

use async_graphql::Response as Outcome;
use domain::events::Event;
use futures_util::{StreamExt, stream::BoxStream};
use tokio::sync::broadcast::Receiver;

use super::{State, answer::Answer};
use crate::graphql::{api::Caller, document::Prepared, error::is_passing};

mod session;
mod turns;

pub use session::{Session, pulse};
pub use turns::{Turns, behind_all_others};

/// How long a client may take to read a message.
pub const READING: Duration = Duration::from_secs(10);
/// How many messages wait for a client to read them; further messages wait for space.
pub const QUEUE: usize = 16;

/// A subscription of a viewer.
pub struct Subscription<'a> {
    outcomes: BoxStream<'static, Outcome>,
    turns: &'a Turns,
}

/// What a subscriber is told.
pub enum Told {
    /// An event.
    Event(Outcome),
    /// Why the subscription has ended, or has not begun.
    Refusal(Outcome),
    /// An internal error, after which the client should subscribe again: otherwise a subscription
    /// that has ended would appear alive.
    Failure(Outcome),
}

impl<'a> Subscription<'a> {
    /// Starts a subscription to these events.
    pub fn begin(
        state: &'a State,
        events: Receiver<Event>,
        prepared: Prepared,
        caller: Caller,
    ) -> Self {
        Self { outcomes: state.api.subscribe(events, prepared, caller), turns: &state.turns }
    }

    /// What comes next; `None` if the subscription is complete.
    pub async fn next(&mut self) -> Option<Told> {
        let outcome = self.turns.take(self.outcomes.next()).await?;
        Some(if is_passing(&outcome) {
            Told::Failure(outcome)
        } else if Answer::from(&outcome).refusal().is_some() {
            Told::Refusal(outcome)
        } else {
            Told::Event(outcome)
        })
    }
}

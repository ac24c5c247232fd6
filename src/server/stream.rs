//! Subscriptions over HTTP: each is the response to its own request, in a format that can be read
//! while it arrives.

use std::sync::Arc;

use async_graphql::Response as Outcome;
use bytes::Bytes;
use domain::{Error, seats::SeatKind};
use futures_util::stream;
use poem::{
    Body, Response,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
};
use tokio::{sync::mpsc, time::timeout};

use super::{
    State,
    answer::Answer,
    compression::AsItIs,
    live::{QUEUE, READING, Session, Subscription, Told, pulse},
    metrics::Held,
    problem::Problem,
};
use crate::graphql::{
    api::{Caller, refused},
    document::Prepared,
    error::{ErrorCode, refuse, whole},
};

mod format;

pub use format::Format;

/// Tells nginx to pass on each event as it comes.
const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The response to a query or mutation: a stream of one.
pub fn one(format: Format, answer: &Answer<'_>, headers: &HeaderMap) -> Response {
    let all = [format.opening(), format.next(answer), format.complete()];
    let mut response = respond(format, Body::from_string(all.concat()));
    response.headers_mut().extend(headers.clone());
    response
}

/// Starts a subscription, whose events are the response.
pub fn open(
    state: &Arc<State>,
    format: Format,
    token: Option<String>,
    prepared: Prepared,
    caller: Caller,
) -> Result<Response, Problem> {
    let app = &state.api.app;
    let (most, seats) = (app.config.server.limits.max_streams, app.db.seats());
    let take = |account| seats.take(SeatKind::Stream, account, most).ok_or_else(|| too_many(most));
    let seat = caller.viewer.account().map(take).transpose()?;
    let (queue, mut waiting) = mpsc::channel(QUEUE);
    let session = Session { token, viewer: caller.viewer.clone() };
    let request_id = caller.request_id.clone();
    let stream = Stream { state: Arc::clone(state), format, session, request_id, queue };
    tokio::spawn(stream.run(prepared, caller));
    // Until the client has read all of it, or is gone.
    let held = (seat, Held::one("twinspace_http_subscriptions"));
    let events = stream::poll_fn(move |ctx| {
        let _ = &held;
        waiting.poll_recv(ctx).map(|event| event.map(Ok::<_, std::io::Error>))
    });
    Ok(respond(format, Body::from_bytes_stream(events)))
}

fn respond(format: Format, body: Body) -> Response {
    let mut response = Response::builder().header(header::CONTENT_TYPE, format.value()).body(body);
    response.headers_mut().insert(X_ACCEL_BUFFERING, HeaderValue::from_static("no"));
    response.set_data(AsItIs);
    response
}

fn too_many(most: u16) -> Problem {
    let message = format!("You can have at most {most} subscriptions over HTTP at a time.");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, message).code(ErrorCode::TooManyOperations)
}

/// A subscription, in its own task.
struct Stream {
    state: Arc<State>,
    format: Format,
    session: Session,
    request_id: String,
    /// What waits for the client to read it.
    queue: mpsc::Sender<Bytes>,
}

/// Why a stream ends.
enum End {
    /// The client is gone.
    Gone,
    /// The client does not read.
    Slow,
    /// There is nothing more to come, after this.
    Complete(Option<Outcome>),
    /// Something else prevents the rest from being sent.
    Failure(Outcome),
}

impl Stream {
    async fn run(self, prepared: Prepared, caller: Caller) {
        let app = &self.state.api.app;
        let mut subscription =
            Subscription::begin(&self.state, app.db.events().listen(), prepared, caller);
        let end = tokio::select! {
            () = self.queue.closed() => End::Gone,
            () = self.state.stop.cancelled() => End::Failure(self.stopping()),
            () = self.session.ended(app) => {
                End::Complete(Some(refused(whole(Error::Unauthenticated), &self.request_id)))
            }
            end = self.tell(&mut subscription) => end,
            end = self.beat() => end,
        };
        // What is in progress is rolled back before the client learns of the end.
        drop(subscription);
        let (reason, last) = match &end {
            End::Gone => ("the client is gone", String::new()),
            End::Slow => ("events are not being read in time", String::new()),
            End::Complete(outcome) => {
                let answer = outcome.as_ref().map(Answer::from);
                let last = answer.map(|answer| self.format.next(&answer)).unwrap_or_default();
                ("complete", last + &self.format.complete())
            }
            End::Failure(outcome) => ("interrupted", self.format.failure(&Answer::from(outcome))),
        };
        if !last.is_empty() {
            // Who does not read it is gone.
            let _ = self.send(last).await;
        }
        tracing::info!(request_id = self.request_id, reason, "subscription over HTTP ended");
    }

    /// Sends the events of a subscription.
    async fn tell(&self, subscription: &mut Subscription<'_>) -> End {
        if let Err(end) = self.send(self.format.opening()).await {
            return end;
        }
        while let Some(told) = subscription.next().await {
            let sent = match told {
                Told::Event(outcome) => self.send(self.format.next(&Answer::from(&outcome))).await,
                Told::Refusal(outcome) => Err(End::Complete(Some(outcome))),
                Told::Failure(outcome) => Err(End::Failure(outcome)),
            };
            if let Err(end) = sent {
                return end;
            }
        }
        End::Complete(None)
    }

    /// Sends something from time to time, so that proxies keep the connection open, and those who
    /// are gone are noticed.
    async fn beat(&self) -> End {
        let mut pulse = pulse(self.state.api.app.config.server.limits.socket_pulse());
        loop {
            pulse.tick().await;
            // If there is no space, the client has enough to read.
            let _ = self.queue.try_send(self.format.heartbeat().into());
        }
    }

    /// Sends something as soon as there is space in the queue.
    async fn send(&self, text: String) -> Result<(), End> {
        match timeout(READING, self.queue.send(text.into())).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Slow),
        }
    }

    fn stopping(&self) -> Outcome {
        refused(refuse(ErrorCode::Unavailable, "The server is shutting down."), &self.request_id)
    }
}

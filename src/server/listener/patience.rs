//! How long a connection may keep the server waiting.
//!
//! hyper has a timeout only for the head of an HTTP/1 request: not for the first bytes, which
//! distinguish HTTP/1 from HTTP/2, nor for an idle HTTP/2 connection, nor for a response that
//! nobody reads. Therefore the time is measured here, from outside: it runs whenever the server
//! waits for the client, and restarts whenever the client makes progress.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use hyper::body::{Body, Frame, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, sleep},
};

/// How many times longer than for a request the server waits for a response to be read: video
/// players pause, and connections are slow.
const READING: u32 = 4;

/// The state of a connection.
#[derive(Debug)]
pub struct Patience(Mutex<State>);

#[derive(Debug)]
struct State {
    /// Requests that the server is processing.
    working: usize,
    /// Requests whose response the client has yet to read.
    unread: usize,
    /// Since when written data is stuck because the client does not read.
    blocked: Option<Instant>,
    /// Since when there has been no progress.
    since: Instant,
}

impl Patience {
    /// For a connection that has just been accepted.
    pub fn new() -> Arc<Self> {
        let since = Instant::now();
        Arc::new(Self(Mutex::new(State { working: 0, unread: 0, blocked: None, since })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Completes when the server has waited for the client longer than `limit` for a request, or
    /// four times as long for a response to be read.
    pub async fn ended(&self, limit: Duration) {
        loop {
            let left = self.left(limit);
            if left.is_zero() {
                return;
            }
            // Nothing can end sooner: whatever starts meanwhile has the full time.
            sleep(left).await;
        }
    }

    fn left(&self, limit: Duration) -> Duration {
        let state = self.state();
        let reading = limit * READING;
        match state.blocked {
            // Also if there is more to come, as in the response to a subscription.
            Some(since) => reading.saturating_sub(since.elapsed()),
            None if state.working > 0 => limit,
            None if state.unread > 0 => reading.saturating_sub(state.since.elapsed()),
            None => limit.saturating_sub(state.since.elapsed()),
        }
    }
}

/// A request, from its head to the end of its response.
#[derive(Debug)]
pub struct Exchange {
    patience: Arc<Patience>,
    working: bool,
}

impl Exchange {
    /// The head has arrived: the server is working.
    pub fn begin(patience: &Arc<Patience>) -> Self {
        let mut state = patience.state();
        state.working += 1;
        state.since = Instant::now();
        drop(state);
        Self { patience: Arc::clone(patience), working: true }
    }

    /// Something was sent (false), or is being generated (true).
    fn turn(&mut self, working: bool) {
        let mut state = self.patience.state();
        state.since = Instant::now();
        match (self.working, working) {
            (true, false) => (state.working, state.unread) = (state.working - 1, state.unread + 1),
            (false, true) => (state.working, state.unread) = (state.working + 1, state.unread - 1),
            _ => {}
        }
        self.working = working;
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let mut state = self.patience.state();
        match self.working {
            true => state.working -= 1,
            false => state.unread -= 1,
        }
        state.since = Instant::now();
    }
}

/// The body of a response.
#[derive(Debug)]
pub struct Answer<B> {
    body: B,
    exchange: Exchange,
}

impl<B> Answer<B> {
    /// The response of an exchange.
    pub fn new(body: B, mut exchange: Exchange) -> Self {
        exchange.turn(false);
        Self { body, exchange }
    }
}

impl<B: Body + Unpin> Body for Answer<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        self.exchange.turn(frame.is_pending());
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream that detects when written data is stuck.
#[derive(Debug)]
pub struct Watched<S> {
    stream: S,
    patience: Arc<Patience>,
}

impl<S> Watched<S> {
    /// The stream of a connection.
    pub fn new(stream: S, patience: Arc<Patience>) -> Self {
        Self { stream, patience }
    }

    fn note<T>(&self, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        let mut state = self.patience.state();
        if state.blocked.is_some() != written.is_pending() {
            let now = Instant::now();
            state.blocked = written.is_pending().then_some(now);
            state.since = now;
        }
        drop(state);
        Poll::Ready(ready!(written))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

//! Whether a client is still connected, and its session is still valid.

use std::{
    pin::pin,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use domain::{Error, events::Event};
use poem::web::websocket::Message;
use tokio::{
    sync::broadcast::error::RecvError,
    time::{Instant, interval_at},
};

use super::{End, Known, Socket, message::Close};

/// When a pulse begins: sockets that were opened together, as after a restart, are not looked at
/// together ever after.
fn first(every: Duration) -> Instant {
    const PARTS: u32 = 128;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let part = NEXT.fetch_add(1, Ordering::Relaxed) % PARTS;
    Instant::now() + every / 2 + every * part / (2 * PARTS)
}

impl Socket {
    /// Completes with the session, or when a silent client does not respond.
    pub async fn watch(&self, known: &Known) -> End {
        let mut session = pin!(self.session(known));
        let pulse = self.state.api.app.config.server.limits.socket_pulse();
        tokio::select! {
            end = &mut session => end,
            end = self.pulse(pulse) => end,
        }
    }

    /// Pings a silent client.
    async fn pulse(&self, every: Duration) -> End {
        let mut pulse = interval_at(first(every), every);
        loop {
            pulse.tick().await;
            if !self.heard.swap(false, Ordering::Relaxed) {
                return End::Gone;
            }
            // If there is no space, the client has enough to read.
            let _ = self.queue.try_send(Message::ping([]));
        }
    }

    /// Checks the session periodically, and whenever one of its owner's sessions was ended.
    async fn session(&self, known: &Known) -> End {
        let app = &self.state.api.app;
        let mut events = app.db.events().listen_for_ends();
        let every = app.config.server.limits.socket_pulse();
        let mut pulse = interval_at(first(every), every);
        loop {
            let pulsed = tokio::select! {
                _ = pulse.tick() => true,
                event = events.recv() => match event {
                    Ok(Event::SignedOut { account }) if known.viewer.account() == Some(account) => false,
                    Ok(Event::Gap) | Err(RecvError::Lagged(_)) => false,
                    Ok(_) => continue,
                    Err(RecvError::Closed) => return Close::going_away().into(),
                },
            };
            let asked = match pulsed {
                // This records that the session is in use.
                true => app.authenticate(known.token.as_deref()).await,
                // All sockets may check at the same time.
                false => app.revive(&known.viewer, &app.audience.now(&app.db)).await,
            };
            // Other errors are checked again.
            if let Err(error @ Error::Unauthenticated) = asked {
                return self.turned_away(error);
            }
        }
    }
}

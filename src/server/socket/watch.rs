//! Whether a client is still connected, and its session is still valid.

use std::{sync::atomic::Ordering, time::Duration};

use poem::web::websocket::Message;

use super::{End, Known, Socket, message::Close};
use crate::server::live::pulse;

impl Socket {
    /// Completes with the session, or when a silent client does not respond.
    pub async fn watch(&self, known: &Known) -> End {
        let app = &self.state.api.app;
        tokio::select! {
            () = known.session.ended(app) => Close::forbidden().into(),
            end = self.pulse(app.config.server.limits.socket_pulse()) => end,
        }
    }

    /// Pings a silent client.
    async fn pulse(&self, every: Duration) -> End {
        let mut pulse = pulse(every);
        loop {
            pulse.tick().await;
            if !self.heard.swap(false, Ordering::Relaxed) {
                return End::Gone;
            }
            // If there is no space, the client has enough to read.
            let _ = self.queue.try_send(Message::ping([]));
        }
    }
}

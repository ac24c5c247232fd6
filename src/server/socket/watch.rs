//! Whether a client is still there, and its session still lasts.

use std::{pin::pin, sync::atomic::Ordering, time::Duration};

use poem::web::websocket::Message;
use tokio::{sync::broadcast::error::RecvError, time::interval};

use super::{End, Known, Socket, message::Close};
use crate::{Error, events::Event};

impl Socket {
    /// Ends with the session, or when a silent client does not answer.
    pub async fn watch(&self, known: &Known) -> End {
        let mut session = pin!(self.session(known));
        let pulse = self.state.api.app.config.server.limits.socket_pulse();
        tokio::select! {
            end = &mut session => end,
            end = self.pulse(pulse) => end,
        }
    }

    /// Asks a silent client whether it is there.
    async fn pulse(&self, every: Duration) -> End {
        let mut pulse = interval(every);
        pulse.reset();
        loop {
            pulse.tick().await;
            if !self.heard.swap(false, Ordering::Relaxed) {
                return End::Gone;
            }
            // Where there is no room, the client has enough to read.
            let _ = self.queue.try_send(Message::ping([]));
        }
    }

    /// Looks at the session now and then, and whenever one of its owner's was ended.
    async fn session(&self, known: &Known) -> End {
        let app = &self.state.api.app;
        let mut events = app.db.events().listen();
        let mut pulse = interval(app.config.server.limits.socket_pulse());
        pulse.reset();
        loop {
            let concerned = tokio::select! {
                _ = pulse.tick() => Some(None),
                event = events.numbered() => match event {
                    Ok((_, Event::SignedOut { account })) => {
                        (known.viewer.account() == Some(account)).then_some(None)
                    }
                    // All sockets ask at once.
                    Ok((number, Event::Gap)) => Some(Some(number)),
                    Err(RecvError::Lagged(_)) => Some(None),
                    Ok(_) => None,
                    Err(RecvError::Closed) => return Close::going_away().into(),
                },
            };
            let asked = match concerned {
                None => continue,
                Some(Some(number)) => {
                    app.revive(&known.viewer, &app.audience.of(number, &app.db)).await
                }
                Some(None) => app.authenticate(known.token.as_deref()).await,
            };
            // What else goes wrong is asked again.
            if let Err(error @ Error::Unauthenticated) = asked {
                return self.turned_away(error);
            }
        }
    }
}

//! Whether the session of a connection is still valid.

use std::{
    future::pending,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use domain::{Error, events::Event};
use tokio::{
    sync::broadcast::error::RecvError,
    time::{Instant, Interval, interval_at},
};

use crate::{app::App, auth::Viewer};

/// The owner of a connection.
pub struct Session {
    /// By which they were recognised; `None` if they are anonymous.
    pub token: Option<String>,
    /// Who they were then.
    pub viewer: Viewer,
}

impl Session {
    /// Completes when the session has ended. It is checked at each pulse, and whenever one of its
    /// owner's sessions was ended.
    pub async fn ended(&self, app: &App) {
        let mut events = app.db.events().listen_for_ends();
        let mut pulse = pulse(app.config.server.limits.socket_pulse());
        loop {
            let pulsed = tokio::select! {
                _ = pulse.tick() => true,
                event = events.recv() => match event {
                    Ok(Event::SignedOut { account }) if self.viewer.account() == Some(account) => false,
                    Ok(Event::Gap) | Err(RecvError::Lagged(_)) => false,
                    Ok(_) => continue,
                    // The server is stopping, which ends the connection.
                    Err(RecvError::Closed) => return pending().await,
                },
            };
            let asked = match pulsed {
                // This records that the session is in use.
                true => app.authenticate(self.token.as_deref()).await,
                // All connections may check at the same time.
                false => app.revive(&self.viewer, &app.audience.now(&app.db)).await,
            };
            // Other errors are checked again.
            if let Err(Error::Unauthenticated) = asked {
                return;
            }
        }
    }
}

/// Ticks `every` so often. Connections that were opened together, as after a restart, are not looked
/// at together ever after.
pub fn pulse(every: Duration) -> Interval {
    const PARTS: u32 = 128;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let part = NEXT.fetch_add(1, Ordering::Relaxed) % PARTS;
    interval_at(Instant::now() + every / 2 + every * part / (2 * PARTS), every)
}

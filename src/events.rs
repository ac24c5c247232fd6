//! What changed, told to subscribers: in memory, and through PostgreSQL between instances.
//!
//! An event names things and holds none of their content: each subscriber loads what it may see.

use std::time::Duration;

use entity::{AccountId, InvitationId, MediaId, MemberId, ProjectId};
use sea_orm::sqlx::{PgPool, postgres::PgListener};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

/// The PostgreSQL channel. A payload may have 8000 bytes; an event has about 200.
pub const CHANNEL: &str = "twinspace_events";

/// Something that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A member joined a TwinSpace, or their role or card changed.
    Member {
        /// The project whose TwinSpace it is.
        project: ProjectId,
        /// The member.
        member: MemberId,
        /// Whether they are new.
        joined: bool,
    },
    /// A member is no longer there.
    MemberGone {
        /// The project whose TwinSpace it was.
        project: ProjectId,
        /// The member.
        member: MemberId,
        /// Whether it was a pupil, of whom visitors hear nothing (M-20).
        pupil: bool,
    },
    /// An invitation was sent, answered, revoked or changed.
    Invitation {
        /// The project.
        project: ProjectId,
        /// The invitation.
        invitation: InvitationId,
    },
    /// Media was added, edited, or is shown to others than before.
    Media {
        /// The project in whose TwinSpace it is.
        project: ProjectId,
        /// The media.
        media: MediaId,
        /// What happened to it.
        news: MediaNews,
    },
    /// Media was deleted.
    MediaGone {
        /// The project in whose TwinSpace it was.
        project: ProjectId,
        /// The media.
        media: MediaId,
        /// Whether all could see it until then.
        seen: bool,
    },
    /// Sessions of this account were ended.
    SignedOut {
        /// The account.
        account: AccountId,
    },
    /// A mail waits in the outbox.
    Mail,
    /// Events may have been lost: look again.
    Gap,
}

/// What happened to media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaNews {
    /// It is new.
    Added,
    /// Its title or description changed.
    Edited,
    /// A consent to pictures was recorded or withdrawn: some may see it no more, or again.
    Consent,
}

/// Where events are sent and heard.
#[derive(Clone, Debug)]
pub struct Events(broadcast::Sender<Event>);

impl Default for Events {
    fn default() -> Self {
        Self(broadcast::channel(1024).0)
    }
}

impl Events {
    /// Tells the subscribers of this instance.
    pub fn tell(&self, event: Event) {
        // Nobody listening is no fault.
        let _ = self.0.send(event);
    }

    /// Hears everything from now on.
    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }

    /// Passes on what any instance on the same PostgreSQL tells, for as long as the pool is open.
    pub async fn relay(&self, pool: PgPool) -> Result<(), sea_orm::sqlx::Error> {
        let mut listener = connect(&pool).await?;
        let events = self.clone();
        tokio::spawn(async move {
            loop {
                match listener.try_recv().await {
                    Ok(Some(notice)) => match serde_json::from_str(notice.payload()) {
                        Ok(event) => events.tell(event),
                        Err(error) => tracing::warn!(%error, "event not understood"),
                    },
                    // The connection was lost and is back already.
                    Ok(None) => {
                        tracing::warn!("event connection lost, connected again");
                        events.tell(Event::Gap);
                    }
                    // Closed on purpose, at the end of a command or of the server.
                    Err(_) if pool.is_closed() => return,
                    Err(error) => {
                        tracing::error!(%error, "event connection lost");
                        let Some(again) = reconnect(&pool).await else { return };
                        listener = again;
                        // Only now: who looked before would have missed what came after.
                        events.tell(Event::Gap);
                    }
                }
            }
        });
        Ok(())
    }
}

async fn connect(pool: &PgPool) -> Result<PgListener, sea_orm::sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    Ok(listener)
}

/// Tries each second; none once the pool is closed.
async fn reconnect(pool: &PgPool) -> Option<PgListener> {
    while !pool.is_closed() {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if let Ok(listener) = connect(pool).await {
            return Some(listener);
        }
    }
    None
}

//! What changed, told to subscribers: in memory, and through PostgreSQL between instances.
//!
//! An event names things and holds none of their content: each subscriber loads what it may see.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use entity::{
    AccountId, ChatMessageId, InvitationId, MediaId, MemberId, MessageId, PageId, ProjectId,
    ServiceId,
};
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
    /// An invitation was sent, answered, revoked or changed, or could not be delivered.
    Invitation {
        /// The project.
        project: ProjectId,
        /// The invitation.
        invitation: InvitationId,
    },
    /// A message was sent to a chat room, or deleted from it.
    Chat {
        /// The project whose TwinSpace it is.
        project: ProjectId,
        /// The message.
        message: ChatMessageId,
        /// Whether it is new.
        sent: bool,
    },
    /// The settings of a TwinSpace changed.
    Settings {
        /// The project whose TwinSpace it is.
        project: ProjectId,
    },
    /// A message came into somebody's inbox, was read or deleted there.
    Inbox {
        /// Whose inbox it is.
        account: AccountId,
        /// The message.
        message: MessageId,
        /// Whether it is new.
        arrived: bool,
    },
    /// Something began or ceased to wait for somebody (T-07).
    Waiting(Whom),
    /// A page was made, edited, moved, shared, archived or restored.
    Page {
        /// The project in whose TwinSpace it is.
        project: ProjectId,
        /// The page.
        page: PageId,
        /// Whether members who saw it until now may see it no more.
        withdrawn: bool,
    },
    /// All pages of a TwinSpace have new positions, in the same order but for one.
    PagesPlaced {
        /// The project in whose TwinSpace they are.
        project: ProjectId,
    },
    /// A page was deleted.
    PageGone {
        /// The project in whose TwinSpace it was.
        project: ProjectId,
        /// The page.
        page: PageId,
        /// Who had made it.
        author: AccountId,
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

/// For whom something waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Whom {
    /// The owner of this account.
    Account(AccountId),
    /// The officers of this service; without one, the administrators (P-06).
    Service(Option<ServiceId>),
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
pub struct Events {
    sender: broadcast::Sender<Event>,
    /// Ends of sessions once more, for those who hear of nothing else.
    ends: broadcast::Sender<Event>,
    told: Arc<AtomicU64>,
}

impl Default for Events {
    fn default() -> Self {
        let channel = || broadcast::channel(1024).0;
        Self { sender: channel(), ends: channel(), told: Arc::default() }
    }
}

impl Event {
    /// Something began or ceased to wait for these services, a country's and a region's; with
    /// neither, for the administrators.
    pub fn waiting_for(services: [Option<ServiceId>; 2]) -> Vec<Self> {
        let whom = match services {
            [None, None] => vec![None],
            some => some.into_iter().flatten().map(Some).collect(),
        };
        whom.into_iter().map(|service| Self::Waiting(Whom::Service(service))).collect()
    }
}

impl Events {
    /// Tells the subscribers of this instance.
    pub fn tell(&self, event: Event) {
        self.told.fetch_add(1, Ordering::SeqCst);
        // Nobody listening is no fault.
        if matches!(event, Event::SignedOut { .. } | Event::Gap) {
            let _ = self.ends.send(event.clone());
        }
        let _ = self.sender.send(event);
    }

    /// How many were told here: as long as that is the same, nothing was told.
    pub fn told(&self) -> u64 {
        self.told.load(Ordering::SeqCst)
    }

    /// How many listen.
    pub fn listeners(&self) -> usize {
        self.sender.receiver_count()
    }

    /// Hears everything from now on.
    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.sender.subscribe()
    }

    /// Hears from now on of sessions that are ended, and of gaps: each socket does, and is not woken
    /// by what is said in a chat room.
    pub fn listen_for_ends(&self) -> broadcast::Receiver<Event> {
        self.ends.subscribe()
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

//! Changes sent to subscribers: in memory, and between instances through PostgreSQL.
//!
//! An event refers to objects without their content: each subscriber loads what it may see.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use entity::{
    AccountId, ChatMessageId, DiaryEntryId, DiaryVisibility, InvitationId, LabelApplicationId,
    MediaId, MemberId, MessageId, PageId, ProjectId, ServiceId, ThreadId,
};
use serde::{Deserialize, Serialize};
use tokio::sync::{Mutex, MutexGuard, broadcast};

/// Something that changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A project changed: its state, its fields, or who decides on it or takes part in it.
    Project {
        /// The project.
        project: ProjectId,
    },
    /// A label application was made or decided on.
    Label {
        /// The project.
        project: ProjectId,
        /// The application.
        application: LabelApplicationId,
    },
    /// A diary entry was written, edited or deleted.
    DiaryEntry {
        /// The project.
        project: ProjectId,
        /// The entry.
        entry: DiaryEntryId,
        /// The author.
        author: AccountId,
        /// Who could read it until then; `None` if it is new.
        before: Option<DiaryVisibility>,
    },
    /// A member joined a TwinSpace, or their role or details changed.
    Member {
        /// The project of the TwinSpace.
        project: ProjectId,
        /// The member.
        member: MemberId,
        /// Whether they are new.
        joined: bool,
    },
    /// A member left or was removed.
    MemberGone {
        /// The project of the TwinSpace.
        project: ProjectId,
        /// The member.
        member: MemberId,
        /// Whether it was a pupil, about whom visitors receive nothing (M-20).
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
        /// The project of the TwinSpace.
        project: ProjectId,
        /// The message.
        message: ChatMessageId,
        /// Whether it is new.
        sent: bool,
    },
    /// A member has read messages in a chat room: for that member's devices.
    ChatRead {
        /// The project of the TwinSpace.
        project: ProjectId,
        /// The account of the member.
        account: AccountId,
    },
    /// The settings of a TwinSpace changed.
    Settings {
        /// The project of the TwinSpace.
        project: ProjectId,
    },
    /// A message arrived in one of someone's mailboxes, or was read or deleted there.
    Inbox {
        /// The account whose mailboxes changed.
        account: AccountId,
        /// The message.
        message: MessageId,
        /// The thread of the message.
        thread: ThreadId,
        /// What happened.
        news: InboxNews,
    },
    /// Messages in someone's inbox were marked as read together.
    InboxRead {
        /// The account whose inbox changed.
        account: AccountId,
    },
    /// A notification appeared or disappeared (T-07).
    Waiting(Whom),
    /// A page was created, edited, moved, shared, archived or restored.
    Page {
        /// The project of the TwinSpace.
        project: ProjectId,
        /// The page.
        page: PageId,
        /// Whether members who could see it until now may no longer do so.
        withdrawn: bool,
    },
    /// All pages of a TwinSpace have new positions, in the same order except for one.
    PagesPlaced {
        /// The project of the TwinSpace.
        project: ProjectId,
    },
    /// A page was deleted.
    PageGone {
        /// The project of the TwinSpace.
        project: ProjectId,
        /// The page.
        page: PageId,
        /// The author.
        author: AccountId,
    },
    /// Media was added or edited, or its visibility changed.
    Media {
        /// The project of the TwinSpace.
        project: ProjectId,
        /// The media.
        media: MediaId,
        /// What happened.
        news: MediaNews,
    },
    /// Media was deleted.
    MediaGone {
        /// The project of the TwinSpace.
        project: ProjectId,
        /// The media.
        media: MediaId,
        /// Whether everyone could see it until then.
        seen: bool,
    },
    /// Sessions of this account were ended.
    SignedOut {
        /// The account.
        account: AccountId,
    },
    /// A mail was added to the outbox.
    Mail,
    /// Events may have been lost: reload.
    Gap,
}

/// Whose notifications changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Whom {
    /// The owner of this account.
    Account(AccountId),
    /// The officers of this support service; if `None`, the administrators (P-06).
    Service(Option<ServiceId>),
}

/// What happened to a message in one of someone's mailboxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InboxNews {
    /// It arrived.
    Arrived,
    /// It was sent by the owner of the mailbox.
    Sent,
    /// It was read or deleted.
    Changed,
}

/// What happened to media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaNews {
    /// It was added.
    Added,
    /// Its title or description changed.
    Edited,
    /// A consent to pictures was recorded or withdrawn, so that some may no longer see it, or may
    /// see it again.
    Consent,
}

/// Where events are sent and received.
#[derive(Clone, Debug)]
pub struct Events {
    sender: broadcast::Sender<Event>,
    /// Ends of sessions once more, for those who hear of nothing else.
    ends: broadcast::Sender<Event>,
    told: Arc<AtomicU64>,
    listeners: Arc<AtomicUsize>,
    /// Held from a commit until its events are sent.
    turn: Arc<Mutex<()>>,
}

impl Default for Events {
    fn default() -> Self {
        let channel = || broadcast::channel(1024).0;
        let (told, listeners, turn) = Default::default();
        Self { sender: channel(), ends: channel(), told, listeners, turn }
    }
}

/// A subscription that has begun.
#[derive(Debug)]
pub struct Listener(Arc<AtomicUsize>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Event {
    /// Whether everybody has to receive it in the order of the commits: all see the messages of a chat
    /// room in the same order. On PostgreSQL this is not free (see `postgresql::announcer`).
    pub(crate) const fn is_ordered(&self) -> bool {
        matches!(self, Self::Chat { .. })
    }

    /// A notification appeared or disappeared for these support services, of a country and of a
    /// region; with neither, for the administrators.
    pub fn waiting_for(services: [Option<ServiceId>; 2]) -> Vec<Self> {
        let whom = match services {
            [None, None] => vec![None],
            some => some.into_iter().flatten().map(Some).collect(),
        };
        whom.into_iter().map(|service| Self::Waiting(Whom::Service(service))).collect()
    }
}

impl Events {
    /// Sends an event to the subscribers of this instance.
    pub fn tell(&self, event: Event) {
        self.told.fetch_add(1, Ordering::SeqCst);
        // Having no subscribers is not an error.
        if matches!(event, Event::SignedOut { .. } | Event::Gap) {
            let _ = self.ends.send(event.clone());
        }
        let _ = self.sender.send(event);
    }

    /// Waits until the events of earlier commits are sent: whoever commits and sends while holding
    /// this does both in the same order as everyone else.
    pub async fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// The number of events sent here: as long as it is unchanged, nothing was sent.
    pub fn told(&self) -> u64 {
        self.told.load(Ordering::SeqCst)
    }

    /// Counts a subscription that has begun, as long as it lasts.
    pub fn begin(&self) -> Listener {
        self.listeners.fetch_add(1, Ordering::SeqCst);
        Listener(Arc::clone(&self.listeners))
    }

    /// The number of subscriptions that have begun.
    pub fn listeners(&self) -> usize {
        self.listeners.load(Ordering::SeqCst)
    }

    /// Receives all events from now on.
    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.sender.subscribe()
    }

    /// Hears from now on of sessions that are ended, and of gaps: each socket does, and is not woken
    /// by what is said in a chat room.
    pub fn listen_for_ends(&self) -> broadcast::Receiver<Event> {
        self.ends.subscribe()
    }
}

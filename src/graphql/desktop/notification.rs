//! Everything that requires the viewer's attention (T-07).

use async_graphql::{Context, Object, SimpleObject, Union};
use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    desktop::notification::{self, Filter, NotificationRow},
    events::{Event, InboxNews, Whom},
    list::cell,
};
use entity::{AccountKind, NotificationKind};
use futures_util::Stream;
use uuid::Uuid;

use crate::graphql::{
    accounts::{admission::Admission, school::School},
    care::report::Report,
    connection::{self, Connection, List, Paging},
    context::ContextExt,
    desktop::contact::Contact,
    guard::SignedIn,
    inside::message::Message,
    loader::Owns,
    members::{
        custody_transfer::CustodyTransfer, invitation::Invitation, pupil_news::PupilNews,
        pupil_request::PupilRequest,
    },
    projects::{
        approval::Approval, label::LabelApplication, project::Project, succession::Succession,
    },
    subscription::follow,
};

/// Something that requires the viewer's attention. It disappears once it has been dealt with.
pub struct Notification(NotificationRow);

/// The subject of a notification.
#[derive(Union)]
pub enum NotificationSubject {
    /// An invitation to answer.
    Invitation(Invitation),
    /// A contact request from a teacher.
    Contact(Contact),
    /// A project to accept as its co-founder.
    Project(Project),
    /// A decision on a project to make.
    Approval(Approval),
    /// An application for a quality label to decide on.
    Label(LabelApplication),
    /// A succession to decide on.
    Succession(Succession),
    /// Somebody to admit as a teacher.
    Admission(Admission),
    /// The viewer's school, which was confirmed, or whose confirmation was withdrawn.
    School(School),
    /// A message to read.
    Message(Message),
    /// A reported message to handle.
    Report(Report),
    /// A request to bring one of the viewer's pupils into a TwinSpace.
    PupilRequest(PupilRequest),
    /// A custody transfer to accept, object to or decide on.
    Custody(CustodyTransfer),
    /// What somebody else did to one of the viewer's pupils.
    PupilNews(PupilNews),
}

impl Notification {
    /// The viewer's notifications, newest first.
    pub async fn list(ctx: &Context<'_>, paging: Paging) -> Result<Connection<Self>> {
        let (parent, filter) = (Uuid::nil(), filter(ctx).await?);
        let list = List::<NotificationRow> { parent, filter, order: (), descending: true };
        connection::page(ctx, paging, list, Self).await
    }
}

/// For whom notifications are loaded, and when.
async fn filter(ctx: &Context<'_>) -> Result<Filter> {
    let own = ctx.load::<Owns>(ctx.signed_in()?.account_id).await?;
    let email = own.and_then(|own| own.email.clone());
    Ok(Filter { of: ctx.viewer().person(), email, now: ctx.now() })
}

/// Something that requires the viewer's attention. It disappears once it has been dealt with.
#[Object]
impl Notification {
    /// The kind of notification.
    async fn kind(&self) -> Result<NotificationKind> {
        cell(&self.0.kind)
    }

    /// When it started waiting for the viewer.
    async fn since(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.since)
    }

    /// The subject of the notification; null if it has been dealt with since.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<NotificationSubject>> {
        use NotificationSubject as Subject;
        let key = cell(&self.0.id)?;
        let subject = match cell(&self.0.kind)? {
            NotificationKind::Invitation => {
                Invitation::load(ctx, key.into()).await.map(Subject::Invitation)
            }
            NotificationKind::ContactRequest => {
                Contact::load(ctx, key.into()).await.map(Subject::Contact)
            }
            NotificationKind::Project => Project::load(ctx, key.into()).await.map(Subject::Project),
            NotificationKind::Approval => {
                Approval::load(ctx, key.into()).await.map(Subject::Approval)
            }
            NotificationKind::Label => {
                LabelApplication::load(ctx, key.into()).await.map(Subject::Label)
            }
            NotificationKind::Succession => {
                Succession::load(ctx, key.into()).await.map(Subject::Succession)
            }
            NotificationKind::Admission => {
                Admission::load(ctx, key.into()).await.map(Subject::Admission)
            }
            NotificationKind::SchoolConfirmed | NotificationKind::SchoolUnconfirmed => {
                let own = ctx.load::<Owns>(key.into()).await?;
                let school = own.and_then(|own| own.school.clone());
                school.map(|school| Subject::School(school.into())).ok_or(Error::NotFound("school"))
            }
            NotificationKind::Message => Message::load(ctx, key.into()).await.map(Subject::Message),
            NotificationKind::Report => Report::load(ctx, key.into()).await.map(Subject::Report),
            NotificationKind::PupilRequest => {
                PupilRequest::load(ctx, key.into()).await.map(Subject::PupilRequest)
            }
            NotificationKind::CustodyTransfer => {
                CustodyTransfer::load(ctx, key.into()).await.map(Subject::Custody)
            }
            NotificationKind::PupilNews => {
                PupilNews::load(ctx, key.into()).await.map(Subject::PupilNews)
            }
        };
        match subject {
            Err(Error::NotFound(_)) => Ok(None),
            found => found.map(Some),
        }
    }
}

/// The number of notifications for the viewer.
#[derive(SimpleObject)]
pub struct NotificationCounts {
    /// The total number.
    total: u64,
    /// The number for each kind that has any notifications.
    by_kind: Vec<NotificationCount>,
}

/// The number of notifications of one kind.
#[derive(SimpleObject)]
pub struct NotificationCount {
    /// The kind of notification.
    kind: NotificationKind,
    /// The number.
    count: u64,
}

impl NotificationCounts {
    /// The viewer's counts.
    pub async fn load(ctx: &Context<'_>) -> Result<Self> {
        let counts = notification::counts(ctx.db().read(), &filter(ctx).await?).await?;
        let total = counts.iter().map(|(_, count)| count).sum();
        // In the order of the enum: databases group in any order.
        let mut by_kind: Vec<_> =
            counts.into_iter().map(|(kind, count)| NotificationCount { kind, count }).collect();
        by_kind.sort_by_key(|one| one.kind as u8);
        Ok(Self { total, by_kind })
    }
}

/// The subscription to notifications.
#[derive(Default)]
pub struct NotificationSubscription;

#[async_graphql::Subscription(guard = "crate::graphql::guard::Unguarded")]
impl NotificationSubscription {
    /// Streams the number of notifications for the viewer, whenever one appears or disappears. Ends
    /// with an error when the session ends.
    #[graphql(guard = "SignedIn")]
    async fn notifications_changed<'ctx>(
        &self,
        ctx: &'ctx Context<'_>,
    ) -> impl Stream<Item = Result<NotificationCounts>> + 'ctx {
        let viewer = ctx.viewer().person();
        let concerns = move |event: &Event| match event {
            Event::Inbox { news: InboxNews::Sent, .. } => false,
            Event::Inbox { account, .. }
            | Event::InboxRead { account }
            | Event::Waiting(Whom::Account(account)) => viewer.account == Some(*account),
            Event::Waiting(Whom::Service(None)) => viewer.kind == Some(AccountKind::Administrator),
            Event::Waiting(Whom::Service(service)) => viewer.service == *service,
            _ => false,
        };
        follow(ctx, concerns, move |_| async move { NotificationCounts::load(ctx).await.map(Some) })
    }
}

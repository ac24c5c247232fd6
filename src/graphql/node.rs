//! Relay's `node` and `nodes`: any object, by its ID alone.

#![expect(missing_docs, reason = "the interface's macro makes a method without")]

use async_graphql::{Context, ID, Interface, Object};
use domain::{Error, Result, error::Flaw};
use entity::{
    AccountId, ApprovalId, AuditId, ChatMessageId, ConsentId, ContactId, CustodyTransferId,
    DiaryEntryId, InvitationId, Kind, LabelApplicationId, MediaId, MemberId, MessageId, PageId,
    PartnerId, ProjectId, PupilId, PupilNewsId, PupilRequestId, ReportId, SchoolId, ServiceId,
    SessionId, SuccessionId, ThreadId, TwinSpaceId,
};
use futures_util::future::join_all;

use crate::graphql::{
    accounts::{person::Person, school::School, session::Session},
    care::{audit::AuditEntry, report::Report},
    desktop::contact::Contact,
    guard::Public,
    inside::{
        chat::ChatMessage, media::Media, message::Message, page::Page, thread::Thread,
        twin_space::TwinSpace,
    },
    members::{
        consent::Consent, custody_transfer::CustodyTransfer, invitation::Invitation,
        member::Member, pupil::own::Pupil, pupil_news::PupilNews, pupil_request::PupilRequest,
    },
    projects::{
        approval::{Approval, Service},
        diary::DiaryEntry,
        label::LabelApplication,
        partner::Partner,
        project::Project,
        succession::Succession,
    },
};

/// The maximum number of nodes requested at once.
const MOST: usize = 100;

/// An object with an ID.
#[derive(Interface)]
#[graphql(field(
    name = "id",
    ty = "ID",
    desc = "The ID. The part before the underscore shows the kind of object."
))]
pub enum Node {
    /// A project.
    Project(Project),
    /// A TwinSpace.
    TwinSpace(TwinSpace),
    /// A member of a TwinSpace.
    Member(Member),
    /// A partner of a project.
    Partner(Partner),
    /// An invitation.
    Invitation(Invitation),
    /// An entry in a project's diary.
    DiaryEntry(DiaryEntry),
    /// A partner's application for a quality label.
    LabelApplication(LabelApplication),
    /// A proposed succession of a founder.
    Succession(Succession),
    /// A person.
    Person(Person),
    /// A school.
    School(School),
    /// A support service.
    Service(Service),
    /// A support service's decision on a project.
    Approval(Approval),
    /// A pupil in the viewer's custody.
    Pupil(Pupil),
    /// What somebody else did to one of the viewer's pupils.
    PupilNews(PupilNews),
    /// A consent given by or for a pupil.
    Consent(Consent),
    /// A session of the viewer.
    Session(Session),
    /// An entry in the audit log.
    AuditEntry(AuditEntry),
    /// Media of a TwinSpace.
    Media(Media),
    /// A contact of the viewer.
    Contact(Contact),
    /// A message in a chat room.
    ChatMessage(ChatMessage),
    /// A message from or to the viewer.
    Message(Message),
    /// The messages between the viewer and another member.
    Thread(Thread),
    /// A reported message.
    Report(Report),
    /// A page of a TwinSpace.
    Page(Page),
    /// A request to bring a pupil into a TwinSpace.
    PupilRequest(PupilRequest),
    /// A transfer of custody to another teacher.
    CustodyTransfer(CustodyTransfer),
}

impl Node {
    async fn load(ctx: &Context<'_>, id: &str) -> Result<Self> {
        macro_rules! of_kind {
            ($($id:ident => $node:ident,)+) => {
                $(if let Some(id) = $id::read(id) {
                    return $node::load(ctx, id.into()).await.map(Self::$node);
                })+
            };
        }
        // A person's ID also names a pupil where one is expected, but it is that of the person.
        of_kind! {
            AccountId => Person,
            ApprovalId => Approval,
            AuditId => AuditEntry,
            ChatMessageId => ChatMessage,
            ConsentId => Consent,
            ContactId => Contact,
            CustodyTransferId => CustodyTransfer,
            DiaryEntryId => DiaryEntry,
            InvitationId => Invitation,
            LabelApplicationId => LabelApplication,
            MediaId => Media,
            MemberId => Member,
            MessageId => Message,
            PageId => Page,
            PartnerId => Partner,
            ProjectId => Project,
            PupilId => Pupil,
            PupilNewsId => PupilNews,
            PupilRequestId => PupilRequest,
            ReportId => Report,
            SchoolId => School,
            ServiceId => Service,
            SessionId => Session,
            SuccessionId => Succession,
            ThreadId => Thread,
            TwinSpaceId => TwinSpace,
        }
        Err(Error::NotFound("node"))
    }

    /// The object with this ID; `None` if the viewer may not see it.
    pub async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Self>> {
        found(Self::load(ctx, id).await)
    }
}

/// What the viewer may not see is null, as if it did not exist.
fn found(node: Result<Node>) -> Result<Option<Node>> {
    match node {
        Err(Error::NotFound(_) | Error::Forbidden(_) | Error::Unauthenticated) => Ok(None),
        node => node.map(Some),
    }
}

/// The queries of nodes.
#[derive(Default)]
pub struct NodeQuery;

#[Object(guard = "super::guard::Unguarded")]
impl NodeQuery {
    /// The object with this ID; null if it does not exist or is not visible to the viewer.
    #[graphql(guard = "Public")]
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ID.")] id: ID,
    ) -> Result<Option<Node>> {
        Node::find(ctx, &id).await
    }

    /// The objects with these IDs, in the order of the IDs; at most 100.
    #[graphql(guard = "Public", complexity = "ids.len().clamp(1, MOST) * child_complexity + 1")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The IDs.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > MOST {
            return Err(Error::invalid("ids", Flaw::TooMany { max: MOST }));
        }
        let nodes = join_all(ids.iter().map(|id| Node::find(ctx, id))).await;
        nodes.into_iter().collect()
    }
}

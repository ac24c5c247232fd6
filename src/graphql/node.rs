//! Relay's `node` and `nodes`: any object, by its ID alone.

#![expect(missing_docs, reason = "the interface's macro makes a method without")]

use async_graphql::{Context, ID, Interface, Object};
use domain::{Error, Result};
use entity::{
    ChatMessageId, ContactId, CustodyTransferId, DiaryEntryId, InvitationId, Kind,
    LabelApplicationId, MediaId, MemberId, MessageId, PageId, PartnerId, ProjectId, PupilRequestId,
    ReportId, SuccessionId, TeacherId, TwinSpaceId,
};
use futures_util::future::join_all;

use super::{
    chat::ChatMessage, contact::Contact, context::ContextExt, custody_transfer::CustodyTransfer,
    diary::DiaryEntry, guard, guard::Public, invitation::Invitation, label::LabelApplication,
    media::Media, member::Member, message::Message, page::Page, partner::Partner, project::Project,
    pupil_request::PupilRequest, report::Report, succession::Succession, teacher::Teacher,
    twin_space::TwinSpace,
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
    /// A registered teacher.
    Teacher(Teacher),
    /// Media of a TwinSpace.
    Media(Media),
    /// A contact of the viewer.
    Contact(Contact),
    /// A message in a chat room.
    ChatMessage(ChatMessage),
    /// A message from or to the viewer.
    Message(Message),
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
        if let Some(id) = ProjectId::read(id) {
            Project::load(ctx, id).await.map(Self::Project)
        } else if let Some(id) = TwinSpaceId::read(id) {
            TwinSpace::load(ctx, id).await.map(Self::TwinSpace)
        } else if let Some(id) = MemberId::read(id) {
            Member::load(ctx, id).await.map(Self::Member)
        } else if let Some(id) = PartnerId::read(id) {
            Partner::load(ctx, id).await.map(Self::Partner)
        } else if let Some(id) = InvitationId::read(id) {
            Invitation::load(ctx, id).await.map(Self::Invitation)
        } else if let Some(id) = DiaryEntryId::read(id) {
            DiaryEntry::load(ctx, id).await.map(Self::DiaryEntry)
        } else if let Some(id) = LabelApplicationId::read(id) {
            LabelApplication::load(ctx, id).await.map(Self::LabelApplication)
        } else if let Some(id) = SuccessionId::read(id) {
            Succession::load(ctx, id).await.map(Self::Succession)
        } else if let Some(id) = MediaId::read(id) {
            Media::load(ctx, id).await.map(Self::Media)
        } else if let Some(id) = TeacherId::read(id) {
            guard::Teacher::is(&ctx.viewer())?;
            Teacher::load(ctx, id.into()).await.map(Self::Teacher)
        } else if let Some(id) = ContactId::read(id) {
            Contact::load(ctx, id).await.map(Self::Contact)
        } else if let Some(id) = ChatMessageId::read(id) {
            ChatMessage::load(ctx, id).await.map(Self::ChatMessage)
        } else if let Some(id) = MessageId::read(id) {
            Message::load(ctx, id).await.map(Self::Message)
        } else if let Some(id) = ReportId::read(id) {
            Report::load(ctx, id).await.map(Self::Report)
        } else if let Some(id) = PageId::read(id) {
            Page::load(ctx, id).await.map(Self::Page)
        } else if let Some(id) = PupilRequestId::read(id) {
            PupilRequest::load(ctx, id).await.map(Self::PupilRequest)
        } else if let Some(id) = CustodyTransferId::read(id) {
            CustodyTransfer::load(ctx, id).await.map(Self::CustodyTransfer)
        } else {
            Err(Error::NotFound("node"))
        }
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
        found(Node::load(ctx, &id).await)
    }

    /// The objects with these IDs, in the order of the IDs; at most 100.
    #[graphql(guard = "Public", complexity = "ids.len().clamp(1, MOST) * child_complexity + 1")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The IDs.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > MOST {
            return Err(Error::invalid("ids", format!("must have at most {MOST} items")));
        }
        let nodes = join_all(ids.iter().map(|id| Node::load(ctx, id))).await;
        nodes.into_iter().map(found).collect()
    }
}

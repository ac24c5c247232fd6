//! Who may request a field: the tables of the policy, as guards that read like sentences.
//!
//! A guard returns `NOT_FOUND` if the viewer may not know that the object exists, and `FORBIDDEN`
//! with a reason if they can see it but may not do this.

use std::sync::Arc;

use async_graphql::{Context, Guard, Result};
use domain::{Error, Reason, access::Access};
use entity::{
    AccountKind, ChatMessageId, DiaryEntryId, InvitationKind, LabelApplicationId, MemberId,
    PageVisibility, ProjectId, PupilRequestId, ReportId, SuccessionId, TwinSpaceId, TwinSpaceRole,
};
use policy::{Answer, MemberAct, ProjectPermission, ServerPermission, Tie, TwinSpacePermission};

use crate::{
    auth::Viewer,
    graphql::{
        care::report::Report,
        context::ContextExt,
        inside::{chat::ChatMessage, page::Page},
        members::{member::Member, pupil_request::PupilRequest},
        projects::{diary::DiaryEntry, label::LabelApplication, succession::Succession},
    },
};

/// Everyone. The field says so explicitly, because a field without a guard is closed.
pub struct Public;

impl Guard for Public {
    async fn check(&self, _: &Context<'_>) -> Result<()> {
        Ok(())
    }
}

/// Everyone who is signed in; what they get is their own.
pub struct SignedIn;

impl Guard for SignedIn {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.viewer().signed_in()?;
        Ok(())
    }
}

/// Registered teachers with a verified address, who have access to the desktop.
pub struct Teacher;

impl Teacher {
    /// Whether the viewer is one.
    pub fn is(viewer: &Viewer) -> domain::Result<()> {
        match viewer.signed_in()?.kind {
            // Nobody signs in before their address is verified.
            AccountKind::Teacher => Ok(()),
            _ => Err(Error::Forbidden(Reason::NotATeacher)),
        }
    }
}

impl Guard for Teacher {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        Ok(Self::is(&ctx.viewer())?)
    }
}

/// Those who have this permission in the project.
pub struct InProject(pub ProjectPermission, pub ProjectId);

impl Guard for InProject {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.signed_in()?;
        let access = ctx.project(self.1).await?;
        Ok(access.may(self.0, Tie::default()).map_err(Error::Forbidden)?)
    }
}

/// The proposer of a project (P-03, P-04).
pub struct Proposer(pub ProjectId);

impl Guard for Proposer {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.signed_in()?;
        Ok(ctx.project(self.0).await?.is_proposer().map_err(Error::Forbidden)?)
    }
}

/// The teacher invited to co-found a project (P-05).
pub struct InvitedCofounder(pub ProjectId);

impl Guard for InvitedCofounder {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.signed_in()?;
        Ok(ctx.project(self.0).await?.is_invited_cofounder().map_err(Error::Forbidden)?)
    }
}

/// Those who have this permission in the TwinSpace.
pub struct InTwinSpace(pub TwinSpacePermission, pub TwinSpaceId);

impl Guard for InTwinSpace {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        let access = ctx.twin_space(self.1.into()).await?;
        let decision = access.may_inside(self.0, Tie::default(), Reason::NotYours);
        Ok(decision.map_err(Error::Forbidden)?)
    }
}

/// Those who have this permission in the TwinSpace, whether the project is active or closed: for
/// reading.
pub struct ReadsTwinSpace(pub TwinSpacePermission, pub TwinSpaceId);

impl Guard for ReadsTwinSpace {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        let access = ctx.twin_space(self.1.into()).await?;
        let decision = access.grants(self.0, Tie::default(), Reason::NotYours);
        Ok(decision.map_err(Error::Forbidden)?)
    }
}

/// Those who have this permission for that chat message.
pub struct OnChatMessage(pub TwinSpacePermission, pub ChatMessageId);

impl Guard for OnChatMessage {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        let message = ChatMessage::known(ctx, self.1).await?;
        Ok(message.may(self.0).map_err(Error::Forbidden)?)
    }
}

/// Those who may read a report: administrators of its TwinSpace or of the server. For everyone else
/// it does not exist.
pub struct OnReport(pub ReportId);

impl Guard for OnReport {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        Report::load(ctx, self.0).await?;
        Ok(())
    }
}

/// Server administrators, as moderators.
pub struct Moderator;

impl Guard for Moderator {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.signed_in()?;
        Ok(ctx.viewer().person().may_moderate().map_err(Error::Forbidden)?)
    }
}

/// Those to whom the table of the server grants this.
pub struct OnServer(pub ServerPermission);

impl Guard for OnServer {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.signed_in()?;
        Ok(ctx.viewer().person().may_on_server(self.0).map_err(Error::Forbidden)?)
    }
}

/// Whoever is signed in, as far as the field goes: this act asks the policy itself, in its own
/// transaction and under its lock (`Actor::permit`).
pub struct Decides<A>(pub A);

impl<A: Send + Sync> Guard for Decides<A> {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.signed_in()?;
        Ok(())
    }
}

/// Those who have this permission in the TwinSpace for what is their own; the field returns nothing
/// else.
pub struct InTwinSpaceOwn(pub TwinSpacePermission, pub TwinSpaceId);

impl Guard for InTwinSpaceOwn {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        let access = ctx.twin_space(self.1.into()).await?;
        Ok(access.may_inside(self.0, Tie::OWN, Reason::NotYours).map_err(Error::Forbidden)?)
    }
}

/// Those who may do this to that member.
pub struct OnMember(pub MemberAct, pub MemberId);

impl Guard for OnMember {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        let member = Member::subject(ctx, self.1).await?;
        Ok(member.decide(self.0)?.map_err(|refusal| Error::refused("member", refusal))?)
    }
}

/// Those who may answer, withdraw or decide on a request for a pupil.
pub struct OnPupilRequest(pub Answer, pub PupilRequestId);

impl Guard for OnPupilRequest {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.signed_in()?;
        let request = PupilRequest::subject(ctx, self.1).await?;
        Ok(request.may(ctx, self.0)?.map_err(Error::Forbidden)?)
    }
}

/// Those who have this permission for a page that is already loaded.
pub struct WithPage(pub TwinSpacePermission, pub Page);

impl Guard for WithPage {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        Ok(self.1.granted(ctx, self.0).await?)
    }
}

/// Prevents those who could not share a new page from making it visible to others when creating it.
pub struct MayShow(pub PageVisibility, pub TwinSpaceId);

impl Guard for MayShow {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        match self.0 {
            PageVisibility::Draft => Ok(()),
            _ => InTwinSpaceOwn(TwinSpacePermission::SharePage, self.1).check(ctx).await,
        }
    }
}

/// The author of a diary entry, while they may write diary entries.
pub struct OnDiaryEntry(pub DiaryEntryId);

impl Guard for OnDiaryEntry {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.signed_in()?;
        let entry = DiaryEntry::subject(ctx, self.0).await?;
        Ok(entry.may_edit()?.map_err(Error::Forbidden)?)
    }
}

/// Those who may decide on a label application.
pub struct OnLabel(pub LabelApplicationId);

impl Guard for OnLabel {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.signed_in()?;
        let application = LabelApplication::subject(ctx, self.0).await?;
        Ok(application.may_decide()?.map_err(Error::Forbidden)?)
    }
}

/// Those with a founder's powers over an active project.
pub struct FounderOf(pub ProjectId);

impl Guard for FounderOf {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.signed_in()?;
        let access = ctx.project(self.0).await?;
        Ok(access.may_propose_succession().map_err(Error::Forbidden)?)
    }
}

/// Those who may decide on a proposed succession.
pub struct OnSuccession(pub SuccessionId);

impl Guard for OnSuccession {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.signed_in()?;
        let proposal = Succession::subject(ctx, self.0).await?;
        Ok(proposal.may_decide()?.map_err(Error::Forbidden)?)
    }
}

/// Those who may offer this role in a TwinSpace (M-04), or to a partner of a project (P-11).
pub struct MayOffer<S>(pub TwinSpaceRole, pub S);

impl Guard for MayOffer<TwinSpaceId> {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        let access = ctx.twin_space(self.1.into()).await?;
        let decision = access.may_offer(InvitationKind::Collaborator, self.0);
        Ok(decision.map_err(Error::Forbidden)?)
    }
}

impl Guard for MayOffer<ProjectId> {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.signed_in()?;
        let access = ctx.project(self.1).await?;
        let decision = access.may_offer(InvitationKind::Partner, self.0);
        Ok(decision.map_err(Error::Forbidden)?)
    }
}

/// Those who have this permission to see it, for an object that is already loaded: needs no query.
pub struct Sees<P>(pub P, pub Arc<Access>);

impl Guard for Sees<ProjectPermission> {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        let Err(reason) = self.1.project_grants(self.0, Tie::default()) else { return Ok(()) };
        // An anonymous viewer may be anybody.
        ctx.signed_in()?;
        Err(Error::Forbidden(reason).into())
    }
}

impl Guard for Sees<TwinSpacePermission> {
    async fn check(&self, _: &Context<'_>) -> Result<()> {
        let decision = self.1.grants(self.0, Tie::default(), Reason::NotYours);
        Ok(decision.map_err(Error::Forbidden)?)
    }
}

/// Closes a field without a guard of its own. Set on every root, and on every type whose fields
/// have different audiences.
pub struct Unguarded;

impl Guard for Unguarded {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        Err(Error::internal(format!("{} has no guard", ctx.field().name())).into())
    }
}

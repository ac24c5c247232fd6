//! Who may request a field: the tables of the policy, as guards that read like sentences.
//!
//! A guard returns `NOT_FOUND` if the viewer may not know that the object exists, and `FORBIDDEN`
//! with a reason if they can see it but may not do this.

use std::sync::Arc;

use async_graphql::{Context, Guard, Result};
use domain::{Error, Reason, access::Access};
use entity::{AccountKind, ProjectId, TwinSpaceId};
use policy::{ProjectPermission, ServerPermission, Tie, TwinSpacePermission};

use crate::{
    auth::Viewer,
    graphql::{context::ContextExt, inside::page::Page},
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
        Ok(access.may(self.0, Tie::default()).map_err(Error::forbidden)?)
    }
}

/// Those who have this permission in the TwinSpace.
pub struct InTwinSpace(pub TwinSpacePermission, pub TwinSpaceId);

impl Guard for InTwinSpace {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        let access = ctx.twin_space(self.1.into()).await?;
        let decision = access.may_inside(self.0, Tie::default(), Reason::NotYours);
        Ok(decision.map_err(Error::forbidden)?)
    }
}

/// Those who have this permission in the TwinSpace, whether the project is active or closed: for
/// reading.
pub struct ReadsTwinSpace(pub TwinSpacePermission, pub TwinSpaceId);

impl Guard for ReadsTwinSpace {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        let access = ctx.twin_space(self.1.into()).await?;
        let decision = access.grants(self.0, Tie::default(), Reason::NotYours);
        Ok(decision.map_err(Error::forbidden)?)
    }
}

/// Server administrators, as moderators.
pub struct Moderator;

impl Guard for Moderator {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.signed_in()?;
        Ok(ctx.viewer().person().may_moderate().map_err(Error::forbidden)?)
    }
}

/// Those to whom the table of the server grants this.
pub struct OnServer(pub ServerPermission);

impl Guard for OnServer {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        ctx.signed_in()?;
        Ok(ctx.viewer().person().may_on_server(self.0).map_err(Error::forbidden)?)
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

/// Those who have this permission for a page that is already loaded.
pub struct WithPage(pub TwinSpacePermission, pub Page);

impl Guard for WithPage {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        Ok(self.1.granted(ctx, self.0).await?)
    }
}

/// Those who have this permission to see it, for an object that is already loaded: needs no query.
pub struct Sees<P>(pub P, pub Arc<Access>);

impl Guard for Sees<ProjectPermission> {
    async fn check(&self, _: &Context<'_>) -> Result<()> {
        Ok(self.1.project_grants(self.0, Tie::default()).map_err(Error::forbidden)?)
    }
}

impl Guard for Sees<TwinSpacePermission> {
    async fn check(&self, _: &Context<'_>) -> Result<()> {
        let decision = self.1.grants(self.0, Tie::default(), Reason::NotYours);
        Ok(decision.map_err(Error::forbidden)?)
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

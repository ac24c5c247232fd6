//! The support services' decisions (P-06, P-07).

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{ApprovalId, Decision, ProjectId, ServiceId};

use super::{
    context::ContextExt, guard::InProject, payload::payload, person::Person, project::Project,
};
use crate::{
    Result,
    domain::{
        approval::{self, ApprovalRow},
        list::cell,
    },
    policy::ProjectPermission,
};

/// A service's decision on a project, made or outstanding.
pub struct Approval(pub ApprovalRow);

/// A support service of a country or region.
#[derive(Clone, Debug, SimpleObject)]
pub struct Service {
    /// Its id.
    id: ServiceId,
    /// Its name.
    name: String,
    /// The region it serves; null for the whole country.
    region: Option<String>,
}

impl Service {
    /// A service that was read with what it decided; the region is empty for the whole country.
    pub fn new(id: ServiceId, name: Option<String>, region: Option<String>) -> Self {
        let region = region.filter(|region| !region.is_empty());
        Self { id, name: name.unwrap_or_default(), region }
    }
}

/// A service's decision on a project, made or outstanding.
#[Object]
impl Approval {
    /// Its id.
    async fn id(&self) -> Result<ApprovalId> {
        cell(&self.0.id)
    }

    /// The project.
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        Project::load(ctx, cell(&self.0.project_id)?).await.map(Some)
    }

    /// The country whose founder it is asked for, ISO 3166-1 alpha-2.
    async fn country(&self) -> Result<String> {
        cell(&self.0.country)
    }

    /// The service that decides; null where none is set up and the administrators decide.
    async fn service(&self) -> Result<Option<Service>> {
        let Some(id) = cell(&self.0.service_id)? else { return Ok(None) };
        let (name, region) = (self.0.service_name.clone(), self.0.service_region.clone());
        Ok(Some(Service::new(id, name.flatten(), region.flatten())))
    }

    /// What was decided.
    async fn decision(&self) -> Result<Decision> {
        cell(&self.0.decision)
    }

    /// Why; always there where it was rejected.
    async fn reason(&self) -> Result<Option<String>> {
        cell(&self.0.reason)
    }

    /// Who decided.
    async fn decided_by(&self) -> Result<Option<Person>> {
        let id = cell(&self.0.decided_by)?;
        Ok(id.map(|id| Person::new(id, self.0.decided_by_name.clone().flatten())))
    }

    /// Since when it has been asked for.
    async fn since(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.created_at)
    }

    /// When it was decided.
    async fn decided_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.0.decided_at)
    }
}

/// Which project is approved.
#[derive(InputObject)]
pub struct ApproveProjectInput {
    /// The project.
    project_id: ProjectId,
    /// A word to the founders, at most 2000 characters.
    reason: Option<String>,
}

/// Which project is rejected, and why.
#[derive(InputObject)]
pub struct RejectProjectInput {
    /// The project.
    project_id: ProjectId,
    /// Why, for the founders, at most 2000 characters.
    reason: String,
}

payload! {
    /// What came of an approval.
    ApproveProjectPayload(ProjectId) {
        /// The project, as it is now.
        project: Project
    }
}

payload! {
    /// What came of a rejection.
    RejectProjectPayload(ProjectId) {
        /// The project, as it is now.
        project: Project
    }
}

/// What services can do.
#[derive(Default)]
pub struct ApprovalMutation;

#[Object(guard = "super::guard::Unguarded")]
impl ApprovalMutation {
    /// Approves a project in the name of the viewer's service. The last approval opens the
    /// TwinSpace (P-08).
    #[graphql(guard = "InProject(ProjectPermission::Decide, input.project_id)")]
    async fn approve_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which project is approved.")] input: ApproveProjectInput,
    ) -> Result<ApproveProjectPayload> {
        let ApproveProjectInput { project_id, reason } = input;
        let access = ctx.project(project_id).await?;
        approval::approve(ctx.db(), &access, reason, ctx.now()).await?;
        Ok(ctx.changed(ApproveProjectPayload(project_id)))
    }

    /// Rejects a project in the name of the viewer's service, with a reason (P-04).
    #[graphql(guard = "InProject(ProjectPermission::Decide, input.project_id)")]
    async fn reject_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which project is rejected, and why.")] input: RejectProjectInput,
    ) -> Result<RejectProjectPayload> {
        let RejectProjectInput { project_id, reason } = input;
        let access = ctx.project(project_id).await?;
        approval::reject(ctx.db(), &access, reason, ctx.now()).await?;
        Ok(ctx.changed(RejectProjectPayload(project_id)))
    }
}

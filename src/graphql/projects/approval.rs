//! The support services' decisions (P-06, P-07).

use async_graphql::{Context, InputObject, Object};
use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    list::cell,
    projects::approval::{self, ApprovalRow},
};
use entity::{ApprovalId, Decision, ProjectId, ServiceId, service};
use policy::{ProjectAct, ProjectPermission, Tie};

use crate::graphql::{
    accounts::person::Person,
    connection,
    context::ContextExt,
    guard::Decides,
    loader::{Rows, Services},
    payload::payload,
    projects::project::Project,
};

/// A support service's decision on a project, pending or made.
pub struct Approval(pub ApprovalRow);

impl Approval {
    /// The decision with this ID, for those who can see the whole project.
    pub async fn load(ctx: &Context<'_>, id: ApprovalId) -> Result<Self> {
        let missing = || Error::NotFound("approval");
        let columns = connection::columns::<ApprovalRow>(ctx).and::<ApprovalRow>(&["project"]);
        let row = ctx.load::<Rows<ApprovalRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        let access =
            ctx.project(cell(&row.project_id)?).await.map_err(|error| error.within("approval"))?;
        let sees = access.project_grants(ProjectPermission::SeeProject, Tie::default());
        sees.map_err(|_| missing())?;
        Ok(Self((*row).clone()))
    }
}

/// The support service of a country or region.
#[derive(Clone, Debug)]
pub struct Service {
    id: ServiceId,
    name: String,
    country: String,
    region: String,
}

impl Service {
    /// A service that was loaded together with its decision; an empty region means the whole
    /// country.
    pub fn new(
        id: ServiceId,
        name: Option<String>,
        country: Option<String>,
        region: Option<String>,
    ) -> Self {
        let [name, country, region] = [name, country, region].map(Option::unwrap_or_default);
        Self { id, name, country, region }
    }

    /// The service with this ID: that it exists is public.
    pub async fn load(ctx: &Context<'_>, id: ServiceId) -> Result<Self> {
        let row = ctx.load::<Services>(id).await?.ok_or(Error::NotFound("service"))?;
        Ok((*row).clone().into())
    }
}

impl From<service::Model> for Service {
    fn from(service: service::Model) -> Self {
        let service::Model { id, name, country, region, .. } = service;
        Self { id, name, country, region }
    }
}

/// The support service of a country or region.
#[Object]
impl Service {
    /// The ID.
    pub async fn id(&self) -> ServiceId {
        self.id
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.name
    }

    /// The country, as an ISO 3166-1 alpha-2 code.
    async fn country(&self) -> &str {
        &self.country
    }

    /// The region that it serves; null if it serves the whole country.
    async fn region(&self) -> Option<&str> {
        Some(self.region.as_str()).filter(|region| !region.is_empty())
    }
}

/// A support service's decision on a project, pending or made.
#[Object]
impl Approval {
    /// The ID.
    pub async fn id(&self) -> Result<ApprovalId> {
        cell(&self.0.id)
    }

    /// The project.
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        Project::load(ctx, cell(&self.0.project_id)?).await.map(Some)
    }

    /// The country of the founder on whose behalf the decision is requested, as an ISO 3166-1
    /// alpha-2 code.
    async fn country(&self) -> Result<String> {
        cell(&self.0.country)
    }

    /// The support service that decides; null if none is set up, in which case the server's
    /// administrators decide.
    async fn service(&self) -> Result<Option<Service>> {
        let Some(id) = cell(&self.0.service_id)? else { return Ok(None) };
        let (name, region) = (self.0.service_name.clone(), self.0.service_region.clone());
        let country = self.0.service_country.clone();
        Ok(Some(Service::new(id, name.flatten(), country.flatten(), region.flatten())))
    }

    /// What was decided, if anything.
    async fn state(&self) -> Result<Decision> {
        cell(&self.0.decision)
    }

    /// The reason; always present if the project was rejected.
    async fn reason(&self) -> Result<Option<String>> {
        cell(&self.0.reason)
    }

    /// The person who decided.
    async fn decided_by(&self) -> Result<Option<Person>> {
        let id = cell(&self.0.decided_by)?;
        Ok(id.map(|id| Person::new(id, self.0.decided_by_name.clone().flatten())))
    }

    /// When the decision was requested.
    async fn since(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.created_at)
    }

    /// When the decision was made.
    async fn decided_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.0.decided_at)
    }
}

/// Input for `approveProject`.
#[derive(InputObject)]
pub struct ApproveProjectInput {
    /// The project.
    project_id: ProjectId,
    /// A note to the founders, at most 2000 characters.
    reason: Option<String>,
}

/// Input for `rejectProject`.
#[derive(InputObject)]
pub struct RejectProjectInput {
    /// The project.
    project_id: ProjectId,
    /// The reason, shown to the founders; at most 2000 characters.
    reason: String,
}

payload! {
    /// Result of `approveProject`.
    ApproveProjectPayload
    /// Result of `rejectProject`.
    RejectProjectPayload
    (ProjectId) {
        /// The updated project.
        project: Project, viewer
    }
}

/// The mutations of support services.
#[derive(Default)]
pub struct ApprovalMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl ApprovalMutation {
    /// Approves a project on behalf of the viewer's support service. The last approval opens the
    /// TwinSpace (P-08).
    #[graphql(guard = "Decides(ProjectAct::Approve)")]
    async fn approve_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project to approve.")] input: ApproveProjectInput,
    ) -> Result<Option<ApproveProjectPayload>> {
        let ApproveProjectInput { project_id, reason } = input;
        approval::approve(ctx.actor(), project_id, reason).await?;
        Ok(ctx.changed(ApproveProjectPayload(project_id)))
    }

    /// Rejects a project on behalf of the viewer's support service, with a reason (P-04).
    #[graphql(guard = "Decides(ProjectAct::Reject)")]
    async fn reject_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project to reject, and the reason.")] input: RejectProjectInput,
    ) -> Result<Option<RejectProjectPayload>> {
        let RejectProjectInput { project_id, reason } = input;
        approval::reject(ctx.actor(), project_id, reason).await?;
        Ok(ctx.changed(RejectProjectPayload(project_id)))
    }
}

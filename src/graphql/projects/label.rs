//! Quality labels (L-01).

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    access::Access,
    list::cell,
    projects::label::{self, LabelRow},
};
use entity::{LabelApplicationId, LabelState, ProjectId};
use policy::{Allowance, LabelAct, ProjectAct, ProjectPermission, Subject, Tie};

use crate::graphql::{
    accounts::person::Person,
    connection,
    context::ContextExt,
    guard::Decides,
    loader::Rows,
    payload::payload,
    projects::{approval::Service, project::Project},
};

/// A partner's application for the quality label. Once granted, it represents the label itself.
pub struct LabelApplication {
    row: Arc<LabelRow>,
    /// The viewer's access to the project.
    access: Arc<Access>,
}

impl LabelApplication {
    /// An application in a list of what the viewer can see.
    pub fn new(row: LabelRow, access: Arc<Access>) -> Self {
        Self { row: Arc::new(row), access }
    }

    /// The application with this ID, if the viewer can see it.
    pub async fn load(ctx: &Context<'_>, id: LabelApplicationId) -> Result<Self> {
        let missing = || Error::NotFound("label application");
        let columns = connection::columns::<LabelRow>(ctx);
        let row = ctx.load::<Rows<LabelRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        let access = ctx
            .project(cell(&row.project_id)?)
            .await
            .map_err(|error| error.within("label application"))?;
        match row.facts()?.seen_by(&access) {
            true => Ok(Self { row, access }),
            false => Err(missing()),
        }
    }

    /// A value visible only to the applicant and the support service.
    fn between<T>(&self, value: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
        match self.row.facts()?.concerns(self.access.person) {
            true => value().map(Some),
            false => Ok(None),
        }
    }
}

/// What the viewer may do with an application, with a reason for anything that is not allowed.
#[derive(SimpleObject)]
pub struct LabelApplicationPermissions {
    /// Grant it.
    grant: Allowance,
    /// Refuse it.
    refuse: Allowance,
}

/// A partner's application for the quality label. Once granted, it represents the label itself.
#[Object]
impl LabelApplication {
    /// The ID.
    pub async fn id(&self) -> Result<LabelApplicationId> {
        cell(&self.row.id)
    }

    /// The project.
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        Project::of(ctx, &self.access).await.map(Some)
    }

    /// The partner who applied; null for viewers who cannot see the whole project.
    async fn applicant(&self) -> Result<Option<Person>> {
        let permission = ProjectPermission::SeeProject;
        if self.access.project_grants(permission, Tie::default()).is_err() {
            return Ok(None);
        }
        let name = self.row.applicant_name.clone().flatten();
        Ok(Some(Person::new(cell(&self.row.applicant_id)?, name)))
    }

    /// The country of the partner's school at the time of the application, as an ISO 3166-1 alpha-2
    /// code.
    async fn country(&self) -> Result<String> {
        cell(&self.row.country)
    }

    /// The current state.
    async fn state(&self) -> Result<LabelState> {
        cell(&self.row.state)
    }

    /// The partner's statement. Visible to the partner and to the support service that decides.
    async fn statement(&self) -> Result<Option<String>> {
        self.between(|| cell(&self.row.statement))
    }

    /// The reason for granting or refusing it. Visible to the partner and to the support service
    /// that decides.
    async fn reason(&self) -> Result<Option<String>> {
        Ok(self.between(|| cell(&self.row.reason))?.flatten())
    }

    /// The person who decided. Visible to the partner and to the support service that decides.
    async fn decided_by(&self) -> Result<Option<Person>> {
        let id = self.between(|| cell(&self.row.decided_by))?.flatten();
        Ok(id.map(|id| Person::new(id, self.row.decided_by_name.clone().flatten())))
    }

    /// When the partner applied.
    async fn applied_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.row.applied_at)
    }

    /// When it was decided; null while it is pending.
    async fn decided_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.row.decided_at)
    }

    /// What the viewer may do with it, with a reason for anything that is not allowed.
    #[graphql(complexity = 5)]
    async fn permissions(&self) -> Result<LabelApplicationPermissions> {
        let facts = self.row.facts()?;
        let ask = |act| facts.decide(act, &self.access).into();
        Ok(LabelApplicationPermissions {
            grant: ask(LabelAct::Grant),
            refuse: ask(LabelAct::Refuse),
        })
    }
}

/// A project's nomination for the European label.
#[derive(SimpleObject)]
pub struct EuropeanNomination {
    /// When the project was nominated.
    pub nominated_at: DateTime<Utc>,
    /// The officer or administrator who nominated it.
    pub nominated_by: Person,
    /// The support service that nominated it; null if administrators did.
    pub service: Option<Service>,
}

/// Input for `applyForLabel`.
#[derive(InputObject)]
pub struct ApplyForLabelInput {
    /// The project.
    project_id: ProjectId,
    /// The statement in support of the application, at most 5000 characters.
    statement: String,
}

/// Input for `grantLabel`.
#[derive(InputObject)]
pub struct GrantLabelInput {
    /// The application.
    label_application_id: LabelApplicationId,
    /// A note to the applicant, at most 2000 characters.
    reason: Option<String>,
}

/// Input for `refuseLabel`.
#[derive(InputObject)]
pub struct RefuseLabelInput {
    /// The application.
    label_application_id: LabelApplicationId,
    /// The reason, shown to the applicant; at most 2000 characters.
    reason: String,
}

/// Input for `nominateForEuropeanLabel`.
#[derive(InputObject)]
pub struct NominateForEuropeanLabelInput {
    /// The project.
    project_id: ProjectId,
}

payload! {
    /// Result of `applyForLabel`.
    ApplyForLabelPayload
    /// Result of `grantLabel`.
    GrantLabelPayload
    /// Result of `refuseLabel`.
    RefuseLabelPayload
    (LabelApplicationId) {
        /// The updated application.
        label_application: LabelApplication, viewer
    }
}

payload! {
    /// Result of `nominateForEuropeanLabel`.
    NominateForEuropeanLabelPayload(ProjectId) {
        /// The updated project.
        project: Project
    }
}

/// The mutations of labels.
#[derive(Default)]
pub struct LabelMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl LabelMutation {
    /// Applies for the quality label. Requires a partner of an active project (L-01).
    #[graphql(guard = "Decides(ProjectAct::May(ProjectPermission::ApplyForLabel))")]
    async fn apply_for_label(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project and the supporting statement.")] input: ApplyForLabelInput,
    ) -> Result<Option<ApplyForLabelPayload>> {
        let ApplyForLabelInput { project_id, statement } = input;
        let id = label::apply(ctx.actor(), project_id, &statement).await?;
        Ok(ctx.changed(ApplyForLabelPayload(id)))
    }

    /// Grants the label on behalf of the support service of the applicant's country (L-01).
    #[graphql(guard = "Decides(LabelAct::Grant)")]
    async fn grant_label(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The application to grant.")] input: GrantLabelInput,
    ) -> Result<Option<GrantLabelPayload>> {
        let GrantLabelInput { label_application_id, reason } = input;
        label::grant(ctx.actor(), label_application_id, reason).await?;
        Ok(ctx.changed(GrantLabelPayload(label_application_id)))
    }

    /// Refuses the label, with a reason. The applicant may apply again (L-01).
    #[graphql(guard = "Decides(LabelAct::Refuse)")]
    async fn refuse_label(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The application to refuse, and the reason.")] input: RefuseLabelInput,
    ) -> Result<Option<RefuseLabelPayload>> {
        let RefuseLabelInput { label_application_id, reason } = input;
        label::refuse(ctx.actor(), label_application_id, &reason).await?;
        Ok(ctx.changed(RefuseLabelPayload(label_application_id)))
    }

    /// Nominates a project for the European label. At least two partners from different countries
    /// must hold the quality label (L-01).
    #[graphql(guard = "Decides(ProjectAct::Nominate)")]
    async fn nominate_for_european_label(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project to nominate.")] input: NominateForEuropeanLabelInput,
    ) -> Result<Option<NominateForEuropeanLabelPayload>> {
        label::nominate(ctx.actor(), input.project_id).await?;
        Ok(ctx.changed(NominateForEuropeanLabelPayload(input.project_id)))
    }
}

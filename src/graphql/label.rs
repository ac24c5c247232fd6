//! Quality labels (L-01).

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use entity::{LabelApplicationId, LabelState, ProjectId};

use super::{
    approval::Service,
    connection,
    context::ContextExt,
    guard::{InProject, OnLabel},
    loader::Rows,
    payload::payload,
    person::Person,
    project::Project,
};
use crate::{
    Error, Reason, Result,
    domain::{
        access::Access,
        label::{self, LabelRow},
        list::{Columns, cell},
    },
    policy::{Allowance, ProjectPermission, Tie},
};

/// A partner's application for the quality label. Once it is granted it is the label.
pub struct LabelApplication {
    row: Arc<LabelRow>,
    /// How the viewer stands to the project.
    access: Arc<Access>,
}

impl LabelApplication {
    /// An application that was read in a list of what the viewer is shown.
    pub fn new(row: LabelRow, access: Arc<Access>) -> Self {
        Self { row: Arc::new(row), access }
    }

    /// The application with this id, if the viewer is shown it.
    pub async fn load(ctx: &Context<'_>, id: LabelApplicationId) -> Result<Self> {
        Self::one(ctx, id, connection::columns::<LabelRow>(ctx)).await
    }

    /// The application with this id, if the viewer is shown it, as far as a decision needs it.
    pub async fn subject(ctx: &Context<'_>, id: LabelApplicationId) -> Result<Self> {
        Self::one(ctx, id, Columns::default()).await
    }

    async fn one(ctx: &Context<'_>, id: LabelApplicationId, columns: Columns) -> Result<Self> {
        let missing = || Error::NotFound("label application");
        let columns = columns.and::<LabelRow>(&[]);
        let row = ctx.load::<Rows<LabelRow>>((id.0, columns)).await?.ok_or_else(missing)?;
        let access = ctx
            .project(cell(&row.project_id)?)
            .await
            .map_err(|error| error.within("label application"))?;
        match row.shown_to(access.person)? {
            true => Ok(Self { row, access }),
            false => Err(missing()),
        }
    }

    /// Whether the viewer may decide on it.
    pub fn may_decide(&self) -> Result<Result<(), Reason>> {
        Ok(self.access.may_decide(self.row.services()?))
    }

    /// What is between the applicant and the service.
    fn between<T>(&self, value: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
        match self.row.concerns(self.access.person)? {
            true => value().map(Some),
            false => Ok(None),
        }
    }
}

/// What the viewer may do with an application, and if not, why.
#[derive(SimpleObject)]
pub struct LabelApplicationPermissions {
    /// Grant it.
    grant: Allowance,
    /// Refuse it.
    refuse: Allowance,
}

/// A partner's application for the quality label. Once it is granted it is the label.
#[Object]
impl LabelApplication {
    /// Its id.
    pub async fn id(&self) -> Result<LabelApplicationId> {
        cell(&self.row.id)
    }

    /// The project.
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        Project::load(ctx, self.access.project_id).await.map(Some)
    }

    /// The partner; null for those who do not see all of the project.
    async fn applicant(&self) -> Result<Option<Person>> {
        let permission = ProjectPermission::SeeProject;
        if self.access.project_grants(permission, Tie::default()).is_err() {
            return Ok(None);
        }
        let name = self.row.applicant_name.clone().flatten();
        Ok(Some(Person::new(cell(&self.row.applicant_id)?, name)))
    }

    /// The country of the partner's school when they applied, ISO 3166-1 alpha-2.
    async fn country(&self) -> Result<String> {
        cell(&self.row.country)
    }

    /// What became of it.
    async fn state(&self) -> Result<LabelState> {
        cell(&self.row.state)
    }

    /// What the partner says for it; for the partner and the service that decides.
    async fn statement(&self) -> Result<Option<String>> {
        self.between(|| cell(&self.row.statement))
    }

    /// Why it was granted or refused, for the partner and the service that decides.
    async fn reason(&self) -> Result<Option<String>> {
        Ok(self.between(|| cell(&self.row.reason))?.flatten())
    }

    /// Who decided, for the partner and the service that decides.
    async fn decided_by(&self) -> Result<Option<Person>> {
        let id = self.between(|| cell(&self.row.decided_by))?.flatten();
        Ok(id.map(|id| Person::new(id, self.row.decided_by_name.clone().flatten())))
    }

    /// When the partner applied.
    async fn applied_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.row.applied_at)
    }

    /// When it was decided; null while it waits.
    async fn decided_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.row.decided_at)
    }

    /// What the viewer may do with it, and if not, why.
    #[graphql(complexity = 5)]
    async fn permissions(&self) -> Result<LabelApplicationPermissions> {
        let refuse = self.may_decide()?.and(label::undecided(cell(&self.row.state)?));
        let grant = refuse.and(label::grantable(cell(&self.row.partner)?));
        Ok(LabelApplicationPermissions { grant: grant.into(), refuse: refuse.into() })
    }
}

/// That a project was nominated for the European label.
#[derive(SimpleObject)]
pub struct EuropeanNomination {
    /// When.
    pub nominated_at: DateTime<Utc>,
    /// The officer or administrator who nominated it.
    pub nominated_by: Person,
    /// The service that did; null for the administrators.
    pub service: Option<Service>,
}

/// What a partner applies with.
#[derive(InputObject)]
pub struct ApplyForLabelInput {
    /// The project.
    project_id: ProjectId,
    /// What there is to say for it, at most 5000 characters.
    statement: String,
}

/// Which application is granted.
#[derive(InputObject)]
pub struct GrantLabelInput {
    /// The application.
    application_id: LabelApplicationId,
    /// A word to the applicant, at most 2000 characters.
    reason: Option<String>,
}

/// Which application is refused, and why.
#[derive(InputObject)]
pub struct RefuseLabelInput {
    /// The application.
    application_id: LabelApplicationId,
    /// Why, for the applicant, at most 2000 characters.
    reason: String,
}

/// Which project is nominated.
#[derive(InputObject)]
pub struct NominateForEuropeanLabelInput {
    /// The project.
    project_id: ProjectId,
}

macro_rules! label_payloads {
    ($($(#[doc = $doc:literal])+ $name:ident)+) => {$(
        payload! {
            $(#[doc = $doc])+
            $name(LabelApplicationId) {
                /// The application, as it is now.
                application: LabelApplication
            }
        }
    )+};
}

label_payloads! {
    /// What came of applying for a label.
    ApplyForLabelPayload
    /// What came of granting a label.
    GrantLabelPayload
    /// What came of refusing a label.
    RefuseLabelPayload
}

payload! {
    /// What came of nominating a project.
    NominateForEuropeanLabelPayload(ProjectId) {
        /// The project, as it is now.
        project: Project
    }
}

/// What can be done about labels.
#[derive(Default)]
pub struct LabelMutation;

#[Object(guard = "super::guard::Unguarded")]
impl LabelMutation {
    /// Applies for the quality label, as a partner of an active project (L-01).
    #[graphql(guard = "InProject(ProjectPermission::ApplyForLabel, input.project_id)")]
    async fn apply_for_label(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What a partner applies with.")] input: ApplyForLabelInput,
    ) -> Result<ApplyForLabelPayload> {
        let ApplyForLabelInput { project_id, statement } = input;
        let access = ctx.project(project_id).await?;
        let id = label::apply(ctx.db(), &access, &statement, ctx.now()).await?;
        Ok(ctx.changed(ApplyForLabelPayload(id)))
    }

    /// Grants the label in the name of the service of the applicant's country (L-01).
    #[graphql(guard = "OnLabel(input.application_id)")]
    async fn grant_label(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which application is granted.")] input: GrantLabelInput,
    ) -> Result<GrantLabelPayload> {
        let GrantLabelInput { application_id, reason } = input;
        let access = LabelApplication::subject(ctx, application_id).await?.access;
        label::grant(ctx.db(), &access, application_id, reason, ctx.now()).await?;
        Ok(ctx.changed(GrantLabelPayload(application_id)))
    }

    /// Refuses the label, with a reason. The applicant may apply again (L-01).
    #[graphql(guard = "OnLabel(input.application_id)")]
    async fn refuse_label(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which application is refused, and why.")] input: RefuseLabelInput,
    ) -> Result<RefuseLabelPayload> {
        let RefuseLabelInput { application_id, reason } = input;
        let access = LabelApplication::subject(ctx, application_id).await?.access;
        label::refuse(ctx.db(), &access, application_id, &reason, ctx.now()).await?;
        Ok(ctx.changed(RefuseLabelPayload(application_id)))
    }

    /// Nominates a project for the European label, once two partners of different countries hold
    /// the quality label (L-01).
    #[graphql(guard = "InProject(ProjectPermission::Decide, input.project_id)")]
    async fn nominate_for_european_label(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which project is nominated.")] input: NominateForEuropeanLabelInput,
    ) -> Result<NominateForEuropeanLabelPayload> {
        let access = ctx.project(input.project_id).await?;
        label::nominate(ctx.db(), &access, ctx.now()).await?;
        Ok(ctx.changed(NominateForEuropeanLabelPayload(input.project_id)))
    }
}

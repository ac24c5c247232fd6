//! What can be done with projects (P-03 to P-05, P-17).

use async_graphql::{Context, InputObject, Object};
use entity::{ProjectId, TeacherId};

use super::Project;
use crate::{
    Result,
    domain::project::{self, Fields},
    graphql::{
        context::ContextExt,
        guard::{InProject, InvitedCofounder, Proposer, Teacher},
        payload::payload,
    },
    policy::ProjectPermission,
};

/// What the founders fill in (P-03). What is left out stays as it is.
#[derive(InputObject, Default)]
pub struct ProjectFieldsInput {
    /// The title, one line of at most 200 characters.
    title: Option<String>,
    /// What anyone may read of an active project, at most 1000 characters.
    short_description: Option<String>,
    /// What it is for, at most 10,000 characters.
    aims: Option<String>,
    /// How the work goes, at most 10,000 characters.
    work_process: Option<String>,
    /// What comes of it, at most 10,000 characters.
    expected_results: Option<String>,
    /// Its languages, ISO 639-1, at most 20.
    languages: Option<Vec<String>>,
    /// Its school subjects, at most 20.
    subjects: Option<Vec<String>>,
    /// The pupils' youngest age, 2 to 25 years.
    age_from: Option<i32>,
    /// The pupils' greatest age, 2 to 25 years.
    age_to: Option<i32>,
    /// How many pupils take part.
    pupil_count: Option<i32>,
    /// The tools used, at most 1000 characters.
    tools: Option<String>,
}

impl From<ProjectFieldsInput> for Fields {
    fn from(input: ProjectFieldsInput) -> Self {
        Self {
            title: input.title,
            short_description: input.short_description,
            aims: input.aims,
            work_process: input.work_process,
            expected_results: input.expected_results,
            languages: input.languages,
            subjects: input.subjects,
            age_from: input.age_from,
            age_to: input.age_to,
            pupil_count: input.pupil_count,
            tools: input.tools,
        }
    }
}

/// A project that is begun.
#[derive(InputObject)]
pub struct CreateProjectInput {
    /// The teacher with whom it is to be founded, from the viewer's contacts (P-02).
    cofounder_id: Option<TeacherId>,
    /// What is known of it so far.
    #[graphql(default)]
    fields: ProjectFieldsInput,
}

/// What is to change.
#[derive(InputObject)]
pub struct EditProjectInput {
    /// The project.
    project_id: ProjectId,
    /// Another teacher with whom it is to be founded; only while it is a draft.
    cofounder_id: Option<TeacherId>,
    /// What is to change of its fields.
    #[graphql(default)]
    fields: ProjectFieldsInput,
}

/// Which project.
#[derive(InputObject)]
pub struct ProjectInput {
    /// The project.
    project_id: ProjectId,
}

/// Which project is declined, and why.
#[derive(InputObject)]
pub struct DeclineProjectInput {
    /// The project.
    project_id: ProjectId,
    /// A word to the proposer, at most 2000 characters.
    reason: Option<String>,
}

macro_rules! project_payloads {
    ($($(#[doc = $doc:literal])+ $name:ident)+) => {$(
        payload! {
            $(#[doc = $doc])+
            $name(ProjectId) {
                /// The project, as it is now.
                project: Project
            }
        }
    )+};
}

project_payloads! {
    /// What came of beginning a project.
    CreateProjectPayload
    /// What came of editing a project.
    EditProjectPayload
    /// What came of sending a project.
    SendProjectPayload
    /// What came of accepting a project.
    AcceptProjectPayload
    /// What came of declining a project.
    DeclineProjectPayload
    /// What came of withdrawing a project.
    WithdrawProjectPayload
    /// What came of closing a project.
    CloseProjectPayload
    /// What came of reopening a project.
    ReopenProjectPayload
}

/// What can be done with projects.
#[derive(Default)]
pub struct ProjectMutation;

#[Object(guard = "super::guard::Unguarded")]
impl ProjectMutation {
    /// Begins a project as a draft, which only the viewer sees until it is sent (P-03).
    #[graphql(guard = "Teacher")]
    async fn create_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A project that is begun.")] input: CreateProjectInput,
    ) -> Result<CreateProjectPayload> {
        let CreateProjectInput { cofounder_id, fields } = input;
        let proposer = ctx.signed_in()?.account_id;
        let (cofounder, now) = (cofounder_id.map(Into::into), ctx.now());
        let id = project::create(ctx.db(), proposer, cofounder, fields.into(), now).await?;
        Ok(ctx.changed(CreateProjectPayload(id)))
    }

    /// Edits a draft, or an active project (P-03, P-09).
    #[graphql(guard = "InProject(ProjectPermission::EditProject, input.project_id)")]
    async fn edit_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to change.")] input: EditProjectInput,
    ) -> Result<EditProjectPayload> {
        let EditProjectInput { project_id, cofounder_id, fields } = input;
        let access = ctx.project(project_id).await?;
        let cofounder = cofounder_id.map(Into::into);
        project::edit(ctx.db(), &access, cofounder, fields.into(), ctx.now()).await?;
        Ok(ctx.changed(EditProjectPayload(project_id)))
    }

    /// Sends a draft, or a project that was declined, rejected or withdrawn, to the teacher with
    /// whom it is to be founded. All its fields must be filled (P-03, P-04).
    #[graphql(guard = "Proposer(input.project_id)")]
    async fn send_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which project.")] input: ProjectInput,
    ) -> Result<SendProjectPayload> {
        let access = ctx.project(input.project_id).await?;
        let (asker, id) = (ctx.signed_in()?.account_id, input.project_id);
        ctx.app().limits.invitation(asker, &id.to_string(), None).await?;
        project::send(ctx.db(), &access, ctx.now()).await?;
        Ok(ctx.changed(SendProjectPayload(input.project_id)))
    }

    /// Agrees to found the project; the support services decide next (P-05, P-06).
    #[graphql(guard = "InvitedCofounder(input.project_id)")]
    async fn accept_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which project.")] input: ProjectInput,
    ) -> Result<AcceptProjectPayload> {
        let access = ctx.project(input.project_id).await?;
        project::accept(ctx.db(), &access, ctx.now()).await?;
        Ok(ctx.changed(AcceptProjectPayload(input.project_id)))
    }

    /// Declines to found the project (P-05).
    #[graphql(guard = "InvitedCofounder(input.project_id)")]
    async fn decline_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which project is declined, and why.")] input: DeclineProjectInput,
    ) -> Result<DeclineProjectPayload> {
        let DeclineProjectInput { project_id, reason } = input;
        let access = ctx.project(project_id).await?;
        project::decline(ctx.db(), &access, reason, ctx.now()).await?;
        Ok(ctx.changed(DeclineProjectPayload(project_id)))
    }

    /// Takes the project back before it is decided; it can be revised and sent again (P-04).
    #[graphql(guard = "Proposer(input.project_id)")]
    async fn withdraw_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which project.")] input: ProjectInput,
    ) -> Result<WithdrawProjectPayload> {
        let access = ctx.project(input.project_id).await?;
        project::withdraw(ctx.db(), &access, ctx.now()).await?;
        Ok(ctx.changed(WithdrawProjectPayload(input.project_id)))
    }

    /// Ends an active project. Its TwinSpace stays readable to its members (P-17).
    #[graphql(guard = "InProject(ProjectPermission::CloseProject, input.project_id)")]
    async fn close_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which project.")] input: ProjectInput,
    ) -> Result<CloseProjectPayload> {
        let access = ctx.project(input.project_id).await?;
        project::close(ctx.db(), &access, ctx.now()).await?;
        Ok(ctx.changed(CloseProjectPayload(input.project_id)))
    }

    /// Opens a closed project again (P-04).
    #[graphql(guard = "InProject(ProjectPermission::ReopenProject, input.project_id)")]
    async fn reopen_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which project.")] input: ProjectInput,
    ) -> Result<ReopenProjectPayload> {
        let access = ctx.project(input.project_id).await?;
        project::reopen(ctx.db(), &access, ctx.now()).await?;
        Ok(ctx.changed(ReopenProjectPayload(input.project_id)))
    }
}

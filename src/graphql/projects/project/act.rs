//! Actions on projects (P-03 to P-05, P-17).

use async_graphql::{Context, InputObject, Object};
use domain::{
    Result,
    outcome::Once,
    projects::project::{self, Fields, Past},
};
use entity::{AccountId, ProjectId};
use policy::{ProjectAct, ProjectPermission};

use super::Project;
use crate::graphql::{
    context::ContextExt,
    guard::{Decides, Teacher},
    payload::{inputs, payload},
};

/// The fields of a project that the founders fill in (P-03). Fields that are omitted do not change.
#[derive(InputObject, Default)]
pub struct ProjectFieldsInput {
    /// The title, one line of at most 200 characters.
    title: Option<String>,
    /// A short description, visible to everyone while the project is active; at most 1000
    /// characters.
    short_description: Option<String>,
    /// The aims of the project, at most 10,000 characters.
    aims: Option<String>,
    /// How the partners work together, at most 10,000 characters.
    work_process: Option<String>,
    /// The expected results, at most 10,000 characters.
    expected_results: Option<String>,
    /// The working languages, as ISO 639-1 codes; at most 20.
    languages: Option<Vec<String>>,
    /// The school subjects, at most 20.
    subjects: Option<Vec<String>>,
    /// The age of the youngest pupils, from 2 to 25 years.
    age_from: Option<i32>,
    /// The age of the oldest pupils, from 2 to 25 years.
    age_to: Option<i32>,
    /// The number of pupils taking part.
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

/// Input for `createProject`.
#[derive(InputObject)]
pub struct CreateProjectInput {
    /// The teacher with whom to found the project, from the viewer's contacts (P-02).
    cofounder_id: Option<AccountId>,
    /// The initial values of the fields.
    fields: Option<ProjectFieldsInput>,
    /// A key chosen by the client, at most 100 characters. Sending again with the same key within seven
    /// days does not create a second project.
    idempotency_key: Option<String>,
}

/// Input for `editProject`.
#[derive(InputObject)]
pub struct EditProjectInput {
    /// The project.
    project_id: ProjectId,
    /// A different teacher with whom to found the project. Can be changed only while the project is
    /// a draft.
    cofounder_id: Option<AccountId>,
    /// The fields to change.
    fields: Option<ProjectFieldsInput>,
}

inputs! {
    project_id: ProjectId, "The project.";
    /// Input for `sendProject`.
    SendProjectInput
    /// Input for `acceptProject`.
    AcceptProjectInput
    /// Input for `withdrawProject`.
    WithdrawProjectInput
    /// Input for `closeProject`.
    CloseProjectInput
    /// Input for `reopenProject`.
    ReopenProjectInput
}

/// Input for `declineProject`.
#[derive(InputObject)]
pub struct DeclineProjectInput {
    /// The project.
    project_id: ProjectId,
    /// A note to the proposer, at most 2000 characters.
    reason: Option<String>,
}

payload! {
    /// Result of `createProject`.
    CreateProjectPayload
    /// Result of `editProject`.
    EditProjectPayload
    /// Result of `sendProject`.
    SendProjectPayload
    /// Result of `acceptProject`.
    AcceptProjectPayload
    /// Result of `declineProject`.
    DeclineProjectPayload
    /// Result of `withdrawProject`.
    WithdrawProjectPayload
    /// Result of `closeProject`.
    CloseProjectPayload
    /// Result of `reopenProject`.
    ReopenProjectPayload
    (ProjectId) {
        /// The updated project.
        project: Project, viewer
    }
}

/// The mutations of projects.
#[derive(Default)]
pub struct ProjectMutation;

#[Object(guard = "super::guard::Unguarded")]
impl ProjectMutation {
    /// Creates a project as a draft. Only the viewer can see it until it is sent (P-03).
    #[graphql(guard = "Teacher")]
    async fn create_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new project.")] input: CreateProjectInput,
    ) -> Result<Option<CreateProjectPayload>> {
        let CreateProjectInput { cofounder_id, fields, idempotency_key: key } = input;
        let proposer = ctx.signed_in()?.account_id;
        let (fields, now) = (Fields::from(fields.unwrap_or_default()), ctx.now());
        let once = Once::read("createProject", key.as_deref(), &(cofounder_id, &fields))?;
        let created = project::create(ctx.db(), proposer, cofounder_id, fields, once.as_ref(), now);
        let id = created.await?;
        Ok(ctx.changed(CreateProjectPayload(id)))
    }

    /// Edits a draft, or an active project (P-03, P-09).
    #[graphql(guard = "Decides(ProjectAct::May(ProjectPermission::EditProject))")]
    async fn edit_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: EditProjectInput,
    ) -> Result<Option<EditProjectPayload>> {
        let EditProjectInput { project_id, cofounder_id, fields } = input;
        let fields = fields.unwrap_or_default().into();
        project::edit(ctx.actor(), project_id, cofounder_id, fields).await?;
        Ok(ctx.changed(EditProjectPayload(project_id)))
    }

    /// Sends a project that is a draft, or was declined, rejected or withdrawn, to the teacher with
    /// whom it is to be founded. All fields must be filled in (P-03, P-04).
    #[graphql(guard = "Decides(ProjectAct::Send)")]
    async fn send_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project.")] input: SendProjectInput,
    ) -> Result<Option<SendProjectPayload>> {
        let (actor, id) = (ctx.actor(), input.project_id);
        actor.preview::<Past>(ProjectAct::Send, &id).await?;
        let (asker, sent) = (actor.account()?, project::send(actor, id));
        ctx.app().limits.inviting(asker, &id.to_string(), None, sent).await?;
        Ok(ctx.changed(SendProjectPayload(id)))
    }

    /// Accepts an invitation to found the project. The support services decide next (P-05, P-06).
    #[graphql(guard = "Decides(ProjectAct::Accept)")]
    async fn accept_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project.")] input: AcceptProjectInput,
    ) -> Result<Option<AcceptProjectPayload>> {
        project::accept(ctx.actor(), input.project_id).await?;
        Ok(ctx.changed(AcceptProjectPayload(input.project_id)))
    }

    /// Declines an invitation to found the project (P-05).
    #[graphql(guard = "Decides(ProjectAct::Decline)")]
    async fn decline_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project to decline, and the reason.")] input: DeclineProjectInput,
    ) -> Result<Option<DeclineProjectPayload>> {
        let DeclineProjectInput { project_id, reason } = input;
        project::decline(ctx.actor(), project_id, reason).await?;
        Ok(ctx.changed(DeclineProjectPayload(project_id)))
    }

    /// Withdraws the project before a decision is made. It can be revised and sent again (P-04).
    #[graphql(guard = "Decides(ProjectAct::Withdraw)")]
    async fn withdraw_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project.")] input: WithdrawProjectInput,
    ) -> Result<Option<WithdrawProjectPayload>> {
        project::withdraw(ctx.actor(), input.project_id).await?;
        Ok(ctx.changed(WithdrawProjectPayload(input.project_id)))
    }

    /// Closes an active project. Members can still read its TwinSpace (P-17).
    #[graphql(guard = "Decides(ProjectAct::May(ProjectPermission::CloseProject))")]
    async fn close_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project.")] input: CloseProjectInput,
    ) -> Result<Option<CloseProjectPayload>> {
        project::close(ctx.actor(), input.project_id).await?;
        Ok(ctx.changed(CloseProjectPayload(input.project_id)))
    }

    /// Reopens a closed project (P-04).
    #[graphql(guard = "Decides(ProjectAct::May(ProjectPermission::ReopenProject))")]
    async fn reopen_project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project.")] input: ReopenProjectInput,
    ) -> Result<Option<ReopenProjectPayload>> {
        project::reopen(ctx.actor(), input.project_id).await?;
        Ok(ctx.changed(ReopenProjectPayload(input.project_id)))
    }
}

//! The audit log of the whole server, for administrators.

use async_graphql::{Context, ID, InputObject, Json, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Result,
    care::{
        administration,
        audit::{AuditRow, Filter},
    },
    download::GOOD_FOR,
    list::cell,
};
use entity::{AccountId, Act, ProjectId, audit::Details};
use policy::ServerPermission;

use crate::{
    export::Content,
    graphql::{
        accounts::person::Person, context::ContextExt, guard::OnServer, projects::project::Project,
        scalar::Time,
    },
};

/// An entry in the audit log of the server: who did what to whom, where and when.
pub struct LoggedAct(pub AuditRow);

/// An entry in the audit log of the server: who did what to whom, where and when.
#[Object]
impl LoggedAct {
    /// When the action was performed.
    async fn at(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.at)
    }

    /// The action that was performed.
    async fn act(&self) -> Result<Act> {
        cell(&self.0.act)
    }

    /// The person who acted; null for actions of the server itself, and for pupils (M-20).
    async fn actor(&self) -> Result<Option<Person>> {
        Ok(self.0.actor(false)?.map(|(id, name)| Person::new(id, name)))
    }

    /// The person affected; null for pupils (M-20).
    async fn person(&self) -> Result<Option<Person>> {
        Ok(self.0.person(false)?.map(|(id, name)| Person::new(id, name)))
    }

    /// The ID of the project.
    async fn project_id(&self) -> Result<Option<ProjectId>> {
        cell(&self.0.project_id)
    }

    /// The project; null if the viewer cannot see it.
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        match cell(&self.0.project_id)? {
            Some(id) => Project::mentioned(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The raw key of any other object affected, such as an invitation or a support service.
    async fn subject(&self) -> Result<Option<ID>> {
        Ok(cell(&self.0.subject_id)?.map(|key| ID(key.simple().to_string())))
    }

    /// Further details, such as the roles before and after a change.
    async fn details(&self) -> Result<Json<Details>> {
        Ok(Json(cell(&self.0.details)?))
    }
}

/// Filters the audit log of the server.
#[derive(InputObject, Default)]
pub struct LogFilter {
    /// Returns only these actions.
    acts: Option<Vec<Act>>,
    /// Returns only actions of this person. No pupil is found (M-20).
    actor_id: Option<AccountId>,
    /// Returns only actions that affected this person. No pupil is found (M-20).
    person_id: Option<AccountId>,
    /// Returns only actions in this project.
    project_id: Option<ProjectId>,
    /// Returns only actions at this time or later.
    since: Option<Time>,
    /// Returns only actions before this time.
    until: Option<Time>,
}

impl From<LogFilter> for Filter {
    fn from(input: LogFilter) -> Self {
        let LogFilter { acts, actor_id, person_id, project_id, since, until } = input;
        let [since, until] = [since, until].map(|time| time.map(Into::into));
        Self {
            acts,
            actor: actor_id,
            person: person_id,
            project: project_id,
            since,
            until,
            without_pupils: true,
        }
    }
}

/// Input for `exportAuditLog`.
#[derive(InputObject)]
pub struct ExportAuditLogInput {
    /// The filter to apply.
    filter: Option<LogFilter>,
}

/// Result of `exportAuditLog`.
#[derive(SimpleObject)]
pub struct ExportAuditLogPayload {
    /// The download URL of a CSV file with the latest 50,000 entries that fit. It works only once,
    /// and only with the session that requested it (`Authorization: Bearer …`).
    url: String,
    /// When the URL expires.
    expires_at: DateTime<Utc>,
}

/// The mutation of the audit log, for administrators.
#[derive(Default)]
pub struct LogMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl LogMutation {
    /// Prepares the audit log of the server for download as CSV, newest first. It contains IDs,
    /// roles and states, but no names. Requires a server administrator.
    #[graphql(guard = "OnServer(ServerPermission::ReadServerLog)")]
    async fn export_audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which entries.")] input: ExportAuditLogInput,
    ) -> Result<Option<ExportAuditLogPayload>> {
        let content = Content::Log(input.filter.unwrap_or_default().into()).show();
        let origin = ctx.export(&content).await?;
        let token = Box::pin(administration::export_log(ctx.actor(), origin)).await?;
        Ok(Some(ExportAuditLogPayload {
            url: ctx.export_url(&token, &content),
            expires_at: ctx.now() + GOOD_FOR,
        }))
    }
}

//! The audit log of the whole server, for administrators.

use async_graphql::{Context, ID, InputObject, Json, Object, SimpleObject};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::{
    Result,
    care::{
        administration,
        audit::{AuditRow, Filter},
    },
    list::cell,
    members::export::GOOD_FOR,
};
use entity::{AccountId, Act, Kind, ProjectId, audit::Details};
use policy::ServerPermission;
use sea_orm::ActiveEnum;
use url::form_urlencoded::Serializer;

use crate::graphql::{
    accounts::person::Person, context::ContextExt, guard::OnServer, projects::project::Project,
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
pub struct LogFilterInput {
    /// Returns only these actions.
    #[graphql(default)]
    acts: Vec<Act>,
    /// Returns only actions of this person.
    actor_id: Option<AccountId>,
    /// Returns only actions that affected this person.
    person_id: Option<AccountId>,
    /// Returns only actions in this project.
    project_id: Option<ProjectId>,
    /// Returns only actions at this time or later.
    since: Option<DateTime<Utc>>,
    /// Returns only actions before this time.
    until: Option<DateTime<Utc>>,
}

impl From<LogFilterInput> for Filter {
    fn from(input: LogFilterInput) -> Self {
        let LogFilterInput { acts, actor_id, person_id, project_id, since, until } = input;
        Self {
            acts,
            actor: actor_id,
            person: person_id,
            project: project_id,
            since,
            until,
            ..Self::default()
        }
    }
}

/// Input for `exportAuditLog`.
#[derive(InputObject)]
pub struct ExportAuditLogInput {
    /// The filter to apply.
    #[graphql(default)]
    filter: LogFilterInput,
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

/// A filter as the query of a URL, as `server::exports` reads it.
fn query(filter: &Filter) -> String {
    let mut query = Serializer::new(String::new());
    if !filter.acts.is_empty() {
        let acts: Vec<_> = filter.acts.iter().map(ActiveEnum::to_value).collect();
        query.append_pair("acts", &acts.join(","));
    }
    let time = |at: &DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let pairs = [
        ("actor", filter.actor.map(AccountId::show)),
        ("person", filter.person.map(AccountId::show)),
        ("project", filter.project.map(ProjectId::show)),
        ("since", filter.since.as_ref().map(time)),
        ("until", filter.until.as_ref().map(time)),
    ];
    for (name, value) in pairs {
        if let Some(value) = value {
            query.append_pair(name, &value);
        }
    }
    query.finish()
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
    ) -> Result<ExportAuditLogPayload> {
        let filter = Filter::from(input.filter);
        let token = Box::pin(administration::export_log(ctx.actor())).await?;
        let query = query(&filter);
        let and = if query.is_empty() { "" } else { "&" };
        Ok(ExportAuditLogPayload {
            url: ctx.export_url(&token, &format!("log{and}{query}")),
            expires_at: ctx.now() + GOOD_FOR,
        })
    }
}

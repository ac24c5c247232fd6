//! The audit log, for those who may read it.

use async_graphql::{Context, ID, Json, Object};
use chrono::{DateTime, Utc};
use entity::{Act, AuditId, ProjectId, audit::Details};

use super::{
    connection::{self, Connection, List, Paging},
    person::Person,
};
use crate::{
    Result,
    domain::{audit::AuditRow, list::cell},
};

/// A line of the audit log: who did what, on whom, when.
pub struct AuditEntry(AuditRow);

/// A line of the audit log: who did what, on whom, when.
#[Object]
impl AuditEntry {
    /// Its id.
    async fn id(&self) -> Result<AuditId> {
        cell(&self.0.id)
    }

    /// When it was done.
    async fn at(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.at)
    }

    /// Who did it; null for the server's own acts.
    async fn actor(&self) -> Result<Option<Person>> {
        let id = cell(&self.0.actor_id)?;
        Ok(id.map(|id| Person::new(id, self.0.actor_name.clone().flatten())))
    }

    /// What was done.
    async fn act(&self) -> Result<Act> {
        cell(&self.0.act)
    }

    /// On whom.
    async fn person(&self) -> Result<Option<Person>> {
        let id = cell(&self.0.account_id)?;
        Ok(id.map(|id| Person::new(id, self.0.account_name.clone().flatten())))
    }

    /// On which other thing, an invitation or a decision: its bare key.
    async fn subject(&self) -> Result<Option<ID>> {
        Ok(cell(&self.0.subject_id)?.map(|key| ID(key.simple().to_string())))
    }

    /// What else: roles before and after, and the like.
    async fn details(&self) -> Result<Json<Details>> {
        Ok(Json(cell(&self.0.details)?))
    }
}

/// The log of a project and its TwinSpace, the newest first.
pub async fn log(
    ctx: &Context<'_>,
    project: ProjectId,
    paging: Paging,
) -> Result<Connection<AuditEntry>> {
    let list = List::<AuditRow> { parent: project.0, filter: (), order: (), descending: true };
    connection::page(ctx, paging, list, AuditEntry).await
}

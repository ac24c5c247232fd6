//! The audit log, for those who may read it.

use async_graphql::{Context, ID, Json, Object};
use chrono::{DateTime, Utc};
use domain::{Result, access::Access, audit::AuditRow, list::cell};
use entity::{Act, AuditId, audit::Details};

use super::{
    connection::{self, Connection, List, Paging},
    member::sees_pupils,
    person::Person,
};

/// An entry in the audit log: who did what to whom, and when.
pub struct AuditEntry {
    row: AuditRow,
    /// Whether the viewer may know which pupil an action affected (M-20).
    sees_pupils: bool,
}

/// An entry in the audit log: who did what to whom, and when.
#[Object]
impl AuditEntry {
    /// The ID.
    async fn id(&self) -> Result<AuditId> {
        cell(&self.row.id)
    }

    /// When the action was performed.
    async fn at(&self) -> Result<DateTime<Utc>> {
        cell(&self.row.at)
    }

    /// The person who acted; null for actions of the server itself, and for pupils whom the viewer
    /// cannot see (M-20).
    async fn actor(&self) -> Result<Option<Person>> {
        let seen = self.sees_pupils || !cell(&self.row.actor_is_pupil)?;
        let id = cell(&self.row.actor_id)?.filter(|_| seen);
        Ok(id.map(|id| Person::new(id, self.row.actor_name.clone().flatten())))
    }

    /// The action that was performed.
    async fn act(&self) -> Result<Act> {
        cell(&self.row.act)
    }

    /// The person affected; null for pupils whom the viewer cannot see (M-20).
    async fn person(&self) -> Result<Option<Person>> {
        let seen = self.sees_pupils || !cell(&self.row.account_is_pupil)?;
        let id = cell(&self.row.account_id)?.filter(|_| seen);
        Ok(id.map(|id| Person::new(id, self.row.account_name.clone().flatten())))
    }

    /// The raw key of any other object affected, such as an invitation or a decision.
    async fn subject(&self) -> Result<Option<ID>> {
        Ok(cell(&self.row.subject_id)?.map(|key| ID(key.simple().to_string())))
    }

    /// Further details, such as the roles before and after a change.
    async fn details(&self) -> Result<Json<Details>> {
        Ok(Json(cell(&self.row.details)?))
    }
}

/// The log of a project and its TwinSpace, newest first.
pub async fn log(
    ctx: &Context<'_>,
    access: &Access,
    paging: Paging,
) -> Result<Connection<AuditEntry>> {
    let parent = access.project_id.0;
    let list = List::<AuditRow> { parent, filter: (), order: (), descending: true };
    let sees_pupils = access.sees_twinspace() && sees_pupils(access);
    connection::page(ctx, paging, list, |row| AuditEntry { row, sees_pupils }).await
}

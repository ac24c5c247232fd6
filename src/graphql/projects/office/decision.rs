//! What a support service decided.

use async_graphql::{Context, Object};
use chrono::{DateTime, Utc};
use domain::{Result, list::cell, projects::office::DecisionRow};
use entity::DecisionKind;

use crate::graphql::{
    accounts::person::Person, members::pupil::own::title, projects::project::Project,
};

/// A decision that a support service made.
pub struct OfficeDecision(pub DecisionRow);

/// A decision that a support service made.
#[Object]
impl OfficeDecision {
    /// What was decided on.
    async fn kind(&self) -> Result<DecisionKind> {
        cell(&self.0.kind)
    }

    /// Whether it was approved or granted.
    async fn granted(&self) -> Result<bool> {
        cell(&self.0.granted)
    }

    /// The title of the project.
    async fn project_title(&self, ctx: &Context<'_>) -> Result<String> {
        title(ctx, cell(&self.0.project_id)?.into()).await
    }

    /// The project; null if the viewer cannot see it.
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        Project::mentioned(ctx, cell(&self.0.project_id)?).await
    }

    /// The teacher concerned: who applied for the label, would succeed a founder, or asked for a
    /// pupil or their custody. Null for decisions on projects. Pupils are not named.
    async fn person(&self) -> Result<Option<Person>> {
        Ok(cell(&self.0.person_id)?.map(|id| Person::new(id, None)))
    }

    /// The reason, if one was given.
    async fn reason(&self) -> Result<Option<String>> {
        cell(&self.0.reason)
    }

    /// The officer who decided.
    async fn decided_by(&self) -> Result<Option<Person>> {
        Ok(cell(&self.0.decided_by)?.map(|id| Person::new(id, None)))
    }

    /// When it was decided.
    async fn decided_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.decided_at)
    }
}

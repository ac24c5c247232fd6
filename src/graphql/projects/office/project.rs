//! The projects of a country or region.

use async_graphql::{Context, Object};
use chrono::{DateTime, Utc};
use domain::{
    Result,
    list::{Cell, cell},
    projects::office::OfficeProjectRow,
};
use entity::{ProjectId, ProjectState};

use crate::graphql::{accounts::person::Person, projects::project::Project};

/// A project in which teachers of a country or region take part, as its support service sees it. The
/// content of a project that its proposer may revise and send (`DRAFT`, `DECLINED`, `REJECTED`,
/// `WITHDRAWN`) is null, unless the service has been asked to decide on it.
pub struct OfficeProject(pub OfficeProjectRow);

impl OfficeProject {
    /// What is null in a draft, which is its proposer's alone (P-03).
    fn shown<T: Clone>(&self, value: Cell<&T>) -> Result<Option<T>> {
        match cell(&self.0.shown)? {
            true => cell(&value).map(|value| Some(value.clone())),
            false => Ok(None),
        }
    }
}

/// A project in which teachers of a country or region take part, as its support service sees it. The
/// content of a project that its proposer may revise and send (`DRAFT`, `DECLINED`, `REJECTED`,
/// `WITHDRAWN`) is null, unless the service has been asked to decide on it.
#[Object]
impl OfficeProject {
    /// The ID of the project.
    async fn project_id(&self) -> Result<ProjectId> {
        cell(&self.0.id)
    }

    /// The current state.
    async fn state(&self) -> Result<ProjectState> {
        cell(&self.0.state)
    }

    /// The title; null in a draft on which the service has not been asked to decide.
    async fn title(&self) -> Result<Option<String>> {
        self.shown(self.0.title.as_ref())
    }

    /// The short description; null in a draft on which the service has not been asked to decide.
    async fn short_description(&self) -> Result<Option<String>> {
        self.shown(self.0.short_description.as_ref())
    }

    /// The teacher who proposed it.
    async fn proposer(&self) -> Result<Person> {
        Ok(Person::new(cell(&self.0.proposer_id)?, None))
    }

    /// The teacher invited to co-found it; null in a draft on which the service has not been asked
    /// to decide.
    async fn cofounder(&self) -> Result<Option<Person>> {
        let id = self.shown(self.0.cofounder_id.as_ref())?.flatten();
        Ok(id.map(|id| Person::new(id, None)))
    }

    /// The number of pupils planned; null in a draft on which the service has not been asked to
    /// decide.
    async fn pupil_count(&self) -> Result<Option<i32>> {
        Ok(self.shown(self.0.pupil_count.as_ref())?.flatten())
    }

    /// When it was created.
    async fn created_at(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.created_at)
    }

    /// When it came into its current state.
    async fn state_since(&self) -> Result<DateTime<Utc>> {
        cell(&self.0.state_since)
    }

    /// The project itself; null if the viewer cannot see it, because their service neither decides
    /// nor has decided on it.
    async fn project(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        Project::mentioned(ctx, cell(&self.0.id)?).await
    }
}

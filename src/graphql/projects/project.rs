//! Projects (P-01 to P-09).

use std::sync::Arc;

use async_graphql::{Context, Object};
use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    access::Access,
    error::Flaw,
    list::{Columns, cell},
    projects::project::{Filter, Order, ProjectRow},
};
use entity::{ProjectId, ProjectState};
use policy::ProjectPermission;
use uuid::Uuid;

use crate::graphql::{
    accounts::person::Person,
    connection::{self, Connection, List, Paging, cost},
    context::ContextExt,
    guard::{Public, Sees, Teacher},
    loader::{Countries, Rows},
};

mod act;
pub mod list;
mod part;
mod permission;

pub use act::ProjectMutation;
use list::{ProjectFilter, ProjectOrder};
use part::ProjectPart;
pub use permission::ProjectPermissions;

/// A school project, founded by two teachers from different countries.
#[derive(Clone, Debug)]
pub struct Project {
    row: Arc<ProjectRow>,
    /// The viewer's access.
    access: Arc<Access>,
}

impl Project {
    /// The project with this ID, with the requested columns.
    pub async fn load(ctx: &Context<'_>, id: ProjectId) -> Result<Self> {
        Self::with(ctx, id, connection::columns::<ProjectRow>(ctx)).await
    }

    /// A project that something else belongs to; `None` if the viewer cannot see it.
    pub async fn mentioned(ctx: &Context<'_>, id: ProjectId) -> Result<Option<Self>> {
        match Self::load(ctx, id).await {
            Err(Error::NotFound(_)) => Ok(None),
            found => found.map(Some),
        }
    }

    /// The project to which the viewer has this access, with the requested columns.
    pub async fn of(ctx: &Context<'_>, access: &Arc<Access>) -> Result<Self> {
        match access.sees_project() {
            true => {
                Self::known(ctx, Arc::clone(access), connection::columns::<ProjectRow>(ctx)).await
            }
            false => Err(Error::NotFound("project")),
        }
    }

    async fn with(ctx: &Context<'_>, id: ProjectId, columns: Columns) -> Result<Self> {
        Self::known(ctx, ctx.project(id).await?, columns).await
    }

    async fn known(ctx: &Context<'_>, access: Arc<Access>, columns: Columns) -> Result<Self> {
        let id = access.project_id;
        // Everything selected may be elsewhere: its partners, its pages.
        if columns == Columns::key::<ProjectRow>() {
            let row = ProjectRow { id: Some(id), ..ProjectRow::default() };
            return Ok(Self { row: Arc::new(row), access });
        }
        let row = ctx.load::<Rows<ProjectRow>>((id.0, columns)).await?;
        Ok(Self { row: row.ok_or(Error::NotFound("project"))?, access })
    }

    /// The projects of a list, which contains only what the viewer can see.
    pub async fn list(
        ctx: &Context<'_>,
        paging: Paging,
        filter: Filter,
        (order, descending): (Order, bool),
    ) -> Result<Connection<Self>> {
        let list = List::<ProjectRow> { parent: Uuid::nil(), filter, order, descending };
        connection::page_each(ctx, paging, list, async |row: ProjectRow| {
            let access = ctx.project(cell(&row.id)?).await?;
            Ok(Self { row: Arc::new(row), access })
        })
        .await
    }
}

/// A school project, founded by two teachers from different countries.
#[Object(guard = "crate::graphql::guard::Unguarded")]
impl Project {
    /// The ID.
    #[graphql(guard = "Public")]
    pub async fn id(&self) -> ProjectId {
        self.access.project_id
    }

    /// The current state (P-04).
    #[graphql(guard = "Public")]
    async fn state(&self) -> ProjectState {
        self.access.state
    }

    /// The title. It is not necessarily unique.
    #[graphql(guard = "Public")]
    async fn title(&self) -> &str {
        &self.access.title
    }

    /// A short description, visible to everyone while the project is active.
    #[graphql(guard = "Public")]
    async fn short_description(&self) -> Result<String> {
        cell(&self.row.short_description)
    }

    /// The countries of the founders, as ISO 3166-1 alpha-2 codes.
    #[graphql(guard = "Public")]
    async fn countries(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let countries = ctx.load::<Countries>(self.access.project_id).await?;
        Ok(countries.as_deref().cloned().unwrap_or_default())
    }

    /// The aims of the project.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn aims(&self) -> Result<Option<String>> {
        cell(&self.row.aims).map(Some)
    }

    /// How the partners work together.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn work_process(&self) -> Result<Option<String>> {
        cell(&self.row.work_process).map(Some)
    }

    /// The expected results.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn expected_results(&self) -> Result<Option<String>> {
        cell(&self.row.expected_results).map(Some)
    }

    /// The working languages, as ISO 639-1 codes.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn languages(&self) -> Result<Option<Vec<String>>> {
        Ok(Some(cell(&self.row.languages)?.0))
    }

    /// The school subjects.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn subjects(&self) -> Result<Option<Vec<String>>> {
        Ok(Some(cell(&self.row.subjects)?.0))
    }

    /// The age of the youngest pupils, in years.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn age_from(&self) -> Result<Option<i32>> {
        cell(&self.row.age_from)
    }

    /// The age of the oldest pupils, in years.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn age_to(&self) -> Result<Option<i32>> {
        cell(&self.row.age_to)
    }

    /// The number of pupils taking part, as stated by the founders.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn pupil_count(&self) -> Result<Option<i32>> {
        cell(&self.row.pupil_count)
    }

    /// The tools used in the project.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn tools(&self) -> Result<Option<String>> {
        cell(&self.row.tools).map(Some)
    }

    /// The founder who proposed the project.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn proposer(&self) -> Result<Option<Person>> {
        Ok(Some(Person::new(cell(&self.row.proposer_id)?, self.row.proposer_name.clone())))
    }

    /// The founder chosen by the proposer; null if none has been chosen.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn cofounder(&self) -> Result<Option<Person>> {
        let id = cell(&self.row.cofounder_id)?;
        Ok(id.map(|id| Person::new(id, self.row.cofounder_name.clone().flatten())))
    }

    /// The two original founders, regardless of who has a founder's powers now (P-15); empty before
    /// the project is approved.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn founded_by(&self) -> Result<Option<Vec<Person>>> {
        if !self.access.state.is_open() {
            return Ok(Some(vec![]));
        }
        let row = &self.row;
        let proposer = Person::new(cell(&row.proposer_id)?, row.proposer_name.clone());
        let cofounder = cell(&row.cofounder_id)?;
        let cofounder = cofounder.map(|id| Person::new(id, row.cofounder_name.clone().flatten()));
        Ok(Some([Some(proposer), cofounder].into_iter().flatten().collect()))
    }

    /// The reason given by the partner who declined it, or by the support service that rejected it.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn refusal(&self) -> Result<Option<String>> {
        cell(&self.row.refusal)
    }

    /// When the project was created.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn created_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.row.created_at).map(Some)
    }

    /// When the project entered its current state.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn state_since(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.row.state_since).map(Some)
    }

    /// When the project's fields were last edited.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn edited_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.row.edited_at).map(Some)
    }

    /// The invited partner whose answer the project is waiting for (P-05); null if it is not
    /// waiting for one.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn waits_for_partner(&self) -> Result<Option<Person>> {
        if self.access.state != ProjectState::PendingPartner {
            return Ok(None);
        }
        let id = cell(&self.row.cofounder_id)?;
        Ok(id.map(|id| Person::new(id, self.row.cofounder_name.clone().flatten())))
    }

    #[graphql(flatten)]
    async fn part(&self) -> ProjectPart<'_> {
        ProjectPart(self)
    }
}

/// The queries of projects.
#[derive(Default)]
pub struct ProjectQuery;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl ProjectQuery {
    /// The project with this ID, if the viewer may see it.
    #[graphql(guard = "Public")]
    async fn project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project.")] id: ProjectId,
    ) -> Result<Option<Project>> {
        Project::load(ctx, id).await.map(Some)
    }

    /// Active projects, ordered by title unless another order is given. Visible to everyone. Registered
    /// teachers can also list closed projects, filter by languages, subjects and ages, and sort by
    /// `STATE_SINCE`.
    #[graphql(guard = "Public", complexity = "cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "a connection has four, the filter and the order"
    )]
    async fn projects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The filter to apply. Without `states`, it returns active projects.")]
        filter: Option<ProjectFilter>,
        #[graphql(desc = "The sort order. Defaults to the title.")] order_by: Option<ProjectOrder>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Project>>> {
        let order = order_by.map_or((Order::Title, false), ProjectOrder::take);
        let filter = filter.unwrap_or_default();
        let inside = filter.looks_inside() || order.0 == Order::StateSince;
        let mut filter = filter.take()?;
        let states = filter.states.get_or_insert_with(|| vec![ProjectState::Active]);
        if !states.iter().all(|state| state.is_open()) {
            return Err(Error::invalid(
                "states",
                Flaw::NotAllowed("must be ACTIVE or CLOSED".into()),
            ));
        }
        // The list follows the same rules as a single project: closed projects, and most of what is
        // in one, are visible to teachers.
        if inside || states.contains(&ProjectState::Closed) {
            Teacher::is(&ctx.viewer())?;
        }
        let paging = Paging { first, after, last, before };
        Project::list(ctx, paging, filter, order).await.map(Some)
    }
}

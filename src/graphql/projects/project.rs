//! Projects (P-01 to P-09).

use std::sync::Arc;

use async_graphql::{Context, Enum, InputObject, Object};
use chrono::{DateTime, Utc};
use domain::{
    Error, Result,
    access::Access,
    error::Problems,
    inside::page::{Filter as PageFilter, PageRow},
    list::{Ask, Columns, MOST, cell},
    members::invitation::InvitationRow,
    projects::{
        approval::{ApprovalRow, Filter as ApprovalFilter},
        diary::{DiaryRow, Filter as DiaryFilter},
        follow_up::{Filter as FollowUpFilter, FollowUpRow},
        label::{Filter as LabelFilter, LabelRow},
        partner::{Filter as PartnerFilter, PartnerRow},
        project::{Filter, Order, ProjectRow},
        succession::{Filter as SuccessionFilter, SuccessionRow},
    },
    text::Wanted,
};
use entity::{ProjectId, ProjectState};
use policy::ProjectPermission;
use uuid::Uuid;

use crate::graphql::{
    accounts::person::Person,
    care::audit::{self, AuditEntry, AuditLogFilter},
    connection::{self, Connection, List, Paging, cost},
    context::ContextExt,
    filter::{countries, few, languages},
    guard::{Public, Sees, Teacher},
    inside::{page::Page, twin_space::TwinSpace},
    loader::{Countries, Pages, Pasts, Rows},
    members::{
        invitation::{Invitation, InvitationFilter},
        member::list::OrderDirection,
    },
    projects::{
        approval::{Approval, Service},
        diary::DiaryEntry,
        label::{EuropeanNomination, LabelApplication},
        partner::Partner,
        succession::Succession,
    },
};

mod act;
mod permission;

pub use act::ProjectMutation;
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

    /// The support services' decisions, pending and made, oldest first (P-07).
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn approvals(&self, ctx: &Context<'_>) -> Result<Option<Vec<Approval>>> {
        let ask = Ask::<ApprovalRow> {
            columns: connection::columns::<ApprovalRow>(ctx),
            filter: ApprovalFilter::default(),
            order: (),
            descending: false,
            after: None,
            before: None,
            limit: MOST,
            last: false,
            rows: true,
            total: false,
        };
        let key = (self.access.project_id.0, Arc::new(ask));
        let page = ctx.load::<Pages<ApprovalRow>>(key).await?;
        let rows = page.map(Arc::unwrap_or_clone).unwrap_or_default().rows;
        Ok(Some(rows.into_iter().map(|(_, row)| Approval(row)).collect()))
    }

    /// The partners, including the founders, in the order in which they joined.
    #[graphql(
        guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn partners(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "If true, returns only founders; if false, only partners who are not founders."
        )]
        founder: Option<bool>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Partner>>> {
        let (parent, filter) = (self.access.project_id.0, PartnerFilter { founder });
        let list = List::<PartnerRow> { parent, filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, Partner::new).await.map(Some)
    }

    /// The invitations sent to partners, oldest first. Visible to those who manage the partners.
    #[graphql(
        guard = "Sees(ProjectPermission::ManagePartners, Arc::clone(&self.access))",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn partner_invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The filter to apply.")] filter: Option<InvitationFilter>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Invitation>>> {
        let filter = filter.unwrap_or_default().take(&self.access, true, ctx.now())?;
        let parent = self.access.project_id.0;
        let list = List::<InvitationRow> { parent, filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, Invitation::new).await.map(Some)
    }

    /// The public pages, in order. Visible to everyone (T-01).
    #[graphql(guard = "Public", complexity = "cost(first, last, child_complexity)")]
    async fn public_pages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Page>> {
        let filter = PageFilter { archived: Some(false), public: true, ..PageFilter::default() };
        let parent = self.access.project_id.0;
        let list = List::<PageRow> { parent, filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        let node = |row| Page::new(row, Arc::clone(&self.access));
        connection::page(ctx, paging, list, node).await
    }

    /// The TwinSpace; null before it opens and for viewers who are not members (P-08).
    #[graphql(guard = "Public")]
    async fn twin_space(&self) -> Option<TwinSpace> {
        TwinSpace::of(&self.access)
    }

    /// The diary entries that the viewer may read, newest first (T-05).
    #[graphql(guard = "Public", complexity = "cost(first, last, child_complexity)")]
    async fn diary(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<DiaryEntry>> {
        let filter = DiaryFilter { reach: Some(self.access.diary_reach()) };
        let parent = self.access.project_id.0;
        let list = List::<DiaryRow> { parent, filter, order: (), descending: true };
        let node = |row| DiaryEntry::new(row, Arc::clone(&self.access));
        connection::page(ctx, Paging { first, after, last, before }, list, node).await
    }

    /// The partners' quality labels, oldest first. Pending and refused applications are visible
    /// only to the applicant and to the support service that decides (L-01).
    #[graphql(guard = "Public", complexity = "cost(first, last, child_complexity)")]
    async fn labels(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<LabelApplication>> {
        let filter = LabelFilter { shown_to: Some(self.access.person), waiting_for: None };
        let parent = self.access.project_id.0;
        let list = List::<LabelRow> { parent, filter, order: (), descending: false };
        let node = |row| LabelApplication::new(row, Arc::clone(&self.access));
        connection::page(ctx, Paging { first, after, last, before }, list, node).await
    }

    /// The nomination for the European label; null if the project has not been nominated (L-01).
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn european_nomination(&self) -> Result<Option<EuropeanNomination>> {
        let row = &self.row;
        let (at, by) = (cell(&row.nominated_at)?, cell(&row.nominated_by)?);
        let Some((nominated_at, by)) = at.zip(by) else { return Ok(None) };
        let service = cell(&row.nominating_id)?.map(|id| {
            let (name, region) = (row.nominating_name.clone(), row.nominating_region.clone());
            let country = row.nominating_country.clone();
            Service::new(id, name.flatten(), country.flatten(), region.flatten())
        });
        let nominated_by = Person::new(by, row.nominated_by_name.clone().flatten());
        Ok(Some(EuropeanNomination { nominated_at, nominated_by, service }))
    }

    /// The proposals to transfer a founder's powers to another partner, oldest first (P-15).
    #[graphql(
        guard = "Sees(ProjectPermission::ReadProjectAuditLog, Arc::clone(&self.access))",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn successions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Succession>>> {
        let (parent, filter) = (self.access.project_id.0, SuccessionFilter::default());
        let list = List::<SuccessionRow> { parent, filter, order: (), descending: false };
        let node = |row| Succession::new(row, Arc::clone(&self.access));
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, node).await.map(Some)
    }

    /// The project that this one follows up; null if there is none that the viewer can see (P-17).
    #[graphql(guard = "Public")]
    async fn follows_up(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        let Some(id) = cell(&self.row.follows_id)? else { return Ok(None) };
        match Self::load(ctx, id).await {
            Err(Error::NotFound(_)) => Ok(None),
            found => found.map(Some),
        }
    }

    /// The follow-ups to this project that the viewer can see, oldest first (P-17).
    #[graphql(guard = "Public", complexity = "cost(first, last, child_complexity)")]
    async fn follow_ups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Self>> {
        let filter = FollowUpFilter { seen_by: Some(self.access.person) };
        let parent = self.access.project_id.0;
        let list = List::<FollowUpRow> { parent, filter, order: (), descending: false };
        let columns = connection::node_columns::<ProjectRow>(ctx);
        let paging = Paging { first, after, last, before };
        connection::page_each(ctx, paging, list, async |row: FollowUpRow| {
            Self::with(ctx, cell(&row.project_id)?, columns).await
        })
        .await
    }

    /// What the viewer may do with it, with a reason for anything that is not allowed.
    #[graphql(guard = "Public", complexity = 5)]
    async fn permissions(&self, ctx: &Context<'_>) -> Result<ProjectPermissions> {
        let look = ctx.look_ahead();
        let past = match permission::BY_PAST.iter().any(|field| look.field(field).exists()) {
            true => ctx.load::<Pasts>((self.access.person, self.access.project_id)).await?,
            false => None,
        };
        let past = past.as_deref().copied().unwrap_or_default();
        Ok(ProjectPermissions::of(&self.access, &past))
    }

    /// The audit log of this project and its TwinSpace, newest first.
    #[graphql(
        guard = "Sees(ProjectPermission::ReadProjectAuditLog, Arc::clone(&self.access))",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The filter to apply.")] filter: Option<AuditLogFilter>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<AuditEntry>>> {
        let paging = Paging { first, after, last, before };
        audit::log(ctx, &self.access, filter.unwrap_or_default(), paging).await.map(Some)
    }
}

/// Filters projects.
#[derive(InputObject, Default)]
pub struct ProjectFilter {
    /// Returns only projects in one of these states.
    states: Option<Vec<ProjectState>>,
    /// Returns only projects with a founder whose school is in one of these countries, given as ISO
    /// 3166-1 alpha-2 codes, such as `DE`; at most 20.
    countries: Option<Vec<String>>,
    /// Returns only projects in one of these languages, given as ISO 639-1 codes, such as `de`; at
    /// most 20.
    languages: Option<Vec<String>>,
    /// Returns only projects with one of these subjects; at most 20.
    subjects: Option<Vec<String>>,
    /// Returns only projects with pupils of this age, in years, or older.
    age_from: Option<i32>,
    /// Returns only projects with pupils of this age, in years, or younger.
    age_to: Option<i32>,
    /// If true, returns only projects of which a partner holds the quality label; if false, only
    /// others (L-01).
    label: Option<bool>,
    /// Returns only projects whose title contains each of these words, in any order, ignoring case and
    /// accents; at most 200 characters.
    search: Option<String>,
}

impl ProjectFilter {
    /// Whether it asks about what is visible only to those who see all of a project.
    fn looks_inside(&self) -> bool {
        self.languages.is_some()
            || self.subjects.is_some()
            || self.age_from.is_some()
            || self.age_to.is_some()
    }

    /// The filter of the domain.
    pub fn take(self) -> Result<Filter> {
        let mut problems = Problems::default();
        let countries = self.countries.map(|codes| countries(&mut problems, codes, "countries"));
        let languages = self.languages.map(|codes| languages(&mut problems, codes, "languages"));
        let subjects = self.subjects.map(|words| few(&mut problems, words, "subjects"));
        problems.finish()?;
        Ok(Filter {
            states: self.states,
            search: self.search.as_deref().map(Wanted::read).transpose()?,
            countries,
            languages,
            subjects,
            age_from: self.age_from,
            age_to: self.age_to,
            label: self.label,
            of: None,
        })
    }
}

/// The fields by which projects can be sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ProjectOrderField {
    /// The title.
    Title,
    /// When the project was created.
    CreatedAt,
    /// When the project entered its current state.
    StateSince,
}

/// How projects are sorted.
#[derive(InputObject)]
pub struct ProjectOrder {
    /// The field to sort by.
    field: ProjectOrderField,
    /// The direction. Defaults to `ASC`.
    direction: Option<OrderDirection>,
}

impl ProjectOrder {
    /// The order of the domain, and whether it is reversed.
    pub fn take(self) -> (Order, bool) {
        let order = match self.field {
            ProjectOrderField::Title => Order::Title,
            ProjectOrderField::CreatedAt => Order::Created,
            ProjectOrderField::StateSince => Order::StateSince,
        };
        (order, self.direction == Some(OrderDirection::Desc))
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
            return Err(Error::invalid("states", "must be ACTIVE or CLOSED"));
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

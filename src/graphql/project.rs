//! Projects (P-01 to P-09).

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object};
use chrono::{DateTime, Utc};
use entity::{InvitationState, ProjectId, ProjectState};
use uuid::Uuid;

use super::{
    approval::{Approval, Service},
    audit::{self, AuditEntry},
    connection::{self, Connection, List, Paging, cost},
    context::ContextExt,
    diary::DiaryEntry,
    guard::{Public, Sees, Teacher},
    invitation::Invitation,
    label::{EuropeanNomination, LabelApplication},
    loader::{Countries, Pages, Pasts, Rows},
    page::Page,
    partner::Partner,
    person::Person,
    succession::Succession,
    twin_space::TwinSpace,
};
use crate::{
    Error, Result,
    domain::{
        access::Access,
        approval::{ApprovalRow, Filter as ApprovalFilter},
        diary::{DiaryRow, Filter as DiaryFilter},
        follow_up::{Filter as FollowUpFilter, FollowUpRow},
        invitation::{Filter as InvitationFilter, InvitationRow},
        label::{Filter as LabelFilter, LabelRow},
        list::{Ask, Columns, MOST, cell},
        page::{Filter as PageFilter, PageRow},
        partner::{Filter as PartnerFilter, PartnerRow},
        project::{Filter, Order, ProjectRow},
        succession::{Filter as SuccessionFilter, SuccessionRow},
        text::Wanted,
    },
    policy::ProjectPermission,
};

mod act;
mod permission;

pub use act::ProjectMutation;
pub use permission::ProjectPermissions;

/// A school project, founded by two teachers of different countries.
#[derive(Clone, Debug)]
pub struct Project {
    row: Arc<ProjectRow>,
    /// How the viewer stands to it.
    access: Arc<Access>,
}

impl Project {
    /// The project with this id, with the columns that are asked for.
    pub async fn load(ctx: &Context<'_>, id: ProjectId) -> Result<Self> {
        Self::with(ctx, id, connection::columns::<ProjectRow>(ctx)).await
    }

    async fn with(ctx: &Context<'_>, id: ProjectId, columns: Columns) -> Result<Self> {
        let access = ctx.project(id).await?;
        // What is asked of it may all lie elsewhere: its partners, its pages.
        if columns == Columns::key::<ProjectRow>() {
            let row = ProjectRow { id: Some(id), ..ProjectRow::default() };
            return Ok(Self { row: Arc::new(row), access });
        }
        let row = ctx.load::<Rows<ProjectRow>>((id.0, columns)).await?;
        Ok(Self { row: row.ok_or(Error::NotFound("project"))?, access })
    }

    /// Those of the projects in a list, which holds nothing else than what the viewer sees.
    pub async fn list(
        ctx: &Context<'_>,
        paging: Paging,
        filter: Filter,
        order: Order,
    ) -> Result<Connection<Self>> {
        let list = List::<ProjectRow> { parent: Uuid::nil(), filter, order, descending: false };
        connection::page_each(ctx, paging, list, async |row: ProjectRow| {
            let access = ctx.project(cell(&row.id)?).await?;
            Ok(Self { row: Arc::new(row), access })
        })
        .await
    }
}

/// A school project, founded by two teachers of different countries.
#[Object(guard = "super::guard::Unguarded")]
impl Project {
    /// Its id.
    #[graphql(guard = "Public")]
    pub async fn id(&self) -> ProjectId {
        self.access.project_id
    }

    /// Where it stands (P-04).
    #[graphql(guard = "Public")]
    async fn state(&self) -> ProjectState {
        self.access.state
    }

    /// The title. Several projects may have the same.
    #[graphql(guard = "Public")]
    async fn title(&self) -> &str {
        &self.access.title
    }

    /// What anyone may read of an active project.
    #[graphql(guard = "Public")]
    async fn short_description(&self) -> Result<String> {
        cell(&self.row.short_description)
    }

    /// The countries of its founders, ISO 3166-1 alpha-2.
    #[graphql(guard = "Public")]
    async fn countries(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let countries = ctx.load::<Countries>(self.access.project_id).await?;
        Ok(countries.as_deref().cloned().unwrap_or_default())
    }

    /// What it is for.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn aims(&self) -> Result<Option<String>> {
        cell(&self.row.aims).map(Some)
    }

    /// How the work goes.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn work_process(&self) -> Result<Option<String>> {
        cell(&self.row.work_process).map(Some)
    }

    /// What comes of it.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn expected_results(&self) -> Result<Option<String>> {
        cell(&self.row.expected_results).map(Some)
    }

    /// Its languages, ISO 639-1.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn languages(&self) -> Result<Option<Vec<String>>> {
        Ok(Some(cell(&self.row.languages)?.0))
    }

    /// Its school subjects.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn subjects(&self) -> Result<Option<Vec<String>>> {
        Ok(Some(cell(&self.row.subjects)?.0))
    }

    /// The pupils' youngest age, in years.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn age_from(&self) -> Result<Option<i32>> {
        cell(&self.row.age_from)
    }

    /// The pupils' greatest age, in years.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn age_to(&self) -> Result<Option<i32>> {
        cell(&self.row.age_to)
    }

    /// How many pupils take part, as the founders say.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn pupil_count(&self) -> Result<Option<i32>> {
        cell(&self.row.pupil_count)
    }

    /// The tools used.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn tools(&self) -> Result<Option<String>> {
        cell(&self.row.tools).map(Some)
    }

    /// The founder who proposed it.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn proposer(&self) -> Result<Option<Person>> {
        Ok(Some(Person::new(cell(&self.row.proposer_id)?, self.row.proposer_name.clone())))
    }

    /// The founder whom the proposer chose; null while none is chosen.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn cofounder(&self) -> Result<Option<Person>> {
        let id = cell(&self.row.cofounder_id)?;
        Ok(id.map(|id| Person::new(id, self.row.cofounder_name.clone().flatten())))
    }

    /// The two who founded it, whoever has a founder's powers now (P-15); empty before it is
    /// approved.
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

    /// Why the partner declined or a service rejected it.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn refusal(&self) -> Result<Option<String>> {
        cell(&self.row.refusal)
    }

    /// When it was begun.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn created_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.row.created_at).map(Some)
    }

    /// Since when it has stood where it stands.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn state_since(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.row.state_since).map(Some)
    }

    /// When its fields were last edited.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn edited_at(&self) -> Result<Option<DateTime<Utc>>> {
        cell(&self.row.edited_at).map(Some)
    }

    /// Whose answer it waits for: the invited partner's (P-05). Null when it does not.
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn waits_for_partner(&self) -> Result<Option<Person>> {
        if self.access.state != ProjectState::PendingPartner {
            return Ok(None);
        }
        let id = cell(&self.row.cofounder_id)?;
        Ok(id.map(|id| Person::new(id, self.row.cofounder_name.clone().flatten())))
    }

    /// The services' decisions, made and outstanding, the oldest first (P-07).
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

    /// Its partners, founders among them, in the order in which they joined.
    #[graphql(
        guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn partners(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only founders, or only those who are none.")] founder: Option<bool>,
        #[graphql(desc = "How many from the front, at most 100; 20 unless it is said.")]
        first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Partner>>> {
        let (parent, filter) = (self.access.project_id.0, PartnerFilter { founder });
        let list = List::<PartnerRow> { parent, filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, Partner::new).await.map(Some)
    }

    /// The invitations of partners, the oldest first, for those who manage the partners.
    #[graphql(
        guard = "Sees(ProjectPermission::ManagePartners, Arc::clone(&self.access))",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn partner_invitations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those in this state.")] state: Option<InvitationState>,
        #[graphql(desc = "How many from the front, at most 100; 20 unless it is said.")]
        first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Invitation>>> {
        let filter = InvitationFilter {
            state: state.map(|state| (state, ctx.now())),
            partners: Some(true),
            of: None,
        };
        let parent = self.access.project_id.0;
        let list = List::<InvitationRow> { parent, filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, Invitation::new).await.map(Some)
    }

    /// Its pages that are public, in their order, for anyone (T-01).
    #[graphql(guard = "Public", complexity = "cost(first, last, child_complexity)")]
    async fn public_pages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the front, at most 100; 20 unless it is said.")]
        first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Page>> {
        let filter = PageFilter { archived: Some(false), public: true, ..PageFilter::default() };
        let parent = self.access.project_id.0;
        let list = List::<PageRow> { parent, filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        let node = |row| Page::new(row, Arc::clone(&self.access));
        connection::page(ctx, paging, list, node).await
    }

    /// Its TwinSpace, for the members; null before it opens and for all others (P-08).
    #[graphql(guard = "Public")]
    async fn twin_space(&self) -> Option<TwinSpace> {
        self.access.sees_twinspace().then(|| TwinSpace::new(Arc::clone(&self.access)))
    }

    /// The entries of its diary that the viewer may read, the newest first (T-05).
    #[graphql(guard = "Public", complexity = "cost(first, last, child_complexity)")]
    async fn diary(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the front, at most 100; 20 unless it is said.")]
        first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Connection<DiaryEntry>> {
        let filter = DiaryFilter { reach: Some(self.access.diary_reach()) };
        let parent = self.access.project_id.0;
        let list = List::<DiaryRow> { parent, filter, order: (), descending: true };
        let node = |row| DiaryEntry::new(row, Arc::clone(&self.access));
        connection::page(ctx, Paging { first, after, last, before }, list, node).await
    }

    /// The quality labels of its partners; and their applications that wait or were refused, for
    /// the applicant and the service that decides. The oldest first (L-01).
    #[graphql(guard = "Public", complexity = "cost(first, last, child_complexity)")]
    async fn labels(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the front, at most 100; 20 unless it is said.")]
        first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Connection<LabelApplication>> {
        let filter = LabelFilter { shown_to: Some(self.access.person), waiting_for: None };
        let parent = self.access.project_id.0;
        let list = List::<LabelRow> { parent, filter, order: (), descending: false };
        let node = |row| LabelApplication::new(row, Arc::clone(&self.access));
        connection::page(ctx, Paging { first, after, last, before }, list, node).await
    }

    /// That it was nominated for the European label; null if it was not (L-01).
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.access))")]
    async fn european_nomination(&self) -> Result<Option<EuropeanNomination>> {
        let row = &self.row;
        let (at, by) = (cell(&row.nominated_at)?, cell(&row.nominated_by)?);
        let Some((nominated_at, by)) = at.zip(by) else { return Ok(None) };
        let service = cell(&row.nominating_id)?.map(|id| {
            let (name, region) = (row.nominating_name.clone(), row.nominating_region.clone());
            Service::new(id, name.flatten(), region.flatten())
        });
        let nominated_by = Person::new(by, row.nominated_by_name.clone().flatten());
        Ok(Some(EuropeanNomination { nominated_at, nominated_by, service }))
    }

    /// The proposals to hand a founder's powers to another partner, the oldest first (P-15).
    #[graphql(
        guard = "Sees(ProjectPermission::ReadProjectAuditLog, Arc::clone(&self.access))",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn successions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the front, at most 100; 20 unless it is said.")]
        first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Succession>>> {
        let (parent, filter) = (self.access.project_id.0, SuccessionFilter::default());
        let list = List::<SuccessionRow> { parent, filter, order: (), descending: false };
        let node = |row| Succession::new(row, Arc::clone(&self.access));
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, node).await.map(Some)
    }

    /// The project that it follows up; null if there is none that the viewer sees (P-17).
    #[graphql(guard = "Public")]
    async fn follows_up(&self, ctx: &Context<'_>) -> Result<Option<Self>> {
        let Some(id) = cell(&self.row.follows_id)? else { return Ok(None) };
        match Self::load(ctx, id).await {
            Err(Error::NotFound(_)) => Ok(None),
            found => found.map(Some),
        }
    }

    /// The projects that follow it up, as far as the viewer sees them, the oldest first (P-17).
    #[graphql(guard = "Public", complexity = "cost(first, last, child_complexity)")]
    async fn follow_ups(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the front, at most 100; 20 unless it is said.")]
        first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
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

    /// What the viewer may do with it, and if not, why.
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

    /// Who did what with this project and in its TwinSpace, the newest first.
    #[graphql(
        guard = "Sees(ProjectPermission::ReadProjectAuditLog, Arc::clone(&self.access))",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the front, at most 100; 20 unless it is said.")]
        first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<AuditEntry>>> {
        let paging = Paging { first, after, last, before };
        audit::log(ctx, &self.access, paging).await.map(Some)
    }
}

/// Which projects.
#[derive(InputObject, Default)]
pub struct ProjectFilter {
    /// Closed ones instead of active ones; for registered teachers.
    #[graphql(default)]
    closed: bool,
    /// Only those in whose title each of these words stands, in any order, whatever the case and the
    /// accents; at most 200 characters.
    search: Option<String>,
}

/// The queries of projects.
#[derive(Default)]
pub struct ProjectQuery;

#[Object(guard = "super::guard::Unguarded")]
impl ProjectQuery {
    /// A project that the viewer may know of.
    #[graphql(guard = "Public")]
    async fn project(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The project.")] id: ProjectId,
    ) -> Result<Option<Project>> {
        Project::load(ctx, id).await.map(Some)
    }

    /// Active projects in the order of their titles, for anyone.
    #[graphql(guard = "Public", complexity = "cost(first, last, child_complexity)")]
    async fn projects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which projects.", default)] filter: ProjectFilter,
        #[graphql(desc = "How many from the front, at most 100; 20 unless it is said.")]
        first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Option<Connection<Project>>> {
        let state = if filter.closed {
            // The rule for the list is the rule for one: a closed project is seen by teachers.
            Teacher::is(&ctx.viewer())?;
            ProjectState::Closed
        } else {
            ProjectState::Active
        };
        let search = filter.search.as_deref().map(Wanted::read).transpose()?;
        let filter = Filter { states: vec![state], search, of: None };
        let paging = Paging { first, after, last, before };
        Project::list(ctx, paging, filter, Order::Title).await.map(Some)
    }
}

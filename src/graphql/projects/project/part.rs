//! What belongs to a project.

use std::sync::Arc;

use async_graphql::{Context, Object};
use domain::{
    Error, Result,
    inside::page::{Filter as PageFilter, PageRow},
    list::{Ask, MOST, cell},
    members::invitation::InvitationRow,
    projects::{
        approval::{ApprovalRow, Filter as ApprovalFilter},
        diary::{DiaryRow, Filter as DiaryFilter},
        follow_up::{Filter as FollowUpFilter, FollowUpRow},
        label::{Filter as LabelFilter, LabelRow},
        partner::{Filter as PartnerFilter, PartnerRow},
        project::ProjectRow,
        succession::{Filter as SuccessionFilter, SuccessionRow},
    },
};
use policy::ProjectPermission;

use super::{Project, ProjectPermissions, permission};
use crate::graphql::{
    accounts::person::Person,
    care::audit::{self, AuditEntry, AuditLogFilter},
    connection::{self, Connection, List, Paging, cost},
    context::ContextExt,
    guard::{Public, Sees},
    inside::{page::Page, twin_space::TwinSpace},
    loader::{Pages, Pasts},
    members::invitation::{Invitation, InvitationFilter},
    projects::{
        approval::{Approval, Service},
        diary::DiaryEntry,
        label::{EuropeanNomination, LabelApplication},
        partner::Partner,
        succession::Succession,
    },
};

/// The fields of a project that are about what belongs to it.
pub struct ProjectPart<'a>(pub &'a Project);

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl ProjectPart<'_> {
    /// The support services' decisions, pending and made, oldest first (P-07).
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.0.access))")]
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
        let key = (self.0.access.project_id.0, Arc::new(ask));
        let page = ctx.load::<Pages<ApprovalRow>>(key).await?;
        let rows = page.map(Arc::unwrap_or_clone).unwrap_or_default().rows;
        Ok(Some(rows.into_iter().map(|(_, row)| Approval(row)).collect()))
    }

    /// The partners, including the founders, in the order in which they joined.
    #[graphql(
        guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.0.access))",
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
        let (parent, filter) = (self.0.access.project_id.0, PartnerFilter { founder });
        let list = List::<PartnerRow> { parent, filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, Partner::new).await.map(Some)
    }

    /// The invitations sent to partners, oldest first. Visible to those who manage the partners.
    #[graphql(
        guard = "Sees(ProjectPermission::ManagePartners, Arc::clone(&self.0.access))",
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
        let filter = filter.unwrap_or_default().take(&self.0.access, true, ctx.now())?;
        let parent = self.0.access.project_id.0;
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
        let parent = self.0.access.project_id.0;
        let list = List::<PageRow> { parent, filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        let node = |row| Page::new(row, Arc::clone(&self.0.access));
        connection::page(ctx, paging, list, node).await
    }

    /// The TwinSpace; null before it opens and for viewers who are not members (P-08).
    #[graphql(guard = "Public")]
    async fn twin_space(&self) -> Option<TwinSpace> {
        TwinSpace::of(&self.0.access)
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
        let filter = DiaryFilter { reach: Some(self.0.access.diary_reach()) };
        let parent = self.0.access.project_id.0;
        let list = List::<DiaryRow> { parent, filter, order: (), descending: true };
        let node = |row| DiaryEntry::new(row, Arc::clone(&self.0.access));
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
        let filter = LabelFilter { shown_to: Some(self.0.access.person), waiting_for: None };
        let parent = self.0.access.project_id.0;
        let list = List::<LabelRow> { parent, filter, order: (), descending: false };
        let node = |row| LabelApplication::new(row, Arc::clone(&self.0.access));
        connection::page(ctx, Paging { first, after, last, before }, list, node).await
    }

    /// The nomination for the European label; null if the project has not been nominated (L-01).
    #[graphql(guard = "Sees(ProjectPermission::SeeProject, Arc::clone(&self.0.access))")]
    async fn european_nomination(&self) -> Result<Option<EuropeanNomination>> {
        let row = &self.0.row;
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
        guard = "Sees(ProjectPermission::ReadProjectAuditLog, Arc::clone(&self.0.access))",
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
        let (parent, filter) = (self.0.access.project_id.0, SuccessionFilter::default());
        let list = List::<SuccessionRow> { parent, filter, order: (), descending: false };
        let node = |row| Succession::new(row, Arc::clone(&self.0.access));
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, node).await.map(Some)
    }

    /// The project that this one follows up; null if there is none that the viewer can see (P-17).
    #[graphql(guard = "Public")]
    async fn follows_up(&self, ctx: &Context<'_>) -> Result<Option<Project>> {
        let Some(id) = cell(&self.0.row.follows_id)? else { return Ok(None) };
        match Project::load(ctx, id).await {
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
    ) -> Result<Connection<Project>> {
        let filter = FollowUpFilter { seen_by: Some(self.0.access.person) };
        let parent = self.0.access.project_id.0;
        let list = List::<FollowUpRow> { parent, filter, order: (), descending: false };
        let columns = connection::node_columns::<ProjectRow>(ctx);
        let paging = Paging { first, after, last, before };
        connection::page_each(ctx, paging, list, async |row: FollowUpRow| {
            Project::with(ctx, cell(&row.project_id)?, columns).await
        })
        .await
    }

    /// What the viewer may do with it, with a reason for anything that is not allowed.
    #[graphql(guard = "Public", complexity = 5)]
    async fn permissions(&self, ctx: &Context<'_>) -> Result<ProjectPermissions> {
        let look = ctx.look_ahead();
        let past = match permission::BY_PAST.iter().any(|field| look.field(field).exists()) {
            true => ctx.load::<Pasts>((self.0.access.person, self.0.access.project_id)).await?,
            false => None,
        };
        let past = past.as_deref().copied().unwrap_or_default();
        Ok(ProjectPermissions::of(&self.0.access, &past))
    }

    /// The audit log of this project and its TwinSpace, newest first.
    #[graphql(
        guard = "Sees(ProjectPermission::ReadProjectAuditLog, Arc::clone(&self.0.access))",
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
        audit::log(ctx, &self.0.access, false, filter.unwrap_or_default(), paging).await.map(Some)
    }
}

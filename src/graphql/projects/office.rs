//! The work of a support service, for its officers: what waits and what was decided, and the
//! projects, teachers, schools and numbers of its country or region.

use async_graphql::{Context, InputObject, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::{
    Result,
    download::GOOD_FOR,
    list::MOST,
    projects::{
        office::{self, DecisionFilter, ProjectFilter, SchoolFilter, TeacherFilter},
        service,
    },
    text::Wanted,
};
use entity::{AccountId, AdmissionState, DecisionKind, ProjectState, SchoolId};
use policy::ServerPermission;
use uuid::Uuid;

use crate::{
    export::Content,
    graphql::{
        accounts::{admission::Admission, school::Region},
        connection::{self, Connection, List, Paging, cost},
        context::ContextExt,
        desktop::notification::NotificationCounts,
        guard::OnServer,
        projects::approval::Service,
        scalar::Time,
    },
};

mod decision;
mod numbers;
mod project;
mod school;
mod teacher;

pub use decision::OfficeDecision;
pub use numbers::MonthlyNumbers;
pub use project::OfficeProject;
pub use school::OfficeSchool;
pub use teacher::OfficeTeacher;

/// The support service for which the viewer works, and what it sees of its country or region.
pub struct Office(office::Office);

impl Office {
    /// That of the viewer; `None` for everyone but officers.
    pub async fn of_viewer(ctx: &Context<'_>) -> Result<Option<Self>> {
        match ctx.viewer().person().service_for(ServerPermission::SeeOffice) {
            Ok(service) => Ok(Some(Self(office::of(ctx.db().read(), service).await?))),
            Err(_) => Ok(None),
        }
    }
}

/// The support service for which the viewer works, and what it sees of its country or region.
/// Visible only to its officers.
#[Object]
impl Office {
    /// The support service.
    async fn service(&self) -> Service {
        Service::from(self.0.service.clone())
    }

    /// The country that it serves, as an ISO 3166-1 alpha-2 code.
    async fn country(&self) -> &str {
        &self.0.service.country
    }

    /// The regions of the country that have their own support service, ordered by name.
    async fn regions(&self, ctx: &Context<'_>) -> Result<Vec<Region>> {
        let regions = service::regions(ctx.db().read(), &self.0.service.country).await?;
        Ok(regions.into_iter().map(Region::from).collect())
    }

    /// The number of decisions that the viewer's service has yet to make, by kind. The lists are
    /// `viewer.approvals`, `viewer.labelApplications`, `viewer.successions`,
    /// `viewer.custodyTransfers` and `viewer.pupilRequests`.
    async fn waiting(&self, ctx: &Context<'_>) -> Result<NotificationCounts> {
        NotificationCounts::load(ctx).await
    }

    /// The people who registered as teachers and wait for the service to admit them, or about whom it was
    /// decided, oldest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn admissions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns only admissions in this state.")] state: Option<AdmissionState>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Admission>> {
        Admission::list(ctx, state, Paging { first, after, last, before }).await
    }

    /// What the service has decided, newest first: by whom, when and why.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "a connection has four, and what narrows it down"
    )]
    async fn decisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns only decisions of one of these kinds.")] kinds: Option<
            Vec<DecisionKind>,
        >,
        #[graphql(desc = "Returns only decisions made by this person.")] decided_by_id: Option<
            AccountId,
        >,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<OfficeDecision>> {
        let filter = DecisionFilter { service: Some(self.0.service.id), kinds, by: decided_by_id };
        let list = List { parent: Uuid::nil(), filter, order: (), descending: true };
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, OfficeDecision).await
    }

    /// The projects in which teachers of the country or region take part or are asked to, in every
    /// state, newest first. The content of a draft is visible only to its proposer, and to services
    /// that have been asked to decide on it.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn projects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The filter to apply.")] filter: Option<OfficeProjectFilter>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<OfficeProject>> {
        let OfficeProjectFilter { states, search, since } = filter.unwrap_or_default();
        let since = since.map(Into::into);
        let search = wanted(search.as_deref())?;
        let (place, service) = (self.0.place.clone(), Some(self.0.service.id));
        let filter = ProjectFilter { place, service, states, search, since };
        let list = List { parent: Uuid::nil(), filter, order: (), descending: true };
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, OfficeProject).await
    }

    /// The registered teachers of the country or region, ordered by name.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn teachers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The filter to apply.")] filter: Option<OfficeTeacherFilter>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<OfficeTeacher>> {
        let OfficeTeacherFilter { search, school_id: school, school_confirmed: confirmed } =
            filter.unwrap_or_default();
        let search = wanted(search.as_deref())?;
        let filter = TeacherFilter { place: self.0.place.clone(), search, school, confirmed };
        let list = List { parent: Uuid::nil(), filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, OfficeTeacher).await
    }

    /// The schools of the country or region, ordered by region, town and name.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[expect(
        clippy::too_many_arguments,
        reason = "a connection has four, and what narrows it down"
    )]
    async fn schools(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Returns only schools whose name, town or region contains each of these words, ignoring case and accents; at most 200 characters."
        )]
        search: Option<String>,
        #[graphql(
            desc = "If true, returns only schools with teachers whose school is not confirmed; if false, only those without."
        )]
        unconfirmed: Option<bool>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<OfficeSchool>> {
        let search = wanted(search.as_deref())?;
        let filter =
            SchoolFilter { place: self.0.place.clone(), search, unconfirmed, alike: false };
        OfficeSchool::list(ctx, filter, Paging { first, after, last, before }).await
    }

    /// The schools of the country or region that may have been entered more than once: those with the
    /// same words in town and name, which follow each other. `mergeSchools` makes one of two.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn duplicate_schools(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<OfficeSchool>> {
        let place = self.0.place.clone();
        let filter = SchoolFilter { place, alike: true, ..SchoolFilter::default() };
        OfficeSchool::list(ctx, filter, Paging { first, after, last, before }).await
    }

    /// The numbers of the country or region by month, oldest first, for charts. Months without
    /// anything are included.
    #[graphql(complexity = "months_cost(months, child_complexity)")]
    async fn numbers(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The number of months up to and including the current one, 1 to 120. Defaults to 12."
        )]
        months: Option<i32>,
    ) -> Result<Vec<MonthlyNumbers>> {
        let (db, place) = (ctx.db().read(), &self.0.place);
        let numbers = office::numbers(db, place, count(months), ctx.now()).await?;
        Ok(numbers.into_iter().map(MonthlyNumbers).collect())
    }
}

/// What the months of a chart cost.
fn months_cost(months: Option<i32>, child: usize) -> usize {
    let most = i32::try_from(MOST).unwrap_or(i32::MAX);
    cost(Some(months.unwrap_or(YEAR).min(most)), None, child)
}

/// The number of months if none is given.
const YEAR: i32 = 12;

/// A number of months; none if it is negative, which the domain refuses.
fn count(months: Option<i32>) -> u32 {
    u32::try_from(months.unwrap_or(YEAR)).unwrap_or(0)
}

fn wanted(search: Option<&str>) -> Result<Option<Wanted>> {
    search.map(Wanted::read).transpose()
}

/// Filters the projects of a country or region.
#[derive(InputObject, Default)]
pub struct OfficeProjectFilter {
    /// Returns only projects in one of these states.
    states: Option<Vec<ProjectState>>,
    /// Returns only projects whose title contains each of these words, in any order, ignoring case
    /// and accents; at most 200 characters. Projects whose title is not shown are not found.
    search: Option<String>,
    /// Returns only projects that have been in their current state since this time or later.
    since: Option<Time>,
}

/// Filters the teachers of a country or region.
#[derive(InputObject, Default)]
pub struct OfficeTeacherFilter {
    /// Returns only teachers whose name contains each of these words, in any order, ignoring case
    /// and accents; at most 200 characters.
    search: Option<String>,
    /// Returns only teachers of this school.
    school_id: Option<SchoolId>,
    /// If true, returns only teachers whose school is confirmed; if false, only those whose school is
    /// not: what waits for the service.
    school_confirmed: Option<bool>,
}

/// Input for `exportNumbers`.
#[derive(InputObject)]
pub struct ExportNumbersInput {
    /// The number of months up to and including the current one, 1 to 120. Defaults to 12.
    months: Option<i32>,
}

/// Result of `exportNumbers`.
#[derive(SimpleObject)]
pub struct ExportNumbersPayload {
    /// The download URL of a CSV file. It works only once, and only with the session that requested
    /// it (`Authorization: Bearer …`).
    url: String,
    /// When the URL expires.
    expires_at: DateTime<Utc>,
}

/// The query of a support service's work.
#[derive(Default)]
pub struct OfficeQuery;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl OfficeQuery {
    /// The support service for which the viewer works, and what it sees of its country or region.
    /// Requires an officer (P-06).
    #[graphql(guard = "OnServer(ServerPermission::SeeOffice)")]
    async fn office(&self, ctx: &Context<'_>) -> Result<Option<Office>> {
        Office::of_viewer(ctx).await
    }
}

/// The mutations of officers that concern no project.
#[derive(Default)]
pub struct OfficeMutation;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl OfficeMutation {
    /// Prepares the numbers of the viewer's country or region by month for download as CSV. Pupils
    /// are counted, never listed. Requires an officer.
    #[graphql(guard = "OnServer(ServerPermission::ExportNumbers)")]
    async fn export_numbers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For how many months.")] input: ExportNumbersInput,
    ) -> Result<Option<ExportNumbersPayload>> {
        let months = count(input.months);
        office::check_months(months)?;
        let content = Content::Numbers(months).show();
        let origin = ctx.export(&content).await?;
        let (officer, now) = (ctx.signed_in()?.account_id, ctx.now());
        let token = office::export(ctx.db(), officer, origin, now).await?;
        Ok(Some(ExportNumbersPayload {
            url: ctx.export_url(&token, &content),
            expires_at: now + GOOD_FOR,
        }))
    }
}

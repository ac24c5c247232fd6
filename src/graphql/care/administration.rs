//! The work of server administrators outside TwinSpaces: accounts and their sessions, support
//! services and officers, the audit log of the server, and pending mails.

use async_graphql::{Context, InputObject, MergedObject, Object};
use domain::{
    Result,
    accounts::{school::country_asked, session},
    care::administration::{self, AccountFilter, AdministeredRow, MailFilter, ServiceRow},
    error::Problems,
    projects::office::{Place, SchoolFilter},
    text::Wanted,
};
use entity::{AccountId, AccountKind, AdmissionState};
use policy::ServerPermission;
use uuid::Uuid;

use crate::graphql::{
    accounts::admission::Admission,
    care::audit::{self, AuditEntry, AuditLogFilter},
    connection::{self, Connection, List, Paging, cost},
    context::ContextExt,
    guard::OnServer,
    projects::office::OfficeSchool,
};

mod account;
mod log;
mod mail;
mod server;
mod service;

pub use account::{AdministeredAccount, AdministeredSession};
pub use mail::PendingMail;
pub use server::{ServerSetting, StorageTotal, TwinSpaceStorage};
pub use service::AdministeredService;

/// What administrators see of the server outside TwinSpaces.
pub struct Administration;

/// What administrators see of the server outside TwinSpaces.
#[Object]
impl Administration {
    /// The accounts of adults, ordered by name. Pupils are not listed: `lookUpAccount` finds a
    /// pupil's account by its exact username, and logs that.
    #[graphql(
        guard = "OnServer(ServerPermission::ManageAccounts)",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The filter to apply.")] filter: Option<AdministeredAccountFilter>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<AdministeredAccount>> {
        let AdministeredAccountFilter { search, kind, blocked, school_confirmed } =
            filter.unwrap_or_default();
        let mut problems = Problems::default();
        problems.at_most(search.as_deref().unwrap_or_default(), "search", Wanted::MOST);
        problems.finish()?;
        let confirmed = school_confirmed;
        let filter = AccountFilter { adults: true, search, kind, blocked, confirmed };
        let list =
            List::<AdministeredRow> { parent: Uuid::nil(), filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, AdministeredAccount::new).await
    }

    /// The sessions of an account, newest first; at most 100. Their hours are for their owner alone
    /// (M-02).
    #[graphql(guard = "OnServer(ServerPermission::ManageAccounts)", complexity = 10)]
    async fn sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The owner of the account.")] person_id: AccountId,
    ) -> Result<Vec<AdministeredSession>> {
        let lifetime = ctx.app().config.accounts.lifetime();
        let sessions = session::list(ctx.db().read(), person_id, lifetime, ctx.now()).await?;
        Ok(sessions.into_iter().map(AdministeredSession::from).collect())
    }

    /// The people who registered as teachers and wait for an administrator to admit them, or about whom it was
    /// decided, oldest first.
    #[graphql(
        guard = "OnServer(ServerPermission::AdmitTeachers)",
        complexity = "cost(first, last, child_complexity)"
    )]
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

    /// The schools of a country, ordered by region, town and name.
    #[graphql(
        guard = "OnServer(ServerPermission::MergeSchools)",
        complexity = "cost(first, last, child_complexity)"
    )]
    #[expect(
        clippy::too_many_arguments,
        reason = "a connection has four, the country and what narrows it down"
    )]
    async fn schools(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The country, as an ISO 3166-1 alpha-2 code, such as `ES`.")]
        country: String,
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
        let place = Place::country(country_asked(&country)?);
        let search = search.as_deref().map(Wanted::read).transpose()?;
        let filter = SchoolFilter { place, search, unconfirmed, alike: false };
        OfficeSchool::list(ctx, filter, Paging { first, after, last, before }).await
    }

    /// The schools of a country that may have been entered more than once: those with the same words in
    /// town and name, which follow each other. `mergeSchools` makes one of two.
    #[graphql(
        guard = "OnServer(ServerPermission::MergeSchools)",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn duplicate_schools(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The country, as an ISO 3166-1 alpha-2 code, such as `ES`.")]
        country: String,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<OfficeSchool>> {
        let place = Place::country(country_asked(&country)?);
        let filter = SchoolFilter { place, alike: true, ..SchoolFilter::default() };
        OfficeSchool::list(ctx, filter, Paging { first, after, last, before }).await
    }

    /// The support services, ordered by country.
    #[graphql(
        guard = "OnServer(ServerPermission::ManageServices)",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn services(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<AdministeredService>> {
        let list =
            List::<ServiceRow> { parent: Uuid::nil(), filter: (), order: (), descending: false };
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, AdministeredService::new).await
    }

    /// The audit log of the server, across projects, newest first.
    #[graphql(
        guard = "OnServer(ServerPermission::ReadServerLog)",
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
    ) -> Result<Connection<AuditEntry>> {
        let paging = Paging { first, after, last, before };
        audit::whole(ctx, filter.unwrap_or_default(), paging).await
    }

    /// What the media of all TwinSpaces take up.
    #[graphql(guard = "OnServer(ServerPermission::SeeServer)")]
    async fn storage(&self, ctx: &Context<'_>) -> Result<StorageTotal> {
        Ok(administration::storage(ctx.db().read()).await?.into())
    }

    /// What the media of each TwinSpace take up that has any, oldest project first.
    #[graphql(
        guard = "OnServer(ServerPermission::SeeServer)",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn storage_by_twin_space(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<TwinSpaceStorage>> {
        let list = List { parent: Uuid::nil(), filter: (), order: (), descending: false };
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, TwinSpaceStorage).await
    }

    /// The settings in force, as `twinspace config show` prints them. Secrets are masked.
    #[graphql(guard = "OnServer(ServerPermission::SeeServer)", complexity = 10)]
    async fn settings(&self, ctx: &Context<'_>) -> Vec<ServerSetting> {
        ctx.app().config.in_force.iter().map(ServerSetting::from).collect()
    }

    /// The mails that have not been delivered, oldest first.
    #[graphql(
        guard = "OnServer(ServerPermission::ManageMail)",
        complexity = "cost(first, last, child_complexity)"
    )]
    async fn mails(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "If true, returns only mails whose delivery has failed; if false, only those that have not been tried."
        )]
        failed: Option<bool>,
        #[graphql(desc = "Returns the first *n* items (20 by default, at most 100).")]
        first: Option<i32>,
        #[graphql(desc = "Returns the items after this cursor.")] after: Option<String>,
        #[graphql(desc = "Returns the last *n* items (at most 100).")] last: Option<i32>,
        #[graphql(desc = "Returns the items before this cursor.")] before: Option<String>,
    ) -> Result<Connection<PendingMail>> {
        let filter = MailFilter { failed };
        let list = List { parent: Uuid::nil(), filter, order: (), descending: false };
        let paging = Paging { first, after, last, before };
        connection::page(ctx, paging, list, PendingMail).await
    }
}

/// Filters accounts.
#[derive(InputObject, Default)]
pub struct AdministeredAccountFilter {
    /// Returns only accounts with this text in the name or the e-mail address, ignoring case, and
    /// accents in names; at most 200 characters.
    search: Option<String>,
    /// Returns only accounts of this kind.
    kind: Option<AccountKind>,
    /// If true, returns only blocked accounts; if false, only those that are not blocked.
    blocked: Option<bool>,
    /// If true, returns only teachers whose school is confirmed; if false, only those whose school is
    /// not.
    school_confirmed: Option<bool>,
}

/// The mutations of administrators. What they do is boxed, so that not all other mutations are as
/// large.
#[derive(MergedObject, Default)]
pub struct AdministrationMutation(
    account::AccountsMutation,
    service::ServicesMutation,
    log::LogMutation,
    mail::MailsMutation,
);

/// The query of administrators.
#[derive(Default)]
pub struct AdministrationQuery;

#[Object(guard = "crate::graphql::guard::Unguarded")]
impl AdministrationQuery {
    /// What administrators see of the server outside TwinSpaces, in which they have no rights but
    /// moderation (`reports`). Requires a server administrator.
    #[graphql(guard = "OnServer(ServerPermission::ManageAccounts)")]
    async fn administration(&self) -> Option<Administration> {
        Some(Administration)
    }
}

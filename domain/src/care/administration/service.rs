//! Support services and their officers: set up, changed and removed, by administrators and by the
//! operator's commands, which act as the server itself. Every act is logged with the service as its
//! subject.

use chrono::{DateTime, Utc};
use entity::{AccountId, AccountKind, Act, ServiceId, account, service};
use policy::ServerPermission;
use sea_orm::{
    ColumnTrait, EntityTrait,
    sea_query::{
        Asterisk, Cond, Condition, Expr, ExprTrait, Query, SelectStatement, SubQueryStatement,
    },
};

use super::begin;
use crate::{
    Actor, Error, Reason, Result,
    accounts::{
        account::{self as accounts, NewPerson},
        session,
    },
    care::{audit, staff},
    column,
    db::Tx,
    error::{Flaw, Problems},
    list::{Cell, Column, KeyKind, Listed},
    projects::service::{self as services, Removal},
    sql::ColumnExt,
};

/// A support service, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::service`")]
pub struct ServiceRow {
    pub id: Cell<ServiceId>,
    pub name: Cell<String>,
    pub country: Cell<String>,
    pub region: Cell<String>,
    /// The number of its officers.
    pub officers: Cell<i64>,
}

fn officers() -> Expr {
    let mut query = Query::select();
    query
        .expr(Expr::col(Asterisk).count())
        .from(account::Entity)
        .and_where(account::Column::ServiceId.equals(service::Column::Id))
        .and_where(account::Column::Kind.eq(AccountKind::Officer));
    SubQueryStatement::from(query).into()
}

impl Listed for ServiceRow {
    type Filter = ();
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = service::Column::Id, for []),
        column!(name = service::Column::Name, for ["service.name"]),
        column!(country = service::Column::Country, for ["country", "service.country"]),
        column!(region = service::Column::Region, for ["service.region"]),
        column!(officers = officers(), for ["officerCount"]),
    ];

    fn from((): &(), _: &dyn Fn(u8) -> bool) -> SelectStatement {
        Query::select().from(service::Entity).take()
    }

    fn id() -> Expr {
        service::Column::Id.into_expr()
    }

    fn condition((): &()) -> Condition {
        Cond::all()
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        Some((service::Column::Country.into_expr(), KeyKind::Text))
    }
}

/// Records an act on a support service; `by` is none for the server itself.
pub async fn log(
    tx: &Tx,
    act: Act,
    id: ServiceId,
    by: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<()> {
    audit::line(act, by).subject(id.0).write(tx, now).await
}

/// A support service to set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewService {
    /// The name.
    pub name: String,
    /// The country that it serves, as an ISO 3166-1 alpha-2 code.
    pub country: String,
    /// The region that it serves; empty for the whole country.
    pub region: String,
    /// Alternative spellings of the region.
    pub spellings: Vec<String>,
}

impl NewService {
    /// Takes what was typed; fails with everything that is wrong with it.
    fn tidy(self) -> Result<Self> {
        let mut problems = Problems::default();
        let country = problems.country(&self.country, "country");
        let region = match self.region.is_empty() {
            true => String::new(),
            false => problems.line(&self.region, "region", 100),
        };
        let spelled = self.spellings.is_empty() || !region.is_empty();
        let missing = "must be given with spellings";
        problems.require(spelled, "region", Flaw::Missing(missing.into()));
        let spellings = problems.items(&self.spellings, "spellings", 100, |problems, one, at| {
            problems.line(one, at, 100)
        });
        let name = problems.line(&self.name, "name", 200);
        problems.finish()?;
        Ok(Self { name, country, region, spellings })
    }
}

/// Sets up the support service of a country or region. If it has one already: `AlreadyDone`.
pub async fn add(actor: Actor<'_>, service: NewService) -> Result<ServiceId> {
    let NewService { name, country, region, spellings } = service.tidy()?;
    let (tx, by) = begin(&actor, ServerPermission::ManageServices).await?;
    let id = services::add(&tx, &name, &country, &region).await?;
    services::spell(&tx, id, &country, &spellings).await?;
    log(&tx, Act::ServiceAdded, id, Some(by), actor.now).await?;
    tx.commit().await?;
    Ok(id)
}

/// Renames a support service.
pub async fn rename(actor: Actor<'_>, id: ServiceId, name: &str) -> Result<()> {
    let mut problems = Problems::default();
    let name = problems.line(name, "name", 200);
    problems.finish()?;
    let (tx, by) = begin(&actor, ServerPermission::ManageServices).await?;
    services::rename(&tx, id, &name).await?;
    log(&tx, Act::ServiceRenamed, id, Some(by), actor.now).await?;
    Ok(tx.commit().await?)
}

/// Removes a support service that has no officers and on which nothing depends.
pub async fn remove(actor: Actor<'_>, id: ServiceId) -> Result<()> {
    let (tx, by) = begin(&actor, ServerPermission::ManageServices).await?;
    match services::remove(&tx, id).await? {
        Removal::Removed => {}
        Removal::HasOfficers => return Err(Error::Conflict(Reason::HasOfficers)),
        Removal::HasDecisions => return Err(Error::Conflict(Reason::HasDecisions)),
    }
    log(&tx, Act::ServiceRemoved, id, Some(by), actor.now).await?;
    Ok(tx.commit().await?)
}

/// Creates the account of an officer and mails them a link to set their password. `password_hash` is
/// that of a password which nobody knows.
pub async fn appoint(
    actor: Actor<'_>,
    id: ServiceId,
    address: &str,
    name: &str,
    password_hash: String,
) -> Result<AccountId> {
    let mut problems = Problems::default();
    let address = problems.email(address, "email");
    let name = problems.line(name, "name", 100);
    problems.finish()?;
    let (tx, by) = begin(&actor, ServerPermission::ManageServices).await?;
    services::lock(&tx, id).await?;
    let now = actor.now;
    let inviter = account::Entity::find_by_id(by).one(&*tx).await?.ok_or(Error::Unauthenticated)?;
    let language = &inviter.language;
    let officer = NewPerson { email: &address, name: &name, password_hash, language };
    let officer = accounts::add_officer(&tx, officer, id, Some(by), now).await?;
    session::mail_reset(&tx, &address, now).await?;
    tx.commit().await?;
    Ok(officer)
}

/// Lets an officer work for another support service; their sessions end.
pub async fn move_officer(actor: Actor<'_>, officer: AccountId, id: ServiceId) -> Result<()> {
    let (tx, by) = begin(&actor, ServerPermission::ManageServices).await?;
    let address = address(&tx, officer).await?;
    staff::move_to(&tx, &address, id, Some(by), actor.now).await?;
    Ok(tx.commit().await?)
}

/// Removes an officer: their sessions end, and their decisions remain under their name.
pub async fn dismiss(actor: Actor<'_>, officer: AccountId) -> Result<()> {
    let (tx, by) = begin(&actor, ServerPermission::ManageServices).await?;
    let address = address(&tx, officer).await?;
    staff::remove(&tx, AccountKind::Officer, &address, Some(by), actor.now).await?;
    Ok(tx.commit().await?)
}

/// The address of an account, by which `staff` knows officers.
async fn address(tx: &Tx, id: AccountId) -> Result<String> {
    let found = account::Entity::find_by_id(id).one(&**tx).await?;
    found.and_then(|found| found.email).ok_or(Error::NotFound("account"))
}

//! Admission of people who registered as teachers, if the server admits nobody by itself.
//!
//! While they wait, their account is a guest's: they can sign in and see the state, and keep the
//! memberships that they have, but nobody finds them, and they neither found projects nor have
//! contacts. An officer of their school's country or region, or an administrator where there is no
//! support service, makes a teacher of them, or declines with a reason.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, AccountKind, Act, AdmissionState, ServiceId, account,
    admission::{self, Column as Col},
    school,
};
use policy::{Person, ServerPermission};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::{Cond, Condition, Expr, LockType, OnConflict, Query, SelectStatement},
};

use crate::{
    Actor, Error, Reason, Result, access,
    accounts::account as accounts,
    care::audit,
    column,
    db::Tx,
    error::Problems,
    events::{Event, Whom},
    list::{Cell, Column, KeyKind, Listed},
    mail::{self, Letter},
    projects::service,
};

/// Lets somebody wait whose address is verified: their account, which is locked, becomes or stays a
/// guest's until it is decided.
pub(crate) async fn ask(tx: &Tx, id: AccountId, now: DateTime<Utc>) -> Result<()> {
    let school = school_of(tx, id).await?;
    let deciding = service::deciding(tx, &school).await?;
    let row =
        account::ActiveModel { id: Set(id), kind: Set(AccountKind::Guest), ..Default::default() };
    row.update(&**tx).await?;
    let row = admission::ActiveModel {
        account_id: Set(id),
        country: Set(school.country),
        service_id: Set(deciding.country),
        region_service_id: Set(deciding.region),
        state: Set(AdmissionState::Pending),
        reason: Set(None),
        decided_by: Set(None),
        asked_at: Set(now),
        decided_at: Set(None),
    };
    let again = [
        Col::Country,
        Col::ServiceId,
        Col::RegionServiceId,
        Col::State,
        Col::Reason,
        Col::DecidedBy,
        Col::AskedAt,
        Col::DecidedAt,
    ];
    let newest = OnConflict::column(Col::AccountId).update_columns(again).to_owned();
    admission::Entity::insert(row).on_conflict(newest).exec_without_returning(&**tx).await?;
    tx.tell_all(Event::waiting_for([deciding.country, deciding.region])).await?;
    audit::line(Act::AdmissionRequested, id).account(id).write(tx, now).await
}

/// Admits somebody, who becomes a teacher with the account that they have.
pub async fn admit(actor: Actor<'_>, id: AccountId) -> Result<()> {
    let tx = decide(&actor, id, AdmissionState::Admitted, None).await?;
    Ok(tx.commit().await?)
}

/// Declines to admit somebody, with a reason that they can read.
pub async fn decline(actor: Actor<'_>, id: AccountId, reason: &str) -> Result<()> {
    let reason = Problems::reason(reason, 2000)?;
    let tx = decide(&actor, id, AdmissionState::Declined, Some(reason)).await?;
    Ok(tx.commit().await?)
}

async fn decide(
    actor: &Actor<'_>,
    id: AccountId,
    state: AdmissionState,
    reason: Option<String>,
) -> Result<Tx> {
    let Actor { db, person, now } = *actor;
    person.may_on_server(ServerPermission::AdmitTeachers).map_err(Error::forbidden)?;
    let by = actor.account()?;
    let missing = || Error::NotFound("admission");
    let tx = db.begin().await?;
    // The account first, as everywhere; it may be erased or blocked meanwhile.
    let account = account::Entity::find_by_id(id)
        .filter(accounts::is_there())
        .lock(LockType::NoKeyUpdate)
        .one(&*tx)
        .await?
        .ok_or_else(missing)?;
    accounts::still_there(&tx, by).await?;
    let found = admission::Entity::find_by_id(id).lock(LockType::NoKeyUpdate).one(&*tx).await?;
    let found = found.ok_or_else(missing)?;
    let services = [found.service_id, found.region_service_id];
    // For everyone else it does not exist.
    if !person.decides(services) {
        return Err(missing());
    }
    if found.state != AdmissionState::Pending {
        return Err(Error::Conflict(Reason::AlreadyDone));
    }
    // Until it is unblocked. That it is blocked is not for everyone to know.
    if account.blocked_at.is_some() {
        return Err(Error::Conflict(Reason::RequestEnded));
    }
    let admitted = state == AdmissionState::Admitted;
    let mut row = found.into_active_model();
    row.state = Set(state);
    row.reason = Set(reason.clone());
    row.decided_by = Set(Some(by));
    row.decided_at = Set(Some(now));
    row.update(&*tx).await?;
    if admitted {
        let kind = Set(AccountKind::Teacher);
        account::ActiveModel { id: Set(id), kind, ..Default::default() }.update(&*tx).await?;
        accounts::tell_members(&tx, id).await?;
    }
    tx.tell_all(Event::waiting_for(services)).await?;
    tx.tell(Event::Waiting(Whom::Account(id))).await?;
    if let Some(address) = &account.email {
        let letter = Letter::Admission { name: account.name, declined: reason };
        mail::post(&tx, address, &account.language, &letter, id.0, now).await?;
    }
    let act = if admitted { Act::TeacherAdmitted } else { Act::TeacherDeclined };
    audit::line(act, by).account(id).write(&tx, now).await?;
    Ok(tx)
}

/// The school that somebody named when they registered.
async fn school_of(tx: &Tx, id: AccountId) -> Result<school::Model> {
    let missing = || Error::NotFound("account");
    let account = account::Entity::find_by_id(id).one(&**tx).await?.ok_or_else(missing)?;
    let school = school::Entity::find_by_id(account.school_id.ok_or_else(missing)?);
    school.one(&**tx).await?.ok_or_else(missing)
}

/// What somebody waits or waited for, with one statement.
pub async fn of(db: &impl ConnectionTrait, id: AccountId) -> Result<Option<admission::Model>> {
    Ok(admission::Entity::find_by_id(id).one(db).await?)
}

/// Deletes that of an account that is erased, or that became a teacher's without it.
pub(crate) async fn forget(tx: &Tx, id: AccountId) -> Result<()> {
    let Some(gone) = admission::Entity::find_by_id(id).one(&**tx).await? else { return Ok(()) };
    admission::Entity::delete_by_id(id).exec(&**tx).await?;
    let services = [gone.service_id, gone.region_service_id];
    Ok(tx.tell_all(Event::waiting_for(services)).await?)
}

/// An admission, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::admission`")]
pub struct AdmissionRow {
    pub account_id: Cell<AccountId>,
    pub country: Cell<String>,
    pub state: Cell<AdmissionState>,
    pub reason: Cell<Option<String>>,
    pub decided_by: Cell<Option<AccountId>>,
    pub asked_at: Cell<DateTime<Utc>>,
    pub decided_at: Cell<Option<DateTime<Utc>>>,
    pub service_id: Cell<Option<ServiceId>>,
    pub region_service_id: Cell<Option<ServiceId>>,
}

impl From<admission::Model> for AdmissionRow {
    fn from(row: admission::Model) -> Self {
        Self {
            account_id: Some(row.account_id),
            country: Some(row.country),
            state: Some(row.state),
            reason: Some(row.reason),
            decided_by: Some(row.decided_by),
            asked_at: Some(row.asked_at),
            decided_at: Some(row.decided_at),
            service_id: Some(row.service_id),
            region_service_id: Some(row.region_service_id),
        }
    }
}

/// Filters admissions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only those on which this person decides or has decided, or their support service.
    pub decided_by: Option<Person>,
    /// Only those in this state.
    pub state: Option<AdmissionState>,
}

impl Listed for AdmissionRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(account_id = Col::AccountId, for []),
        column!(state = Col::State, for []),
        column!(service_id = Col::ServiceId, for []),
        column!(region_service_id = Col::RegionServiceId, for []),
        column!(country = Col::Country, for ["country"]),
        column!(reason = Col::Reason, for ["reason"]),
        column!(decided_by = Col::DecidedBy, for ["decidedBy"]),
        column!(asked_at = Col::AskedAt, for ["askedAt"]),
        column!(decided_at = Col::DecidedAt, for ["decidedAt"]),
    ];

    fn from(_: &Filter, _: &dyn Fn(u8) -> bool) -> SelectStatement {
        Query::select().from(admission::Entity).take()
    }

    fn id() -> Expr {
        Col::AccountId.into_expr()
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all();
        if let Some(person) = filter.decided_by {
            let services = [Col::ServiceId, Col::RegionServiceId];
            let theirs = access::decides_where(person, services);
            all = all.add(theirs.unwrap_or_else(|| Expr::val(false)));
        }
        if let Some(state) = filter.state {
            all = all.add(Col::State.eq(state));
        }
        all
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        Some((Col::AskedAt.into_expr(), KeyKind::Time))
    }
}

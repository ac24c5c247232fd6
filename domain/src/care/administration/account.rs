//! Accounts: found, blocked and unblocked, and their sessions ended.

use chrono::{DateTime, Utc};
use entity::{AccountId, AccountKind, ServiceId, account, member, school, service};
use sea_orm::{
    ColumnTrait,
    sea_query::{
        Asterisk, Cond, Condition, Expr, ExprTrait, Query, SelectStatement, SubQueryStatement,
    },
};

use super::{begin, begin_on};
use crate::{
    Actor, Error, Reason, Result,
    accounts::school::{SchoolCells, confirmation},
    care::{
        block::{self, By},
        operator,
    },
    column,
    error::Problems,
    list::{Cell, Column, KeyKind, Listed},
    sql::ColumnExt,
};

/// An account, with the requested columns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the cells are the columns of `entity::account`")]
pub struct AdministeredRow {
    pub id: Cell<AccountId>,
    pub kind: Cell<AccountKind>,
    pub name: Cell<String>,
    pub email: Cell<Option<String>>,
    pub username: Cell<Option<String>>,
    pub school: SchoolCells,
    pub school_confirmed: Cell<Option<bool>>,
    pub service_id: Cell<Option<ServiceId>>,
    pub service_name: Cell<Option<String>>,
    pub service_country: Cell<Option<String>>,
    pub service_region: Cell<Option<String>>,
    pub custodian_id: Cell<Option<AccountId>>,
    pub verified_at: Cell<Option<DateTime<Utc>>>,
    pub created_at: Cell<DateTime<Utc>>,
    pub blocked_at: Cell<Option<DateTime<Utc>>>,
    pub block_reason: Cell<Option<String>>,
    /// The number of TwinSpaces of which it is a member.
    pub twin_spaces: Cell<i64>,
    /// The number of pupils in its custody.
    pub pupils: Cell<i64>,
}

/// Filters accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Only adults who have an account: what is listed.
    pub adults: bool,
    /// Only those of this kind.
    pub kind: Option<AccountKind>,
    /// Only those with this in the name or the address.
    pub search: Option<String>,
    /// Only those that are blocked, or that are not.
    pub blocked: Option<bool>,
    /// Only teachers whose school is confirmed, or is not.
    pub confirmed: Option<bool>,
}

const SCHOOL: u8 = 0;
const SERVICE: u8 = 1;

fn twin_spaces() -> Expr {
    let mut query = Query::select();
    query
        .expr(Expr::col(Asterisk).count())
        .from(member::Entity)
        .and_where(member::Column::AccountId.equals(account::Column::Id));
    SubQueryStatement::from(query).into()
}

fn pupils() -> Expr {
    let mut query = Query::select();
    query
        .expr(Expr::col(Asterisk).count())
        .from_as(account::Entity, "pupil")
        .and_where(account::Column::CustodianId.of("pupil").eq(account::Column::Id.into_expr()));
    SubQueryStatement::from(query).into()
}

impl Listed for AdministeredRow {
    type Filter = Filter;
    type Order = ();

    const COLUMNS: &'static [Column<Self>] = &[
        column!(id = account::Column::Id, for []),
        column!(kind = account::Column::Kind, for []),
        column!(name = account::Column::Name, for ["person.name"]),
        column!(email = account::Column::Email, for ["signIn"]),
        column!(username = account::Column::Username, for ["signIn"]),
        column!(school.id = account::Column::SchoolId, for ["school"]),
        column!(school.name = school::Column::Name, for ["school.name"], join SCHOOL),
        column!(school.town = school::Column::Town, for ["school.town"], join SCHOOL),
        column!(school.region = school::Column::Region, for ["school.region"], join SCHOOL),
        column!(school.country = school::Column::Country, for ["school.country"], join SCHOOL),
        column!(school_confirmed = confirmation::shown(), for ["schoolConfirmed"]),
        column!(service_id = account::Column::ServiceId, for ["service"]),
        column!(service_name = service::Column::Name, for ["service.name"], join SERVICE),
        column!(service_country = service::Column::Country, for ["service.country"], join SERVICE),
        column!(service_region = service::Column::Region, for ["service.region"], join SERVICE),
        column!(custodian_id = account::Column::CustodianId, for ["custodian"]),
        column!(verified_at = account::Column::VerifiedAt, for ["emailVerified"]),
        column!(created_at = account::Column::CreatedAt, for ["createdAt"]),
        column!(blocked_at = account::Column::BlockedAt, for ["blockedAt", "permissions"]),
        column!(block_reason = account::Column::BlockReason, for ["blockReason"]),
        column!(twin_spaces = twin_spaces(), for ["twinSpaceCount"]),
        column!(pupils = pupils(), for ["pupilCount"]),
    ];

    fn from(_: &Filter, needs: &dyn Fn(u8) -> bool) -> SelectStatement {
        let mut query = Query::select();
        query.from(account::Entity);
        if needs(SCHOOL) {
            let same = school::Column::Id.equals(account::Column::SchoolId);
            query.left_join(school::Entity, same);
        }
        if needs(SERVICE) {
            let same = service::Column::Id.equals(account::Column::ServiceId);
            query.left_join(service::Entity, same);
        }
        query
    }

    fn id() -> Expr {
        account::Column::Id.into_expr()
    }

    fn condition(filter: &Filter) -> Condition {
        let mut all = Cond::all();
        if filter.adults {
            all = all
                .add(account::Column::Kind.ne(AccountKind::Pupil))
                .add(account::Column::Email.is_not_null());
        }
        if let Some(kind) = filter.kind {
            all = all.add(account::Column::Kind.eq(kind));
        }
        if let Some(search) = &filter.search {
            all = all.add(operator::matches(search));
        }
        if let Some(blocked) = filter.blocked {
            let at = account::Column::BlockedAt;
            all = all.add(if blocked { at.is_not_null() } else { at.is_null() });
        }
        all = all.add_option(filter.confirmed.map(confirmation::condition));
        all
    }

    fn order((): ()) -> Option<(Expr, KeyKind)> {
        Some((account::Column::NameKey.into_expr(), KeyKind::Text))
    }
}

/// The account with exactly this address or username. That a username is looked up is logged.
pub async fn look_up(actor: Actor<'_>, who: &str) -> Result<AccountId> {
    let (tx, administrator) = begin(&actor, policy::ServerPermission::ManageAccounts).await?;
    let found = operator::look_up(&tx, Some(administrator), who, actor.now).await?;
    tx.commit().await?;
    found.map(|account| account.id).ok_or(Error::NotFound("account"))
}

/// Blocks an account that is not blocked, for a reason that administrators can read: its sessions
/// and mailed links end, and the invitations that it sent are revoked (M-05).
pub async fn block(actor: Actor<'_>, id: AccountId, reason: &str) -> Result<()> {
    let reason = Problems::reason(reason, 1000)?;
    let (tx, administrator) = begin_on(&actor, id).await?;
    let by = By { administrator: Some(administrator), reason: Some(reason) };
    let before = block::block_account(&tx, id, by, actor.now).await?;
    if before.blocked_at.is_some() {
        return Err(Error::Conflict(Reason::AlreadyDone));
    }
    Ok(tx.commit().await?)
}

/// Lets the owner of a blocked account sign in again.
pub async fn unblock(actor: Actor<'_>, id: AccountId) -> Result<()> {
    let (tx, administrator) = begin_on(&actor, id).await?;
    let before = block::unblock_account(&tx, id, Some(administrator), actor.now).await?;
    if before.blocked_at.is_none() {
        return Err(Error::Conflict(Reason::AlreadyDone));
    }
    Ok(tx.commit().await?)
}

/// Ends all sessions of an account.
pub async fn end_sessions(actor: Actor<'_>, id: AccountId) -> Result<()> {
    let (tx, administrator) = begin_on(&actor, id).await?;
    block::end_sessions(&tx, id, Some(administrator), actor.now).await?;
    Ok(tx.commit().await?)
}

//! Confirmations of the schools that teachers name: by an officer of the place, an
//! administrator, or a confirmed colleague.
//!
//! A confirmation is about one teacher and the school that they name. It ends when they name another
//! one or when it is withdrawn, and not when something becomes of whoever gave it. Pupils need none:
//! their school is that of the custodian who made their account.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::{
    AccountId, AccountKind, Act, SchoolId, account, school,
    school_confirmation::{self, Column as Col},
};
use policy::{Person, SchoolAct, SchoolClaim, ServerPermission, Subject};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, IntoSimpleExpr, ModelTrait, QueryFilter,
    QueryResult, QuerySelect, QueryTrait,
    sea_query::{Cond, Expr, ExprTrait, JoinType, OnConflict, Query, SelectStatement},
};

use crate::{
    Actor, Error, Result,
    accounts::{account as accounts, person},
    care::{audit, block},
    db::{Db, Tx},
    desktop::{contact::are_contacts, teacher},
    events::{Event, Whom},
    projects::office,
    sql::ColumnExt,
};

/// What somebody is told who may not know of a person.
const PERSON: &str = "person";

/// Whether the school of this account is confirmed.
pub(crate) fn is_confirmed(account: impl IntoSimpleExpr) -> Expr {
    let mut confirmed = Query::select();
    confirmed
        .expr(Expr::val(1))
        .from(school_confirmation::Entity)
        .and_where(Col::AccountId.equals(account))
        .and_where(Col::Confirmed.eq(true));
    Expr::exists(confirmed)
}

/// Whether somebody's school is a teacher's, for rows with the table of accounts: a claim, or confirmed.
pub(crate) fn is_claim() -> Cond {
    let teacher = account::Column::Kind.eq(AccountKind::Teacher);
    Cond::all().add(teacher).add(account::Column::SchoolId.is_not_null())
}

/// The condition that somebody's school is confirmed, or that it is only a claim.
pub(crate) fn condition(confirmed: bool) -> Cond {
    let is = is_confirmed(account::Column::Id.into_expr());
    is_claim().add(if confirmed { is } else { is.not() })
}

/// Whether somebody's school is confirmed, for rows with the table of accounts; null if it is no
/// teacher's.
pub(crate) fn shown() -> Expr {
    Expr::case(is_claim(), is_confirmed(account::Column::Id.into_expr())).into()
}

/// The current confirmations of these accounts.
pub async fn of_many(
    db: &impl ConnectionTrait,
    ids: &[AccountId],
) -> Result<HashMap<AccountId, school_confirmation::Model>> {
    let rows = school_confirmation::Entity::find()
        .filter(Col::AccountId.is_in(ids.iter().copied()))
        .filter(Col::Confirmed.eq(true));
    Ok(rows.all(db).await?.into_iter().map(|row| (row.account_id, row)).collect())
}

/// How the schools of these accounts stand to one person, who is assumed to have seen them as they
/// are: one statement, after two for an officer. The person knows of an account for which `known` is
/// false only if they do so [otherwise](person::known).
pub async fn claims(
    db: &impl ConnectionTrait,
    by: Person,
    ids: &[AccountId],
) -> Result<HashMap<AccountId, SchoolClaim>> {
    let Some(me) = by.account else { return Ok(HashMap::new()) };
    let place = match by.service_for(ServerPermission::SeeOffice) {
        Ok(service) => Some(office::of(db, service).await?.place),
        Err(_) => None,
    };
    let rows = db.query_all(&facts(me, place.as_ref(), ids)).await?;
    let claim = |row: &QueryResult| -> Result<_> {
        let id: AccountId = row.try_get_by_index(0)?;
        let (teacher, in_place) = (row.try_get_by_index(1)?, is(row, 2)?);
        let known = match by.kind {
            Some(AccountKind::Administrator) => true,
            Some(AccountKind::Officer) => teacher && in_place,
            Some(AccountKind::Teacher) => teacher,
            _ => false,
        };
        let claim = SchoolClaim {
            known: known || id == me,
            teacher,
            own: id == me,
            as_seen: true,
            in_place,
            blocked: row.try_get_by_index(3)?,
            confirmed: row.try_get_by_index(4)?,
            by_them: row.try_get_by_index::<Option<AccountId>>(5)? == Some(me),
            same_school: is(row, 6)?,
            own_confirmed: row.try_get_by_index(7)?,
            contacts: row.try_get_by_index(8)?,
        };
        Ok((id, claim))
    };
    rows.iter().map(claim).collect()
}

/// An answer of the database; no, where there is no school.
fn is(row: &QueryResult, at: usize) -> Result<bool> {
    Ok(row.try_get_by_index::<Option<bool>>(at)?.unwrap_or(false))
}

fn facts(me: AccountId, place: Option<&office::Place>, ids: &[AccountId]) -> SelectStatement {
    let in_place = match place {
        Some(place) => place.has_school().into(),
        None => Expr::val(false),
    };
    let same = school::Column::Id.equals(account::Column::SchoolId);
    let mut query = Query::select();
    query
        .expr(account::Column::Id.into_expr())
        .expr(teacher::is_seen().add(is_claim()))
        .expr(in_place)
        .expr(account::Column::BlockedAt.is_not_null())
        .expr(is_confirmed(account::Column::Id.into_expr()))
        .expr(Col::DecidedBy.into_expr())
        .expr(account::Column::SchoolId.of("mine").eq(account::Column::SchoolId.into_expr()))
        .expr(is_confirmed(Expr::val(me.0)))
        .expr(are_contacts(&Expr::val(me.0), &account::Column::Id.into_expr()))
        .from(account::Entity)
        .left_join(school::Entity, same)
        .left_join(school_confirmation::Entity, Col::AccountId.equals(account::Column::Id))
        .join_as(
            JoinType::LeftJoin,
            account::Entity,
            "mine",
            account::Column::Id.of("mine").eq(me.0),
        )
        .and_where(account::Column::Id.is_in(ids.iter().map(|id| id.0)));
    query
}

/// Confirms the school of a teacher. `seen` is the one that whoever confirms saw.
pub async fn confirm(actor: Actor<'_>, id: AccountId, seen: SchoolId) -> Result<()> {
    decide(actor, SchoolAct::Confirm, id, seen).await
}

/// Withdraws the confirmation of a teacher's school.
pub async fn withdraw(actor: Actor<'_>, id: AccountId, seen: SchoolId) -> Result<()> {
    decide(actor, SchoolAct::Withdraw, id, seen).await
}

async fn decide(actor: Actor<'_>, act: SchoolAct, id: AccountId, seen: SchoolId) -> Result<()> {
    let Actor { db, person, now } = actor;
    let by = actor.account()?;
    person.may_on_server(ServerPermission::ConfirmSchools).map_err(Error::forbidden)?;
    let tx = db.begin().await?;
    // Neither of the two schools changes from here on.
    let account = block::lock(&tx, id, Some(by)).await.map_err(|error| error.within(PERSON))?;
    let claim = claims(&*tx, person, &[id]).await?.remove(&id);
    let claim = claim.ok_or(Error::NotFound(PERSON))?;
    let known = claim.known || person::known(&*tx, &[(by, id)]).await?.contains(&(by, id));
    let claim = SchoolClaim { known, as_seen: account.school_id == Some(seen), ..claim };
    claim.decide(act, &person).map_err(|refusal| Error::refused(PERSON, refusal))?;
    let confirmed = act == SchoolAct::Confirm;
    let row = school_confirmation::ActiveModel {
        account_id: Set(id),
        confirmed: Set(confirmed),
        decided_by: Set(Some(by)),
        decided_at: Set(now),
        unread: Set(true),
    };
    let again = [Col::Confirmed, Col::DecidedBy, Col::DecidedAt, Col::Unread];
    let newest = OnConflict::column(Col::AccountId).update_columns(again).to_owned();
    school_confirmation::Entity::insert(row)
        .on_conflict(newest)
        .exec_without_returning(&*tx)
        .await?;
    let act = if confirmed { Act::SchoolConfirmed } else { Act::SchoolUnconfirmed };
    audit::line(act, by).account(id).subject(seen.0).write(&tx, now).await?;
    changed(&tx, id).await?;
    Ok(tx.commit().await?)
}

/// Tells a teacher, and everyone who sees their card.
async fn changed(tx: &Tx, id: AccountId) -> Result<()> {
    accounts::tell_members(tx, id).await?;
    Ok(tx.tell(Event::Waiting(Whom::Account(id))).await?)
}

/// Ends the confirmation of somebody who names another school now.
pub(crate) async fn end(tx: &Tx, id: AccountId, now: DateTime<Utc>) -> Result<()> {
    let found = school_confirmation::Entity::find_by_id(id).one(&**tx).await?;
    let Some(found) = found else { return Ok(()) };
    if found.confirmed {
        audit::line(Act::SchoolUnconfirmed, id).account(id).write(tx, now).await?;
    }
    found.delete(&**tx).await?;
    changed(tx, id).await
}

/// Marks what was decided on a teacher's school as read, which must be this one.
pub async fn read(db: &Db, id: AccountId, seen: SchoolId) -> Result<()> {
    let tx = db.begin().await?;
    let row = school_confirmation::ActiveModel { unread: Set(false), ..Default::default() };
    let at_it = account::Entity::find_by_id(id).filter(account::Column::SchoolId.eq(seen));
    if at_it.clone().one(&*tx).await?.is_none() {
        return Err(Error::NotFound("school"));
    }
    let at_it = at_it.select_only().column(account::Column::Id).into_query();
    let own = Col::AccountId.in_subquery(at_it);
    school_confirmation::Entity::update_many().set(row).filter(own.clone()).exec(&*tx).await?;
    let withdrawn = school_confirmation::Entity::delete_many().filter(own);
    withdrawn.filter(Col::Confirmed.eq(false)).exec(&*tx).await?;
    tx.tell(Event::Waiting(Whom::Account(id))).await?;
    Ok(tx.commit().await?)
}

/// Deletes the confirmation of somebody whose account is erased, and that it was they who gave others.
pub(crate) async fn forget(tx: &Tx, id: AccountId) -> Result<()> {
    school_confirmation::Entity::delete_by_id(id).exec(&**tx).await?;
    let row = school_confirmation::ActiveModel { decided_by: Set(None), ..Default::default() };
    let given = Col::DecidedBy.eq(id);
    school_confirmation::Entity::update_many().set(row).filter(given).exec(&**tx).await?;
    Ok(())
}

//! How requests end without an answer, and what hears of it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::{
    AccountId, Act, ProjectId, PupilRequestState as State, account,
    pupil_request::{self, Column as Col},
};
use sea_orm::{
    ActiveEnum, ColumnTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Cond, Condition, Expr, SelectStatement},
};

use super::services;
use crate::{
    Result, access,
    care::audit,
    db::{Db, Tx},
    events::{Event, Whom},
};

/// Makes those who answer the pending requests for a pupil reload their notifications.
pub(crate) async fn tell_of(tx: &Tx, pupil: AccountId) -> Result<()> {
    let pending = pupil_request::Entity::pending().filter(Col::PupilId.eq(pupil));
    tell(tx, &pending.all(&**tx).await?).await
}

/// Makes those who answer these requests reload their notifications.
pub(super) async fn tell(tx: &Tx, rows: &[pupil_request::Model]) -> Result<()> {
    let ids = || rows.iter().map(|row| row.pupil_id);
    let pupils = account::Entity::find().filter(account::Column::Id.is_in(ids()));
    let custodians = pupils.all(&**tx).await?.into_iter().filter_map(|pupil| pupil.custodian_id);
    let custodians: BTreeSet<_> = custodians.collect();
    let waiting = |custodian| Event::Waiting(Whom::Account(custodian));
    let mut events: Vec<_> = custodians.into_iter().map(waiting).collect();
    let orphans = services::orphans(tx, ids()).await?;
    let theirs = rows.iter().filter(|row| orphans.contains(&row.pupil_id));
    let services: BTreeSet<_> = theirs.map(|row| [row.service_id, row.region_service_id]).collect();
    events.extend(services.into_iter().flat_map(Event::waiting_for));
    Ok(tx.tell_all(events).await?)
}

/// The line of the log on a request that ends in this state without an answer.
pub(super) fn ended(
    row: &pupil_request::Model,
    actor: impl Into<Option<AccountId>>,
    state: State,
) -> audit::Line {
    let line = audit::line(Act::PupilRequestEnded, actor).project(row.project_id);
    line.account(row.pupil_id).subject(row.id.0).detail(audit::Detail::State, state.to_value())
}

/// Ends those that wait and fit, and notes it in the logs of their projects, which are locked;
/// answers how many there were.
pub(super) async fn end_where(
    tx: &Tx,
    which: Condition,
    state: State,
    now: DateTime<Utc>,
) -> Result<usize> {
    let rows = pupil_request::Entity::pending().filter(which).all(&**tx).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    pupil_request::Entity::update_many()
        .col_expr(Col::State, Expr::val(state))
        .col_expr(Col::EndedAt, Expr::val(now))
        .filter(Col::Id.is_in(rows.iter().map(|row| row.id)))
        .filter(Col::State.eq(State::Pending))
        .exec(&**tx)
        .await?;
    audit::write_all(tx, rows.iter().map(|row| ended(row, None, state)).collect(), now).await?;
    tell(tx, &rows).await?;
    Ok(rows.len())
}

/// The open requests of a teacher in a project, as a subquery.
pub(crate) fn open_in(project: ProjectId, teacher: AccountId) -> SelectStatement {
    let theirs = Cond::all().add(Col::AskedBy.eq(teacher)).add(Col::ProjectId.eq(project));
    let open = pupil_request::Entity::find().filter(theirs).filter(Col::State.eq(State::Pending));
    open.select_only().column(Col::Id).into_query()
}

/// Ends the requests of someone who may no longer bring pupils into the TwinSpace of this project,
/// which is locked.
pub(crate) async fn end_in(
    tx: &Tx,
    project: ProjectId,
    teacher: AccountId,
    now: DateTime<Utc>,
) -> Result<()> {
    let theirs = Cond::all().add(Col::AskedBy.eq(teacher)).add(Col::ProjectId.eq(project));
    end_where(tx, theirs, State::Ended, now).await.map(drop)
}

/// Ends what was asked for these pupils, who came into this TwinSpace otherwise. The project is
/// locked.
pub(crate) async fn end_for(
    tx: &Tx,
    project: ProjectId,
    pupils: &[AccountId],
    now: DateTime<Utc>,
) -> Result<()> {
    let theirs = Cond::all().add(Col::ProjectId.eq(project));
    let theirs = theirs.add(Col::PupilId.is_in(pupils.iter().copied()));
    end_where(tx, theirs, State::Ended, now).await.map(drop)
}

/// The requests that this account made or that are for this pupil.
fn concerning(account: AccountId) -> Condition {
    Cond::any().add(Col::AskedBy.eq(account)).add(Col::PupilId.eq(account))
}

/// The projects in which something waits that [`end_of`] ends.
pub(crate) async fn waiting(tx: &Tx, account: AccountId) -> Result<Vec<ProjectId>> {
    let waiting = pupil_request::Entity::pending().filter(concerning(account));
    let projects = waiting.select_only().column(Col::ProjectId);
    Ok(projects.into_tuple().all(&**tx).await?)
}

/// Ends all that somebody asked for whose account is erased or blocked, and all that was asked for
/// a pupil whose account is. The projects are locked.
pub(crate) async fn end_of(tx: &Tx, account: AccountId, now: DateTime<Utc>) -> Result<()> {
    end_where(tx, concerning(account), State::Ended, now).await.map(drop)
}

/// Deletes the requests for a pupil whose account is erased.
pub(crate) async fn forget_pupil(tx: &Tx, pupil: AccountId) -> Result<()> {
    pupil_request::Entity::delete_many().filter(Col::PupilId.eq(pupil)).exec(&**tx).await?;
    Ok(())
}

/// Marks requests that nobody answered in time as expired; returns their number.
pub async fn expire(db: &Db, now: DateTime<Utc>) -> Result<usize> {
    let late = || Col::ExpiresAt.lte(now);
    let projects = pupil_request::Entity::pending().filter(late()).select_only();
    let projects: Vec<ProjectId> =
        projects.column(Col::ProjectId).distinct().into_tuple().all(db.read()).await?;
    let mut many = 0;
    for project in projects {
        let tx = db.begin().await?;
        access::lock_project(&tx, project).await?;
        let here = Cond::all().add(Col::ProjectId.eq(project)).add(late());
        many += end_where(&tx, here, State::Expired, now).await?;
        tx.commit().await?;
    }
    Ok(many)
}

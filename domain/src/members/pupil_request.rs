//! Requests to bring a pupil into a TwinSpace, made by someone other than the custodian or one of
//! their colleagues: the custodian accepts and gives the consent, or declines (M-11). If the
//! custodian no longer has an account, the support service decides (M-16).

use std::collections::{BTreeMap, BTreeSet, HashMap, hash_map::Entry};

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    AccountId, Act, ConsentGiver, ConsentScope, MemberId, ProjectId, PupilRequestId,
    PupilRequestState as State, TwinSpaceRole, account, member, project,
    pupil_request::{self, Column as Col},
};
use sea_orm::{
    ActiveEnum, ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QuerySelect, QueryTrait,
    sea_query::{Cond, Condition, Expr, ExprTrait, Query, SelectStatement},
};

use crate::{
    Error, Reason, Result, access,
    care::audit,
    db::{Db, Tx},
    events::{Event, Whom},
    mail::{self, Letter},
    members::{
        consent,
        custody::{own, teaches, watch},
        custody_transfer,
        member::place_of,
    },
    permit::Held,
};

mod row;
mod services;

pub use row::{Filter, PupilRequestRow};
pub use services::decide;
pub(crate) use services::{pass_back, pass_on};

/// How long a request can be answered.
pub const ANSWER_WITHIN: TimeDelta = TimeDelta::days(14);

/// How long a request that was declined or withdrawn cannot be repeated.
pub const NOT_AGAIN_FOR: TimeDelta = TimeDelta::days(7);

/// How many mails a day ask somebody about pupils: of what is beyond, the notifications tell.
const MAILS_A_DAY: u64 = 10;

/// A previous request for a pupil that prevents a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    /// Waiting for an answer.
    Waits,
    /// It was recently declined or withdrawn.
    Lately,
}

/// The previous requests for these pupils, with one statement.
pub(crate) async fn before(
    db: &impl ConnectionTrait,
    project: ProjectId,
    pupils: &[AccountId],
    now: DateTime<Utc>,
) -> Result<HashMap<AccountId, Before>> {
    if pupils.is_empty() {
        return Ok(HashMap::new());
    }
    let waits = Cond::all().add(Col::State.eq(State::Pending)).add(Col::ExpiresAt.gt(now));
    let lately = Cond::all()
        .add(Col::State.is_in([State::Declined, State::Withdrawn]))
        .add(Col::EndedAt.gt(now - NOT_AGAIN_FOR));
    let found = pupil_request::Entity::find()
        .filter(Col::ProjectId.eq(project))
        .filter(Col::PupilId.is_in(pupils.iter().copied()))
        .filter(Cond::any().add(waits).add(lately));
    let mut before = HashMap::new();
    for row in found.all(db).await? {
        let one = if row.state == State::Pending { Before::Waits } else { Before::Lately };
        let known = before.entry(row.pupil_id).or_insert(one);
        if one == Before::Waits {
            *known = one;
        }
    }
    Ok(before)
}

/// Asks the custodians to let these pupils in, or the support services if the custodian could not
/// respond: each gets one mail. The project is locked, and there are no pending requests for these
/// pupils.
pub(crate) async fn ask(
    tx: &Tx,
    project: &project::Model,
    teacher: &account::Model,
    pupils: &[(account::Model, TwinSpaceRole)],
    consent: ConsentGiver,
    now: DateTime<Utc>,
) -> Result<()> {
    if pupils.is_empty() {
        return Ok(());
    }
    let ids = || pupils.iter().map(|(pupil, _)| pupil.id);
    // Expired requests make room.
    let stale = Cond::all().add(Col::ProjectId.eq(project.id)).add(Col::PupilId.is_in(ids()));
    end_where(tx, stale.add(Col::ExpiresAt.lte(now)), State::Expired, now).await?;
    let orphans = services::orphans(tx, ids()).await?;
    let mut schools = HashMap::new();
    for (pupil, _) in pupils {
        if let Entry::Vacant(new) = schools.entry(pupil.school_id) {
            new.insert(custody_transfer::deciding(tx, pupil).await?);
        }
    }
    let mut of: BTreeMap<AccountId, usize> = BTreeMap::new();
    let mut for_services = BTreeMap::new();
    let (mut rows, mut lines) = (Vec::new(), Vec::new());
    for (pupil, role) in pupils {
        let id = PupilRequestId::new();
        let deciding = schools[&pupil.school_id];
        rows.push(pupil_request::ActiveModel {
            id: Set(id),
            project_id: Set(project.id),
            pupil_id: Set(pupil.id),
            role: Set(*role),
            asked_by: Set(teacher.id),
            state: Set(State::Pending),
            service_id: Set(deciding.country),
            region_service_id: Set(deciding.region),
            consent_given_by: Set(Some(consent)),
            decided_by: Set(None),
            asked_at: Set(now),
            expires_at: Set(now + ANSWER_WITHIN),
            ended_at: Set(None),
        });
        let line = audit::line(Act::PupilRequested, teacher.id).project(project.id);
        lines.push(line.account(pupil.id).subject(id.0).detail("role", role.to_value()));
        if orphans.contains(&pupil.id) {
            *for_services.entry([deciding.country, deciding.region]).or_default() += 1;
        } else if let Some(custodian) = pupil.custodian_id {
            *of.entry(custodian).or_default() += 1;
        }
    }
    pupil_request::Entity::insert_many(rows).exec_without_returning(&**tx).await?;
    audit::write_all(tx, lines, now).await?;
    for (custodian, count) in of {
        tx.tell(Event::Waiting(Whom::Account(custodian))).await?;
        let what = match count {
            1 => format!("{} asks to bring one of your pupils into its TwinSpace.", teacher.name),
            _ => {
                format!("{} asks to bring {count} of your pupils into its TwinSpace.", teacher.name)
            }
        };
        ask_by_mail(tx, custodian, project, &what, now).await?;
    }
    services::ask(tx, project, for_services, now).await
}

/// Mails somebody that an answer of theirs about pupils is waited for, unless they had many such mails
/// today. What is asked is written already.
pub(crate) async fn ask_by_mail(
    tx: &Tx,
    account: AccountId,
    project: &project::Model,
    what: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let today = now - TimeDelta::days(1);
    let mut theirs = Query::select();
    theirs
        .column(account::Column::Id)
        .from(account::Entity)
        .and_where(Expr::col(account::Column::CustodianId).eq(account.0));
    // What was asked at once was one mail.
    let requests = pupil_request::Entity::find()
        .select_only()
        .column(Col::AskedAt)
        .distinct()
        .filter(Col::PupilId.in_subquery(theirs))
        .filter(Col::AskedAt.gt(today));
    let mails =
        requests.count(&**tx).await? + custody_transfer::asked_since(tx, account, today).await?;
    match mails <= MAILS_A_DAY {
        true => write_to(tx, account, project, what, true, now).await,
        false => Ok(()),
    }
}

/// Mails someone about pupils, whose names are never in a mail. Nothing is mailed to people who
/// have left.
pub(crate) async fn write_to(
    tx: &Tx,
    account: AccountId,
    project: &project::Model,
    what: &str,
    waits: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    let account = account::Entity::find_by_id(account).one(&**tx).await?;
    let Some((email, name)) = account.and_then(|account| Some((account.email?, account.name)))
    else {
        return Ok(());
    };
    let (project_id, project) = (project.id, project.title.clone());
    let letter = Letter::Pupils { name, project, what: what.to_owned(), waits };
    mail::post(tx, &email, &letter, project_id.0, now).await
}

/// A pending request, with its project and those of the pupil locked.
struct Waiting {
    row: pupil_request::Model,
    project: project::Model,
    held: Held,
}

async fn find(tx: &Tx, id: PupilRequestId) -> Result<Waiting> {
    let missing = || Error::NotFound("pupil request");
    let unlocked = pupil_request::Entity::find_by_id(id).one(&**tx).await?.ok_or_else(missing)?;
    let held = watch::hold(tx, &[unlocked.pupil_id], Some(unlocked.project_id)).await?;
    let project = held.get(&unlocked.project_id).cloned().ok_or_else(missing)?;
    // What was read before the lock may have been answered since.
    let row = pupil_request::Entity::find_by_id(id).one(&**tx).await?.ok_or_else(missing)?;
    Ok(Waiting { row, project, held })
}

impl Waiting {
    /// The same, if the project is active.
    fn active(self) -> Result<Self> {
        Ok(Self { project: access::active(self.project)?, ..self })
    }

    /// Ends a request that can no longer be granted, for this reason.
    async fn end<T>(self, tx: Tx, reason: Reason, now: DateTime<Utc>) -> Result<T> {
        ended(&self.row, None, State::Ended).write(&tx, now).await?;
        close(&tx, self.row, State::Ended, None, now).await?;
        tx.commit().await?;
        Err(Error::Conflict(reason))
    }
}

/// Whether a request in this state can still be answered or withdrawn.
pub fn waits(state: State) -> Result<(), Reason> {
    if state == State::Pending { Ok(()) } else { Err(Reason::RequestEnded) }
}

fn in_time(row: &pupil_request::Model, now: DateTime<Utc>) -> Result<()> {
    match row.expires_at > now {
        true => waits(row.state).map_err(Error::Conflict),
        false => Err(Error::Conflict(Reason::RequestEnded)),
    }
}

/// Lets the pupil in, as the custodian, who records that the pupil or a guardian consented.
/// Everything is checked again: that the teacher may still bring pupils in, and that the TwinSpace
/// is open.
pub async fn accept(
    db: &Db,
    custodian: AccountId,
    id: PupilRequestId,
    giver: ConsentGiver,
    now: DateTime<Utc>,
) -> Result<MemberId> {
    let tx = db.begin().await?;
    let one = find(&tx, id).await?;
    let pupil = own(&tx, custodian, one.row.pupil_id).await;
    let pupil = pupil.map_err(|error| error.within("pupil request"))?;
    in_time(&one.row, now)?;
    let one = one.active()?;
    if let Err(reason) = still_possible(&tx, &one).await? {
        return one.end(tx, reason, now).await;
    }
    let place = let_in(&tx, &one, &pupil, Some(custodian), (giver, custodian), now).await?;
    let Waiting { row, project, .. } = one;
    let asker = row.asked_by;
    close(&tx, row, State::Accepted, None, now).await?;
    let what = "The custodian of a pupil accepted your request: the pupil is now a member.";
    write_to(&tx, asker, &project, what, false, now).await?;
    tx.commit().await?;
    Ok(place)
}

/// Whether the pupil can still be let in, or why not.
async fn still_possible(tx: &Tx, one: &Waiting) -> Result<Result<(), Reason>> {
    let Waiting { row, project, .. } = one;
    let place = member::Entity::of(project.id).filter(member::Column::AccountId.eq(row.pupil_id));
    if place.one(&**tx).await?.is_some() {
        return Ok(Err(Reason::AlreadyMember));
    }
    let able = row.role.is_pupil()
        && teaches(tx, project.id, row.asked_by, TwinSpaceRole::is_teacher).await?;
    Ok(if able { Ok(()) } else { Err(Reason::RequestEnded) })
}

/// Makes the pupil a member, with a consent from this giver recorded by this teacher.
async fn let_in(
    tx: &Tx,
    one: &Waiting,
    pupil: &account::Model,
    actor: Option<AccountId>,
    (giver, recorded_by): (ConsentGiver, AccountId),
    now: DateTime<Utc>,
) -> Result<MemberId> {
    let Waiting { row, project, held } = one;
    let place = MemberId::new();
    let (whose, inviter) = ((pupil.id, pupil.name_key.clone()), Some(row.asked_by));
    place_of(place, project.id, whose, row.role, inviter, now).insert(&**tx).await?;
    let line = |act| audit::line(act, actor).project(project.id).account(pupil.id);
    let attached = line(Act::PupilAttached).detail("role", row.role.to_value());
    let mut lines = vec![line(Act::PupilRequestAccepted).subject(row.id.0), attached];
    let pupils = [pupil.id];
    let scope = ConsentScope::Participation;
    let consented = consent::give(tx, &pupils, project.id, scope, giver, recorded_by, now).await?;
    if !consented.is_empty() {
        let scope = scope.to_value();
        lines.push(line(Act::ConsentRecorded).detail("scope", scope));
    }
    audit::write_all(tx, lines, now).await?;
    let elsewhere = vec![(pupil.id, audit::line(Act::PupilAttached, actor))];
    watch::log(tx, elsewhere, Some(project.id), held, now).await?;
    tx.tell(Event::Member { project: project.id, member: place, joined: true }).await?;
    Ok(place)
}

/// Declines a request, as the custodian.
pub async fn decline(
    db: &Db,
    custodian: AccountId,
    id: PupilRequestId,
    now: DateTime<Utc>,
) -> Result<()> {
    let tx = db.begin().await?;
    let Waiting { row, project, .. } = find(&tx, id).await?;
    let pupil = own(&tx, custodian, row.pupil_id).await;
    let pupil = pupil.map_err(|error| error.within("pupil request"))?.id;
    in_time(&row, now)?;
    let line = audit::line(Act::PupilRequestDeclined, custodian).project(project.id);
    line.account(pupil).subject(id.0).write(&tx, now).await?;
    let asker = row.asked_by;
    close(&tx, row, State::Declined, None, now).await?;
    let what = "The custodian of a pupil declined your request.";
    write_to(&tx, asker, &project, what, false, now).await?;
    Ok(tx.commit().await?)
}

/// Withdraws a request, as the teacher who made it.
pub async fn withdraw(
    db: &Db,
    teacher: AccountId,
    id: PupilRequestId,
    now: DateTime<Utc>,
) -> Result<()> {
    let tx = db.begin().await?;
    let Waiting { row, .. } = find(&tx, id).await?;
    if row.asked_by != teacher {
        return Err(Error::NotFound("pupil request"));
    }
    in_time(&row, now)?;
    ended(&row, teacher, State::Withdrawn).write(&tx, now).await?;
    close(&tx, row, State::Withdrawn, None, now).await?;
    Ok(tx.commit().await?)
}

/// Ends a request, and makes those who were to answer it reload their notifications. `by` is who
/// decided for the support service, if anyone.
async fn close(
    tx: &Tx,
    row: pupil_request::Model,
    state: State,
    by: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut changed = row.clone().into_active_model();
    changed.state = Set(state);
    changed.decided_by = Set(by);
    changed.ended_at = Set(Some(now));
    changed.update(&**tx).await?;
    tell(tx, &[row]).await
}

/// Makes those who answer the pending requests for a pupil reload their notifications.
pub(crate) async fn tell_of(tx: &Tx, pupil: AccountId) -> Result<()> {
    let pending = pupil_request::Entity::pending().filter(Col::PupilId.eq(pupil));
    tell(tx, &pending.all(&**tx).await?).await
}

/// Makes those who answer these requests reload their notifications.
async fn tell(tx: &Tx, rows: &[pupil_request::Model]) -> Result<()> {
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
fn ended(
    row: &pupil_request::Model,
    actor: impl Into<Option<AccountId>>,
    state: State,
) -> audit::Line {
    let line = audit::line(Act::PupilRequestEnded, actor).project(row.project_id);
    line.account(row.pupil_id).subject(row.id.0).detail("state", state.to_value())
}

/// Ends those that wait and fit, and notes it in the logs of their projects, which are locked;
/// answers how many there were.
async fn end_where(tx: &Tx, which: Condition, state: State, now: DateTime<Utc>) -> Result<usize> {
    let rows = pupil_request::Entity::pending().filter(which).all(&**tx).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    pupil_request::Entity::update_many()
        .col_expr(Col::State, Expr::val(state.to_value()))
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

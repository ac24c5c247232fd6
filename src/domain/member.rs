//! Who is in a TwinSpace: listed, counted, given other roles, removed.

use std::{
    collections::{BTreeSet, HashMap},
    slice,
};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::{
    AccountId, AccountKind, Act, MemberId, ProjectId, TwinSpaceRole, account, member, partner,
};
use sea_orm::{
    ActiveEnum, ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, Iterable, ModelTrait,
    PaginatorTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{
        Asterisk, Cond, Expr, ExprTrait, LockBehavior, LockType, Query, SelectStatement, UnionType,
    },
};
use uuid::Uuid;

use super::{
    access::{self, Access},
    audit,
    custody::{custodian, watch},
    custody_transfer,
    invitation::power,
    pupil::rule::counts_as_pupil,
    pupil_news as news, pupil_request,
};
use crate::{
    Error, Reason, Result,
    db::{Db, Tx},
    events::{Event, Whom},
};

mod row;
pub mod target;

pub(super) use row::custodian_of;
pub use row::{Filter, MemberRow, Order};
pub use target::Target;

/// For how long after their last request somebody counts as online.
pub const ONLINE: TimeDelta = TimeDelta::minutes(5);

/// The member, read within the transaction after its project was locked.
async fn find(tx: &Tx, project: ProjectId, id: MemberId) -> Result<member::Model> {
    let member = member::Entity::of(project).filter(member::Column::Id.eq(id));
    member.one(&**tx).await?.ok_or(Error::NotFound("member"))
}

/// P-14: a TwinSpace keeps a teacher administrator. Called with the project locked.
pub(super) async fn keep_an_admin(tx: &Tx, leaving: &member::Model) -> Result<()> {
    if leaving.role != TwinSpaceRole::TeacherAdmin {
        return Ok(());
    }
    let admins = admins(tx, leaving.project_id).await?;
    may_go(leaving.role, admins).map_err(Error::Forbidden)
}

/// How many teacher administrators a TwinSpace has.
pub(super) async fn admins(tx: &Tx, project: ProjectId) -> Result<u64> {
    let admins =
        member::Entity::of(project).filter(member::Column::Role.eq(TwinSpaceRole::TeacherAdmin));
    Ok(admins.count(&**tx).await?)
}

/// P-14: whether a member with this role may leave, be removed or be lowered, where there are that
/// many teacher administrators.
pub fn may_go(role: TwinSpaceRole, admins: u64) -> Result<(), Reason> {
    match admins {
        0 | 1 if role == TwinSpaceRole::TeacherAdmin => Err(Reason::LastTeacherAdmin),
        _ => Ok(()),
    }
}

/// Somebody's place in the TwinSpace of a project, to be asked for within another query.
pub(super) fn place(project: Expr, account: Expr) -> SelectStatement {
    let member = |column| Expr::col((member::Entity, column));
    let mut place = Query::select();
    place
        .expr(Expr::val(1))
        .from(member::Entity)
        .and_where(member(member::Column::ProjectId).eq(project))
        .and_where(member(member::Column::AccountId).eq(account));
    place
}

/// The places of people in projects' TwinSpaces, those that there are, in one statement.
pub async fn places(
    db: &impl ConnectionTrait,
    keys: &[(ProjectId, AccountId)],
) -> Result<HashMap<(ProjectId, AccountId), MemberId>> {
    let (projects, accounts): (Vec<_>, Vec<_>) = keys.iter().copied().unzip();
    let places: Vec<(ProjectId, AccountId, MemberId)> = member::Entity::find()
        .select_only()
        .column(member::Column::ProjectId)
        .column(member::Column::AccountId)
        .column(member::Column::Id)
        .filter(member::Column::ProjectId.is_in(projects))
        .filter(member::Column::AccountId.is_in(accounts))
        .into_tuple()
        .all(db)
        .await?;
    Ok(places.into_iter().map(|(project, account, id)| ((project, account), id)).collect())
}

/// Tells what became of somebody's place, which comes or goes with these roles. They look anew at
/// what waits for them: reports wait for teacher administrators, and where there is none for the
/// administrators of the server.
async fn tell(tx: &Tx, became: Event, account: AccountId, roles: &[TwinSpaceRole]) -> Result<()> {
    let mut events = vec![became, Event::Waiting(Whom::Account(account))];
    if roles.contains(&TwinSpaceRole::TeacherAdmin) {
        events.push(Event::Waiting(Whom::Service(None)));
    }
    Ok(tx.tell_all(events).await?)
}

/// Gives a member another role (M-12, P-10, P-14). `acknowledged` says that whoever asks knows
/// that a pupil's account gets a role that is not a pupil's.
pub async fn change_role(
    db: &Db,
    seen: &Access,
    target: &Target,
    role: TwinSpaceRole,
    acknowledged: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    let id = target.id;
    let tx = db.begin().await?;
    access::lock_active(&tx, seen).await?;
    target::unchanged(&tx, seen.project_id, slice::from_ref(target)).await?;
    let member = find(&tx, seen.project_id, id).await?;
    if target.found.founder {
        return Err(Error::Forbidden(Reason::FounderProtected));
    }
    if target.found.kind == AccountKind::Pupil && !role.is_pupil() && !acknowledged {
        return Err(Error::Conflict(Reason::AcknowledgementNeeded));
    }
    let (account, before) = (member.account_id, member.role);
    if before != role {
        keep_an_admin(&tx, &member).await?;
        if !role.is_teacher() {
            custodian::note_end(&tx, &member).await?;
        }
        let mut row = member.into_active_model();
        row.role = Set(role);
        row.update(&*tx).await?;
        let project = seen.project_id;
        // What they asked for lasts no longer than the power to ask.
        if !role.is_teacher() {
            pupil_request::end_in(&tx, project, account, now).await?;
        }
        custody_transfer::end_in(&tx, project, account, Some(role), now).await?;
        let actor = seen.person.account;
        news::tell(&tx, &[account], Act::MemberRoleChanged, actor, Some(project), now).await?;
        audit::line(Act::MemberRoleChanged, actor)
            .project(project)
            .account(account)
            .detail("from", before.to_value())
            .detail("to", role.to_value())
            .detail("acknowledged", acknowledged)
            .write(&tx, now)
            .await?;
        power::review(&tx, seen.project_id, account, seen.person.account, now).await?;
        let changed = Event::Member { project: seen.project_id, member: id, joined: false };
        tell(&tx, changed, account, &[before, role]).await?;
    }
    Ok(tx.commit().await?)
}

/// Removes a member; what they wrote stays (M-13, M-19, P-14).
pub async fn remove(db: &Db, seen: &Access, target: &Target, now: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    let project = seen.project_id;
    let held = watch::hold(&tx, &[target.found.account], Some(project)).await?;
    access::lock_open(&tx, seen).await?;
    target::unchanged(&tx, project, slice::from_ref(target)).await?;
    let member = find(&tx, project, target.id).await?;
    expel(&tx, seen.person.account, member, &held, now).await?;
    Ok(tx.commit().await?)
}

/// Leaves the TwinSpace. A founder stays a founder of the project (P-14).
pub async fn leave(db: &Db, seen: &Access, now: DateTime<Utc>) -> Result<()> {
    let (id, _) = seen.member.ok_or(Error::NotFound("TwinSpace"))?;
    let tx = db.begin().await?;
    access::lock(&tx, seen).await?;
    let member = find(&tx, seen.project_id, id).await?;
    take_out(&tx, seen.person.account, member, Act::MemberLeft, now).await?;
    Ok(tx.commit().await?)
}

/// Removes a member, by an act of `actor`; of a pupil the other TwinSpaces that they are in have it in
/// their logs, too. `held` are the projects that are [locked](watch::hold).
pub(super) async fn expel(
    tx: &Tx,
    actor: Option<AccountId>,
    member: member::Model,
    held: &BTreeSet<ProjectId>,
    now: DateTime<Utc>,
) -> Result<()> {
    let (project, account) = (member.project_id, member.account_id);
    take_out(tx, actor, member, Act::MemberRemoved, now).await?;
    let elsewhere = vec![(account, audit::line(Act::MemberRemoved, actor))];
    watch::log(tx, elsewhere, Some(project), held, now).await
}

/// Ends a membership, by an act of `actor`, and what lasts no longer than it. The project is locked.
pub(super) async fn take_out(
    tx: &Tx,
    actor: Option<AccountId>,
    member: member::Model,
    act: Act,
    now: DateTime<Utc>,
) -> Result<()> {
    keep_an_admin(tx, &member).await?;
    custodian::note_end(tx, &member).await?;
    let (project, id) = (member.project_id, member.id);
    let account = account::Entity::find_by_id(member.account_id).one(&**tx).await?;
    let kind = account.map_or(AccountKind::Guest, |account| account.kind);
    let pupil = counts_as_pupil(kind, Some(member.role));
    if kind == AccountKind::Pupil {
        custodian::note_brought(tx, &member).await?;
    }
    let person = member.account_id;
    let line = audit::line(act, actor).project(project).account(person);
    line.detail("role", member.role.to_value()).write(tx, now).await?;
    let role = member.role;
    member.delete(&**tx).await?;
    power::review(tx, project, person, actor, now).await?;
    pupil_request::end_in(tx, project, person, now).await?;
    custody_transfer::end_in(tx, project, person, None, now).await?;
    custody_transfer::end_of_pupil(tx, project, person, now).await?;
    news::tell(tx, &[person], act, actor, Some(project), now).await?;
    tell(tx, Event::MemberGone { project, member: id, pupil }, person, &[role]).await
}

/// A place in a TwinSpace that is being taken.
pub(super) struct Seat {
    pub project: ProjectId,
    pub role: TwinSpaceRole,
    pub inviter: Option<AccountId>,
    /// By whose act they take it.
    pub actor: Option<AccountId>,
}

/// Takes a place. A member already keeps theirs, but has at least the role that they accept (P-11),
/// and a founder comes back as what founders are (P-10). Answers the member.
pub(super) async fn join(
    tx: &Tx,
    account: &account::Model,
    seat: Seat,
    now: DateTime<Utc>,
) -> Result<MemberId> {
    let Seat { project, role, inviter, actor } = seat;
    let place = member::Entity::of(project).filter(member::Column::AccountId.eq(account.id));
    if let Some(member) = place.one(&**tx).await? {
        let id = member.id;
        if rank(role) > rank(member.role) {
            raise(tx, member, role, actor, now).await?;
        }
        return Ok(id);
    }
    let founder = partner::Entity::of(project)
        .filter(partner::Column::AccountId.eq(account.id))
        .filter(partner::Column::Founder.eq(true))
        .one(&**tx)
        .await?;
    let id = MemberId::new();
    let role = if founder.is_some() { TwinSpaceRole::TeacherAdmin } else { role };
    let row = place_of(id, project, (account.id, account.name_key.clone()), role, inviter, now);
    row.insert(&**tx).await?;
    tell(tx, Event::Member { project, member: id, joined: true }, account.id, &[role]).await?;
    Ok(id)
}

/// The row of somebody, by account and sorted name, who takes a place now.
pub(super) fn place_of(
    id: MemberId,
    project: ProjectId,
    (account, name_key): (AccountId, String),
    role: TwinSpaceRole,
    inviter: Option<AccountId>,
    now: DateTime<Utc>,
) -> member::ActiveModel {
    member::ActiveModel {
        id: Set(id),
        project_id: Set(project),
        account_id: Set(account),
        role: Set(role),
        inviter_id: Set(inviter),
        name_key: Set(name_key),
        joined_at: Set(now),
        last_seen_at: Set(None),
        last_access_on: Set(member::NEVER),
    }
}

/// What one role has over another, as far as an accepted place can be more than the one at hand.
const fn rank(role: TwinSpaceRole) -> u8 {
    match role {
        TwinSpaceRole::TeacherAdmin => 2,
        TwinSpaceRole::Teacher => 1,
        TwinSpaceRole::PupilAdmin | TwinSpaceRole::Pupil | TwinSpaceRole::Visitor => 0,
    }
}

/// Gives a member a higher role, by an act of `actor`.
async fn raise(
    tx: &Tx,
    member: member::Model,
    role: TwinSpaceRole,
    actor: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<()> {
    let (project, id, account) = (member.project_id, member.id, member.account_id);
    audit::line(Act::MemberRoleChanged, actor)
        .project(project)
        .account(account)
        .detail("from", member.role.to_value())
        .detail("to", role.to_value())
        .write(tx, now)
        .await?;
    let mut row = member.into_active_model();
    row.role = Set(role);
    row.update(&**tx).await?;
    tell(tx, Event::Member { project, member: id, joined: false }, account, &[role]).await
}

/// The project of the only TwinSpace that somebody belongs to; none if there are several or none.
pub async fn only(db: &impl ConnectionTrait, account: AccountId) -> Result<Option<ProjectId>> {
    let places = member::Entity::find().filter(member::Column::AccountId.eq(account));
    match places.limit(2).all(db).await?.as_slice() {
        [one] => Ok(Some(one.project_id)),
        _ => Ok(None),
    }
}

/// Notes that a member is here, to the minute.
pub async fn touch(db: &Db, id: MemberId, now: DateTime<Utc>) -> Result<()> {
    here(db, member::Column::Id.eq(id), now).await
}

/// Notes that these members are here, but for those whom somebody changes right now: who locks
/// several members does so in an order of theirs.
pub async fn touch_all(db: &Db, ids: &[MemberId], now: DateTime<Utc>) -> Result<()> {
    let idle = member::Entity::find()
        .select_only()
        .column(member::Column::Id)
        .filter(member::Column::Id.is_in(ids.iter().copied()))
        .filter(not_seen_since(now - TimeDelta::minutes(1)))
        .lock_with_behavior(LockType::NoKeyUpdate, LockBehavior::SkipLocked)
        .into_query();
    here(db, member::Column::Id.in_subquery(idle), now).await
}

async fn here(db: &Db, which: Expr, now: DateTime<Utc>) -> Result<()> {
    let today: NaiveDate = now.date_naive();
    let tx = db.begin().await?;
    member::Entity::update_many()
        .col_expr(member::Column::LastSeenAt, Expr::val(now))
        .col_expr(member::Column::LastAccessOn, Expr::val(today))
        .filter(which)
        .filter(not_seen_since(now - TimeDelta::minutes(1)))
        .exec(&*tx)
        .await?;
    Ok(tx.commit().await?)
}

fn not_seen_since(time: DateTime<Utc>) -> Cond {
    let never = member::Column::LastSeenAt.is_null();
    Cond::any().add(never).add(member::Column::LastSeenAt.lt(time))
}

/// How many members a TwinSpace has, by what they are (M-01).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// By role.
    pub by_role: Vec<(TwinSpaceRole, u64)>,
    /// How many of these have a pupil's account and not a pupil's role: they count as pupils (M-20).
    pub raised: Vec<(TwinSpaceRole, u64)>,
    /// How many of them are online now; none unless it was asked.
    pub online: u64,
}

impl Counts {
    /// How many have a role that `fits`.
    pub fn of(&self, fits: impl Fn(TwinSpaceRole) -> bool) -> u64 {
        sum(&self.by_role, fits)
    }

    /// How many count as pupils.
    pub fn pupils(&self) -> u64 {
        self.of(TwinSpaceRole::is_pupil) + sum(&self.raised, |_| true)
    }

    /// How many have a role that `fits`, which is not a pupil's, and do not count as pupils.
    pub fn adults(&self, fits: impl Fn(TwinSpaceRole) -> bool) -> u64 {
        self.of(&fits).saturating_sub(sum(&self.raised, fits))
    }
}

fn sum(counts: &[(TwinSpaceRole, u64)], fits: impl Fn(TwinSpaceRole) -> bool) -> u64 {
    counts.iter().filter(|(role, _)| fits(*role)).map(|(_, count)| count).sum()
}

/// The counts of several TwinSpaces, in one statement. An index holds all that the roles take; for
/// those who are `online` each row is read, and of those who have no pupil's role the account.
pub async fn counts(
    db: &impl ConnectionTrait,
    projects: &[Uuid],
    online: bool,
    now: DateTime<Utc>,
) -> Result<HashMap<Uuid, Counts>> {
    let member = |column| Expr::col((member::Entity, column));
    let by_role = || {
        let mut query = Query::select();
        query
            .expr(member(member::Column::ProjectId))
            .expr(member(member::Column::Role))
            .expr(Expr::col(Asterisk).count())
            .from(member::Entity)
            .and_where(member(member::Column::ProjectId).is_in(projects.iter().copied()))
            .group_by_col((member::Entity, member::Column::ProjectId))
            .group_by_col((member::Entity, member::Column::Role));
        query
    };
    let mut raised = by_role();
    let same = member(member::Column::AccountId).equals((account::Entity, account::Column::Id));
    let pupil =
        Expr::col((account::Entity, account::Column::Kind)).eq(AccountKind::Pupil.to_value());
    let adult = TwinSpaceRole::iter().filter(|role| !role.is_pupil());
    raised
        .expr(Expr::val(true))
        .inner_join(account::Entity, same)
        .and_where(member(member::Column::Role).is_in(adult.map(|role| role.to_value())))
        .and_where(pupil);
    let mut query = by_role();
    query.expr(Expr::val(false));
    if online {
        let here = member(member::Column::LastSeenAt).gt(now - ONLINE);
        let here: Expr = Expr::case(here, 1).finally(0).into();
        query.expr(here.sum());
        raised.expr(Expr::val(0_i64));
    }
    query.union(UnionType::All, raised);
    let mut counts: HashMap<Uuid, Counts> =
        projects.iter().map(|&project| (project, Counts::default())).collect();
    for row in db.query_all(&query).await? {
        let counts: &mut Counts = counts.entry(row.try_get_by_index(0)?).or_default();
        let members = row.try_get_by_index::<i64>(2)?.unsigned_abs();
        let line = (row.try_get_by_index(1)?, members);
        match row.try_get_by_index(3)? {
            true => counts.raised.push(line),
            false => counts.by_role.push(line),
        }
        if online {
            counts.online += row.try_get_by_index::<i64>(4)?.unsigned_abs();
        }
    }
    Ok(counts)
}

//! Members of TwinSpaces: listing, counting, changing roles, removal.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use entity::{
    AccountId, AccountKind, Act, MemberId, ProjectId, TwinSpaceRole, account, member, partner,
};
use sea_orm::{
    ActiveEnum, ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, IntoSimpleExpr, ModelTrait,
    QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Cond, Condition, Expr, LockBehavior, LockType, Query, SelectStatement},
};

use policy::{Access, MemberAct, MemberFacts};

use crate::{
    Actor, Error, Permit, Result,
    care::audit,
    db::{Change, Db, Tx},
    events::{Event, Whom},
    members::{
        custody::{custodian, watch},
        custody_transfer,
        invitation::power,
        pupil::rule::counts_as_pupil,
        pupil_news as news, pupil_request,
    },
    permit::{Held, Preview},
    sql::ColumnExt,
};

mod count;
pub mod found;
mod membership;
mod row;

pub use count::{Counts, counts, renew, stale};
pub use found::Class;
pub(crate) use row::custodian_of;
pub use row::{Filter, MemberRow, Order};
pub(crate) use row::{admins, last_admin, other_admins};

/// How long after their last request someone counts as online.
pub const ONLINE: TimeDelta = TimeDelta::minutes(5);

/// The member, read within the transaction after its project was locked.
async fn find(tx: &Tx, project: ProjectId, id: MemberId) -> Result<member::Model> {
    let member = member::Entity::of(project).filter(member::Column::Id.eq(id));
    member.one(&**tx).await?.ok_or(Error::NotFound("member"))
}

/// A person's membership in the TwinSpace of a project, as a subquery.
pub(crate) fn place(project: impl IntoSimpleExpr, account: impl IntoSimpleExpr) -> SelectStatement {
    let mut place = Query::select();
    place
        .expr(Expr::val(1))
        .from(member::Entity)
        .and_where(member::Column::ProjectId.equals(project))
        .and_where(member::Column::AccountId.equals(account));
    place
}

/// People's memberships in projects' TwinSpaces, as far as they exist, with one statement.
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

/// The events of a membership that begins, changes or ends with these roles. The person's
/// notifications may change: reports wait for teacher administrators and, if there are none, for
/// server administrators.
fn became(event: Event, account: AccountId, roles: &[TwinSpaceRole]) -> Vec<Event> {
    let mut events = vec![event, Event::Waiting(Whom::Account(account))];
    if roles.contains(&TwinSpaceRole::TeacherAdmin) {
        events.push(Event::Waiting(Whom::Service(None)));
    }
    events
}

/// Gives a member another role (M-12, P-10, P-14). `acknowledged` says that whoever asks knows
/// that a pupil's account gets a role that is not a pupil's. Returns how they stand to the TwinSpace,
/// and the member with the columns for [`found::BASIS`].
pub async fn change_role(
    actor: Actor<'_>,
    id: MemberId,
    to: TwinSpaceRole,
    acknowledged: bool,
) -> Result<(Access, MemberRow)> {
    let act = MemberAct::ChangeRole { to, acknowledged };
    if actor.db.makes_at_once() {
        let Preview { by, on: member, basis } = actor.preview::<MemberFacts>(act, &id).await?;
        let change = || role_change(&actor, &by, &member, to, acknowledged);
        let unless = underway(basis.project, member.account);
        if member.role == to || actor.db.make_at_once(basis, unless, change()).await? {
            let row = with_role(&by, &member, to);
            return Ok((by, row));
        }
    }
    let Permit { tx, by, on: member, .. } = actor.permit::<MemberFacts>(act, id).await?;
    if member.role != to {
        tx.make(role_change(&actor, &by, &member, to, acknowledged)).await?;
        end_what_the_role_began(&tx, &actor, &by, &member, to).await?;
    }
    tx.commit().await?;
    let row = with_role(&by, &member, to);
    Ok((by, row))
}

/// A member with their new role.
fn with_role(by: &Access, member: &MemberFacts, role: TwinSpaceRole) -> MemberRow {
    MemberRow {
        id: Some(member.id),
        project_id: Some(by.project_id),
        role: Some(role),
        kind: Some(member.kind),
        ..MemberRow::default()
    }
}

/// What is written when a member gets another role.
fn role_change(
    actor: &Actor<'_>,
    by: &Access,
    member: &MemberFacts,
    to: TwinSpaceRole,
    acknowledged: bool,
) -> Change {
    let (project, person, now) = (by.project_id, by.person.account, actor.now);
    let mut update = Query::update();
    update
        .table(member::Entity)
        .value(member::Column::Role, to)
        .and_where(member::Column::Id.eq(member.id));
    let line = audit::line(Act::MemberRoleChanged, person)
        .project(project)
        .account(member.account)
        .detail(audit::Detail::From, member.role.to_value())
        .detail(audit::Detail::To, to.to_value())
        .detail(audit::Detail::Acknowledged, acknowledged);
    let changed = Event::Member { project, member: member.id, joined: false };
    let mut change = Change::default().update(update).log(line.row(now)).tell(became(
        changed,
        member.account,
        &[member.role, to],
    ));
    let custodian = member.custodian.filter(|_| member.kind == AccountKind::Pupil);
    if let Some(custodian) = custodian.filter(|_| member.custodian != person) {
        let pupil = (member.account, custodian);
        let news = news::one(pupil, Act::MemberRoleChanged, person, Some(project), now);
        change = change.insert([news]).tell([Event::Waiting(Whom::Account(custodian))]);
    }
    change
}

/// Whether something is under way in the project that may not outlast somebody's role: a request, a
/// transfer of custody or an invitation.
fn underway(project: ProjectId, account: AccountId) -> Condition {
    Cond::any()
        .add(Expr::exists(pupil_request::open_in(project, account)))
        .add(Expr::exists(custody_transfer::open_in(project, account)))
        .add(Expr::exists(power::offered_in(project, account)))
}

/// Ends what does not outlast a member's former role.
async fn end_what_the_role_began(
    tx: &Tx,
    actor: &Actor<'_>,
    by: &Access,
    member: &MemberFacts,
    to: TwinSpaceRole,
) -> Result<()> {
    let (project, now) = (by.project_id, actor.now);
    let MemberFacts { account, role: before, .. } = *member;
    let mut something = Query::select();
    something.expr(Expr::val(1)).cond_where(underway(project, account));
    if tx.query_one(&something).await?.is_none() {
        return Ok(());
    }
    if before.is_teacher() {
        if !to.is_teacher() {
            pupil_request::end_in(tx, project, account, now).await?;
        }
        custody_transfer::end_in(tx, project, account, Some(to), now).await?;
    }
    if to.is_teacher() && !before.is_teacher() {
        custody_transfer::end_against(tx, project, account, now).await?;
    }
    if !policy::has_as_much(to, before) {
        power::review(tx, project, account, by.person.account, now).await?;
    }
    Ok(())
}

/// Removes a member; what they wrote stays (M-13, M-19, P-14). Returns how the actor stands to the
/// TwinSpace.
pub async fn remove(actor: Actor<'_>, id: MemberId) -> Result<Access> {
    let permit = actor.permit::<MemberFacts>(MemberAct::Remove, id).await?;
    let Permit { tx, by, held, .. } = permit;
    let member = find(&tx, by.project_id, id).await?;
    expel(&tx, by.person.account, member, &held, actor.now).await?;
    tx.commit().await?;
    Ok(by)
}

/// Leaves the TwinSpace, as this member. A founder stays a founder of the project (P-14).
pub async fn leave(actor: Actor<'_>, id: MemberId) -> Result<()> {
    let permit = actor.permit::<MemberFacts>(MemberAct::Leave, id).await?;
    let Permit { tx, by, .. } = permit;
    let member = find(&tx, by.project_id, id).await?;
    take_out(&tx, by.person.account, member, Act::MemberLeft, actor.now).await?;
    Ok(tx.commit().await?)
}

/// Removes a member, as an action of `actor`; for a pupil, it is also logged in their other
/// TwinSpaces. `held` are the [locked](watch::hold) projects.
pub(crate) async fn expel(
    tx: &Tx,
    actor: Option<AccountId>,
    member: member::Model,
    held: &Held,
    now: DateTime<Utc>,
) -> Result<()> {
    let (project, account) = (member.project_id, member.account_id);
    take_out(tx, actor, member, Act::MemberRemoved, now).await?;
    let elsewhere = vec![(account, audit::line(Act::MemberRemoved, actor))];
    watch::log(tx, elsewhere, Some(project), held, now).await
}

/// Ends a membership, as an action of `actor`, and everything that does not outlast it. The project
/// is locked.
pub(crate) async fn take_out(
    tx: &Tx,
    actor: Option<AccountId>,
    member: member::Model,
    act: Act,
    now: DateTime<Utc>,
) -> Result<()> {
    let (project, id) = (member.project_id, member.id);
    let account = account::Entity::find_by_id(member.account_id).one(&**tx).await?;
    let kind = account.map_or(AccountKind::Guest, |account| account.kind);
    let pupil = counts_as_pupil(kind, Some(member.role));
    if kind == AccountKind::Pupil {
        custodian::note_brought(tx, &member).await?;
    }
    let person = member.account_id;
    let line = audit::line(act, actor).project(project).account(person);
    line.detail(audit::Detail::Role, member.role.to_value()).write(tx, now).await?;
    let role = member.role;
    member.delete(&**tx).await?;
    power::review(tx, project, person, actor, now).await?;
    pupil_request::end_in(tx, project, person, now).await?;
    custody_transfer::end_in(tx, project, person, None, now).await?;
    custody_transfer::end_of_pupil(tx, project, person, now).await?;
    news::tell(tx, &[person], act, actor, Some(project), now).await?;
    let gone = Event::MemberGone { project, member: id, pupil };
    Ok(tx.tell_all(became(gone, person, &[role])).await?)
}

/// A membership to be created.
pub(crate) struct Seat {
    pub project: ProjectId,
    pub role: TwinSpaceRole,
    pub inviter: Option<AccountId>,
    /// The person whose action creates it.
    pub actor: Option<AccountId>,
}

/// Creates a membership. Existing members keep theirs, but get at least the role that they accept
/// (P-11), and a founder returns with a founder's role (P-10). Returns the member.
pub(crate) async fn join(
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
    let role = if founder.is_some() { TwinSpaceRole::TeacherAdmin } else { role };
    let place = member::Model::new(project, account.id, role, inviter, now);
    let id = place.id;
    place.into_active_model().insert(&**tx).await?;
    if role.is_teacher() {
        custody_transfer::end_against(tx, project, account.id, now).await?;
    }
    let joined = Event::Member { project, member: id, joined: true };
    tx.tell_all(became(joined, account.id, &[role])).await?;
    Ok(id)
}

/// The rank of a role, for deciding whether an accepted role is higher than the current one.
const fn rank(role: TwinSpaceRole) -> u8 {
    match role {
        TwinSpaceRole::TeacherAdmin => 2,
        TwinSpaceRole::Teacher => 1,
        TwinSpaceRole::PupilAdmin | TwinSpaceRole::Pupil | TwinSpaceRole::Visitor => 0,
    }
}

/// Promotes a member, as an action of `actor`.
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
        .detail(audit::Detail::From, member.role.to_value())
        .detail(audit::Detail::To, role.to_value())
        .write(tx, now)
        .await?;
    let mut row = member.into_active_model();
    row.role = Set(role);
    row.update(&**tx).await?;
    if role.is_teacher() {
        custody_transfer::end_against(tx, project, account, now).await?;
    }
    let raised = Event::Member { project, member: id, joined: false };
    Ok(tx.tell_all(became(raised, account, &[role])).await?)
}

/// The project of the only TwinSpace that someone belongs to; `None` if there are several or none.
pub async fn only(db: &impl ConnectionTrait, account: AccountId) -> Result<Option<ProjectId>> {
    let places = member::Entity::find().filter(member::Column::AccountId.eq(account));
    match places.limit(2).all(db).await?.as_slice() {
        [one] => Ok(Some(one.project_id)),
        _ => Ok(None),
    }
}

/// Records that a member is online, to the minute.
pub async fn touch(db: &Db, id: MemberId, now: DateTime<Utc>) -> Result<()> {
    here(db, member::Column::Id.eq(id), now).await
}

/// Records that these members are online, except for those being changed by another transaction,
/// which locks several members in its own order.
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

//! Requests to bring a pupil into a TwinSpace, made by someone other than the custodian or one of
//! their colleagues: the custodian accepts and gives the consent, or declines (M-11). If the
//! custodian no longer has an account, the support service decides (M-16).

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    AccountId, Act, ConsentGiver, ConsentScope, MemberId, ProjectState, PupilRequestId,
    PupilRequestState as State, TwinSpaceRole, account, member, project, pupil_request,
};
use policy::{PupilRequest, PupilRequestAct, Subject};
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait,
    FromQueryResult, IntoActiveModel, QueryFilter, QuerySelect, QueryTrait,
};

use crate::{
    Actor, Error, Reason, Result,
    accounts::account as accounts,
    care::audit,
    db::Tx,
    events::Event,
    mail::News,
    members::{
        consent,
        custody::{teaches, watch},
    },
    permit::Held,
};

mod ask;
mod end;
mod row;
mod services;

pub(crate) use ask::{Before, ask, ask_by_mail, before, write_to};
pub use end::expire;
pub(crate) use end::{end_for, end_in, end_of, forget_pupil, open_in, tell_of, waiting};
use end::{ended, tell};
pub use row::{Filter, PupilRequestRow};
pub use services::decide;
pub(crate) use services::{pass_back, pass_on};

/// How long a request can be answered.
pub const ANSWER_WITHIN: TimeDelta = TimeDelta::days(14);

/// How long a request that was declined or withdrawn cannot be repeated.
pub const NOT_AGAIN_FOR: TimeDelta = TimeDelta::days(7);

/// How many mails a day ask somebody about pupils: of what is beyond, the notifications tell.
const MAILS_A_DAY: u64 = 10;

/// A request that is answered, with the pupil, its project and those of the pupil locked.
struct Waiting {
    row: pupil_request::Model,
    project: project::Model,
    pupil: account::Model,
    held: Held,
}

/// Begins an act on a request, if the policy allows it.
async fn permit(
    actor: Actor<'_>,
    act: PupilRequestAct,
    id: PupilRequestId,
) -> Result<(Tx, Waiting)> {
    let missing = || Error::NotFound("pupil request");
    let tx = actor.db.begin().await?;
    let unlocked = pupil_request::Entity::find_by_id(id).one(&*tx).await?.ok_or_else(missing)?;
    let held = watch::hold(&tx, &[unlocked.pupil_id], Some(unlocked.project_id)).await?;
    let project = held.get(&unlocked.project_id).cloned().ok_or_else(missing)?;
    let pupil = account::Entity::find_by_id(unlocked.pupil_id)
        .filter(accounts::is_there())
        .lock_exclusive()
        .one(&*tx)
        .await?
        .ok_or_else(missing)?;
    // What was read before the lock may have been answered since.
    let row = pupil_request::Entity::find_by_id(id).expr_as(row::custodian_gone(), "gone");
    let found = tx.query_one(&row.into_query()).await?.ok_or_else(missing)?;
    let row = pupil_request::Model::from_query_result(&found, "")?;
    let facts = PupilRequest {
        custodian: pupil.custodian_id,
        asker: row.asked_by,
        for_services: found.try_get("", "gone")? || row.decided_by.is_some(),
        services: [row.service_id, row.region_service_id],
        state: state_at(row.state, row.expires_at, actor.now),
        active: project.state == ProjectState::Active,
    };
    let refused = |refusal| Error::refused("pupil request", refusal);
    facts.decide(act, &actor.person).map_err(refused)?;
    Ok((tx, Waiting { row, project, pupil, held }))
}

/// The state at this time: a request that nobody answered in time has expired.
fn state_at(state: State, expires_at: DateTime<Utc>, now: DateTime<Utc>) -> State {
    if state == State::Pending && expires_at <= now { State::Expired } else { state }
}

impl Waiting {
    /// Ends a request that can no longer be granted, for this reason.
    async fn end<T>(self, tx: Tx, reason: Reason, now: DateTime<Utc>) -> Result<T> {
        ended(&self.row, None, State::Ended).write(&tx, now).await?;
        close(&tx, self.row, State::Ended, None, now).await?;
        tx.commit().await?;
        Err(Error::Conflict(reason))
    }
}

/// Lets the pupil in, as the custodian, who records that the pupil or a guardian consented. It is
/// checked again that the teacher may still bring pupils in.
pub async fn accept(actor: Actor<'_>, id: PupilRequestId, giver: ConsentGiver) -> Result<MemberId> {
    let (custodian, now) = (actor.account()?, actor.now);
    let (tx, one) = permit(actor, PupilRequestAct::Accept, id).await?;
    if let Err(reason) = still_possible(&tx, &one).await? {
        return one.end(tx, reason, now).await;
    }
    let place = let_in(&tx, &one, Some(custodian), (giver, custodian), now).await?;
    let Waiting { row, project, .. } = one;
    let asker = row.asked_by;
    close(&tx, row, State::Accepted, None, now).await?;
    write_to(&tx, asker, &project, &News::PupilAccepted, now).await?;
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
    actor: Option<AccountId>,
    (giver, recorded_by): (ConsentGiver, AccountId),
    now: DateTime<Utc>,
) -> Result<MemberId> {
    let Waiting { row, project, pupil, held } = one;
    let seat = member::Model::new(project.id, pupil.id, row.role, Some(row.asked_by), now);
    let place = seat.id;
    seat.into_active_model().insert(&**tx).await?;
    let line = |act| audit::line(act, actor).project(project.id).account(pupil.id);
    let attached = line(Act::PupilAttached).detail(audit::Detail::Role, row.role.to_value());
    let mut lines = vec![line(Act::PupilRequestAccepted).subject(row.id.0), attached];
    let pupils = [pupil.id];
    let scope = ConsentScope::Participation;
    let consented = consent::give(tx, &pupils, project.id, scope, giver, recorded_by, now).await?;
    if !consented.is_empty() {
        let scope = scope.to_value();
        lines.push(line(Act::ConsentRecorded).detail(audit::Detail::Scope, scope));
    }
    audit::write_all(tx, lines, now).await?;
    let elsewhere = vec![(pupil.id, audit::line(Act::PupilAttached, actor))];
    watch::log(tx, elsewhere, Some(project.id), held, now).await?;
    tx.tell(Event::Member { project: project.id, member: place, joined: true }).await?;
    Ok(place)
}

/// Declines a request, as the custodian.
pub async fn decline(actor: Actor<'_>, id: PupilRequestId) -> Result<()> {
    let (tx, one) = permit(actor, PupilRequestAct::Decline, id).await?;
    refuse(tx, one, actor, None, &News::PupilDeclined).await
}

/// Declines a request, and tells the teacher who made it. `by` is who decided for the support
/// service, if anyone.
async fn refuse(
    tx: Tx,
    one: Waiting,
    actor: Actor<'_>,
    by: Option<AccountId>,
    news: &News,
) -> Result<()> {
    let Waiting { row, project, pupil, .. } = one;
    let (asker, now) = (row.asked_by, actor.now);
    let line = audit::line(Act::PupilRequestDeclined, actor.person.account).project(project.id);
    line.account(pupil.id).subject(row.id.0).write(&tx, now).await?;
    close(&tx, row, State::Declined, by, now).await?;
    write_to(&tx, asker, &project, news, now).await?;
    Ok(tx.commit().await?)
}

/// Withdraws a request, as the teacher who made it.
pub async fn withdraw(actor: Actor<'_>, id: PupilRequestId) -> Result<()> {
    let (tx, Waiting { row, .. }) = permit(actor, PupilRequestAct::Withdraw, id).await?;
    ended(&row, actor.person.account, State::Withdrawn).write(&tx, actor.now).await?;
    close(&tx, row, State::Withdrawn, None, actor.now).await?;
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

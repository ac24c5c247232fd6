//! Answers to custody transfers: accepted, declined or objected to, withdrawn, decided on, and what
//! nobody answered in time (M-16).

use chrono::{DateTime, Utc};
use entity::{
    AccountId, Act, CustodyTransferId, CustodyTransferKind as Kind, CustodyTransferState as State,
    account,
    custody_transfer::{self, Column as Col},
    member, project,
};
use policy::{Subject, Transfer, TransferAct};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};

use super::{ended, hand_over, line, may_answer_for, set, tell, watch, write_to};
use crate::{
    Actor, Error, Reason, Result,
    accounts::account as accounts,
    db::{Db, Tx},
    mail::News,
    members::member::custodian_of,
    permit::Held,
};

/// A transfer being answered, with the pupil and the projects locked.
struct Open {
    row: custody_transfer::Model,
    project: project::Model,
    pupil: account::Model,
    held: Held,
}

async fn find(tx: &Tx, id: CustodyTransferId) -> Result<Open> {
    let missing = || Error::NotFound("custody transfer");
    let unlocked =
        custody_transfer::Entity::find_by_id(id).one(&**tx).await?.ok_or_else(missing)?;
    let held = watch::hold(tx, &[unlocked.pupil_id], Some(unlocked.project_id)).await?;
    let project = held.get(&unlocked.project_id).cloned().ok_or_else(missing)?;
    let pupil = account::Entity::find_by_id(unlocked.pupil_id)
        .filter(accounts::is_there())
        .lock_exclusive()
        .one(&**tx)
        .await?
        .ok_or_else(missing)?;
    // What was read before the lock may have been answered since.
    let row = custody_transfer::Entity::find_by_id(id).one(&**tx).await?.ok_or_else(missing)?;
    Ok(Open { row, project, pupil, held })
}

/// Begins an act on a transfer, if the policy allows it.
async fn permit(actor: Actor<'_>, act: TransferAct, id: CustodyTransferId) -> Result<(Tx, Open)> {
    let tx = actor.db.begin().await?;
    let one = find(&tx, id).await?;
    let refused = |refusal| Error::refused("custody transfer", refusal);
    facts(&one.row, actor.now).decide(act, &actor.person).map_err(refused)?;
    Ok((tx, one))
}

fn facts(row: &custody_transfer::Model, now: DateTime<Utc>) -> Transfer {
    Transfer {
        kind: row.kind,
        from: row.from_id,
        to: row.to_id,
        services: [row.service_id, row.region_service_id],
        state: state_at(row.kind, row.state, row.due_at, now),
    }
}

/// The state at this time: an offer that was not answered in time has expired.
pub(super) fn state_at(
    kind: Kind,
    state: State,
    due_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> State {
    let over = kind == Kind::Offer && due_at.is_some_and(|due| due <= now);
    if over && state == State::Pending { State::Expired } else { state }
}

/// Whether the conditions of the transfer still hold.
async fn holds(tx: &Tx, one: &Open, agreed: bool) -> Result<bool> {
    let Open { row, project, pupil, .. } = one;
    let place = member::Entity::of(project.id).filter(member::Column::AccountId.eq(pupil.id));
    let Some(place) = place.one(&**tx).await? else { return Ok(false) };
    let same = pupil.custodian_id == Some(row.from_id) && project.state.is_open();
    if !same || !may_answer_for(tx, project.id, row.to_id, row.kind).await? {
        return Ok(false);
    }
    // A custodian can agree regardless of their standing.
    Ok(row.kind == Kind::Offer
        || agreed
        || custodian_of(&**tx, place.id).await?.takeover().is_some())
}

/// Completes the transfer if all its conditions hold; otherwise it ends.
async fn complete(
    tx: Tx,
    one: Open,
    actor: Option<AccountId>,
    agreed: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    if holds(&tx, &one, agreed).await? {
        let Open { row, project, pupil, held } = one;
        hand_over(&tx, &project, pupil, row, &held, actor, now).await?;
        return Ok(tx.commit().await?);
    }
    ended(&one.row, None, State::Ended).write(&tx, now).await?;
    tell(&tx, &one.row).await?;
    set(&tx, one.row, State::Ended, None, now).await?;
    tx.commit().await?;
    Err(Error::Conflict(Reason::RequestEnded))
}

/// Accepts an offer or, as the custodian, agrees to a takeover.
pub async fn accept(actor: Actor<'_>, id: CustodyTransferId) -> Result<()> {
    let (tx, one) = permit(actor, TransferAct::Accept, id).await?;
    complete(tx, one, actor.person.account, true, actor.now).await
}

/// Declines an offer or, as the custodian, objects to a takeover: then only the support service can
/// still grant it.
pub async fn decline(actor: Actor<'_>, id: CustodyTransferId) -> Result<()> {
    let (tx, Open { row, project, .. }) = permit(actor, TransferAct::Decline, id).await?;
    let (person, now) = (actor.person.account, actor.now);
    tell(&tx, &row).await?;
    match row.kind {
        Kind::Offer => {
            line(Act::CustodyDeclined, person, &row).write(&tx, now).await?;
            write_to(&tx, row.from_id, &project, &News::CustodyDeclined, now).await?;
            set(&tx, row, State::Declined, person, now).await?;
        }
        Kind::Takeover => {
            line(Act::CustodyObjected, person, &row).write(&tx, now).await?;
            write_to(&tx, row.to_id, &project, &News::TakeoverObjected, now).await?;
            let mut row = row.into_active_model();
            row.state = Set(State::Objected);
            row.due_at = Set(None);
            row.update(&*tx).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// Withdraws the transfer, as the person who started it.
pub async fn withdraw(actor: Actor<'_>, id: CustodyTransferId) -> Result<()> {
    let (tx, Open { row, .. }) = permit(actor, TransferAct::Withdraw, id).await?;
    let (person, now) = (actor.person.account, actor.now);
    ended(&row, person, State::Withdrawn).write(&tx, now).await?;
    tell(&tx, &row).await?;
    set(&tx, row, State::Withdrawn, person, now).await?;
    Ok(tx.commit().await?)
}

/// Decides on a takeover, on behalf of a support service of the country of the pupil's school.
pub async fn decide(actor: Actor<'_>, id: CustodyTransferId, granted: bool) -> Result<()> {
    let (tx, one) = permit(actor, TransferAct::Decide, id).await?;
    let (person, now) = (actor.person.account, actor.now);
    if granted {
        return complete(tx, one, person, false, now).await;
    }
    let Open { row, project, .. } = one;
    line(Act::CustodyDeclined, person, &row).write(&tx, now).await?;
    tell(&tx, &row).await?;
    for whom in [row.from_id, row.to_id] {
        write_to(&tx, whom, &project, &News::TakeoverRefused, now).await?;
    }
    set(&tx, row, State::Declined, person, now).await?;
    Ok(tx.commit().await?)
}

/// Completes takeovers to which nobody objected in time, and marks offers that nobody answered as
/// expired; returns their number.
pub async fn settle(db: &Db, now: DateTime<Utc>) -> Result<usize> {
    let due = custody_transfer::Entity::find()
        .filter(Col::State.eq(State::Pending))
        .filter(Col::DueAt.lte(now))
        .all(db.read())
        .await?;
    let many = due.len();
    let mut failed = None;
    for row in due {
        match settle_one(db, row.id, now).await {
            // Its conditions no longer hold, or the pupil is gone.
            Ok(()) | Err(Error::Conflict(_) | Error::NotFound(_)) => {}
            // The others do not wait for it.
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(many), Err)
}

async fn settle_one(db: &Db, id: CustodyTransferId, now: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    let one = find(&tx, id).await?;
    // Answered in the meantime.
    if one.row.state != State::Pending || one.row.due_at.is_none_or(|due| due > now) {
        return Ok(());
    }
    if one.row.kind == Kind::Takeover {
        return complete(tx, one, None, false, now).await;
    }
    ended(&one.row, None, State::Expired).write(&tx, now).await?;
    tell(&tx, &one.row).await?;
    set(&tx, one.row, State::Expired, None, now).await?;
    Ok(tx.commit().await?)
}

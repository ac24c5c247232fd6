//! Transferring a founder's powers to another partner, once the founder has left (P-15).
//!
//! The other founder proposes it, and a support service of the departed founder's country approves:
//! neither can do it alone. There are always two with a founder's powers. The original founders
//! remain on record.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, Act, Kind, PartnerId, ProjectId, ProjectRole, SuccessionId, SuccessionState,
    TwinSpaceRole, account, partner, project,
    succession::{self, Column as Col},
};
use policy::{ProjectAct, SuccessionAct};
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel,
    ModelTrait, QueryFilter, sea_query::Cond,
};

use crate::{
    Actor, Error, Reason, Result,
    accounts::account as accounts,
    care::audit,
    db::Tx,
    desktop::teacher,
    error::{Flaw, Problems},
    events::Event,
    mail::News,
    members::{
        invitation::power,
        member::{self as members, Seat},
    },
    projects::{
        partner as partners,
        project::{begin_with, inform},
        service,
    },
};

mod found;
mod record;
mod row;

pub use found::FoundSuccession;
pub use row::{Filter, SuccessionRow};

/// Proposes, as a founder, transferring the other founder's powers to another partner.
pub async fn propose(
    actor: Actor<'_>,
    project: ProjectId,
    departed: PartnerId,
    successor: PartnerId,
) -> Result<SuccessionId> {
    let (proposer, now) = (actor.account()?, actor.now);
    let (tx, project) = begin_with(actor, ProjectAct::ProposeSuccession, project).await?;
    let departed = partner_by_id(&tx, project.id, departed).await?;
    let successor = partner_by_id(&tx, project.id, successor).await?;
    let mut problems = Problems::default();
    let other = departed.founder && departed.account_id != proposer;
    let needed = "must be the other founder";
    problems.require(other, "departedPartnerId", Flaw::NotAllowed(needed.into()));
    let fits = !successor.founder;
    let needed = "must be a partner who is not a founder";
    problems.require(fits, "successorPartnerId", Flaw::NotAllowed(needed.into()));
    problems.finish()?;
    let departed = account::Entity::find_by_id(departed.account_id).one(&*tx).await?;
    let departed = departed.ok_or(Error::NotFound("partner"))?;
    let (country, deciding) = match departed.school_id {
        Some(_) => {
            let (_, school) = teacher::at_school(&tx, departed.id).await?;
            let deciding = service::deciding(&tx, &school).await?;
            (school.country, deciding)
        }
        None => record::decided_for(&tx, &project, departed.id).await?,
    };
    let id = SuccessionId::new();
    let row = succession::ActiveModel {
        id: Set(id),
        project_id: Set(project.id),
        departed_id: Set(departed.id),
        successor_id: Set(successor.account_id),
        proposed_by: Set(proposer),
        country: Set(country),
        service_id: Set(deciding.country),
        region_service_id: Set(deciding.region),
        state: Set(SuccessionState::Pending),
        reason: Set(None),
        decided_by: Set(None),
        proposed_at: Set(now),
        decided_at: Set(None),
    };
    row.insert(&*tx).await?;
    let line = audit::line(Act::SuccessionProposed, proposer).project(project.id).subject(id.0);
    let line =
        line.account(successor.account_id).detail(audit::Detail::Departed, departed.id.show());
    line.write(&tx, now).await?;
    tx.tell_all(Event::waiting_for([deciding.country, deciding.region])).await?;
    for officer in deciding.officers(&tx).await? {
        inform(&tx, &project, &officer, &News::SuccessionAsked, now).await?;
    }
    // Nobody loses powers unawares: those who still exist can come back, which ends it.
    inform(&tx, &project, &departed, &News::SuccessionProposed, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// Transfers the powers, on behalf of a support service of the departed founder's country.
pub async fn approve(actor: Actor<'_>, id: SuccessionId) -> Result<()> {
    let (tx, project, proposal) = decide(actor, SuccessionAct::Approve, id, None).await?;
    let departed = partner_of(&tx, project.id, proposal.departed_id).await?;
    let successor = partner_of(&tx, project.id, proposal.successor_id).await?;
    let gone = departed.account_id;
    // They remain a partner and keep what they wrote and the label that they hold. Founders and
    // managers may remove them like any partner (P-13).
    place(&tx, actor, departed, ProjectRole::Member, false).await?;
    // An erased account keeps only a founder's place.
    if accounts::hold(&tx, gone).await?.is_none() {
        for left in partners::forget(&tx, gone).await? {
            let line = audit::line(Act::PartnerRemoved, actor.person.account).project(left);
            line.account(gone).write(&tx, actor.now).await?;
        }
    }
    place(&tx, actor, successor, ProjectRole::Manager, true).await?;
    seat(&tx, actor, &proposal).await?;
    tell(&tx, &project, &proposal, actor.now).await?;
    Ok(tx.commit().await?)
}

/// Rejects the proposal, with a reason.
pub async fn reject(actor: Actor<'_>, id: SuccessionId, reason: &str) -> Result<()> {
    let reason = Problems::reason(reason, 2000)?;
    let (tx, project, proposal) = decide(actor, SuccessionAct::Reject, id, Some(reason)).await?;
    tell(&tx, &project, &proposal, actor.now).await?;
    Ok(tx.commit().await?)
}

/// Begins a decision on a proposal, if the policy allows it, and records it.
async fn decide(
    actor: Actor<'_>,
    act: SuccessionAct,
    id: SuccessionId,
    reason: Option<String>,
) -> Result<(Tx, project::Model, succession::Model)> {
    let (tx, project, FoundSuccession { row: proposal, .. }) =
        actor.permit::<FoundSuccession>(act, id).await?.into_parts()?;
    let (state, logged) = match act {
        SuccessionAct::Approve => (SuccessionState::Approved, Act::SuccessionApproved),
        SuccessionAct::Reject => (SuccessionState::Rejected, Act::SuccessionRejected),
    };
    let services = [proposal.service_id, proposal.region_service_id];
    tx.tell_all(Event::waiting_for(services)).await?;
    let mut row = proposal.into_active_model();
    row.state = Set(state);
    row.reason = Set(reason);
    row.decided_by = Set(actor.person.account);
    row.decided_at = Set(Some(actor.now));
    let proposal = row.update(&*tx).await?;
    let line = audit::line(logged, actor.person.account).project(project.id).subject(id.0);
    let line = line.account(proposal.successor_id);
    line.detail(audit::Detail::Departed, proposal.departed_id.show()).write(&tx, actor.now).await?;
    Ok((tx, project, proposal))
}

/// The pending proposals that cannot be approved without this person, as their successor or their
/// author. Proposals made because they left continue.
pub(crate) async fn waiting(tx: &Tx, account: AccountId) -> Result<Vec<succession::Model>> {
    let mine = Cond::any().add(Col::SuccessorId.eq(account)).add(Col::ProposedBy.eq(account));
    let waiting =
        succession::Entity::find().filter(mine).filter(Col::State.eq(SuccessionState::Pending));
    Ok(waiting.all(&**tx).await?)
}

/// Withdraws those of someone whose account is erased.
pub(crate) async fn forget(tx: &Tx, account: AccountId) -> Result<()> {
    for proposal in waiting(tx, account).await? {
        let services = [proposal.service_id, proposal.region_service_id];
        tx.tell_all(Event::waiting_for(services)).await?;
        proposal.delete(&**tx).await?;
    }
    Ok(())
}

async fn partner_by_id(tx: &Tx, project: ProjectId, id: PartnerId) -> Result<partner::Model> {
    let partner = partner::Entity::of(project).filter(partner::Column::Id.eq(id));
    partner.one(&**tx).await?.ok_or(Error::NotFound("partner"))
}

async fn partner_of(tx: &Tx, project: ProjectId, account: AccountId) -> Result<partner::Model> {
    let partner = partner::Entity::of(project).filter(partner::Column::AccountId.eq(account));
    partner.one(&**tx).await?.ok_or(Error::Conflict(Reason::NotAPartner))
}

/// Sets a partner's role, and whether they have a founder's powers.
async fn place(
    tx: &Tx,
    actor: Actor<'_>,
    partner: partner::Model,
    role: ProjectRole,
    founder: bool,
) -> Result<()> {
    let (person, now, project) = (actor.person.account, actor.now, partner.project_id);
    let line = audit::line(Act::PartnerRoleChanged, person).project(project);
    line.account(partner.account_id)
        .detail(audit::Detail::From, partner.role.to_value())
        .detail(audit::Detail::To, role.to_value())
        .detail(audit::Detail::Founder, founder)
        .write(tx, now)
        .await?;
    let account = partner.account_id;
    let mut row = partner.into_active_model();
    row.role = Set(role);
    row.founder = Set(founder);
    row.update(&**tx).await?;
    power::review(tx, project, account, person, now).await
}

/// Makes the successor a member of the TwinSpace with a founder's role (P-10).
async fn seat(tx: &Tx, actor: Actor<'_>, proposal: &succession::Model) -> Result<()> {
    let project = proposal.project_id;
    let role = TwinSpaceRole::TeacherAdmin;
    let account = accounts::hold(tx, proposal.successor_id).await?;
    let account = account.ok_or(Error::Conflict(Reason::NotAPartner))?;
    let inviter = Some(proposal.proposed_by);
    let seat = Seat { project, role, inviter, actor: actor.person.account };
    members::join(tx, &account, seat, actor.now).await?;
    Ok(())
}

/// Notifies those concerned of the outcome.
async fn tell(
    tx: &Tx,
    project: &project::Model,
    proposal: &succession::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    let approved = proposal.state == SuccessionState::Approved;
    let (of_proposal, of_powers) = match approved {
        true => (News::SuccessionApproved, News::PowersLost),
        false => (News::SuccessionRefused, News::PowersKept),
    };
    let told = [(proposal.proposed_by, of_proposal), (proposal.departed_id, of_powers)];
    let successor = approved.then_some((proposal.successor_id, News::PowersGained));
    for (account, news) in told.into_iter().chain(successor) {
        if let Some(account) = account::Entity::find_by_id(account).one(&**tx).await? {
            inform(tx, project, &account, &news, now).await?;
        }
    }
    Ok(())
}

//! Transferring a founder's powers to another partner, once the founder has left (P-15).
//!
//! The other founder proposes it, and a support service of the departed founder's country approves:
//! neither can do it alone. There are always two with a founder's powers. The original founders
//! remain on record.

use chrono::{DateTime, Utc};
use entity::{
    AccountId, Act, Kind, PartnerId, ProjectId, ProjectRole, ProjectState, SuccessionId,
    SuccessionState, TwinSpaceRole, account, member, partner, project,
    succession::{self, Column as Col},
};
use sea_orm::{
    ActiveEnum, ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel,
    ModelTrait, PaginatorTrait, QueryFilter, sea_query::Cond,
};

use crate::{
    Error, Reason, Result,
    access::{self, Access},
    accounts::account as accounts,
    care::audit,
    db::{Db, Tx, is_duplicate},
    desktop::teacher,
    error::Problems,
    events::Event,
    members::{
        invitation::power,
        member::{self as members, Seat},
    },
    projects::{
        partner as partners,
        project::{inform, notify},
        service,
    },
};

mod record;
mod row;

pub use row::{Filter, SuccessionRow};

/// Proposes, as a founder, transferring the other founder's powers to another partner.
pub async fn propose(
    db: &Db,
    seen: &Access,
    departed: PartnerId,
    successor: PartnerId,
    now: DateTime<Utc>,
) -> Result<SuccessionId> {
    let proposer = seen.person.account.ok_or(Error::Unauthenticated)?;
    let tx = db.begin().await?;
    let project = access::lock_active(&tx, seen).await?;
    let departed = partner_by_id(&tx, project.id, departed).await?;
    let successor = partner_by_id(&tx, project.id, successor).await?;
    let mut problems = Problems::default();
    let other = departed.founder && departed.account_id != proposer;
    problems.require(other, "departedPartnerId", "must be the other founder");
    let fits = !successor.founder;
    problems.require(fits, "successorPartnerId", "must be a partner who is not a founder");
    problems.finish()?;
    let left = has_left(&tx, project.id, departed.account_id).await?;
    policy::has_begun(left).map_err(Error::Conflict)?;
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
    row.insert(&*tx).await.map_err(|cause| match is_duplicate(&cause) {
        true => Error::Conflict(Reason::AlreadyDone),
        false => cause.into(),
    })?;
    let line = audit::line(Act::SuccessionProposed, proposer).project(project.id).subject(id.0);
    let line = line.account(successor.account_id).detail("departed", departed.id.show());
    line.write(&tx, now).await?;
    tx.tell_all(Event::waiting_for([deciding.country, deciding.region])).await?;
    for officer in deciding.officers(&tx).await? {
        let what = "A proposal to transfer the powers of a founder who has left is waiting for your decision.";
        notify(&tx, &project, &officer, what, now).await?;
    }
    // Nobody loses powers unawares: those who still exist can come back, which ends it.
    let what = "You have left the project's TwinSpace. Your founder's powers may be transferred to another partner.";
    let what = ("proposal to transfer your founder's powers", what);
    inform(&tx, &project, &departed, what, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// Transfers the powers, on behalf of a support service of the departed founder's country.
pub async fn approve(db: &Db, seen: &Access, id: SuccessionId, now: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    let project = access::lock(&tx, seen).await?;
    let proposal = decide(&tx, seen, id, SuccessionState::Approved, None, now).await?;
    let departed = partner_of(&tx, project.id, proposal.departed_id).await?;
    let proposer = partner_of(&tx, project.id, proposal.proposed_by).await?;
    let successor = partner_of(&tx, project.id, proposal.successor_id).await?;
    let stands = |place: &Option<partner::Model>| place.as_ref().is_some_and(|p| p.founder);
    let facts = Facts {
        state: project.state,
        founders: stands(&departed) && stands(&proposer),
        left: has_left(&tx, project.id, proposal.departed_id).await?,
        partner: successor.is_some(),
    };
    facts.approvable().map_err(Error::Conflict)?;
    let successor = successor.ok_or(Error::Conflict(Reason::NotAPartner))?;
    if let Some(departed) = departed {
        let gone = departed.account_id;
        // They remain a partner and keep what they wrote and the label that they hold. Founders and
        // managers may remove them like any partner (P-13).
        place(&tx, seen, departed, ProjectRole::Member, false, now).await?;
        // An erased account keeps only a founder's place.
        if accounts::hold(&tx, gone).await?.is_none() {
            for left in partners::forget(&tx, gone).await? {
                let line = audit::line(Act::PartnerRemoved, seen.person.account).project(left);
                line.account(gone).write(&tx, now).await?;
            }
        }
    }
    place(&tx, seen, successor, ProjectRole::Manager, true, now).await?;
    seat(&tx, seen, &proposal, now).await?;
    tell(&tx, &project, &proposal, now).await?;
    Ok(tx.commit().await?)
}

/// Rejects the proposal, with a reason.
pub async fn reject(
    db: &Db,
    seen: &Access,
    id: SuccessionId,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut problems = Problems::default();
    let reason = problems.prose(reason, "reason", 2000);
    problems.require(!reason.is_empty(), "reason", "must not be empty");
    problems.finish()?;
    let tx = db.begin().await?;
    let project = access::lock(&tx, seen).await?;
    let proposal = decide(&tx, seen, id, SuccessionState::Rejected, Some(reason), now).await?;
    tell(&tx, &project, &proposal, now).await?;
    Ok(tx.commit().await?)
}

/// What an approval depends on, besides who decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The state of the project.
    pub state: ProjectState,
    /// Whether the founder who left and the one who proposes are still founders.
    pub founders: bool,
    /// Whether the founder who left is still away: if they came back, they are a founder as before.
    pub left: bool,
    /// Whether the successor is still a partner.
    pub partner: bool,
}

impl Facts {
    /// Whether a proposal can be approved.
    pub fn approvable(self) -> Result<(), Reason> {
        if self.state != ProjectState::Active || !self.founders {
            return Err(Reason::WrongState);
        }
        policy::has_begun(self.left)?;
        if self.partner { Ok(()) } else { Err(Reason::NotAPartner) }
    }
}

/// Whether a proposal is still pending.
pub fn undecided(state: SuccessionState) -> Result<(), Reason> {
    if state == SuccessionState::Pending { Ok(()) } else { Err(Reason::AlreadyDone) }
}

/// Records a decision on a proposal pending with this person.
async fn decide(
    tx: &Tx,
    seen: &Access,
    id: SuccessionId,
    state: SuccessionState,
    reason: Option<String>,
    now: DateTime<Utc>,
) -> Result<succession::Model> {
    let proposal = succession::Entity::of(seen.project_id).filter(Col::Id.eq(id)).one(&**tx);
    let proposal = proposal.await?.ok_or(Error::NotFound("succession"))?;
    if !seen.person.decides([proposal.service_id, proposal.region_service_id]) {
        return Err(Error::Forbidden(Reason::NotYours));
    }
    undecided(proposal.state).map_err(Error::Conflict)?;
    let services = [proposal.service_id, proposal.region_service_id];
    tx.tell_all(Event::waiting_for(services)).await?;
    let mut row = proposal.into_active_model();
    row.state = Set(state);
    row.reason = Set(reason);
    row.decided_by = Set(seen.person.account);
    row.decided_at = Set(Some(now));
    let proposal = row.update(&**tx).await?;
    let act = match state {
        SuccessionState::Approved => Act::SuccessionApproved,
        _ => Act::SuccessionRejected,
    };
    let line = audit::line(act, seen.person.account).project(seen.project_id).subject(id.0);
    let line = line.account(proposal.successor_id);
    line.detail("departed", proposal.departed_id.show()).write(tx, now).await?;
    Ok(proposal)
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

/// Whether someone is not a member of the TwinSpace: they left, were removed, or their account is
/// erased with all its memberships (P-14).
async fn has_left(tx: &Tx, project: ProjectId, account: AccountId) -> Result<bool> {
    let place = member::Entity::of(project).filter(member::Column::AccountId.eq(account));
    Ok(place.count(&**tx).await? == 0)
}

async fn partner_by_id(tx: &Tx, project: ProjectId, id: PartnerId) -> Result<partner::Model> {
    let partner = partner::Entity::of(project).filter(partner::Column::Id.eq(id));
    partner.one(&**tx).await?.ok_or(Error::NotFound("partner"))
}

async fn partner_of(
    tx: &Tx,
    project: ProjectId,
    account: AccountId,
) -> Result<Option<partner::Model>> {
    let partner = partner::Entity::of(project).filter(partner::Column::AccountId.eq(account));
    Ok(partner.one(&**tx).await?)
}

/// Sets a partner's role, and whether they have a founder's powers.
async fn place(
    tx: &Tx,
    seen: &Access,
    partner: partner::Model,
    role: ProjectRole,
    founder: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    let line = audit::line(Act::PartnerRoleChanged, seen.person.account).project(seen.project_id);
    line.account(partner.account_id)
        .detail("from", partner.role.to_value())
        .detail("to", role.to_value())
        .detail("founder", founder)
        .write(tx, now)
        .await?;
    let account = partner.account_id;
    let mut row = partner.into_active_model();
    row.role = Set(role);
    row.founder = Set(founder);
    row.update(&**tx).await?;
    power::review(tx, seen.project_id, account, seen.person.account, now).await
}

/// Makes the successor a member of the TwinSpace with a founder's role (P-10).
async fn seat(
    tx: &Tx,
    seen: &Access,
    proposal: &succession::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    let project = proposal.project_id;
    let role = TwinSpaceRole::TeacherAdmin;
    let account = accounts::hold(tx, proposal.successor_id).await?;
    let account = account.ok_or(Error::Conflict(Reason::NotAPartner))?;
    let inviter = Some(proposal.proposed_by);
    let seat = Seat { project, role, inviter, actor: seen.person.account };
    members::join(tx, &account, seat, now).await?;
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
    let told = [
        (
            proposal.proposed_by,
            match approved {
                true => {
                    "The founder's powers have been transferred to the partner whom you proposed."
                }
                false => {
                    "The founder's powers were not transferred. The reason is shown on the project."
                }
            },
        ),
        (
            proposal.departed_id,
            match approved {
                true => "Your founder's powers have been transferred to another partner.",
                false => "You keep your founder's powers.",
            },
        ),
    ];
    let successor = approved
        .then_some((proposal.successor_id, "You now have a founder's powers in the project."));
    for (account, what) in told.into_iter().chain(successor) {
        if let Some(account) = account::Entity::find_by_id(account).one(&**tx).await? {
            inform(tx, project, &account, ("decision on a founder's powers", what), now).await?;
        }
    }
    Ok(())
}

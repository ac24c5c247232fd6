//! Invitations: sent, resent, changed, revoked, accepted, declined (M-04, M-05, P-11).

use std::{collections::BTreeSet, slice};

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    AccountId, Act, InvitationId, InvitationKind, InvitationState, ProjectId, TwinSpaceId,
    TwinSpaceRole, account, invitation, partner, project,
};
use policy::{InvitationAct, ProjectAct, TwinSpaceAct, TwinSpaceFacts};
use sea_orm::{
    ActiveEnum, ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, SqlErr,
    sea_query::{Cond, Expr, Query},
};

use crate::{
    Actor, Error, Permit, Reason, Result,
    access::Access,
    accounts::account as accounts,
    care::audit,
    db::Tx,
    error::{Flaw, Problems},
    events::{Event, Whom},
    mail::{self, Letter},
    members::pupil::rule,
    projects::project::{are_contacts, begin_with},
    rate_limit,
};

mod answer;
mod end;
mod found;
pub(crate) mod power;
mod row;

pub use answer::{Answering, Guest, accept, accept_as_guest, decline};
use end::{end, end_all, end_links};
pub(crate) use end::{forget, waiting};
pub use found::FoundInvitation;
pub use row::{Filter, InvitationRow};

/// How long an invitation can be answered.
pub const GOOD_FOR: TimeDelta = TimeDelta::days(30);
/// How soon an invitation can be resent.
pub const RESEND_AFTER: TimeDelta = TimeDelta::minutes(10);
/// How soon someone who declined can be invited to the same project again, or someone whose
/// invitation was revoked by the same inviter.
pub const INVITE_AGAIN_AFTER: TimeDelta = TimeDelta::days(3);
/// The maximum number of pending invitations per project.
pub const MAX_PENDING: u64 = 500;

/// Invites the owner of `email` to the TwinSpace (M-04). Returns the invitation, and how the inviter
/// stands to the TwinSpace.
pub async fn invite(
    actor: Actor<'_>,
    id: TwinSpaceId,
    email: &str,
    role: TwinSpaceRole,
) -> Result<(InvitationId, Access)> {
    let mut problems = Problems::default();
    let adult = !role.is_pupil();
    let needed = "must be TEACHER_ADMIN, TEACHER or VISITOR: pupils have no e-mail address";
    problems.require(adult, "role", Flaw::NotAllowed(needed.into()));
    let email = problems.email(email, "email");
    problems.finish()?;
    let permit = actor.permit::<TwinSpaceFacts>(TwinSpaceAct::Invite(role), id).await?;
    let (tx, project) = (&permit.tx, permit.project()?);
    if let Some(account) = account::Entity::with_email(&email).one(&**tx).await? {
        let place = entity::member::Entity::of(project.id)
            .filter(entity::member::Column::AccountId.eq(account.id));
        if place.one(&**tx).await?.is_some() {
            return Err(Error::Conflict(Reason::AlreadyMember));
        }
    }
    let kind = match role {
        TwinSpaceRole::Visitor => InvitationKind::Visitor,
        _ => InvitationKind::Collaborator,
    };
    let offer = Offer { kind, email, account: None, role };
    let sent = send(tx, actor, project, offer).await?;
    permit.tx.commit().await?;
    Ok((sent, permit.by))
}

/// That another role must be offered.
fn role_needed(words: &'static str) -> Error {
    Error::invalid("role", Flaw::NotAllowed(words.into()))
}

/// Invites one of the inviter's contacts to become a partner (P-11).
pub async fn invite_partner(
    actor: Actor<'_>,
    project: ProjectId,
    invited: AccountId,
    role: TwinSpaceRole,
) -> Result<InvitationId> {
    if !role.is_teacher() {
        return Err(role_needed("must be TEACHER_ADMIN or TEACHER"));
    }
    let (tx, project) = begin_with(actor, ProjectAct::AddPartner(role), project).await?;
    if !are_contacts(&*tx, actor.account()?, invited).await? {
        return Err(Error::Conflict(Reason::NotAContact));
    }
    let place = partner::Entity::of(project.id).filter(partner::Column::AccountId.eq(invited));
    if place.one(&*tx).await?.is_some() {
        return Err(Error::Conflict(Reason::AlreadyMember));
    }
    let account = accounts::hold(&tx, invited).await?;
    let email = account.and_then(|account| account.email);
    let email = email.ok_or(Error::Conflict(Reason::NoTeacher))?;
    let kind = InvitationKind::Partner;
    let offer = Offer { kind, email, account: Some(invited), role };
    let id = send(&tx, actor, &project, offer).await?;
    tx.commit().await?;
    Ok(id)
}

struct Offer {
    kind: InvitationKind,
    email: String,
    account: Option<AccountId>,
    role: TwinSpaceRole,
}

async fn send(
    tx: &Tx,
    actor: Actor<'_>,
    project: &project::Model,
    offer: Offer,
) -> Result<InvitationId> {
    let (inviter_id, now) = (actor.account()?, actor.now);
    // An invitation that was never answered makes room for the new one.
    invitation::Entity::update_many()
        .col_expr(invitation::Column::State, Expr::val(InvitationState::Expired))
        .col_expr(invitation::Column::EndedAt, invitation::Column::ExpiresAt.into_expr())
        .filter(invitation::Column::ProjectId.eq(project.id))
        .filter(invitation::Column::Email.eq(&offer.email))
        .filter(invitation::Column::State.eq(InvitationState::Pending))
        .filter(invitation::Column::ExpiresAt.lte(now))
        .exec(&**tx)
        .await?;
    may_send(tx, project.id, inviter_id, &offer.email, now).await?;
    let row = invitation::ActiveModel {
        id: Set(InvitationId::new()),
        project_id: Set(project.id),
        kind: Set(offer.kind),
        email: Set(offer.email),
        account_id: Set(offer.account),
        role: Set(offer.role),
        inviter_id: Set(inviter_id),
        state: Set(InvitationState::Pending),
        sent_at: Set(now),
        undeliverable_since: Set(None),
        expires_at: Set(now + GOOD_FOR),
        ended_at: Set(None),
    };
    let invitation = row.insert(&**tx).await.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::Conflict(Reason::AlreadyInvited),
        _ => error.into(),
    })?;
    post(tx, &invitation, project, now).await?;
    log(tx, Act::InvitationSent, Some(inviter_id), &invitation, now).await?;
    Ok(invitation.id)
}

/// Whether another invitation may be sent to this address: not soon after it was declined, or
/// revoked by the one who sent it, and not while too many are pending.
async fn may_send(
    tx: &Tx,
    project: ProjectId,
    inviter: AccountId,
    email: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let pending = invitation::Entity::of(project)
        .filter(invitation::Column::State.eq(InvitationState::Pending))
        .filter(invitation::Column::ExpiresAt.gt(now));
    if pending.count(&**tx).await? >= MAX_PENDING {
        return Err(Error::Conflict(Reason::TooManyInvitations));
    }
    let taken_back = Cond::all()
        .add(invitation::Column::State.eq(InvitationState::Revoked))
        .add(invitation::Column::InviterId.eq(inviter));
    let ended = invitation::Entity::of(project)
        .filter(invitation::Column::Email.eq(email))
        .filter(invitation::Column::EndedAt.gt(now - INVITE_AGAIN_AFTER))
        .filter(
            Cond::any()
                .add(invitation::Column::State.eq(InvitationState::Declined))
                .add(taken_back),
        )
        .order_by_desc(invitation::Column::EndedAt);
    match ended.one(&**tx).await?.and_then(|invitation| invitation.ended_at) {
        None => Ok(()),
        Some(ended) => Err(rate_limit::too_soon(ended + INVITE_AGAIN_AFTER - now)),
    }
}

async fn post(
    tx: &Tx,
    invitation: &invitation::Model,
    project: &project::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    let role = rule::role_in(Expr::val(project.id.0), account::Column::Id);
    let mut inviter = Query::select();
    inviter
        .expr(account::Column::Name.into_expr())
        .expr(account::Column::Language.into_expr())
        .expr(rule::is_pupil(account::Column::Kind, role))
        .from(account::Entity)
        .and_where(account::Column::Id.eq(invitation.inviter_id.0));
    let inviter = tx.query_one(&inviter).await?;
    let inviter = inviter.ok_or_else(|| Error::internal("an inviter has no account"))?;
    let (name, language, pupil): (String, String, bool) = inviter.try_get_many_by_index()?;
    let letter = Letter::Invitation {
        // A pupil's name is not shown to outsiders (M-20).
        inviter: (!pupil).then_some(name),
        project: project.title.clone(),
        role: invitation.role,
    };
    mail::post(tx, &invitation.email, &language, &letter, invitation.id.0, now).await
}

async fn log(
    tx: &Tx,
    act: Act,
    actor: Option<AccountId>,
    invitation: &invitation::Model,
    now: DateTime<Utc>,
) -> Result<()> {
    log_all(tx, act, actor, slice::from_ref(invitation), now).await
}

/// Records what happened to invitations, and notifies those who can see them.
async fn log_all(
    tx: &Tx,
    act: Act,
    actor: Option<AccountId>,
    invitations: &[invitation::Model],
    now: DateTime<Utc>,
) -> Result<()> {
    let line = |invitation: &invitation::Model| {
        let line = audit::line(act, actor).project(invitation.project_id).subject(invitation.id.0);
        let line = match invitation.account_id {
            Some(account) => line.account(account),
            None => line,
        };
        let line = line.detail(audit::Detail::Kind, invitation.kind.to_value());
        line.detail(audit::Detail::Role, invitation.role.to_value())
    };
    audit::write_all(tx, invitations.iter().map(line).collect(), now).await?;
    let mut events: Vec<_> = invitations.iter().flat_map(news).collect();
    // They are notifications of the owners of the addresses, if there are any (T-07).
    let mut waiting: BTreeSet<AccountId> =
        invitations.iter().filter_map(|invitation| invitation.account_id).collect();
    let open = invitations.iter().filter(|invitation| invitation.account_id.is_none());
    let addresses: Vec<&str> = open.map(|invitation| invitation.email.as_str()).collect();
    if !addresses.is_empty() {
        let owners = account::Entity::find().filter(account::Column::Email.is_in(addresses));
        waiting.extend(owners.all(&**tx).await?.into_iter().map(|account| account.id));
    }
    events.extend(waiting.into_iter().map(|account| Event::Waiting(Whom::Account(account))));
    Ok(tx.tell_all(events).await?)
}

/// What subscribers hear of an invitation that has changed. A partner's is a part of the project.
pub(crate) fn news(invitation: &invitation::Model) -> Vec<Event> {
    let (project, id) = (invitation.project_id, invitation.id);
    let mut events = vec![Event::Invitation { project, invitation: id }];
    if invitation.kind == InvitationKind::Partner {
        events.push(Event::Project { project });
    }
    events
}

/// Resends an invitation: its expiry starts over, and the previous link stops working (M-05).
/// Returns how the actor stands to the project, and what is offered.
pub async fn resend(actor: Actor<'_>, id: InvitationId) -> Result<(Access, InvitationKind)> {
    let (person, now) = (actor.person.account, actor.now);
    let permit = actor.permit::<FoundInvitation>(InvitationAct::Resend, id).await?;
    let (tx, invitation) = (&permit.tx, &permit.on.row);
    let wait = invitation.sent_at + RESEND_AFTER - now;
    // There is no need to wait for a mail that did not arrive.
    if wait > TimeDelta::zero() && invitation.undeliverable_since.is_none() {
        return Err(rate_limit::too_soon(wait));
    }
    end_links(tx, &[id.0]).await?;
    let mut row = invitation.clone().into_active_model();
    row.sent_at = Set(now);
    row.undeliverable_since = Set(None);
    row.expires_at = Set(now + GOOD_FOR);
    let invitation = row.update(&**tx).await?;
    post(tx, &invitation, permit.project()?, now).await?;
    log(tx, Act::InvitationResent, person, &invitation, now).await?;
    permit.tx.commit().await?;
    Ok((permit.by, invitation.kind))
}

/// Changes the role that a pending invitation offers (M-05). Returns how the actor stands to the
/// project, and what is offered.
pub async fn change_role(
    actor: Actor<'_>,
    id: InvitationId,
    role: TwinSpaceRole,
) -> Result<(Access, InvitationKind)> {
    let inviter = actor.account()?;
    let Permit { tx, by, on: FoundInvitation { row: invitation, .. }, .. } =
        actor.permit::<FoundInvitation>(InvitationAct::ChangeRole(Some(role)), id).await?;
    let kind = match (invitation.kind, role) {
        (InvitationKind::Partner, role) if role.is_teacher() => InvitationKind::Partner,
        (InvitationKind::Partner, _) => {
            return Err(role_needed("must be TEACHER_ADMIN or TEACHER for a partner"));
        }
        (_, TwinSpaceRole::Visitor) => InvitationKind::Visitor,
        (_, role) if role.is_teacher() => InvitationKind::Collaborator,
        _ => return Err(role_needed("must be TEACHER_ADMIN, TEACHER or VISITOR")),
    };
    let mut row = invitation.into_active_model();
    row.role = Set(role);
    row.kind = Set(kind);
    // Whoever sends it now is its inviter.
    row.inviter_id = Set(inviter);
    let invitation = row.update(&*tx).await?;
    log(&tx, Act::InvitationRoleChanged, Some(inviter), &invitation, actor.now).await?;
    tx.commit().await?;
    Ok((by, kind))
}

/// Revokes an invitation (M-05). Returns how the actor stands to the project, and what was offered.
pub async fn revoke(actor: Actor<'_>, id: InvitationId) -> Result<(Access, InvitationKind)> {
    let Permit { tx, by, on: FoundInvitation { row: invitation, .. }, .. } =
        actor.permit::<FoundInvitation>(InvitationAct::Revoke, id).await?;
    let invitation = end(&tx, invitation, InvitationState::Revoked, actor.now).await?;
    log(&tx, Act::InvitationRevoked, actor.person.account, &invitation, actor.now).await?;
    tx.commit().await?;
    Ok((by, invitation.kind))
}

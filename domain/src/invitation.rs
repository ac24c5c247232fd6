//! Invitations: sent, resent, changed, revoked, accepted, declined (M-04, M-05, P-11).

use std::{collections::BTreeSet, slice};

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    AccountId, AccountKind, Act, InvitationId, InvitationKind, InvitationState, MemberId,
    PartnerId, ProjectId, ProjectRole, Purpose, TwinSpaceRole, account, invitation, partner,
    project,
};
use sea_orm::{
    ActiveEnum, ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, SqlErr,
    sea_query::{Cond, Expr, Query, SelectStatement},
};
use uuid::Uuid;

use super::{
    access::{self, Access},
    account as accounts, audit, email,
    mail::{self, Letter},
    member::{self, Seat},
    project::are_contacts,
    pupil::rule::counts_as_pupil,
    rate_limit,
    session::{self, Entry, Holder, Opened},
    token,
};
use crate::{
    Error, Reason, Result,
    db::{Db, Tx},
    error::Problems,
    events::{Event, Whom},
};

pub(super) mod power;
mod row;

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

/// Invites the owner of `email` to the TwinSpace (M-04).
pub async fn invite(
    db: &Db,
    seen: &Access,
    email: &str,
    role: TwinSpaceRole,
    now: DateTime<Utc>,
) -> Result<InvitationId> {
    let mut problems = Problems::default();
    let adult = !role.is_pupil();
    problems.require(
        adult,
        "role",
        "must be TEACHER_ADMIN, TEACHER or VISITOR: pupils have no e-mail address",
    );
    let email = email::parse(email);
    problems.require(email.is_some(), "email", "must be an e-mail address");
    problems.finish()?;
    let email = email.expect("no problem was found with it");
    let tx = db.begin().await?;
    let project = access::lock_active(&tx, seen).await?;
    if let Some(account) = account::Entity::with_email(&email).one(&*tx).await? {
        let place = entity::member::Entity::of(project.id)
            .filter(entity::member::Column::AccountId.eq(account.id));
        if place.one(&*tx).await?.is_some() {
            return Err(Error::Conflict(Reason::AlreadyMember));
        }
    }
    let kind = match role {
        TwinSpaceRole::Visitor => InvitationKind::Visitor,
        _ => InvitationKind::Collaborator,
    };
    let id = send(&tx, seen, &project, Offer { kind, email, account: None, role }, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// Invites one of the inviter's contacts to become a partner (P-11).
pub async fn invite_partner(
    db: &Db,
    seen: &Access,
    invited: AccountId,
    role: TwinSpaceRole,
    now: DateTime<Utc>,
) -> Result<InvitationId> {
    if !role.is_teacher() {
        return Err(Error::invalid("role", "must be TEACHER_ADMIN or TEACHER"));
    }
    let inviter = seen.person.account.ok_or(Error::Unauthenticated)?;
    let tx = db.begin().await?;
    let project = access::lock_active(&tx, seen).await?;
    if !are_contacts(&*tx, inviter, invited).await? {
        return Err(Error::Conflict(Reason::NotAContact));
    }
    let place = partner::Entity::of(project.id).filter(partner::Column::AccountId.eq(invited));
    if place.one(&*tx).await?.is_some() {
        return Err(Error::Conflict(Reason::AlreadyMember));
    }
    let account = accounts::hold(&tx, invited).await?;
    let email = account.and_then(|account| account.email);
    let email = email.ok_or(Error::Conflict(Reason::NotATeacher))?;
    let kind = InvitationKind::Partner;
    let offer = Offer { kind, email, account: Some(invited), role };
    let id = send(&tx, seen, &project, offer, now).await?;
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
    seen: &Access,
    project: &project::Model,
    offer: Offer,
    now: DateTime<Utc>,
) -> Result<InvitationId> {
    let inviter_id = seen.person.account.ok_or(Error::Unauthenticated)?;
    // An invitation that was never answered makes room for the new one.
    invitation::Entity::update_many()
        .col_expr(invitation::Column::State, Expr::val(InvitationState::Expired.to_value()))
        .col_expr(invitation::Column::EndedAt, Expr::col(invitation::Column::ExpiresAt))
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
    log(tx, Act::InvitationSent, seen.person.account, &invitation, now).await?;
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
    let inviter = account::Entity::find_by_id(invitation.inviter_id).one(&**tx).await?;
    let place = entity::member::Entity::of(project.id)
        .filter(entity::member::Column::AccountId.eq(invitation.inviter_id));
    let role = place.one(&**tx).await?.map(|place| place.role);
    // A pupil's name is not shown to outsiders (M-20).
    let inviter = inviter.filter(|inviter| !counts_as_pupil(inviter.kind, role));
    let letter = Letter::Invitation {
        inviter: inviter.map(|inviter| inviter.name),
        project: project.title.clone(),
        role: invitation.role,
    };
    mail::post(tx, &invitation.email, &letter, invitation.id.0, now).await
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
        let line = line.detail("kind", invitation.kind.to_value());
        line.detail("role", invitation.role.to_value())
    };
    audit::write_all(tx, invitations.iter().map(line).collect(), now).await?;
    let changed = |invitation: &invitation::Model| Event::Invitation {
        project: invitation.project_id,
        invitation: invitation.id,
    };
    let mut events: Vec<_> = invitations.iter().map(changed).collect();
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

/// Resends an invitation: its expiry starts over, and the previous link stops working (M-05).
pub async fn resend(db: &Db, seen: &Access, id: InvitationId, now: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    let project = access::lock_active(&tx, seen).await?;
    let invitation = subject(&tx, seen, id).await?;
    may_resend(invitation.state).map_err(Error::Conflict)?;
    let wait = invitation.sent_at + RESEND_AFTER - now;
    // There is no need to wait for a mail that did not arrive.
    if wait > TimeDelta::zero() && invitation.undeliverable_since.is_none() {
        return Err(rate_limit::too_soon(wait));
    }
    end_links(&tx, &[id.0]).await?;
    let mut row = invitation.into_active_model();
    row.sent_at = Set(now);
    row.undeliverable_since = Set(None);
    row.expires_at = Set(now + GOOD_FOR);
    let invitation = row.update(&*tx).await?;
    post(&tx, &invitation, &project, now).await?;
    log(&tx, Act::InvitationResent, seen.person.account, &invitation, now).await?;
    Ok(tx.commit().await?)
}

/// Changes the role that a pending invitation offers (M-05).
pub async fn change_role(
    db: &Db,
    seen: &Access,
    id: InvitationId,
    role: TwinSpaceRole,
    now: DateTime<Utc>,
) -> Result<()> {
    let tx = db.begin().await?;
    access::lock_active(&tx, seen).await?;
    let invitation = pending(subject(&tx, seen, id).await?, now)?;
    let kind = match (invitation.kind, role) {
        (InvitationKind::Partner, role) if role.is_teacher() => InvitationKind::Partner,
        (InvitationKind::Partner, _) => {
            return Err(Error::invalid("role", "must be TEACHER_ADMIN or TEACHER for a partner"));
        }
        (_, TwinSpaceRole::Visitor) => InvitationKind::Visitor,
        (_, role) if role.is_teacher() => InvitationKind::Collaborator,
        _ => return Err(Error::invalid("role", "must be TEACHER_ADMIN, TEACHER or VISITOR")),
    };
    let mut row = invitation.into_active_model();
    row.role = Set(role);
    row.kind = Set(kind);
    // Whoever sends it now is its inviter.
    row.inviter_id = Set(seen.person.account.ok_or(Error::Unauthenticated)?);
    let invitation = row.update(&*tx).await?;
    log(&tx, Act::InvitationRoleChanged, seen.person.account, &invitation, now).await?;
    Ok(tx.commit().await?)
}

/// Revokes an invitation (M-05).
pub async fn revoke(db: &Db, seen: &Access, id: InvitationId, now: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    access::lock(&tx, seen).await?;
    let invitation = pending(subject(&tx, seen, id).await?, now)?;
    let invitation = end(&tx, invitation, InvitationState::Revoked, now).await?;
    log(&tx, Act::InvitationRevoked, seen.person.account, &invitation, now).await?;
    Ok(tx.commit().await?)
}

/// How an invitation is identified when it is answered.
#[derive(Clone, Debug)]
pub enum Answering {
    /// By the secret in the mailed link.
    Token(String),
    /// By its ID, on the desktop of the account whose address was invited.
    Id(InvitationId),
}

/// Accepts the invitation with an account that has the invited address. Returns the member.
pub async fn accept(
    db: &Db,
    account: AccountId,
    by: &Answering,
    now: DateTime<Utc>,
) -> Result<MemberId> {
    let tx = db.begin().await?;
    let (project, invitation) = find(&tx, by, now).await?;
    let account = accounts::hold(&tx, account).await?.ok_or(Error::Unauthenticated)?;
    own(&invitation, &account, by)?;
    let invitation = pending(invitation, now)?;
    let member = take(&tx, project, invitation, &account, now).await?;
    tx.commit().await?;
    Ok(member)
}

/// Someone without an account who accepts an invitation, and what they chose.
#[derive(Clone, Debug)]
pub struct Guest<'a> {
    /// The secret in the mailed link.
    pub token: &'a str,
    /// The name that others see.
    pub name: &'a str,
    /// The Argon2id hash in PHC format.
    pub password_hash: String,
}

/// Accepts an invitation for someone without an account: creates a guest account and signs in
/// (M-04).
///
/// If the address has an account, that account must accept: whoever holds the link reads the mail
/// of that address, so telling them is not a leak.
pub async fn accept_as_guest(
    db: &Db,
    guest: Guest<'_>,
    entry: Entry<'_>,
) -> Result<(MemberId, Opened)> {
    let (Guest { token, name, password_hash }, now) = (guest, entry.now);
    let tx = db.begin().await?;
    let (project, invitation) = find(&tx, &Answering::Token(token.to_owned()), now).await?;
    let invitation = pending(invitation, now)?;
    let known = account::Entity::with_email(&invitation.email).one(&*tx).await?;
    if known.is_some_and(|account| account.verified_at.is_some()) {
        return Err(Error::Conflict(Reason::AccountExists));
    }
    let id = accounts::create_guest(&tx, &invitation.email, name, password_hash, now).await?;
    let account = account::Entity::find_by_id(id).one(&*tx).await?;
    let account = account.ok_or_else(|| Error::internal("a newly created account is missing"))?;
    let member = take(&tx, project, invitation, &account, now).await?;
    let (token, session) = session::open(&tx, id, entry).await?;
    tx.commit().await?;
    let holder = Holder { kind: account.kind, verified: true, service_id: None };
    Ok((member, Opened { token, session, holder }))
}

async fn take(
    tx: &Tx,
    project: project::Model,
    invitation: invitation::Model,
    account: &account::Model,
    now: DateTime<Utc>,
) -> Result<MemberId> {
    if !matches!(account.kind, AccountKind::Teacher | AccountKind::Guest) {
        return Err(Error::Forbidden(Reason::NotATeacher));
    }
    let project = access::active(project)?;
    // Losing the right to invite revokes the invitation; it is checked again nevertheless.
    if !power::stands(tx, &invitation).await? {
        return Err(Error::Conflict(Reason::InvitationEnded));
    }
    let invitation = end(tx, invitation, InvitationState::Accepted, now).await?;
    if invitation.kind == InvitationKind::Partner {
        let place = partner::ActiveModel {
            id: Set(PartnerId::new()),
            project_id: Set(project.id),
            account_id: Set(account.id),
            role: Set(ProjectRole::Manager),
            founder: Set(false),
            created_at: Set(now),
        };
        place.insert(&**tx).await.map_err(|error| match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Error::Conflict(Reason::AlreadyMember),
            _ => error.into(),
        })?;
    }
    let (inviter, actor) = (Some(invitation.inviter_id), Some(account.id));
    let seat = Seat { project: project.id, role: invitation.role, inviter, actor };
    let member = member::join(tx, account, seat, now).await?;
    log(tx, Act::InvitationAccepted, Some(account.id), &invitation, now).await?;
    Ok(member)
}

/// Declines the invitation: with the mailed link, without any account, or on the desktop.
pub async fn decline(
    db: &Db,
    account: Option<AccountId>,
    by: &Answering,
    now: DateTime<Utc>,
) -> Result<InvitationId> {
    if matches!(by, Answering::Id(_)) && account.is_none() {
        return Err(Error::Unauthenticated);
    }
    let tx = db.begin().await?;
    let (_, invitation) = find(&tx, by, now).await?;
    if let (Answering::Id(_), Some(account)) = (by, account) {
        let account = account::Entity::find_by_id(account).one(&*tx).await?;
        own(&invitation, &account.ok_or(Error::Unauthenticated)?, by)?;
    }
    let invitation = pending(invitation, now)?;
    let invitation = end(&tx, invitation, InvitationState::Declined, now).await?;
    log(&tx, Act::InvitationDeclined, account, &invitation, now).await?;
    tx.commit().await?;
    Ok(invitation.id)
}

/// The invitation being answered, with its project locked. Only the invited person learns whether
/// it can still be answered.
async fn find(
    tx: &Tx,
    by: &Answering,
    now: DateTime<Utc>,
) -> Result<(project::Model, invitation::Model)> {
    let missing = || Error::NotFound("invitation");
    let id = match by {
        Answering::Id(id) => *id,
        Answering::Token(secret) => {
            let subject = token::subject(&**tx, secret, Purpose::AcceptInvitation, now).await?;
            subject.ok_or_else(missing)?.into()
        }
    };
    let unlocked = invitation::Entity::find_by_id(id).one(&**tx).await?.ok_or_else(missing)?;
    let project = access::lock_project(tx, unlocked.project_id).await?;
    // What was read before the lock may have been answered since.
    let invitation = invitation::Entity::find_by_id(id).one(&**tx).await?.ok_or_else(missing)?;
    if let Answering::Token(secret) = by {
        let alive = token::subject(&**tx, secret, Purpose::AcceptInvitation, now).await?;
        alive.ok_or_else(missing)?;
    }
    Ok((project, invitation))
}

/// An invitation belongs to the address to which it was sent, and is hidden from everyone else.
fn own(invitation: &invitation::Model, account: &account::Model, by: &Answering) -> Result<()> {
    let same_address = account.verified_at.is_some()
        && account.email.as_deref() == Some(invitation.email.as_str());
    match (same_address || invitation.account_id == Some(account.id), by) {
        (true, _) => Ok(()),
        (false, Answering::Id(_)) => Err(Error::NotFound("invitation")),
        (false, Answering::Token(_)) => Err(Error::Forbidden(Reason::AddressDiffers)),
    }
}

async fn subject(tx: &Tx, seen: &Access, id: InvitationId) -> Result<invitation::Model> {
    let invitation = invitation::Entity::of(seen.project_id);
    let invitation = invitation.filter(invitation::Column::Id.eq(id)).one(&**tx).await?;
    invitation.ok_or(Error::NotFound("invitation"))
}

fn pending(invitation: invitation::Model, now: DateTime<Utc>) -> Result<invitation::Model> {
    is_pending(invitation.state, invitation.expires_at > now).map_err(Error::Conflict)?;
    Ok(invitation)
}

/// Whether an invitation in this state, expired or not, is still pending.
pub fn is_pending(state: InvitationState, in_time: bool) -> Result<(), Reason> {
    match state {
        InvitationState::Pending if in_time => Ok(()),
        _ => Err(Reason::InvitationEnded),
    }
}

/// Whether an invitation in this state may be resent; an expired one may be, too.
pub fn may_resend(state: InvitationState) -> Result<(), Reason> {
    is_pending(state, true)
}

async fn end(
    tx: &Tx,
    invitation: invitation::Model,
    state: InvitationState,
    now: DateTime<Utc>,
) -> Result<invitation::Model> {
    end_links(tx, &[invitation.id.0]).await?;
    let mut row = invitation.into_active_model();
    row.state = Set(state);
    row.ended_at = Set(Some(now));
    Ok(row.update(&**tx).await?)
}

/// Ends several pending invitations, and logs that.
async fn end_all(
    tx: &Tx,
    mut invitations: Vec<invitation::Model>,
    (state, act): (InvitationState, Act),
    actor: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<()> {
    if invitations.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = invitations.iter().map(|invitation| invitation.id.0).collect();
    end_links(tx, &ids).await?;
    invitation::Entity::update_many()
        .col_expr(invitation::Column::State, Expr::val(state.to_value()))
        .col_expr(invitation::Column::EndedAt, Expr::val(now))
        .filter(invitation::Column::Id.is_in(ids))
        .exec(&**tx)
        .await?;
    for invitation in &mut invitations {
        invitation.state = state;
        invitation.ended_at = Some(now);
    }
    log_all(tx, act, actor, &invitations, now).await
}

/// The pending invitations from or to someone, whether or not they have expired.
pub(super) async fn waiting(tx: &Tx, account: AccountId) -> Result<Vec<invitation::Model>> {
    let mine = Cond::any()
        .add(invitation::Column::InviterId.eq(account))
        .add(invitation::Column::AccountId.eq(account))
        .add(invitation::Column::Email.in_subquery(address_of(account)));
    let waiting = invitation::Entity::find()
        .filter(mine)
        .filter(invitation::Column::State.eq(InvitationState::Pending));
    Ok(waiting.all(&**tx).await?)
}

fn address_of(account: AccountId) -> SelectStatement {
    let mut address = Query::select();
    address
        .column(account::Column::Email)
        .from(account::Entity)
        .and_where(account::Column::Id.eq(account));
    address
}

/// Revokes the invitations sent by someone whose account is erased, declines those sent to them,
/// and removes their address from all invitations.
pub(super) async fn forget(
    tx: &Tx,
    account: &account::Model,
    actor: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<()> {
    power::revoke_all(tx, account.id, actor, now).await?;
    let offered = waiting(tx, account.id).await?;
    let declined = (InvitationState::Declined, Act::InvitationDeclined);
    end_all(tx, offered, declined, actor, now).await?;
    let theirs = Cond::any()
        .add(invitation::Column::AccountId.eq(account.id))
        .add(invitation::Column::Email.in_subquery(address_of(account.id)));
    invitation::Entity::update_many()
        .col_expr(invitation::Column::Email, Expr::val(""))
        .filter(theirs)
        .exec(&**tx)
        .await?;
    Ok(())
}

/// Mailed links stop working, and mails still in the outbox are not sent.
async fn end_links(tx: &Tx, ids: &[Uuid]) -> Result<()> {
    token::end_all(tx, Purpose::AcceptInvitation, ids).await?;
    mail::withdraw_all(tx, ids).await
}

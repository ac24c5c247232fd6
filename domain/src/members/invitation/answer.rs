//! Answers to invitations: accepted, with or without an account, or declined (M-04, M-05, P-11).

use chrono::{DateTime, Utc};
use entity::{
    AccountId, AccountKind, Act, InvitationId, InvitationKind, InvitationState, MemberId,
    PartnerId, ProjectRole, ProjectState, Purpose, account, invitation, partner, project,
};
use policy::{Person, ReceivedInvitation, Reply, Subject};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, SqlErr};

use super::{end, log, power};
use crate::{
    Error, Reason, Result, access,
    accounts::{
        account::{self as accounts, NewPerson},
        session::{self, Entry, Holder, Opened},
    },
    db::{Db, Tx},
    members::member::{self, Seat},
    token,
};

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
    decide(&tx, (Reply::Accept, by), (&project, &invitation), Some(&account), now).await?;
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
    /// The language in which the server writes to them, as an ISO 639-1 code; that of the inviter if
    /// it is not known.
    pub language: Option<String>,
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
    let (Guest { token, name, password_hash, language }, now) = (guest, entry.now);
    let tx = db.begin().await?;
    let by = Answering::Token(token.to_owned());
    let (project, invitation) = find(&tx, &by, now).await?;
    decide(&tx, (Reply::Accept, &by), (&project, &invitation), None, now).await?;
    let known = account::Entity::with_email(&invitation.email).one(&*tx).await?;
    if known.is_some_and(|account| account.verified_at.is_some()) {
        return Err(Error::Conflict(Reason::AccountExists));
    }
    let language = match language {
        Some(language) => language,
        None => accounts::language(&tx, invitation.inviter_id).await?,
    };
    let (email, language) = (&invitation.email, &language);
    let guest = NewPerson { email, name, password_hash, language };
    let id = accounts::create_guest(&tx, guest, now).await?;
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
    let (project, invitation) = find(&tx, by, now).await?;
    let owner = match (by, account) {
        (Answering::Id(_), Some(id)) => {
            let owner = account::Entity::find_by_id(id).one(&*tx).await?;
            Some(owner.ok_or(Error::Unauthenticated)?)
        }
        _ => None,
    };
    decide(&tx, (Reply::Decline, by), (&project, &invitation), owner.as_ref(), now).await?;
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

/// Whether an invitation, whose project is locked, can be answered like this by the owner of this
/// account, or by somebody without one. It belongs to the address to which it was sent.
async fn decide(
    tx: &Tx,
    (act, by): (Reply, &Answering),
    (project, invitation): (&project::Model, &invitation::Model),
    account: Option<&account::Model>,
    now: DateTime<Utc>,
) -> Result<()> {
    let is_to = |account: &account::Model| {
        let same_address = account.verified_at.is_some()
            && account.email.as_deref() == Some(invitation.email.as_str());
        same_address || invitation.account_id == Some(account.id)
    };
    let facts = ReceivedInvitation {
        state: invitation.state,
        in_time: invitation.expires_at > now,
        theirs: account.is_none_or(is_to),
        linked: matches!(by, Answering::Token(_)),
        active: project.state == ProjectState::Active,
        stands: act == Reply::Decline || power::stands(tx, invitation).await?,
    };
    let kind = Some(account.map_or(AccountKind::Guest, |account| account.kind));
    let person = Person { account: account.map(|account| account.id), kind, service: None };
    facts.decide(act, &person).map_err(|refusal| Error::refused("invitation", refusal))
}

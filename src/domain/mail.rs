//! The outbox: what is to be mailed is written in the transaction that causes it.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    AccountId, ContactId, ContactState, InvitationId, InvitationState, MailId, MessageId,
    ProjectId, Purpose, TwinSpaceRole, account, contact, email_change, guest_registration,
    invitation, mail, message, project,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{access, token};
use crate::{
    Error, Result,
    db::{Db, Tx},
    events::Event,
};

/// How long the link that proves an address works.
pub const VERIFY_FOR: TimeDelta = TimeDelta::hours(24);

/// How long the link that sets a password works.
const RESET_FOR: TimeDelta = TimeDelta::hours(1);

/// How long the link that gives an account another address works.
pub const CHANGE_FOR: TimeDelta = TimeDelta::hours(24);

/// What a mail says. It holds no secret: a link's token is made when the mail is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Letter {
    /// Follow the link to prove the address. The subject is the account.
    VerifyEmail {
        /// Who registered.
        name: String,
    },
    /// Someone registered with an address that has an account. The subject is the account.
    AlreadyRegistered {
        /// Whose account it is.
        name: String,
    },
    /// Somebody registered as a teacher with the address of a guest's account: follow the link to
    /// become one with that account. The subject is the account.
    BecomeTeacher {
        /// Whose account it is.
        name: String,
    },
    /// Follow the link to set a new password. The subject is the account.
    ResetPassword {
        /// Whose account it is.
        name: String,
    },
    /// Follow the link to sign in with this address from now on. The subject is the account.
    ChangeEmail {
        /// Whose account it is.
        name: String,
    },
    /// Another address is to take the place of this one. The subject is nothing: it is not taken
    /// back.
    EmailChanging {
        /// Whose account it is.
        name: String,
    },
    /// Follow the link to join (M-04, P-11). The subject is the invitation.
    Invitation {
        /// Who invites; none if it is a pupil (M-20).
        inviter: Option<String>,
        /// To which project.
        project: String,
        /// The role offered.
        role: TwinSpaceRole,
    },
    /// A teacher asks to be a contact (C-01). The subject is the contact.
    ContactRequest {
        /// The name of the recipient.
        name: String,
        /// The teacher who sent the request.
        from: String,
    },
    /// There is a message to read (T-06): not from whom, nor what it says. The subject is the message.
    Message {
        /// The name of the recipient.
        name: String,
        /// The project in whose TwinSpace it was written.
        project: String,
    },
    /// Something about pupils whom somebody answers for or wants to: without the names of children.
    /// The subject is the project.
    Pupils {
        /// The name of the recipient.
        name: String,
        /// The project in whose TwinSpace it is.
        project: String,
        /// What it is, as a sentence.
        what: String,
        /// Whether it waits for an answer.
        waits: bool,
    },
    /// Something waits on the desktop: a project to accept, a decision to make. The subject is the project.
    Waiting {
        /// The name of the recipient.
        name: String,
        /// The project.
        project: String,
        /// What waits, as a sentence.
        what: String,
    },
    /// Something happened to a project, and waits for nothing. The subject is the project.
    News {
        /// The name of the recipient.
        name: String,
        /// The project.
        project: String,
        /// What happened, in a few words: `it is approved`.
        news: String,
        /// The same as a sentence or two.
        what: String,
    },
}

impl Letter {
    /// What the token in its link is good for; none where it has no such link.
    pub const fn purpose(&self) -> Option<Purpose> {
        match self {
            Self::VerifyEmail { .. } | Self::BecomeTeacher { .. } => Some(Purpose::VerifyEmail),
            Self::ResetPassword { .. } => Some(Purpose::ResetPassword),
            Self::ChangeEmail { .. } => Some(Purpose::ChangeEmail),
            Self::Invitation { .. } => Some(Purpose::AcceptInvitation),
            Self::AlreadyRegistered { .. }
            | Self::EmailChanging { .. }
            | Self::ContactRequest { .. }
            | Self::Message { .. }
            | Self::Pupils { .. }
            | Self::Waiting { .. }
            | Self::News { .. } => None,
        }
    }
}

/// Writes a mail into the outbox; it leaves after the transaction is committed.
pub async fn post(
    tx: &Tx,
    recipient: &str,
    letter: &Letter,
    subject: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = mail::ActiveModel {
        id: Set(MailId::new()),
        recipient: Set(recipient.to_owned()),
        letter: Set(serde_json::to_value(letter).map_err(Error::internal)?),
        subject_id: Set(subject),
        attempts: Set(0),
        due_at: Set(now),
        created_at: Set(now),
    };
    row.insert(&**tx).await?;
    tx.tell(Event::Mail).await?;
    Ok(())
}

/// Takes back the mails on `subject` that have not left yet.
pub async fn withdraw(tx: &Tx, subject: Uuid) -> Result<()> {
    withdraw_all(tx, &[subject]).await
}

/// The same of several subjects.
pub async fn withdraw_all(tx: &Tx, subjects: &[Uuid]) -> Result<()> {
    let those = mail::Column::SubjectId.is_in(subjects.iter().copied());
    mail::Entity::delete_many().filter(those).exec(&**tx).await?;
    Ok(())
}

/// Takes back all mails to an address that have not left yet.
pub(super) async fn withdraw_from(tx: &Tx, recipient: &str) -> Result<()> {
    mail::Entity::delete_many().filter(mail::Column::Recipient.eq(recipient)).exec(&**tx).await?;
    Ok(())
}

/// A mail that one worker has taken and others leave alone until the lease ends.
#[derive(Debug)]
pub struct Taken {
    /// Its key.
    pub id: MailId,
    /// The address it goes to.
    pub recipient: String,
    /// What it is about.
    subject: Uuid,
    /// What it says; unreadable where a newer version of the server wrote it.
    pub letter: Result<Letter, serde_json::Error>,
    /// The token of its link. Here alone it is to be had: the database has its hash.
    pub token: Option<String>,
    /// How often sending was tried, this time included.
    pub attempts: i32,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

impl Taken {
    /// The domain of the address.
    pub fn domain(&self) -> &str {
        self.recipient.rsplit('@').next().unwrap_or_default()
    }
}

/// Takes the mail that has been due for longest, and makes the token of its link. Mails to the
/// domains in `except` are passed over. Mails on what no longer stands are dropped on the way.
pub async fn take(
    db: &Db,
    lease: TimeDelta,
    except: &[&str],
    now: DateTime<Utc>,
) -> Result<Option<Taken>> {
    let due = || {
        let due = mail::Entity::find().filter(mail::Column::DueAt.lte(now));
        except.iter().fold(due, |due, domain| {
            due.filter(mail::Column::Recipient.not_like(format!("%@{domain}")))
        })
    };
    // Most often there is none, which needs no transaction.
    if due().one(db.read()).await?.is_none() {
        return Ok(None);
    }
    let tx = db.begin().await?;
    loop {
        let row = due()
            .order_by_asc(mail::Column::DueAt)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .one(&*tx)
            .await?;
        let Some(row) = row else {
            tx.commit().await?;
            return Ok(None);
        };
        let letter = serde_json::from_value::<Letter>(row.letter.clone());
        let mut secret = None;
        if let Ok(letter) = &letter {
            let Some(good_for) = stands(&tx, letter, &row, now).await? else {
                mail::Entity::delete_by_id(row.id).exec(&*tx).await?;
                continue;
            };
            if let Some(purpose) = letter.purpose() {
                secret = Some(token::mint(&*tx, purpose, row.subject_id, good_for, now).await?);
            }
        }
        let attempts = row.attempts + 1;
        let taken = Taken {
            id: row.id,
            recipient: row.recipient.clone(),
            subject: row.subject_id,
            letter,
            token: secret,
            attempts,
            created_at: row.created_at,
        };
        let mut row = row.into_active_model();
        row.attempts = Set(attempts);
        row.due_at = Set(now + lease);
        row.update(&*tx).await?;
        tx.commit().await?;
        return Ok(Some(taken));
    }
}

/// For how long what the mail says stands; none if it does not any more.
async fn stands(
    tx: &Tx,
    letter: &Letter,
    row: &mail::Model,
    now: DateTime<Utc>,
) -> Result<Option<TimeDelta>> {
    let account = async || {
        account::Entity::find_by_id(AccountId(row.subject_id))
            .filter(account::Column::Email.eq(&row.recipient))
            .one(&**tx)
            .await
    };
    Ok(match letter {
        Letter::VerifyEmail { .. } => {
            account().await?.filter(|account| account.verified_at.is_none()).map(|_| VERIFY_FOR)
        }
        Letter::BecomeTeacher { .. } => match account().await? {
            Some(account) => guest_registration::Entity::find_by_id(account.id)
                .one(&**tx)
                .await?
                .map(|_| VERIFY_FOR),
            None => None,
        },
        Letter::ResetPassword { .. } => account().await?.map(|_| RESET_FOR),
        Letter::ChangeEmail { .. } => email_change::Entity::find_by_id(AccountId(row.subject_id))
            .filter(email_change::Column::Email.eq(&row.recipient))
            .one(&**tx)
            .await?
            .map(|_| CHANGE_FOR),
        Letter::EmailChanging { .. } => Some(TimeDelta::MAX),
        Letter::AlreadyRegistered { .. } => account().await?.map(|_| TimeDelta::MAX),
        Letter::Invitation { .. } => invitation::Entity::find_by_id(InvitationId(row.subject_id))
            .filter(invitation::Column::State.eq(InvitationState::Pending))
            .filter(invitation::Column::ExpiresAt.gt(now))
            .one(&**tx)
            .await?
            .map(|invitation| invitation.expires_at - now),
        Letter::ContactRequest { .. } => contact::Entity::find_by_id(ContactId(row.subject_id))
            .filter(contact::Column::State.eq(ContactState::Pending))
            .one(&**tx)
            .await?
            .map(|_| TimeDelta::MAX),
        Letter::Message { .. } => message::Entity::find_by_id(MessageId(row.subject_id))
            .filter(message::Column::ReadAt.is_null())
            .filter(message::Column::RecipientDeleted.eq(false))
            .one(&**tx)
            .await?
            .map(|_| TimeDelta::MAX),
        Letter::Waiting { .. } | Letter::News { .. } | Letter::Pupils { .. } => {
            project::Entity::find_by_id(ProjectId(row.subject_id))
                .one(&**tx)
                .await?
                .map(|_| TimeDelta::MAX)
        }
    })
}

/// Takes the name of somebody whose account is erased out of the mails to others that have not left
/// yet. Of a namesake it may go, too, for which nobody is worse off.
pub(super) async fn forget(tx: &Tx, name: &str, former: &str) -> Result<()> {
    // By a loose match; which of them say it shows when they are read.
    let wild: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let words = Expr::col((mail::Entity, mail::Column::Letter)).cast_as("text");
    let found = mail::Entity::find().filter(words.like(format!("%{wild}%")));
    for row in found.all(&**tx).await? {
        let Ok(mut letter) = serde_json::from_value::<Letter>(row.letter.clone()) else { continue };
        let said = match &mut letter {
            Letter::Invitation { inviter: Some(inviter), .. } => inviter,
            Letter::ContactRequest { from, .. } => from,
            Letter::Waiting { what, .. }
            | Letter::News { what, .. }
            | Letter::Pupils { what, .. } => what,
            _ => continue,
        };
        *said = said.replace(name, former);
        let mut row = row.into_active_model();
        row.letter = Set(serde_json::to_value(letter).map_err(Error::internal)?);
        row.update(&**tx).await?;
    }
    Ok(())
}

/// Takes a mail out of the outbox: it was delivered.
pub async fn settle(db: &Db, id: MailId) -> Result<()> {
    let tx = db.begin().await?;
    mail::Entity::delete_by_id(id).exec(&*tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a mail out of the outbox that was not delivered and will not be tried again. Its invitation
/// says so, unless it was sent again or ended meanwhile.
pub async fn give_up(db: &Db, taken: &Taken, now: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    let mut offered = None;
    if let Ok(Letter::Invitation { .. }) = taken.letter {
        let found = invitation::Entity::find_by_id(InvitationId(taken.subject)).one(&*tx).await?;
        if let Some(found) = found {
            // The project first, as in all that happens to its invitations.
            access::lock_project(&tx, found.project_id).await?;
            offered = Some(found);
        }
    }
    let gone = mail::Entity::delete_by_id(taken.id).exec(&*tx).await?;
    if let Some(offered) = offered.filter(|_| gone.rows_affected > 0) {
        invitation::Entity::update_many()
            .col_expr(invitation::Column::UndeliverableSince, Expr::val(now))
            .filter(invitation::Column::Id.eq(offered.id))
            .filter(invitation::Column::State.eq(InvitationState::Pending))
            .exec(&*tx)
            .await?;
        let (project, invitation) = (offered.project_id, offered.id);
        tx.tell(Event::Invitation { project, invitation }).await?;
    }
    Ok(tx.commit().await?)
}

/// Has a mail that was taken tried again, unless it was withdrawn meanwhile.
pub async fn retry(db: &Db, id: MailId, due_at: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    mail::Entity::update_many()
        .col_expr(mail::Column::DueAt, due_at.into())
        .filter(mail::Column::Id.eq(id))
        .exec(&*tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

//! The outbox: mails are written in the transaction that causes them.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{
    AccountId, ContactId, ContactState, InvitationId, InvitationState, MailId, MessageId,
    ProjectId, account, contact, email_change, guest_registration, invitation, mail, message,
    project,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType, SelectStatement},
};
use uuid::Uuid;

use crate::{
    Error, Result, access,
    db::{Db, Tx},
    events::Event,
    token,
};

mod letter;
mod queue;

pub use letter::{Letter, News};
pub use queue::{pending, retry_now, retry_these};

/// How long the link to verify an address works.
pub const VERIFY_FOR: TimeDelta = TimeDelta::hours(24);

/// How long the link to reset a password works.
const RESET_FOR: TimeDelta = TimeDelta::hours(1);

/// How long the link to change an account's address works.
pub const CHANGE_FOR: TimeDelta = TimeDelta::hours(24);

/// Adds a mail to the outbox; it is sent after the transaction is committed. If by then the address
/// has no account, it is in this `language`.
pub async fn post(
    tx: &Tx,
    recipient: &str,
    language: &str,
    letter: &Letter,
    subject: Uuid,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = mail::ActiveModel {
        id: Set(MailId::new()),
        recipient: Set(recipient.to_owned()),
        language: Set(language.to_owned()),
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

/// Cancels the mails about `subject` that have not been sent yet.
pub async fn withdraw(tx: &Tx, subject: Uuid) -> Result<()> {
    withdraw_all(tx, &[subject]).await
}

/// The same for several subjects.
pub async fn withdraw_all(tx: &Tx, subjects: &[Uuid]) -> Result<()> {
    let those = mail::Column::SubjectId.is_in(subjects.iter().copied());
    mail::Entity::delete_many().filter(those).exec(&**tx).await?;
    Ok(())
}

/// The same for the subjects that this statement selects.
pub async fn withdraw_those(tx: &Tx, subjects: SelectStatement) -> Result<()> {
    let those = mail::Column::SubjectId.in_subquery(subjects);
    mail::Entity::delete_many().filter(those).exec(&**tx).await?;
    Ok(())
}

/// Cancels all mails to an address that have not been sent yet.
pub(super) async fn withdraw_from(tx: &Tx, recipient: &str) -> Result<()> {
    mail::Entity::delete_many().filter(mail::Column::Recipient.eq(recipient)).exec(&**tx).await?;
    Ok(())
}

/// A mail taken by one worker, which others leave alone until the lease ends.
#[derive(Debug)]
pub struct Taken {
    /// The key.
    pub id: MailId,
    /// The recipient's address.
    pub recipient: String,
    /// The language of the recipient.
    pub language: String,
    /// What it is about.
    subject: Uuid,
    /// The content; unreadable if a newer version of the server wrote it.
    pub letter: Result<Letter, serde_json::Error>,
    /// The token of its link. It is available only here: the database has only its hash.
    pub token: Option<String>,
    /// The number of attempts to send it, including this one.
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

/// Takes the mail that has been due for longest, and creates the token of its link. Skips mails to
/// the domains in `except`, and deletes mails about what is no longer valid.
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
    // Usually there is none, which needs no transaction.
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
            language: language(&tx, &row).await?,
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

/// The language in which the owner of the address wants to be written to now; where it has no
/// account, the one in which the mail was posted.
async fn language(tx: &Tx, row: &mail::Model) -> Result<String> {
    let owner = account::Entity::with_email(&row.recipient)
        .select_only()
        .column(account::Column::Language)
        // Until then, anybody may have registered with it.
        .filter(account::Column::VerifiedAt.is_not_null());
    let chosen = owner.into_tuple().one(&**tx).await?;
    Ok(chosen.unwrap_or_else(|| row.language.clone()))
}

/// How long the content of the mail is valid; `None` if it no longer is.
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
        Letter::AlreadyRegistered { .. } | Letter::Admission { .. } => {
            account().await?.map(|_| TimeDelta::MAX)
        }
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
        Letter::News { .. } | Letter::Sentence { .. } => {
            project::Entity::find_by_id(ProjectId(row.subject_id))
                .one(&**tx)
                .await?
                .map(|_| TimeDelta::MAX)
        }
    })
}

/// Removes the name of someone whose account is erased from pending mails to others. A namesake may
/// be removed as well, which does no harm.
pub(super) async fn forget(tx: &Tx, name: &str, former: &str) -> Result<()> {
    // With a loose match; which of them contain it is determined when they are read.
    let wild: String = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let words = mail::Column::Letter.into_expr().cast_as("text");
    let found = mail::Entity::find().filter(words.like(format!("%{wild}%")));
    for row in found.all(&**tx).await? {
        let Ok(mut letter) = serde_json::from_value::<Letter>(row.letter.clone()) else { continue };
        let Some(said) = letter.named() else { continue };
        *said = said.replace(name, former);
        let mut row = row.into_active_model();
        row.letter = Set(serde_json::to_value(letter).map_err(Error::internal)?);
        row.update(&**tx).await?;
    }
    Ok(())
}

/// The number of mails in the outbox.
pub async fn waiting(db: &Db) -> Result<u64> {
    Ok(mail::Entity::find().count(db.read()).await?)
}

/// Removes a mail from the outbox after delivery.
pub async fn settle(db: &Db, id: MailId) -> Result<()> {
    let tx = db.begin().await?;
    mail::Entity::delete_by_id(id).exec(&*tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes a mail from the outbox that was not delivered and will not be retried. Its invitation
/// shows that, unless it was resent or ended meanwhile.
pub async fn give_up(db: &Db, taken: &Taken, now: DateTime<Utc>) -> Result<()> {
    let tx = db.begin().await?;
    let mut offered = None;
    if let Ok(Letter::Invitation { .. }) = taken.letter {
        let found = invitation::Entity::find_by_id(InvitationId(taken.subject)).one(&*tx).await?;
        if let Some(found) = found {
            // The project first, as in everything that happens to its invitations.
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
        tx.tell_all(crate::members::invitation::news(&offered)).await?;
    }
    Ok(tx.commit().await?)
}

/// Schedules another attempt for a mail, unless it was cancelled meanwhile.
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

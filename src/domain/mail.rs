//! The outbox: what is to be mailed is written in the transaction that causes it.

use chrono::{DateTime, Utc};
use entity::{MailId, TwinSpaceRole, mail};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Error, Result, db::Tx};

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
    /// Follow the link to set a new password. The subject is the account.
    ResetPassword {
        /// Whose account it is.
        name: String,
    },
    /// Follow the link to join (M-04, P-11). The subject is the invitation.
    Invitation {
        /// Who invites.
        inviter: String,
        /// To which project.
        project: String,
        /// As what.
        role: TwinSpaceRole,
    },
    /// A teacher asks to be a contact (C-01). The subject is the contact.
    ContactRequest {
        /// Who it is for.
        name: String,
        /// Who asks.
        from: String,
    },
    /// Something waits on the desktop: a project to accept, a decision to make. The subject is the project.
    Waiting {
        /// Who it is for.
        name: String,
        /// The project.
        project: String,
        /// What waits, as a sentence.
        what: String,
    },
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
    Ok(())
}

/// Takes back the mails on `subject` that have not left yet.
pub async fn withdraw(tx: &Tx, subject: Uuid) -> Result<()> {
    mail::Entity::delete_many().filter(mail::Column::SubjectId.eq(subject)).exec(&**tx).await?;
    Ok(())
}

//! What mails are about.

use entity::{Purpose, TwinSpaceRole};
use serde::{Deserialize, Serialize};

/// The content of a mail. It contains no secret: a link's token is created when the mail is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Letter {
    /// Open the link to verify the address. The subject is the account.
    VerifyEmail {
        /// The person who registered.
        name: String,
    },
    /// Someone registered with an address that has an account. The subject is the account.
    AlreadyRegistered {
        /// The name of the account's owner.
        name: String,
    },
    /// Someone registered as a teacher with the address of a guest's account: open the link to
    /// become one with that account. The subject is the account.
    BecomeTeacher {
        /// The name of the account's owner.
        name: String,
    },
    /// It was decided whether somebody who registered as a teacher is admitted. The subject is
    /// the account.
    Admission {
        /// The name of the account's owner.
        name: String,
        /// The reason, if it was declined.
        declined: Option<String>,
    },
    /// Open the link to set a new password. The subject is the account.
    ResetPassword {
        /// The name of the account's owner.
        name: String,
    },
    /// Open the link to sign in with this address from now on. The subject is the account.
    ChangeEmail {
        /// The name of the account's owner.
        name: String,
    },
    /// The address is about to be replaced by another. The subject is nil: the mail is not
    /// cancelled.
    EmailChanging {
        /// The name of the account's owner.
        name: String,
    },
    /// Open the link to join (M-04, P-11). The subject is the invitation.
    Invitation {
        /// The inviter; `None` if it is a pupil (M-20).
        inviter: Option<String>,
        /// The project.
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
    /// There is a new message (T-06), without its sender or content. The subject is the message.
    Message {
        /// The name of the recipient.
        name: String,
        /// The project of the TwinSpace in which it was sent.
        project: String,
    },
    /// News about pupils for a current or prospective custodian, without the children's names. The
    /// subject is the project.
    Pupils {
        /// The name of the recipient.
        name: String,
        /// The project of the TwinSpace.
        project: String,
        /// The content, as a sentence.
        what: String,
        /// Whether it requires an answer.
        waits: bool,
    },
    /// A notification on the desktop: a project to accept, a decision to make. The subject is the
    /// project.
    Waiting {
        /// The name of the recipient.
        name: String,
        /// The project.
        project: String,
        /// What is pending, as a sentence.
        what: String,
    },
    /// News about a project that requires no answer. The subject is the project.
    News {
        /// The name of the recipient.
        name: String,
        /// The project.
        project: String,
        /// The news in a few words: `approved`.
        news: String,
        /// The same in a sentence or two.
        what: String,
    },
}

impl Letter {
    /// The purpose of the token in its link; `None` if it has no such link.
    pub const fn purpose(&self) -> Option<Purpose> {
        match self {
            Self::VerifyEmail { .. } | Self::BecomeTeacher { .. } => Some(Purpose::VerifyEmail),
            Self::ResetPassword { .. } => Some(Purpose::ResetPassword),
            Self::ChangeEmail { .. } => Some(Purpose::ChangeEmail),
            Self::Invitation { .. } => Some(Purpose::AcceptInvitation),
            Self::AlreadyRegistered { .. }
            | Self::Admission { .. }
            | Self::EmailChanging { .. }
            | Self::ContactRequest { .. }
            | Self::Message { .. }
            | Self::Pupils { .. }
            | Self::Waiting { .. }
            | Self::News { .. } => None,
        }
    }
}

//! What mails are about. Their words are those of the server, in the recipient's language.

use entity::{Purpose, TwinSpaceRole};
use sea_orm::{EnumIter, strum::IntoStaticStr};
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
    /// News about a project, or about pupils in it. The subject is the project.
    #[serde(rename = "projectNews")]
    News {
        /// The name of the recipient.
        name: String,
        /// The project.
        project: String,
        /// The news.
        news: News,
    },
    /// The same from a version that wrote it as an English sentence. The subject is the project.
    #[serde(rename = "news", alias = "pupils", alias = "waiting")]
    Sentence {
        /// The name of the recipient.
        name: String,
        /// The project.
        project: String,
        /// The sentence.
        what: String,
    },
}

/// News about a project, or about pupils in it, whose names are never in a mail. As a text, it is the name
/// of its message: `founding-proposed`.
#[derive(Clone, Debug, PartialEq, Eq, EnumIter, IntoStaticStr, Serialize, Deserialize)]
#[strum(crate = "sea_orm::strum", serialize_all = "kebab-case")]
#[serde(tag = "what", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum News {
    /// To the co-founder: the project waits for their acceptance (P-03).
    FoundingProposed {
        /// The proposer.
        by: String,
    },
    /// To the proposer: the co-founder accepted (P-05).
    FoundingAccepted {
        /// The co-founder.
        by: String,
    },
    /// To the proposer: the co-founder declined (P-05).
    FoundingDeclined {
        /// The co-founder.
        by: String,
    },
    /// To the co-founder: the account of the proposer was erased.
    ProposerErased,
    /// To the proposer: the account of the co-founder was erased.
    CofounderErased,
    /// To an officer: a project waits for a decision (P-06).
    ApprovalAsked,
    /// To a founder: the project was approved.
    Approved,
    /// To a founder: the project was not approved.
    NotApproved,
    /// To an officer: a partner applied for the quality label.
    LabelApplied {
        /// The partner.
        by: String,
    },
    /// To a partner: they got the quality label.
    LabelGranted,
    /// To a partner: they did not get the quality label.
    LabelRefused,
    /// To a founder: the project was nominated for the European label.
    Nominated,
    /// To an officer: a proposal to transfer the powers of a founder waits for a decision.
    SuccessionAsked,
    /// To a founder who left: it was proposed to transfer their powers.
    SuccessionProposed,
    /// To whoever proposed it: the powers of a founder were transferred.
    SuccessionApproved,
    /// To whoever proposed it: the powers of a founder were not transferred.
    SuccessionRefused,
    /// To a founder who left: their powers were transferred.
    PowersLost,
    /// To a founder who left: their powers were not transferred.
    PowersKept,
    /// To a partner: they have the powers of a founder.
    PowersGained,
    /// To a custodian: a teacher asks for some of their pupils.
    PupilsAsked {
        /// The teacher.
        by: String,
        /// The number of pupils.
        count: usize,
    },
    /// To an officer: a teacher asks for pupils whose custodians no longer have an account.
    PupilsAskedOfService {
        /// The number of pupils.
        count: usize,
    },
    /// To a teacher: the custodian let the pupil in.
    PupilAccepted,
    /// To a teacher: the custodian did not let the pupil in.
    PupilDeclined,
    /// To a teacher: the support service let the pupil in.
    PupilGranted,
    /// To a teacher: the support service did not let the pupil in.
    PupilRefused,
    /// To a teacher: a custodian offers them custody of a pupil.
    CustodyOffered {
        /// The custodian.
        by: String,
    },
    /// To a custodian: the teacher declined their offer.
    CustodyDeclined,
    /// To a custodian: a teacher asks to take over custody.
    TakeoverAsked,
    /// To an officer: a teacher asks to take over custody from somebody who is gone.
    TakeoverAskedOfService,
    /// To a teacher: the custodian objected to the takeover.
    TakeoverObjected,
    /// To both: the support service refused the takeover.
    TakeoverRefused,
    /// To the new custodian.
    CustodyGained,
    /// To the former custodian.
    CustodyLost,
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
            | Self::News { .. }
            | Self::Sentence { .. } => None,
        }
    }

    /// Where it names somebody other than its recipient.
    pub(super) fn named(&mut self) -> Option<&mut String> {
        match self {
            Self::Invitation { inviter, .. } => inviter.as_mut(),
            Self::ContactRequest { from, .. } => Some(from),
            Self::Sentence { what, .. } => Some(what),
            Self::News {
                news:
                    News::FoundingProposed { by }
                    | News::FoundingAccepted { by }
                    | News::FoundingDeclined { by }
                    | News::LabelApplied { by }
                    | News::PupilsAsked { by, .. }
                    | News::CustodyOffered { by },
                ..
            } => Some(by),
            _ => None,
        }
    }
}

//! Why something is not allowed: the same codes in errors and in `permissions`.

use async_graphql::{Enum, resolver_utils::EnumType};

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident $message:literal)+) => {
        /// Why something is not allowed. The same code stands in errors and in `permissions`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
        pub enum Reason {
            $( $(#[doc = $doc])+ $name, )+
        }

        impl Reason {
            /// All of them, for the documentation.
            pub const ALL: &[Self] = &[$( Self::$name ),+];

            /// The reason in words, for people.
            pub const fn message(self) -> &'static str {
                match self { $( Self::$name => $message, )+ }
            }
        }
    };
}

reasons! {
    /// Another account has this address: sign in with it.
    AccountExists "There is an account with this address: sign in with it to accept."
    /// The invitation is for another address than the account's.
    AddressDiffers "The invitation is for another e-mail address than that of this account."
    /// They are a member or partner already.
    AlreadyMember "They are already in."
    /// They have a pending invitation already.
    AlreadyInvited "They already have an invitation that waits for an answer."
    /// It was done before.
    AlreadyDone "This was already done."
    /// A founder's roles and place in the project are nobody's to change (P-10, P-13).
    FounderProtected "A founder's roles and place are protected."
    /// The other founder has not left the TwinSpace (P-15).
    FounderNotLeft "The other founder has not left the TwinSpace."
    /// A TwinSpace keeps at least one teacher administrator (P-14).
    LastTeacherAdmin "A TwinSpace keeps at least one teacher administrator."
    /// The other founder's account is erased: nobody else could close the project.
    LastFounder "You alone can close a project that is active: close it first, or have the other founder succeeded."
    /// They answer for pupils, who would be nobody's.
    HasPupils "Pupils are in this custody: hand them over or erase them first."
    /// The idempotency key was used for another request.
    KeyReused "This idempotency key was used for another request."
    /// The invitation was answered, revoked or has expired.
    InvitationEnded "The invitation was answered, revoked or has expired."
    /// A pupil's account never answers for pupils, whatever its role (M-12).
    PupilsAccount "A pupil's account does not answer for pupils."
    /// It was answered, taken back, or what it was based on does not hold any more.
    RequestEnded "This was answered, was taken back, or does not stand any more."
    /// The same was declined or taken back lately.
    AskedLately "This was declined or taken back lately: ask again in some days."
    /// Only pupils whom the teacher answers for (M-13).
    NotYourPupil "You may do this only with pupils in your custody."
    /// Only where permission was given (T-02).
    NotGiven "You may do this only where you were given permission."
    /// Only what the viewer made.
    NotYours "You may do this only with what is yours."
    /// The other teacher is not among the contacts (P-02, P-11).
    NotAContact "Choose a teacher from your contacts."
    /// Only administrators of the server.
    NotAnAdministrator "Only administrators of the server may do this."
    /// They are no member of the TwinSpace (any more).
    NotAMember "They are no member of the TwinSpace."
    /// They are no partner of the project (any more).
    NotAPartner "They are no partner of the project."
    /// Two partners of different countries do not hold the quality label yet (L-01).
    LabelsMissing "Two partners of different countries must hold the quality label first."
    /// Only registered teachers.
    NotATeacher "Only registered teachers may do this."
    /// A teacher administrator has closed the chat room to pupils (T-04).
    ChatClosed "The chat room is closed to pupils."
    /// It is the viewer themselves.
    Yourself "You cannot do this with yourself."
    /// The page is in the archive.
    PageArchived "The page is in the archive: restore it first."
    /// The page is not in the archive, from which alone it is deleted (T-01).
    PageNotArchived "The page is not in the archive."
    /// The project is not active (P-04, P-17).
    ProjectNotActive "The project is not active."
    /// The project's state does not allow this step (P-04).
    WrongState "The project's state does not allow this."
    /// A role that may do what the giver's may not (M-12).
    RoleAboveOwn "You cannot give a role above your own."
    /// The role does not allow it.
    RoleTooLow "Your role does not allow this."
    /// Somebody else has saved since (T-01).
    Stale "Somebody else has saved since. Look at their version and save again."
    /// As many invitations of the project wait for an answer as may.
    TooManyInvitations "Very many invitations wait for an answer: revoke some first."
    /// The TwinSpace has as many pages as it may.
    TooManyPages "The TwinSpace has as many pages as it may."
    /// The TwinSpace has as many images, videos and files as it may.
    TooManyMedia "The TwinSpace has as many images, videos and files as it may."
    /// A pupil's role stays a pupil's and a teacher's a teacher's, unless acknowledged (M-12).
    AcknowledgementNeeded "Acknowledge that a pupil's account gets a role that is not a pupil's."
    /// Both founders' schools are in one country (P-01).
    SameCountry "The two founders' schools must be in different countries."
    /// The custodian withdrew this consent: only the custodian gives it again, and takes the pupil's
    /// name off pictures that it hides (M-14).
    WithdrawnByCustodian "The pupil's custodian withdrew this consent: only the custodian can change that."
    /// A pupil who is shown has no standing consent to pictures (M-14).
    ConsentMissing "Consent to pictures of these pupils is missing: record it first."
    /// The TwinSpace has as much media as it may (T-03).
    QuotaExceeded "The TwinSpace has no room for this: delete other media first."
    /// What was decided by changed while the request was under way: the viewer's own role or place, or
    /// that of the person it is about.
    Overtaken "Roles changed while this was under way. Look again and retry."
}

impl Reason {
    /// The reason as clients read it: `ROLE_TOO_LOW`.
    pub fn to_value_name(self) -> &'static str {
        Self::items().iter().find(|item| item.value == self).map_or("", |item| item.name)
    }
}

//! Why something is not allowed: the same codes in errors and in `permissions`.

use async_graphql::{Enum, resolver_utils::EnumType};

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident $message:literal)+) => {
        /// The reason why something is not allowed. Errors and `permissions` use the same codes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
        pub enum Reason {
            $( $(#[doc = $doc])+ $name, )+
        }

        impl Reason {
            /// All reasons, for the documentation.
            pub const ALL: &[Self] = &[$( Self::$name ),+];

            /// The reason as a sentence, for people.
            pub const fn message(self) -> &'static str {
                match self { $( Self::$name => $message, )+ }
            }
        }
    };
}

reasons! {
    /// An account with this address already exists. Sign in with it.
    AccountExists "An account with this address already exists."
    /// The invitation was sent to a different address from the account's.
    AddressDiffers "The invitation was sent to a different e-mail address from the one of this account."
    /// The person is already a member or partner.
    AlreadyMember "This person is already a member."
    /// The person already has a pending invitation.
    AlreadyInvited "This person already has a pending invitation."
    /// The server admits only addresses of certain domains.
    AddressNotAllowed "You cannot register with an address of this domain here."
    /// This has already been done.
    AlreadyDone "This has already been done."
    /// A founder's roles and membership cannot be changed (P-10, P-13).
    FounderProtected "A founder's roles and membership cannot be changed."
    /// The other founder has not left the TwinSpace (P-15).
    FounderNotLeft "The other founder has not left the TwinSpace."
    /// A TwinSpace must keep at least one teacher administrator (P-14).
    LastTeacherAdmin "A TwinSpace must keep at least one teacher administrator."
    /// The other founder's account has been erased, so no one else could close the project.
    LastFounder "You are the only person who can close an active project. Close it first, or have a successor approved for the other founder."
    /// The support service has decided, or a decision waits for it, and so it stays on record.
    HasDecisions "This support service has decided on something, or a decision waits for it."
    /// The support service has officers.
    HasOfficers "This support service has officers. Remove or move them first."
    /// The account has pupils in its custody, who would be left without a custodian.
    HasPupils "This account has pupils in its custody. Transfer or erase them first."
    /// The idempotency key was already used for a different request.
    KeyReused "This idempotency key was already used for a different request."
    /// The invitation has been answered or revoked, or has expired.
    InvitationEnded "The invitation has been answered or revoked, or has expired."
    /// A pupil's account can never be a custodian, whatever its role (M-12).
    PupilsAccount "A pupil's account cannot have custody of pupils."
    /// The request has been answered or withdrawn, or its conditions no longer hold.
    RequestEnded "This request has been answered or withdrawn, or is no longer valid."
    /// The same request was recently declined or withdrawn.
    AskedLately "The same request was recently declined or withdrawn. Try again in a few days."
    /// Only allowed for pupils in the viewer's custody (M-13).
    NotYourPupil "You can do this only for pupils in your custody."
    /// Only allowed where the viewer was given permission (T-02).
    NotGiven "You can do this only where you have been given permission."
    /// Only allowed for what the viewer created.
    NotYours "You can do this only with your own content."
    /// Only allowed for messages that the viewer received.
    NotReceived "You can do this only with messages that you received."
    /// Somebody else confirmed the school; only they and the support service can withdraw that.
    ConfirmedByOther "Somebody else has confirmed this school. Only they or a support service can withdraw that."
    /// The other teacher is not one of the viewer's contacts (P-02, P-11).
    NotAContact "Choose a teacher from your contacts."
    /// Requires a server administrator.
    NotAnAdministrator "Only server administrators can do this."
    /// Requires an officer of a support service.
    NotAnOfficer "Only officers of a support service can do this."
    /// The person is not a member of the TwinSpace, or no longer is.
    NotAMember "This person is not a member of this TwinSpace."
    /// The person is not a partner of the project, or no longer is.
    NotAPartner "This person is not a partner of this project."
    /// The quality label is not yet held by two partners from different countries (L-01).
    LabelsMissing "Two partners from different countries must hold the quality label first."
    /// Requires a registered teacher.
    NotATeacher "Only registered teachers can do this."
    /// The person is not a teacher.
    NoTeacher "This person is not a teacher."
    /// Officers and administrators take no part in projects.
    CannotJoin "Accounts of support services and administrators cannot join projects. Ask to be invited at another address."
    /// The chat room is closed to pupils (T-04).
    ChatClosed "The chat room is closed to pupils."
    /// The action cannot be applied to the viewer.
    Yourself "You cannot do this to yourself."
    /// The page is archived.
    PageArchived "The page is archived. Restore it first."
    /// The page is not archived; only archived pages can be deleted (T-01).
    PageNotArchived "The page is not archived."
    /// The project is not active (P-04, P-17).
    ProjectNotActive "The project is not active."
    /// The project's current state does not allow this (P-04).
    WrongState "The project's current state does not allow this."
    /// The server registers nobody.
    RegistrationClosed "Nobody can register here at the moment."
    /// The role has permissions that the viewer's own role does not have (M-12).
    RoleAboveOwn "You cannot assign a role above your own."
    /// The viewer's role does not allow this.
    RoleTooLow "Your role does not allow this."
    /// The request is anonymous. Errors have the code `UNAUTHENTICATED` instead.
    SignInFirst "Sign in first."
    /// Someone else has saved a newer version (T-01).
    Stale "Someone else has saved a newer version. Review it and save again."
    /// The project has reached the limit for pending invitations.
    TooManyInvitations "Too many invitations are pending. Revoke some first."
    /// The TwinSpace has reached the limit for pages.
    TooManyPages "This TwinSpace has reached the limit for pages."
    /// The TwinSpace has reached the limit for media.
    TooManyMedia "This TwinSpace has reached the limit for images, videos and files."
    /// Giving a pupil's account a role that is not a pupil role must be acknowledged (M-12).
    AcknowledgementNeeded "Confirm that you want to give a pupil's account a role that is not a pupil role."
    /// The teacher names another school than the viewer.
    AnotherSchool "This teacher is not at your school."
    /// The viewer's own school is not confirmed.
    SchoolNotConfirmed "Your own school must be confirmed first."
    /// The school is not in the country or region that the viewer's support service serves.
    SchoolElsewhere "This school is not in the country or region of your support service."
    /// The teacher has named another school since the viewer saw it.
    SchoolChanged "This teacher has named another school in the meantime. Reload and try again."
    /// A school cannot be merged into itself.
    SameSchool "Choose two different schools."
    /// Only schools of the same country can be merged.
    DifferentCountries "Schools in different countries cannot be merged."
    /// Both founders' schools are in the same country (P-01).
    SameCountry "The two founders' schools must be in different countries."
    /// The custodian withdrew this consent. Only the custodian can give it again or remove the
    /// pupil's tag from pictures hidden by it (M-14).
    WithdrawnByCustodian "The pupil's custodian withdrew this consent. Only the custodian can change that."
    /// A pupil shown has no valid consent to pictures (M-14).
    ConsentMissing "Consent to pictures of these pupils is missing. Record it first."
    /// The TwinSpace has reached its storage quota for media (T-03).
    QuotaExceeded "This TwinSpace has reached its storage quota. Delete other media first."
    /// The roles on which the decision was based changed while the request was being processed: the
    /// viewer's own, or those of the person concerned.
    Overtaken "The roles involved have changed in the meantime. Reload and try again."
}

impl Reason {
    /// The reason as clients see it: `ROLE_TOO_LOW`.
    pub fn to_value_name(self) -> &'static str {
        Self::items().iter().find(|item| item.value == self).map_or("", |item| item.name)
    }
}

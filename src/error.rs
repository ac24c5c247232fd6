//! Why a request was refused. `graphql::error` reports it to clients; `docs/errors.md` lists the
//! codes.

use std::{fmt, iter, sync::Arc, time::Duration};

use async_graphql::Enum;
use entity::MemberId;
use sea_orm::DbErr;

use crate::{db::Trouble, domain::text};

/// The result type of the server's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request was refused; each variant is a code by which clients distinguish errors.
#[derive(Clone, thiserror::Error)]
pub enum Error {
    /// The request is anonymous, or the session has ended.
    #[error("Sign in first.")]
    Unauthenticated,
    /// The e-mail address or username and the password do not match, or there is no such account
    ///
    #[error(
        "The sign-in name or password is incorrect, or the e-mail address has not been verified."
    )]
    InvalidCredentials,
    /// The object does not exist, or the viewer may not know about it.
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    /// The viewer can see the object but may not do this.
    #[error("{}", .0.message())]
    Forbidden(Reason),
    /// The current state does not allow this.
    #[error("{}", .0.message())]
    Conflict(Reason),
    /// Someone else has saved a newer version, with this number (T-01).
    #[error("{}", Reason::Stale.message())]
    Stale(i64),
    /// These pupils have no valid consent to pictures (M-14).
    #[error("{}", Reason::ConsentMissing.message())]
    NoConsent(Vec<MemberId>),
    /// The response would contain more than this number of bytes of text.
    #[error("The response would contain more than {} MiB of text. Request fewer items at a time.", .0 >> 20)]
    TooMuchText(usize),
    /// The input is invalid.
    #[error("{}", summary(.0))]
    Invalid(Vec<Problem>),
    /// Too many attempts.
    #[error("Too many attempts. Try again in {} s.", .0.as_secs().max(1))]
    RateLimited(Duration),
    /// The database or its disk is temporarily unavailable.
    #[error("{0}")]
    Unavailable(Trouble, #[source] Arc<dyn std::error::Error + Send + Sync>),
    /// An internal error. Logged with the request's ID, which is all that the client learns.
    #[error("An internal error occurred.")]
    Internal(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// The number of seconds after which it is worth retrying what was unavailable.
    pub const RETRY_AFTER: u64 = 5;

    /// The input at `field`, a dotted path like `school.name`, is invalid.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Problem { field: field.into(), message: message.into() }])
    }

    /// The same error for the enclosing object `what`: if the inner object is not found, neither is
    /// the outer one.
    #[must_use]
    pub fn within(self, what: &'static str) -> Self {
        match self {
            Self::NotFound(_) => Self::NotFound(what),
            error => error,
        }
    }

    /// Whether retrying may succeed soon, as when the database is unavailable: not an error of the
    /// viewer.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Internal(_) | Self::Unavailable(..))
    }

    /// An internal error, or a temporary unavailability, depending on the cause.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let cause: Arc<dyn std::error::Error + Send + Sync> = Arc::from(cause.into());
        match Trouble::behind(&*cause) {
            Some(trouble) => Self::Unavailable(trouble, cause),
            None => Self::Internal(cause),
        }
    }

    /// The database is known to be unavailable.
    pub fn away() -> Self {
        Self::Unavailable(Trouble::Away, Arc::new(Trouble::Away))
    }
}

/// For the log: without values. The values of a statement, which the database's own debug format
/// includes, may be names and addresses.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(_, cause) | Self::Internal(cause) => f.write_str(&causes(&**cause)),
            other => fmt::Display::fmt(other, f),
        }
    }
}

/// An error and its causes, as text.
pub fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = iter::successors(Some(error), |error| error.source());
    let mut words: Vec<String> = chain.map(ToString::to_string).collect();
    // Most errors repeat their cause.
    words.dedup_by(|inner, outer| outer.contains(&**inner));
    words.join(": ")
}

impl From<DbErr> for Error {
    fn from(cause: DbErr) -> Self {
        Self::internal(cause)
    }
}

/// A problem with one field of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The path of the field within the input: `school.name`.
    pub field: String,
    /// A description for people.
    pub message: String,
}

fn summary(problems: &[Problem]) -> String {
    problems.iter().map(|p| format!("{}: {}", p.field, p.message)).collect::<Vec<_>>().join("; ")
}

/// Collects the problems of an input, so that a form can show them all at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Records a problem unless `fits`.
    pub fn require(&mut self, fits: bool, field: &str, message: &str) {
        if !fits {
            self.0.push(Problem { field: field.into(), message: message.into() });
        }
    }

    /// Records a problem if `text` is empty or longer than `most` characters.
    pub fn length(&mut self, text: &str, field: &str, most: usize) {
        self.require(!text::is_blank(text), field, "must not be empty");
        self.at_most(text, field, most);
    }

    /// Records a problem if `text` is longer than `most` characters.
    pub fn at_most(&mut self, text: &str, field: &str, most: usize) {
        if text.chars().nth(most).is_some() {
            self.require(false, field, &format!("must have at most {most} characters"));
        }
    }

    /// Takes a line of 1 to `most` characters and tidies it; records what is wrong with it.
    pub fn line(&mut self, text: &str, field: &str, most: usize) -> String {
        let printable = text::printable(text.trim());
        let shown = !text::is_blank(text);
        self.require(printable || !shown, field, "must contain only printable characters");
        let line = text::tidy(text);
        self.length(&line, field, most);
        line
    }

    /// Takes a text of at most `most` characters, which may have several lines or be empty.
    pub fn prose(&mut self, text: &str, field: &str, most: usize) -> String {
        let text = text::prose(text);
        let unfit = |c: char| text::is_control(c) && !matches!(c, '\n' | '\t');
        if let Some(at) = text.chars().position(unfit) {
            let before: String = text.chars().take(at).collect();
            let (line, letter) =
                (before.split('\n').count(), text.chars().nth(at).unwrap_or_default());
            let code = u32::from(letter);
            let message = format!(
                "must contain only printable characters: line {line} contains U+{code:04X}"
            );
            self.require(false, field, &message);
        }
        self.at_most(&text, field, most);
        text
    }

    /// The error, if any problem was recorded.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}

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
    AccountExists "An account with this address already exists. Sign in with it to accept the invitation."
    /// The invitation was sent to a different address from the account's.
    AddressDiffers "The invitation was sent to a different e-mail address from the one of this account."
    /// The person is already a member or partner.
    AlreadyMember "This person is already a member."
    /// The person already has a pending invitation.
    AlreadyInvited "This person already has a pending invitation."
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
    /// The other teacher is not one of the viewer's contacts (P-02, P-11).
    NotAContact "Choose a teacher from your contacts."
    /// Requires a server administrator.
    NotAnAdministrator "Only server administrators can do this."
    /// The person is not a member of the TwinSpace, or no longer is.
    NotAMember "This person is not a member of this TwinSpace."
    /// The person is not a partner of the project, or no longer is.
    NotAPartner "This person is not a partner of this project."
    /// The quality label is not yet held by two partners from different countries (L-01).
    LabelsMissing "Two partners from different countries must hold the quality label first."
    /// Requires a registered teacher.
    NotATeacher "Only registered teachers can do this."
    /// The chat room is closed to pupils (T-04).
    ChatClosed "The chat room is closed to pupils."
    /// The action cannot be applied to the viewer's own account.
    Yourself "You cannot do this to your own account."
    /// The page is archived.
    PageArchived "The page is archived. Restore it first."
    /// The page is not archived; only archived pages can be deleted (T-01).
    PageNotArchived "The page is not archived."
    /// The project is not active (P-04, P-17).
    ProjectNotActive "The project is not active."
    /// The project's current state does not allow this (P-04).
    WrongState "The project's current state does not allow this."
    /// The role has permissions that the viewer's own role does not have (M-12).
    RoleAboveOwn "You cannot assign a role above your own."
    /// The viewer's role does not allow this.
    RoleTooLow "Your role does not allow this."
    /// Someone else has saved a newer version (T-01).
    Stale "Someone else has saved a newer version. Review it and save again."
    /// The project has reached the limit for pending invitations.
    TooManyInvitations "Too many invitations are pending. Revoke some first."
    /// The TwinSpace has reached the limit for pages.
    TooManyPages "This TwinSpace has reached the limit for pages."
    /// The TwinSpace has reached the limit for media.
    TooManyMedia "This TwinSpace has reached the limit for images, videos and files."
    /// Changing a pupil role to another kind of role, or the reverse, must be acknowledged (M-12).
    AcknowledgementNeeded "Confirm that you want to give a pupil's account a role that is not a pupil role."
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

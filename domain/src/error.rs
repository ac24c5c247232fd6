//! Why a request was refused. `graphql::error` reports it to clients; `docs/errors.md` lists the
//! codes.

use std::{fmt, iter, sync::Arc, time::Duration};

use entity::MemberId;
use policy::{Reason, Refusal};
use sea_orm::DbErr;

use crate::db::{Trouble, said};

mod problem;

pub use problem::{Flaw, Problem, ProblemCode, Problems};

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
    /// Someone else has saved a newer version (T-01).
    #[error("{}", Reason::Stale.message())]
    Stale(Box<Newer>),
    /// These pupils have no valid consent to pictures (M-14).
    #[error("{}", Reason::ConsentMissing.message())]
    NoConsent(Vec<MemberId>),
    /// The response would contain more than this number of bytes of text.
    #[error("The response would contain more than {} MiB of text. Request fewer items at a time.", .0 >> 20)]
    TooMuchText(usize),
    /// The input is invalid.
    #[error("{}", problem::summary(.0))]
    Invalid(Vec<Problem>),
    /// Too often, or too soon again.
    #[error("This cannot be done again yet. Try again in {} s.", .0.as_secs().max(1))]
    RateLimited(Duration),
    /// The database or its disk is temporarily unavailable.
    #[error("{0}")]
    Unavailable(Trouble, #[source] Arc<dyn std::error::Error + Send + Sync>),
    /// An internal error. Logged with the request's ID, which is all that the client learns.
    #[error("An internal error occurred.")]
    Internal(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

/// What someone else has saved meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newer {
    /// The number of the version.
    pub version: i64,
    /// The title.
    pub title: String,
    /// The text, in Markdown; `None` if the response has no room for it.
    pub text: Option<String>,
}

impl Error {
    /// The number of seconds after which it is worth retrying what was unavailable.
    pub const RETRY_AFTER: u64 = 5;

    /// The input at `field`, a dotted path like `school.name`, is invalid.
    pub fn invalid(field: &'static str, flaw: Flaw) -> Self {
        Self::Invalid(vec![Problem { field: field.into(), flaw }])
    }

    /// An act on a `what` that the policy refuses.
    pub fn refused(what: &'static str, refusal: Refusal) -> Self {
        match refusal {
            Refusal::Hidden => Self::NotFound(what),
            Refusal::Forbidden(reason) => Self::forbidden(reason),
            Refusal::Conflict(reason) => Self::Conflict(reason),
        }
    }

    /// What somebody may not do for this reason; whoever is not signed in has to sign in.
    pub fn forbidden(reason: Reason) -> Self {
        match reason {
            Reason::SignInFirst => Self::Unauthenticated,
            reason => Self::Forbidden(reason),
        }
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

    /// An error that only the operator can mend, as a sentence that says how.
    pub fn wrong(sentence: impl Into<String>) -> Self {
        Self::internal(Wrong(sentence.into()))
    }

    /// What the operator is told, if it is such an error.
    pub fn as_wrong(&self) -> Option<&Wrong> {
        let Self::Internal(cause) = self else { return None };
        cause.downcast_ref()
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
    let mut words: Vec<String> = chain.map(said).collect();
    // Most errors repeat their cause.
    words.dedup_by(|inner, outer| outer.contains(&**inner));
    words.join(": ")
}

/// What an error says in the end: the outermost text of ours is meant for clients.
pub fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let innermost = iter::successors(Some(error), |error| error.source()).last();
    innermost.map(said).unwrap_or_default().trim_end_matches('.').to_owned()
}

impl From<DbErr> for Error {
    fn from(cause: DbErr) -> Self {
        Self::internal(cause)
    }
}

/// An invalid setting, as a sentence that says what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Wrong(pub String);

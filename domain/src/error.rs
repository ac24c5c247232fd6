//! Why a request was refused. `graphql::error` tells clients; `docs/errors.md` lists the codes.

use std::{fmt, iter, sync::Arc, time::Duration};

use entity::MemberId;
use policy::{Reason, Refusal};
use sea_orm::DbErr;

use crate::{db::Trouble, text};

/// What the server's functions answer.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request was refused; each variant is a code that clients tell errors apart by.
#[derive(Clone, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in, or the session has ended.
    #[error("Sign in first.")]
    Unauthenticated,
    /// The e-mail or username and password do not fit, or there is no such account.
    #[error("The sign-in name or the password is wrong, or the address is not verified yet.")]
    InvalidCredentials,
    /// There is no such thing, or the viewer may not know of it.
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    /// The viewer may see it and not do this.
    #[error("{}", .0.message())]
    Forbidden(Reason),
    /// Things stand in a way that does not allow this now.
    #[error("{}", .0.message())]
    Conflict(Reason),
    /// Somebody else has saved since; this is the version that they made (T-01).
    #[error("{}", Reason::Stale.message())]
    Stale(i64),
    /// These pupils have no standing consent to pictures of them (M-14).
    #[error("{}", Reason::ConsentMissing.message())]
    NoConsent(Vec<MemberId>),
    /// The answer would hold more bytes of text than this.
    #[error("The answer would hold more than {} MiB of text: ask for fewer at a time.", .0 >> 20)]
    TooMuchText(usize),
    /// The input does not fit.
    #[error("{}", summary(.0))]
    Invalid(Vec<Problem>),
    /// Too many tries.
    #[error("Too many tries. Try again in {} s.", .0.as_secs().max(1))]
    RateLimited(Duration),
    /// The database or its disk cannot be asked now, and can be later.
    #[error("{0}")]
    Unavailable(Trouble, #[source] Arc<dyn std::error::Error + Send + Sync>),
    /// The fault is ours. Logged with the request's id, which is all that the client is told.
    #[error("Something went wrong on our side.")]
    Internal(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// After how many seconds it is worth to try again what was unavailable.
    pub const RETRY_AFTER: u64 = 5;

    /// The input at `field`, a dotted path like `school.name`, does not fit.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Problem { field: field.into(), message: message.into() }])
    }

    /// An act on a `what` that the policy refuses.
    pub fn refused(what: &'static str, refusal: Refusal) -> Self {
        match refusal {
            Refusal::Hidden => Self::NotFound(what),
            Refusal::Forbidden(reason) => Self::Forbidden(reason),
            Refusal::Conflict(reason) => Self::Conflict(reason),
        }
    }

    /// The same of a `what` within what the error is of: where that is not there, no more is this.
    #[must_use]
    pub fn within(self, what: &'static str) -> Self {
        match self {
            Self::NotFound(_) => Self::NotFound(what),
            error => error,
        }
    }

    /// Whether the same may succeed in a moment, as when the database is away: nothing that the
    /// viewer did or may not do.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Internal(_) | Self::Unavailable(..))
    }

    /// A fault of ours, or what keeps us from working for a while, whichever is the cause.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let cause: Arc<dyn std::error::Error + Send + Sync> = Arc::from(cause.into());
        match Trouble::behind(&*cause) {
            Some(trouble) => Self::Unavailable(trouble, cause),
            None => Self::Internal(cause),
        }
    }

    /// The database is known to be away.
    pub fn away() -> Self {
        Self::Unavailable(Trouble::Away, Arc::new(Trouble::Away))
    }
}

/// For the log: in words alone. The values that went with a statement, which the database's own
/// form for debugging has, may be names and addresses.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(_, cause) | Self::Internal(cause) => f.write_str(&causes(&**cause)),
            other => fmt::Display::fmt(other, f),
        }
    }
}

/// An error and what is behind it, in words.
pub fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = iter::successors(Some(error), |error| error.source());
    let mut words: Vec<String> = chain.map(ToString::to_string).collect();
    // Most say what is behind them, too.
    words.dedup_by(|inner, outer| outer.contains(&**inner));
    words.join(": ")
}

impl From<DbErr> for Error {
    fn from(cause: DbErr) -> Self {
        Self::internal(cause)
    }
}

/// What is wrong with one field of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The path of the field within the input: `school.name`.
    pub field: String,
    /// What is wrong, for people.
    pub message: String,
}

fn summary(problems: &[Problem]) -> String {
    problems.iter().map(|p| format!("{}: {}", p.field, p.message)).collect::<Vec<_>>().join("; ")
}

/// Collects what is wrong with an input, so that a form shows all of it at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Notes a problem unless `fits`.
    pub fn require(&mut self, fits: bool, field: &str, message: &str) {
        if !fits {
            self.0.push(Problem { field: field.into(), message: message.into() });
        }
    }

    /// Notes that `text` is empty or longer than `most` characters.
    pub fn length(&mut self, text: &str, field: &str, most: usize) {
        self.require(!text::is_blank(text), field, "must not be empty");
        self.at_most(text, field, most);
    }

    /// Notes that `text` is longer than `most` characters.
    pub fn at_most(&mut self, text: &str, field: &str, most: usize) {
        if text.chars().nth(most).is_some() {
            self.require(false, field, &format!("must have at most {most} characters"));
        }
    }

    /// Takes a line, tidied, of 1 to `most` characters; notes what is wrong with it.
    pub fn line(&mut self, text: &str, field: &str, most: usize) -> String {
        let printable = text::printable(text.trim());
        let shown = !text::is_blank(text);
        self.require(printable || !shown, field, "must have only characters that can be printed");
        let line = text::tidy(text);
        self.length(&line, field, most);
        line
    }

    /// Takes a text of at most `most` characters that may have several lines or none.
    pub fn prose(&mut self, text: &str, field: &str, most: usize) -> String {
        let text = text::prose(text);
        let unfit = |c: char| text::is_control(c) && !matches!(c, '\n' | '\t');
        if let Some(at) = text.chars().position(unfit) {
            let before: String = text.chars().take(at).collect();
            let (line, letter) =
                (before.split('\n').count(), text.chars().nth(at).unwrap_or_default());
            let code = u32::from(letter);
            let message = format!(
                "must have only characters that can be printed: in line {line} is U+{code:04X}"
            );
            self.require(false, field, &message);
        }
        self.at_most(&text, field, most);
        text
    }

    /// The error, if there was any problem.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}

/// A setting that does not work, in a sentence that tells what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Wrong(pub String);

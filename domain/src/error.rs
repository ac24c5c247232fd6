//! Why a request was refused. `graphql::error` reports it to clients; `docs/errors.md` lists the
//! codes.

use std::{fmt, iter, sync::Arc, time::Duration};

use entity::MemberId;
use policy::{Reason, Refusal};
use sea_orm::DbErr;

use crate::{
    accounts::{email, school},
    db::Trouble,
    text,
};

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
    #[error("{}", summary(.0))]
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
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Problem { field: field.into(), message: message.into() }])
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
    /// The path of the field within the input: `school.name`; of an item of a list: `languages.0`.
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

    /// Records a problem if `text` is empty or longer than `most` characters. What leaves nothing by
    /// which it could be found or compared, such as accents without letters, is empty.
    pub fn length(&mut self, text: &str, field: &str, most: usize) {
        let empty = text::is_blank(text) || text::key(text).is_empty();
        self.require(!empty, field, "must not be empty");
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

    /// Takes the reason that somebody must give, of at most `most` characters: one that shows something.
    pub fn reason(text: &str, most: usize) -> Result<String> {
        let mut problems = Self::default();
        let reason = problems.prose(text, "reason", most);
        problems.require(!text::is_blank(&reason), "reason", "must not be empty");
        problems.finish()?;
        Ok(reason)
    }

    /// Takes the code of a country; records if there is no such country.
    pub fn country(&mut self, code: &str, field: &str) -> String {
        let country = school::country(code);
        self.require(
            country.is_some(),
            field,
            "must be the two-letter code of a country (ISO 3166-1), such as DE",
        );
        country.unwrap_or_default()
    }

    /// Takes the code of a language, ISO 639-1; records if there is no such language.
    pub fn language(&mut self, code: &str, field: &str) -> String {
        let code = code.trim().to_ascii_lowercase();
        let known = isolang::Language::from_639_1(&code).is_some();
        self.require(
            known,
            field,
            "must be the two-letter code of a language (ISO 639-1), such as de",
        );
        code
    }

    /// Takes an e-mail address, in one form; records if it is none.
    pub fn email(&mut self, text: &str, field: &str) -> String {
        let address = email::parse(text);
        self.require(address.is_some(), field, "must be an e-mail address");
        address.unwrap_or_default()
    }

    /// Takes the items of a list of at most `most`, each of which has a path of its own:
    /// `languages.0`.
    pub fn items<T, U>(
        &mut self,
        list: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>,
        field: &str,
        most: usize,
        mut take: impl FnMut(&mut Self, T, &str) -> U,
    ) -> Vec<U> {
        let items = list.into_iter();
        self.require(items.len() <= most, field, &format!("must have at most {most} items"));
        let items = items.take(most).enumerate();
        items.map(|(at, item)| take(self, item, &format!("{field}.{at}"))).collect()
    }

    /// Whether none was recorded.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same problems, of the fields of an input that is itself the field `outer`, if there is one.
    #[must_use]
    pub fn within(mut self, outer: Option<&str>) -> Self {
        if let Some(outer) = outer {
            for problem in &mut self.0 {
                problem.field = format!("{outer}.{}", problem.field);
            }
        }
        self
    }

    /// The error, if any problem was recorded.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}

/// An invalid setting, as a sentence that says what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Wrong(pub String);

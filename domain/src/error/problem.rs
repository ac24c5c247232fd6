//! What is wrong with an input, field by field: a code by which apps word it in the language of their
//! users, its numbers, and a message for developers.

use std::{borrow::Cow, ops::RangeInclusive};

use async_graphql::{Enum, resolver_utils::EnumType};

use super::{Error, Result};
use crate::{
    accounts::{
        email,
        password::{Fault, LEAST, MOST, Password},
        school,
    },
    text,
};

macro_rules! problem_codes {
    ($($(#[doc = $doc:literal])+ $name:ident)+) => {
        /// What is wrong with a field: the `code` of each of an error's `problems`. Those about numbers
        /// have them beside it, as `max` and `min`. More may be added.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum)]
        pub enum ProblemCode {
            $( $(#[doc = $doc])+ $name, )+
        }

        impl ProblemCode {
            /// All codes.
            pub const ALL: &[Self] = &[$( Self::$name ),+];

            /// What it means, as the schema says, for the documentation.
            pub const fn meaning(self) -> &'static str {
                match self { $( Self::$name => concat!($($doc),+), )+ }
            }
        }
    };
}

problem_codes! {
    /// Nothing is given: no value, a blank text, an empty list or file, nothing to search for, or no confirmation.
    Missing
    /// The text has fewer than `min` characters; that of a search, fewer letters and digits.
    TooShort
    /// The text has more than `max` characters.
    TooLong
    /// The list has more than `max` items.
    TooMany
    /// The number is not one from `min` to `max`.
    OutOfRange
    /// The file has more than `max` bytes. Without `max`: the file or text takes too much to be shown, such as too many pixels.
    TooLarge
    /// The password has no digit.
    DigitMissing
    /// The text contains a character that cannot be printed.
    NotPrintable
    /// It is not in the expected form, such as that of an e-mail address, or the file is damaged.
    Malformed
    /// There is no such country, language, avatar or version.
    Unknown
    /// The server does not take files of this kind, or videos of this host.
    Unsupported
    /// It is something that cannot be chosen here: another role, person, page or address is needed.
    NotAllowed
}

impl ProblemCode {
    /// The code as clients see it: `TOO_LONG`.
    pub fn name(self) -> &'static str {
        Self::items().iter().find(|item| item.value == self).map_or("", |item| item.name)
    }
}

/// What is wrong with a field. What its code and numbers do not say is said by words for developers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "`ProblemCode` describes them")]
pub enum Flaw {
    Missing(Cow<'static, str>),
    TooShort { min: usize, of: &'static str },
    TooLong { max: usize },
    TooMany { max: usize },
    OutOfRange(RangeInclusive<u64>),
    TooLarge { max: Option<u64>, words: Cow<'static, str> },
    DigitMissing,
    NotPrintable(Cow<'static, str>),
    Malformed(Cow<'static, str>),
    Unknown(Cow<'static, str>),
    Unsupported(Cow<'static, str>),
    NotAllowed(Cow<'static, str>),
}

impl Flaw {
    /// Nothing is given.
    pub const EMPTY: Self = Self::Missing(Cow::Borrowed("must not be empty"));
    /// There is no such country.
    pub const NO_COUNTRY: Self = Self::Unknown(Cow::Borrowed(
        "must be the two-letter code of a country (ISO 3166-1), such as DE",
    ));
    /// A character cannot be printed.
    pub const NOT_PRINTABLE: Self =
        Self::NotPrintable(Cow::Borrowed("must contain only printable characters"));

    /// What is wrong with a list of so many items, which must have 1 to `max`.
    pub const fn of_count(count: usize, max: usize) -> Option<Self> {
        match count {
            0 => Some(Self::EMPTY),
            count if count > max => Some(Self::TooMany { max }),
            _ => None,
        }
    }

    /// Its code.
    pub const fn code(&self) -> ProblemCode {
        match self {
            Self::Missing(_) => ProblemCode::Missing,
            Self::TooShort { .. } => ProblemCode::TooShort,
            Self::TooLong { .. } => ProblemCode::TooLong,
            Self::TooMany { .. } => ProblemCode::TooMany,
            Self::OutOfRange(_) => ProblemCode::OutOfRange,
            Self::TooLarge { .. } => ProblemCode::TooLarge,
            Self::DigitMissing => ProblemCode::DigitMissing,
            Self::NotPrintable(_) => ProblemCode::NotPrintable,
            Self::Malformed(_) => ProblemCode::Malformed,
            Self::Unknown(_) => ProblemCode::Unknown,
            Self::Unsupported(_) => ProblemCode::Unsupported,
            Self::NotAllowed(_) => ProblemCode::NotAllowed,
        }
    }

    /// The least and the most that would fit.
    pub fn range(&self) -> (Option<u64>, Option<u64>) {
        let wide = |number: usize| u64::try_from(number).ok();
        match self {
            Self::TooShort { min, .. } => (wide(*min), None),
            Self::TooLong { max } | Self::TooMany { max } => (None, wide(*max)),
            Self::OutOfRange(fits) => (Some(*fits.start()), Some(*fits.end())),
            Self::TooLarge { max, .. } => (None, *max),
            _ => (None, None),
        }
    }

    /// A description in English, for developers.
    pub fn message(&self) -> Cow<'_, str> {
        match self {
            Self::TooShort { min, of } => format!("must have at least {min} {of}").into(),
            Self::TooLong { max } => format!("must have at most {max} characters").into(),
            Self::TooMany { max } => format!("must have at most {max} items").into(),
            Self::OutOfRange(fits) => {
                format!("must be between {} and {}", fits.start(), fits.end()).into()
            }
            Self::DigitMissing => "must have at least one digit".into(),
            Self::Missing(words)
            | Self::TooLarge { words, .. }
            | Self::NotPrintable(words)
            | Self::Malformed(words)
            | Self::Unknown(words)
            | Self::Unsupported(words)
            | Self::NotAllowed(words) => (&**words).into(),
        }
    }
}

impl From<Fault> for Flaw {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::TooShort => Self::TooShort { min: LEAST, of: "characters" },
            Fault::TooLong => Self::TooLong { max: MOST },
            Fault::NoDigit => Self::DigitMissing,
            Fault::NotPrintable => Self::NOT_PRINTABLE,
        }
    }
}

/// A problem with one field of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The path of the field within the input: `school.name`; of an item of a list: `languages.0`.
    pub field: String,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// All problems in one line.
pub(super) fn summary(problems: &[Problem]) -> String {
    let told =
        problems.iter().map(|problem| format!("{}: {}", problem.field, problem.flaw.message()));
    told.collect::<Vec<_>>().join("; ")
}

/// Collects the problems of an input, so that a form can show them all at once.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Records a problem unless `fits`.
    pub fn require(&mut self, fits: bool, field: &str, flaw: Flaw) {
        if !fits {
            self.0.push(Problem { field: field.into(), flaw });
        }
    }

    /// Records a problem if `text` is empty or longer than `most` characters. What leaves nothing by
    /// which it could be found or compared, such as accents without letters, is empty.
    pub fn length(&mut self, text: &str, field: &str, most: usize) {
        let empty = text::is_blank(text) || text::key(text).is_empty();
        self.require(!empty, field, Flaw::EMPTY);
        self.at_most(text, field, most);
    }

    /// Records a problem if `text` is longer than `most` characters.
    pub fn at_most(&mut self, text: &str, field: &str, most: usize) {
        self.require(text.chars().nth(most).is_none(), field, Flaw::TooLong { max: most });
    }

    /// Takes a line of 1 to `most` characters and tidies it; records what is wrong with it.
    pub fn line(&mut self, text: &str, field: &str, most: usize) -> String {
        let printable = text::printable(text.trim());
        let shown = !text::is_blank(text);
        self.require(printable || !shown, field, Flaw::NOT_PRINTABLE);
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
            self.require(false, field, Flaw::NotPrintable(message.into()));
        }
        self.at_most(&text, field, most);
        text
    }

    /// Takes the reason that somebody must give, of at most `most` characters: one that shows something.
    pub fn reason(text: &str, most: usize) -> Result<String> {
        let mut problems = Self::default();
        let reason = problems.prose(text, "reason", most);
        problems.require(!text::is_blank(&reason), "reason", Flaw::EMPTY);
        problems.finish()?;
        Ok(reason)
    }

    /// Takes the code of a country; records if there is no such country.
    pub fn country(&mut self, code: &str, field: &str) -> String {
        let country = school::country(code);
        self.require(country.is_some(), field, Flaw::NO_COUNTRY);
        country.unwrap_or_default()
    }

    /// Takes the code of a language, ISO 639-1; records if there is no such language.
    pub fn language(&mut self, code: &str, field: &str) -> String {
        let code = code.trim().to_ascii_lowercase();
        let known = isolang::Language::from_639_1(&code).is_some();
        let unknown = "must be the two-letter code of a language (ISO 639-1), such as de";
        self.require(known, field, Flaw::Unknown(unknown.into()));
        code
    }

    /// Takes an e-mail address, in one form; records if it is none.
    pub fn email(&mut self, text: &str, field: &str) -> String {
        let address = email::parse(text);
        let none = "must be an e-mail address";
        self.require(address.is_some(), field, Flaw::Malformed(none.into()));
        address.unwrap_or_default()
    }

    /// Takes a chosen password; records all that is wrong with it.
    pub fn password(&mut self, text: &str, field: &str) -> Option<Password> {
        match Self::only_password(text, field) {
            Err(Error::Invalid(problems)) => {
                self.0.extend(problems);
                None
            }
            chosen => chosen.ok(),
        }
    }

    /// Takes the password of an input in which nothing else can be wrong.
    pub fn only_password(text: &str, field: &str) -> Result<Password> {
        let problem = |fault: Fault| Problem { field: field.into(), flaw: fault.into() };
        Password::choose(text)
            .map_err(|faults| Error::Invalid(faults.into_iter().map(problem).collect()))
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
        self.require(items.len() <= most, field, Flaw::TooMany { max: most });
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

#[cfg(test)]
mod tests {
    use super::*;

    /// What a user may be told of a problem: its code and numbers.
    fn told(problems: Problems) -> Vec<(String, &'static str, Option<u64>, Option<u64>)> {
        let Err(Error::Invalid(problems)) = problems.finish() else { return Vec::new() };
        let told = problems.into_iter().map(|Problem { field, flaw }| {
            let (min, max) = flaw.range();
            (field, flaw.code().name(), min, max)
        });
        told.collect()
    }

    #[test]
    fn a_problem_has_a_code_and_the_numbers_that_it_is_about() {
        let mut problems = Problems::default();
        problems.line(" ", "title", 3);
        problems.line("long", "title", 3);
        problems.prose("a\u{0}", "text", 3);
        problems.country("XX", "country");
        problems.email("nobody", "email");
        problems.password("short", "password");
        problems.items(["de", "xx"], "languages", 1, Problems::language);
        problems.require(false, "ageTo", Flaw::OutOfRange(2..=25));
        let expected = [
            ("title", "MISSING", None, None),
            ("title", "TOO_LONG", None, Some(3)),
            ("text", "NOT_PRINTABLE", None, None),
            ("country", "UNKNOWN", None, None),
            ("email", "MALFORMED", None, None),
            ("password", "TOO_SHORT", Some(8), None),
            ("password", "DIGIT_MISSING", None, None),
            ("languages", "TOO_MANY", None, Some(1)),
            ("ageTo", "OUT_OF_RANGE", Some(2), Some(25)),
        ];
        let expected = expected.map(|(field, code, min, max)| (field.to_owned(), code, min, max));
        assert_eq!(told(problems), expected);
    }

    #[test]
    fn a_list_of_nothing_is_missing_and_one_beyond_its_limit_too_long() {
        let codes = [0, 1, 5, 6].map(|count| Flaw::of_count(count, 5).map(|flaw| flaw.code()));
        assert_eq!(codes, [Some(ProblemCode::Missing), None, None, Some(ProblemCode::TooMany)]);
    }
}

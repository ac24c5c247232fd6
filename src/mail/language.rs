//! The languages in which the server writes to people, and the words of its mails in each.

use std::{fmt, str::FromStr, sync::LazyLock};

use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use unic_langid::LanguageIdentifier;

/// The languages, as ISO 639-1 codes, with their words. English, the first, is the reference.
const LETTERS: &[(&str, &str)] = &[
    ("en", include_str!("letters/en.ftl")),
    ("de", include_str!("letters/de.ftl")),
    ("es", include_str!("letters/es.ftl")),
    ("fr", include_str!("letters/fr.ftl")),
    ("it", include_str!("letters/it.ftl")),
    ("nl", include_str!("letters/nl.ftl")),
    ("pl", include_str!("letters/pl.ftl")),
    ("pt", include_str!("letters/pt.ftl")),
];

/// A language in which the server writes: its place in the list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Language(usize);

impl Language {
    /// The one in which what another lacks is written.
    pub const ENGLISH: Self = Self(0);

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..LETTERS.len()).map(Self)
    }

    /// The language with this ISO 639-1 code, if the server writes it.
    pub fn of(code: &str) -> Option<Self> {
        Self::all().find(|language| language.code() == code)
    }

    /// The ISO 639-1 code.
    pub fn code(self) -> &'static str {
        LETTERS[self.0].0
    }

    /// The words of the mails, as a Fluent resource.
    pub fn source(self) -> &'static str {
        LETTERS[self.0].1
    }

    /// A message, or an attribute of it, with these variables. What a language lacks is in English.
    pub(super) fn say(self, id: &str, attribute: Option<&str>, args: &FluentArgs<'_>) -> String {
        let written = [self, Self::ENGLISH].into_iter().find_map(|language| {
            let bundle = &BUNDLES[language.0];
            let message = bundle.get_message(id)?;
            let pattern = match attribute {
                Some(attribute) => message.get_attribute(attribute)?.value(),
                None => message.value()?,
            };
            Some((bundle, pattern))
        });
        let Some((bundle, pattern)) = written else {
            tracing::error!(id, attribute, "a mail lacks words");
            return String::new();
        };
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, Some(args), &mut errors).into_owned();
        if !errors.is_empty() {
            tracing::error!(
                id,
                attribute,
                language = self.code(),
                ?errors,
                "a mail has wrong words"
            );
        }
        text
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        let codes = || Self::all().map(Self::code).collect::<Vec<_>>().join(", ");
        // Browsers and phones say `de-AT`.
        let language = code.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        Self::of(&language).ok_or_else(|| format!("must be one of {}", codes()))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

static BUNDLES: LazyLock<Vec<FluentBundle<FluentResource>>> =
    LazyLock::new(|| Language::all().map(bundle).collect());

fn bundle(language: Language) -> FluentBundle<FluentResource> {
    let code: LanguageIdentifier = language.code().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![code]);
    // Some mail programs show the marks that would surround names and titles. Those that change the
    // direction of what follows have been removed from names and titles.
    bundle.set_use_isolating(false);
    // What cannot be read is left out: `say` reports it, and a test reads everything.
    let words = FluentResource::try_new(language.source().to_owned());
    bundle.add_resource_overriding(words.unwrap_or_else(|(readable, _)| readable));
    bundle
}

//! The settings in force, for `twinspace config show` and for administrators. Secrets are masked.

use async_graphql::Enum;
use clap::{Arg, ArgMatches, Command, parser::ValueSource};
use serde::Serialize;
use url::Url;

use super::file::{Given, is_secret};

/// A setting in force.
#[derive(Clone, Debug, Serialize)]
pub struct Setting {
    /// The name of its flag.
    pub name: String,
    /// The value, masked if it is a secret; none if it is not set.
    pub value: Option<String>,
    /// Where it comes from.
    pub source: Source,
    /// What applies if it is not set, as its description says.
    #[serde(skip)]
    pub otherwise: Option<String>,
}

/// Where a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Enum)]
#[serde(rename_all = "lowercase")]
#[graphql(name = "SettingSource")]
pub enum Source {
    /// A flag of the command line.
    Flag,
    /// An environment variable.
    Variable,
    /// A file of settings or a secret's own file.
    File,
    /// The default.
    Default,
}

/// All settings, as a command parsed them.
pub fn in_force<'a>(
    command: &'a Command,
    parsed: &'a ArgMatches,
    given: &'a Given,
) -> impl Iterator<Item = Setting> + 'a {
    let settings = command.get_arguments().filter(|arg| arg.is_global_set());
    settings.filter_map(move |arg| {
        let id = arg.get_id().as_str();
        let words = parsed.get_raw(id).into_iter().flatten().map(|word| word.to_string_lossy());
        let words: Vec<_> = words.collect();
        let value = (!words.is_empty()).then(|| words.join(","));
        let source = match parsed.value_source(id) {
            Some(ValueSource::CommandLine) => Source::Flag,
            Some(ValueSource::EnvVariable) => Source::Variable,
            _ if given.settings.contains_key(id) => Source::File,
            _ => Source::Default,
        };
        let value = if is_secret(arg) { value.map(|secret| masked(&secret)) } else { value };
        Some(Setting { name: arg.get_long()?.to_owned(), value, source, otherwise: otherwise(arg) })
    })
}

/// The sentence of a description that says what the default is.
fn otherwise(arg: &Arg) -> Option<String> {
    let description = arg.get_help()?.to_string();
    let sentence = &description[description.find("Defaults to ")?..];
    sentence.split(". ").next().map(|sentence| sentence.trim_end_matches('.').to_owned())
}

/// A secret without what is secret in it: of a URL the rest is shown.
fn masked(secret: &str) -> String {
    const MASK: &str = "********";
    let Some(mut url) = Url::parse(secret).ok() else { return MASK.into() };
    if !matches!(url.scheme(), "sqlite" | "postgres" | "postgresql" | "smtp" | "smtps") {
        return MASK.into();
    }
    if url.password().is_some() && url.set_password(Some(MASK)).is_err() {
        return MASK.into();
    }
    let query: Vec<_> = url
        .query_pairs()
        .map(|(name, value)| match &*name {
            "password" => (name.into_owned(), MASK.into()),
            _ => (name.into_owned(), value.into_owned()),
        })
        .collect();
    if !query.is_empty() {
        url.query_pairs_mut().clear().extend_pairs(query);
    }
    url.into()
}

//! `twinspace config`.

use clap::{ArgMatches, Args, Command, Subcommand, parser::ValueSource};
use serde::Serialize;
use url::Url;

use super::{Failure, output::Output, refused};
use crate::config::file::{Given, is_secret};

/// Look at the settings.
#[derive(Subcommand, Clone, Debug)]
pub enum Settings {
    /// Print all settings as they are in force, in the format of the file of settings, and where
    /// each comes from. Secrets are masked.
    Show(Show),
}

/// How to print the settings.
#[derive(Args, Clone, Debug)]
pub struct Show {
    /// How to print them.
    #[command(flatten)]
    pub output: Output,
}

/// A setting in force.
#[derive(Debug, Serialize)]
struct Setting {
    name: String,
    value: Option<String>,
    source: Source,
}

/// Where a setting comes from.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Source {
    Flag,
    Variable,
    File,
    Default,
}

impl Settings {
    /// Prints the settings that were parsed by this command.
    pub fn run(
        &self,
        command: &Command,
        parsed: &ArgMatches,
        given: &Given,
    ) -> Result<(), Failure> {
        let Self::Show(Show { output }) = self;
        let settings: Vec<_> = in_force(command, parsed, given).collect();
        let text = |settings: &Vec<_>| settings.iter().map(|one| line(one) + "\n").collect();
        output.print(&settings, text).map_err(refused)
    }
}

fn in_force<'a>(
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
            _ if given.contains_key(id) => Source::File,
            _ => Source::Default,
        };
        let value = if is_secret(arg) { value.map(|secret| masked(&secret)) } else { value };
        Some(Setting { name: arg.get_long()?.to_owned(), value, source })
    })
}

/// A line of a file of settings; a comment if nothing is set.
fn line(Setting { name, value, source }: &Setting) -> String {
    let origin = match source {
        Source::Flag => "  # flag",
        Source::Variable => "  # variable",
        Source::File => "  # file",
        Source::Default => "",
    };
    match value {
        Some(value) => format!("{name} = {}{origin}", toml::Value::from(value.as_str())),
        None => format!("# {name} is not set"),
    }
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

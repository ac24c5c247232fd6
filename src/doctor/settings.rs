//! The settings themselves.

use std::{collections::BTreeSet, ffi::OsString};

use clap::CommandFactory;

use super::{Finding, Part};
use crate::{
    cli::Cli,
    config::{Config, file, origin::Origin},
};

/// Variables that begin like settings and are none: they are for building and testing.
const OTHERS: [&str; 2] = ["TWINSPACE_BUILD_", "TWINSPACE_WRITE_"];

/// The least memory for a password hash that is recommended for Argon2id, in KiB.
const LEAST_MEMORY: u32 = 7168;

/// Examines the settings, and the environment variables of which some are settings.
pub fn examine(
    config: &Config,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Vec<Finding> {
    let part = Part::Settings;
    let mut found = Vec::new();
    if let Err(wrong) = config.check() {
        found.push(Finding { mend: None, ..part.problem(wrong.to_string(), "") });
    }
    for warning in config.server.warnings() {
        found.push(Finding { mend: None, ..part.warning(warning.to_string(), "") });
    }
    for name in strangers(variables) {
        found.push(part.warning(
            format!("{name} is set, but there is no such setting."),
            "Correct the name; `twinspace --help` lists all settings.",
        ));
    }
    if config.accounts.argon2_memory < LEAST_MEMORY {
        found.push(part.warning(
            "Password hashes are weak, as only tests need them.",
            format!("Omit --argon2-memory, or set it to {LEAST_MEMORY} or more."),
        ));
    }
    if config.server.allowed_origins.contains(&Origin::Any) {
        found.push(part.warning(
            "Every website may call the server.",
            "List the websites of your apps in --allowed-origins instead of *.",
        ));
    }
    if found.is_empty() {
        found.push(part.ok("They do not contradict each other."));
    }
    found
}

/// The variables that look like settings and are none.
fn strangers(variables: impl Iterator<Item = (OsString, OsString)>) -> BTreeSet<String> {
    let known = known();
    variables
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with("TWINSPACE_") && !known.contains(name))
        .filter(|name| !OTHERS.iter().any(|other| name.starts_with(other)))
        .collect()
}

/// The variables of all settings and options.
fn known() -> BTreeSet<String> {
    let command = Cli::command();
    let mut known = BTreeSet::new();
    let mut commands = vec![&command];
    while let Some(command) = commands.pop() {
        commands.extend(command.get_subcommands());
        for arg in command.get_arguments() {
            let Some(name) = arg.get_env().map(|name| name.to_string_lossy()) else { continue };
            if file::is_secret(arg) {
                known.insert(file::variable_of_file(&name));
            }
            known.insert(name.into_owned());
        }
    }
    known
}

//! The command line, with settings from files as defaults.

use std::{env, mem};

use clap::{Arg, ArgMatches, Command, CommandFactory, FromArgMatches};

use super::{Cli, Failure};
use crate::config::file::{self, Given};

/// The command line and what it was read from.
pub struct Arguments {
    /// The command and the settings.
    pub cli: Cli,
    /// All arguments.
    pub command: Command,
    /// Their values.
    pub parsed: ArgMatches,
    /// The settings that files contain.
    pub given: Given,
}

impl Arguments {
    /// Reads the command line, the environment and the files that they name. Invalid arguments end
    /// the program.
    pub fn read() -> Result<Self, Failure> {
        let arguments: Vec<_> = env::args_os().collect();
        let command = Cli::command();
        let given = file::read(&command, &arguments);
        let given = given.map_err(|wrong| Failure::new(wrong.to_string()))?;
        let command = file::apply(command, &given);
        let parsed = with_short_help(command.clone()).get_matches_from(arguments);
        let cli = Cli::from_arg_matches(&parsed).unwrap_or_else(|error| error.exit());
        Ok(Self { cli, command, parsed, given })
    }
}

/// Lists the settings in the help of the program, and not in that of each command.
fn with_short_help(mut command: Command) -> Command {
    // From here on, the commands have the settings as well.
    command.build();
    for part in command.get_subcommands_mut() {
        hide_settings(part);
    }
    command
}

fn hide_settings(command: &mut Command) {
    let hide = |arg: Arg| if arg.is_global_set() { arg.hide(true) } else { arg };
    *command =
        mem::take(command).mut_args(hide).after_help("`twinspace --help` lists all settings.");
    for part in command.get_subcommands_mut() {
        hide_settings(part);
    }
}

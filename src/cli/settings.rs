//! `twinspace config`.

use clap::{ArgMatches, Args, Command, Subcommand};

use super::{Failure, output::Output, refused};
use crate::config::{
    file::Given,
    in_force::{Setting, Source, in_force},
};

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

/// A line of a file of settings; a comment if nothing is set.
fn line(Setting { name, value, source, otherwise }: &Setting) -> String {
    let origin = match source {
        Source::Flag => "  # flag",
        Source::Variable => "  # variable",
        Source::File => "  # file",
        Source::Default => "",
    };
    match (value, otherwise) {
        (Some(value), _) => format!("{name} = {}{origin}", toml::Value::from(value.as_str())),
        (None, Some(otherwise)) => format!("# {name} is not set. {otherwise}"),
        (None, None) => format!("# {name} is not set"),
    }
}

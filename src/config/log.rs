//! Logging.

use clap::{Args, ValueEnum};

/// Settings of the log, which is written to standard error.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "Log")]
pub struct Config {
    /// What is logged: `error`, `warn`, `info`, `debug`, or by module as in `info,sqlx=warn`.
    #[arg(
        long = "log",
        env = "TWINSPACE_LOG",
        default_value = "info,sqlx=warn,sea_orm_migration=warn,symphonia=off",
        value_name = "FILTER",
        global = true
    )]
    pub log_filter: String,
    /// The format, for people or for programs.
    #[arg(long, env = "TWINSPACE_LOG_FORMAT", value_enum, default_value = "text", global = true)]
    pub log_format: Format,
}

/// The format of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Plain text for people.
    Text,
    /// A JSON object per line.
    Json,
}

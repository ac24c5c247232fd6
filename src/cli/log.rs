//! The log, on standard error.

use std::{
    io::{self, IsTerminal},
    panic,
};

use tracing_subscriber::EnvFilter;

use super::Failure;
use crate::config::log::{Config, Format};

/// Starts logging. Panics are logged too, instead of printing a backtrace to the terminal.
pub fn init(config: &Config) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(&config.log_filter).map_err(|error| {
        Failure::because("--log is not a valid filter, such as `info,sqlx=warn`", &error)
    })?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    match config.log_format {
        Format::Text => log.init(),
        Format::Json => log.json().flatten_event(true).init(),
    }
    panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string);
        tracing::error!(at, said = panic.payload_as_str(), "panic");
    }));
    Ok(())
}

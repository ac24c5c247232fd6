//! The log, on standard error.

use std::{
    io::{self, IsTerminal},
    panic,
};

use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use super::Failure;
use crate::{
    config::{Config, log::Format},
    traces::Exporter,
};

/// Starts logging, and if asked to, sending traces as long as the result is held. Panics are logged too, instead
/// of printing a backtrace to the terminal.
pub fn init(config: &Config, traces: bool) -> Result<Option<Exporter>, Failure> {
    let filter = EnvFilter::try_new(&config.log.log_filter).map_err(|error| {
        Failure::because("--log is not a valid filter, such as `info,sqlx=warn`", &error)
    })?;
    let exporter = match traces {
        true => Exporter::start(&config.traces)
            .map_err(|error| Failure::because("Traces cannot be sent (--otlp-endpoint)", &error))?,
        false => None,
    };
    // That a line cannot be written cannot be told there, either.
    let log = fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .log_internal_errors(false);
    let log = match config.log.log_format {
        Format::Text => log.boxed(),
        Format::Json => log.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry()
        .with(log.with_filter(filter))
        .with(exporter.as_ref().map(Exporter::layer))
        .init();
    panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string);
        tracing::error!(at, said = panic.payload_as_str(), "panic");
    }));
    Ok(exporter)
}

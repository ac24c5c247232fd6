//! Traces.

use clap::Args;

use super::address;

/// Settings of traces, which are sent to an OpenTelemetry collector.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "Traces")]
pub struct Config {
    /// The collector to which traces are sent (OTLP over HTTP), such as `http://localhost:4318`. If
    /// unset, nothing is traced.
    #[arg(long, env = "TWINSPACE_OTLP_ENDPOINT", value_name = "URL", value_parser = collector,
          global = true)]
    pub otlp_endpoint: Option<String>,
    /// The share of traces that are sent, from 0 to 1.
    #[arg(long, env = "TWINSPACE_TRACE_RATIO", default_value_t = 1.0, value_name = "SHARE",
          value_parser = share, global = true)]
    pub trace_ratio: f64,
}

/// A URL, with or without the path that OTLP gives to traces.
fn collector(text: &str) -> Result<String, String> {
    let url = address::page(text)?;
    Ok(url.strip_suffix("/v1/traces").unwrap_or(&url).to_owned())
}

fn share(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|share| (0.0..=1.0).contains(share))
        .ok_or_else(|| "must be a number from 0 to 1, such as 0.1".into())
}

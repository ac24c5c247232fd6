//! What commands print: text for people, or JSON for programs.

use clap::Args;
use domain::{Error, Result};
use serde::Serialize;

/// How to print the result.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct Output {
    /// Print the result as JSON.
    #[arg(long)]
    pub json: bool,
}

impl Output {
    /// Prints a value as JSON, or as text.
    pub fn print<T: Serialize>(self, value: &T, text: impl FnOnce(&T) -> String) -> Result<()> {
        let text = match self.json {
            true => serde_json::to_string_pretty(value).map_err(Error::internal)?,
            false => text(value),
        };
        let text = text.trim_end();
        if !text.is_empty() {
            println!("{text}");
        }
        Ok(())
    }
}

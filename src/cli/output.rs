//! What commands print: text for people, or JSON for programs.

use std::io::{self, ErrorKind, Write};

use clap::Args;
use domain::{Error, Result};
use entity::{account, service};
use sea_orm::ActiveEnum;
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
        match text.trim_end() {
            "" => Ok(()),
            text => print(&format!("{text}\n")),
        }
    }
}

/// Prints on standard output. Whoever reads it may have enough of it, such as `head`: that is no
/// failure.
pub fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::wrong(format!("The output could not be written: {error}.")))
        }
        _ => Ok(()),
    }
}

/// Tells something on standard error, if anybody listens.
pub fn tell(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Rows in columns of equal width.
pub fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).filter(|&(_, width)| width > 0);
        let cells: Vec<_> = cells.map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

/// An account, as commands print it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The kind of account.
    pub kind: String,
    /// How its owner signs in: an e-mail address, or a pupil's username.
    pub sign_in: Option<String>,
    /// The name.
    pub name: String,
    /// The language in which the server writes to them.
    pub language: String,
    /// The support service of an officer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// Whether the address is verified.
    pub verified: bool,
    /// When the account was created.
    pub created_at: String,
    /// When it was blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked_at: Option<String>,
}

/// A support service, as commands print it.
#[derive(Clone, Debug, Serialize)]
pub struct Service {
    /// The country.
    pub country: String,
    /// The region, if it serves only one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub region: String,
    /// The name.
    pub name: String,
}

impl Account {
    /// An account with its support service.
    pub fn of(account: account::Model, service: Option<service::Model>) -> Self {
        let account::Model {
            kind,
            email,
            username,
            name,
            language,
            verified_at,
            created_at,
            blocked_at,
            ..
        } = account;
        Self {
            kind: kind.to_value(),
            sign_in: email.or(username),
            name,
            language,
            service: service.map(Service::from),
            verified: verified_at.is_some(),
            created_at: created_at.to_rfc3339(),
            blocked_at: blocked_at.map(|at| at.to_rfc3339()),
        }
    }

    /// The name and how its owner signs in.
    pub fn person(&self) -> String {
        format!("{} <{}>", self.name, self.sign_in.as_deref().unwrap_or_default())
    }

    /// Since when it exists, or has been blocked.
    pub fn since(&self) -> String {
        let day = |at: &str| at.chars().take("2026-01-01".len()).collect::<String>();
        match &self.blocked_at {
            Some(at) => format!("blocked since {}", day(at)),
            None => format!("since {}", day(&self.created_at)),
        }
    }
}

impl From<service::Model> for Service {
    fn from(service: service::Model) -> Self {
        let service::Model { country, region, name, .. } = service;
        Self { country, region, name }
    }
}

impl Service {
    /// The country or region that it serves.
    pub fn place(&self) -> String {
        match self.region.is_empty() {
            true => self.country.clone(),
            false => format!("{}, {}", self.country, self.region),
        }
    }
}

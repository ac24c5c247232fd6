//! The location of the data.

use std::path::Path;

use clap::{Args, ValueEnum};
use domain::db;

use super::Wrong;

/// Settings of the database.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "Database")]
pub struct Config {
    /// `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/NAME`. Defaults to SQLite in the data
    /// folder.
    #[arg(
        long,
        env = "TWINSPACE_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        global = true
    )]
    pub database_url: Option<String>,
    /// Maximum number of connections: for PostgreSQL half of them for reading and half for writing,
    /// in addition to up to five of the server's own; for SQLite for reading (it has a single
    /// writer).
    #[arg(long, env = "TWINSPACE_DATABASE_CONNECTIONS", value_name = "N", global = true,
          value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub database_connections: Option<u32>,
    /// What SQLite waits for before it acknowledges a write.
    #[arg(
        long,
        env = "TWINSPACE_SQLITE_SYNCHRONOUS",
        value_enum,
        default_value = "full",
        global = true
    )]
    pub sqlite_synchronous: Synchronous,
}

/// What SQLite waits for before it acknowledges a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Synchronous {
    /// The disk: an acknowledged write survives a power failure.
    Full,
    /// The operating system: faster, but a power failure may lose the latest writes.
    Normal,
}

impl Config {
    /// Checks for problems that the database would report in its own words.
    pub(super) fn check(&self) -> Result<(), Wrong> {
        let known = ["sqlite:", "postgres://", "postgresql://"];
        match &self.database_url {
            Some(url) if !known.iter().any(|scheme| url.starts_with(scheme)) => {
                // Not the URL itself: it may contain a password.
                Err(Wrong(
                    "--database-url must be sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME."
                        .into(),
                ))
            }
            _ => Ok(()),
        }
    }

    /// How to connect.
    pub fn settings(&self) -> db::Settings {
        db::Settings {
            connections: self.database_connections,
            synchronous: match self.sqlite_synchronous {
                Synchronous::Full => db::Synchronous::Full,
                Synchronous::Normal => db::Synchronous::Normal,
            },
            observer: None,
        }
    }

    /// Maximum number of connections to PostgreSQL.
    pub fn connections(&self) -> u32 {
        self.database_connections.unwrap_or(db::CONNECTIONS)
    }

    /// The URL of the database, which defaults to the file in the data folder.
    pub fn url(&self, data_dir: &Path) -> String {
        self.database_url
            .clone()
            .unwrap_or_else(|| format!("sqlite:{}", data_dir.join("twinspace.db").display()))
    }
}

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
    /// The same PostgreSQL, if `--database-url` leads to a pooler that lends connections for one
    /// transaction at a time, such as PgBouncer in transaction mode: for a few connections that last.
    #[arg(
        long,
        env = "TWINSPACE_DATABASE_DIRECT_URL",
        value_name = "URL",
        hide_env_values = true,
        global = true
    )]
    pub database_direct_url: Option<String>,
    /// A standby of the same PostgreSQL, with streaming replication, from which queries are read if it
    /// has replayed everything that was committed before them: one server, and not through a pooler.
    #[arg(
        long,
        env = "TWINSPACE_DATABASE_REPLICA_URL",
        value_name = "URL",
        hide_env_values = true,
        global = true
    )]
    pub database_replica_url: Option<String>,
    /// Maximum number of connections: for PostgreSQL half of them for reading and half for writing,
    /// in addition to up to five of the server's own; for SQLite for reading (it has a single
    /// writer). Defaults to 16 for PostgreSQL and to 4 for SQLite.
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
        let postgresql = |url: &String| {
            ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme))
        };
        // Not the URLs themselves: they may contain a password.
        let known = |url: &String| url.starts_with("sqlite:") || postgresql(url);
        if !self.database_url.as_ref().is_none_or(known) {
            return Err(Wrong(
                "--database-url must be sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME.".into(),
            ));
        }
        for (flag, url) in [
            ("--database-direct-url", &self.database_direct_url),
            ("--database-replica-url", &self.database_replica_url),
        ] {
            let both = [url, &self.database_url];
            if url.is_some() && !both.iter().all(|url| url.as_ref().is_some_and(postgresql)) {
                return Err(Wrong(format!(
                    "{flag} must be postgres://USER:PASSWORD@HOST/NAME, beside such a \
                     --database-url."
                )));
            }
        }
        Ok(())
    }

    /// How to connect, to the primary alone.
    pub fn settings(&self) -> db::Settings {
        db::Settings {
            flag: None,
            direct_url: self.database_direct_url.clone(),
            replica_url: None,
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

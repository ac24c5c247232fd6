//! The settings: flags, or `TWINSPACE_*` environment variables; all of them stand in `--help`.

use std::path::PathBuf;

use clap::Args;

pub mod accounts;
mod address;
pub mod database;
pub mod guidance;
pub mod limits;
pub mod log;
pub mod mail;
pub mod media;
pub mod origin;
pub mod server;
pub mod talk;

pub use crate::error::Wrong;

/// Everything that can be set. `docs/operating.md` tells what for.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct Config {
    /// Folder of everything that the server keeps in files: the SQLite database, mails, media.
    #[arg(
        long,
        env = "TWINSPACE_DATA_DIR",
        default_value = "data",
        value_name = "DIR",
        global = true
    )]
    pub data_dir: PathBuf,
    /// Where the data are.
    #[command(flatten)]
    pub database: database::Config,
    /// How it is reached, and what a client may ask.
    #[command(flatten)]
    pub server: server::Config,
    /// What it writes about itself.
    #[command(flatten)]
    pub log: log::Config,
    /// How mail leaves.
    #[command(flatten)]
    pub mail: mail::Config,
    /// Where images, videos and files go.
    #[command(flatten)]
    pub media: media::Config,
    /// Sign-in, sessions, passwords.
    #[command(flatten)]
    pub accounts: accounts::Config,
    /// What teachers are told about publishing.
    #[command(flatten)]
    pub guidance: guidance::Config,
    /// Chat and messages.
    #[command(flatten)]
    pub talk: talk::Config,
}

impl Config {
    /// Looks at settings that do not go together.
    pub fn check(&self) -> Result<(), Wrong> {
        self.database.check()?;
        self.media.check()
    }
}

//! The settings: flags, `TWINSPACE_*` environment variables, or a file. `--help` lists them all.

use std::{collections::BTreeSet, path::PathBuf};

use clap::Args;

pub mod about;
pub mod accounts;
mod address;
pub mod database;
pub mod file;
pub mod guidance;
pub mod in_force;
pub mod limits;
pub mod log;
pub mod mail;
pub mod media;
pub mod origin;
pub mod server;
pub mod talk;
pub mod traces;

pub use domain::error::Wrong;

/// All settings. `docs/operating.md` explains them.
#[derive(Args, Clone, Debug)]
#[group(skip)]
pub struct Config {
    /// A TOML file of settings, named like the flags: `public-url = "https://twinspace.example"`.
    /// Flags and variables take precedence.
    #[arg(long = "config", env = "TWINSPACE_CONFIG", value_name = "FILE", global = true)]
    pub config_file: Option<PathBuf>,
    /// Folder for everything that the server stores in files: the SQLite database, mails, media.
    #[arg(
        long,
        env = "TWINSPACE_DATA_DIR",
        default_value = "data",
        value_name = "DIR",
        global = true
    )]
    pub data_dir: PathBuf,
    /// The location of the data.
    #[command(flatten)]
    pub database: database::Config,
    /// How the server is reached, and what clients may request.
    #[command(flatten)]
    pub server: server::Config,
    /// What apps tell people about the server.
    #[command(flatten)]
    pub about: about::Config,
    /// Logging.
    #[command(flatten)]
    pub log: log::Config,
    /// Traces.
    #[command(flatten)]
    pub traces: traces::Config,
    /// How mail is sent.
    #[command(flatten)]
    pub mail: mail::Config,
    /// Where images, videos and files are stored.
    #[command(flatten)]
    pub media: media::Config,
    /// Sign-in, sessions, passwords.
    #[command(flatten)]
    pub accounts: accounts::Config,
    /// Guidance for teachers on publishing.
    #[command(flatten)]
    pub guidance: guidance::Config,
    /// Chat and messages.
    #[command(flatten)]
    pub talk: talk::Config,
    /// All settings as they are in force, as the command that serves parsed them: for administrators.
    #[arg(skip)]
    pub in_force: Vec<in_force::Setting>,
    /// The files from which secrets were read: for the doctor, who looks at their modes.
    #[arg(skip)]
    pub secret_files: BTreeSet<PathBuf>,
}

impl Config {
    /// Checks settings that depend on each other.
    pub fn check(&self) -> Result<(), Wrong> {
        self.accounts.check()?;
        self.database.check()?;
        self.media.check()
    }
}

//! The command line.

use std::process::ExitCode;

use arguments::Arguments;
use clap::{Parser, Subcommand};
use domain::{
    Error,
    accounts::password::Passwords,
    db::{Db, advice},
    error::innermost,
    private,
};

use crate::{
    app::housekeeping,
    config::{Config, in_force::in_force},
    mail::Delivery,
};

pub mod account;
pub mod admin;
mod arguments;
pub mod backup;
mod check;
pub mod demo;
pub mod doctor;
mod healthcheck;
mod log;
pub mod mail;
mod migrate;
pub mod officer;
mod output;
pub mod person;
mod recount;
mod schema;
pub mod seed;
mod serve;
pub mod service;
pub mod settings;

/// GraphQL server for twinned school projects and their TwinSpaces.
#[derive(Debug, Parser)]
#[command(name = "twinspace", version, max_term_width = 100)]
pub struct Cli {
    /// The command to run. Defaults to `serve`.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The settings.
    #[command(flatten)]
    pub config: Config,
}

/// The command to run.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server, after migrating the database.
    Serve,
    /// Ask the server on this machine whether it is ready, for containers. Exits with status 1 if
    /// not.
    Healthcheck,
    /// Run a demo server with its own database of people and projects, to try things out.
    Demo(demo::Demo),
    /// Look at the settings.
    #[command(subcommand)]
    Config(settings::Settings),
    /// Migrate the database and exit.
    Migrate,
    /// Write a backup of the database and the media into a new folder, while the server may be
    /// running.
    Backup(backup::Backup),
    /// Restore a backup into an empty database and media storage, of any kind.
    Restore(backup::Restore),
    /// Copy a database into an empty one, such as from SQLite to PostgreSQL. Stop the server first.
    Copy(backup::Copy),
    /// Examine the set-up: settings, files, clock, database, storage, mail and network. Says what to
    /// do about each problem; exits with status 1 if there is any.
    Doctor(doctor::Doctor),
    /// Check the data in the database for damage. Changes nothing; exits with status 1 if any is
    /// found.
    Check(output::Output),
    /// Count the members of all TwinSpaces again, if `check` says that their numbers are wrong.
    Recount(output::Output),
    /// Fill an empty database with made-up people and projects, to measure how the server does with
    /// many.
    Seed(seed::Seed),
    /// Print the GraphQL schema. Requires no database.
    Schema,
    /// Manage administrators of this server.
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Manage support services of countries and regions.
    #[command(subcommand)]
    Service(service::Service),
    /// Manage officers of support services.
    #[command(subcommand)]
    Officer(officer::Officer),
    /// Manage user accounts.
    #[command(subcommand)]
    Account(account::Account),
    /// Look at the mails that have not been delivered.
    #[command(subcommand)]
    Mail(mail::Mail),
}

/// Why the program exits, as a sentence that says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{sentence}")]
pub struct Failure {
    sentence: String,
    code: u8,
}

impl Failure {
    /// A failure that prevents the requested command.
    fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 2 }
    }

    /// A finding of the requested check.
    fn found(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: 1 }
    }

    /// A failure with a known cause, and what to do about it if that is known.
    fn because(what: &str, cause: &(dyn std::error::Error + 'static)) -> Self {
        let advice = advice(cause).map(|advice| format!(". {advice}")).unwrap_or_default();
        Self::new(format!("{what}: {}{advice}", innermost(cause)))
    }

    /// A failure that is explained by its cause, or else by this sentence and the cause.
    fn of(what: &str, cause: &Error) -> Self {
        match cause.as_wrong() {
            Some(wrong) => Self::new(wrong.to_string()),
            None => Self::because(what, cause),
        }
    }

    /// A database that cannot be opened or migrated.
    fn database(cause: &Error) -> Self {
        let failure = Self::of("The database could not be opened", cause);
        match cause.as_wrong().is_some() || advice(cause).is_some() {
            true => failure,
            false => {
                Self::new(format!("{failure}. Check {DATABASE}, and that the database is running."))
            }
        }
    }
}

/// The flags that say which database it is.
const DATABASE: &str = "--database-url and --data-dir";

/// The URL of a database, which these flags name, unless it is a file that does not exist and would be
/// created.
fn existing(url: &str, flags: &str) -> Result<String, Failure> {
    match Db::file_of(url) {
        Some(file) if !file.is_file() => {
            Err(Failure::new(format!("There is no database at {}. Check {flags}.", file.display())))
        }
        _ => Ok(url.to_owned()),
    }
}

/// Runs the command given by the arguments. Exits with status 2 on failure.
pub fn main() -> ExitCode {
    match Arguments::read().and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::tell(&format!("twinspace: {failure}"));
            ExitCode::from(failure.code)
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    let Cli { command, mut config } = arguments.cli;
    let command = command.unwrap_or(Command::Serve);
    match &command {
        Command::Schema => return schema::print(&config),
        Command::Config(settings) => {
            return settings.run(&arguments.command, &arguments.parsed, &arguments.given);
        }
        _ => {}
    }
    config.in_force = in_force(&arguments.command, &arguments.parsed, &arguments.given).collect();
    config.secret_files = arguments.given.secret_files;
    let serves = matches!(command, Command::Serve | Command::Demo(_));
    let _traces = log::init(&config, serves)?;
    private::by_default();
    if !matches!(command, Command::Doctor(_)) {
        config.check().map_err(|wrong| Failure::new(wrong.to_string()))?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Queries can be nested deeply, and their execution is recursive.
        .thread_stack_size(8 << 20)
        .build()
        .map_err(|error| Failure::because("The threads could not be started", &error))?;
    runtime.block_on(async {
        match command {
            Command::Serve => serve::run(config).await,
            Command::Healthcheck => healthcheck::run(&config).await,
            Command::Demo(demo) => demo.run(config).await,
            Command::Migrate => migrate::run(config).await,
            Command::Backup(backup) => backup.run(config).await,
            Command::Restore(restore) => restore.run(config).await,
            Command::Copy(copy) => copy.run(config).await,
            Command::Doctor(doctor) => doctor.run(config).await,
            Command::Check(output) => check::run(config, output).await,
            Command::Recount(output) => recount::run(config, output).await,
            Command::Seed(seed) => seed.run(config).await,
            Command::Schema | Command::Config(_) => Ok(()),
            Command::Admin(admin) => {
                let language = config.mail.language;
                let run =
                    async |db: &Db, passwords: &Passwords| admin.run(db, passwords, language).await;
                on_database(&config, run).await
            }
            Command::Service(service) => {
                on_database(&config, async |db: &Db, _: &Passwords| service.run(db).await).await
            }
            Command::Mail(mail) => {
                on_database(&config, async |db: &Db, _: &Passwords| mail.run(db).await).await
            }
            Command::Officer(officer) => {
                let language = config.mail.language;
                let run = async |db: &Db, passwords: &Passwords| {
                    officer.run(db, passwords, language).await
                };
                on_database(&config, run).await
            }
            Command::Account(account) => {
                let run = async |db: &Db, passwords: &Passwords| {
                    account.run(db, passwords, config.accounts.lifetime()).await?;
                    let mail = Delivery::new(&config.mail, &config.data_dir)?;
                    housekeeping::clear(db, &mail).await
                };
                on_database(&config, run).await
            }
        }
    })
}

/// Runs a command on the migrated database, and closes it whatever comes of it: servers that use it
/// know then that they have been told of everything.
async fn on_database<T>(
    config: &Config,
    run: impl AsyncFnOnce(&Db, &Passwords) -> domain::Result<T>,
) -> Result<T, Failure> {
    let url = config.database.url(&config.data_dir);
    let opened = async {
        let db = Db::open(&url, &config.database.settings()).await?;
        db.migrate().await?;
        domain::Result::Ok((db, Passwords::new(config.accounts.password_cost())?))
    };
    let (db, passwords) = opened.await.map_err(|error| Failure::database(&error))?;
    let done = run(&db, &passwords).await;
    db.close().await.map_err(|error| Failure::database(&error.into()))?;
    done.map_err(refused)
}

/// Invalid input is reported as it is; an internal error with its cause.
#[expect(clippy::needless_pass_by_value, reason = "`map_err` passes it by value")]
fn refused(error: Error) -> Failure {
    match &error {
        Error::Internal(_) | Error::Unavailable(..) => Failure::of("Nothing was done", &error),
        _ => Failure::new(error.to_string()),
    }
}

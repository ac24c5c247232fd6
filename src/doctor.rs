//! Looks for what is wrong with the set-up of a server: the settings, and what they point to.
//!
//! It does not look into the data; that is what `twinspace check` does.

use std::{env, fmt, fs, time::Duration};

use domain::{
    Error, Result,
    db::{Db, Schema, advice},
};
use lettre::message::Mailbox;
use public_url::Asker;
use serde::Serialize;

use crate::{app::App, config::Config, mail::Delivery, storage::Storage};

mod certificate;
mod database;
mod machine;
mod mail;
mod modes;
mod network;
mod public_url;
mod replica;
mod settings;
mod storage;

pub use machine::{judge_space, open_files};
pub use replica::judge as judge_replica;

/// What was found about a part of the set-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The part.
    pub part: Part,
    /// How good or bad it is.
    pub state: State,
    /// What was found.
    pub said: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

/// A part of the set-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The settings.
    Settings,
    /// The data folder and its disk.
    Files,
    /// The clock.
    Clock,
    /// The database.
    Database,
    /// The standby from which queries are read.
    Replica,
    /// Where media are stored.
    Storage,
    /// How mail is sent.
    Mail,
    /// The address and port.
    Network,
    /// The collector of traces.
    Traces,
}

/// How good or bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, but probably not as intended.
    Warning,
    /// It does not work.
    Problem,
}

impl Part {
    fn ok(self, said: impl Into<String>) -> Finding {
        Finding { part: self, state: State::Ok, said: said.into(), mend: None }
    }

    fn warning(self, said: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding { part: self, state: State::Warning, said: said.into(), mend: Some(mend.into()) }
    }

    fn problem(self, said: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding { part: self, state: State::Problem, said: said.into(), mend: Some(mend.into()) }
    }

    /// What an error says, which is all there is to say if it is meant for the operator.
    fn failed(self, error: &Error, mend: &str) -> Finding {
        match error.as_wrong() {
            Some(wrong) => {
                Finding { part: self, state: State::Problem, said: wrong.to_string(), mend: None }
            }
            None => self.problem(format!("{error:?}."), advice(error).unwrap_or(mend)),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Settings => "settings",
            Self::Files => "files",
            Self::Clock => "clock",
            Self::Database => "database",
            Self::Replica => "replica",
            Self::Storage => "storage",
            Self::Mail => "mail",
            Self::Network => "network",
            Self::Traces => "traces",
        })
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        })
    }
}

/// Examines everything; if there is an address, a mail is sent to it. Writes nothing but a file in
/// the storage, which is deleted again.
pub async fn examine(config: &Config, mail_to: Option<&Mailbox>) -> Vec<Finding> {
    let mut found = settings::examine(config, env::vars_os());
    let usable = found.iter().all(|finding| finding.state != State::Problem);
    found.extend(machine::examine(config));
    found.extend(modes::examine(config));
    let mut prover = None;
    // Opening anything would create files that the server cannot use.
    let ours = found.iter().all(|finding| finding.state != State::Problem);
    let there = fs::exists(&config.data_dir).unwrap_or(false);
    if usable && ours {
        found.push(match there {
            true => match Storage::open(&config.media, &config.data_dir).await {
                Ok(storage) => storage::examine(&storage).await,
                Err(error) => Part::Storage.failed(&error, storage::MEND),
            },
            false => Part::Storage.warning(
                format!("The data folder {} does not exist yet.", config.data_dir.display()),
                "It is created by the first start. If there should be data, correct --data-dir.",
            ),
        });
    }
    // PostgreSQL can be asked whatever is in the way here.
    let file = Db::file_of(&config.database.url(&config.data_dir));
    if usable && file.is_none_or(|file| ours && (there || file.exists())) {
        let of_database;
        (of_database, prover) = database::examine(config).await;
        found.extend(of_database);
    }
    if usable {
        match Delivery::new(&config.mail, &config.data_dir) {
            Ok(delivery) => found.extend(mail::examine(config, &delivery, mail_to).await),
            Err(error) => found.push(Part::Mail.failed(&error, "Correct --smtp-url.")),
        }
    }
    let (port, running) = network::port(config).await;
    found.push(port);
    let asker = Asker { prover: prover.as_ref(), running, notice: Duration::ZERO };
    found.extend(network::examine(config, asker).await);
    found.extend(network::collector(config).await);
    found
}

/// Examines a server that has just started; returns what is not as it should be. What prevents a
/// start has been found by then.
pub async fn examine_started(app: &App) -> Vec<Finding> {
    let App { config, db, storage, mail, prover, .. } = app;
    let mut found = settings::examine(config, env::vars_os());
    found.extend(machine::examine(config));
    found.extend(modes::examine(config));
    found.push(storage::examine(storage).await);
    found.extend(of_database(db, config).await);
    found.extend(mail::examine(config, mail, None).await);
    let asker = Asker { prover: Some(prover), running: true, notice: public_url::NOTICE };
    found.extend(network::examine(config, asker).await);
    found.retain(|finding| finding.state != State::Ok);
    found
}

async fn of_database(db: &Db, config: &Config) -> Vec<Finding> {
    let about: Result<_> = db.about().await;
    let about = match about {
        Ok(about) => about,
        Err(error) => return vec![Part::Database.failed(&error, database::MEND)],
    };
    let mut found = database::judge(&about, config);
    if let Some(url) = &config.database.database_replica_url {
        let empty = about.schema == Schema::Empty;
        found.push(replica::judge(&db.about_replica(url).await, empty));
    }
    found
}

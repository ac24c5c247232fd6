//! `twinspace admin`: the administrators of the server.

use clap::Subcommand;
use domain::{
    Result,
    accounts::{account, password::Passwords},
    clock,
    db::Db,
};
use entity::AccountKind;

use super::{
    output::Output,
    person::{self, Leaving, Person, told},
};
use crate::mail::Language;

/// Manage administrators of this server.
#[derive(Subcommand, Clone, Debug)]
pub enum Admin {
    /// Create an administrator's account.
    Add(Person),
    /// List the administrators.
    List(Output),
    /// Remove someone: their sessions end, and their decisions remain under their name.
    Remove(Leaving),
}

impl Admin {
    /// Runs the command.
    pub async fn run(self, db: &Db, passwords: &Passwords, language: Language) -> Result<()> {
        match self {
            Self::Add(person) => add(db, passwords, person, language).await,
            Self::List(output) => person::list(db, AccountKind::Administrator, output).await,
            Self::Remove(leaving) => person::remove(db, AccountKind::Administrator, leaving).await,
        }
    }
}

async fn add(db: &Db, passwords: &Passwords, person: Person, language: Language) -> Result<()> {
    let person = person.ready(passwords).await?;
    let tx = db.begin().await?;
    account::add_administrator(&tx, person.account(language), clock::now()).await.map_err(told)?;
    tx.commit().await?;
    person.announce("Administrator")
}

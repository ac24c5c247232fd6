//! `twinspace officer`: the officers of support services.

use clap::{Args, Subcommand};
use domain::{
    Error, Result,
    accounts::{account, password::Passwords},
    care::staff,
    clock,
    db::Db,
    error::{Flaw, Problems},
    projects::service,
};
use entity::{AccountKind, ServiceId};

use super::{
    output::{self, Output},
    person::{self, Leaving, Person, absent, told},
    service::Place,
};
use crate::mail::Language;

/// Manage officers of support services.
#[derive(Subcommand, Clone, Debug)]
pub enum Officer {
    /// Create an officer's account.
    Add(Add),
    /// List the officers and their support services.
    List(Output),
    /// Let an officer work for another support service.
    Move(Move),
    /// Remove someone: their sessions end, and their decisions remain under their name.
    Remove(Leaving),
}

/// A new officer.
#[derive(Args, Clone, Debug)]
pub struct Add {
    /// The person.
    #[command(flatten)]
    pub person: Person,
    /// The support service.
    #[command(flatten)]
    pub place: Place,
}

/// An officer who changes to another support service.
#[derive(Args, Clone, Debug)]
pub struct Move {
    /// The e-mail address with which they sign in.
    pub email: String,
    /// The support service.
    #[command(flatten)]
    pub place: Place,
    /// How to print the result.
    #[command(flatten)]
    pub output: Output,
}

impl Officer {
    /// Runs the command.
    pub async fn run(self, db: &Db, passwords: &Passwords, language: Language) -> Result<()> {
        match self {
            Self::Add(officer) => add(db, passwords, officer, language).await,
            Self::List(output) => person::list(db, AccountKind::Officer, output).await,
            Self::Move(officer) => move_to(db, officer).await,
            Self::Remove(leaving) => person::remove(db, AccountKind::Officer, leaving).await,
        }
    }
}

async fn add(db: &Db, passwords: &Passwords, officer: Add, language: Language) -> Result<()> {
    let Add { person, place } = officer;
    let service = chosen(db, &place).await?;
    let person = person.ready(passwords).await?;
    let tx = db.begin().await?;
    let officer = person.account(language);
    account::add_officer(&tx, officer, service, None, clock::now()).await.map_err(told)?;
    tx.commit().await?;
    person.announce("Officer")
}

async fn move_to(db: &Db, Move { email, place, output }: Move) -> Result<()> {
    let service = chosen(db, &place).await?;
    let tx = db.begin().await?;
    let moved = staff::move_to(&tx, &email, service, None, clock::now()).await;
    let (account, service) = moved.map_err(|error| absent(error, AccountKind::Officer, &email))?;
    tx.commit().await?;
    let account = output::Account::of(account, Some(service));
    output.print(&account, |account| {
        let place = account.service.as_ref().map(output::Service::place).unwrap_or_default();
        format!("Moved {} to {place}", account.person())
    })
}

/// The support service that was named.
async fn chosen(db: &Db, place: &Place) -> Result<ServiceId> {
    let mut problems = Problems::default();
    let (country, region) = place.take(&mut problems);
    problems.finish()?;
    service::of(db.read(), &country, &region).await?.ok_or_else(|| {
        let none = "has no support service for this region; add one with `service add`";
        Error::invalid("country", Flaw::Unknown(none.into()))
    })
}

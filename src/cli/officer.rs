//! `twinspace officer`: the officers of support services.

use clap::{Args, Subcommand};
use domain::{
    Error, Result, account, clock, db::Db, error::Problems, password::Passwords, service,
};
use entity::AccountKind;

use super::{
    person::{self, Leaving, Person, told},
    service::Place,
};

/// Manage officers of support services.
#[derive(Subcommand, Clone, Debug)]
pub enum Officer {
    /// Create an officer's account.
    Add(Add),
    /// List the officers and their support services.
    List,
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

impl Officer {
    /// Runs the command.
    pub async fn run(self, db: &Db, passwords: &Passwords) -> Result<()> {
        match self {
            Self::Add(officer) => add(db, passwords, officer).await,
            Self::List => person::list(db, AccountKind::Officer).await,
            Self::Remove(leaving) => person::remove(db, AccountKind::Officer, &leaving).await,
        }
    }
}

async fn add(db: &Db, passwords: &Passwords, officer: Add) -> Result<()> {
    let Add { person, place } = officer;
    let mut problems = Problems::default();
    let (country, region) = place.take(&mut problems);
    problems.finish()?;
    let service = service::of(db.read(), &country, &region).await?.ok_or_else(|| {
        Error::invalid(
            "country",
            "has no support service for this region; add one with `service add`",
        )
    })?;
    let person = person.ready(passwords).await?;
    let tx = db.begin().await?;
    let hash = person.password_hash.clone();
    let now = clock::now();
    account::add_officer(&tx, &person.email, &person.name, hash, service, now)
        .await
        .map_err(told)?;
    tx.commit().await?;
    person.announce("Officer");
    Ok(())
}

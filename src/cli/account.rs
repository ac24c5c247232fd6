//! `twinspace account`: what the operator can do with an account.

use clap::{Args, Subcommand};
use domain::{Error, Reason, Result, block, clock, db::Db, erasure};
use entity::account;

/// Manage user accounts.
#[derive(Subcommand, Clone, Debug)]
pub enum Account {
    /// End all sessions of an account and prevent it from signing in. What the user wrote is kept.
    Block(Who),
    /// Let a blocked account sign in again.
    Unblock(Who),
    /// Permanently erase the account of a teacher, guest, officer or administrator. What they wrote
    /// in TwinSpaces is kept without their name.
    Erase(Erase),
}

/// The account.
#[derive(Args, Clone, Debug)]
pub struct Who {
    /// The e-mail address, or a pupil's username.
    #[arg(value_name = "EMAIL|USERNAME")]
    pub who: String,
}

/// The account to erase.
#[derive(Args, Clone, Debug)]
pub struct Erase {
    /// The e-mail address.
    pub email: String,
    /// Confirm the erasure, which cannot be undone.
    #[arg(long)]
    pub yes: bool,
}

impl Account {
    /// Runs the command.
    pub async fn run(self, db: &Db) -> Result<()> {
        match self {
            Self::Block(Who { who }) => block(db, &who, true).await,
            Self::Unblock(Who { who }) => block(db, &who, false).await,
            Self::Erase(erase) => erase.run(db).await,
        }
    }
}

async fn block(db: &Db, who: &str, blocked: bool) -> Result<()> {
    let tx = db.begin().await?;
    let now = clock::now();
    let (before, done, already) = match blocked {
        true => (block::block(&tx, who, now).await, "Blocked", "is already blocked"),
        false => (block::unblock(&tx, who, now).await, "Unblocked", "is not blocked"),
    };
    let account::Model { name, blocked_at, .. } = before.map_err(|error| told(error, who))?;
    tx.commit().await?;
    match blocked_at.is_some() == blocked {
        true => println!("{name} <{who}> {already}"),
        false => println!("{done} {name} <{who}>"),
    }
    Ok(())
}

impl Erase {
    async fn run(self, db: &Db) -> Result<()> {
        let Self { email, yes } = self;
        if !yes {
            return Err(Error::invalid(
                "account",
                format!("{email} would be permanently erased. Pass --yes to confirm."),
            ));
        }
        let before = erasure::erase_of(db, &email, clock::now()).await;
        let before = before.map_err(|error| told(error, &email))?;
        println!("Erased {} <{email}>", before.name);
        Ok(())
    }
}

/// What prevents it, worded for the operator.
fn told(error: Error, who: &str) -> Error {
    match error {
        Error::NotFound(_) => Error::invalid("account", format!("not found: {who}")),
        Error::Forbidden(reason) => {
            Error::invalid("account", format!("{who}: {}", sentence(reason)))
        }
        other => other,
    }
}

/// A reason, worded for someone other than the person it concerns.
const fn sentence(reason: Reason) -> &'static str {
    match reason {
        Reason::LastFounder => {
            "this person is the only one who can close an active project; they must close it first"
        }
        Reason::LastTeacherAdmin => {
            "this person is the only teacher administrator of a TwinSpace; promote another member there or close the project first"
        }
        Reason::HasPupils => {
            "this person has pupils in their custody; transfer or erase them first"
        }
        other => other.message(),
    }
}

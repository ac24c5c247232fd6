//! `twinspace account`: what the operator does about somebody's account.

use clap::{Args, Subcommand};
use entity::account;

use crate::{
    Error, Reason, Result, clock,
    db::Db,
    domain::{block, erasure},
};

/// Accounts of people who use the server.
#[derive(Subcommand, Clone, Debug)]
pub enum Account {
    /// End somebody's sessions and let them sign in no more. What they wrote stays.
    Block(Who),
    /// Let somebody who was blocked sign in again.
    Unblock(Who),
    /// Erase the account of a teacher, a guest, an officer or an administrator, for good. What they
    /// wrote in TwinSpaces stays without their name.
    Erase(Erase),
}

/// Whose account.
#[derive(Args, Clone, Debug)]
pub struct Who {
    /// The e-mail address, or a pupil's username.
    #[arg(value_name = "EMAIL|USERNAME")]
    pub who: String,
}

/// Whose account is erased.
#[derive(Args, Clone, Debug)]
pub struct Erase {
    /// The e-mail address.
    pub email: String,
    /// Say that it is meant: nothing of it comes back.
    #[arg(long)]
    pub yes: bool,
}

impl Account {
    /// Does it.
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

/// What is in the way, for the operator.
fn told(error: Error, who: &str) -> Error {
    match error {
        Error::NotFound(_) => Error::invalid("account", format!("not found: {who}")),
        Error::Forbidden(reason) => {
            Error::invalid("account", format!("{who}: {}", sentence(reason)))
        }
        other => other,
    }
}

/// A reason in the words of somebody else than the one whom it is about.
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

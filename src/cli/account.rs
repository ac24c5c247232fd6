//! `twinspace account`: what the operator does about somebody's account.

use clap::{Args, Subcommand};
use entity::account;

use crate::{Error, Result, clock, db::Db, domain::block};

/// Accounts of people who use the server.
#[derive(Subcommand, Clone, Debug)]
pub enum Account {
    /// End somebody's sessions and let them sign in no more. What they wrote stays.
    Block(Who),
    /// Let somebody who was blocked sign in again.
    Unblock(Who),
}

/// Whose account.
#[derive(Args, Clone, Debug)]
pub struct Who {
    /// The e-mail address, or a pupil's username.
    #[arg(value_name = "EMAIL|USERNAME")]
    pub who: String,
}

impl Account {
    /// Does it.
    pub async fn run(self, db: &Db) -> Result<()> {
        let tx = db.begin().await?;
        let now = clock::now();
        let (Self::Block(Who { who }) | Self::Unblock(Who { who })) = &self;
        let (before, done, already) = match &self {
            Self::Block(_) => (block::block(&tx, who, now).await, "Blocked", "is blocked already"),
            Self::Unblock(_) => {
                (block::unblock(&tx, who, now).await, "Unblocked", "is not blocked")
            }
        };
        let account::Model { name, blocked_at, .. } = before.map_err(|error| match error {
            Error::NotFound(_) => Error::invalid("account", format!("nobody has {who}")),
            other => other,
        })?;
        tx.commit().await?;
        match blocked_at.is_some() == matches!(self, Self::Block(_)) {
            true => println!("{name} <{who}> {already}"),
            false => println!("{done} {name} <{who}>"),
        }
        Ok(())
    }
}

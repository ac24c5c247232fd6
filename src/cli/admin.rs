//! `twinspace admin`: the people who run the server.

use clap::Subcommand;

use super::account::{Person, told};
use crate::{
    Result, clock,
    db::Db,
    domain::{account, password::Passwords},
};

/// Administrators of this server.
#[derive(Subcommand, Clone, Debug)]
pub enum Admin {
    /// Make the account of an administrator.
    Add(Person),
}

impl Admin {
    /// Does it.
    pub async fn run(self, db: &Db, passwords: &Passwords) -> Result<()> {
        let Self::Add(person) = self;
        let person = person.ready(passwords).await?;
        let tx = db.begin().await?;
        let hash = person.password_hash.clone();
        account::add_administrator(&tx, &person.email, &person.name, hash, clock::now())
            .await
            .map_err(told)?;
        tx.commit().await?;
        person.announce("Administrator");
        Ok(())
    }
}

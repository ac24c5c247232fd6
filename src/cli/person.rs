//! Code shared by the commands for officers and administrators.

use std::io::{Read, stdin};

use clap::Args;
use domain::{
    Error, Reason, Result,
    accounts::{
        account::NewPerson,
        password::{Password, Passwords},
    },
    care::staff,
    clock,
    db::Db,
    error::{Flaw, Problems},
};
use entity::AccountKind;
use serde::Serialize;

use super::output::{Account, Output, columns};
use crate::mail::Language;

/// The person for whom to create an account.
#[derive(Args, Clone, Debug)]
pub struct Person {
    /// The e-mail address to sign in with. It is considered verified.
    #[arg(long, value_name = "ADDRESS")]
    pub email: String,
    /// The name that others see.
    #[arg(long)]
    pub name: String,
    /// Read the password from standard input instead of generating and printing one.
    #[arg(long)]
    pub password_stdin: bool,
    /// How to print the result.
    #[command(flatten)]
    pub output: Output,
}

/// A person whose details have been validated.
pub(super) struct Ready {
    pub email: String,
    pub name: String,
    pub password_hash: String,
    /// The password, if it was generated.
    generated: Option<Password>,
    output: Output,
}

impl Person {
    /// Validates the details and prepares the password.
    pub(super) async fn ready(self, passwords: &Passwords) -> Result<Ready> {
        let mut problems = Problems::default();
        let email = problems.email(&self.email, "email");
        let name = problems.line(&self.name, "name", 100);
        problems.finish()?;
        let password = if self.password_stdin { read()? } else { Password::generate()? };
        let password_hash = passwords.hash(&password).await?;
        let generated = (!self.password_stdin).then_some(password);
        Ok(Ready { email, name, password_hash, generated, output: self.output })
    }
}

impl Ready {
    /// What becomes their account. The server writes to them in this language.
    pub(super) fn account(&self, language: Language) -> NewPerson<'_> {
        let (email, name) = (self.email.as_str(), self.name.as_str());
        NewPerson {
            email,
            name,
            password_hash: self.password_hash.clone(),
            language: language.code(),
        }
    }

    /// Prints what was created. A generated password is shown only here.
    pub(super) fn announce(&self, what: &str) -> Result<()> {
        let Self { name, email, output, .. } = self;
        let password = self.generated.as_ref().map(Password::reveal);
        output.print(&Created { email, name, password }, |_| {
            let password = password.map(|password| format!("\nPassword: {password}"));
            format!("{what} {name} <{email}>{}", password.unwrap_or_default())
        })
    }
}

fn read() -> Result<Password> {
    let mut text = String::new();
    stdin().read_to_string(&mut text).map_err(Error::internal)?;
    Problems::only_password(text.trim_end_matches(['\r', '\n']), "password")
}

/// Explains, for an address that already has an account, what the command line can do about it.
pub(super) fn told(error: Error) -> Error {
    match error {
        Error::Conflict(Reason::AccountExists) => {
            Error::invalid("email", Flaw::NotAllowed("already has an account".into()))
        }
        other => other,
    }
}

/// An account that was created.
#[derive(Serialize)]
struct Created<'a> {
    email: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
}

/// The person who leaves.
#[derive(Args, Clone, Debug)]
pub struct Leaving {
    /// The e-mail address with which they sign in.
    #[arg(value_name = "EMAIL")]
    pub email: String,
    /// How to print the result.
    #[command(flatten)]
    pub output: Output,
}

/// Lists the people.
pub(super) async fn list(db: &Db, kind: AccountKind, output: Output) -> Result<()> {
    let found = staff::list(db.read(), kind).await?.into_iter();
    let people = found.map(|(account, service)| Account::of(account, service)).collect::<Vec<_>>();
    output.print(&people, |people| {
        let rows = people.iter().map(|one| {
            let service = one.service.as_ref();
            let place = service.map(|it| format!("{} ({})", it.place(), it.name));
            let sign_in = one.sign_in.clone().unwrap_or_default();
            [sign_in, one.name.clone(), place.unwrap_or_default(), one.since()]
        });
        columns(&rows.collect::<Vec<_>>())
    })
}

/// Removes a person and prints who it was.
pub(super) async fn remove(db: &Db, kind: AccountKind, leaving: Leaving) -> Result<()> {
    let Leaving { email, output } = leaving;
    let tx = db.begin().await?;
    let gone = staff::remove(&tx, kind, &email, None, clock::now()).await;
    let gone = gone.map_err(|error| absent(error, kind, &email))?;
    tx.commit().await?;
    output.print(&Account::of(gone, None), |gone| format!("Removed {} <{email}>", gone.name))
}

/// Explains that nobody of this kind has this address.
pub(super) fn absent(error: Error, kind: AccountKind, email: &str) -> Error {
    match error {
        Error::NotFound(_) => {
            let what = if kind == AccountKind::Officer { "officer" } else { "administrator" };
            let none = format!("no {what} has {email}; see the list");
            Error::invalid("email", Flaw::Unknown(none.into()))
        }
        other => other,
    }
}

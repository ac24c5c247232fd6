//! Code shared by the commands for officers and administrators.

use std::io::{Read, stdin};

use clap::Args;
use domain::{
    Error, Reason, Result, clock,
    db::Db,
    email,
    error::Problems,
    password::{Password, Passwords},
    staff,
};
use entity::{AccountKind, account, service};

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
}

/// A person whose details have been validated.
pub(super) struct Ready {
    pub email: String,
    pub name: String,
    pub password_hash: String,
    /// The password, if it was generated.
    generated: Option<Password>,
}

impl Person {
    /// Validates the details and prepares the password.
    pub(super) async fn ready(self, passwords: &Passwords) -> Result<Ready> {
        let mut problems = Problems::default();
        let email = email::parse(&self.email);
        problems.require(email.is_some(), "email", "must be an e-mail address");
        let name = problems.line(&self.name, "name", 100);
        problems.finish()?;
        let password = if self.password_stdin { read()? } else { Password::generate()? };
        let password_hash = passwords.hash(&password).await?;
        let generated = (!self.password_stdin).then_some(password);
        Ok(Ready { email: email.unwrap_or_default(), name, password_hash, generated })
    }
}

impl Ready {
    /// Prints what was created. A generated password is shown only here.
    pub(super) fn announce(&self, what: &str) {
        println!("{what} {} <{}>", self.name, self.email);
        if let Some(password) = &self.generated {
            println!("Password: {}", password.reveal());
        }
    }
}

fn read() -> Result<Password> {
    let mut text = String::new();
    stdin().read_to_string(&mut text).map_err(Error::internal)?;
    Password::choose(text.trim_end_matches(['\r', '\n'])).map_err(|faults| {
        let message = faults.iter().map(|fault| fault.message()).collect::<Vec<_>>().join(", ");
        Error::invalid("password", message)
    })
}

/// Explains, for an address that already has an account, what the command line can do about it.
pub(super) fn told(error: Error) -> Error {
    match error {
        Error::Conflict(Reason::AccountExists) => Error::invalid("email", "already has an account"),
        other => other,
    }
}

/// The person who leaves.
#[derive(Args, Clone, Debug)]
pub struct Leaving {
    /// The e-mail address with which they sign in.
    #[arg(value_name = "EMAIL")]
    pub email: String,
}

/// Lists the people, one per line.
pub(super) async fn list(db: &Db, kind: AccountKind) -> Result<()> {
    let lines: Vec<[String; 4]> = staff::list(db.read(), kind)
        .await?
        .into_iter()
        .map(|(account, service)| {
            let account::Model { email, name, created_at, blocked_at, .. } = account;
            let since = match blocked_at {
                Some(at) => format!("blocked since {}", at.date_naive()),
                None => format!("since {}", created_at.date_naive()),
            };
            [email.unwrap_or_default(), name, service.map(place).unwrap_or_default(), since]
        })
        .collect();
    let width = |column: usize| {
        lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default()
    };
    let widths = [0, 1, 2].map(width);
    for [email, name, place, since] in &lines {
        let [a, b, c] = widths;
        println!("{email:a$}  {name:b$}  {place:c$}{}{since}", if c == 0 { "" } else { "  " });
    }
    Ok(())
}

/// The country or region that a service serves, and its name.
fn place(service: service::Model) -> String {
    let service::Model { country, region, name, .. } = service;
    match region.is_empty() {
        true => format!("{country} ({name})"),
        false => format!("{country}, {region} ({name})"),
    }
}

/// Removes a person and prints who it was.
pub(super) async fn remove(db: &Db, kind: AccountKind, leaving: &Leaving) -> Result<()> {
    let email = &leaving.email;
    let tx = db.begin().await?;
    let gone =
        staff::remove(&tx, kind, email, clock::now()).await.map_err(|error| match error {
            Error::NotFound(_) => {
                let what = if kind == AccountKind::Officer { "officer" } else { "administrator" };
                Error::invalid("email", format!("no {what} has {}; see the list", leaving.email))
            }
            other => other,
        })?;
    tx.commit().await?;
    println!("Removed {} <{email}>", gone.name);
    Ok(())
}

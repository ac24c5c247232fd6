//! What the commands that make accounts have in common.

use std::io::{Read, stdin};

use clap::Args;

use crate::{
    Error, Reason, Result,
    domain::{
        email,
        password::{Password, Passwords},
    },
    error::Problems,
};

/// Whose account it is to be.
#[derive(Args, Clone, Debug)]
pub struct Person {
    /// The e-mail address to sign in with. It counts as verified.
    #[arg(long, value_name = "ADDRESS")]
    pub email: String,
    /// The name that others see.
    #[arg(long)]
    pub name: String,
    /// Read the password from standard input, instead of having one made and shown.
    #[arg(long)]
    pub password_stdin: bool,
}

/// A person whose details were found to fit.
pub(super) struct Ready {
    pub email: String,
    pub name: String,
    pub password_hash: String,
    /// The password, where it was made here.
    generated: Option<Password>,
}

impl Person {
    /// Checks the details and makes the password ready.
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
    /// Says what was made; the only time that a generated password is shown.
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

/// Says of an address that has an account what the command line can do about it.
pub(super) fn told(error: Error) -> Error {
    match error {
        Error::Conflict(Reason::AccountExists) => Error::invalid("email", "has an account already"),
        other => other,
    }
}

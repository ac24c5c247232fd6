//! `twinspace mail`: the mails that have not been delivered yet.

use chrono::TimeDelta;
use clap::{Args, Subcommand};
use domain::{Error, Result, clock, db::Db, error::Flaw, mail};
use entity::{Kind, MailId};
use serde::Serialize;

use super::output::{Output, columns};
use crate::mail::Pace;

/// The maximum number of mails in a list.
const MOST: u64 = 1000;

/// Look at the mails that have not been delivered.
#[derive(Subcommand, Clone, Debug)]
pub enum Mail {
    /// List the mails that are waiting, oldest first.
    List(List),
    /// Try mails again now instead of at the time for which they are scheduled.
    Retry(Retry),
}

/// How to list them.
#[derive(Args, Clone, Debug)]
pub struct List {
    /// Only those that failed before.
    #[arg(long)]
    pub failed: bool,
    /// How to print them.
    #[command(flatten)]
    pub output: Output,
}

/// Which mails to try again.
#[derive(Args, Clone, Debug)]
pub struct Retry {
    /// The ID of a mail, as listed. If omitted, all of them.
    pub id: Option<String>,
    /// How to print the result.
    #[command(flatten)]
    pub output: Output,
}

/// A mail that is waiting.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Waiting {
    id: String,
    recipient: String,
    letter: String,
    attempts: i32,
    created_at: String,
    due_at: String,
}

/// What was scheduled.
#[derive(Serialize)]
struct Scheduled {
    mails: u64,
}

impl Mail {
    /// Runs the command.
    pub async fn run(self, db: &Db) -> Result<()> {
        match self {
            Self::List(List { failed, output }) => list(db, failed, output).await,
            Self::Retry(Retry { id, output }) => retry(db, id.as_deref(), output).await,
        }
    }
}

async fn list(db: &Db, failed: bool, output: Output) -> Result<()> {
    let found = mail::pending(db, failed, MOST).await?;
    let waiting = found.into_iter().map(|mail| Waiting {
        id: mail.id.show(),
        recipient: mail.recipient,
        letter: mail.letter["letter"].as_str().unwrap_or("unknown").to_owned(),
        attempts: mail.attempts,
        created_at: mail.created_at.to_rfc3339(),
        due_at: mail.due_at.to_rfc3339(),
    });
    output.print(&waiting.collect::<Vec<_>>(), |waiting| {
        let rows = waiting.iter().map(|mail| {
            let Waiting { id, recipient, letter, attempts, due_at, .. } = mail;
            let (tried, due) = (format!("attempts: {attempts}"), format!("due {due_at}"));
            [id.clone(), recipient.clone(), letter.clone(), tried, due]
        });
        columns(&rows.collect::<Vec<_>>())
    })
}

async fn retry(db: &Db, id: Option<&str>, output: Output) -> Result<()> {
    let none = || Error::invalid("id", Flaw::Malformed("is not the ID of a mail".into()));
    let read = |id| MailId::read(id).ok_or_else(none);
    let id = id.map(read).transpose()?;
    let lease = TimeDelta::from_std(Pace::default().lease).map_err(Error::internal)?;
    let mails = mail::retry_now(db, id, lease, clock::now()).await?;
    output.print(&Scheduled { mails }, |Scheduled { mails }| {
        format!("Mails that are tried again now: {mails}. Others are due within minutes anyway.")
    })
}

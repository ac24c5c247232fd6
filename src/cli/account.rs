//! `twinspace account`: what the operator can do with an account.

use clap::{Args, Subcommand, ValueEnum};
use domain::{
    Error, Reason, Result,
    accounts::{
        erasure,
        password::{Password, Passwords},
        session::Lifetime,
    },
    care::{block, operator},
    clock,
    db::Db,
    error::{Flaw, Problems},
};
use entity::{AccountKind, account};
use serde::Serialize;

use super::output::{self, Output, columns};

mod look;

/// Manage user accounts.
#[derive(Subcommand, Clone, Debug)]
pub enum Account {
    /// List accounts of adults, by name. Pupils are never listed.
    List(List),
    /// Show an account: a pupil's by its exact username, which is logged.
    Show(Who),
    /// Mail the owner a link to set a new password.
    Reset(Reset),
    /// List the sessions of an account, or end them all.
    Sessions(Sessions),
    /// End all sessions of an account and prevent it from signing in. What the user wrote is kept.
    Block(Block),
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
    /// How to print it.
    #[command(flatten)]
    pub output: Output,
}

/// The account to block.
#[derive(Args, Clone, Debug)]
pub struct Block {
    /// The account.
    #[command(flatten)]
    pub who: Who,
    /// The reason, which administrators can read.
    #[arg(long)]
    pub reason: Option<String>,
}

/// Which accounts to list.
#[derive(Args, Clone, Debug)]
pub struct List {
    /// With this in the name or e-mail address.
    #[arg(value_name = "TEXT")]
    pub search: Option<String>,
    /// Of this kind.
    #[arg(long, value_enum)]
    pub kind: Option<Kind>,
    /// Blocked accounts only.
    #[arg(long)]
    pub blocked: bool,
    /// How to print them.
    #[command(flatten)]
    pub output: Output,
}

/// The kinds of accounts that are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Teachers.
    Teacher,
    /// Guests.
    Guest,
    /// Officers of support services.
    Officer,
    /// Administrators.
    Administrator,
}

impl From<Kind> for AccountKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Teacher => Self::Teacher,
            Kind::Guest => Self::Guest,
            Kind::Officer => Self::Officer,
            Kind::Administrator => Self::Administrator,
        }
    }
}

/// How to reset a password.
#[derive(Args, Clone, Debug)]
pub struct Reset {
    /// The e-mail address.
    pub email: String,
    /// Set a new password and print it, instead of mailing a link. All sessions end.
    #[arg(long)]
    pub print: bool,
    /// How to print it.
    #[command(flatten)]
    pub output: Output,
}

/// Whose sessions.
#[derive(Args, Clone, Debug)]
pub struct Sessions {
    /// The account.
    #[command(flatten)]
    pub who: Who,
    /// End them all.
    #[arg(long)]
    pub end: bool,
}

/// The account to erase.
#[derive(Args, Clone, Debug)]
pub struct Erase {
    /// The e-mail address.
    pub email: String,
    /// Confirm the erasure, which cannot be undone.
    #[arg(long)]
    pub yes: bool,
    /// How to print it.
    #[command(flatten)]
    pub output: Output,
}

/// What was done to an account.
#[derive(Serialize)]
struct Done {
    done: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<String>,
    account: output::Account,
}

impl Account {
    /// Runs the command.
    pub async fn run(self, db: &Db, passwords: &Passwords, lifetime: Lifetime) -> Result<()> {
        match self {
            Self::List(list) => look::list(db, list).await,
            Self::Show(who) => look::show(db, who).await,
            Self::Reset(reset) => reset.run(db, passwords).await,
            Self::Sessions(Sessions { who, end: false }) => look::sessions(db, who, lifetime).await,
            Self::Sessions(Sessions { who: Who { who, output }, end: true }) => {
                let ended = operator::end_sessions(db, &who, clock::now()).await;
                let account = ended.map_err(|error| told(error, &who))?;
                report(output, "Ended all sessions of", account, &who, None)
            }
            Self::Block(Block { who, reason }) => block(db, who, true, reason).await,
            Self::Unblock(who) => block(db, who, false, None).await,
            Self::Erase(erase) => erase.run(db).await,
        }
    }
}

/// Blocks an account, with or without a reason, or unblocks it.
async fn block(
    db: &Db,
    Who { who, output }: Who,
    blocked: bool,
    reason: Option<String>,
) -> Result<()> {
    let mut problems = Problems::default();
    let reason = reason.map(|reason| problems.prose(&reason, "reason", 1000));
    problems.finish()?;
    let tx = db.begin().await?;
    let now = clock::now();
    let (before, done, already) = match blocked {
        true => (block::block(&tx, &who, reason, now).await, "Blocked", "is already blocked"),
        false => (block::unblock(&tx, &who, now).await, "Unblocked", "is not blocked"),
    };
    let before = before.map_err(|error| told(error, &who))?;
    tx.commit().await?;
    if before.blocked_at.is_some() != blocked {
        let after = account::Model { blocked_at: blocked.then_some(now), ..before };
        return report(output, done, after, &who, None);
    }
    output.print(&output::Account::of(before, None), |it| format!("{} <{who}> {already}", it.name))
}

impl Reset {
    async fn run(self, db: &Db, passwords: &Passwords) -> Result<()> {
        let Self { email, print, output } = self;
        let now = clock::now();
        if !print {
            let mailed = operator::mail_reset(db, &email, now).await;
            let account = mailed.map_err(|error| told(error, &email))?;
            return report(output, "Mailed a link to", account, &email, None);
        }
        let password = Password::generate()?;
        let hash = passwords.hash(&password).await?;
        let reset = operator::reset(db, &email, hash, now).await;
        let account = reset.map_err(|error| told(error, &email))?;
        let password = Some(password.reveal().to_owned());
        report(output, "Reset the password of", account, &email, password)
    }
}

impl Erase {
    async fn run(self, db: &Db) -> Result<()> {
        let Self { email, yes, output } = self;
        if !yes {
            let words = format!("{email} would be permanently erased. Pass --yes to confirm.");
            return Err(Error::invalid("account", Flaw::Missing(words.into())));
        }
        let before = erasure::erase_of(db, &email, clock::now()).await;
        let before = before.map_err(|error| told(error, &email))?;
        report(output, "Erased", before, &email, None)
    }
}

/// Prints what was done to an account.
fn report(
    output: Output,
    done: &'static str,
    account: account::Model,
    who: &str,
    password: Option<String>,
) -> Result<()> {
    let done = Done { done, password, account: output::Account::of(account, None) };
    output.print(&done, |Done { done, password, account }| {
        let password = password.iter().map(|password| format!("\nPassword: {password}"));
        format!("{done} {} <{who}>{}", account.name, password.collect::<String>())
    })
}

/// What prevents it, worded for the operator.
fn told(error: Error, who: &str) -> Error {
    match error {
        Error::NotFound(_) => {
            Error::invalid("account", Flaw::Unknown(format!("not found: {who}").into()))
        }
        Error::Forbidden(reason) => {
            let words = format!("{who}: {}", sentence(reason));
            Error::invalid("account", Flaw::NotAllowed(words.into()))
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

//! Where mails are delivered: to an SMTP server, or into a folder.

use std::{
    io,
    path::{Path, PathBuf},
};

use domain::{Error, Result, private};
use entity::MailId;
use lettre::Message;
use mail_parser::MessageParser;
use tokio::{
    fs::{self, OpenOptions},
    io::AsyncWriteExt,
};

use super::smtp::Server;
use crate::config::mail::Config;

/// Why a mail was not delivered. The text is for the log, without names, addresses or tokens.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It may succeed later.
    #[error("{0}")]
    Passing(Box<dyn std::error::Error + Send + Sync>),
    /// It never will: the recipient cannot be reached, or does not accept it.
    #[error("{0}")]
    Final(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Passing(error.into())
    }
}

/// Where mails are delivered.
#[derive(Debug)]
pub struct Delivery(To);

#[derive(Debug)]
enum To {
    Server(Server),
    Folder(PathBuf),
}

impl Delivery {
    /// Configured by the settings. The error is meant for the operator.
    pub fn new(config: &Config, data_dir: &Path) -> Result<Self> {
        let Some(url) = &config.smtp_url else {
            return Ok(Self(To::Folder(data_dir.join("mail"))));
        };
        check_secrecy(url)?;
        Ok(Self(To::Server(Server::new(url).map_err(|problem| wrong(&problem))?)))
    }

    /// Whether mails are saved as files, which nobody receives.
    pub fn is_folder(&self) -> bool {
        matches!(self.0, To::Folder(_))
    }

    /// Connects to the server, if there is one, and authenticates.
    pub async fn probe(&self) -> Result<(), Failure> {
        match &self.0 {
            To::Server(server) => server.probe().await,
            To::Folder(_) => Ok(()),
        }
    }

    /// Delivers a mail.
    pub async fn send(&self, id: MailId, mail: &Message) -> Result<(), Failure> {
        match &self.0 {
            To::Server(server) => server.send(mail).await,
            To::Folder(folder) => Ok(put(folder, id, &mail.formatted()).await?),
        }
    }

    /// Deletes mails saved as files that contain any of these: names and addresses of people whose
    /// account is erased. Mails accepted by a mail server are beyond reach.
    pub async fn forget(&self, traces: &[String]) -> io::Result<()> {
        let To::Folder(folder) = &self.0 else { return Ok(()) };
        let traces: Vec<_> = traces.iter().filter(|trace| !trace.trim().is_empty()).collect();
        if traces.is_empty() || !fs::try_exists(folder).await? {
            return Ok(());
        }
        let mut files = fs::read_dir(folder).await?;
        let mut failure = Ok(());
        while let Some(file) = files.next_entry().await? {
            // One that cannot be read or deleted does not keep the others.
            failure = failure.and(forget_in(&file.path(), &traces).await);
        }
        failure
    }

    /// Releases what is held for the next mail.
    pub fn rest(&self) {
        if let To::Server(server) = &self.0 {
            server.rest();
        }
    }
}

/// Deletes a mail saved as a file if it contains any of these. Since the folder was listed, it may
/// have been finished under its last name, or deleted.
async fn forget_in(path: &Path, traces: &[&String]) -> io::Result<()> {
    for path in [path.to_owned(), path.with_extension("eml")] {
        let done = async {
            let mail = fs::read(&path).await?;
            match traces.iter().any(|trace| names(&mail, trace)) {
                true => fs::remove_file(&path).await,
                false => Ok(()),
            }
        };
        match done.await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => return done,
        }
    }
    Ok(())
}

/// Whether a mail is addressed to someone, or names them.
fn names(mail: &[u8], trace: &str) -> bool {
    let Some(mail) = MessageParser::default().parse(mail) else { return false };
    let to = mail.to().and_then(|to| to.first()).and_then(|to| to.address());
    let texts = [to, mail.subject()].map(|text| text.unwrap_or_default().to_owned());
    let body = mail.body_text(0).unwrap_or_default();
    texts.iter().map(String::as_str).chain([&*body]).any(|text| {
        text.match_indices(trace).any(|(at, _)| {
            let (before, after) =
                (text[..at].chars().next_back(), text[at + trace.len()..].chars().next());
            // A whole word, not a part of one.
            [before, after].iter().all(|next| next.is_none_or(|next| !next.is_alphanumeric()))
        })
    })
}

/// The error, for whoever set the URL.
fn wrong(problem: &str) -> Error {
    Error::wrong(format!(
        "The SMTP URL (--smtp-url, TWINSPACE_SMTP_URL) is not valid: {problem}. Write \
         smtps://USER:PASSWORD@HOST, smtp://USER:PASSWORD@HOST:587?tls=required or smtp://HOST, \
         with %40 for an @ in the user name or password."
    ))
}

/// A password must not cross a network in plain text.
fn check_secrecy(url: &str) -> Result<()> {
    let Some(rest) = url.strip_prefix("smtp://") else { return Ok(()) };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let Some((_, host)) = authority.rsplit_once('@') else { return Ok(()) };
    let here = ["localhost", "127.0.0.1", "[::1]"];
    let is_here = here.iter().any(|name| host == *name || host.starts_with(&format!("{name}:")));
    if is_here || rest.contains("tls=required") {
        return Ok(());
    }
    Err(wrong("it would send the password without encryption"))
}

/// Writes the file completely or not at all.
async fn put(folder: &Path, id: MailId, mail: &[u8]) -> io::Result<()> {
    private::folder(folder)?;
    let unfinished = folder.join(format!("{id}.part"));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    // A link in it signs its reader in.
    #[cfg(unix)]
    options.mode(0o600);
    let mut file = options.open(&unfinished).await?;
    file.write_all(mail).await?;
    file.sync_all().await?;
    fs::rename(unfinished, folder.join(format!("{id}.eml"))).await
}

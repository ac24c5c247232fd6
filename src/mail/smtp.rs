//! The dialogue with an SMTP server, command by command: the meaning of a rejection depends on the
//! command.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use lettre::{
    Message,
    transport::smtp::{
        Error, SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, Tls, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailParameter},
    },
};
use percent_encoding::percent_decode_str;
use tokio::time::timeout;
use url::Url;

use super::delivery::Failure;

/// How long the server may take to respond, except to the content: giving up there would send a
/// mail twice.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// An SMTP server, and the open connections waiting for the next mail.
pub struct Server {
    host: String,
    port: u16,
    tls: Tls,
    hello: ClientId,
    credentials: Option<Credentials>,
    idle: Mutex<Vec<AsyncSmtpConnection>>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("host", &self.host).finish_non_exhaustive()
    }
}

impl Server {
    /// The server at this URL. The error never contains the URL, which has a password.
    pub fn new(url: &str) -> Result<Self, String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        let host = url.host_str().ok_or("it has no host")?.to_owned();
        let secure = || TlsParameters::new(host.clone()).map_err(|error| error.to_string());
        let tls = url.query_pairs().find(|(key, _)| key == "tls").map(|(_, value)| value);
        let (tls, port) = match (url.scheme(), tls.as_deref()) {
            ("smtp", None) => (Tls::None, SMTP_PORT),
            ("smtp", Some("required")) => (Tls::Required(secure()?), SUBMISSION_PORT),
            ("smtp", Some("opportunistic")) => (Tls::Opportunistic(secure()?), SUBMISSION_PORT),
            ("smtps", _) => (Tls::Wrapper(secure()?), SUBMISSIONS_PORT),
            ("smtp", Some(_)) => return Err("tls must be required or opportunistic".to_owned()),
            _ => return Err("unknown scheme".to_owned()),
        };
        let hello = match url.path().trim_matches('/') {
            "" => ClientId::default(),
            name => ClientId::Domain(name.to_owned()),
        };
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let credentials = url
            .password()
            .map(|password| Credentials::new(decode(url.username()), decode(password)));
        let port = url.port().unwrap_or(port);
        Ok(Self { host, port, tls, hello, credentials, idle: Mutex::default() })
    }

    /// Connects and authenticates, and keeps the connection for the next mail.
    pub async fn probe(&self) -> Result<(), Failure> {
        let connection = self.connection().await?;
        self.idle().push(connection);
        Ok(())
    }

    /// Delivers a mail.
    pub async fn send(&self, mail: &Message) -> Result<(), Failure> {
        let mut connection = self.connection().await?;
        let sent = converse(&mut connection, mail).await;
        match sent {
            Ok(()) => self.idle().push(connection),
            // A transaction may be in progress that the next mail must not continue.
            Err(_) => close(connection),
        }
        sent
    }

    /// Closes the connections waiting for another mail.
    pub fn rest(&self) {
        for connection in self.idle().drain(..) {
            close(connection);
        }
    }

    /// A waiting connection that still works, or a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Failure> {
        loop {
            let Some(mut idle) = self.idle().pop() else { break };
            if let Ok(true) = timeout(ANSWER_TIMEOUT, idle.test_connected()).await {
                return Ok(idle);
            }
        }
        answer("connecting", self.connect()).await?
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Failure> {
        let wrapper = match &self.tls {
            Tls::Wrapper(tls) => Some(tls.clone()),
            _ => None,
        };
        let address = (self.host.as_str(), self.port);
        let limit = Some(ANSWER_TIMEOUT);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, limit, &self.hello, wrapper, None)
                .await
                .map_err(|error| passing("connecting", &error))?;
        let secured = match &self.tls {
            Tls::Required(tls) => connection.starttls(tls.clone(), &self.hello).await,
            Tls::Opportunistic(tls) if connection.can_starttls() => {
                connection.starttls(tls.clone(), &self.hello).await
            }
            _ => Ok(()),
        };
        secured.map_err(|error| passing("STARTTLS", &error))?;
        if let Some(credentials) = &self.credentials {
            let signed_in = connection.auth(DEFAULT_MECHANISMS, credentials).await;
            signed_in.map_err(|error| passing("AUTH", &error))?;
        }
        Ok(connection)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<AsyncSmtpConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says goodbye without anyone waiting for it.
fn close(mut connection: AsyncSmtpConnection) {
    tokio::spawn(async move { timeout(ANSWER_TIMEOUT, connection.abort()).await });
}

async fn converse(connection: &mut AsyncSmtpConnection, mail: &Message) -> Result<(), Failure> {
    let envelope = mail.envelope();
    let mut parameters = vec![];
    let addresses = || envelope.to().iter().chain(envelope.from());
    if addresses().any(|address| !AsRef::<str>::as_ref(address).is_ascii()) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Failure::Final("the server does not support non-ASCII addresses".into()));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    let from = Mail::new(envelope.from().cloned(), parameters);
    // A response about the sender applies to all mails.
    answer("MAIL", connection.command(from)).await?.map_err(|error| passing("MAIL", &error))?;
    for to in envelope.to() {
        let to = Rcpt::new(to.clone(), vec![]);
        answer("RCPT", connection.command(to)).await?.map_err(|error| judge("RCPT", &error))?;
    }
    answer("DATA", connection.command(Data)).await?.map_err(|error| judge("DATA", &error))?;
    let taken = connection.message(&mail.formatted()).await;
    taken.map(drop).map_err(|error| judge("the content", &error))
}

async fn answer<T>(to: &str, coming: impl Future<Output = T>) -> Result<T, Failure> {
    let late = |_| Failure::Passing(format!("the server took too long to respond to {to}").into());
    timeout(ANSWER_TIMEOUT, coming).await.map_err(late)
}

/// A failure after which the same mail may be accepted later.
fn passing(to: &str, error: &Error) -> Failure {
    Failure::Passing(describe(to, error).into())
}

/// A rejection of this mail, which is final unless it may be caused by how the server is used.
fn judge(to: &str, error: &Error) -> Failure {
    let Some(code) = error.status().filter(|_| error.is_permanent()).map(u16::from) else {
        return passing(to, error);
    };
    // Commands not understood, out of order, or before authentication.
    let misused = matches!(code, 500 | 502..=504 | 530..=538);
    // RFC 3463: the sender's address, the state of the server, or violations of policy or security,
    // such as relaying.
    let concerns_all = enhanced(error).is_some_and(|code| {
        matches!(code.as_str(), "5.1.7" | "5.1.8")
            || code.starts_with("5.3.")
            || code.starts_with("5.7.")
    });
    match misused || concerns_all {
        true => passing(to, error),
        false => Failure::Final(describe(to, error)),
    }
}

/// What went wrong, for the log: without the server's text, which often repeats the address.
fn describe(to: &str, error: &Error) -> String {
    match error.status() {
        Some(code) => {
            let enhanced = enhanced(error).map(|code| format!(" {code}")).unwrap_or_default();
            format!("the server responded {code}{enhanced} to {to}")
        }
        None if error.is_response() => format!("the server's response to {to} is not valid SMTP"),
        None => format!("{to}: {error}"),
    }
}

/// The enhanced status code (RFC 3463) at the beginning of a response's text.
fn enhanced(error: &Error) -> Option<String> {
    let words = std::error::Error::source(error)?.to_string();
    let word = words.split_whitespace().next()?;
    let is_code = word.split('.').count() == 3
        && word.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    is_code.then(|| word.to_owned())
}

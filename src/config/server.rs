//! How the server is reached.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, ValueEnum};

use super::{Wrong, address, limits, origin::Origin};

/// Settings of the HTTP server.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "Server")]
pub struct Config {
    /// Address and port to listen on.
    #[arg(
        long,
        env = "TWINSPACE_LISTEN",
        default_value = "127.0.0.1:8000",
        value_name = "ADDRESS",
        global = true
    )]
    pub listen: SocketAddr,
    /// The URL at which users reach the server, such as `https://twinspace.example`, with which
    /// links to media, pictures and downloads begin. Defaults to the address that the server
    /// listens on.
    #[arg(long, env = "TWINSPACE_PUBLIC_URL", value_name = "URL", global = true, value_parser = address::page)]
    pub public_url: Option<String>,
    /// The URL of the app that users use, for the links in mails and on pupils' sign-in cards.
    /// Defaults to the public URL, where the playground opens them.
    #[arg(long, env = "TWINSPACE_APP_URL", value_name = "URL", global = true, value_parser = address::page)]
    pub app_url: Option<String>,
    /// Websites that may call the server, such as `https://app.example.org`; `*` allows all. Its
    /// own pages are always allowed.
    #[arg(
        long = "allowed-origins",
        env = "TWINSPACE_ALLOWED_ORIGINS",
        value_delimiter = ',',
        value_name = "ORIGIN",
        global = true
    )]
    pub allowed_origins: Vec<Origin>,
    /// Number of proxies in front of the server: that many entries from the right of
    /// `X-Forwarded-For` are trusted.
    #[arg(
        long,
        env = "TWINSPACE_TRUSTED_PROXIES",
        default_value_t = 0,
        value_name = "N",
        global = true
    )]
    pub trusted_proxies: u8,
    /// Whether the server is for real users: introspection and the playground are off unless they are
    /// set, errors do not suggest names of the schema, and browsers are told to use only HTTPS.
    #[arg(long, env = "TWINSPACE_PRODUCTION", value_enum, default_value = "off", global = true)]
    pub production: Switch,
    /// Whether clients may query the schema. Defaults to `on`, and in production to `off`.
    #[arg(long, env = "TWINSPACE_INTROSPECTION", value_enum, value_name = "SWITCH", global = true)]
    introspection: Option<Switch>,
    /// Whether `/` is a page for trying out queries. Defaults to `on`, and in production to `off`.
    #[arg(long, env = "TWINSPACE_PLAYGROUND", value_enum, value_name = "SWITCH", global = true)]
    playground: Option<Switch>,
    /// Files with the documents that apps send, as graphql-codegen, Relay and Apollo's tools write
    /// them. Clients can send the ID of such a document instead of its text.
    #[arg(
        long,
        env = "TWINSPACE_TRUSTED_DOCUMENTS",
        value_delimiter = ',',
        value_name = "FILE",
        global = true
    )]
    pub trusted_documents: Vec<PathBuf>,
    /// Whether only trusted documents are executed, and not those of the playground.
    #[arg(long, env = "TWINSPACE_ONLY_TRUSTED", value_enum, default_value = "off", global = true)]
    pub only_trusted: Switch,
    /// Whether `/metrics` is available.
    #[arg(long, env = "TWINSPACE_METRICS", value_enum, default_value = "on", global = true)]
    pub metrics: Switch,
    /// Seconds within which the head of the next request on a connection must arrive.
    #[arg(long, env = "TWINSPACE_HEADER_TIMEOUT", default_value_t = 30, value_name = "SECONDS", global = true,
          value_parser = clap::value_parser!(u16).range(1..=3600))]
    header_timeout: u16,
    /// Seconds for which the server still serves when it is told to stop, while `/readyz` says that it
    /// is stopping: as long as a load balancer needs to send requests to other instances. Told again,
    /// it stops at once.
    #[arg(long, env = "TWINSPACE_DRAIN_TIME", default_value_t = 0, value_name = "SECONDS", global = true,
          value_parser = clap::value_parser!(u16).range(0..=3600))]
    drain_time: u16,
    /// Seconds that requests in progress have to finish at shutdown.
    #[arg(long, env = "TWINSPACE_SHUTDOWN_TIMEOUT", default_value_t = 30, value_name = "SECONDS", global = true,
          value_parser = clap::value_parser!(u16).range(0..=3600))]
    shutdown_timeout: u16,
    /// What a client may request at once.
    #[command(flatten)]
    pub limits: limits::Config,
}

/// Whether something is enabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// Enabled.
    On,
    /// Disabled.
    Off,
}

impl Switch {
    /// Off if this is on.
    fn opposite(self) -> Self {
        match self {
            Self::On => Self::Off,
            Self::Off => Self::On,
        }
    }
}

impl Config {
    /// The URL for links to the server, without a trailing slash.
    pub fn public_url(&self) -> String {
        match &self.public_url {
            Some(url) => url.clone(),
            // "All addresses of this machine" cannot be used in a link.
            None if self.listen.ip().is_unspecified() => {
                format!("http://localhost:{}", self.listen.port())
            }
            None => format!("http://{}", self.listen),
        }
    }

    /// The URL for links to the app, without a trailing slash.
    pub fn app_url(&self) -> String {
        self.app_url.clone().unwrap_or_else(|| self.public_url())
    }

    /// Whether clients may query the schema.
    pub fn introspection(&self) -> Switch {
        self.introspection.unwrap_or(self.production.opposite())
    }

    /// Whether there is a playground.
    pub fn playground(&self) -> Switch {
        self.playground.unwrap_or(self.production.opposite())
    }

    /// Settings that work but probably not as intended.
    pub fn warnings(&self) -> Vec<Wrong> {
        let mut warnings = Vec::new();
        if self.public_url.is_none() && self.listen.ip().is_unspecified() {
            warnings.push(Wrong(format!(
                "Links lead to {}, which other people cannot open: set --public-url to the \
                 address at which they reach the server.",
                self.public_url()
            )));
        }
        if self.playground() == Switch::Off && self.app_url.is_none() {
            warnings.push(Wrong(format!(
                "The links in mails lead to {}/, where nothing handles them while the playground \
                 is off: set --app-url to the address of your app.",
                self.public_url()
            )));
        }
        if self.production == Switch::On && !self.public_url().starts_with("https://") {
            warnings.push(Wrong(format!(
                "Links lead to {}, which is not encrypted, and browsers that have been told to use \
                 HTTPS cannot open it: set --public-url to an address with https.",
                self.public_url()
            )));
        }
        warnings
    }

    /// How long the head of a request may take, counted from the end of the previous request.
    pub fn header_timeout(&self) -> Duration {
        Duration::from_secs(self.header_timeout.into())
    }

    /// How long the server still serves when it is told to stop.
    pub fn drain_time(&self) -> Duration {
        Duration::from_secs(self.drain_time.into())
    }

    /// How long requests in progress have to finish at shutdown.
    pub fn shutdown_timeout(&self) -> Duration {
        Duration::from_secs(self.shutdown_timeout.into())
    }
}

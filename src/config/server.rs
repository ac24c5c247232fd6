//! How the server is reached.

use std::net::SocketAddr;

use clap::Args;

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
    /// The address under which people reach the server, for the links in mails.
    #[arg(long, env = "TWINSPACE_PUBLIC_URL", value_name = "URL", global = true)]
    pub public_url: Option<String>,
}

impl Config {
    /// The address for links, without a slash at its end.
    pub fn public_url(&self) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.listen),
        }
    }
}

//! What apps tell people about the server before they sign in.

use clap::Args;
use url::Url;

/// What apps tell people about the server.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "About the server")]
pub struct Config {
    /// The name of the server, which apps show where people register and sign in; at most 100
    /// characters.
    #[arg(
        long,
        env = "TWINSPACE_SERVER_NAME",
        default_value = "TwinSpace",
        value_name = "NAME",
        value_parser = name,
        global = true
    )]
    pub server_name: String,
    /// A link to the privacy notice, which apps show where people register.
    #[arg(long, env = "TWINSPACE_PRIVACY_URL", value_name = "URL", value_parser = link, global = true)]
    pub privacy_url: Option<String>,
    /// A link to whoever runs the server: a page, or an address such as `mailto:help@example.org`.
    #[arg(long, env = "TWINSPACE_CONTACT_URL", value_name = "URL", value_parser = link, global = true)]
    pub contact_url: Option<String>,
}

fn name(value: &str) -> Result<String, String> {
    match value.trim() {
        "" => Err("must not be empty".into()),
        name if name.chars().nth(100).is_some() => Err("must have at most 100 characters".into()),
        name if name.chars().any(char::is_control) => Err("must be a single line".into()),
        name => Ok(name.to_owned()),
    }
}

fn link(value: &str) -> Result<String, String> {
    let fits = |url: &Url| match url.scheme() {
        "https" | "http" => url.has_host(),
        "mailto" => url.path().contains('@'),
        _ => false,
    };
    match Url::parse(value.trim()) {
        Ok(url) if fits(&url) => Ok(url.into()),
        _ => Err("must begin with https://, http:// or mailto:".into()),
    }
}

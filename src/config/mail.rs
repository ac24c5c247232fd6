//! How mail leaves.

use clap::Args;

/// Settings of mail.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "Mail")]
pub struct Config {
    /// `smtp://…` or `smtps://USER:PASSWORD@HOST:PORT`; unset, mails are files in the data folder's `mail`.
    #[arg(
        long,
        env = "TWINSPACE_SMTP_URL",
        value_name = "URL",
        hide_env_values = true,
        global = true
    )]
    pub smtp_url: Option<String>,
    /// The sender of the server's mails.
    #[arg(
        long,
        env = "TWINSPACE_MAIL_FROM",
        default_value = "TwinSpace <twinspace@localhost>",
        value_name = "ADDRESS",
        global = true
    )]
    pub mail_from: String,
}

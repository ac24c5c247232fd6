//! How mail is sent.

use clap::Args;
use lettre::message::Mailbox;

use crate::mail::Language;

/// Settings of mail.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "Mail")]
pub struct Config {
    /// `smtps://USER:PASSWORD@HOST`, `smtp://USER:PASSWORD@HOST:587?tls=required` (STARTTLS) or,
    /// without encryption, `smtp://HOST`. If unset, mails are saved as files in the data folder's
    /// `mail`.
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
        value_parser = sender,
        global = true
    )]
    pub mail_from: Mailbox,
    /// The language in which people are written to if neither their request nor whoever invited them
    /// tells another: `de`, `en`, `es`, `fr`, `it`, `nl`, `pl` or `pt`.
    #[arg(
        long,
        env = "TWINSPACE_LANGUAGE",
        default_value = "en",
        value_name = "CODE",
        global = true
    )]
    pub language: Language,
}

fn sender(text: &str) -> Result<Mailbox, String> {
    text.parse().map_err(|error| {
        format!(
            "{error}; write `twinspace@school.example` or `TwinSpace <twinspace@school.example>`"
        )
    })
}

//! Guidance for teachers on publishing.

use clap::Args;

/// Guidance on publishing about pupils (M-14), for clients to show where it matters.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "Guidance")]
pub struct Config {
    /// Guidance to consider before publishing anything about pupils, as plain text of at most 4000
    /// characters. It is shown to teachers who invite pupils and to everyone who uploads pictures.
    #[arg(
        long = "guidance",
        env = "TWINSPACE_GUIDANCE",
        default_value = "Publish as little about pupils as the project needs. First names or \
                         initials are enough. Show a pupil in a picture only with the consent of \
                         the pupil or of a parent or guardian, and never next to their full \
                         name. Do not publish addresses, telephone numbers, timetables or the \
                         future whereabouts of a class. Remove anything immediately if a pupil \
                         or a parent asks you to.",
        value_name = "TEXT",
        value_parser = text,
        global = true
    )]
    pub text: String,
    /// A link to more information, such as the rules of the school authority.
    #[arg(long = "guidance-url", env = "TWINSPACE_GUIDANCE_URL", value_name = "URL", value_parser = url, global = true)]
    pub url: Option<String>,
}

fn text(value: &str) -> Result<String, String> {
    match value.trim() {
        "" => Err("must not be empty: omit it to use the server's default text".into()),
        text if text.chars().nth(4000).is_some() => Err("must have at most 4000 characters".into()),
        text => Ok(text.to_owned()),
    }
}

fn url(value: &str) -> Result<String, String> {
    match value.starts_with("https://") || value.starts_with("http://") {
        true => Ok(value.to_owned()),
        false => Err("must begin with https:// or http://".into()),
    }
}

//! How mails are written. Their words in each language are in `letters/`.

use chrono::{DateTime, Utc};
use domain::{
    accounts::email,
    mail::{Letter, News},
};
use entity::{MailId, TwinSpaceRole};
use fluent_bundle::{FluentArgs, FluentValue};
use lettre::{
    Message,
    message::{
        Mailbox,
        header::{ContentType, Header, HeaderName, HeaderValue, MIME_VERSION_1_0},
    },
};
use serde_json::Value;

use super::language::Language;

/// Lettre's errors.
type Fault = Box<dyn std::error::Error + Send + Sync>;

/// The text of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The language.
    pub language: Language,
    /// The subject line.
    pub subject: String,
    /// The text, with the link and the token.
    pub text: String,
    /// The link.
    pub link: String,
}

/// The message with the text of a letter, and its variables.
fn message_of(letter: &Letter) -> (&'static str, FluentArgs<'static>) {
    let with = |texts: &[(&'static str, &str)]| -> FluentArgs<'static> {
        texts.iter().map(|&(variable, text)| (variable, line(text))).collect()
    };
    match letter {
        Letter::VerifyEmail { name } => ("verify-email", with(&[("name", name)])),
        Letter::AlreadyRegistered { name } => ("already-registered", with(&[("name", name)])),
        Letter::BecomeTeacher { name } => ("become-teacher", with(&[("name", name)])),
        Letter::Admission { name, declined: None } => ("admitted", with(&[("name", name)])),
        Letter::Admission { name, declined: Some(_) } => ("declined", with(&[("name", name)])),
        Letter::ResetPassword { name } => ("reset-password", with(&[("name", name)])),
        Letter::ChangeEmail { name } => ("change-email", with(&[("name", name)])),
        Letter::EmailChanging { name } => ("email-changing", with(&[("name", name)])),
        Letter::Invitation { inviter, project, role } => {
            let id = if inviter.is_some() { "invitation" } else { "invitation-from-pupil" };
            let by = inviter.as_deref().unwrap_or_default();
            (id, with(&[("by", by), ("project", project), ("role", key(*role))]))
        }
        Letter::ContactRequest { name, from } => {
            ("contact-request", with(&[("name", name), ("by", from)]))
        }
        Letter::Message { name, project } => {
            ("message", with(&[("name", name), ("project", project)]))
        }
        Letter::News { name, project, news } => {
            let mut args = with(&[("name", name), ("project", project)]);
            for (variable, value) in told(news) {
                args.set(variable, value);
            }
            (news.into(), args)
        }
        Letter::Sentence { name, project, what } => {
            let mut args = with(&[("name", name), ("project", project)]);
            args.set("what", harmless(what));
            ("sentence", args)
        }
    }
}

/// A role, as the messages name it.
const fn key(role: TwinSpaceRole) -> &'static str {
    match role {
        TwinSpaceRole::TeacherAdmin => "teacher-admin",
        TwinSpaceRole::Teacher => "teacher",
        TwinSpaceRole::PupilAdmin => "pupil-admin",
        TwinSpaceRole::Pupil => "pupil",
        TwinSpaceRole::Visitor => "visitor",
    }
}

/// The variables of news: who is named in it, and how many pupils it is about.
fn told(news: &News) -> impl Iterator<Item = (String, FluentValue<'static>)> {
    let told = serde_json::to_value(news).expect("it has only strings as keys");
    let told = told.as_object().cloned().unwrap_or_default();
    told.into_iter().filter_map(|(variable, value)| match value {
        Value::String(text) if variable != "what" => Some((variable, line(&text).into())),
        Value::Number(number) => Some((variable, number.as_u64()?.into())),
        _ => None,
    })
}

/// Composes the text of a letter in a language. `app_url` is the URL of the app, without a trailing
/// slash; `docs/clients.md` describes the links.
///
/// The token comes after the `#` of the link, which browsers do not send, so that it does not
/// appear in any server's log.
pub fn compose(letter: &Letter, language: Language, token: Option<&str>, app_url: &str) -> Words {
    let (id, mut args) = message_of(letter);
    let (action, mutation) = match letter {
        Letter::VerifyEmail { .. } | Letter::BecomeTeacher { .. } => ("verify", "verifyEmail"),
        Letter::ResetPassword { .. } => ("reset", "resetPassword"),
        Letter::ChangeEmail { .. } => ("email", "confirmEmailChange"),
        Letter::Invitation { .. } => ("invitation", "acceptInvitation"),
        _ => ("", ""),
    };
    args.set("mutation", mutation);
    let say = |id| language.say(id, None, &args);
    let quoted = match letter {
        Letter::Admission { declined, .. } => declined.clone(),
        _ => None,
    };
    let lead = match letter {
        Letter::News { .. } | Letter::Sentence { .. } => Some(say("desktop")),
        Letter::Admission { declined: Some(_), .. }
        | Letter::Invitation { .. }
        | Letter::ContactRequest { .. }
        | Letter::Message { .. } => Some(language.say(id, Some("link"), &args)),
        _ => None,
    };
    let link = match token {
        Some(token) => format!("{app_url}/#{action}={token}"),
        None => format!("{app_url}/"),
    };
    let otherwise = match letter {
        Letter::VerifyEmail { .. }
        | Letter::AlreadyRegistered { .. }
        | Letter::BecomeTeacher { .. }
        | Letter::ResetPassword { .. }
        | Letter::ChangeEmail { .. } => Some(say("ignore")),
        Letter::Invitation { .. } => Some(say("ignore-invitation")),
        _ => None,
    };
    let parts = [
        Some(say(if args.get("name").is_some() { "hello" } else { "greeting" })),
        Some(say(id)),
        quoted,
        lead,
        Some(link.clone()),
        otherwise,
        token.map(|token| format!("{}\n\n{token}", say("token"))),
        Some("-- \nTwinSpace\n".to_owned()),
    ];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n");
    Words { language, subject: language.say(id, Some("subject"), &args), text, link }
}

/// A name or title that somebody typed, made safe for use within a line, and not too long for it.
fn line(text: &str) -> String {
    const MOST: usize = 120;
    let text = harmless(text);
    if text.chars().nth(MOST).is_none() {
        return text;
    }
    text.chars().take(MOST - 1).chain(['…']).collect()
}

/// User-provided text, made safe for use within a line: it cannot add lines or links or change the
/// text direction.
fn harmless(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .filter(|c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .collect();
    let text = text.replace("://", " ");
    unlinked(&text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text of which no mail program makes links: no host name or address stays in one piece.
fn unlinked(text: &str) -> String {
    let mut apart = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut before = ' ';
    while let Some(letter) = letters.next() {
        let after = letters.peek().copied().unwrap_or(' ');
        match letter {
            '.' if before.is_alphanumeric() && after.is_alphabetic() => apart.push_str(". "),
            '@' if !before.is_whitespace() && !after.is_whitespace() => apart.push_str(" @ "),
            _ => apart.push(letter),
        }
        before = letter;
    }
    apart
}

/// Builds the mail with this text. A retry produces the same mail for its recipient.
pub fn message(
    words: &Words,
    id: MailId,
    from: &Mailbox,
    recipient: &str,
    now: DateTime<Utc>,
) -> Result<Message, Fault> {
    let message = Message::builder()
        .message_id(Some(format!("<{id}@{}>", from.email.domain())))
        .date(now.into())
        .from(from.clone())
        .to(Mailbox::new(None, email::to_mail(recipient).unwrap_or_default().parse()?))
        .subject(words.subject.clone())
        .header(AutoSubmitted)
        .header(ContentLanguage(words.language))
        .header(MIME_VERSION_1_0)
        .header(ContentType::TEXT_PLAIN)
        .body(words.text.clone())?;
    Ok(message)
}

/// Asks out-of-office systems not to reply (RFC 3834).
#[derive(Clone, Debug)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The language of the text (RFC 3282).
#[derive(Clone, Debug)]
struct ContentLanguage(Language);

impl Header for ContentLanguage {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Content-Language")
    }

    fn parse(code: &str) -> Result<Self, Fault> {
        Ok(Self(code.parse()?))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.to_string())
    }
}

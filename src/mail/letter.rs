//! The texts of the mails.

use chrono::{DateTime, Utc};
use domain::{accounts::email, mail::Letter};
use entity::{MailId, TwinSpaceRole};
use lettre::{
    Message,
    message::{
        Mailbox,
        header::{ContentType, Header, HeaderName, HeaderValue, MIME_VERSION_1_0},
    },
};

/// Lettre's errors.
type Fault = Box<dyn std::error::Error + Send + Sync>;

/// The text of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// The subject line.
    pub subject: String,
    /// The text, with the link and the token.
    pub text: String,
    /// The link.
    pub link: String,
}

/// Composes the text of a letter. `app_url` is the URL of the app, without a trailing slash;
/// `docs/clients.md` describes the links.
///
/// The token comes after the `#` of the link, which browsers do not send, so that it does not
/// appear in any server's log.
pub fn compose(letter: &Letter, token: Option<&str>, app_url: &str) -> Words {
    let (subject, greeting, text, action, mutation) = match letter {
        Letter::VerifyEmail { name } => (
            "Confirm your e-mail address".to_owned(),
            hello(name),
            "Welcome to TwinSpace! Open this link within 24 hours to confirm your address:",
            "verify",
            "verifyEmail",
        ),
        Letter::AlreadyRegistered { name } => (
            "You already have an account".to_owned(),
            hello(name),
            "Someone, probably you, tried to register an account with this address. You already \
             have one: sign in, or request a new password if you have forgotten yours.",
            "",
            "",
        ),
        Letter::BecomeTeacher { name } => (
            "Confirm your registration as a teacher".to_owned(),
            hello(name),
            "Someone, probably you, registered as a teacher with the address of your guest \
             account. Open this link within 24 hours to confirm this with the password chosen at \
             registration. You keep all your memberships:",
            "verify",
            "verifyEmail",
        ),
        Letter::Admission { name, declined: None } => (
            "You have been admitted as a teacher".to_owned(),
            hello(name),
            "Your registration as a teacher has been accepted. You can now find other teachers and \
             found projects:",
            "",
            "",
        ),
        Letter::Admission { name, declined: Some(reason) } => (
            "You have not been admitted as a teacher".to_owned(),
            format!(
                "{}\n\nYour registration as a teacher has not been accepted. The reason given:\n\n{}",
                hello(name),
                reason
            ),
            "You may register again, for example with an address of your school:",
            "",
            "",
        ),
        Letter::ResetPassword { name } => (
            "Choose a new password".to_owned(),
            hello(name),
            "Someone, probably you, requested a new password. Open this link within one hour to \
             choose it:",
            "reset",
            "resetPassword",
        ),
        Letter::ChangeEmail { name } => (
            "Confirm your new e-mail address".to_owned(),
            hello(name),
            "Someone, probably you, asked to use this address to sign in from now on. Open this \
             link within 24 hours to confirm it:",
            "email",
            "confirmEmailChange",
        ),
        Letter::EmailChanging { name } => (
            "Your e-mail address is about to change".to_owned(),
            hello(name),
            "Someone, probably you, asked to use a different address to sign in. A link to \
             confirm it was sent to that address. If this was not you, someone knows your \
             password: sign in and change it immediately, which also cancels the link.",
            "",
            "",
        ),
        Letter::Invitation { inviter, project, role } => {
            let project = line(project);
            let invited = match inviter {
                Some(inviter) => format!("{} invites you", line(inviter)),
                None => "You have been invited".to_owned(),
            };
            let what = match role {
                TwinSpaceRole::TeacherAdmin => "a teacher administrator",
                TwinSpaceRole::Teacher => "a teacher",
                TwinSpaceRole::PupilAdmin => "a pupil administrator",
                TwinSpaceRole::Pupil => "a pupil",
                TwinSpaceRole::Visitor => "a visitor",
            };
            (
                format!("{invited} to “{project}”"),
                format!("Hello,\n\n{invited} to the project “{project}” as {what}."),
                "Open this link to accept:",
                "invitation",
                "acceptInvitation",
            )
        }
        Letter::ContactRequest { name, from } => (
            format!("{} would like to be your contact", line(from)),
            format!("{}\n\n{} would like to be your contact.", hello(name), line(from)),
            "You can find the request on your desktop:",
            "",
            "",
        ),
        Letter::Message { name, project } => (
            "You have a new message".to_owned(),
            format!(
                "{}\n\nA member of the TwinSpace “{}” has sent you a message.",
                hello(name),
                line(project)
            ),
            "You can find the message in your inbox:",
            "",
            "",
        ),
        Letter::Pupils { name, project, what, waits } => (
            match waits {
                true => format!("“{}”: a question about pupils", line(project)),
                false => format!("“{}”: news about pupils", line(project)),
            },
            format!(
                "{}\n\nThis is about the project “{}”. {}",
                hello(name),
                line(project),
                line(what)
            ),
            "You can find it on your desktop:",
            "",
            "",
        ),
        Letter::Waiting { name, project, what } => (
            format!("“{}” is waiting for you", line(project)),
            format!("{}\n\n{}", hello(name), line(what)),
            "You can find it on your desktop:",
            "",
            "",
        ),
        Letter::News { name, project, news, what } => (
            format!("“{}”: {}", line(project), line(news)),
            format!("{}\n\n{}", hello(name), line(what)),
            "You can find it on your desktop:",
            "",
            "",
        ),
    };
    let (link, api) = match token {
        Some(token) => (
            format!("{app_url}/#{action}={token}"),
            format!("If you use the API, pass this token to {mutation}:\n\n{token}\n\n"),
        ),
        None => (format!("{app_url}/"), String::new()),
    };
    let otherwise = match letter {
        Letter::ContactRequest { .. }
        | Letter::Message { .. }
        | Letter::Pupils { .. }
        | Letter::Waiting { .. }
        | Letter::News { .. }
        | Letter::EmailChanging { .. } => "",
        Letter::Invitation { .. } => {
            "If you were not expecting this invitation, you can ignore this mail.\n\n"
        }
        _ => "If this was not you, you can ignore this mail: nothing will change.\n\n",
    };
    let text = format!("{greeting}\n\n{text}\n\n{link}\n\n{otherwise}{api}-- \nTwinSpace\n");
    Words { subject, text, link }
}

fn hello(name: &str) -> String {
    format!("Hello {},", line(name))
}

/// User-provided text, made safe for use within a line: a name cannot add lines or links or change
/// the text direction, and its length is limited.
fn line(text: &str) -> String {
    const MOST: usize = 120;
    let text: String = text
        .chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .filter(|c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        .collect();
    let text = text.replace("://", " ").split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().nth(MOST).is_none() {
        return text;
    }
    text.chars().take(MOST - 1).chain(['…']).collect()
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

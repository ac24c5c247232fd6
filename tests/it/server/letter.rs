//! The texts of the mails.

use chrono::DateTime;
use domain::mail::{Letter, News};
use entity::{MailId, TwinSpaceRole};
use twinspace::mail::{
    Language,
    letter::{compose, message},
};
use uuid::Uuid;

use crate::support::received::Received;

mod language;

const TOKEN: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";

/// The mail as a text for reviewers.
fn show(letter: &Letter) -> String {
    let token = letter.purpose().map(|_| TOKEN);
    let words = compose(letter, Language::ENGLISH, token, "https://twinspace.example");
    format!("{}\n\n{}", words.subject, words.text.replace("-- \n", "--\n"))
}

/// The mail as it arrives.
fn receive(letter: &Letter) -> Received {
    let token = letter.purpose().map(|_| TOKEN);
    let words = compose(letter, Language::ENGLISH, token, "https://twinspace.example");
    let from = "TwinSpace <twinspace@school.example>".parse().unwrap();
    let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let id = MailId(Uuid::nil());
    let mail = message(&words, id, &from, "zofie@example.org", now).unwrap();
    Received::read(&mail.formatted())
}

fn an_invitation(inviter: &str, project: &str) -> Letter {
    Letter::Invitation {
        inviter: Some(inviter.to_owned()),
        project: project.to_owned(),
        role: TwinSpaceRole::Teacher,
    }
}

#[test]
fn a_letter_asks_to_verify_the_address() {
    insta::assert_snapshot!(show(&Letter::VerifyEmail { name: "Žofie".to_owned() }), @r"
    Confirm your e-mail address

    Hello Žofie,

    Welcome to TwinSpace! Open this link within 24 hours to confirm your address:

    https://twinspace.example/#verify=0123456789abcdefghijklmnopqrstuvwxyzABCDEFG

    If this was not you, you can ignore this mail: nothing will change.

    If you use the API, pass this token to verifyEmail:

    0123456789abcdefghijklmnopqrstuvwxyzABCDEFG

    --
    TwinSpace
    ");
}

#[test]
fn a_letter_says_that_there_is_an_account_already() {
    insta::assert_snapshot!(show(&Letter::AlreadyRegistered { name: "Žofie".to_owned() }), @r"
    You already have an account

    Hello Žofie,

    Someone, probably you, tried to register an account with this address. You already have one: sign in, or request a new password if you have forgotten yours.

    https://twinspace.example/

    If this was not you, you can ignore this mail: nothing will change.

    --
    TwinSpace
    ");
}

#[test]
fn a_letter_asks_to_confirm_a_new_address() {
    insta::assert_snapshot!(show(&Letter::ChangeEmail { name: "Žofie".to_owned() }), @r"
    Confirm your new e-mail address

    Hello Žofie,

    Someone, probably you, asked to use this address to sign in from now on. Open this link within 24 hours to confirm it:

    https://twinspace.example/#email=0123456789abcdefghijklmnopqrstuvwxyzABCDEFG

    If this was not you, you can ignore this mail: nothing will change.

    If you use the API, pass this token to confirmEmailChange:

    0123456789abcdefghijklmnopqrstuvwxyzABCDEFG

    --
    TwinSpace
    ");
}

#[test]
fn a_letter_warns_that_the_address_is_about_to_change() {
    insta::assert_snapshot!(show(&Letter::EmailChanging { name: "Žofie".to_owned() }), @r"
    Your e-mail address is about to change

    Hello Žofie,

    Someone, probably you, asked to use a different address to sign in. A link to confirm it was sent to that address. If this was not you, someone knows your password: sign in and change it immediately, which also cancels the link.

    https://twinspace.example/

    --
    TwinSpace
    ");
}

#[test]
fn a_letter_leads_to_a_new_password() {
    insta::assert_snapshot!(show(&Letter::ResetPassword { name: "Žofie".to_owned() }), @r"
    Choose a new password

    Hello Žofie,

    Someone, probably you, requested a new password. Open this link within one hour to choose it:

    https://twinspace.example/#reset=0123456789abcdefghijklmnopqrstuvwxyzABCDEFG

    If this was not you, you can ignore this mail: nothing will change.

    If you use the API, pass this token to resetPassword:

    0123456789abcdefghijklmnopqrstuvwxyzABCDEFG

    --
    TwinSpace
    ");
}

#[test]
fn a_letter_invites() {
    insta::assert_snapshot!(show(&an_invitation("Žofie Nováková", "Rivers")), @r"
    Žofie Nováková invites you to “Rivers”

    Hello,

    Žofie Nováková invites you to the project “Rivers” as a teacher.

    Open this link to accept:

    https://twinspace.example/#invitation=0123456789abcdefghijklmnopqrstuvwxyzABCDEFG

    If you were not expecting this invitation, you can ignore this mail.

    If you use the API, pass this token to acceptInvitation:

    0123456789abcdefghijklmnopqrstuvwxyzABCDEFG

    --
    TwinSpace
    ");
}

#[test]
fn a_letter_tells_what_waits() {
    let letter = Letter::News {
        name: "Žofie".to_owned(),
        project: "Rivers".to_owned(),
        news: News::FoundingProposed { by: "Jörg Huber".to_owned() },
    };
    insta::assert_snapshot!(show(&letter), @r"
    “Rivers” is waiting for you

    Hello Žofie,

    Jörg Huber invites you to found the project together.

    You can find it on your desktop:

    https://twinspace.example/

    --
    TwinSpace
    ");
}

#[test]
fn a_letter_of_mere_news_says_what_happened() {
    let letter = Letter::News {
        name: "Žofie".to_owned(),
        project: "Rivers".to_owned(),
        news: News::Approved,
    };
    insta::assert_snapshot!(show(&letter), @r"
    “Rivers”: approved

    Hello Žofie,

    The project has been approved, and its TwinSpace is open.

    You can find it on your desktop:

    https://twinspace.example/

    --
    TwinSpace
    ");
}

#[test]
fn a_letter_asks_a_guest_who_registered_to_confirm_it() {
    insta::assert_snapshot!(show(&Letter::BecomeTeacher { name: "Žofie".to_owned() }), @r"
    Confirm your registration as a teacher

    Hello Žofie,

    Someone, probably you, registered as a teacher with the address of your guest account. Open this link within 24 hours to confirm this with the password chosen at registration. You keep all your memberships:

    https://twinspace.example/#verify=0123456789abcdefghijklmnopqrstuvwxyzABCDEFG

    If this was not you, you can ignore this mail: nothing will change.

    If you use the API, pass this token to verifyEmail:

    0123456789abcdefghijklmnopqrstuvwxyzABCDEFG

    --
    TwinSpace
    ");
}

#[test]
fn a_letter_tells_that_there_is_a_message_and_no_more() {
    let letter = Letter::Message { name: "Žofie".to_owned(), project: "Rivers".to_owned() };
    insta::assert_snapshot!(show(&letter), @r"
    You have a new message

    Hello Žofie,

    A member of the TwinSpace “Rivers” has sent you a message.

    You can find the message in your inbox:

    https://twinspace.example/

    --
    TwinSpace
    ");
}

#[test]
fn a_mail_has_the_headers_of_a_mail() {
    let mail = receive(&an_invitation("Žofie", "Rivers"));
    let headers: Vec<_> = mail.headers.iter().map(|(name, raw)| format!("{name}: {raw}")).collect();
    insta::assert_snapshot!(headers.join("\n"), @r"
    Message-ID: <mail_00000000000000000000000000000000@school.example>
    Date: Tue, 14 Nov 2023 22:13:20 +0000
    From: TwinSpace <twinspace@school.example>
    To: zofie@example.org
    Subject: =?utf-8?b?xb1vZmll?= invites you to =?utf-8?b?4oCcUml2ZXJz4oCd?=
    Auto-Submitted: auto-generated
    Content-Language: en
    MIME-Version: 1.0
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: quoted-printable
    ");
}

#[test]
fn a_name_adds_no_header_no_line_and_no_link() {
    let name = "Eve\r\nBcc: all@example.org\r\n\r\nPay at https://evil.example\u{2028}\u{202e}now";
    let mail = receive(&an_invitation(name, "A\nB"));

    let names: Vec<_> = mail.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert!(!names.contains(&"Bcc"), "{names:?}");
    assert_eq!(
        mail.subject,
        "Eve Bcc: all @ example. org Pay at https evil. example now invites you to “A B”"
    );
    assert!(!mail.text.lines().any(|line| line.starts_with("Bcc") || line.starts_with("Pay")));
    assert!(!mail.text.contains("https://evil"));

    // Nor what mail programs make links of by themselves; what names have in them stays readable.
    for (name, shown) in [
        ("www.evil.com/login", "www. evil. com/login"),
        ("mailto:a@b.example", "mailto:a @ b. example"),
        ("J.R. Ewing, 3.5 m", "J. R. Ewing, 3.5 m"),
    ] {
        let mail = receive(&an_invitation(name, "Bees"));
        assert!(mail.subject.starts_with(&format!("{shown} invites you")), "{}", mail.subject);
        assert!(mail.text.contains(shown) && !mail.text.contains("evil.com"), "{}", mail.text);
    }
}

#[test]
fn a_long_name_in_any_script_arrives_cut_and_whole() {
    let mail = receive(&an_invitation(&"Αγγελική 😀 ".repeat(40), &"長".repeat(300)));

    assert!(mail.subject.starts_with("Αγγελική 😀 Αγγελική 😀 "), "{}", mail.subject);
    assert!(mail.subject.ends_with("長長…”"), "{}", mail.subject);
    assert!(mail.subject.chars().count() < 300);
    assert_eq!(mail.token(), TOKEN);
    assert!(mail.text.contains(&format!("https://twinspace.example/#invitation={TOKEN}\n")));
}

//! Mail: connects, authenticates, and sends a mail if there is an address to send it to.

use domain::clock;
use entity::MailId;
use lettre::message::Mailbox;

use super::{Finding, Part};
use crate::{
    config::Config,
    mail::{
        Delivery, Language,
        letter::{self, Words},
    },
};

const MEND: &str = "Check the host, port, user and password in --smtp-url (TWINSPACE_SMTP_URL), \
    whether the server needs ?tls=required, and whether a firewall blocks the port. If its \
    certificate is refused, this machine has to know who issued it (on Debian \
    `update-ca-certificates`, elsewhere SSL_CERT_FILE), or the host has another name in it.";

/// Examines how mail is delivered.
pub async fn examine(
    config: &Config,
    delivery: &Delivery,
    mail_to: Option<&Mailbox>,
) -> Vec<Finding> {
    let part = Part::Mail;
    if delivery.is_folder() {
        return vec![part.warning(
            "Mails are saved as files in the data folder, where nobody reads them.",
            "Set --smtp-url (TWINSPACE_SMTP_URL) to your mail server.",
        )];
    }
    if let Err(failure) = delivery.probe().await {
        return vec![part.problem(format!("The mail server cannot be used: {failure}."), MEND)];
    }
    let mut found = vec![part.ok("The mail server accepts the connection.")];
    let from = &config.mail.mail_from;
    if from.email.domain() == "localhost" {
        found.push(part.warning(
            format!("The sender of mails is {from}, which other mail servers reject."),
            "Set --mail-from to an address of your own domain.",
        ));
    }
    if let Some(to) = mail_to {
        found.push(send(delivery, from, to).await);
    }
    delivery.rest();
    found
}

async fn send(delivery: &Delivery, from: &Mailbox, to: &Mailbox) -> Finding {
    let words = Words {
        language: Language::ENGLISH,
        subject: "TwinSpace can send mail".into(),
        text: "This is a test of the mail settings of TwinSpace.\n".into(),
        link: String::new(),
    };
    let id = MailId::new();
    let address: &str = to.email.as_ref();
    let mail = match letter::message(&words, id, from, address, clock::now()) {
        Ok(mail) => mail,
        Err(error) => {
            let said = format!("The mail to {address} cannot be written: {error}.");
            return Part::Mail.problem(said, "Check --mail-from and --mail-to.");
        }
    };
    match delivery.send(id, &mail).await {
        Ok(()) => Part::Mail.ok(format!("The mail server accepted a mail to {address}.")),
        Err(failure) => Part::Mail.problem(
            format!("The mail server did not accept a mail to {address}: {failure}."),
            "Check that it lets this user send from --mail-from, and that the recipient exists.",
        ),
    }
}

//! Mail servers that are down, slow or set up wrongly.

use std::time::Duration;

use domain::{clock::now, token::subject};
use entity::Purpose;
use twinspace::mail::{Mailer, Pace};

use crate::support::{
    TestApp, on_both_databases,
    smtp::{Mood, Smtp},
    until,
};

use super::{QUICK, outbox_is_empty, register, with_smtp};

on_both_databases! {
    async fn a_mail_waits_for_a_mail_server_that_is_down(app: TestApp) {
        let smtp = Smtp::start().await;
        let address = smtp.address();
        let app = with_smtp(&app, &smtp).await;
        drop(smtp);
        let mailer = Mailer::start(&app, QUICK);
        register(&app, "zofie@example.org").await;
        until("it was tried three times", async || app.outbox().await[0].attempts >= 3).await;

        let smtp = Smtp::start_at(address).await;

        outbox_is_empty(&app).await;
        mailer.stop().await;
        assert_eq!(smtp.mails().len(), 1);
    }

    async fn a_mail_waits_for_a_mail_server_that_refuses_or_hangs_up(app: TestApp) {
        let smtp = Smtp::start().await;
        let app = with_smtp(&app, &smtp).await;
        let account = register(&app, "zofie@example.org").await;
        // Before the mail could be taken.
        smtp.set(Mood::Busy);
        let mailer = Mailer::start(&app, QUICK);

        for mood in [Mood::Busy, Mood::Rude] {
            smtp.set(mood);
            let before = smtp.turned_away();
            until("it was turned away", async || smtp.turned_away() > before + 1).await;
        }
        smtp.set(Mood::Kind);

        outbox_is_empty(&app).await;
        mailer.stop().await;
        let mails = smtp.mails();
        assert_eq!(mails.len(), 1);
        let found = subject(app.db.read(), mails[0].token(), Purpose::VerifyEmail, now()).await;
        assert_eq!(found.unwrap(), Some(account.id.0));
    }

    async fn a_mail_waits_for_a_mail_server_that_says_nothing(app: TestApp) {
        let smtp = Smtp::start().await;
        let app = with_smtp(&app, &smtp).await;
        smtp.set(Mood::Silent);
        register(&app, "zofie@example.org").await;
        let pace = Pace { lease: Duration::from_millis(600), ..QUICK };
        let mailer = Mailer::start(&app, pace);
        until("it was tried", async || smtp.turned_away() > 0).await;

        smtp.set(Mood::Kind);

        outbox_is_empty(&app).await;
        mailer.stop().await;
        assert_eq!(smtp.mails().len(), 1);
    }

    async fn a_receivers_slow_server_holds_up_nobody_elses_mail(app: TestApp) {
        let smtp = Smtp::start().await;
        let app = with_smtp(&app, &smtp).await;
        smtp.set(Mood::Stuck);
        for n in 0..8 {
            register(&app, &format!("teacher{n}@slow.example")).await;
        }
        for n in 0..20 {
            register(&app, &format!("teacher{n}@example.org")).await;
        }
        // The stuck ones end long after the test.
        let pace = Pace { lease: Duration::from_mins(10), ..QUICK };
        let mailer = Mailer::start(&app, pace);

        until("the others have theirs", async || smtp.mails().len() == 20).await;

        // One of the four places of a domain becomes free when a delivery ends.
        assert!(smtp.turned_away() <= 4, "{}", smtp.turned_away());
        until("those that are stuck are left", async || app.outbox().await.len() == 8).await;
        drop(mailer);
    }

    async fn a_mail_that_is_stuck_is_tried_again(app: TestApp) {
        let smtp = Smtp::start().await;
        let app = with_smtp(&app, &smtp).await;
        smtp.set(Mood::Stuck);
        register(&app, "teacher@slow.example").await;
        // One that is stuck takes a second.
        let mailer = Mailer::start(&app, Pace { lease: Duration::from_secs(2), ..QUICK });
        until("it was tried again", async || smtp.turned_away() > 1).await;
        mailer.stop().await;
        assert_eq!(app.outbox().await.len(), 1);
    }

    async fn mails_wait_while_the_mail_server_is_set_up_wrongly(app: TestApp) {
        let smtp = Smtp::start().await;
        let url = smtp.url().replace("smtp://", "smtp://zofie:secret@");
        let app =
            app.another_instance_with(|config| config.mail.smtp_url = Some(url)).await;
        register(&app, "zofie@example.org").await;
        // Before the mail could be taken.
        smtp.set(Mood::Answering("connect", "554 5.3.2 not yet"));
        let mailer = Mailer::start(&app, QUICK);

        for (command, answer) in [
            ("connect", "554 5.3.2 no mail is taken here"),
            ("EHLO", "550 not you"),
            ("AUTH", "535 5.7.8 wrong password"),
            ("MAIL", "550 5.1.8 unknown sender"),
            ("MAIL", "553 not your address"),
            ("RCPT", "530 5.7.0 sign in first"),
            ("RCPT", "554 5.7.1 <zofie@example.org>: relay access denied"),
            ("RCPT", "503 5.5.1 not now"),
            ("content", "550 5.7.60 not your sender"),
        ] {
            smtp.set(Mood::Answering(command, answer));
            let before = smtp.turned_away();
            until(answer, async || smtp.turned_away() > before + 1).await;
            assert_eq!(app.outbox().await.len(), 1, "{answer}");
        }
        smtp.set(Mood::Kind);

        outbox_is_empty(&app).await;
        mailer.stop().await;
        assert_eq!(smtp.mails().len(), 1);
    }
}

#[tokio::test]
async fn a_wrong_smtp_url_is_told_at_the_start_and_without_its_password() {
    use domain::Error;
    use twinspace::{
        config::mail::Config,
        mail::{Delivery, Language},
    };
    for (url, problem) in [
        ("mail.example.org", "relative URL"),
        ("https://zofie:S3CRET@mail.example.org", "unknown scheme"),
        ("smtp://zofie:S3CRET@mail.example.org", "without encryption"),
        ("smtp://zofie:S3CRET@localhost.example.org", "without encryption"),
    ] {
        let mail_from = "TwinSpace <twinspace@localhost>".parse().unwrap();
        let (smtp_url, language) = (Some(url.to_owned()), Language::ENGLISH);
        let config = Config { smtp_url, mail_from, language };
        let error = Delivery::new(&config, "data".as_ref()).unwrap_err();
        let Error::Internal(error) = error else { panic!("{error}") };
        let error = error.to_string();
        assert!(error.contains(problem), "{url}: {error}");
        assert!(error.contains("TWINSPACE_SMTP_URL"), "{url}: {error}");
        assert!(!error.contains("S3CRET"), "{error}");
    }
}

#[tokio::test]
async fn a_right_smtp_url_is_taken() {
    use twinspace::{
        config::mail::Config,
        mail::{Delivery, Language},
    };
    for url in [
        "smtps://zofie:secret@mail.example.org",
        "smtp://zofie:secret@mail.example.org:587?tls=required",
        "smtp://zofie:secret@localhost:2525",
        "smtp://mail:1025",
    ] {
        let mail_from = "twinspace@school.example".parse().unwrap();
        let (smtp_url, language) = (Some(url.to_owned()), Language::ENGLISH);
        let config = Config { smtp_url, mail_from, language };
        assert!(!Delivery::new(&config, "data".as_ref()).unwrap().is_folder(), "{url}");
    }
}

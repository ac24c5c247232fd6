//! Mails that cannot be delivered, and what their invitations say.

use std::time::Duration;

use domain::{
    clock::now,
    mail::{Letter, post, withdraw},
};
use entity::{InvitationState, token};
use futures_util::StreamExt;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use tokio::time::sleep;
use twinspace::mail::{Mailer, Pace};
use uuid::Uuid;

use crate::{
    members::invitation,
    support::{
        TestApp, on_both_databases,
        smtp::{Mood, Smtp},
        until,
    },
};

use super::{QUICK, changes, invite, outbox_is_empty, register, undeliverable, with_smtp};

on_both_databases! {
    async fn a_mail_that_fails_for_too_long_is_given_up(app: TestApp) {
        let smtp = Smtp::start().await;
        let app = with_smtp(&app, &smtp).await;
        smtp.set(Mood::Busy);
        register(&app, "zofie@example.org").await;

        let mailer = Mailer::start(&app, QUICK);
        until("it is tried again", async || smtp.turned_away() > 1).await;
        mailer.stop().await;
        assert_eq!(app.outbox().await.len(), 1);

        let mailer = Mailer::start(&app, Pace { give_up: Duration::from_millis(1), ..QUICK });
        outbox_is_empty(&app).await;
        mailer.stop().await;
        assert_eq!(smtp.mails(), []);
    }

    async fn a_refused_mail_is_not_tried_again_and_its_invitation_says_so(app: TestApp) {
        for (command, answer) in [
            ("RCPT", "550 no such person"),
            ("RCPT", "550 5.1.1 <ina@example.org>: no such person"),
            ("RCPT", "552 5.2.2 mailbox full"),
            ("RCPT", "556 5.1.10 takes no mail"),
            ("DATA", "554 5.5.1 no valid recipients"),
            ("content", "554 5.6.0 not wanted"),
        ] {
            let smtp = Smtp::start().await;
            let app = with_smtp(&app, &smtp).await;
            let space = app.space().await;
            let founder = &space.founders[0];
            let mailer = Mailer::start(&app, QUICK);
            outbox_is_empty(&app).await;
            smtp.set(Mood::Answering(command, answer));
            let mut changes = changes(&app, founder, &space).await;

            let id = invitation::invite(&app, &space, "ina@example.org", "TEACHER").await;
            changes.next().await.unwrap();
            let told = changes.next().await.unwrap().into_result().unwrap().data;
            sleep(Duration::from_millis(200)).await;
            mailer.stop().await;

            let told = &told.into_json().unwrap()["membersChanged"]["invitation"];
            assert_eq!(told["id"], id);
            assert!(told["undeliverableSince"].is_string(), "{answer}: {told}");
            assert_eq!(smtp.turned_away(), 1, "{answer}");
            assert!(app.outbox().await.is_empty());
            assert!(smtp.mails().iter().all(|mail| mail.to != "ina@example.org"));
            // It can still be answered by an account holder, and revoked.
            assert_eq!(told["state"], "PENDING");
        }
    }

    async fn an_invitation_that_is_sent_again_is_not_undeliverable_any_more(app: TestApp) {
        let smtp = Smtp::start().await;
        let app = with_smtp(&app, &smtp).await;
        let space = app.space().await;
        let founder = &space.founders[0];
        let mailer = Mailer::start(&app, QUICK);
        outbox_is_empty(&app).await;
        smtp.set(Mood::Answering("RCPT", "550 no such person"));
        let id = invitation::invite(&app, &space, "ina@example.org", "TEACHER").await;
        until("it was refused", async || undeliverable(&app, founder, &id).await).await;
        smtp.set(Mood::Kind);

        let input = json!({ "invitationId": id });
        let payload = app
            .does(founder, "resendInvitation", input, "invitation { undeliverableSince }")
            .await;

        assert_eq!(payload["invitation"]["undeliverableSince"], Value::Null);
        outbox_is_empty(&app).await;
        mailer.stop().await;
        assert!(!undeliverable(&app, founder, &id).await);
        assert!(smtp.mails().iter().any(|mail| mail.to == "ina@example.org"));
    }

    async fn an_invitation_whose_mail_is_given_up_says_so(app: TestApp) {
        let smtp = Smtp::start().await;
        let app = with_smtp(&app, &smtp).await;
        smtp.set(Mood::Busy);
        let space = app.space().await;
        let founder = &space.founders[0];
        let id = invitation::invite(&app, &space, "ina@example.org", "TEACHER").await;

        let pace = Pace { give_up: Duration::from_secs(1), ..QUICK };
        let mailer = Mailer::start(&app, pace);
        until("it was tried", async || smtp.turned_away() > 0).await;
        assert!(!undeliverable(&app, founder, &id).await);

        outbox_is_empty(&app).await;
        mailer.stop().await;
        assert!(smtp.turned_away() > 1);
        assert!(undeliverable(&app, founder, &id).await);
    }

    async fn what_ended_meanwhile_is_not_called_undeliverable(app: TestApp) {
        let smtp = Smtp::start().await;
        let app = with_smtp(&app, &smtp).await;
        smtp.set(Mood::Stuck);
        let space = app.space().await;
        let founder = &space.founders[0];
        let id = invitation::invite(&app, &space, "ina@slow.example", "TEACHER").await;
        let pace = Pace { give_up: Duration::ZERO, lease: Duration::from_secs(1), ..QUICK };
        let mailer = Mailer::start(&app, pace);
        until("it was tried", async || smtp.turned_away() > 0).await;

        let input = json!({ "invitationId": id });
        assert_eq!(app.tries(founder, "revokeInvitation", input).await, "OK");
        sleep(Duration::from_secs(1)).await;
        mailer.stop().await;

        assert!(!undeliverable(&app, founder, &id).await);
    }

    async fn a_mail_that_was_withdrawn_does_not_leave(app: TestApp) {
        let invitation = invite(&app, "visitor@example.org").await;

        let tx = app.db.begin().await.unwrap();
        withdraw(&tx, invitation.id.0).await.unwrap();
        tx.commit().await.unwrap();

        assert_eq!(app.mails().await, []);
    }

    async fn a_mail_on_what_no_longer_stands_does_not_leave(app: TestApp) {
        let verified = register(&app, "verified@example.org").await;
        let revoked = invite(&app, "revoked@example.org").await;
        let expired = invite(&app, "expired@example.org").await;
        let tx = app.db.begin().await.unwrap();
        let mut verified = verified.into_active_model();
        verified.verified_at = Set(Some(now()));
        verified.update(&*tx).await.unwrap();
        let mut revoked = revoked.into_active_model();
        revoked.state = Set(InvitationState::Revoked);
        revoked.update(&*tx).await.unwrap();
        let mut expired = expired.into_active_model();
        expired.expires_at = Set(now());
        expired.update(&*tx).await.unwrap();
        let nobody = Uuid::now_v7();
        let reset = Letter::ResetPassword { name: "Nobody".to_owned() };
        post(&tx, "nobody@example.org", "en", &reset, nobody, now()).await.unwrap();
        tx.commit().await.unwrap();
        register(&app, "stands@example.org").await;

        let to: Vec<_> = app.mails().await.into_iter().map(|mail| mail.to).collect();

        assert_eq!(to, ["stands@example.org"]);
        assert!(app.outbox().await.is_empty());
        let tokens = token::Entity::find().all(app.db.read()).await.unwrap();
        assert_eq!(tokens.len(), 1);
    }
}

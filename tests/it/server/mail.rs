//! Mail delivery: each mail is sent once, after the commit, whatever the mail server does.

use std::{collections::HashSet, time::Duration};

use async_graphql::Response;
use chrono::TimeDelta;
use domain::{
    clock::now,
    db::Tx,
    mail::{Letter, post},
    token::{hash, subject},
};
use entity::{
    AccountId, AccountKind, InvitationId, InvitationKind, InvitationState, ProjectId, ProjectState,
    Purpose, TwinSpaceRole, account, invitation as offered, mail, project, token,
};
use futures_util::stream::BoxStream;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::json;
use tokio::time::sleep;
use twinspace::mail::{Mailer, Pace};
use uuid::Uuid;

use crate::support::{
    TestApp,
    cast::{Person, Space},
    on_both_databases,
    smtp::{Mood, Smtp},
    until,
};

mod given_up;
mod smtp;

const QUICK: Pace = Pace {
    poll: Duration::from_millis(50),
    lease: Duration::from_mins(1),
    first_retry: Duration::from_millis(20),
    longest_retry: Duration::from_millis(80),
    // Longer than a test takes on a busy machine.
    give_up: Duration::from_hours(1),
};

/// Polls and retries too seldom for a test to notice: what arrives was triggered.
const SLOW: Pace = Pace {
    poll: Duration::from_hours(1),
    first_retry: Duration::from_hours(1),
    longest_retry: Duration::from_hours(1),
    ..QUICK
};

async fn an_account(tx: &Tx, email: &str) -> account::Model {
    let account = account::Model {
        id: AccountId::new(),
        kind: AccountKind::Teacher,
        email: Some(email.to_owned()),
        username: None,
        password_hash: String::new(),
        name: "Žofie".to_owned(),
        name_key: "zofie".to_owned(),
        school_id: None,
        service_id: None,
        custodian_id: None,
        profile: String::new(),
        language: "en".to_owned(),
        verified_at: None,
        created_at: now(),
        blocked_at: None,
        block_reason: None,
    };
    account.into_active_model().insert(&**tx).await.unwrap()
}

async fn an_invitation(tx: &Tx, email: &str) -> offered::Model {
    let inviter = an_account(tx, &format!("inviter-of-{email}")).await;
    let project = project::Model {
        id: ProjectId::new(),
        state: ProjectState::Active,
        proposer_id: inviter.id,
        cofounder_id: None,
        title: "Rivers".to_owned(),
        title_key: "rivers".to_owned(),
        short_description: String::new(),
        aims: String::new(),
        work_process: String::new(),
        expected_results: String::new(),
        languages: project::Words::default(),
        subjects: project::Words::default(),
        age_from: None,
        age_to: None,
        pupil_count: None,
        tools: String::new(),
        refusal: None,
        created_at: now(),
        state_since: now(),
        edited_at: now(),
        chat_open_to_pupils: true,
        acts: 0,
    };
    let project = project.into_active_model().insert(&**tx).await.unwrap();
    let invitation = offered::Model {
        id: InvitationId::new(),
        project_id: project.id,
        kind: InvitationKind::Visitor,
        email: email.to_owned(),
        account_id: None,
        role: TwinSpaceRole::Visitor,
        inviter_id: inviter.id,
        state: InvitationState::Pending,
        sent_at: now(),
        undeliverable_since: None,
        expires_at: now() + TimeDelta::days(14),
        ended_at: None,
    };
    invitation.into_active_model().insert(&**tx).await.unwrap()
}

fn invites() -> Letter {
    Letter::Invitation {
        inviter: Some("Žofie".to_owned()),
        project: "Rivers".to_owned(),
        role: TwinSpaceRole::Visitor,
    }
}

fn verifies() -> Letter {
    Letter::VerifyEmail { name: "Žofie".to_owned() }
}

/// An account and the mail that asks it to verify its address, committed together.
async fn register(app: &TestApp, email: &str) -> account::Model {
    let tx = app.db.begin().await.unwrap();
    let account = an_account(&tx, email).await;
    post(&tx, email, "en", &verifies(), account.id.0, now()).await.unwrap();
    tx.commit().await.unwrap();
    account
}

/// An invitation and its mail, committed together.
async fn invite(app: &TestApp, email: &str) -> offered::Model {
    let tx = app.db.begin().await.unwrap();
    let invitation = an_invitation(&tx, email).await;
    post(&tx, email, "en", &invites(), invitation.id.0, now()).await.unwrap();
    tx.commit().await.unwrap();
    invitation
}

async fn with_smtp(app: &TestApp, smtp: &Smtp) -> TestApp {
    app.another_instance_with(|config| config.mail.smtp_url = Some(smtp.url())).await
}

/// Whether this person can see that an invitation could not be delivered.
async fn undeliverable(app: &TestApp, person: &Person, id: &str) -> bool {
    let query =
        format!("{{ node(id: \"{id}\") {{ ... on Invitation {{ undeliverableSince }} }} }}");
    app.sees(person, &query).await["node"]["undeliverableSince"].is_string()
}

/// What this person receives about a TwinSpace's invitations.
async fn changes(app: &TestApp, person: &Person, space: &Space) -> BoxStream<'static, Response> {
    let hear = "subscription ($id: ID!) { membersChanged(twinSpaceId: $id) {
        ... on InvitationChanged { invitation { id state undeliverableSince } } } }";
    app.subscribe(Some(&person.token), hear, json!({ "id": space.id.to_string() })).await
}

async fn outbox_is_empty(app: &TestApp) {
    until("the outbox is empty", async || app.outbox().await.is_empty()).await;
}

on_both_databases! {
    async fn a_mail_leaves_at_once_when_its_transaction_is_committed(app: TestApp) {
        let smtp = Smtp::start().await;
        let app = with_smtp(&app, &smtp).await;
        let mailer = Mailer::start(&app, SLOW);
        sleep(Duration::from_millis(200)).await;

        let tx = app.db.begin().await.unwrap();
        let account = an_account(&tx, "zofie@example.org").await;
        post(&tx, "zofie@example.org", "en", &verifies(), account.id.0, now()).await.unwrap();
        sleep(Duration::from_millis(200)).await;
        assert_eq!(smtp.mails(), []);
        tx.commit().await.unwrap();

        outbox_is_empty(&app).await;
        mailer.stop().await;
        let mails = smtp.mails();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].to, "zofie@example.org");
    }

    async fn a_mail_does_not_leave_if_its_transaction_is_undone(app: TestApp) {
        let smtp = Smtp::start().await;
        let app = with_smtp(&app, &smtp).await;
        let mailer = Mailer::start(&app, QUICK);

        let tx = app.db.begin().await.unwrap();
        let account = an_account(&tx, "undone@example.org").await;
        post(&tx, "undone@example.org", "en", &verifies(), account.id.0, now()).await.unwrap();
        drop(tx);
        register(&app, "done@example.org").await;

        outbox_is_empty(&app).await;
        mailer.stop().await;
        let to: Vec<_> = smtp.mails().into_iter().map(|mail| mail.to).collect();
        assert_eq!(to, ["done@example.org"]);
    }

    async fn a_mail_that_is_sent_twice_is_the_same_mail_to_its_receiver(app: TestApp) {
        let smtp = Smtp::start().await;
        let app = with_smtp(&app, &smtp).await;
        smtp.set(Mood::Absent);
        register(&app, "zofie@example.org").await;
        let id = format!("<{}@localhost>", app.outbox().await[0].id);

        let mailer = Mailer::start(&app, QUICK);
        until("it was taken unthanked", async || !smtp.mails().is_empty()).await;
        smtp.set(Mood::Kind);

        outbox_is_empty(&app).await;
        mailer.stop().await;
        let mails = smtp.mails();
        let ids: HashSet<_> = mails.iter().map(|mail| mail.header("Message-ID")).collect();
        assert!(mails.len() > 1);
        assert_eq!(ids, HashSet::from([id.as_str()]));
    }

    async fn stopping_waits_for_the_mails_under_way_and_leaves_the_others(app: TestApp) {
        let smtp = Smtp::start().await;
        let app = with_smtp(&app, &smtp).await;
        smtp.set(Mood::Slow);
        for n in 0..20 {
            register(&app, &format!("teacher{n}@example.org")).await;
        }
        let mailer = Mailer::start(&app, QUICK);
        until("some are under way", async || !smtp.mails().is_empty()).await;

        mailer.stop().await;

        // What has been sent is no longer in the outbox, and vice versa.
        let left: HashSet<_> = app.outbox().await.into_iter().map(|mail| mail.recipient).collect();
        let sent: HashSet<_> = smtp.mails().into_iter().map(|mail| mail.to).collect();
        assert_eq!(left.len() + sent.len(), 20);
        assert!(left.is_disjoint(&sent));
        assert!(left.len() > 8, "{left:?}");
    }

    async fn two_instances_deliver_each_mail_exactly_once(app: TestApp) {
        let smtp = Smtp::start().await;
        let (one, two) = (with_smtp(&app, &smtp).await, with_smtp(&app, &smtp).await);
        let tx = app.db.begin().await.unwrap();
        for n in 0..100 {
            let email = format!("teacher{n}@example.org");
            let account = an_account(&tx, &email).await;
            post(&tx, &email, "en", &verifies(), account.id.0, now()).await.unwrap();
        }
        let mailers = [Mailer::start(&one, QUICK), Mailer::start(&two, QUICK)];

        tx.commit().await.unwrap();

        outbox_is_empty(&app).await;
        for mailer in mailers {
            mailer.stop().await;
        }
        let to: Vec<_> = smtp.mails().into_iter().map(|mail| mail.to).collect();
        assert_eq!(to.len(), 100);
        assert_eq!(to.iter().collect::<HashSet<_>>().len(), 100);
    }

    async fn the_token_in_a_mail_works_and_is_nowhere_in_the_database(app: TestApp) {
        let invitation = invite(&app, "visitor@example.org").await;
        let before = app.outbox().await;

        let mails = app.mails().await;

        let token = mails[0].token();
        let good_for = |purpose| subject(app.db.read(), token, purpose, now());
        let found = good_for(Purpose::AcceptInvitation).await.unwrap();
        assert_eq!(found, Some(invitation.id.0));
        assert_eq!(good_for(Purpose::ResetPassword).await.unwrap(), None);
        let rows = token::Entity::find().all(app.db.read()).await.unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].hash, hash(token));
        assert_eq!(rows[0].expires_at, invitation.expires_at);
        assert!(!format!("{before:?}{rows:?}").contains(token));
        let link = format!("http://127.0.0.1:8000/#invitation={token}\n");
        assert!(mails[0].text.contains(&link), "{}", mails[0].text);
    }

    async fn without_a_mail_server_each_mail_is_a_file(app: TestApp) {
        register(&app, "zofie@example.org").await;
        let row = app.outbox().await.remove(0);
        let mailer = Mailer::start(&app, QUICK);

        outbox_is_empty(&app).await;
        mailer.stop().await;

        let folder = app.config.data_dir.join("mail");
        let files: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(files, [format!("{}.eml", row.id).as_str()]);
        let mails = app.mails().await;
        assert_eq!(mails[0].to, "zofie@example.org");
        assert_eq!(mails[0].subject, "Confirm your e-mail address");
        assert_eq!(mails[0].header("Auto-Submitted"), "auto-generated");
    }

    async fn a_letter_of_a_newer_version_waits_and_lets_others_pass(app: TestApp) {
        let tx = app.db.begin().await.unwrap();
        let letter = mail::ActiveModel {
            id: Set(entity::MailId::new()),
            recipient: Set("zofie@example.org".to_owned()),
            language: Set("en".to_owned()),
            letter: Set(serde_json::json!({ "letter": "birthday" })),
            subject_id: Set(Uuid::now_v7()),
            attempts: Set(0),
            due_at: Set(now()),
            created_at: Set(now()),
        };
        let letter = letter.insert(&*tx).await.unwrap();
        tx.commit().await.unwrap();
        register(&app, "stands@example.org").await;

        let to: Vec<_> = app.mails().await.into_iter().map(|mail| mail.to).collect();

        assert_eq!(to, ["stands@example.org"]);
        let left = app.outbox().await;
        assert_eq!((left.len(), left[0].id, left[0].attempts), (1, letter.id, 1));
        assert!(left[0].due_at > now());
    }
}

//! Sessions.

use std::time::Duration;

use chrono::TimeDelta;
use domain::{Error, accounts::session as sessions, clock, events::Event, token};
use entity::session;
use futures_util::future::join_all;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, PaginatorTrait};
use serde_json::{Value, json};
use twinspace::{app::housekeeping, auth::Viewer};

use crate::{
    accounts::account::{PASSWORD, SIGN_IN, opens, verified, with_email},
    support::{TestApp, on_both_databases, until},
};

const SESSIONS: &str = "{ viewer { sessions { id current userAgent expiresAt } } }";
const REVOKE: &str = "mutation($input: RevokeSessionInput!) {
    revokeSession(input: $input) { sessionId } }";

/// Signs in; the token.
pub async fn sign_in(app: &TestApp, email: &str) -> String {
    let input = json!({ "input": { "email": email, "password": PASSWORD } });
    let answer = app.execute(None, SIGN_IN, input).await;
    answer["data"]["signIn"]["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// Whether a token has stopped working.
pub async fn ended(app: &TestApp, token: &str) -> bool {
    match app.authenticate(Some(token)).await {
        Ok(_) => false,
        Err(Error::Unauthenticated) => true,
        Err(other) => panic!("{other:?}"),
    }
}

async fn only_row(app: &TestApp) -> session::Model {
    let rows = session::Entity::find().all(app.db.read()).await.unwrap();
    assert_eq!(rows.len(), 1);
    rows.into_iter().next().unwrap()
}

async fn change(app: &TestApp, change: impl FnOnce(&mut session::ActiveModel)) {
    let mut row = only_row(app).await.into_active_model();
    change(&mut row);
    let tx = app.db.begin().await.unwrap();
    row.update(&*tx).await.unwrap();
    tx.commit().await.unwrap();
}

fn ids(answer: &Value) -> Vec<&str> {
    let list = answer["data"]["viewer"]["sessions"].as_array().unwrap();
    list.iter().map(|session| session["id"].as_str().unwrap()).collect()
}

on_both_databases! {
    //
    async fn nothing_tells_why_a_sign_in_was_refused(app: TestApp) {
        verified(&app, "ada@example.org").await;
        let register = "mutation($input: RegisterInput!) { register(input: $input) { accepted } }";
        app.execute(None, register, crate::accounts::account::teacher("bea@example.org")).await;

        let mut answers = Vec::new();
        for (email, password) in [
            ("ada@example.org", "wrong 1 wrong"),
            ("ada@example.org", ""),
            ("bea@example.org", PASSWORD),
            ("nobody@example.org", PASSWORD),
            ("no address", PASSWORD),
        ] {
            let input = json!({ "input": { "email": email, "password": password } });
            answers.push(app.execute(None, SIGN_IN, input).await);
        }

        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        assert_eq!(answers[0]["errors"][0]["extensions"]["code"], "INVALID_CREDENTIALS");
        assert_eq!(session::Entity::find().count(app.db.read()).await.unwrap(), 1);
    }

    async fn whoever_signs_in_is_the_viewer_from_there_on(app: TestApp) {
        verified(&app, "ada@example.org").await;

        let operation = "mutation($input: SignInInput!) {
            signIn(input: $input) { session { current } viewer { email sessions { current } } }
            signOut { sessionId } }";
        let input = json!({ "input": { "email": " ADA@example.org ", "password": PASSWORD } });
        let answer = app.execute(None, operation, input).await;

        assert_eq!(answer["data"]["signIn"], json!({
            "session": { "current": true },
            "viewer": { "email": "ada@example.org",
                        "sessions": [{ "current": true }, { "current": false }] },
        }));
        assert!(answer["data"]["signOut"]["sessionId"].is_string());
        assert_eq!(session::Entity::find().count(app.db.read()).await.unwrap(), 1);
    }

    async fn whoever_signs_in_instead_of_another_has_their_own_name(app: TestApp) {
        verified(&app, "ada@example.org").await;
        let ada = with_email(&app, "ada@example.org").await;
        let bea = verified(&app, "bea@example.org").await;
        let rename = "mutation { editProfile(input: { name: \"Bea Nova\" }) { viewer { name } } }";
        app.execute(Some(&bea), rename, json!({})).await;
        let own = app.execute(Some(&bea), "{ viewer { name } }", json!({})).await;
        assert_eq!(own["data"]["viewer"]["name"], "Bea Nova");

        let operation = "mutation($input: SignInInput!) { signIn(input: $input) { viewer { name } } }";
        let input = json!({ "input": { "email": "ada@example.org", "password": PASSWORD } });
        let answer = app.execute(Some(&bea), operation, input).await;

        assert_eq!(answer["data"]["signIn"]["viewer"]["name"], ada.name);
    }

    //
    async fn a_token_is_kept_as_a_hash(app: TestApp) {
        let token = verified(&app, "ada@example.org").await;

        let row = only_row(&app).await;
        assert_eq!(token.len(), 43);
        assert_eq!(row.token_hash, token::hash(&token));
        assert!(!format!("{row:?}").contains(&token));
    }

    async fn who_asks_is_found_in_one_statement(app: TestApp) {
        let token = verified(&app, "ada@example.org").await;
        let id = with_email(&app, "ada@example.org").await.id;

        let (viewer, statements) = app.statements(app.authenticate(Some(&token))).await;

        assert_eq!(viewer.unwrap().account(), Some(id));
        assert_eq!(statements, 1);
        assert!(matches!(app.authenticate(None).await, Ok(Viewer::Anonymous)));
        assert!(ended(&app, "no token").await);
        let nobody = app.execute(None, "{ viewer { kind } }", json!({})).await;
        assert_eq!(nobody, json!({ "data": { "viewer": null } }));
    }

    async fn signing_out_ends_the_session(app: TestApp) {
        let token = verified(&app, "ada@example.org").await;
        let other = sign_in(&app, "ada@example.org").await;
        let account = with_email(&app, "ada@example.org").await.id;
        let mut heard = app.db.events().listen();

        let sign_out = "mutation { signOut { sessionId } }";
        assert_eq!(app.outcome(Some(&token), sign_out, json!({})).await, "OK");

        assert!(ended(&app, &token).await);
        assert!(!ended(&app, &other).await);
        assert_eq!(heard.recv().await.unwrap(), Event::SignedOut { account });
        assert_eq!(app.outcome(None, sign_out, json!({})).await, "UNAUTHENTICATED");
    }

    //
    async fn the_owner_lists_and_revokes_sessions_and_nobody_elses(app: TestApp) {
        let token = verified(&app, "ada@example.org").await;
        let lost = sign_in(&app, "ada@example.org").await;
        let third = sign_in(&app, "ada@example.org").await;
        let stranger = verified(&app, "bea@example.org").await;

        let answer = app.execute(Some(&token), SESSIONS, json!({})).await;
        let all = answer["data"]["viewer"]["sessions"].as_array().unwrap();
        let current: Vec<_> = all.iter().map(|session| session["current"] == true).collect();
        assert_eq!(current, [false, false, true]);

        let input = json!({ "input": { "sessionId": ids(&answer)[1] } });
        assert_eq!(app.outcome(Some(&stranger), REVOKE, input.clone()).await, "NOT_FOUND");
        assert!(!ended(&app, &lost).await);
        assert_eq!(app.outcome(Some(&token), REVOKE, input.clone()).await, "OK");
        assert!(ended(&app, &lost).await);
        assert_eq!(app.outcome(Some(&token), REVOKE, input).await, "NOT_FOUND");

        let others = "mutation { revokeOtherSessions { revokedCount } }";
        let answer = app.execute(Some(&token), others, json!({})).await;
        assert_eq!(answer, json!({ "data": { "revokeOtherSessions": { "revokedCount": 1 } } }));
        assert!(ended(&app, &third).await);
        assert!(!ended(&app, &token).await);
        assert!(!ended(&app, &stranger).await);
    }

    //
    async fn a_session_ends_without_use_and_in_any_case_after_a_time(app: TestApp) {
        let token = verified(&app, "ada@example.org").await;
        let now = clock::now();
        let idle = TimeDelta::days(app.config.accounts.session_idle_days.into());

        change(&app, |row| row.last_used_at = Set(now - idle)).await;
        assert!(ended(&app, &token).await);
        change(&app, |row| row.last_used_at = Set(now)).await;
        assert!(!ended(&app, &token).await);
        change(&app, |row| row.expires_at = Set(now)).await;
        assert!(ended(&app, &token).await);

        assert_eq!(session::Entity::find().count(app.db.read()).await.unwrap(), 1);
        housekeeping::round(&app).await.unwrap();
        assert_eq!(session::Entity::find().count(app.db.read()).await.unwrap(), 0);
    }

    async fn housekeeping_keeps_what_has_not_ended_and_stops_when_told(app: TestApp) {
        let token = verified(&app, "ada@example.org").await;

        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let house = housekeeping::run(std::sync::Arc::clone(&app), async { drop(stopped.await) });
        let house = tokio::spawn(house);
        tokio::time::sleep(Duration::from_millis(50)).await;
        stop.send(()).unwrap();
        tokio::time::timeout(Duration::from_secs(5), house).await.unwrap().unwrap();

        assert!(!ended(&app, &token).await);
    }

    async fn the_last_use_is_noted_once_a_minute(app: TestApp) {
        let token = verified(&app, "ada@example.org").await;
        let before = only_row(&app).await.last_used_at;
        assert!(!ended(&app, &token).await);
        let long_ago = clock::now() - TimeDelta::minutes(2);

        change(&app, |row| row.last_used_at = Set(long_ago)).await;
        assert!(!ended(&app, &token).await);

        // It is recorded in the background.
        until("the use is noted", async || only_row(&app).await.last_used_at >= before).await;
    }

    async fn an_account_has_a_hundred_sessions_at_most(app: TestApp) {
        let first = verified(&app, "ada@example.org").await;
        let id = with_email(&app, "ada@example.org").await.id;
        let lifetime = app.config.accounts.lifetime();

        let tx = app.db.begin().await.unwrap();
        for _ in 0..100 {
            sessions::open(&tx, id, sessions::Entry { user_agent: "a\u{7}b", lifetime, now: clock::now() }).await.unwrap();
        }
        tx.commit().await.unwrap();

        let rows = session::Entity::find().all(app.db.read()).await.unwrap();
        assert_eq!(rows.len(), 100);
        assert!(rows.iter().all(|row| row.user_agent == "ab"));
        assert!(ended(&app, &first).await);
    }

    //
    async fn guessing_a_password_is_slowed_down_whether_the_account_exists_or_not(app: TestApp) {
        verified(&app, "ada@example.org").await;

        for email in ["ada@example.org", "nobody@example.org"] {
            for _ in 0..10 {
                assert_eq!(opens(&app, email, "wrong").await, "INVALID_CREDENTIALS");
            }
            let input = json!({ "input": { "email": email.to_uppercase(), "password": PASSWORD } });
            let answer = app.execute(None, SIGN_IN, input).await;
            let told = &answer["errors"][0]["extensions"];
            assert_eq!(told["code"], "RATE_LIMITED");
            let after = told["retryAfter"].as_u64().unwrap();
            assert!((1..=31).contains(&after), "{after}");
        }
    }

    //
    async fn a_school_signs_in_from_one_address_all_at_once(app: TestApp) {
        let all = (0..100).map(|i| {
            let app = &app;
            async move { opens(app, &format!("teacher{i}@example.org"), PASSWORD).await }
        });

        let outcomes = join_all(all).await;

        assert_eq!(outcomes, ["INVALID_CREDENTIALS"; 100]);
    }

    //
    async fn a_network_address_has_a_limit_too(app: TestApp) {
        let app = app
            .another_instance_with(|config| config.accounts.address_tries = 3.try_into().unwrap())
            .await;

        for i in 0..3 {
            let email = format!("teacher{i}@example.org");
            assert_eq!(opens(&app, &email, PASSWORD).await, "INVALID_CREDENTIALS");
        }

        assert_eq!(opens(&app, "ada@example.org", PASSWORD).await, "RATE_LIMITED");
    }

    //
    async fn nobodys_mailbox_can_be_flooded(app: TestApp) {
        let resend = "mutation($input: ResendVerificationInput!) {
            resendVerification(input: $input) { accepted } }";
        let reset = "mutation($input: RequestPasswordResetInput!) {
            requestPasswordReset(input: $input) { accepted } }";
        let input = json!({ "input": { "email": "ada@example.org" } });

        for _ in 0..5 {
            assert_eq!(app.outcome(None, reset, input.clone()).await, "OK");
        }

        assert_eq!(app.outcome(None, reset, input.clone()).await, "RATE_LIMITED");
        assert_eq!(app.outcome(None, resend, input).await, "RATE_LIMITED");
    }
}

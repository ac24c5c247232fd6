//! Passwords.

use std::sync::Mutex;

use domain::{
    Error, Reason,
    accounts::{
        password::{Fault, LEAST, MOST, Password, Passwords},
        session::{self as sessions, Entry},
    },
    clock,
    events::Event,
    mail::Letter,
};
use entity::{Act, Purpose, account, audit};
use futures_util::future::join_all;
use proptest::prelude::*;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::json;

use crate::{
    accounts::{
        account::{
            PASSWORD, letters, mailed, opens, password, pupil, teacher, verified, with_email,
        },
        session::ended,
    },
    members::pupil::{invite, sign_in},
    support::{TestApp, config, on_both_databases, until},
};

const CHANGE: &str = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) {
    token session { current } viewer { email } passwordStrength { score advice { code message } } } }";
const REQUEST: &str = "mutation($input: RequestPasswordResetInput!) {
    requestPasswordReset(input: $input) { accepted } }";
const RESET: &str = "mutation($input: ResetPasswordInput!) {
    resetPassword(input: $input) { accepted passwordStrength { score } } }";

#[test]
fn a_password_has_8_to_128_characters_and_a_digit() {
    let faults = |text: &str| Password::choose(text).err().unwrap_or_default();

    assert_eq!(faults("abcdefg"), [Fault::TooShort, Fault::NoDigit]);
    assert_eq!(faults("abcdef1"), [Fault::TooShort]);
    assert_eq!(faults("abcdefgh"), [Fault::NoDigit]);
    assert_eq!(faults("abcdefg1"), []);
    assert_eq!(faults("пароль ٣ да"), []);
    assert_eq!(faults(&"1".repeat(128)), []);
    assert_eq!(faults(&"1".repeat(129)), [Fault::TooLong]);
    assert_eq!(faults("abcdefg1\n"), [Fault::NotPrintable]);
    assert_eq!(faults("abc\0defg1"), [Fault::NotPrintable]);
    // What cannot be seen does not count.
    assert_eq!(faults("a1\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}"), [Fault::TooShort]);
    assert_eq!(
        Password::choose("\u{feff}abc\u{ad}def\u{2060}g1\u{202e}").unwrap().reveal(),
        "abcdefg1"
    );
    // Counted as stored: each pair becomes one letter.
    assert_eq!(faults(&"e\u{301}".repeat(127)), [Fault::NoDigit]);
    assert_eq!(faults(&format!("1{}", "e\u{301}".repeat(127))), []);
}

//
#[tokio::test]
async fn many_hashes_share_little_memory_and_give_it_back() {
    let app = TestApp::on_sqlite().await;
    let password = password("a long story 1");

    join_all((0..50).map(|_| app.passwords.hash(&password))).await;

    let waiting = app.passwords.memory_waiting();
    assert!((1..=app.passwords.at_once()).contains(&waiting), "{waiting}");
    until("the memory is given back", async || app.passwords.memory_waiting() == 0).await;
    assert!(app.passwords.hash(&password).await.is_ok());
}

//
#[tokio::test]
async fn hashes_of_other_settings_fit_and_are_outdated() {
    use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
    let app = TestApp::on_sqlite().await;
    for (algorithm, version, memory, passes, lanes, length) in [
        (Algorithm::Argon2id, Version::V0x13, 64, 3, 1, None),
        (Algorithm::Argon2id, Version::V0x13, 64, 1, 4, Some(20)),
        (Algorithm::Argon2i, Version::V0x10, 16, 1, 1, Some(64)),
        (Algorithm::Argon2d, Version::V0x13, 16, 1, 2, None),
    ] {
        let params = Params::new(memory, passes, lanes, length).unwrap();
        let hash = Argon2::new(algorithm, version, params).hash_password(PASSWORD.as_bytes());
        let hash = hash.unwrap().to_string();
        let right = app.passwords.verify(PASSWORD, Some(&hash)).await.unwrap();
        assert_eq!((right.fits, right.outdated), (true, true), "{hash}");
        let wrong = app.passwords.verify("another one 1", Some(&hash)).await.unwrap();
        assert!(!wrong.fits, "{hash}");
    }
    let today = app.passwords.hash(&password(PASSWORD)).await.unwrap();
    assert!(today.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{today}");
    let right = app.passwords.verify(PASSWORD, Some(&today)).await.unwrap();
    assert_eq!((right.fits, right.outdated), (true, false));
    assert!(!app.passwords.verify(PASSWORD, None).await.unwrap().fits);
    assert!(app.passwords.verify(PASSWORD, Some("no hash")).await.is_err());
}

proptest! {
    #[test]
    fn the_rule_of_passwords_holds_for_any_text(text in "[\\PC&&[^\\p{Zl}\\p{Zp}]]{0,140}") {
        use unicode_normalization::UnicodeNormalization;
        let seen = text.chars().filter(|&letter| !domain::text::is_ignorable(letter));
        let normal: String = seen.nfc().collect();
        let length = normal.chars().count();
        let fits = (LEAST..=MOST).contains(&length) && normal.chars().any(char::is_numeric);
        let chosen = Password::choose(&text);
        prop_assert_eq!(chosen.is_ok(), fits, "{:?}", chosen);
        if let Ok(password) = chosen {
            prop_assert_eq!(password.reveal(), &normal);
            let decomposed: String = text.nfd().collect();
            prop_assert_eq!(Password::choose(&decomposed), Ok(password));
        }
    }
}

#[test]
fn a_generated_password_satisfies_the_rule_and_is_not_shown_by_accident() {
    let password = Password::generate().unwrap();

    assert_eq!(password.reveal().len(), 19);
    assert_eq!(format!("{password:?}"), "Password(…)");
    assert_ne!(Password::generate().unwrap(), password);
}

on_both_databases! {
    //
    async fn accents_may_be_typed_in_either_way(app: TestApp) {
        let mut input = teacher("ada@example.org");
        input["input"]["password"] = json!("cafe\u{301} cre\u{300}me 1");
        let register = "mutation($input: RegisterInput!) { register(input: $input) { accepted } }";
        app.execute(None, register, input).await;
        let id = with_email(&app, "ada@example.org").await.id;
        let token = mailed(&app, Purpose::VerifyEmail, id).await;
        let verify = "mutation($input: VerifyEmailInput!) { verifyEmail(input: $input) { token } }";
        let input = json!({ "input": { "token": token, "password": "café crème 1" } });
        assert_eq!(app.outcome(None, verify, input).await, "OK");

        assert_eq!(opens(&app, "ada@example.org", "café crème 1").await, "OK");
        assert_eq!(opens(&app, "ada@example.org", "cafe\u{301} crème 1").await, "OK");
        assert_eq!(opens(&app, "ada@example.org", "cafe creme 1").await, "INVALID_CREDENTIALS");
    }

    // A-06, M-09
    async fn what_cannot_be_seen_in_a_password_need_not_be_typed(app: TestApp) {
        let space = app.space().await;
        let rows = json!([{ "givenName": "Ella", "familyName": "Smith",
            "password": "sun\u{ad}flower\u{200b} \u{2764}\u{fe0f}7" }]);
        let made = invite(&app, &space.founders[0], &space, rows).await;
        let card = made[0]["password"].as_str().unwrap();
        assert_eq!(card, "sunflower \u{2764}7");
        for typed in [card, "sun\u{ad}flower\u{200b} \u{2764}\u{fe0f}7", "sunflower\u{2060} \u{2764}\u{fe0f}7"] {
            let entered = sign_in(&app, made[0]["username"].as_str().unwrap(), typed).await;
            assert!(entered.get("errors").is_none(), "{typed:?}: {entered}");
        }
    }

    //
    async fn a_new_password_ends_all_sessions_and_begins_one(app: TestApp) {
        let token = verified(&app, "ada@example.org").await;
        let other = crate::accounts::session::sign_in(&app, "ada@example.org").await;
        let stranger = verified(&app, "bea@example.org").await;
        let id = with_email(&app, "ada@example.org").await.id;
        let link = mailed(&app, Purpose::ResetPassword, id).await;
        let mut heard = app.db.events().listen();

        let input = json!({ "input": { "currentPassword": PASSWORD, "newPassword": "ada1990 x" } });
        let answer = app.execute(Some(&token), CHANGE, input).await;

        let changed = &answer["data"]["changePassword"];
        assert_eq!(changed["session"]["current"], true, "{answer}");
        assert_eq!(changed["viewer"]["email"], "ada@example.org");
        assert!(changed["passwordStrength"]["score"].as_u64().unwrap() < 4);
        assert!(ended(&app, &token).await);
        assert!(ended(&app, &other).await);
        assert!(!ended(&app, changed["token"].as_str().unwrap()).await);
        assert!(!ended(&app, &stranger).await);
        assert_eq!(heard.recv().await.unwrap(), Event::SignedOut { account: id });
        assert_eq!(opens(&app, "ada@example.org", PASSWORD).await, "INVALID_CREDENTIALS");
        assert_eq!(opens(&app, "ada@example.org", "ada1990 x").await, "OK");
        let input = json!({ "input": { "token": link, "newPassword": "a stale link 1" } });
        assert_eq!(app.outcome(None, RESET, input).await, "NOT_FOUND");
        let lines = audit::Entity::find().all(app.db.read()).await.unwrap();
        let told = lines.iter().find(|line| line.act == Act::PasswordChanged).unwrap();
        assert_eq!((told.actor_id, told.account_id), (Some(id), Some(id)));
    }

    async fn changing_the_password_takes_the_old_one_and_a_fit_new_one(app: TestApp) {
        let token = verified(&app, "ada@example.org").await;

        let input = json!({ "input": { "currentPassword": "wrong", "newPassword": "a new one 1" } });
        assert_eq!(app.outcome(Some(&token), CHANGE, input).await, "INVALID_CREDENTIALS");
        let input = json!({ "input": { "currentPassword": PASSWORD, "newPassword": "weak" } });
        let answer = app.execute(Some(&token), CHANGE, input).await;
        assert_eq!(answer["errors"][0]["extensions"]["field"], "newPassword");
        assert!(!ended(&app, &token).await);
        assert_eq!(app.outcome(None, CHANGE, json!({ "input": {
            "currentPassword": PASSWORD, "newPassword": "a new one 1" } })).await, "UNAUTHENTICATED");
    }

    //
    async fn a_pupil_may_not_change_the_password(app: TestApp) {
        let kim = pupil(&app, "kim.l.1").await;
        let tx = app.db.begin().await.unwrap();
        let lifetime = app.config.accounts.lifetime();
        let (token, _) = sessions::open(&tx, kim.id, Entry { user_agent: "", lifetime, now: clock::now() }).await.unwrap();
        tx.commit().await.unwrap();

        let input = json!({ "input": { "currentPassword": PASSWORD, "newPassword": "a new one 1" } });
        let answer = app.execute(Some(&token), CHANGE, input).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN");
        assert_eq!(answer["errors"][0]["extensions"]["reason"], "ROLE_TOO_LOW");
        let link = mailed(&app, Purpose::ResetPassword, kim.id).await;
        let chosen = password("a new one 1");
        let reset = sessions::reset_password(&app.db, &app.passwords, &link, &chosen, clock::now());
        assert!(matches!(reset.await, Err(Error::Forbidden(Reason::RoleTooLow))));
    }

    //
    async fn asking_for_a_reset_answers_alike_and_mails_to_verified_addresses_alone(app: TestApp) {
        verified(&app, "ada@example.org").await;
        let register = "mutation($input: RegisterInput!) { register(input: $input) { accepted } }";
        app.execute(None, register, teacher("bea@example.org")).await;

        let mut answers = Vec::new();
        for email in ["Ada@example.org", "bea@example.org", "nobody@example.org", "no address"] {
            let input = json!({ "input": { "email": email } });
            answers.push(app.execute(None, REQUEST, input).await);
        }

        answers.dedup();
        assert_eq!(answers, [json!({ "data": { "requestPasswordReset": { "accepted": true } } })]);
        assert_eq!(
            letters(&app, "ada@example.org").await,
            [Letter::ResetPassword { name: "Ada Beispiel".into() }]
        );
        assert!(!letters(&app, "bea@example.org").await.contains(
            &Letter::ResetPassword { name: "Ada Beispiel".into() }
        ));
        assert_eq!(app.outbox().await.len(), 2);
    }

    //
    async fn a_reset_works_once_and_ends_all_sessions(app: TestApp) {
        let session = verified(&app, "ada@example.org").await;
        let id = with_email(&app, "ada@example.org").await.id;
        let token = mailed(&app, Purpose::ResetPassword, id).await;
        let second = mailed(&app, Purpose::ResetPassword, id).await;

        let short = json!({ "input": { "token": token, "newPassword": "short" } });
        assert_eq!(app.outcome(None, RESET, short).await, "BAD_USER_INPUT");
        let all = (0..8).map(|i| {
            let input = json!({ "input": { "token": token, "newPassword": format!("new one {i}") } });
            app.outcome(None, RESET, input)
        });
        let outcomes = join_all(all).await;

        let won: Vec<_> = (0..8).filter(|&i| outcomes[i] == "OK").collect();
        assert_eq!(won.len(), 1, "{outcomes:?}");
        assert_eq!(outcomes.iter().filter(|outcome| *outcome == "NOT_FOUND").count(), 7);
        assert!(ended(&app, &session).await);
        assert_eq!(opens(&app, "ada@example.org", PASSWORD).await, "INVALID_CREDENTIALS");
        assert_eq!(opens(&app, "ada@example.org", &format!("new one {}", won[0])).await, "OK");
        let input = json!({ "input": { "token": second, "newPassword": "another one 1" } });
        assert_eq!(app.outcome(None, RESET, input).await, "NOT_FOUND");
        let verify = "mutation($input: VerifyEmailInput!) { verifyEmail(input: $input) { token } }";
        let reset = mailed(&app, Purpose::ResetPassword, id).await;
        let input = json!({ "input": { "token": reset, "password": PASSWORD } });
        assert_eq!(app.outcome(None, verify, input).await, "NOT_FOUND");
    }

    async fn changes_and_resets_at_once_wait_for_each_other(app: TestApp) {
        verified(&app, "ada@example.org").await;
        let id = with_email(&app, "ada@example.org").await.id;
        for _ in 0..3 {
            sessions::request_password_reset(&app.db, "ada@example.org", clock::now()).await.unwrap();
        }
        let link = mailed(&app, Purpose::ResetPassword, id).await;

        let all = (0..10).map(|i| {
            let (app, link) = (&app, &link);
            let new = password(&format!("new one {i}"));
            let (db, passwords, now) = (&app.db, &app.passwords, clock::now());
            let lifetime = app.config.accounts.lifetime();
            async move {
                if i % 2 == 0 {
                    sessions::change_password(db, passwords, id, PASSWORD, &new, Entry { user_agent: "", lifetime, now })
                        .await
                        .map(drop)
                } else {
                    sessions::reset_password(db, passwords, link, &new, now).await.map(drop)
                }
            }
        });
        let results = join_all(all).await;

        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
        let refused =
            |result| matches!(result, &Err(Error::NotFound(_) | Error::InvalidCredentials) | &Ok(()));
        assert!(results.iter().all(refused), "{results:?}");
        assert!(app.outbox().await.is_empty());
    }

    async fn a_hash_of_older_settings_is_renewed_at_sign_in(app: TestApp) {
        let session = verified(&app, "ada@example.org").await;
        let before = with_email(&app, "ada@example.org").await.password_hash;
        let newer = app.another_instance_with(|config| config.accounts.argon2_passes = 2).await;

        assert_eq!(opens(&newer, "ada@example.org", PASSWORD).await, "OK");

        let after = with_email(&app, "ada@example.org").await.password_hash;
        assert!(before.contains(",t=1,") && after.contains(",t=2,"), "{before} {after}");
        assert!(!ended(&app, &session).await);
        assert_eq!(opens(&newer, "ada@example.org", PASSWORD).await, "OK");
        assert_eq!(with_email(&app, "ada@example.org").await.password_hash, after);
    }

    //
    async fn a_password_that_is_changed_during_a_sign_in_opens_nothing(app: TestApp) {
        verified(&app, "ada@example.org").await;
        let seen = domain::accounts::account::with_email(app.db.read(), "ada@example.org").await;
        let mut row = with_email(&app, "ada@example.org").await.into_active_model();
        row.password_hash = Set(app.passwords.hash(&password("changed 1")).await.unwrap());
        let tx = app.db.begin().await.unwrap();
        let _: account::Model = row.update(&*tx).await.unwrap();
        tx.commit().await.unwrap();

        let lifetime = app.config.accounts.lifetime();
        let result = sessions::sign_in(
            &app.db, &app.passwords, seen.unwrap(), PASSWORD, Entry { user_agent: "", lifetime, now: clock::now() },
        ).await;

        assert!(matches!(result, Err(Error::InvalidCredentials)), "{result:?}");
    }

    //
    async fn advice_is_given_and_a_weak_password_is_not_refused(app: TestApp) {
        let register = "mutation($input: RegisterInput!) {
            register(input: $input) { passwordStrength { score advice { code message } } } }";
        let mut input = teacher("ada@example.org");
        input["input"]["password"] = json!("password1");
        let answer = app.execute(None, register, input).await;

        let strength = &answer["data"]["register"]["passwordStrength"];
        assert_eq!(strength["score"], 0, "{answer}");
        let advice = strength["advice"].as_array().unwrap();
        let codes: Vec<_> = advice.iter().map(|one| one["code"].as_str().unwrap()).collect();
        assert_eq!(codes, ["COMMON", "ADD_WORDS"]);
        assert_eq!(advice[0]["message"], "This is a very common password.");

        // The name does not make it stronger, and a long one takes no longer.
        let long = format!("1{}", "ab3".repeat(42));
        let estimate = app.passwords.estimate(&password(&long), vec!["Ada".into()]).await.unwrap();
        assert!(estimate.score <= 4);
    }
}

//
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sign_in_does_not_wait_behind_a_class() {
    let passwords = Passwords::new(config().accounts.password_cost()).unwrap();
    let ada = password("watching bees 1");
    let hash = passwords.hash(&ada).await.unwrap();
    let class: Vec<_> = (0..60).map(|row| (row, Password::generate().unwrap())).collect();
    let first = Mutex::new(None);
    let is_over = |who| *first.lock().unwrap().get_or_insert(who);
    let class = async {
        assert_eq!(passwords.hash_class(class).await.unwrap().len(), 60);
        is_over("the class")
    };
    let sign_in = async {
        // The class is polled first, and has begun.
        assert!(passwords.verify(ada.reveal(), Some(&hash)).await.unwrap().fits);
        is_over("the sign-in")
    };
    assert_eq!(tokio::join!(class, sign_in), ("the sign-in", "the sign-in"));
}

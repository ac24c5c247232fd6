//! Accounts.

use domain::{
    Error, Reason,
    accounts::{account as accounts, school::Named},
    clock,
    mail::Letter,
    text, token,
};
use entity::{AccountId, AccountKind, Purpose, account, audit, school, token as token_row};
use futures_util::future::join_all;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, PaginatorTrait};
use serde_json::{Value, json};

use crate::support::{TestApp, on_both_databases};

mod command;
mod profile;

pub const PASSWORD: &str = "a long story 1";

pub const REGISTER: &str =
    "mutation($input: RegisterInput!) { register(input: $input) { accepted } }";
const VERIFY: &str = "mutation($input: VerifyEmailInput!) {
    verifyEmail(input: $input) { token viewer { name emailVerified } } }";
const RESEND: &str = "mutation($input: ResendVerificationInput!) {
    resendVerification(input: $input) { accepted } }";
pub const SIGN_IN: &str = "mutation($input: SignInInput!) {
    signIn(input: $input) { token session { current } viewer { name person { id } } } }";

/// The input of a teacher of a school in Bonn.
pub fn teacher(email: &str) -> Value {
    json!({ "input": {
        "email": email, "password": PASSWORD, "name": "Ada Beispiel",
        "school": { "name": "Gymnasium am Rhein", "town": "Bonn", "country": "de" },
        "subjects": ["Physics", "art", "physics"], "languages": ["de", "EN"],
    } })
}

/// The account with this address.
pub async fn with_email(app: &TestApp, email: &str) -> account::Model {
    account::Entity::with_email(email).one(app.db.read()).await.unwrap().unwrap()
}

/// A secret, as in the mail about this account.
pub async fn mailed(app: &TestApp, purpose: Purpose, id: AccountId) -> String {
    let tx = app.db.begin().await.unwrap();
    let day = chrono::TimeDelta::days(1);
    let secret = token::mint(&*tx, purpose, id.0, day, clock::now()).await.unwrap();
    tx.commit().await.unwrap();
    secret
}

/// The token of the first session of a teacher who has registered and verified the address.
pub async fn verified(app: &TestApp, email: &str) -> String {
    let answer = app.execute(None, REGISTER, teacher(email)).await;
    assert_eq!(answer, json!({ "data": { "register": { "accepted": true } } }));
    let token = mailed(app, Purpose::VerifyEmail, with_email(app, email).await.id).await;
    let input = json!({ "input": { "token": token, "password": PASSWORD } });
    let answer = app.execute(None, VERIFY, input).await;
    answer["data"]["verifyEmail"]["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// Whether this password opens the account with this address.
pub async fn opens(app: &TestApp, email: &str, password: &str) -> String {
    let input = json!({ "input": { "email": email, "password": password } });
    app.outcome(None, SIGN_IN, input).await
}

/// The mails pending for this address, oldest first.
pub async fn letters(app: &TestApp, email: &str) -> Vec<Letter> {
    let outbox = app.outbox().await;
    let to = outbox.into_iter().filter(|mail| mail.recipient == email);
    to.map(|mail| serde_json::from_value(mail.letter).unwrap()).collect()
}

/// The account of a pupil.
pub async fn pupil(app: &TestApp, username: &str) -> account::Model {
    let tx = app.db.begin().await.unwrap();
    let email = "pupil-to-be@example.org";
    let hash = app.passwords.hash(&password(PASSWORD)).await.unwrap();
    let kim = a_person(email, "Kim", hash);
    let id = accounts::create_guest(&tx, kim, clock::now()).await.unwrap();
    let row = account::Entity::find_by_id(id).one(&*tx).await.unwrap().unwrap();
    let mut row = row.into_active_model();
    row.kind = Set(AccountKind::Pupil);
    row.email = Set(None);
    row.verified_at = Set(None);
    row.username = Set(Some(username.into()));
    let row = row.update(&*tx).await.unwrap();
    tx.commit().await.unwrap();
    row
}

/// A valid password.
pub fn password(text: &str) -> domain::accounts::password::Password {
    domain::accounts::password::Password::choose(text).unwrap()
}

fn new_teacher(email: &str, name: &str) -> accounts::NewTeacher {
    accounts::NewTeacher {
        email: email.into(),
        password_hash: "none".into(),
        name: name.into(),
        school: Named {
            name: "Liceo".into(),
            town: "Rimini".into(),
            region: String::new(),
            country: "IT".into(),
        },
        subjects: Vec::new(),
        languages: Vec::new(),
        language: "en".into(),
    }
}

fn a_person<'a>(email: &'a str, name: &'a str, password_hash: String) -> accounts::NewPerson<'a> {
    accounts::NewPerson { email, name, password_hash, language: "en" }
}

on_both_databases! {
    //
    async fn a_teacher_registers_verifies_the_address_and_is_signed_in(app: TestApp) {
        let email = "Ada@Example.org";

        app.execute(None, REGISTER, teacher(email)).await;
        let row = with_email(&app, "ada@example.org").await;
        assert_eq!(row.verified_at, None);
        assert_eq!(
            letters(&app, "ada@example.org").await,
            [Letter::VerifyEmail { name: "Ada Beispiel".into() }]
        );

        let token = mailed(&app, Purpose::VerifyEmail, row.id).await;
        let input = json!({ "input": { "token": token, "password": PASSWORD } });
        let answer = app.execute(None, VERIFY, input).await;
        let verified = &answer["data"]["verifyEmail"];
        assert_eq!(verified["viewer"], json!({ "name": "Ada Beispiel", "emailVerified": true }));

        let token = verified["token"].as_str().unwrap();
        let all = "{ viewer { kind name email emailVerified username profile subjects languages
                     school { name town region country } } }";
        let (answer, statements) = app.statements(app.execute(Some(token), all, json!({}))).await;
        assert_eq!(answer, json!({ "data": { "viewer": {
            "kind": "TEACHER", "name": "Ada Beispiel", "email": "ada@example.org",
            "emailVerified": true, "username": null, "profile": "",
            "subjects": ["art", "physics"], "languages": ["de", "en"],
            "school": { "name": "Gymnasium am Rhein", "town": "Bonn", "region": null, "country": "DE" },
        } } }));
        // The session, the account with its school, the tags.
        assert_eq!(statements, 3);
        let made = audit::Entity::find().all(app.db.read()).await.unwrap();
        assert_eq!(made.iter().map(|line| line.account_id).collect::<Vec<_>>(), [Some(row.id)]);
    }

    //
    async fn registering_an_address_that_has_an_account_answers_alike_and_changes_nothing(app: TestApp) {
        verified(&app, "ada@example.org").await;
        let before = with_email(&app, "ada@example.org").await;
        let schools = school::Entity::find().count(app.db.read()).await.unwrap();

        let mut again = teacher("ada@example.org");
        again["input"]["password"] = json!("another password 2");
        again["input"]["school"]["name"] = json!("Another school");
        let taken = app.execute(None, REGISTER, again).await;
        let free = app.execute(None, REGISTER, teacher("bea@example.org")).await;

        assert_eq!(taken, free);
        assert_eq!(with_email(&app, "ada@example.org").await, before);
        assert_eq!(school::Entity::find().count(app.db.read()).await.unwrap(), schools);
        assert_eq!(
            letters(&app, "ada@example.org").await,
            [Letter::AlreadyRegistered { name: "Ada Beispiel".into() }]
        );
        assert_eq!(opens(&app, "ada@example.org", "another password 2").await, "INVALID_CREDENTIALS");
        assert_eq!(opens(&app, "ada@example.org", PASSWORD).await, "OK");
    }

    //
    async fn no_answer_about_an_address_comes_sooner_because_there_is_no_account(app: TestApp) {
        for (operation, input) in [
            (REGISTER, teacher("nobody@example.org")),
            (RESEND, json!({ "input": { "email": "no@example.org" } })),
        ] {
            let start = std::time::Instant::now();
            assert_eq!(app.outcome(None, operation, input).await, "OK");
            assert!(start.elapsed() >= std::time::Duration::from_millis(50));
        }
    }

    //
    async fn the_newest_registration_takes_over_an_address_that_was_never_verified(app: TestApp) {
        app.execute(None, REGISTER, teacher("ada@example.org")).await;
        let first = with_email(&app, "ada@example.org").await;
        let old = mailed(&app, Purpose::VerifyEmail, first.id).await;

        let mut newest = teacher("ada@example.org");
        newest["input"]["name"] = json!("The Real Ada");
        newest["input"]["password"] = json!("the real one 7");
        newest["input"]["subjects"] = json!(["music"]);
        app.execute(None, REGISTER, newest).await;

        let input = json!({ "input": { "token": old, "password": PASSWORD } });
        assert_eq!(app.outcome(None, VERIFY, input).await, "NOT_FOUND");
        assert_eq!(
            letters(&app, "ada@example.org").await,
            [Letter::VerifyEmail { name: "The Real Ada".into() }]
        );
        let new = mailed(&app, Purpose::VerifyEmail, first.id).await;
        let wrong = json!({ "input": { "token": new, "password": PASSWORD } });
        assert_eq!(app.outcome(None, VERIFY, wrong).await, "INVALID_CREDENTIALS");
        let right = json!({ "input": { "token": new, "password": "the real one 7" } });
        assert_eq!(app.outcome(None, VERIFY, right).await, "OK");
        let tags = accounts::tags(app.db.read(), first.id).await.unwrap();
        assert_eq!(tags.iter().map(|tag| tag.value.as_str()).collect::<Vec<_>>(), ["de", "en", "music"]);
    }

    //
    async fn of_many_registrations_of_one_address_one_account_is_left(app: TestApp) {
        let all = (0..32).map(|i| {
            let app = &app;
            async move {
                let teacher = new_teacher("ada@example.org", &format!("Ada {i}"));
                accounts::register(&app.db, teacher, clock::now()).await
            }
        });
        for result in join_all(all).await {
            result.unwrap();
        }

        assert_eq!(account::Entity::find().count(app.db.read()).await.unwrap(), 1);
        assert_eq!(school::Entity::find().count(app.db.read()).await.unwrap(), 1);
        assert_eq!(app.outbox().await.len(), 1);
        let row = with_email(&app, "ada@example.org").await;
        assert!(row.school_id.is_some());
        assert_eq!(row.name_key, text::key(&row.name));
    }

    //
    async fn one_who_has_not_verified_the_address_cannot_sign_in(app: TestApp) {
        app.execute(None, REGISTER, teacher("ada@example.org")).await;

        assert_eq!(opens(&app, "ada@example.org", PASSWORD).await, "INVALID_CREDENTIALS");
    }

    async fn of_many_who_use_a_link_at_once_one_verifies(app: TestApp) {
        app.execute(None, REGISTER, teacher("ada@example.org")).await;
        let id = with_email(&app, "ada@example.org").await.id;
        let token = mailed(&app, Purpose::VerifyEmail, id).await;

        let input = json!({ "input": { "token": token, "password": PASSWORD } });
        let all = (0..8).map(|_| app.outcome(None, VERIFY, input.clone()));
        let mut outcomes = join_all(all).await;
        outcomes.sort();

        assert_eq!(outcomes[..7], ["NOT_FOUND"; 7]);
        assert_eq!(outcomes[7], "OK");
        assert_eq!(token_row::Entity::find().count(app.db.read()).await.unwrap(), 0);
    }

    async fn a_link_is_kept_as_a_hash_and_ends(app: TestApp) {
        app.execute(None, REGISTER, teacher("ada@example.org")).await;
        let id = with_email(&app, "ada@example.org").await.id;
        let token = mailed(&app, Purpose::VerifyEmail, id).await;
        let row = token_row::Entity::find().one(app.db.read()).await.unwrap().unwrap();
        assert_eq!(row.hash, token::hash(&token));
        assert_ne!(row.hash, token);

        let tx = app.db.begin().await.unwrap();
        let mut row = row.into_active_model();
        row.expires_at = Set(clock::now());
        row.update(&*tx).await.unwrap();
        tx.commit().await.unwrap();

        let input = json!({ "input": { "token": token, "password": PASSWORD } });
        assert_eq!(app.outcome(None, VERIFY, input).await, "NOT_FOUND");
    }

    async fn asking_for_the_link_again_answers_alike_for_everyone(app: TestApp) {
        verified(&app, "bea@example.org").await;
        app.execute(None, REGISTER, teacher("ada@example.org")).await;

        let mut answers = Vec::new();
        for email in ["ada@example.org", "bea@example.org", "nobody@example.org", "no address"] {
            let input = json!({ "input": { "email": email } });
            answers.push(app.execute(None, RESEND, input).await);
        }

        answers.dedup();
        assert_eq!(answers, [json!({ "data": { "resendVerification": { "accepted": true } } })]);
        assert_eq!(letters(&app, "ada@example.org").await.len(), 1);
        assert!(letters(&app, "bea@example.org").await.is_empty());
        assert_eq!(app.outbox().await.len(), 1);
    }

    async fn all_that_is_wrong_with_a_registration_is_told_at_once(app: TestApp) {
        let input = json!({ "input": {
            "email": "no address", "password": "short", "name": " ",
            "school": { "name": "\u{7}", "town": "", "region": " ", "country": "XX" },
            "subjects": [""], "languages": ["xx"],
        } });
        let answer = app.execute(None, REGISTER, input).await;

        let told = &answer["errors"][0]["extensions"];
        assert_eq!(told["code"], "BAD_USER_INPUT");
        let problems = told["problems"].as_array().unwrap().iter();
        let codes: Vec<_> = problems.clone()
            .map(|problem| (problem["field"].as_str().unwrap(), problem["code"].as_str().unwrap())).collect();
        assert_eq!(codes, [
            ("email", "MALFORMED"), ("password", "TOO_SHORT"), ("password", "DIGIT_MISSING"), ("name", "MISSING"),
            ("school.country", "UNKNOWN"), ("school.name", "MISSING"), ("school.town", "MISSING"),
            ("subjects.0", "MISSING"), ("languages.0", "UNKNOWN"),
        ]);
        let short = json!({ "field": "password", "code": "TOO_SHORT", "message": "must have at least 8 characters", "min": 8 });
        assert!(problems.clone().any(|problem| *problem == short), "{answer}");
        assert_eq!(account::Entity::find().count(app.db.read()).await.unwrap(), 0);
    }

    // M-04
    async fn a_guest_takes_an_address_that_is_free_or_was_never_verified(app: TestApp) {
        app.execute(None, REGISTER, teacher("ada@example.org")).await;
        verified(&app, "bea@example.org").await;

        let tx = app.db.begin().await.unwrap();
        let now = clock::now();
        let [ada, bea] = ["ada@example.org", "bea@example.org"].map(|email| a_person(email, "Gus", "x".into()));
        let id = accounts::create_guest(&tx, ada, now).await.unwrap();
        let taken = accounts::create_guest(&tx, bea, now).await;
        tx.commit().await.unwrap();

        assert!(matches!(taken, Err(Error::Conflict(Reason::AccountExists))), "{taken:?}");
        let row = with_email(&app, "ada@example.org").await;
        assert_eq!((row.id, row.kind, row.school_id), (id, AccountKind::Guest, None));
        assert!(row.verified_at.is_some());
        assert!(accounts::tags(app.db.read(), id).await.unwrap().is_empty());
        assert!(letters(&app, "ada@example.org").await.is_empty());
    }
}

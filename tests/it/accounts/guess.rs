//! Guessing passwords, from several addresses and at several instances.

use std::{future::pending, mem, sync::Arc, time::Instant};

use async_graphql::{Request, Variables};
use domain::{Error, accounts::password::Password, clock, rate_limit as quotas};
use entity::{AccountKind, account, rate_limit};
use futures_util::future::join_all;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter,
};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use twinspace::{
    app::{App, housekeeping},
    auth::Client,
    config::Config,
    graphql::api::{Api, Caller},
};

use crate::support::{
    TestApp,
    cast::Person,
    on_both_databases,
    play::{mutation, verdict},
};

const PASSWORD: &str = "blue-whale-42";

/// Gives an account a password; returns what it signs in with.
async fn knows(app: &App, person: &Person, password: &str) -> String {
    let password = Password::choose(password).unwrap();
    let row = account::Entity::find_by_id(person.id).one(app.db.read()).await.unwrap().unwrap();
    let named = row.username.clone().or_else(|| row.email.clone()).unwrap();
    let mut row = row.into_active_model();
    row.password_hash = Set(app.passwords.hash(&password).await.unwrap());
    let tx = app.db.begin().await.unwrap();
    row.update(&*tx).await.unwrap();
    tx.commit().await.unwrap();
    named
}

/// Signs a pupil in from an address.
async fn enters(app: &Arc<App>, username: &str, password: &str, address: &str) -> Value {
    let client = Client { address: address.into(), ..Client::default() };
    let caller = Caller { client, request_id: "test".into(), ..Caller::default() };
    let input = json!({ "input": { "username": username, "password": password } });
    let request = Request::new(mutation("signInPupil", "__typename"));
    let request = request.variables(Variables::from_json(input));
    let answer = Api::new(Arc::clone(app)).execute(request, caller).await;
    serde_json::to_value(answer).unwrap()
}

async fn tries(app: &Arc<App>, username: &str, password: &str, address: &str) -> String {
    verdict(&enters(app, username, password, address).await)
}

async fn class(app: &TestApp) -> (Person, Person, String) {
    let teacher = app.teacher("Tina Teacher", "DK").await;
    let pupil = app.pupil("Class Account", &teacher).await;
    assert_eq!(pupil.kind, AccountKind::Pupil);
    let username = knows(app, &pupil, PASSWORD).await;
    (teacher, pupil, username)
}

on_both_databases! {
    //
    async fn a_class_signs_in_with_one_account_within_a_minute(app: TestApp) {
        let (_, _, username) = class(&app).await;
        for _ in 0..15 {
            assert_eq!(tries(&app, &username, PASSWORD, "192.0.2.1").await, "OK");
        }
        let all = (0..15).map(|_| tries(&app, &username, PASSWORD, "192.0.2.1"));
        assert_eq!(join_all(all).await, ["OK"; 15]);
    }

    async fn a_school_signs_in_at_once_from_one_address(app: TestApp) {
        let teacher = app.teacher("Tina Teacher", "DK").await;
        let mut usernames = vec![];
        for n in 0..30 {
            let pupil = app.pupil(&format!("Pupil {n}"), &teacher).await;
            usernames.push(knows(&app, &pupil, PASSWORD).await);
        }
        let few = |config: &mut Config| config.accounts.address_tries = 20.try_into().unwrap();
        let app = app.another_instance_with(few).await;
        let all = usernames.iter().map(|username| tries(&app, username, PASSWORD, "192.0.2.1"));
        assert_eq!(join_all(all).await, ["OK"; 30]);
        let wrong = usernames.iter().map(|username| tries(&app, username, "wrong 1", "192.0.2.1"));
        let outcomes = join_all(wrong).await;
        let compared = outcomes.iter().filter(|told| *told == "INVALID_CREDENTIALS").count();
        assert!((20..=21).contains(&compared), "{outcomes:?}");
    }

    async fn a_try_that_is_given_up_stays_counted(app: TestApp) {
        let limits = &app.limits;
        for _ in 0..10 {
            let (begin, begun) = oneshot::channel();
            let comparing = async {
                begin.send(()).unwrap();
                pending::<Result<(), Error>>().await
            };
            tokio::select! {
                _ = limits.guess("ada", "192.0.2.1", comparing) => unreachable!(),
                told = begun => told.unwrap(),
            }
        }
        let next = limits.guess("ada", "192.0.2.1", async { Ok(()) }).await;
        assert!(matches!(next, Err(Error::RateLimited(_))), "{next:?}");
    }

    // twelve wrong tries, the custodian's reset, and the new right password.
    async fn a_new_password_set_by_the_custodian_clears_the_wrong_tries(app: TestApp) {
        let (teacher, pupil, username) = class(&app).await;
        for n in 0..12 {
            let expected = if n < 10 { "INVALID_CREDENTIALS" } else { "RATE_LIMITED" };
            assert_eq!(tries(&app, &username, "wrong 1 wrong", "192.0.2.1").await, expected);
        }
        let input = json!({ "pupil": { "pupilId": pupil.id.to_string() }, "password": "red-panda-77" });
        assert_eq!(app.tries(&teacher, "resetPupilPassword", input).await, "OK");
        // The whole class, in the same minute.
        for _ in 0..15 {
            assert_eq!(tries(&app, &username, "red-panda-77", "192.0.2.1").await, "OK");
        }
    }

    async fn nobody_locks_a_child_out_from_elsewhere(app: TestApp) {
        let (_, _, username) = class(&app).await;
        for _ in 0..11 {
            tries(&app, &username, "wrong 1 wrong", "198.51.100.1").await;
        }
        assert_eq!(tries(&app, &username, "wrong 1 wrong", "198.51.100.1").await, "RATE_LIMITED");
        assert_eq!(tries(&app, &username, PASSWORD, "192.0.2.1").await, "OK");
    }

    async fn three_instances_and_their_restarts_allow_no_more_guesses_than_one(app: TestApp) {
        let (_, _, username) = class(&app).await;
        let begun = Instant::now();
        let mut instances = vec![app.another_instance().await, app.another_instance().await];
        instances.push(app);
        let guesses = async |instances: &[TestApp], count: usize| {
            let all = (0..count).map(|n| {
                tries(&instances[n % instances.len()], &username, "wrong 1 wrong", "192.0.2.1")
            });
            let outcomes = join_all(all).await;
            assert!(
                outcomes.iter().all(|told| ["INVALID_CREDENTIALS", "RATE_LIMITED"].contains(&&**told)),
                "{outcomes:?}"
            );
            outcomes.iter().filter(|told| *told == "INVALID_CREDENTIALS").count()
        };
        let mut compared = guesses(&instances, 60).await;
        assert!(compared >= 10, "{compared}");
        for n in 0..instances.len() {
            let restarted = instances[n].another_instance().await;
            drop(mem::replace(&mut instances[n], restarted));
            compared += guesses(&instances, 30).await;
        }
        // One attempt becomes available every half minute.
        let regained = usize::try_from(begun.elapsed().as_secs() / 30).unwrap() + 1;
        assert!(compared <= 10 + regained, "{compared} in {:?}", begun.elapsed());
    }

    async fn aliases_in_one_request_are_counted_too(app: TestApp) {
        let (_, _, username) = class(&app).await;
        let input = format!("input: {{ username: \"{username}\", password: \"wrong 1\" }}");
        let fields: Vec<_> =
            (0..20).map(|n| format!("a{n}: signInPupil({input}) {{ __typename }}")).collect();
        let mutations = fields.iter().map(|field| format!("mutation {{ {field} }}"));
        let mut compared = 0;
        for mutation in mutations {
            let answer = app.execute(None, &mutation, json!({})).await;
            compared += usize::from(verdict(&answer) == "INVALID_CREDENTIALS");
        }
        assert_eq!(compared, 10);
        let (_, _, other) = class(&app).await;
        let packed = format!("mutation {{ {} }}", fields.join(" ").replace(&username, &other));
        app.execute(None, &packed, json!({})).await;
        // The first failures may have ended the others before they were counted: in no case more
        // than ten.
        let mut left = 0;
        while tries(&app, &other, "wrong 1", "").await == "INVALID_CREDENTIALS" {
            left += 1;
        }
        assert!(left <= 10, "{left}");
    }

    async fn guessing_from_many_addresses_ends_and_keeps_out_no_address_that_was_right(app: TestApp) {
        let (_, _, username) = class(&app).await;
        let app = app
            .another_instance_with(|config| {
                config.accounts.account_tries_everywhere = 20.try_into().unwrap();
            })
            .await;
        assert_eq!(tries(&app, &username, PASSWORD, "192.0.2.1").await, "OK");
        for n in 0..20 {
            let address = format!("198.51.100.{n}");
            assert_eq!(tries(&app, &username, "wrong 1", &address).await, "INVALID_CREDENTIALS");
        }
        let answer = enters(&app, &username, "wrong 1", "203.0.113.1").await;
        assert_eq!(verdict(&answer), "RATE_LIMITED");
        assert!(answer["errors"][0]["extensions"]["retryAfter"].as_u64().unwrap() > 60);
        assert_eq!(tries(&app, &username, PASSWORD, "192.0.2.1").await, "OK");
    }

    async fn what_is_counted_is_kept_as_hashes_and_not_for_ever(app: TestApp) {
        let (_, _, username) = class(&app).await;
        tries(&app, &username, "wrong 1 wrong", "192.0.2.1").await;
        tries(&app, "nobody.here.1", "wrong 1 wrong", "192.0.2.1").await;
        let rows = rate_limit::Entity::find().all(app.db.read()).await.unwrap();
        assert_eq!(rows.len(), 5);
        assert!(rows.iter().all(|row| row.key.len() == 32 && u128::from_str_radix(&row.key, 16).is_ok()));

        let past = rate_limit::Column::FreeAt.gt(0);
        let tx = app.db.begin().await.unwrap();
        rate_limit::Entity::update_many()
            .set(rate_limit::ActiveModel { free_at: Set(1), ..Default::default() })
            .filter(past)
            .exec(&*tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        housekeeping::round(&app).await.unwrap();
        assert_eq!(rate_limit::Entity::find().count(app.db.read()).await.unwrap(), 0);
    }

    async fn what_is_being_counted_is_cleaned_up_later(app: TestApp) {
        if !app.is_postgresql() {
            // There, writes are serialised.
            return;
        }
        let row = rate_limit::Model { key: "a count".to_owned(), free_at: 1 };
        let tx = app.db.begin().await.unwrap();
        row.clone().into_active_model().insert(&*tx).await.unwrap();
        tx.commit().await.unwrap();
        let counting = app.db.begin().await.unwrap();
        rate_limit::ActiveModel { free_at: Set(2), ..row.into_active_model() }
            .update(&*counting)
            .await
            .unwrap();
        let tx = app.db.begin().await.unwrap();
        assert_eq!(quotas::expire(&*tx, clock::now()).await.unwrap(), 0);
        counting.commit().await.unwrap();
        assert_eq!(quotas::expire(&*tx, clock::now()).await.unwrap(), 1);
    }

    async fn chat_messages_are_counted_by_all_instances_together(app: TestApp) {
        let space = app.space().await;
        let two = |config: &mut Config| {
            config.talk.chat_messages = 2.try_into().unwrap();
        };
        let instances = [app.another_instance_with(two).await, app.another_instance_with(two).await];
        let said = json!({ "twinSpaceId": space.id.to_string(), "text": "Hello" });
        let author = &space.founders[0];
        let mut outcomes = vec![];
        for app in instances.iter().chain([&app.another_instance_with(two).await]) {
            outcomes.push(app.tries(author, "sendChatMessage", said.clone()).await);
        }
        assert_eq!(outcomes, ["OK", "OK", "RATE_LIMITED"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neighbours_in_an_ipv6_network_are_one_and_ipv4_addresses_are_not() {
    let app = TestApp::on_sqlite().await;
    let once = app.another_instance_with(|config| {
        config.accounts.address_searches = 1.try_into().unwrap();
    });
    let once = once.await;
    for (address, allowed) in [
        ("2001:db8:1:2::1", true),
        ("2001:db8:1:2:ffff::9", false),
        ("2001:db8:1:3::1", true),
        ("192.0.2.1", true),
        ("192.0.2.2", true),
        ("::ffff:192.0.2.1", false),
    ] {
        assert_eq!(once.limits.search(address).await.is_ok(), allowed, "{address}");
    }
}

//! An administrator's working day outside TwinSpaces: accounts and sessions, support services and
//! officers, the audit log of the server, and pending mails.

use std::sync::Arc;

use domain::clock::now;
use entity::{Act, audit};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use twinspace::config::in_force::{Setting, Source};

use crate::{
    care::staff::run,
    inside::media::{add, photo},
    members::pupil,
    server::wire::Wire,
    support::{TestApp, cast::Person, on_both_databases},
};

mod log;
mod service;

async fn administration(app: &TestApp, ada: &Person, fields: &str) -> Value {
    app.sees(ada, &format!("{{ administration {{ {fields} }} }}")).await["administration"].take()
}

async fn names(app: &TestApp, ada: &Person, filter: &str) -> Vec<String> {
    let list = format!("accounts{filter} {{ totalCount nodes {{ person {{ name }} }} }}");
    let accounts = administration(app, ada, &list).await["accounts"].take();
    let nodes = accounts["nodes"].as_array().unwrap();
    assert_eq!(accounts["totalCount"], nodes.len());
    nodes.iter().map(|node| node["person"]["name"].as_str().unwrap().to_owned()).collect()
}

/// The entries of this act: by whom.
async fn logged(app: &TestApp, act: Act) -> Vec<audit::Model> {
    let lines = audit::Entity::find().filter(audit::Column::Act.eq(act));
    lines.order_by_asc(audit::Column::Id).all(app.db.read()).await.unwrap()
}

fn id(person: &Person) -> Value {
    json!({ "personId": person.id.to_string() })
}

on_both_databases! {
    async fn accounts_of_adults_are_found_and_pupils_are_not_listed(app: TestApp) {
        let ada = app.administrator().await;
        let teacher = app.teacher("Ängela Teacher", "DE").await;
        app.officer("DE", "").await;
        app.guest("Gus Guest").await;
        app.pupil("Paula Pupil", &teacher).await;
        let all = ["Ada Admin", "Ängela Teacher", "Gus Guest", "Olga Officer"];
        assert_eq!(names(&app, &ada, "").await, all);
        assert_eq!(names(&app, &ada, "(filter: { search: \"ANGELA\" })").await, ["Ängela Teacher"]);
        assert_eq!(names(&app, &ada, &format!("(filter: {{ search: \"{}\" }})", teacher.email)).await, ["Ängela Teacher"]);
        assert_eq!(names(&app, &ada, "(filter: { kind: OFFICER })").await, ["Olga Officer"]);
        for none in ["(filter: { kind: PUPIL })", "(filter: { blocked: true })", "(filter: { search: \"Paula\" })"] {
            assert_eq!(names(&app, &ada, none).await, [] as [String; 0], "{none}");
        }
        let long = format!("{{ administration {{ accounts(filter: {{ search: \"{}\" }}) {{ totalCount }} }} }}", "a".repeat(201));
        assert_eq!(app.asks(&ada, &long).await, "BAD_USER_INPUT search");
        let fields = "accounts(filter: { kind: TEACHER }) { nodes { kind signIn school { country } service { name }
            custodian { name } emailVerified createdAt blockedAt blockReason twinSpaceCount pupilCount
            permissions { block { reason } unblock { reason } endSessions { reason } } } }";
        let mut seen = administration(&app, &ada, fields).await["accounts"]["nodes"][0].take();
        assert!(seen["createdAt"].take().is_string());
        assert_eq!(seen, json!({ "kind": "TEACHER", "signIn": teacher.email, "school": { "country": "DE" },
            "service": null, "custodian": null, "emailVerified": true, "createdAt": null, "blockedAt": null,
            "blockReason": null, "twinSpaceCount": 0, "pupilCount": 1, "permissions": {
                "block": { "reason": null }, "unblock": { "reason": "ALREADY_DONE" }, "endSessions": { "reason": null } } }));
        let mut after = String::new();
        for name in all {
            let page = format!("accounts(first: 1{after}) {{ nodes {{ person {{ name }} }} pageInfo {{ endCursor }} }}");
            let page = administration(&app, &ada, &page).await["accounts"].take();
            assert_eq!(page["nodes"][0]["person"]["name"], name);
            after = format!(", after: {}", page["pageInfo"]["endCursor"]);
        }
    }

    //
    async fn a_pupil_is_found_by_the_exact_username_and_that_is_logged(app: TestApp) {
        let space = app.space().await;
        let ada = app.administrator().await;
        let rows = json!([{ "givenName": "Paul", "familyName": "P" }]);
        pupil::invite(&app, &space.founders[0], &space, rows).await;
        let look = |who: &str| json!({ "signIn": who });
        let fields = "account { person { name } kind signIn custodian { name } twinSpaceCount }";
        let found = app.does(&ada, "lookUpAccount", look("Paul.P.1"), fields).await;
        assert_eq!(found["account"], json!({ "person": { "name": "Paul P" }, "kind": "PUPIL", "signIn": "paul.p.1",
            "custodian": { "name": "Frida Founder" }, "twinSpaceCount": 1 }));
        for none in ["paul.p", "paul", "", "nobody@example.org"] {
            assert_eq!(app.tries(&ada, "lookUpAccount", look(none)).await, "NOT_FOUND", "{none}");
        }
        let found = app.does(&ada, "lookUpAccount", look(&ada.email), fields).await;
        assert_eq!(found["account"]["kind"], "ADMINISTRATOR");
        let lines = logged(&app, Act::PupilsLookedUp).await;
        // In vain, too, and then without what was typed; but not of addresses.
        assert!(lines.iter().all(|line| line.actor_id == Some(ada.id)), "{lines:?}");
        assert_eq!(lines.iter().map(|line| line.account_id.is_some()).collect::<Vec<_>>(), [true, false, false, false]);
        assert!(!serde_json::to_string(&lines[1].details).unwrap().contains("paul"));
    }

    // A-05, M-11
    async fn look_ups_of_usernames_by_an_administrator_are_limited(app: TestApp) {
        let few = |config: &mut twinspace::config::Config| config.accounts.pupil_usernames = 5.try_into().unwrap();
        let app = app.another_instance_with(few).await;
        let [ada, other] = [app.administrator().await, app.administrator().await];
        let mut outcomes = vec![];
        for n in 1..=6 {
            outcomes.push(app.tries(&ada, "lookUpAccount", json!({ "signIn": format!("ana.silva.{n}") })).await);
        }
        assert_eq!(outcomes, ["NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "NOT_FOUND", "RATE_LIMITED"]);
        // Addresses of adults are listed anyway, and everybody has a limit of their own.
        assert_eq!(app.tries(&ada, "lookUpAccount", json!({ "signIn": ada.email })).await, "OK");
        assert_eq!(app.tries(&other, "lookUpAccount", json!({ "signIn": "ana.silva.1" })).await, "NOT_FOUND");
        assert_eq!(logged(&app, Act::PupilsLookedUp).await.len(), 6);
    }

    //
    async fn nothing_is_done_with_an_account_that_is_erased(app: TestApp) {
        let ada = app.administrator().await;
        let tina = app.teacher("Tina", "DE").await;
        let olga = app.officer("FR", "").await;
        domain::accounts::erasure::erase_of(&app.db, &tina.email, now()).await.unwrap();
        app.does(&ada, "removeOfficer", id(&olga), "__typename").await;
        let friend = app.teacher("Friend", "FR").await;
        let service = app.officer("ES", "").await.service.unwrap().to_string();
        for gone in [&tina, &olga] {
            let with = |field: &str, value: &str| json!({ "personId": gone.id.to_string(), field: value });
            for (act, input) in [
                ("blockAccount", with("reason", "Late")),
                ("unblockAccount", id(gone)),
                ("endSessions", id(gone)),
                ("moveOfficer", with("serviceId", &service)),
                ("removeOfficer", id(gone)),
                ("admitTeacher", id(gone)),
                ("declineTeacher", with("reason", "Late")),
                ("lookUpAccount", json!({ "signIn": gone.email })),
            ] {
                assert_eq!(app.tries(&ada, act, input).await, "NOT_FOUND", "{act}");
            }
            let ask = json!({ "personId": gone.id.to_string() });
            assert_eq!(app.tries(&friend, "requestContact", ask).await, "NOT_FOUND");
        }
        assert_eq!(logged(&app, Act::AccountBlocked).await.len(), 0);
    }

    // The rest of what a page asks for is answered.
    async fn administration_is_null_for_everybody_else(app: TestApp) {
        let tina = app.teacher("Tina", "DE").await;
        let query = "{ viewer { name } administration { accounts { totalCount } } }";
        let answer = app.execute(Some(&tina.token), query, json!({})).await;
        assert_eq!(answer["data"], json!({ "viewer": { "name": "Tina" }, "administration": null }));
        assert_eq!(answer["errors"][0]["extensions"]["reason"], "NOT_AN_ADMINISTRATOR");
    }

    //
    async fn an_account_is_blocked_for_a_reason_and_unblocked(app: TestApp) {
        let ada = app.administrator().await;
        let tina = app.teacher("Tina", "DE").await;
        for reason in ["", " ", &"x".repeat(1001)] {
            let input = json!({ "personId": tina.id.to_string(), "reason": reason });
            assert_eq!(app.tries(&ada, "blockAccount", input).await, "BAD_USER_INPUT reason");
        }
        let block = |who: &Person| json!({ "personId": who.id.to_string(), "reason": "The school called." });
        assert_eq!(app.tries(&ada, "unblockAccount", id(&tina)).await, "CONFLICT ALREADY_DONE");
        let told = "account { blockReason blockedAt permissions { block { reason } unblock { reason } } }";
        let blocked = app.does(&ada, "blockAccount", block(&tina), told).await["account"].take();
        assert_eq!(blocked["blockReason"], "The school called.");
        assert!(blocked["blockedAt"].is_string());
        assert_eq!(blocked["permissions"], json!({ "block": { "reason": "ALREADY_DONE" }, "unblock": { "reason": null } }));
        assert_eq!(app.asks(&tina, "{ viewer { id } }").await, "UNAUTHENTICATED");
        assert_eq!(app.tries(&ada, "blockAccount", block(&tina)).await, "CONFLICT ALREADY_DONE");
        assert_eq!(names(&app, &ada, "(filter: { blocked: true })").await, ["Tina"]);
        let told = app.does(&ada, "unblockAccount", id(&tina), "account { blockReason blockedAt }").await;
        assert_eq!(told["account"], json!({ "blockReason": null, "blockedAt": null }));
        for act in ["blockAccount", "unblockAccount", "endSessions"] {
            let input = if act == "blockAccount" { block(&ada) } else { id(&ada) };
            assert_eq!(app.tries(&ada, act, input).await, "FORBIDDEN YOURSELF", "{act}");
        }
        for act in [Act::AccountBlocked, Act::AccountUnblocked] {
            let lines = logged(&app, act).await;
            assert_eq!((lines.len(), lines[0].actor_id, lines[0].account_id), (1, Some(ada.id), Some(tina.id)));
            // A reason may name people, and so it is not in the log.
            assert!(!serde_json::to_string(&lines[0].details).unwrap().contains("school"));
        }
        // The operator gives one, too.
        run(&app, &["account", "block", &tina.email, "--reason", "A phone call"]).await.unwrap();
        let seen = administration(&app, &ada, "accounts(filter: { blocked: true }) { nodes { blockReason } }").await;
        assert_eq!(seen["accounts"]["nodes"], json!([{ "blockReason": "A phone call" }]));
        assert_eq!(logged(&app, Act::AccountBlocked).await[1].actor_id, None);
    }

    //
    async fn what_is_done_to_a_pupil_s_account_is_in_the_twinspace_s_log_and_the_custodian_is_told(app: TestApp) {
        let space = app.space().await;
        let frida = &space.founders[0];
        let ada = app.administrator().await;
        let rows = json!([{ "givenName": "Paul", "familyName": "P" }]);
        pupil::invite(&app, frida, &space, rows).await;
        let found = app.does(&ada, "lookUpAccount", json!({ "signIn": "paul.p.1" }), "account { person { id } }").await;
        let paul = found["account"]["person"]["id"].clone();
        app.does(&ada, "blockAccount", json!({ "personId": paul, "reason": "Lost tablet" }), "__typename").await;
        app.does(&ada, "endSessions", json!({ "personId": paul }), "__typename").await;
        app.does(&ada, "unblockAccount", json!({ "personId": paul }), "__typename").await;
        let acts = app.acts(frida, &space.project.to_string()).await;
        assert_eq!(acts[acts.len() - 3..], ["ACCOUNT_BLOCKED", "SESSIONS_ENDED", "ACCOUNT_UNBLOCKED"]);
        let news = "{ viewer { notifications { nodes { subject { ... on PupilNews { act actor { name } } } } } } }";
        let news = app.sees(frida, news).await["viewer"]["notifications"]["nodes"].take();
        assert_eq!(news.as_array().unwrap().len(), 3);
        assert!(news.as_array().unwrap().iter().all(|one| one["subject"]["actor"]["name"] == "Ada Admin"), "{news}");
    }

    //
    async fn the_sessions_of_an_account_are_seen_and_ended(app: TestApp) {
        let ada = app.administrator().await;
        let tina = app.teacher("Tina", "DE").await;
        app.sign_in(tina.id).await;
        let sessions = format!("sessions(personId: \"{}\") {{ userAgent createdOn lastUsedOn current }}", tina.id);
        let seen = administration(&app, &ada, &sessions).await["sessions"].take();
        assert_eq!(seen.as_array().unwrap().len(), 2);
        // M-02: the hour is for the owner alone.
        let today = now().date_naive().to_string();
        assert_eq!(seen[0], json!({ "userAgent": "test", "createdOn": today, "lastUsedOn": today, "current": false }));
        app.does(&ada, "endSessions", id(&tina), "account { person { name } }").await;
        assert_eq!(administration(&app, &ada, &sessions).await["sessions"], json!([]));
        assert_eq!(app.asks(&tina, "{ viewer { id } }").await, "UNAUTHENTICATED");
        let nobody = json!({ "personId": entity::AccountId::new().to_string() });
        assert_eq!(app.tries(&ada, "endSessions", nobody).await, "NOT_FOUND");
        run(&app, &["account", "sessions", &tina.email, "--end"]).await.unwrap();
        let lines = logged(&app, Act::SessionsEnded).await;
        assert_eq!(lines.iter().map(|line| line.actor_id).collect::<Vec<_>>(), [Some(ada.id), None]);
    }

    async fn pending_mails_are_seen_and_tried_again(app: TestApp) {
        let ada = app.administrator().await;
        let founding = crate::projects::project::Founding::of(&app).await;
        founding.reach(&app, "PENDING_PARTNER").await;
        let list = "mails { totalCount nodes { mailId recipient letter attempts createdAt dueAt } }";
        let seen = administration(&app, &ada, list).await["mails"].take();
        assert_eq!(seen["totalCount"], 1);
        let mail = &seen["nodes"][0];
        assert_eq!((&mail["recipient"], &mail["attempts"]), (&json!(founding.cofounder.email), &json!(0)));
        assert_eq!(mail["letter"], "projectNews");
        for (failed, count) in [(true, 0), (false, 1)] {
            let list = format!("mails(failed: {failed}) {{ totalCount }}");
            assert_eq!(administration(&app, &ada, &list).await["mails"]["totalCount"], count);
        }
        let later = now() + chrono::TimeDelta::hours(5);
        let id = app.outbox().await[0].id;
        domain::mail::retry(&app.db, id, later).await.unwrap();
        let retried = app.does(&ada, "retryMails", json!({ "mailId": mail["mailId"] }), "mailCount").await;
        assert_eq!(retried["mailCount"], 1);
        assert!(app.outbox().await[0].due_at < later);
        assert_eq!(app.does(&ada, "retryMails", json!({}), "mailCount").await["mailCount"], 0);
        let none = json!({ "mailId": entity::MailId::new().to_string() });
        assert_eq!(app.tries(&ada, "retryMails", none).await, "NOT_FOUND");
        let lines = logged(&app, Act::MailRetried).await;
        assert_eq!(lines.iter().map(|line| line.actor_id).collect::<Vec<_>>(), [Some(ada.id); 2]);
    }

    // An administrator who was removed meanwhile does nothing any more.
    // T-03
    async fn storage_is_shown_by_twinspace_and_settings_without_secrets(app: TestApp) {
        let wire = Wire::of(Arc::clone(&app)).await;
        let space = app.space().await;
        app.space().await;
        let ada = app.administrator().await;
        add(&wire, &space.founders[0], &space, "bee.jpg", &photo(), &[]).await;
        let fields = "storage { bytes count } storageByTwinSpace { totalCount nodes { projectId projectTitle bytes count } }
            settings { name value source }";
        let seen = administration(&app, &ada, fields).await;
        let bytes = &seen["storage"]["bytes"];
        assert!(bytes.as_f64().unwrap() > 0.0);
        assert_eq!(seen["storage"]["count"], 1);
        assert_eq!(seen["storageByTwinSpace"], json!({ "totalCount": 1, "nodes": [{ "projectTitle": "Bees across borders",
            "projectId": space.project.to_string(), "bytes": bytes, "count": 1 }] }));
        // A test has parsed no command.
        assert_eq!(seen["settings"], json!([]));
        let setting = Setting { name: "smtp-url".into(), value: Some("********".into()), source: Source::File, otherwise: None };
        let other = app.another_instance_with(|config| config.in_force = vec![setting]).await;
        assert_eq!(administration(&other, &ada, "settings { name value source }").await["settings"],
            json!([{ "name": "smtp-url", "value": "********", "source": "FILE" }]));
    }

    async fn what_administrators_see_costs_the_same_however_much_there_is(app: TestApp) {
        let ada = app.administrator().await;
        let all = "accounts { totalCount nodes { person { name } school { name } service { name } custodian { name } pupilCount } }
            services { totalCount nodes { service { name } officerCount } }
            auditLog { totalCount nodes { act actor { name } person { name } project { title } } }
            mails { totalCount nodes { recipient letter } } storage { bytes } storageByTwinSpace { nodes { projectTitle bytes } }";
        let mut costs = vec![];
        for country in ["ES", "PT", "NL"] {
            let founding = crate::projects::project::Founding::of(&app).await;
            founding.reach(&app, "PENDING_PARTNER").await;
            app.officer(country, "").await;
            app.officer(country, "North").await;
            costs.push(app.statements(administration(&app, &ada, all)).await.1);
        }
        // What is asked for at the same time is loaded in one or two batches.
        assert!(costs[2] <= costs[0] + 1 && costs[2] <= 14, "{costs:?}");
    }
}

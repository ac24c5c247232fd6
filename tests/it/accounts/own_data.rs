//! What the server stores about a person, downloaded by that person.

use std::sync::Arc;

use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::{
    members::pupil::{invite, sign_in},
    server::wire::Wire,
    support::{TestApp, on_both_databases},
};

const EXPORT: &str = "mutation { exportOwnData { url expiresAt } }";

async fn link(app: &TestApp, wire: &Wire, token: &str) -> String {
    let answer = app.execute(Some(token), EXPORT, json!({})).await;
    let url = answer["data"]["exportOwnData"]["url"].as_str().unwrap_or_else(|| panic!("{answer}"));
    wire.url(&url[url.find("/exports").unwrap()..])
}

on_both_databases! {
    async fn an_address_that_waits_to_be_confirmed_is_theirs_too(app: TestApp) {
        let token = crate::accounts::account::verified(&app, "ada@example.org").await;
        let input = json!({ "newEmail": "new@example.org", "password": crate::accounts::account::PASSWORD });
        let ask = crate::support::play::mutation("requestEmailChange", "accepted");
        assert_eq!(app.outcome(Some(&token), &ask, json!({ "input": input })).await, "OK");
        let wire = Wire::of(Arc::clone(&app)).await;
        let url = link(&app, &wire, &token).await;
        let data = wire.client.get(&url).bearer_auth(&token).send().await.unwrap();
        let data: Value = data.json().await.unwrap();
        assert_eq!(data["account"]["newEmail"]["email"], "new@example.org", "{data}");
    }

    // M-11, M-16
    async fn what_was_asked_about_pupils_is_theirs_who_asked_and_who_were_asked(app: TestApp) {
        let (home, away) = (app.space().await, app.space().await);
        let [custodian, colleague] = &home.founders;
        let asker = &away.founders[0];
        let made = invite(&app, custodian, &home, json!([
            { "givenName": "Ana", "familyName": "Silva", "password": "sunflower 7" },
        ])).await;
        let to = app.access(colleague, home.project).await.member.unwrap().0.to_string();
        let offer = json!({ "memberId": made[0]["memberId"], "toMemberId": to });
        app.does(custodian, "offerCustody", offer, "__typename").await;
        let username = made[0]["username"].as_str().unwrap();
        crate::members::custody::asks_for(&app, asker, &away, username).await;
        let answer = sign_in(&app, username, "sunflower 7").await;
        let pupil = answer["data"]["signInPupil"]["token"].as_str().unwrap();
        let wire = Wire::of(Arc::clone(&app)).await;
        let sections = async |token: &str| {
            let url = link(&app, &wire, token).await;
            let data = wire.client.get(&url).bearer_auth(token).send().await.unwrap();
            let data: Value = data.json().await.unwrap();
            (data["pupilRequests"].clone(), data["custodyTransfers"].clone(), data.to_string())
        };
        let asked = |requests: &Value| (requests[0]["state"].clone(), requests[0]["askedByMe"].clone(), requests[0]["aboutMe"].clone());
        let given = |transfers: &Value| (transfers[0]["fromMe"].clone(), transfers[0]["toMe"].clone(), transfers[0]["aboutMe"].clone());
        let [yes, no, pending] = [json!(true), json!(false), json!("pending")];

        let (requests, transfers, _) = sections(&custodian.token).await;
        assert_eq!(asked(&requests), (pending.clone(), no.clone(), no.clone()));
        assert_eq!(requests[0]["twinSpace"], "Bees across borders");
        assert_eq!(given(&transfers), (yes.clone(), no.clone(), no.clone()));
        let (requests, transfers, _) = sections(&colleague.token).await;
        assert_eq!(requests, json!([]));
        assert_eq!(given(&transfers), (no.clone(), yes.clone(), no.clone()));
        let (requests, transfers, all) = sections(&asker.token).await;
        assert_eq!(asked(&requests), (pending.clone(), yes.clone(), no.clone()));
        assert_eq!(transfers, json!([]));
        assert_eq!(requests[0]["consentGivenBy"], "guardian");
        // Nothing is revealed about the child before the custodian has accepted.
        assert!(!all.contains("Silva") && !all.contains("ana.silva"), "{all}");
        let (requests, transfers, _) = sections(pupil).await;
        assert_eq!(asked(&requests), (pending, no.clone(), yes.clone()));
        assert_eq!(given(&transfers), (no.clone(), no, yes));
        let (requests, transfers, _) = sections(&away.founders[1].token).await;
        assert_eq!((requests, transfers), (json!([]), json!([])));
    }

    //
    async fn somebody_who_exports_very_often_is_told_when_to_go_on(app: TestApp) {
        let few = |config: &mut twinspace::config::Config| config.accounts.exports = 3.try_into().unwrap();
        let app = app.another_instance_with(few).await;
        let space = app.space().await;
        let frida = &space.founders[0];
        let many = "mutation { a: exportOwnData { url } b: exportOwnData { url } c: exportOwnData { url } }";
        assert_eq!(app.outcome(Some(&frida.token), many, json!({})).await, "OK");
        assert_eq!(app.outcome(Some(&frida.token), EXPORT, json!({})).await, "RATE_LIMITED");
        let pupils = json!({ "twinSpaceId": space.id.to_string(), "format": "CSV" });
        assert_eq!(app.tries(frida, "exportPupils", pupils).await, "RATE_LIMITED");
        let link = entity::token::Entity::find().all(app.db.read()).await.unwrap();
        assert_eq!(link.len(), 1, "the earlier ones have ended");
    }

    async fn a_person_takes_away_what_is_kept_of_them_once_and_nobody_else_does(app: TestApp) {
        let space = app.space().await;
        let [teacher, other] = &space.founders;
        let made = invite(&app, teacher, &space, json!([
            { "givenName": "Ana", "familyName": "Silva", "password": "sunflower 7" },
        ])).await;
        let username = made[0]["username"].as_str().unwrap();
        let answer = sign_in(&app, username, "sunflower 7").await;
        let pupil = answer["data"]["signInPupil"]["token"].as_str().unwrap();
        let wire = Wire::of(Arc::clone(&app)).await;
        let get = async |url: &str, token: &str| {
            wire.client.get(url).bearer_auth(token).send().await.unwrap()
        };

        app.does(teacher, "editProfile", json!({ "avatar": "plum-cat" }), "__typename").await;
        let claim = crate::accounts::school::confirmation::named(&app, teacher).await;
        app.does(&app.administrator().await, "confirmSchool", claim, "__typename").await;
        let mut url = link(&app, &wire, &teacher.token).await;
        assert_eq!(get(&url, &other.token).await.status(), 404);
        let elsewhere = app.sign_in(teacher.id).await;
        assert_eq!(get(&url, &elsewhere).await.status(), 404);
        // A new link ends the one before.
        let earlier = std::mem::replace(&mut url, link(&app, &wire, &teacher.token).await);
        assert_eq!(get(&earlier, &teacher.token).await.status(), 404);
        let data = get(&url, &teacher.token).await;
        assert_eq!(data.headers()["cache-control"], "no-store");
        let data: Value = data.json().await.unwrap();
        assert_eq!(get(&url, &teacher.token).await.status(), 404, "twice");
        assert_eq!(data["account"]["name"], "Frida Founder", "{data}");
        assert_eq!(data["account"]["avatar"], "plum-cat");
        assert_eq!(data["account"]["hasPhoto"], false);
        assert!(data["account"]["schoolConfirmedAt"].is_string());
        assert_eq!(data["partnerships"][0]["project"], "Bees across borders");
        assert_eq!(data["partnerships"][0]["founder"], true);
        assert_eq!(data["contacts"][0]["name"], "Fabien Fondateur");
        assert!(data["sessions"][0]["createdAt"].is_string());
        assert!(data["auditLog"].as_array().unwrap().iter().any(|line| line["act"] == "pupil_created"));

        let url = link(&app, &wire, pupil).await;
        let data = get(&url, pupil).await.text().await.unwrap();
        let data: Value = serde_json::from_str(&data).unwrap();
        assert_eq!(data["account"]["username"], "ana.silva.1");
        assert_eq!(data["consents"][0]["scope"], "participation", "{data}");
        assert_eq!(data["memberships"][0]["role"], "pupil");
        for secret in ["argon2", "hash", "sunflower", "token"] {
            assert!(!data.to_string().contains(secret), "{secret} in {data}");
        }
    }
}

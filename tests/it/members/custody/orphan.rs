//! Requests for pupils whose custodian has no account any more: the support service decides on them
//! (M-16).

use chrono::TimeDelta;
use domain::{care::block, clock::now, members::member::renew};
use entity::{AccountKind, TwinSpaceRole, account, pupil_request};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};

use super::{ana, asks_for, log_of, mine, waits};
use crate::{
    members::pupil::invite,
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
    },
};

const REQUESTS: &str =
    "{ viewer { pupilRequests { nodes { id projectTitle username role state pupil { name }
    askedBy { name } permissions { accept { reason } decide { allowed reason } } } } } }";

async fn requests(app: &TestApp, who: &Person) -> Value {
    app.sees(who, REQUESTS).await["viewer"]["pupilRequests"]["nodes"].take()
}

/// A teacher with a pupil, `ana.silva.1`, who is in no TwinSpace.
async fn custodian(app: &TestApp, country: &str) -> Person {
    let space = app.space().await;
    let custodian = app.teacher("Tina Teacher", country).await;
    app.seat(&space, &custodian, TwinSpaceRole::Teacher).await;
    let member = json!({ "memberId": ana(app, &custodian, &space).await });
    assert_eq!(app.tries(&custodian, "removeMember", member).await, "OK");
    custodian
}

async fn is_blocked(app: &TestApp, who: &Person, blocked: bool) {
    let tx = app.db.begin().await.unwrap();
    match blocked {
        true => block::block(&tx, &who.email, None, now()).await.unwrap(),
        false => block::unblock(&tx, &who.email, now()).await.unwrap(),
    };
    tx.commit().await.unwrap();
}

/// Lets the time for answering requests pass; the server has not noticed it yet.
async fn wait_out(app: &TestApp) {
    let tx = app.db.begin().await.unwrap();
    pupil_request::Entity::update_many()
        .col_expr(pupil_request::Column::ExpiresAt, Expr::val(now() - TimeDelta::seconds(1)))
        .exec(&*tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// The state of the last request that someone made.
async fn state(app: &TestApp, asker: &Person, space: &Space) -> Value {
    let query = format!(
        "{{ twinSpace(id: \"{}\") {{ pupilRequests(last: 1) {{ nodes {{ state }} }} }} }}",
        space.id
    );
    app.sees(asker, &query).await["twinSpace"]["pupilRequests"]["nodes"][0]["state"].take()
}

on_both_databases! {
    // M-16: nobody is left with a custodian who cannot be replaced.
    async fn the_service_gives_a_pupil_in_no_twinspace_another_custodian(app: TestApp) {
        let (officer, region) = (app.officer("PL", "").await, app.officer("PL", "Pomorskie").await);
        let stranger = app.officer("IT", "").await;
        let admin = app.administrator().await;
        let (away, third) = (app.space().await, app.space().await);
        let [asker, _] = &away.founders;
        let custodian = custodian(&app, "PL").await;
        is_blocked(&app, &custodian, true).await;
        let request = asks_for(&app, asker, &away, "ana.silva.1").await;
        // Nothing is revealed about the child but what was typed.
        assert_eq!(request["pupil"], Value::Null);
        let other = asks_for(&app, &third.founders[0], &third, "ana.silva.1").await;

        let waiting = |count: usize| match count {
            0 => json!([]),
            _ => json!([{ "kind": "PUPIL_REQUEST", "count": count }]),
        };
        assert_eq!(waits(&app, &officer).await, waiting(2));
        for other in [&region, &stranger, &admin] {
            assert_eq!(waits(&app, other).await, waiting(0), "{}", other.email);
            assert_eq!(requests(&app, other).await, json!([]));
        }
        let seen = requests(&app, &officer).await;
        assert_eq!(seen[0], json!({ "id": request["id"], "projectTitle": "Bees across borders",
            "username": "ana.silva.1", "role": "PUPIL", "state": "PENDING", "pupil": null,
            "askedBy": { "name": "Frida Founder" },
            "permissions": { "accept": { "reason": "NOT_YOURS" },
                "decide": { "allowed": true, "reason": null } } }));
        let mails = app.mails().await;
        let told: Vec<_> = mails.iter().filter(|mail| mail.to == officer.email).collect();
        assert_eq!(told.len(), 2);
        assert!(told[0].text.contains("whose custodian no longer has an account"), "{}", told[0].text);
        assert!(!told[0].text.contains("Ana"), "{}", told[0].text);
        assert!(mails.iter().all(|mail| mail.to != stranger.email && mail.to != custodian.email));

        let decide = json!({ "pupilRequestId": request["id"], "granted": true });
        let accept = json!({ "pupilRequestId": request["id"], "consentGivenBy": "PUPIL" });
        for (who, expected) in [(asker, "FORBIDDEN NOT_YOURS"), (&stranger, "NOT_FOUND"),
            (&admin, "NOT_FOUND"), (&away.founders[1], "NOT_FOUND")] {
            assert_eq!(app.tries(who, "decidePupilRequest", decide.clone()).await, expected);
        }
        assert_eq!(app.tries(&officer, "acceptPupilRequest", accept).await, "FORBIDDEN NOT_YOURS");
        let fields = "pupilRequest { state permissions { decide { reason } } }";
        let done = app.does(&officer, "decidePupilRequest", decide.clone(), fields).await;
        assert_eq!(done["pupilRequest"], json!({ "state": "ACCEPTED",
            "permissions": { "decide": { "reason": "REQUEST_ENDED" } } }));
        assert_eq!(app.tries(&officer, "decidePupilRequest", decide).await, "CONFLICT REQUEST_ENDED");

        // The teacher who asked is the custodian, with the consent named in the request.
        let seen = app.sees(asker, "{ viewer { pupils { nodes { id name memberships { twinSpaceId }
            consents { twinSpaceId givenBy } } } } }").await;
        let pupil = &seen["viewer"]["pupils"]["nodes"][0];
        let here = away.id.to_string();
        assert_eq!((&pupil["name"], &pupil["memberships"]), (&json!("Ana Silva"), &json!([{ "twinSpaceId": here }])));
        let consents = pupil["consents"].as_array().unwrap();
        assert!(consents.contains(&json!({ "twinSpaceId": here, "givenBy": "GUARDIAN" })), "{consents:?}");
        let reset = json!({ "pupil": { "pupilId": pupil["id"] } });
        assert_eq!(app.tries(asker, "resetPupilPassword", reset).await, "OK");
        let log = log_of(&app, &away).await;
        for act in ["PUPIL_REQUEST_ACCEPTED", "CUSTODY_TRANSFERRED", "PUPIL_ATTACHED", "CONSENT_RECORDED"] {
            assert_eq!(log.iter().filter(|line| line["act"] == act).count(), 1, "{act}: {log:?}");
        }
        let mails = app.mails().await;
        assert!(mails.iter().any(|mail| mail.to == asker.email && mail.text.contains("you are the custodian")));

        // What is still asked for now waits for the new custodian.
        assert_eq!(waits(&app, &officer).await, waiting(0));
        assert_eq!(waits(&app, asker).await, waiting(1));
        let decide = json!({ "pupilRequestId": other["id"], "granted": true });
        assert_eq!(app.tries(&officer, "decidePupilRequest", decide).await, "NOT_FOUND");
        let accept = json!({ "pupilRequestId": other["id"], "consentGivenBy": "PUPIL" });
        assert_eq!(app.tries(asker, "acceptPupilRequest", accept).await, "OK");
    }

    async fn a_request_that_the_service_declines_changes_nothing(app: TestApp) {
        let officer = app.officer("PL", "").await;
        let away = app.space().await;
        let [asker, helper] = &away.founders;
        let custodian = custodian(&app, "PL").await;
        is_blocked(&app, &custodian, true).await;
        let request = asks_for(&app, asker, &away, "ana.silva.1").await;
        let decide = json!({ "pupilRequestId": request["id"], "granted": false });
        assert_eq!(app.tries(&officer, "decidePupilRequest", decide).await, "OK");
        assert_eq!(state(&app, asker, &away).await, "DECLINED");
        assert_eq!(mine(&app, asker).await["totalCount"], 0);
        assert_eq!(waits(&app, &officer).await, json!([]));
        let log = log_of(&app, &away).await;
        assert!(log.iter().any(|line| line["act"] == "PUPIL_REQUEST_DECLINED"), "{log:?}");
        let row = json!([{ "username": "ana.silva.1" }]);
        assert_eq!(invite(&app, helper, &away, row).await[0]["problems"], json!(["ASKED_LATELY"]));
    }

    async fn where_there_is_no_service_the_administrators_decide_on_a_request(app: TestApp) {
        let admin = app.administrator().await;
        let officer = app.officer("PL", "").await;
        let away = app.space().await;
        let [asker, _] = &away.founders;
        let custodian = custodian(&app, "CZ").await;
        is_blocked(&app, &custodian, true).await;
        let request = asks_for(&app, asker, &away, "ana.silva.1").await;
        assert_eq!(waits(&app, &admin).await, json!([{ "kind": "PUPIL_REQUEST", "count": 1 }]));
        let decide = json!({ "pupilRequestId": request["id"], "granted": true });
        assert_eq!(app.tries(&officer, "decidePupilRequest", decide.clone()).await, "NOT_FOUND");
        assert_eq!(app.tries(&admin, "decidePupilRequest", decide).await, "OK");
        assert_eq!(mine(&app, asker).await["totalCount"], 1);
    }

    // The block may come after the request, and end.
    async fn a_request_goes_to_the_service_while_the_custodian_is_blocked(app: TestApp) {
        let officer = app.officer("PL", "").await;
        let away = app.space().await;
        let [asker, _] = &away.founders;
        let custodian = custodian(&app, "PL").await;
        let request = asks_for(&app, asker, &away, "ana.silva.1").await;
        let decide = json!({ "pupilRequestId": request["id"], "granted": true });
        assert_eq!(waits(&app, &officer).await, json!([]));
        assert_eq!(app.tries(&officer, "decidePupilRequest", decide.clone()).await, "NOT_FOUND");
        is_blocked(&app, &custodian, true).await;
        assert_eq!(waits(&app, &officer).await, json!([{ "kind": "PUPIL_REQUEST", "count": 1 }]));
        assert!(app.mails().await.iter().any(|mail| mail.to == officer.email));
        is_blocked(&app, &custodian, false).await;
        assert_eq!(waits(&app, &officer).await, json!([]));
        assert_eq!(app.tries(&officer, "decidePupilRequest", decide).await, "NOT_FOUND");
        // The block ended the session.
        let custodian = Person { token: app.sign_in(custodian.id).await, ..custodian };
        let accept = json!({ "pupilRequestId": request["id"], "consentGivenBy": "GUARDIAN" });
        assert_eq!(app.tries(&custodian, "acceptPupilRequest", accept).await, "OK");
        assert_eq!(mine(&app, &custodian).await["totalCount"], 1);
    }

    // M-05, M-11: the conditions are checked again when the service grants it.
    async fn the_service_lets_a_pupil_in_only_for_who_still_teaches_there(app: TestApp) {
        let officer = app.officer("PL", "").await;
        let away = app.space().await;
        let [asker, _] = &away.founders;
        let custodian = custodian(&app, "PL").await;
        is_blocked(&app, &custodian, true).await;
        // A request from before the server asked for the consent cannot be granted.
        let request = asks_for(&app, asker, &away, "ana.silva.1").await;
        let tx = app.db.begin().await.unwrap();
        pupil_request::Entity::update_many()
            .col_expr(pupil_request::Column::ConsentGivenBy, Expr::value(None::<String>))
            .exec(&*tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let decide = json!({ "pupilRequestId": request["id"], "granted": true });
        assert_eq!(app.tries(&officer, "decidePupilRequest", decide).await, "CONFLICT REQUEST_ENDED");
        assert_eq!(state(&app, asker, &away).await, "ENDED");
        let request = asks_for(&app, asker, &away, "ana.silva.1").await;
        let tx = app.db.begin().await.unwrap();
        account::Entity::update_many()
            .col_expr(account::Column::Kind, Expr::value("pupil"))
            .filter(account::Column::Id.eq(asker.id))
            .filter(account::Column::Kind.eq(AccountKind::Teacher))
            .exec(&*tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let decide = json!({ "pupilRequestId": request["id"], "granted": true });
        assert_eq!(app.tries(&officer, "decidePupilRequest", decide).await, "CONFLICT REQUEST_ENDED");
        let custodians = account::Entity::find().filter(account::Column::CustodianId.eq(asker.id));
        assert!(custodians.one(app.db.read()).await.unwrap().is_none());
        // The kind of an account never changes but by hand.
        renew(&app.db).await.unwrap();
    }

    // M-11: the time is over at its end, not when the server cleans up.
    async fn nobody_answers_a_request_after_its_time(app: TestApp) {
        let officer = app.officer("PL", "").await;
        let away = app.space().await;
        let [asker, _] = &away.founders;
        let custodian = custodian(&app, "PL").await;
        let request = asks_for(&app, asker, &away, "ana.silva.1").await;
        wait_out(&app).await;
        assert_eq!(state(&app, asker, &away).await, "EXPIRED");
        let id = json!({ "pupilRequestId": request["id"] });
        let accept = json!({ "pupilRequestId": request["id"], "consentGivenBy": "GUARDIAN" });
        let decide = json!({ "pupilRequestId": request["id"], "granted": true });
        assert_eq!(waits(&app, &custodian).await, json!([]));
        assert_eq!(app.tries(&custodian, "acceptPupilRequest", accept).await, "CONFLICT REQUEST_ENDED");
        assert_eq!(app.tries(&custodian, "declinePupilRequest", id.clone()).await, "CONFLICT REQUEST_ENDED");
        assert_eq!(app.tries(asker, "withdrawPupilRequest", id).await, "CONFLICT REQUEST_ENDED");
        is_blocked(&app, &custodian, true).await;
        assert_eq!(waits(&app, &officer).await, json!([]));
        assert_eq!(app.tries(&officer, "decidePupilRequest", decide).await, "CONFLICT REQUEST_ENDED");
    }
}

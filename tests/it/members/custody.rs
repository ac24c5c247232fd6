//! How custodians protect pupils: who takes over custody, who can rename, what a custodian can do
//! when a pupil is not a member, and that a closed project does not affect children's rights (M-12
//! to M-19).

use std::sync::Arc;

use chrono::TimeDelta;
use domain::{
    care::block,
    clock::now,
    members::{custody_transfer as transfers, pupil_request},
};
use entity::{MemberId, TwinSpaceRole, account, custody_transfer};
use image::ImageFormat;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};
use twinspace::{app::housekeeping, config::Config};

use crate::{
    inside::media::{add, encoded, picture, status},
    members::pupil::{invite, sign_in},
    server::wire::Wire,
    support::{
        TestApp,
        cast::{Person, Space},
        ear::Ear,
        on_both_databases,
    },
};

mod orphan;

/// A person's membership in a TwinSpace.
async fn place(app: &TestApp, person: &Person, space: &Space) -> String {
    app.access(person, space.project).await.member.unwrap().0.to_string()
}

/// What `permissions` say about an action on a member: `OK`, or `FORBIDDEN` with the reason.
async fn foretold(app: &TestApp, who: &Person, member: &str, field: &str) -> String {
    let query = format!(
        "{{ node(id: \"{member}\") {{ ... on Member {{ permissions {{ {field} {{ allowed reason }} }} }} }} }}"
    );
    let told = app.sees(who, &query).await["node"]["permissions"][field].take();
    match &told["reason"] {
        Value::String(reason) => format!("FORBIDDEN {reason}"),
        _ => "OK".to_owned(),
    }
}

/// Tries to take over custody, and checks that the result matches `permissions`.
async fn takes(app: &TestApp, who: &Person, member: &str) -> String {
    let told = foretold(app, who, member, "takeOverCustody").await;
    let ended = app.tries(who, "requestCustody", json!({ "memberId": member })).await;
    assert_eq!(told, ended, "foretold");
    ended
}

/// Requests a takeover that is allowed; returns the ID of the transfer, and its state.
async fn asks(app: &TestApp, who: &Person, member: &str) -> (Value, Value) {
    let input = json!({ "memberId": member });
    let mut asked = app.does(who, "requestCustody", input, "custodyTransfer { id state }").await;
    let mut transfer = asked["custodyTransfer"].take();
    (json!({ "custodyTransferId": transfer["id"].take() }), transfer["state"].take())
}

/// Transfers custody of a pupil: offered and accepted.
pub async fn hand_over(app: &TestApp, from: &Person, to: &Person, member: &str, to_member: &str) {
    let input = json!({ "memberId": member, "toMemberId": to_member });
    let offer = app.does(from, "offerCustody", input, "custodyTransfer { id state }").await;
    assert_eq!(offer["custodyTransfer"]["state"], "PENDING");
    let input = json!({ "custodyTransferId": offer["custodyTransfer"]["id"] });
    let done = app.does(to, "acceptCustody", input, "custodyTransfer { state }").await;
    assert_eq!(done["custodyTransfer"]["state"], "ACCEPTED");
}

/// Requests someone else's pupil by username; returns the request.
pub async fn asks_for(app: &TestApp, who: &Person, space: &Space, username: &str) -> Value {
    let asked = invite(app, who, space, json!([{ "username": username }])).await;
    assert_eq!(asked[0]["status"], "REQUESTED", "{asked:?}");
    let query = format!(
        "{{ twinSpace(id: \"{}\") {{ pupilRequests(last: 1) {{ nodes {{
        id state username role pupil {{ name }} }} }} }} }}",
        space.id
    );
    app.sees(who, &query).await["twinSpace"]["pupilRequests"]["nodes"][0].take()
}

/// Brings a pupil into a TwinSpace with the custodian's agreement; returns the membership.
pub async fn brings(
    app: &TestApp,
    who: &Person,
    custodian: &Person,
    space: &Space,
    username: &str,
) -> String {
    let request = asks_for(app, who, space, username).await;
    let input = json!({ "pupilRequestId": request["id"], "consentGivenBy": "GUARDIAN" });
    let fields = "pupilRequest { state pupil { places { twinSpaceId memberId } } }";
    let done = app.does(custodian, "acceptPupilRequest", input, fields).await;
    assert_eq!(done["pupilRequest"]["state"], "ACCEPTED", "{done}");
    let places = done["pupilRequest"]["pupil"]["places"].as_array().unwrap().clone();
    let here = places.iter().find(|place| place["twinSpaceId"] == space.id.to_string());
    here.unwrap()["memberId"].as_str().unwrap().to_owned()
}

/// Lets the time for objecting to a takeover pass.
async fn wait_out(app: &TestApp) {
    let tx = app.db.begin().await.unwrap();
    custody_transfer::Entity::update_many()
        .col_expr(custody_transfer::Column::DueAt, Expr::val(now() - TimeDelta::seconds(1)))
        .filter(custody_transfer::Column::DueAt.is_not_null())
        .exec(&*tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    housekeeping::round(app).await.unwrap();
}

/// The number of someone's notifications of each kind.
async fn waits(app: &TestApp, who: &Person) -> Value {
    let query = "{ viewer { notificationCounts { byKind { kind count } } } }";
    app.sees(who, query).await["viewer"]["notificationCounts"]["byKind"].take()
}

/// Tries to rename, and checks that the result matches `permissions`.
async fn renames(app: &TestApp, who: &Person, member: &str, name: &str) -> String {
    let told = foretold(app, who, member, "rename").await;
    let input = json!({ "memberId": member, "givenName": name, "familyName": "Silva" });
    let ended = app.tries(who, "editPupil", input).await;
    assert_eq!(told, ended, "foretold");
    ended
}

/// A pupil of the first founder with the username `ana.silva.1`; returns the membership.
async fn ana(app: &TestApp, teacher: &Person, space: &Space) -> String {
    let row = json!([{ "givenName": "Ana", "familyName": "Silva", "password": "sunflower 7" }]);
    invite(app, teacher, space, row).await[0]["memberId"].as_str().unwrap().to_owned()
}

/// The same pupil in another TwinSpace, with the custodian's agreement; returns the membership.
async fn attach(app: &TestApp, teacher: &Person, custodian: &Person, space: &Space) -> String {
    brings(app, teacher, custodian, space, "ana.silva.1").await
}

/// What a pupil signs in with.
async fn username(app: &TestApp, pupil: &Person) -> String {
    let row = account::Entity::find_by_id(pupil.id).one(app.db.read()).await.unwrap();
    row.unwrap().username.unwrap()
}

/// The lines of the log of a TwinSpace.
async fn log_of(app: &TestApp, space: &Space) -> Vec<Value> {
    let query = format!(
        "{{ twinSpace(id: \"{}\") {{ auditLog(last: 100) {{ nodes {{ act details subject {{ id }} }} }} }} }}",
        space.id
    );
    let log = app.sees(&space.founders[0], &query).await["twinSpace"]["auditLog"]["nodes"].take();
    log.as_array().unwrap().clone()
}

async fn leave(app: &TestApp, who: &Person, space: &Space) {
    let input = json!({ "twinSpaceId": space.id.to_string() });
    assert_eq!(app.tries(who, "leaveTwinSpace", input).await, "OK");
}

async fn lower(app: &TestApp, admin: &Person, member: &MemberId, role: &str) {
    let input = json!({ "memberId": member.to_string(), "role": role });
    assert_eq!(app.tries(admin, "changeMemberRole", input).await, "OK");
}

const MINE: &str = "{ viewer { pupils { totalCount nodes { id name username lastAccess
    places { title role member { id } }
    consents { twinSpaceId title scope withdrawnAt } } } } }";

/// The viewer's own pupils.
async fn mine(app: &TestApp, who: &Person) -> Value {
    app.sees(who, MINE).await["viewer"]["pupils"].take()
}

on_both_databases! {
    // M-16: if someone else brought the pupil in, nobody can replace the custodian.
    async fn the_custody_of_an_attached_pupil_is_nobody_elses_to_take(app: TestApp) {
        let (home, away) = (app.space().await, app.space().await);
        let custodian = &home.founders[0];
        ana(&app, custodian, &home).await;
        let attacker = &away.founders[0];
        let member = attach(&app, attacker, custodian, &away).await;
        assert_eq!(takes(&app, attacker, &member).await, "FORBIDDEN NOT_YOUR_PUPIL");
        let reset = json!({ "memberId": member });
        assert_eq!(app.tries(attacker, "resetPupilPassword", reset.clone()).await, "FORBIDDEN NOT_YOUR_PUPIL");
        // A custodian who was invited there and removed still did not bring the pupil in.
        for role in [TwinSpaceRole::Visitor, TwinSpaceRole::Teacher] {
            let at = app.seat(&away, custodian, role).await;
            assert_eq!(takes(&app, attacker, &member).await, "FORBIDDEN NOT_YOUR_PUPIL");
            let gone = json!({ "memberId": at.to_string() });
            assert_eq!(app.tries(attacker, "removeMember", gone).await, "OK");
            assert_eq!(takes(&app, attacker, &member).await, "FORBIDDEN NOT_YOUR_PUPIL");
        }
        assert_eq!(app.tries(attacker, "resetPupilPassword", reset).await, "FORBIDDEN NOT_YOUR_PUPIL");
        assert!(sign_in(&app, "ana.silva.1", "sunflower 7").await["errors"].is_null());
    }

    // M-16: whether they left, were removed or demoted, the custodian is asked; custody does not
    // change meanwhile.
    async fn who_asks_to_take_over_waits_for_the_custodian(app: TestApp) {
        for ended in ["left", "removed", "lowered"] {
            let space = app.space().await;
            let [admin, other] = &space.founders;
            let colleague = app.teacher("Cleo Colleague", "PT").await;
            app.seat(&space, &colleague, TwinSpaceRole::Teacher).await;
            let custodian = app.teacher("Tina Teacher", "PL").await;
            let at = app.seat(&space, &custodian, TwinSpaceRole::Teacher).await;
            let row = json!([{ "givenName": "Ana", "familyName": "Silva" }]);
            let made = invite(&app, &custodian, &space, row).await;
            let member = made[0]["memberId"].as_str().unwrap();
            assert_eq!(takes(&app, admin, member).await, "FORBIDDEN NOT_YOUR_PUPIL");
            match ended {
                "left" => leave(&app, &custodian, &space).await,
                "lowered" => lower(&app, admin, &at, "VISITOR").await,
                _ => assert_eq!(app.tries(admin, "removeMember", json!({ "memberId": at.to_string() })).await, "OK"),
            }
            assert_eq!(takes(&app, &colleague, member).await, "FORBIDDEN ROLE_TOO_LOW");
            let (transfer, state) = asks(&app, admin, member).await;
            assert_eq!(state, "PENDING");
            assert_eq!(app.tries(admin, "requestCustody", json!({ "memberId": member })).await, "CONFLICT ALREADY_DONE");
            let reset = json!({ "memberId": member });
            assert_eq!(app.tries(admin, "resetPupilPassword", reset.clone()).await, "FORBIDDEN NOT_YOUR_PUPIL");
            // The custodian is notified immediately.
            assert_eq!(waits(&app, &custodian).await, json!([{ "kind": "CUSTODY", "count": 1 }]));
            let outbox = app.outbox().await;
            assert!(outbox.iter().any(|mail| mail.recipient == custodian.email), "{outbox:?}");
            // Nobody else can answer it.
            for stranger in [other, &colleague] {
                assert_eq!(app.tries(stranger, "acceptCustody", transfer.clone()).await, "NOT_FOUND");
            }
            assert_eq!(app.tries(admin, "acceptCustody", transfer.clone()).await, "FORBIDDEN NOT_YOURS");
            match ended {
                "left" => assert_eq!(app.tries(&custodian, "acceptCustody", transfer.clone()).await, "OK"),
                _ => wait_out(&app).await,
            }
            assert_eq!(app.tries(admin, "resetPupilPassword", reset).await, "OK");
            assert_eq!(waits(&app, &custodian).await, json!([]));
            // The new custodian is here, and can be succeeded in turn.
            assert_eq!(takes(&app, other, member).await, "FORBIDDEN NOT_YOUR_PUPIL");
            leave(&app, admin, &space).await;
            assert_eq!(takes(&app, other, member).await, "OK");
        }
    }

    // M-16
    async fn to_what_the_custodian_objects_only_the_service_grants(app: TestApp) {
        let space = app.space().await;
        let [admin, _] = &space.founders;
        let officer = app.officer("PL", "").await;
        let stranger = app.officer("IT", "").await;
        for granted in [false, true] {
            let custodian = app.teacher("Tina Teacher", "PL").await;
            app.seat(&space, &custodian, TwinSpaceRole::Teacher).await;
            let row = json!([{ "givenName": "Ana", "familyName": "Silva" }]);
            let made = invite(&app, &custodian, &space, row).await;
            let member = made[0]["memberId"].as_str().unwrap();
            leave(&app, &custodian, &space).await;
            let (transfer, _) = asks(&app, admin, member).await;
            assert_eq!(app.tries(&custodian, "declineCustody", transfer.clone()).await, "OK");
            assert_eq!(app.tries(&custodian, "declineCustody", transfer.clone()).await, "CONFLICT ALREADY_DONE");
            wait_out(&app).await;
            let reset = json!({ "memberId": member });
            assert_eq!(app.tries(admin, "resetPupilPassword", reset.clone()).await, "FORBIDDEN NOT_YOUR_PUPIL");
            let decide = json!({ "custodyTransferId": transfer["custodyTransferId"], "granted": granted });
            assert_eq!(app.tries(&stranger, "decideCustody", decide.clone()).await, "NOT_FOUND");
            assert_eq!(app.tries(admin, "decideCustody", decide.clone()).await, "FORBIDDEN NOT_YOURS");
            let seen = app.sees(&officer, "{ viewer { custodyTransfers { nodes { state pupil { name }
                from { name } to { name } title permissions { decide { allowed } } } } } }").await;
            assert_eq!(seen["viewer"]["custodyTransfers"]["nodes"], json!([{ "state": "OBJECTED",
                "pupil": { "name": "Ana Silva" }, "from": { "name": "Tina Teacher" },
                "to": { "name": "Frida Founder" }, "title": "Bees across borders",
                "permissions": { "decide": { "allowed": true } } }]));
            assert_eq!(app.tries(&officer, "decideCustody", decide).await, "OK");
            let may = if granted { "OK" } else { "FORBIDDEN NOT_YOUR_PUPIL" };
            assert_eq!(app.tries(admin, "resetPupilPassword", reset).await, may);
            if !granted {
                let again = json!({ "memberId": member });
                assert_eq!(app.tries(admin, "requestCustody", again).await, "CONFLICT ASKED_LATELY");
            }
        }
    }

    // M-16: nobody is left with a custodian who cannot be replaced.
    async fn from_a_custodian_who_is_blocked_it_is_taken_over_at_once(app: TestApp) {
        let (space, away) = (app.space().await, app.space().await);
        let [admin, _] = &space.founders;
        let custodian = app.teacher("Tina Teacher", "PL").await;
        app.seat(&space, &custodian, TwinSpaceRole::Teacher).await;
        let member = ana(&app, &custodian, &space).await;
        let attached = attach(&app, &away.founders[0], &custodian, &away).await;
        let tx = app.db.begin().await.unwrap();
        block::block(&tx, &custodian.email, None, now()).await.unwrap();
        tx.commit().await.unwrap();
        // If someone else brought the pupil in, the support service decides.
        let (transfer, state) = asks(&app, &away.founders[0], &attached).await;
        assert_eq!(state, "PENDING");
        wait_out(&app).await;
        let reset = json!({ "memberId": attached });
        assert_eq!(app.tries(&away.founders[0], "resetPupilPassword", reset).await, "FORBIDDEN NOT_YOUR_PUPIL");
        let (_, state) = asks(&app, admin, &member).await;
        assert_eq!(state, "ACCEPTED");
        assert_eq!(app.tries(admin, "resetPupilPassword", json!({ "memberId": member })).await, "OK");
        assert_eq!(app.tries(&away.founders[0], "withdrawCustody", transfer).await, "CONFLICT REQUEST_ENDED");
    }

    // M-16: nobody becomes a custodian without being asked.
    async fn an_offered_custody_is_the_recipients_to_accept(app: TestApp) {
        let space = app.space().await;
        let [custodian, colleague] = &space.founders;
        let member = ana(&app, custodian, &space).await;
        let to = place(&app, colleague, &space).await;
        let offer = json!({ "memberId": member, "toMemberId": to });
        assert_eq!(app.tries(colleague, "offerCustody", offer.clone()).await, "FORBIDDEN NOT_YOUR_PUPIL");
        let mine = json!({ "memberId": member, "toMemberId": place(&app, custodian, &space).await });
        assert_eq!(app.tries(custodian, "offerCustody", mine).await, "CONFLICT NOT_A_TEACHER");
        let made = app.does(custodian, "offerCustody", offer.clone(), "custodyTransfer { id }").await;
        let transfer = json!({ "custodyTransferId": made["custodyTransfer"]["id"] });
        assert_eq!(app.tries(custodian, "offerCustody", offer.clone()).await, "CONFLICT ALREADY_DONE");
        assert_eq!(waits(&app, colleague).await, json!([{ "kind": "CUSTODY", "count": 1 }]));
        let may = app.sees(colleague, "{ viewer { permissions { deleteAccount { reason } } } }").await;
        assert_ne!(may["viewer"]["permissions"]["deleteAccount"]["reason"], "HAS_PUPILS");
        assert_eq!(app.tries(custodian, "acceptCustody", transfer.clone()).await, "FORBIDDEN NOT_YOURS");
        assert_eq!(app.tries(colleague, "declineCustody", transfer.clone()).await, "OK");
        assert_eq!(app.tries(colleague, "acceptCustody", transfer).await, "CONFLICT REQUEST_ENDED");
        assert_eq!(app.tries(custodian, "offerCustody", offer).await, "CONFLICT ASKED_LATELY");
        assert_eq!(app.tries(custodian, "resetPupilPassword", json!({ "memberId": member })).await, "OK");
    }

    // M-12: a pupil's account cannot be a custodian, whatever its role.
    async fn a_raised_pupil_neither_invites_nor_gets_a_custody(app: TestApp) {
        let space = app.space().await;
        let [teacher, _] = &space.founders;
        let member = ana(&app, teacher, &space).await;
        let raised = app.pupil("Rosa Raised", teacher).await;
        let at = app.seat(&space, &raised, TwinSpaceRole::TeacherAdmin).await;
        let rows = json!({ "twinSpaceId": space.id.to_string(), "consentGivenBy": "GUARDIAN",
            "rows": [{ "givenName": "Eva", "familyName": "Moss" }] });
        assert_eq!(app.tries(&raised, "invitePupils", rows).await, "FORBIDDEN PUPILS_ACCOUNT");
        let may = app.sees(&raised, &format!("{{ twinSpace(id: \"{}\") {{ permissions {{ invitePupils {{ reason }} }} }} }}", space.id)).await;
        assert_eq!(may["twinSpace"]["permissions"]["invitePupils"]["reason"], "PUPILS_ACCOUNT");
        assert_eq!(takes(&app, &raised, &member).await, "FORBIDDEN PUPILS_ACCOUNT");
        let offer = json!({ "memberId": member, "toMemberId": at.to_string() });
        assert_eq!(app.tries(teacher, "offerCustody", offer).await, "CONFLICT NOT_A_TEACHER");
    }

    // M-11, R-03
    async fn a_pupil_of_somebody_else_is_asked_for_and_let_in_or_not(app: TestApp) {
        let (home, away) = (app.space().await, app.space().await);
        let [custodian, _] = &home.founders;
        let [asker, helper] = &away.founders;
        ana(&app, custodian, &home).await;
        let request = asks_for(&app, asker, &away, "ana.silva.1").await;
        assert_eq!(request["state"], "PENDING");
        // Nothing is revealed about the child but what was typed.
        assert_eq!((&request["username"], &request["pupil"]), (&json!("ana.silva.1"), &Value::Null));
        let row = json!([{ "username": "ana.silva.1" }]);
        let again = invite(&app, helper, &away, row.clone()).await;
        assert_eq!(again[0]["problems"], json!(["ALREADY_REQUESTED"]));
        assert_eq!(waits(&app, custodian).await, json!([{ "kind": "PUPIL_REQUEST", "count": 1 }]));
        let mail = app.mails().await.into_iter().rfind(|mail| mail.to == custodian.email).unwrap();
        assert!(mail.text.contains("Frida Founder asks to bring one of your pupils"), "{}", mail.text);
        assert!(!mail.text.contains("Ana"), "{}", mail.text);
        let input = json!({ "pupilRequestId": request["id"] });
        let accept = json!({ "pupilRequestId": request["id"], "consentGivenBy": "PUPIL" });
        assert_eq!(app.tries(helper, "acceptPupilRequest", accept.clone()).await, "NOT_FOUND");
        assert_eq!(app.tries(asker, "acceptPupilRequest", accept.clone()).await, "FORBIDDEN NOT_YOURS");
        assert_eq!(app.tries(custodian, "withdrawPupilRequest", input.clone()).await, "FORBIDDEN NOT_YOURS");
        let seen = app.sees(custodian, "{ viewer { pupilRequests { nodes { title role askedBy { name }
            pupil { name } permissions { accept { allowed } withdraw { reason } } } } } }").await;
        assert_eq!(seen["viewer"]["pupilRequests"]["nodes"], json!([{ "title": "Bees across borders",
            "role": "PUPIL", "askedBy": { "name": "Frida Founder" }, "pupil": { "name": "Ana Silva" },
            "permissions": { "accept": { "allowed": true }, "withdraw": { "reason": "NOT_YOURS" } } }]));
        assert_eq!(app.tries(custodian, "declinePupilRequest", input).await, "OK");
        assert_eq!(app.tries(custodian, "acceptPupilRequest", accept).await, "CONFLICT REQUEST_ENDED");
        let again = invite(&app, helper, &away, row).await;
        assert_eq!(again[0]["problems"], json!(["ASKED_LATELY"]));
        assert_eq!(mine(&app, custodian).await["nodes"][0]["places"].as_array().unwrap().len(), 1);
    }

    // M-05, M-11: a request does not outlast the right to make it.
    async fn a_request_ends_with_the_power_of_who_asked(app: TestApp) {
        let (home, away) = (app.space().await, app.space().await);
        let [custodian, heir] = &home.founders;
        let member = ana(&app, custodian, &home).await;
        for ended in ["lowered", "removed", "blocked", "handed on"] {
            let asker = app.teacher("Alma Asker", "IT").await;
            let at = app.seat(&away, &asker, TwinSpaceRole::Teacher).await;
            let request = asks_for(&app, &asker, &away, "ana.silva.1").await;
            let accept = json!({ "pupilRequestId": request["id"], "consentGivenBy": "PUPIL" });
            let gone = json!({ "memberId": at.to_string() });
            match ended {
                "lowered" => lower(&app, &away.founders[0], &at, "VISITOR").await,
                "removed" => assert_eq!(app.tries(&away.founders[0], "removeMember", gone).await, "OK"),
                "blocked" => {
                    let tx = app.db.begin().await.unwrap();
                    block::block(&tx, &asker.email, None, now()).await.unwrap();
                    tx.commit().await.unwrap();
                }
                _ => {
                    let to = place(&app, heir, &home).await;
                    hand_over(&app, custodian, heir, &member, &to).await;
                    assert_eq!(app.tries(custodian, "acceptPupilRequest", accept.clone()).await, "NOT_FOUND");
                    assert_eq!(app.tries(heir, "acceptPupilRequest", accept).await, "OK");
                    continue;
                }
            }
            assert_eq!(waits(&app, custodian).await, json!([]), "{ended}");
            assert_eq!(app.tries(custodian, "acceptPupilRequest", accept).await, "CONFLICT REQUEST_ENDED", "{ended}");
        }
    }

    // nor do many teachers of one TwinSpace together.
    async fn look_ups_by_username_are_limited_for_a_twinspace_too(app: TestApp) {
        let few = |config: &mut Config| config.accounts.pupil_usernames = 10.try_into().unwrap();
        let app = app.another_instance_with(few).await;
        let space = app.space().await;
        let row = |n: usize| json!({ "username": format!("ana.silva.{n}") });
        let rows: Vec<_> = (1..=10).map(row).collect();
        let input = json!({ "twinSpaceId": space.id.to_string(), "rows": rows });
        let mut outcomes = vec![];
        for n in 0..5 {
            let teacher = app.teacher(&format!("Teacher {n}"), "IT").await;
            app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
            outcomes.push(app.tries(&teacher, "verifyPupils", input.clone()).await);
        }
        assert_eq!(outcomes, ["OK", "OK", "OK", "OK", "RATE_LIMITED"]);
    }

    // A-05, M-16
    async fn who_is_asked_about_many_pupils_gets_a_few_mails_a_day_and_all_notifications(app: TestApp) {
        let space = app.space().await;
        let [custodian, colleague] = &space.founders;
        let to = place(&app, colleague, &space).await;
        let rows: Vec<_> = (0..14).map(|_| json!({ "givenName": "Ana", "familyName": "Silva" })).collect();
        let made = invite(&app, custodian, &space, json!(rows)).await;
        for row in &made {
            let offer = json!({ "memberId": row["memberId"], "toMemberId": to });
            assert_eq!(app.tries(custodian, "offerCustody", offer).await, "OK");
        }
        assert_eq!(waits(&app, colleague).await, json!([{ "kind": "CUSTODY", "count": 14 }]));
        let mails = app.mails().await;
        let asking = mails.iter().filter(|mail| mail.text.contains("asks you to take over custody of a pupil"));
        assert_eq!(asking.count(), 10);
        // A teacher who offers very many is told when to go on.
        let few = |config: &mut Config| config.talk.invitations = 3.try_into().unwrap();
        let app = app.another_instance_with(few).await;
        app.forget_limits().await;
        let again = json!({ "memberId": made[0]["memberId"], "toMemberId": to });
        for _ in 0..3 {
            assert_eq!(app.tries(custodian, "offerCustody", again.clone()).await, "CONFLICT ALREADY_DONE");
        }
        assert_eq!(app.tries(custodian, "offerCustody", again).await, "RATE_LIMITED");
    }

    // whatever ends is in the log of its TwinSpace, as what is asked and answered is.
    async fn requests_and_transfers_that_end_by_themselves_are_logged(app: TestApp) {
        for ended in ["blocked", "erased", "expired", "attached", "erased pupil"] {
            let (home, away) = (app.space().await, app.space().await);
            let [custodian, _] = &home.founders;
            let asker = app.teacher("Alma Asker", "IT").await;
            for space in [&home, &away] {
                app.seat(space, &asker, TwinSpaceRole::Teacher).await;
            }
            let pupil = app.pupil("Pia Pupil", custodian).await;
            let member = app.seat(&home, &pupil, TwinSpaceRole::Pupil).await.to_string();
            let request = asks_for(&app, &asker, &away, &username(&app, &pupil).await).await;
            let to = place(&app, &asker, &home).await;
            let offer = json!({ "memberId": member, "toMemberId": to });
            let offer = app.does(custodian, "offerCustody", offer, "custodyTransfer { id }").await;
            match ended {
                "blocked" => {
                    let tx = app.db.begin().await.unwrap();
                    block::block(&tx, &asker.email, None, now()).await.unwrap();
                    tx.commit().await.unwrap();
                }
                "erased" => {
                    domain::accounts::erasure::erase_of(&app.db, &asker.email, now()).await.unwrap();
                }
                "expired" => {
                    let later = now() + TimeDelta::days(15);
                    assert_eq!(pupil_request::expire(&app.db, later).await.unwrap(), 1);
                    assert_eq!(transfers::settle(&app.db, later).await.unwrap(), 1);
                }
                "attached" => {
                    app.seat(&away, custodian, TwinSpaceRole::Teacher).await;
                    let row = json!([{ "username": username(&app, &pupil).await }]);
                    assert_eq!(invite(&app, custodian, &away, row).await[0]["status"], "ATTACHED");
                    let removed = json!({ "memberId": member });
                    assert_eq!(app.tries(custodian, "removeMember", removed).await, "OK");
                }
                _ => {
                    let erase = json!({ "memberId": member, "acknowledge": true });
                    assert_eq!(app.tries(custodian, "erasePupil", erase).await, "OK");
                }
            }
            let state = if ended == "expired" { "expired" } else { "ended" };
            for (space, act, id) in [
                (&away, "PUPIL_REQUEST_ENDED", &request["id"]),
                (&home, "CUSTODY_TRANSFER_ENDED", &offer["custodyTransfer"]["id"]),
            ] {
                let log = log_of(&app, space).await;
                let lines: Vec<_> = log.iter().filter(|line| line["act"] == act).collect();
                assert_eq!(lines.len(), 1, "{ended}: {log:?}");
                assert_eq!(lines[0]["details"]["state"], state, "{ended}: {lines:?}");
                // What ended with the pupil's account is not there any more.
                let subject = &lines[0]["subject"]["id"];
                assert!(subject == id || subject.is_null(), "{ended}: {subject} {id}");
            }
        }
    }

    // M-11, M-16, R-01
    async fn those_who_see_a_request_or_a_transfer_find_it_by_its_id(app: TestApp) {
        let (home, away) = (app.space().await, app.space().await);
        let [custodian, colleague] = &home.founders;
        let [asker, helper] = &away.founders;
        let member = ana(&app, custodian, &home).await;
        let request = asks_for(&app, asker, &away, "ana.silva.1").await["id"].take();
        let offer = json!({ "memberId": member, "toMemberId": place(&app, colleague, &home).await });
        let mut offer = app.does(custodian, "offerCustody", offer, "custodyTransfer { id }").await;
        let transfer = offer["custodyTransfer"]["id"].take();
        let query = format!("{{ nodes(ids: [{request}, {transfer}]) {{ id
            ... on PupilRequest {{ request: state asked: pupil {{ name }} }}
            ... on CustodyTransfer {{ transfer: state offered: pupil {{ name }} }} }} }}");
        let name = json!({ "name": "Ana Silva" });
        let asked = |pupil: Value| json!({ "id": request, "request": "PENDING", "asked": pupil });
        let offered = json!({ "id": transfer, "transfer": "PENDING", "offered": name });
        for (who, sees) in [
            (Some(custodian), json!([asked(name.clone()), offered])),
            (Some(colleague), json!([null, offered])),
            (Some(asker), json!([asked(Value::Null), null])),
            (Some(helper), json!([null, null])),
            (None, json!([null, null])),
        ] {
            let answer = app.execute(who.map(|who| who.token.as_str()), &query, json!({})).await;
            assert_eq!(answer["data"]["nodes"], sees, "{answer}");
            assert!(answer["errors"].is_null(), "{answer}");
        }
    }

    // M-16: who brings a pupil back takes nothing from the custodian who brought the pupil in.
    async fn a_custodian_who_brought_a_pupil_in_still_did_when_a_colleague_brings_them_back(app: TestApp) {
        for back in ["attached", "let in again"] {
            let space = app.space().await;
            let [admin, _] = &space.founders;
            let custodian = app.teacher("Tina Teacher", "PL").await;
            app.seat(&space, &custodian, TwinSpaceRole::Teacher).await;
            let row = json!([{ "givenName": "Ana", "familyName": "Silva" }]);
            let made = invite(&app, &custodian, &space, row).await;
            let username = made[0]["username"].as_str().unwrap();
            let member = made[0]["memberId"].clone();
            let member = if back == "attached" {
                assert_eq!(app.tries(admin, "removeMember", json!({ "memberId": member })).await, "OK");
                let again = invite(&app, admin, &space, json!([{ "username": username }])).await;
                assert_eq!(again[0]["status"], "ATTACHED", "{again:?}");
                again[0]["memberId"].as_str().unwrap().to_owned()
            } else {
                let pupil = mine(&app, &custodian).await["nodes"][0]["id"].take();
                let out = json!({ "pupilId": pupil, "twinSpaceId": space.id.to_string() });
                assert_eq!(app.tries(&custodian, "takeOutPupil", out).await, "OK");
                brings(&app, admin, &custodian, &space, username).await
            };
            assert_eq!(takes(&app, admin, &member).await, "FORBIDDEN NOT_YOUR_PUPIL");
            leave(&app, &custodian, &space).await;
            let (_, state) = asks(&app, admin, &member).await;
            assert_eq!(state, "PENDING", "{back}");
            // It waits for the custodian as ever.
            let waiting = waits(&app, &custodian).await;
            assert_eq!(waiting[0], json!({ "kind": "CUSTODY", "count": 1 }), "{waiting}");
        }
    }

    // M-11, M-14: the custodian removes the pupil, and only they can let the pupil in again.
    async fn the_custodian_takes_a_pupil_out_of_any_twinspace(app: TestApp) {
        let (home, away) = (app.space().await, app.space().await);
        let [custodian, _] = &home.founders;
        let member = ana(&app, custodian, &home).await;
        let there = attach(&app, &away.founders[0], custodian, &away).await;
        let pupil = mine(&app, custodian).await["nodes"][0]["id"].take();
        let out = json!({ "pupilId": pupil, "twinSpaceId": away.id.to_string() });
        assert_eq!(app.tries(&away.founders[0], "takeOutPupil", out.clone()).await, "NOT_FOUND");
        let left = app.does(custodian, "takeOutPupil", out.clone(), "pupil { places { memberId } }").await;
        assert_eq!(left["pupil"]["places"], json!([{ "memberId": member }]));
        assert_eq!(app.tries(custodian, "takeOutPupil", out).await, "CONFLICT NOT_A_MEMBER");
        assert_eq!(app.tries(&away.founders[0], "removeMember", json!({ "memberId": there })).await, "NOT_FOUND");
        // Withdrawing the consent has the same effect, whoever withdraws it.
        let withdrawn = json!({ "memberId": member, "scope": "PARTICIPATION" });
        let done = app.does(&home.founders[1], "withdrawConsent", withdrawn, "member { id }").await;
        assert_eq!(done["member"], Value::Null);
        assert_eq!(mine(&app, custodian).await["nodes"][0]["places"], json!([]));
        let news = app.sees(custodian, "{ viewer { notifications { nodes { kind subject {
            ... on PupilNews { id act title actor { name } pupil { name } } } } } } }").await;
        let news = news["viewer"]["notifications"]["nodes"].as_array().unwrap().clone();
        let acts: Vec<_> = news.iter().map(|one| one["subject"]["act"].as_str().unwrap()).collect();
        assert!(acts.contains(&"CONSENT_WITHDRAWN") && acts.contains(&"MEMBER_REMOVED"), "{acts:?}");
        let ids: Vec<_> = news.iter().map(|one| one["subject"]["id"].clone()).collect();
        let read = app.does(custodian, "markPupilNewsRead", json!({ "pupilNewsIds": ids }), "read").await;
        assert_eq!(read["read"], 2);
        assert_eq!(waits(&app, custodian).await, json!([]));
        // The custodian teaches in the home TwinSpace, where a colleague withdrew it: immediately
        // back.
        let row = json!([{ "username": "ana.silva.1" }]);
        let back = invite(&app, &home.founders[1], &home, row.clone()).await;
        assert_eq!(back[0]["status"], "ATTACHED", "{back:?}");
        // What the custodian withdrew, only the custodian can give again.
        let out = json!({ "pupilId": pupil, "twinSpaceId": home.id.to_string() });
        assert_eq!(app.tries(custodian, "takeOutPupil", out).await, "OK");
        let back = invite(&app, &home.founders[1], &home, row).await;
        assert_eq!(back[0]["status"], "REQUESTED", "{back:?}");
    }

    // M-14: the consent of a removed pupil remains valid, and suffices for their return.
    async fn a_pupil_who_was_removed_is_attached_again(app: TestApp) {
        let space = app.space().await;
        let [custodian, colleague] = &space.founders;
        let member = ana(&app, custodian, &space).await;
        for teacher in [custodian, colleague] {
            let at = mine(&app, custodian).await["nodes"][0]["places"][0]["member"]["id"].take();
            assert!(at == json!(member) || teacher.id == colleague.id);
            assert_eq!(app.tries(colleague, "removeMember", json!({ "memberId": at })).await, "OK");
            let back = invite(&app, teacher, &space, json!([{ "username": "ana.silva.1" }])).await;
            assert_eq!(back[0]["status"], "ATTACHED", "{back:?}");
        }
        assert_eq!(mine(&app, custodian).await["nodes"][0]["consents"].as_array().unwrap().len(), 1);
    }

    // A-05, M-11
    async fn look_ups_by_username_are_limited_and_logged(app: TestApp) {
        let space = app.space().await;
        let [teacher, _] = &space.founders;
        let row = |n: usize| format!("{{ username: \"ana.silva.{n}\" }}");
        let rows: Vec<_> = (1..=100).map(row).collect();
        let one = |n: usize| format!("v{n}: verifyPupils(input: {{ twinSpaceId: \"{}\", rows: [{}] }}) {{ rows {{ status }} }} ", space.id, rows.join(" "));
        let all: String = (1..=5).map(one).collect();
        let answer = app.execute(Some(&teacher.token), &format!("mutation {{ {all} }}"), json!({})).await;
        let error = &answer["errors"][0];
        assert_eq!((&error["extensions"]["code"], &error["path"]), (&json!("RATE_LIMITED"), &json!(["v4"])), "{answer}");
        assert!(error["extensions"]["retryAfter"].as_u64().unwrap() > 60, "{answer}");
        let log = format!("{{ twinSpace(id: \"{}\") {{ auditLog(first: 10) {{ nodes {{ act details }} }} }} }}", space.id);
        let log = app.sees(teacher, &log).await["twinSpace"]["auditLog"]["nodes"].take();
        let looked = log.as_array().unwrap().iter().filter(|line| line["act"] == "PUPILS_LOOKED_UP").count();
        assert_eq!(looked, 3, "{log}");
        // Nor by inviting.
        let rows: Vec<_> = (1..=100).map(|n| json!({ "username": format!("ana.silva.{n}") })).collect();
        let input = json!({ "twinSpaceId": space.id.to_string(), "consentGivenBy": "PUPIL", "rows": rows });
        assert_eq!(app.tries(teacher, "invitePupils", input).await, "RATE_LIMITED");
    }

    // M-11, M-13: the name is the same everywhere.
    async fn whoever_attached_a_pupil_does_not_rename_them(app: TestApp) {
        let (home, away) = (app.space().await, app.space().await);
        let [custodian, colleague] = &home.founders;
        let at_home = ana(&app, custodian, &home).await;
        let attacker = &away.founders[0];
        let member = attach(&app, attacker, custodian, &away).await;
        assert_eq!(renames(&app, attacker, &member, "Rude").await, "FORBIDDEN NOT_YOUR_PUPIL");
        assert_eq!(renames(&app, custodian, &at_home, "Anna").await, "OK");
        // A teacher administrator may, where the custodian is or was a teacher.
        assert_eq!(renames(&app, colleague, &at_home, "Anne").await, "OK");
        leave(&app, custodian, &home).await;
        assert_eq!(renames(&app, colleague, &at_home, "Ann").await, "OK");
        // Each TwinSpace has its own consents.
        let consent = json!({ "memberId": member, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        assert_eq!(app.tries(attacker, "recordConsent", consent).await, "OK");
        app.seat(&away, custodian, TwinSpaceRole::Teacher).await;
        assert_eq!(renames(&app, attacker, &member, "Ana").await, "OK");
    }

    // M-14, P-17: a closed project does not affect children's rights.
    async fn in_a_closed_project_what_protects_people_works(app: TestApp) {
        let space = app.space().await;
        let [teacher, other] = &space.founders;
        let member = ana(&app, teacher, &space).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let consent = json!({ "memberId": member, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        app.does(teacher, "recordConsent", consent.clone(), "__typename").await;
        let png = encoded(&picture(30, 30), ImageFormat::Png);
        let mut media = Vec::new();
        for _ in 0..2 {
            let added = add(&wire, teacher, &space, "a.png", &png, std::slice::from_ref(&member)).await;
            media.push(added["data"]["addMedia"]["media"].clone());
        }
        let said = json!({ "twinSpaceId": space.id.to_string(), "text": "Ana lives at …" });
        let said = app.does(teacher, "sendChatMessage", said, "message { id }").await;
        let page = json!({ "twinSpaceId": space.id.to_string(), "title": "Ana", "visibility": "PUBLIC" });
        let page = app.does(teacher, "createPage", page, "page { id }").await["page"]["id"].take();
        let close = json!({ "projectId": space.project.to_string() });
        app.does(teacher, "closeProject", close, "__typename").await;

        let query = format!("{{ page(id: {page}) {{ title }} }}");
        assert_eq!(app.asks(None, &query).await, "OK");
        assert_eq!(app.tries(teacher, "archivePage", json!({ "pageId": page })).await, "OK");
        assert_eq!(app.asks(None, &query).await, "NOT_FOUND");
        let visitor = app.guest("Vera Visitor").await;
        app.seat(&space, &visitor, TwinSpaceRole::Visitor).await;
        let query = format!("{{ node(id: {}) {{ id ... on Media {{ url hidden permissions {{
            edit {{ reason }} delete {{ allowed }} }} }} }} }}", media[0]["id"]);
        let seen = app.sees(&visitor, &query).await["node"].take();
        assert_eq!(status(&wire, &seen["url"]).await, 200);
        let withdrawn = json!({ "memberId": member, "scope": "PICTURES" });
        assert_eq!(app.tries(teacher, "withdrawConsent", withdrawn).await, "OK");
        assert_eq!(app.sees(&visitor, &query).await["node"], Value::Null);
        assert_eq!(status(&wire, &seen["url"]).await, 404);
        let seen = app.sees(teacher, &query).await["node"].take();
        assert_eq!(seen["permissions"], json!({ "edit": { "reason": "PROJECT_NOT_ACTIVE" }, "delete": { "allowed": true } }));
        let edit = json!({ "mediaId": media[0]["id"], "title": "Wasps" });
        assert_eq!(app.tries(teacher, "editMedia", edit).await, "FORBIDDEN PROJECT_NOT_ACTIVE");
        assert_eq!(app.tries(teacher, "deleteMedia", json!({ "mediaId": media[0]["id"] })).await, "OK");
        let message = json!({ "messageId": said["message"]["id"] });
        assert_eq!(app.tries(teacher, "deleteChatMessage", message).await, "OK");
        assert_eq!(app.tries(teacher, "recordConsent", consent).await, "OK");
        assert_eq!(renames(&app, teacher, &member, "Anna").await, "OK");
        assert_eq!(app.tries(teacher, "resetPupilPassword", json!({ "memberId": member })).await, "OK");
        assert_eq!(takes(&app, other, &member).await, "FORBIDDEN NOT_YOUR_PUPIL");
        let to = place(&app, other, &space).await;
        hand_over(&app, teacher, other, &member, &to).await;
        let erase = json!({ "memberId": member, "acknowledge": true });
        assert_eq!(app.tries(other, "erasePupil", erase).await, "OK");
        let gone = json!({ "memberId": place(&app, &visitor, &space).await });
        assert_eq!(app.tries(teacher, "removeMember", gone).await, "OK");
    }

    // M-14, M-15, M-19: a custodian remains responsible whether or not the child is a member.
    async fn custodians_keep_their_pupils_when_these_are_removed(app: TestApp) {
        let (home, away) = (app.space().await, app.space().await);
        let [custodian, admin] = &home.founders;
        let member = ana(&app, custodian, &home).await;
        let there = attach(&app, &away.founders[0], custodian, &away).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let consent = json!({ "memberId": member, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        app.does(custodian, "recordConsent", consent, "__typename").await;
        let png = encoded(&picture(30, 30), ImageFormat::Png);
        let added = add(&wire, admin, &home, "a.png", &png, std::slice::from_ref(&member)).await;
        let link = added["data"]["addMedia"]["media"]["url"].clone();
        let place = |member: Value| json!({ "title": "Bees across borders", "role": "PUPIL", "member": member });

        let pupils = mine(&app, custodian).await;
        assert_eq!(pupils["totalCount"], 1);
        let pupil = &pupils["nodes"][0];
        assert_eq!(pupil["username"], "ana.silva.1");
        assert_eq!(pupil["lastAccess"], Value::Null);
        // The card is visible only to members, and the custodian is not one there.
        assert_eq!(pupil["places"], json!([place(json!({ "id": member })), place(Value::Null)]));
        assert_eq!(pupil["consents"].as_array().unwrap().len(), 3, "{pupil}");
        assert_eq!(mine(&app, admin).await["totalCount"], 0);

        assert_eq!(app.tries(admin, "removeMember", json!({ "memberId": member })).await, "OK");
        let pupil = mine(&app, custodian).await["nodes"][0].take();
        assert_eq!(pupil["places"], json!([place(Value::Null)]));
        // A consent is valid until it is withdrawn, and what was shown remains (M-19).
        assert_eq!(status(&wire, &link).await, 200);
        let listen = "subscription($id: ID!) { mediaChanged(twinSpaceId: $id) {
            ... on MediaEdited { media { hidden } } } }";
        let mut ear = Ear::of(&app, admin, listen, json!({ "id": home.id.to_string() })).await;
        let id = pupil["id"].as_str().unwrap();
        let withdraw = |space: &Space| json!({ "pupilId": id, "twinSpaceId": space.id.to_string(), "scope": "PICTURES" });
        for stranger in [admin, &away.founders[0]] {
            assert_eq!(app.tries(stranger, "withdrawConsent", withdraw(&home)).await, "NOT_FOUND");
            assert_eq!(app.tries(stranger, "resetPupilPassword", json!({ "pupilId": id })).await, "NOT_FOUND");
            let erase = json!({ "pupilId": id, "acknowledge": true });
            assert_eq!(app.tries(stranger, "erasePupil", erase).await, "NOT_FOUND");
        }
        assert_eq!(app.tries(None, "erasePupil", json!({ "pupilId": id, "acknowledge": true })).await, "UNAUTHENTICATED");
        for wrong in [
            json!({ "scope": "PICTURES" }),
            json!({ "pupilId": id, "memberId": there, "scope": "PICTURES" }),
            json!({ "pupilId": id, "scope": "PICTURES" }),
        ] {
            let ended = app.tries(custodian, "withdrawConsent", wrong).await;
            assert!(ended.starts_with("BAD_USER_INPUT"), "{ended}");
        }
        let nowhere = json!({ "pupilId": id, "scope": "PICTURES", "twinSpaceId": entity::TwinSpaceId::from(entity::ProjectId::new()).to_string() });
        assert_eq!(app.tries(custodian, "withdrawConsent", nowhere).await, "CONFLICT ALREADY_DONE");
        assert_eq!(app.tries(custodian, "withdrawConsent", withdraw(&away)).await, "CONFLICT ALREADY_DONE");
        let done = app.does(custodian, "withdrawConsent", withdraw(&home), "member { id } pupil { consents { scope withdrawnAt } }").await;
        assert_eq!(done["member"], Value::Null);
        let consents = done["pupil"]["consents"].as_array().unwrap();
        assert!(consents.iter().any(|given| given["scope"] == "PICTURES" && given["withdrawnAt"].is_string()));
        assert_eq!(app.tries(custodian, "withdrawConsent", withdraw(&home)).await, "CONFLICT ALREADY_DONE");
        let heard = ear.hears().await;
        assert_eq!(heard["media"]["hidden"], true, "{heard}");
        let acts = app.acts(admin, &home.project.to_string()).await;
        assert_eq!(acts.last().unwrap(), "CONSENT_WITHDRAWN");

        let reset = app.does(custodian, "resetPupilPassword", json!({ "pupilId": id }),
            "password member { id } pupil { name } credentialSheet").await;
        assert_eq!((&reset["member"], &reset["pupil"]["name"]), (&Value::Null, &json!("Ana Silva")));
        let password = reset["password"].as_str().unwrap();
        assert!(sign_in(&app, "ana.silva.1", password).await["errors"].is_null());
        // Even if the pupil is in no TwinSpace, the custodian can still erase the account.
        assert_eq!(app.tries(&away.founders[0], "removeMember", json!({ "memberId": there })).await, "OK");
        let pupil = mine(&app, custodian).await["nodes"][0].take();
        assert_eq!(pupil["places"], json!([]));
        let erase = json!({ "pupilId": id, "acknowledge": true });
        let erased = app.does(custodian, "erasePupil", erase.clone(), "memberId pupilId").await;
        assert_eq!(erased, json!({ "memberId": null, "pupilId": id }));
        assert_eq!(mine(&app, custodian).await["totalCount"], 0);
        assert_eq!(app.tries(custodian, "erasePupil", erase).await, "NOT_FOUND");
        assert!(sign_in(&app, "ana.silva.1", password).await["errors"].is_array());
    }

    // M-14: an erased pupil is hidden even where they are no longer a member.
    async fn pictures_of_an_erased_pupil_are_hidden_wherever_they_were(app: TestApp) {
        let space = app.space().await;
        let [custodian, admin] = &space.founders;
        let member = ana(&app, custodian, &space).await;
        let visitor = app.guest("Vera Visitor").await;
        app.seat(&space, &visitor, TwinSpaceRole::Visitor).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let consent = json!({ "memberId": member, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        app.does(custodian, "recordConsent", consent, "__typename").await;
        let png = encoded(&picture(30, 30), ImageFormat::Png);
        let added = add(&wire, admin, &space, "a.png", &png, std::slice::from_ref(&member)).await;
        let id = added["data"]["addMedia"]["media"]["id"].clone();
        assert_eq!(app.tries(admin, "removeMember", json!({ "memberId": member })).await, "OK");
        let query = format!("{{ node(id: {id}) {{ id }} }}");
        assert_eq!(app.sees(&visitor, &query).await["node"]["id"], id);
        let pupil = mine(&app, custodian).await["nodes"][0]["id"].take();
        let erase = json!({ "pupilId": pupil, "acknowledge": true });
        assert_eq!(app.tries(custodian, "erasePupil", erase).await, "OK");
        assert_eq!(app.sees(&visitor, &query).await["node"], Value::Null);
    }

    async fn a_custodian_pages_through_their_pupils_by_name(app: TestApp) {
        let space = app.space().await;
        let teacher = &space.founders[0];
        let names = ["Émile", "Ana", "Zoë", "Dora", "Ben"];
        let rows: Vec<_> = names.iter().map(|name| json!({ "givenName": name, "familyName": "X" })).collect();
        invite(&app, teacher, &space, json!(rows)).await;
        let (mut after, mut read) = (Value::Null, Vec::new());
        loop {
            let query = "query($after: String) { viewer { pupils(first: 2, after: $after) {
                nodes { name consents { title } places { title } } pageInfo { hasNextPage endCursor } } } }";
            let input = json!({ "after": after });
            let (mut answer, statements) = app.statements(app.execute(Some(&teacher.token), query, input)).await;
            assert!(statements < 10, "{statements}");
            let page = answer["data"]["viewer"]["pupils"].take();
            read.extend(page["nodes"].as_array().unwrap().iter().map(|node| node["name"].as_str().unwrap().to_owned()));
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        assert_eq!(read, ["Ana X", "Ben X", "Dora X", "Émile X", "Zoë X"]);
    }

    // M-14
    async fn a_consent_is_recorded_for_a_class_at_once(app: TestApp) {
        let space = app.space().await;
        let [teacher, other] = &space.founders;
        let rows: Vec<_> = (0..5).map(|_| json!({ "givenName": "Ana", "familyName": "Silva" })).collect();
        let made = invite(&app, teacher, &space, json!(rows)).await;
        let ids: Vec<_> = made.iter().map(|row| row["memberId"].clone()).collect();
        let record = |ids: &[Value]| json!({ "memberIds": ids, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        let visitor = app.guest("Vera Visitor").await;
        let adult = app.seat(&space, &visitor, TwinSpaceRole::Visitor).await.to_string();

        let with_adult = [&ids[..], &[json!(adult)]].concat();
        assert_eq!(app.tries(teacher, "recordConsent", record(&with_adult)).await, "FORBIDDEN NOT_YOUR_PUPIL");
        assert_eq!(app.tries(&visitor, "recordConsent", record(&ids)).await, "NOT_FOUND");
        assert_eq!(app.tries(None, "recordConsent", record(&[])).await, "UNAUTHENTICATED");
        assert_eq!(app.tries(teacher, "recordConsent", record(&[])).await, "BAD_USER_INPUT memberIds");
        let many: Vec<_> = (0..101).map(|_| ids[0].clone()).collect();
        assert_eq!(app.tries(teacher, "recordConsent", record(&many)).await, "BAD_USER_INPUT memberIds");
        let mut both = record(&ids);
        both["memberId"] = ids[0].clone();
        assert_eq!(app.tries(teacher, "recordConsent", both).await, "BAD_USER_INPUT memberId");

        let list = |which: bool| format!("{{ twinSpace(id: \"{}\") {{ members(filter: {{ mayBePictured: {which} }}) {{
            totalCount nodes {{ mayBePictured }} }} }} }}", space.id);
        let count = async |which: bool| app.sees(other, &list(which)).await["twinSpace"]["members"]["totalCount"].clone();
        assert_eq!((count(true).await, count(false).await), (json!(0), json!(5)));
        assert_eq!(app.asks(&visitor, &list(true)).await, "FORBIDDEN ROLE_TOO_LOW");
        let single = json!({ "memberId": ids[0], "scope": "PICTURES", "givenBy": "PUPIL" });
        let done = app.does(teacher, "recordConsent", single.clone(), "member { id mayBePictured } members { id }").await;
        assert_eq!(done["member"], json!({ "id": ids[0], "mayBePictured": true }));
        assert_eq!(app.tries(teacher, "recordConsent", single).await, "CONFLICT ALREADY_DONE");
        let ((), statements) = app.statements(async {
            let done = app.does(teacher, "recordConsent", record(&ids), "member { id } members { mayBePictured }").await;
            assert_eq!(done["members"], json!(vec![json!({ "mayBePictured": true }); 5]));
            assert_eq!(done["member"], Value::Null);
        }).await;
        assert!(statements < 30, "{statements}");
        assert_eq!((count(true).await, count(false).await), (json!(5), json!(0)));
        // Repeating it changes nothing.
        assert_eq!(app.tries(teacher, "recordConsent", record(&ids)).await, "OK");
        let acts = app.acts(teacher, &space.project.to_string()).await;
        assert_eq!(acts.iter().filter(|act| *act == "CONSENT_RECORDED").count(), 10);
        let query = format!("{{ node(id: \"{adult}\") {{ ... on Member {{ mayBePictured }} }} }}");
        assert_eq!(app.sees(teacher, &query).await["node"]["mayBePictured"], Value::Null);
    }

    // M-14
    async fn who_is_on_a_picture_is_corrected_and_hides_it_without_consent(app: TestApp) {
        let space = app.space().await;
        let teacher = &space.founders[0];
        let pupil = app.pupil("Paul Pupil", teacher).await;
        app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
        let member = ana(&app, teacher, &space).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let png = encoded(&picture(30, 30), ImageFormat::Png);
        let added = add(&wire, &pupil, &space, "a.png", &png, &[]).await;
        let id = added["data"]["addMedia"]["media"]["id"].clone();
        let edit = |shown: Value| json!({ "mediaId": id, "pictured": shown });
        let adult = place(&app, teacher, &space).await;
        assert_eq!(app.tries(&pupil, "editMedia", edit(json!([adult]))).await, "BAD_USER_INPUT pictured.0");
        assert_eq!(app.tries(&pupil, "editMedia", edit(json!(vec![&member; 101]))).await, "BAD_USER_INPUT pictured");
        let fields = "media { title hidden pictured { id } }";
        // Nobody consented: it is hidden from now on, even from the person who added it.
        let done = app.does(&pupil, "editMedia", edit(json!([member])), fields).await;
        assert_eq!(done["media"], Value::Null);
        let seen = format!("{{ node(id: {id}) {{ ... on Media {{ hidden title pictured {{ id }} }} }} }}");
        assert_eq!(app.sees(&pupil, &seen).await["node"], Value::Null);
        let shown = json!({ "hidden": true, "title": "Our bees", "pictured": [{ "id": member }] });
        assert_eq!(app.sees(teacher, &seen).await["node"], shown);
        let consent = json!({ "memberId": member, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        app.does(teacher, "recordConsent", consent, "__typename").await;
        assert_eq!(app.sees(&pupil, &seen).await["node"]["hidden"], false);
        // Former members remain tagged.
        assert_eq!(app.tries(teacher, "removeMember", json!({ "memberId": member })).await, "OK");
        let done = app.does(&pupil, "editMedia", edit(json!([])), fields).await;
        assert_eq!(done["media"]["pictured"], json!([]));
        let own = mine(&app, teacher).await["nodes"].take();
        let own = own.as_array().unwrap().iter().find(|own| own["username"] == "ana.silva.1").unwrap()["id"].clone();
        let withdraw = json!({ "pupilId": own, "twinSpaceId": space.id.to_string(), "scope": "PICTURES" });
        assert_eq!(app.tries(teacher, "withdrawConsent", withdraw).await, "OK");
        assert_eq!(app.sees(&pupil, &seen).await["node"], Value::Null);
    }

    // A-08, M-02, M-20
    async fn what_members_say_of_themselves_stands_on_their_cards(app: TestApp) {
        let space = app.space().await;
        let pupil = app.pupil("Paul Pupil", &space.founders[0]).await;
        let at = app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
        let guest = app.guest("Vera Visitor").await;
        let guest_at = app.seat(&space, &guest, TwinSpaceRole::Visitor).await;
        let listen = "subscription($id: ID!) { membersChanged(twinSpaceId: $id) {
            ... on MemberChanged { member { profile } } } }";
        let mut ear = Ear::of(&app, &space.founders[1], listen, json!({ "id": space.id.to_string() })).await;
        let card = |id: &MemberId| format!("{{ node(id: \"{id}\") {{ ... on Member {{ profile }} }} }}");
        assert_eq!(app.sees(&guest, &card(&guest_at)).await["node"]["profile"], "");
        for (who, says) in [(&pupil, "I like bees."), (&guest, "I keep bees.")] {
            assert_eq!(app.tries(who, "editProfile", json!({ "profile": says })).await, "OK");
        }
        let heard = ear.hears().await;
        assert_eq!(heard["member"]["profile"], "I like bees.", "{heard}");
        assert_eq!(app.sees(&space.founders[1], &card(&at)).await["node"]["profile"], "I like bees.");
        assert_eq!(app.sees(&pupil, &card(&guest_at)).await["node"]["profile"], "I keep bees.");
        assert_eq!(app.sees(&guest, &card(&at)).await["node"], Value::Null);
    }
}

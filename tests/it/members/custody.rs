//! How custodians protect pupils: who takes over custody, who can rename, what a custodian can do
//! when a pupil is not a member, and that a closed project does not affect children's rights (M-12
//! to M-19).

use chrono::TimeDelta;
use domain::{care::block, clock::now};
use entity::{MemberId, TwinSpaceRole, account, custody_transfer};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use serde_json::{Value, json};
use twinspace::app::housekeeping;

use crate::{
    members::pupil::{invite, sign_in},
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
    },
};

mod orphan;
mod own;
mod request;

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
    let fields = "pupilRequest { state pupil { memberships { twinSpaceId memberId } } }";
    let done = app.does(custodian, "acceptPupilRequest", input, fields).await;
    assert_eq!(done["pupilRequest"]["state"], "ACCEPTED", "{done}");
    let places = done["pupilRequest"]["pupil"]["memberships"].as_array().unwrap().clone();
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
        "{{ twinSpace(id: \"{}\") {{ auditLog(last: 100) {{ nodes {{ act
            details {{ custodyTransferState pupilRequestState }} subject {{ id }} }} }} }} }}",
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
    memberships { projectTitle role member { id } }
    consents { twinSpaceId projectTitle scope withdrawnAt } } } } }";

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
        let reset = json!({ "pupil": { "memberId": member } });
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
            let reset = json!({ "pupil": { "memberId": member } });
            assert_eq!(app.tries(admin, "resetPupilPassword", reset.clone()).await, "FORBIDDEN NOT_YOUR_PUPIL");
            // The custodian is notified immediately.
            assert_eq!(waits(&app, &custodian).await, json!([{ "kind": "CUSTODY_TRANSFER", "count": 1 }]));
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
            let reset = json!({ "pupil": { "memberId": member } });
            assert_eq!(app.tries(admin, "resetPupilPassword", reset.clone()).await, "FORBIDDEN NOT_YOUR_PUPIL");
            let decide = json!({ "custodyTransferId": transfer["custodyTransferId"], "granted": granted });
            assert_eq!(app.tries(&stranger, "decideCustody", decide.clone()).await, "NOT_FOUND");
            assert_eq!(app.tries(admin, "decideCustody", decide.clone()).await, "FORBIDDEN NOT_YOURS");
            let seen = app.sees(&officer, "{ viewer { custodyTransfers { nodes { state pupil { name }
                from { name } to { name } projectTitle permissions { decide { allowed } } } } } }").await;
            assert_eq!(seen["viewer"]["custodyTransfers"]["nodes"], json!([{ "state": "OBJECTED",
                "pupil": { "name": "Ana Silva" }, "from": { "name": "Tina Teacher" },
                "to": { "name": "Frida Founder" }, "projectTitle": "Bees across borders",
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
        let reset = json!({ "pupil": { "memberId": attached } });
        assert_eq!(app.tries(&away.founders[0], "resetPupilPassword", reset).await, "FORBIDDEN NOT_YOUR_PUPIL");
        let (_, state) = asks(&app, admin, &member).await;
        assert_eq!(state, "ACCEPTED");
        assert_eq!(app.tries(admin, "resetPupilPassword", json!({ "pupil": { "memberId": member } })).await, "OK");
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
        assert_eq!(app.tries(custodian, "offerCustody", mine).await, "CONFLICT NO_TEACHER");
        let made = app.does(custodian, "offerCustody", offer.clone(), "custodyTransfer { id }").await;
        let transfer = json!({ "custodyTransferId": made["custodyTransfer"]["id"] });
        assert_eq!(app.tries(custodian, "offerCustody", offer.clone()).await, "CONFLICT ALREADY_DONE");
        assert_eq!(waits(&app, colleague).await, json!([{ "kind": "CUSTODY_TRANSFER", "count": 1 }]));
        let may = app.sees(colleague, "{ viewer { permissions { deleteAccount { reason } } } }").await;
        assert_ne!(may["viewer"]["permissions"]["deleteAccount"]["reason"], "HAS_PUPILS");
        assert_eq!(app.tries(custodian, "acceptCustody", transfer.clone()).await, "FORBIDDEN NOT_YOURS");
        assert_eq!(app.tries(colleague, "declineCustody", transfer.clone()).await, "OK");
        assert_eq!(app.tries(colleague, "acceptCustody", transfer).await, "CONFLICT REQUEST_ENDED");
        assert_eq!(app.tries(custodian, "offerCustody", offer).await, "CONFLICT ASKED_LATELY");
        assert_eq!(app.tries(custodian, "resetPupilPassword", json!({ "pupil": { "memberId": member } })).await, "OK");
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
        assert_eq!(app.tries(teacher, "offerCustody", offer).await, "CONFLICT NO_TEACHER");
    }

}

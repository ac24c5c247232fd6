//! Pupils: verifying, inviting and attaching classes, signing in, and the actions of custodians.

use std::{
    collections::{BTreeSet, HashSet},
    ops::Deref,
};

use chrono::TimeDelta;
use domain::{clock, outcome};
use entity::TwinSpaceRole;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    members::custody::hand_over,
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
    },
};

mod attachment;
pub mod export;
mod property;
mod sheet;

pub const VERIFY: &str = "mutation($input: VerifyPupilsInput!) {
    verifyPupils(input: $input) {
        rows { status username problems candidates { name username } }
    }
}";

pub const INVITE: &str = "mutation($input: InvitePupilsInput!) {
    invitePupils(input: $input) {
        createdCount
        rows { status username password problems memberId member { name role kind } }
    }
}";

pub fn class(space: &Space, rows: &Value) -> Value {
    json!({ "input": {
        "twinSpaceId": space.id.to_string_id(), "rows": rows, "consentGivenBy": "GUARDIAN",
    } })
}

/// An id as clients write it.
pub trait Shown {
    fn to_string_id(&self) -> String;
}

impl<T: entity::Kind> Shown for T {
    fn to_string_id(&self) -> String {
        self.show()
    }
}

pub async fn invite(app: &TestApp, teacher: &Person, space: &Space, rows: Value) -> Vec<Value> {
    let answer = app.execute(Some(&teacher.token), INVITE, class(space, &rows)).await;
    let rows = answer.pointer("/data/invitePupils/rows").and_then(Value::as_array);
    rows.unwrap_or_else(|| panic!("{answer}")).clone()
}

pub async fn sign_in(app: &TestApp, username: &str, password: &str) -> Value {
    let query = "mutation($u: String!, $p: String!) {
        signInPupil(input: { username: $u, password: $p }) {
            token viewer { kind name memberships { nodes { twinSpace { id title } } } }
        }
    }";
    app.execute(None, query, json!({ "u": username, "p": password })).await
}

/// Thirty realistic names.
pub const NAMES: &[(&str, &str)] = &[
    ("Ángel", "Cano Robles"),
    ("Zoë", "O'Brien-Smith"),
    ("Jürgen", "Groß"),
    ("Søren", "Kierkegaard"),
    ("Łukasz", "Żółć"),
    ("Αγγελική", "Παπαδοπούλου"),
    ("Юлия", "Иванова"),
    ("محمد", "علي"),
    ("伟", "王"),
    ("Jean-Luc", "d’Arc"),
    ("Maria del Carmen", "de la Fuente y Ortega"),
    ("J.", "S."),
    ("A", "B"),
    ("Ana", "Silva"),
    ("Ana", "Silva"),
];

on_both_databases! {
    // M-06 to M-09
    async fn a_class_is_invited_as_it_was_verified_and_signs_in(app: TestApp) {
        let space = app.space().await;
        let teacher = &space.founders[0];
        let rows: Vec<Value> = NAMES
            .iter()
            .map(|(given, family)| json!({ "givenName": given, "familyName": family }))
            .collect();

        let mut seen = class(&space, &json!(rows));
        seen["input"].as_object_mut().unwrap().remove("consentGivenBy");
        let verified = app.execute(Some(&teacher.token), VERIFY, seen).await;
        let verified = verified["data"]["verifyPupils"]["rows"].as_array().unwrap().clone();
        let invited = invite(&app, teacher, &space, json!(rows)).await;

        let mut usernames = HashSet::new();
        for ((proposed, row), (given, family)) in verified.iter().zip(&invited).zip(NAMES) {
            assert_eq!(row["status"], "CREATED", "{row}");
            assert_eq!(proposed["username"], row["username"]);
            assert_eq!(row["member"]["name"], format!("{given} {family}"));
            let username = row["username"].as_str().unwrap();
            assert!(usernames.insert(username.to_owned()), "{username} twice");
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.';
            assert!(username.chars().all(plain), "{username}");
        }
        assert_eq!(invited[0]["username"], "angel.canorobles.1");
        assert_eq!(invited[1]["username"], "zoe.obriensmith.1");
        assert_eq!(invited[13]["username"], "ana.silva.1");
        assert_eq!(invited[14]["username"], "ana.silva.2");

        let (username, password) =
            (invited[0]["username"].as_str().unwrap(), invited[0]["password"].as_str().unwrap());
        let answer = sign_in(&app, &username.to_uppercase(), password).await;
        let viewer = &answer["data"]["signInPupil"]["viewer"];
        assert_eq!(viewer["kind"], "PUPIL", "{answer}");
        assert_eq!(viewer["memberships"]["nodes"][0]["twinSpace"]["title"], "Bees across borders");
        // A-02: a response never reveals whether the account exists.
        let wrong = sign_in(&app, username, "wrong-password-1").await;
        let nobody = sign_in(&app, "nobody.atall.1", "wrong-password-1").await;
        assert_eq!(wrong["errors"][0]["extensions"]["code"], "INVALID_CREDENTIALS");
        assert_eq!(wrong, nobody);
    }

    // M-07, M-10
    async fn what_is_wrong_is_told_by_row_and_all_or_nothing_does_nothing(app: TestApp) {
        let space = app.space().await;
        let teacher = &space.founders[0];
        let rows = json!([
            { "givenName": "Ana", "familyName": "Silva", "password": "short" },
            { "givenName": "", "familyName": "Silva" },
            { "givenName": "123", "familyName": "!!" },
            { "username": "no.such.1" },
            { "givenName": "Ana", "username": "ana.silva.1" },
            { "givenName": "Ana", "familyName": "Silva", "role": "TEACHER" },
            { "givenName": "Fine", "familyName": "Pupil" },
        ]);
        let outcomes = invite(&app, teacher, &space, rows.clone()).await;
        let problems: Vec<_> = outcomes.iter().map(|row| row["problems"].to_string()).collect();
        assert_eq!(problems, [
            r#"["PASSWORD_TOO_SHORT","PASSWORD_WITHOUT_DIGIT"]"#,
            r#"["GIVEN_NAME_MISSING"]"#,
            r#"["NAME_WITHOUT_LETTERS"]"#,
            r#"["NO_SUCH_PUPIL"]"#,
            r#"["UNCLEAR"]"#,
            r#"["ROLE_NOT_A_PUPILS"]"#,
            r#"["OTHER_ROWS_INVALID"]"#,
        ]);
        assert!(outcomes.iter().all(|row| row["status"] == "INVALID"));

        let mut best = class(&space, &rows);
        best["input"]["mode"] = json!("BEST_EFFORT");
        let answer = app.execute(Some(&teacher.token), INVITE, best).await;
        assert_eq!(answer["data"]["invitePupils"]["createdCount"], 1, "{answer}");
        let many: Vec<_> = (0..101).map(|_| json!({ "givenName": "A", "familyName": "B" })).collect();
        let code = app.outcome(Some(&teacher.token), INVITE, class(&space, &json!(many))).await;
        assert_eq!(code, "BAD_USER_INPUT");
    }

    // M-10
    async fn a_repeated_request_changes_nothing_and_tells_no_password(app: TestApp) {
        let space = app.space().await;
        let teacher = &space.founders[0];
        let rows = json!([{ "givenName": "Ana", "familyName": "Silva" }]);
        let mut asked = class(&space, &rows);
        asked["input"]["idempotencyKey"] = json!("class 4b");
        let first = app.execute(Some(&teacher.token), INVITE, asked.clone()).await;
        let again = app.execute(Some(&teacher.token), INVITE, asked.clone()).await;
        let row = |answer: &Value| answer["data"]["invitePupils"]["rows"][0].clone();
        assert_eq!(row(&first)["username"], row(&again)["username"], "{first} {again}");
        assert_eq!(row(&first)["memberId"], row(&again)["memberId"]);
        assert!(row(&first)["password"].is_string() && row(&again)["password"].is_null());
        asked["input"]["rows"] = json!([{ "givenName": "Else", "familyName": "Body" }]);
        assert_eq!(app.outcome(Some(&teacher.token), INVITE, asked).await, "CONFLICT");
    }

    // M-10
    async fn an_outcome_is_kept_for_a_week(app: TestApp) {
        let space = app.space().await;
        let teacher = &space.founders[0];
        let mut asked = class(&space, &json!([{ "givenName": "Ana", "familyName": "Silva" }]));
        asked["input"]["idempotencyKey"] = json!("class 4b");
        app.execute(Some(&teacher.token), INVITE, asked).await;
        let kept = async |now| {
            outcome::expire(app.db.begin().await.unwrap().deref(), now).await.unwrap() == 0
        };
        assert!(kept(clock::now() + TimeDelta::days(6)).await);
        assert!(!kept(clock::now() + TimeDelta::days(8)).await);
    }

    // M-14
    async fn the_guidance_on_publishing_is_the_one_that_was_set(app: TestApp) {
        let ask = "{ publishingGuidance { text url } }";
        let usual = app.sees(None, ask).await["publishingGuidance"].take();
        assert!(usual["text"].as_str().unwrap().contains("consent"), "{usual}");
        let app = app.another_instance_with(|config| {
            config.guidance.text = "Ask first.".into();
            config.guidance.url = Some("https://example.org/rules".into());
        }).await;
        let set = app.sees(None, ask).await["publishingGuidance"].take();
        assert_eq!(set, json!({ "text": "Ask first.", "url": "https://example.org/rules" }));
    }

    // M-15, M-16, A-07
    async fn only_the_custodian_sets_a_password_and_it_ends_the_sessions(app: TestApp) {
        let space = app.space().await;
        let [custodian, other] = &space.founders;
        let made = invite(&app, custodian, &space, json!([
            { "givenName": "Ana", "familyName": "Silva", "password": "sunflower 7" },
        ])).await;
        let (username, member) = (made[0]["username"].as_str().unwrap(), &made[0]["memberId"]);
        let signed_in = sign_in(&app, username, "sunflower 7").await;
        let token = signed_in["data"]["signInPupil"]["token"].as_str().unwrap().to_owned();
        let reset = "mutation($id: ID!) { resetPupilPassword(input: { pupil: { memberId: $id } }) { password } }";
        let refused = app.execute(Some(&other.token), reset, json!({ "id": member })).await;
        assert_eq!(refused["errors"][0]["extensions"]["reason"], "NOT_YOUR_PUPIL", "{refused}");
        let done = app.execute(Some(&custodian.token), reset, json!({ "id": member })).await;
        let password = done["data"]["resetPupilPassword"]["password"].as_str().unwrap();
        assert!(app.authenticate(Some(&token)).await.is_err(), "the session goes on");
        assert!(sign_in(&app, username, "sunflower 7").await["errors"].is_array());
        assert!(sign_in(&app, username, password).await["errors"].is_null());
        // Custody is transferred to the other, who may do it now.
        let places = "query($id: ID!) { twinSpace(id: $id) { members(filter: { roles: [TEACHER_ADMIN] }) { nodes { id isViewer } } } }";
        let places = app.execute(Some(&other.token), places, json!({ "id": space.id.to_string_id() })).await;
        let nodes = places["data"]["twinSpace"]["members"]["nodes"].as_array().unwrap().clone();
        let to = &nodes.iter().find(|node| node["isViewer"] == true).unwrap()["id"];
        let input = json!({ "memberId": member, "toMemberId": to });
        // The custodian is still here: an administrator cannot take over custody.
        assert_eq!(app.tries(other, "offerCustody", input).await, "FORBIDDEN NOT_YOUR_PUPIL");
        let taken = app.tries(other, "requestCustody", json!({ "memberId": member })).await;
        assert_eq!(taken, "FORBIDDEN NOT_YOUR_PUPIL");
        hand_over(&app, custodian, other, member.as_str().unwrap(), to.as_str().unwrap()).await;
        assert_eq!(app.outcome(Some(&other.token), reset, json!({ "id": member })).await, "OK");
        assert_eq!(app.outcome(Some(&custodian.token), reset, json!({ "id": member })).await, "FORBIDDEN");
    }

    // M-14
    async fn consents_are_recorded_listed_and_withdrawn(app: TestApp) {
        let space = app.space().await;
        let teacher = &space.founders[0];
        let made = invite(&app, teacher, &space, json!([{ "givenName": "Ana", "familyName": "Silva" }])).await;
        let member = &made[0]["memberId"];
        let record = "mutation($id: ID!) {
            recordConsent(input: { pupils: { memberIds: [$id] }, scope: PICTURES, givenBy: PUPIL }) {
                member { consents { scope givenBy withdrawnAt recordedBy { name } } }
            }
        }";
        let answer = app.execute(Some(&teacher.token), record, json!({ "id": member })).await;
        assert_eq!(answer["data"]["recordConsent"]["member"]["consents"], json!([
            { "scope": "PARTICIPATION", "givenBy": "GUARDIAN", "withdrawnAt": null, "recordedBy": { "name": "Frida Founder" } },
            { "scope": "PICTURES", "givenBy": "PUPIL", "withdrawnAt": null, "recordedBy": { "name": "Frida Founder" } },
        ]), "{answer}");
        assert_eq!(app.outcome(Some(&teacher.token), record, json!({ "id": member })).await, "CONFLICT");
        let withdraw = "mutation($id: ID!) {
            withdrawConsent(input: { pupil: { memberId: $id }, scope: PICTURES }) { member { consents { withdrawnAt } } }
        }";
        let answer = app.execute(Some(&teacher.token), withdraw, json!({ "id": member })).await;
        assert!(answer["data"]["withdrawConsent"]["member"]["consents"][1]["withdrawnAt"].is_string());
    }

    async fn an_erased_pupil_leaves_nothing_personal(app: TestApp) {
        let space = app.space().await;
        let [custodian, other] = &space.founders;
        let made = invite(&app, custodian, &space, json!([
            { "givenName": "Ana", "familyName": "Silva", "password": "sunflower 7" },
        ])).await;
        let (username, member) = (made[0]["username"].as_str().unwrap(), &made[0]["memberId"]);
        let erase = "mutation($id: ID!, $yes: Boolean!) {
            erasePupil(input: { pupil: { memberId: $id }, acknowledge: $yes }) { memberId }
        }";
        let input = |yes: bool| json!({ "id": member, "yes": yes });
        assert_eq!(app.outcome(Some(&other.token), erase, input(true)).await, "FORBIDDEN");
        assert_eq!(app.outcome(Some(&custodian.token), erase, input(false)).await, "BAD_USER_INPUT");
        assert_eq!(app.outcome(Some(&custodian.token), erase, input(true)).await, "OK");
        assert!(sign_in(&app, username, "sunflower 7").await["errors"].is_array());
        let log = "query($id: ID!) { twinSpace(id: $id) { auditLog(first: 5) { nodes { act person { name } } } } }";
        let log = app.execute(Some(&custodian.token), log, json!({ "id": space.id.to_string_id() })).await;
        let newest = &log["data"]["twinSpace"]["auditLog"]["nodes"][0];
        assert_eq!(newest, &json!({ "act": "PUPIL_ERASED", "person": { "name": "Former pupil" } }), "{log}");
    }

    // M-08, M-10
    async fn sixty_four_classes_of_the_same_names_get_distinct_usernames(app: TestApp) {
        let space = app.space().await;
        let mut teachers = Vec::new();
        for n in 0..64 {
            let teacher = app.teacher(&format!("Teacher {n}"), "DE").await;
            app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
            teachers.push(teacher);
        }
        let rows = json!([
            { "givenName": "Ana", "familyName": "Silva" },
            { "givenName": "John", "familyName": "Smith" },
            { "givenName": "Ana", "familyName": "Silva" },
        ]);
        let classes = teachers.iter().map(|teacher| invite(&app, teacher, &space, rows.clone()));
        let mut numbers: [BTreeSet<u32>; 2] = Default::default();
        for class in join_all(classes).await {
            for row in class {
                assert_eq!(row["status"], "CREATED", "{row}");
                let username = row["username"].as_str().unwrap();
                let (stem, number) = username.rsplit_once('.').unwrap();
                let of = usize::from(stem == "john.smith");
                assert!(numbers[of].insert(number.parse().unwrap()), "{username} twice");
            }
        }
        // Without gaps.
        assert_eq!(numbers[0], (1..=128).collect());
        assert_eq!(numbers[1], (1..=64).collect());
    }

    // M-13
    async fn a_teacher_invites_pupils_and_a_pupil_or_visitor_does_not(app: TestApp) {
        let space = app.space().await;
        let rows = json!([{ "givenName": "Ana", "familyName": "Silva" }]);
        for (role, expected) in [
            (TwinSpaceRole::Teacher, "OK"),
            (TwinSpaceRole::PupilAdmin, "FORBIDDEN"),
            (TwinSpaceRole::Pupil, "FORBIDDEN"),
            (TwinSpaceRole::Visitor, "FORBIDDEN"),
        ] {
            let person = app.teacher("Somebody", "DE").await;
            app.seat(&space, &person, role).await;
            let code = app.outcome(Some(&person.token), INVITE, class(&space, &rows)).await;
            assert_eq!(code, expected, "{role:?}");
        }
    }
}

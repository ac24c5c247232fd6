//! Every object with an ID is found by it (Relay's `Node`).

use std::collections::BTreeSet;

use async_graphql::parser::types::TypeKind;
use entity::TwinSpaceId;
use serde_json::{Value, json};

use crate::{
    api::sdl,
    policy::scene::{Cast, Scene, State},
    support::{TestApp, cast::Person, on_both_databases},
};

/// The types whose objects are found by their ID.
pub fn types() -> BTreeSet<String> {
    let nodes = sdl::types().iter().filter_map(|ty| match &ty.kind {
        TypeKind::Object(object) if object.implements.iter().any(|of| of.node == "Node") => {
            Some(ty.name.node.to_string())
        }
        _ => None,
    });
    nodes.collect()
}

/// What a scene has no ID of: the name by which requests refer to it, a type, somebody who sees it,
/// and where they find it.
const FOUND: &[(&str, &str, &str, &str, &str)] = &[
    (
        "$thread",
        "Thread",
        "founder",
        "{ node(id: $sent) { ... on Message { thread { id } } } }",
        "/node/thread/id",
    ),
    (
        "$approval",
        "Approval",
        "founder",
        "{ project(id: $project) { approvals { id } } }",
        "/project/approvals/0/id",
    ),
    (
        "$service",
        "Service",
        "founder",
        "{ project(id: $project) { approvals { service { id } } } }",
        "/project/approvals/0/service/id",
    ),
    ("$school", "School", "founder", "{ viewer { school { id } } }", "/viewer/school/id"),
    ("$session", "Session", "founder", "{ viewer { sessions { id } } }", "/viewer/sessions/0/id"),
    (
        "$logged",
        "AuditEntry",
        "founder",
        "{ project(id: $project) { auditLog(first: 1) { nodes { id } } } }",
        "/project/auditLog/nodes/0/id",
    ),
    (
        "$own",
        "Pupil",
        "founder",
        "{ viewer { pupils(first: 1) { nodes { id } } } }",
        "/viewer/pupils/nodes/0/id",
    ),
    (
        "$consent",
        "Consent",
        "teacher",
        "{ node(id: $pupil) { ... on Member { consents { id } } } }",
        "/node/consents/0/id",
    ),
    (
        "$news",
        "PupilNews",
        "teacher",
        "{ viewer { notifications { nodes { subject { ... on PupilNews { id } } } } } }",
        "",
    ),
];

/// The objects of a scene, and one of each other type: the name by which requests refer to it, its type,
/// its ID, and somebody who sees it.
pub async fn one_of_each<'a>(
    app: &TestApp,
    cast: &'a Cast,
    scene: &Scene,
) -> Vec<(&'static str, &'static str, String, &'a Person)> {
    let (founder, teacher) = (cast.founder(), cast.person("teacher"));
    // Its custodian is told.
    let consent = json!({ "pupils": { "memberIds": [scene.charge.to_string()] }, "scope": "PICTURES", "givenBy": "GUARDIAN" });
    app.does(founder, "recordConsent", consent, "__typename").await;
    let [asked, handed] = ask_for_pupils(app, cast, scene).await;
    let mut all = vec![
        ("$asked", "PupilRequest", asked, &cast.candidates[0]),
        ("$handed", "CustodyTransfer", handed, teacher),
    ];
    for (name, ty) in [
        ("$project", "Project"),
        ("$space", "TwinSpace"),
        ("$pupil", "Member"),
        ("$partner", "Partner"),
        ("$invitation", "Invitation"),
        ("$entry", "DiaryEntry"),
        ("$succession", "Succession"),
        ("$page", "Page"),
        ("$media", "Media"),
        ("$chat", "ChatMessage"),
        ("$report", "Report"),
        ("$sent", "Message"),
        ("$candidate", "Person"),
        ("$known", "Contact"),
    ] {
        let id = scene.fill(name, scene.charge);
        all.push((name, ty, id.trim_matches('"').to_owned(), founder));
    }
    all.push(("$label", "LabelApplication", scene.label.to_string(), &cast.applicant));
    for &(name, ty, who, query, at) in FOUND {
        let who = cast.person(who);
        let data = app.sees(who, &scene.fill(query, scene.charge)).await;
        let found = match data.pointer(at).and_then(Value::as_str) {
            Some(found) => found.to_owned(),
            None => first_id(&data).unwrap_or_else(|| panic!("{ty}: {data}")),
        };
        all.push((name, ty, found, who));
    }
    all
}

/// The first ID anywhere in an answer.
fn first_id(data: &Value) -> Option<String> {
    match data {
        Value::Array(list) => list.iter().find_map(first_id),
        Value::Object(fields) => match fields.get("id").and_then(Value::as_str) {
            Some(id) => Some(id.to_owned()),
            None => fields.values().find_map(first_id),
        },
        _ => None,
    }
}

/// Asks for a pupil of the candidate's, and offers the custody of a pupil of the teacher's.
async fn ask_for_pupils(app: &TestApp, cast: &Cast, scene: &Scene) -> [String; 2] {
    let custodian = &cast.candidates[0];
    app.pupil("Olga Outside", custodian).await;
    let own = "{ viewer { pupils { nodes { username } } } }";
    let username =
        app.sees(custodian, own).await["viewer"]["pupils"]["nodes"][0]["username"].take();
    let rows = json!([{ "username": username }]);
    let space = TwinSpaceId::from(scene.project).to_string();
    let input = json!({ "twinSpaceId": space, "rows": rows, "consentGivenBy": "GUARDIAN" });
    app.does(cast.founder(), "invitePupils", input, "rows { status }").await;
    let waits = "{ viewer { pupilRequests(last: 1) { nodes { id } } } }";
    let asked =
        app.sees(custodian, waits).await["viewer"]["pupilRequests"]["nodes"][0]["id"].take();
    let to = app.access(cast.person("teacher admin"), scene.project).await.member.unwrap().0;
    let input = json!({ "memberId": scene.charge.to_string(), "toMemberId": to.to_string() });
    let teacher = cast.person("teacher");
    let mut offer = app.does(teacher, "offerCustody", input, "custodyTransfer { id }").await;
    [asked, offer["custodyTransfer"]["id"].take()].map(|id| id.as_str().unwrap().to_owned())
}

on_both_databases! {
    async fn an_id_that_is_none_is_refused_with_what_is_expected(app: TestApp) {
        let space = app.space().await;
        let frida = &space.founders[0];
        let expects = |answer: &Value| (answer["errors"][0]["extensions"]["code"].clone(), answer["errors"][0]["extensions"]["expects"].clone());
        for (query, kind) in [
            ("{ page(id: 5) { id } }", "page"),
            ("{ page(id: \"5\") { id } }", "page"),
            ("{ project(id: 123456789012345678901234567890) { id } }", "project"),
            ("mutation { markPupilNewsRead(input: { pupilNewsIds: [5] }) { readCount } }", "pupilnews"),
            ("mutation { markPupilNewsRead(input: { pupilNewsIds: [\"x\"] }) { readCount } }", "pupilnews"),
            ("mutation { markPupilNewsRead(input: { pupilNewsIds: \"x\" }) { readCount } }", "pupilnews"),
            ("mutation { recordConsent(input: { pupils: { memberIds: [\"x\"] }, scope: PICTURES, givenBy: PUPIL }) { __typename } }", "member"),
        ] {
            let answer = app.execute(Some(&frida.token), query, json!({})).await;
            assert_eq!(expects(&answer), (json!("BAD_USER_INPUT"), json!(kind)), "{query}: {answer}");
            assert!(!answer.to_string().contains("Expected input type"), "{answer}");
        }
        let query = "mutation($ids: [ID!]!) { markPupilNewsRead(input: { pupilNewsIds: $ids }) { readCount } }";
        for ids in [json!([5]), json!(["x"]), json!(5), json!([space.project.to_string()])] {
            let answer = app.execute(Some(&frida.token), query, json!({ "ids": ids })).await;
            assert_eq!(expects(&answer), (json!("BAD_USER_INPUT"), json!("pupilnews")), "{answer}");
        }
    }

    //
    async fn every_node_is_found_by_its_id_and_only_by_those_who_see_it(app: TestApp) {
        let cast = Cast::new(&app).await;
        let scene = Scene::new(&app, &cast, State::Active).await;
        let all = one_of_each(&app, &cast, &scene).await;
        let types: BTreeSet<_> = all.iter().map(|one| one.1.to_owned()).collect();
        assert_eq!(types, self::types(), "make one of each");
        let ask = |id: &str| format!("{{ node(id: \"{id}\") {{ id __typename }} }}");
        for (_, ty, id, who) in &all {
            let node = app.sees(*who, &ask(id)).await["node"].take();
            assert_eq!(node, json!({ "id": id, "__typename": ty }));
            let (_, key) = id.split_once('_').unwrap();
            // An ID of another kind with the same key leads to nothing, or to something of that kind.
            let like: Vec<_> = all.iter().map(|one| one.2.split_once('_').unwrap().0).map(|kind| format!("{kind}_{key}")).collect();
            let found = app.sees(*who, &format!("{{ nodes(ids: {}) {{ id }} }}", json!(like))).await;
            for (node, id) in found["nodes"].as_array().unwrap().iter().zip(&like) {
                assert!(node.is_null() || node["id"] == **id, "{ty}, {id}: {node}");
            }
            for other in ["stranger", "guest", "nobody"] {
                let seen = app.sees(cast.get(other).person.as_ref(), &ask(id)).await["node"].take();
                let open = match *ty {
                    "Project" | "DiaryEntry" | "Service" | "School" => true,
                    "Person" | "Partner" | "Approval" => other == "stranger",
                    _ => false,
                };
                assert_eq!(!seen.is_null(), open, "{ty} as {other}: {seen}");
            }
        }
    }

    //
    async fn an_entry_of_the_audit_log_leads_to_what_it_is_about(app: TestApp) {
        let cast = Cast::new(&app).await;
        let scene = Scene::new(&app, &cast, State::Active).await;
        let log = format!("{{ project(id: \"{}\") {{ auditLog(first: 100) {{ nodes {{ act subject {{ id __typename }} }} }} }} }}", scene.project);
        let subjects = async |who: &Person| {
            let mut data = app.sees(who, &log).await;
            let entries = data["project"]["auditLog"]["nodes"].take();
            let of = |act: &str| entries.as_array().unwrap().iter().find(|entry| entry["act"] == act).unwrap()["subject"].clone();
            ["INVITATION_SENT", "MESSAGE_REPORTED", "LABEL_APPLIED", "TWIN_SPACE_OPENED"].map(of)
        };
        let [invitation, report, label, opened] = subjects(cast.founder()).await;
        assert_eq!(invitation["__typename"], "Invitation");
        assert_eq!(report, json!({ "id": scene.report.to_string(), "__typename": "Report" }));
        // Somebody else's application is shown once it is granted.
        assert_eq!((label, opened), (Value::Null, Value::Null));
        // An officer reads the log, but not what is inside the TwinSpace.
        let [_, report, label, _] = subjects(cast.person("officer")).await;
        assert_eq!(report, Value::Null);
        assert_eq!(label, json!({ "id": scene.label.to_string(), "__typename": "LabelApplication" }));
    }

    async fn the_number_of_statements_does_not_depend_on_the_number_of_nodes(app: TestApp) {
        let space = app.space().await;
        let [frida, fabien] = &space.founders;
        let others = [app.teacher("Ada", "IT").await, app.guest("Gus").await, app.pupil("Pia", frida).await];
        for person in &others[1..] {
            app.seat(&space, person, entity::TwinSpaceRole::Visitor).await;
        }
        let few = [fabien.id, others[1].id].map(|id| id.to_string());
        let many: Vec<_> = others.iter().map(|person| person.id.to_string()).chain(few.clone()).collect();
        let ask = |ids: &[String]| format!("{{ nodes(ids: {}) {{ ... on Person {{ name school {{ name }} teacher {{ profile subjects }} picture {{ url }} }} }} }}", json!(ids));
        let [few, many] = [ask(&few), ask(&many)];
        let expected = app.statements(app.sees(frida, &few)).await.1;
        assert_eq!(app.statements(app.sees(frida, &many)).await.1, expected);
    }
}

#[test]
fn everything_with_an_id_is_a_node() {
    let nodes = types();
    let bare = sdl::objects().into_iter().filter(|(name, fields)| {
        let has_id = fields.iter().any(|(field, ty)| field == "id" && ty == "ID");
        has_id && !name.ends_with("Payload") && !nodes.contains(name)
    });
    let bare: Vec<_> = bare.map(|(name, _)| name).collect();
    assert_eq!(bare, [] as [String; 0]);
}

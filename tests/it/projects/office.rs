//! An officer's working day: what waits, what was decided, and the projects, teachers, schools and
//! numbers of the country or region (P-06, P-07).

use std::sync::Arc;

use domain::clock::now;
use entity::{Act, audit};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::{
    members::pupil,
    projects::project::Founding,
    server::wire::Wire,
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
    },
};

mod project;

pub async fn office(app: &TestApp, officer: &Person, fields: &str) -> Value {
    app.sees(officer, &format!("{{ office {{ {fields} }} }}")).await["office"].take()
}

/// Gives a teacher a school in a region, as they would themselves.
async fn moves(app: &TestApp, teacher: &Person, town: &str, region: &str, country: &str) {
    let school = json!({ "name": "Gymnasium", "town": town, "region": region, "country": country });
    app.does(teacher, "editProfile", json!({ "school": school }), "__typename").await;
}

async fn names(app: &TestApp, officer: &Person, filter: &str) -> Vec<String> {
    let list = format!("teachers{filter} {{ totalCount nodes {{ person {{ name }} }} }}");
    let teachers = office(app, officer, &list).await["teachers"].take();
    let nodes = teachers["nodes"].as_array().unwrap();
    assert_eq!(teachers["totalCount"], nodes.len());
    nodes.iter().map(|node| node["person"]["name"].as_str().unwrap().to_owned()).collect()
}

/// Brings a project to its decisions, and has these officers approve it.
async fn approved(app: &TestApp, founding: &Founding, officers: &[&Person]) -> String {
    let project = founding.reach(app, "PENDING_APPROVAL").await;
    for officer in officers {
        app.does(*officer, "approveProject", json!({ "projectId": project }), "__typename").await;
    }
    project
}

async fn apply(app: &TestApp, partner: &Person, project: &str) -> Value {
    let input = json!({ "projectId": project, "statement": "We sang." });
    app.does(partner, "applyForLabel", input, "labelApplication { id }").await["labelApplication"]["id"]
        .take()
}

/// A founder brings in a pupil, who belongs to the founder's school (M-09).
async fn invite(app: &TestApp, space: &Space, founder: usize) {
    let rows = json!([{ "givenName": "Paul", "familyName": "P" }]);
    pupil::invite(app, &space.founders[founder], space, rows).await;
}

/// Downloads what a link of an export leads to.
async fn download(wire: &Wire, who: &Person, url: &str) -> (u16, String) {
    let url = wire.url(&url[url.find("/exports").unwrap()..]);
    let answer = wire.client.get(url).bearer_auth(&who.token).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn link(app: &TestApp, officer: &Person) -> String {
    let made = app.does(officer, "exportNumbers", json!({ "months": 2 }), "url").await;
    made["url"].as_str().unwrap().to_owned()
}

/// The name that somebody loads by the ID of a person or a school.
async fn loads(app: &TestApp, who: Option<&Person>, id: &str) -> Value {
    let query =
        format!("{{ node(id: \"{id}\") {{ ... on Person {{ name }} ... on School {{ name }} }} }}");
    app.sees(who, &query).await["node"]["name"].take()
}

on_both_databases! {
    //
    async fn officers_and_administrators_load_by_id_whom_their_lists_name(app: TestApp) {
        let (spanish, southern) = (app.officer("ES", "").await, app.officer("ES", "Andalucía").await);
        let ada = app.administrator().await;
        let founding = Founding::of(&app).await;
        let [ana, gus] = [app.teacher("Ana", "ES").await, app.guest("Gus").await];
        let pupil = app.pupil("Pia", &ana).await;
        let (proposer, id) = (&founding.proposer, |person: &Person| person.id.to_string());
        let name = app.sees(proposer, "{ viewer { name } }").await["viewer"]["name"].take();
        assert_eq!(loads(&app, Some(&spanish), &id(&ana)).await, "Ana");
        assert_eq!(loads(&app, Some(&southern), &id(&ana)).await, Value::Null);
        moves(&app, &ana, "Granada", "Andalucía", "ES").await;
        assert_eq!(loads(&app, Some(&southern), &id(&ana)).await, "Ana");
        for officer in [&spanish, &southern] {
            for other in [id(&gus), id(&pupil), id(proposer), id(&ada)] {
                assert_eq!(loads(&app, Some(officer), &other).await, Value::Null);
            }
        }
        assert_eq!(loads(&app, Some(&ada), &id(&ana)).await, "Ana");
        assert_eq!(loads(&app, Some(&ada), &id(&gus)).await, "Gus");
        assert_eq!(loads(&app, Some(&ada), &id(proposer)).await, name);
        assert_eq!(loads(&app, Some(&ada), &id(&pupil)).await, Value::Null);
        // Those who take part in a project on which a service decides, once it is sent.
        let service = app.officer("DE", "").await;
        let draft = founding.draft(&app).await;
        let abroad = app.officer("LU", "").await;
        assert_eq!(loads(&app, Some(&abroad), &id(proposer)).await, Value::Null);
        app.does(proposer, "sendProject", json!({ "projectId": draft }), "__typename").await;
        app.does(&founding.cofounder, "acceptProject", json!({ "projectId": draft }), "__typename").await;
        for person in [proposer, &founding.cofounder] {
            assert_ne!(loads(&app, Some(&service), &id(person)).await, Value::Null);
            assert_eq!(loads(&app, Some(&abroad), &id(person)).await, Value::Null);
        }
        // A school is no secret.
        let school = app.sees(&ana, "{ viewer { school { id name } } }").await["viewer"]["school"].take();
        assert_eq!(loads(&app, None, school["id"].as_str().unwrap()).await, school["name"]);
        // However many are asked for.
        let ask = |ids: &[String]| format!("{{ nodes(ids: {}) {{ ... on Person {{ name }} }} }}", json!(ids));
        let few = app.statements(app.sees(&spanish, &ask(&[id(&ana)]))).await.1;
        let many = ask(&[id(&ana), id(&gus), id(proposer), id(&pupil)]);
        assert!(app.statements(app.sees(&spanish, &many)).await.1 <= few + 1);
    }

    // P-06
    async fn an_officer_sees_the_service_with_its_country_and_regions(app: TestApp) {
        let spanish = app.officer("ES", "").await;
        let southern = app.officer("ES", "Andalucía").await;
        let fields = "service { name region } country regions { name }";
        let regions = json!([{ "name": "Andalucía" }]);
        assert_eq!(office(&app, &spanish, fields).await, json!({
            "service": { "name": "Service of ES ", "region": null }, "country": "ES", "regions": regions }));
        assert_eq!(office(&app, &southern, fields).await, json!({
            "service": { "name": "Service of ES Andalucía", "region": "Andalucía" }, "country": "ES",
            "regions": regions }));
    }

    async fn an_office_where_nothing_happened_shows_all_of_it(app: TestApp) {
        let officer = app.officer("SE", "").await;
        let lists = "waiting { total byKind { kind } } decisions { totalCount nodes { kind } }
            projects { totalCount nodes { projectId } } teachers { totalCount nodes { school { name } } }
            schools { totalCount nodes { teacherCount } } numbers(months: 1) { projects pupils }";
        let none = json!({ "totalCount": 0, "nodes": [] });
        assert_eq!(office(&app, &officer, lists).await, json!({
            "waiting": { "total": 0, "byKind": [] }, "decisions": none, "projects": none, "teachers": none,
            "schools": none, "numbers": [{ "projects": 0, "pupils": 0 }] }));
    }

    // P-07, L-01
    async fn what_was_decided_says_by_whom_when_and_why(app: TestApp) {
        let founding = Founding::of(&app).await;
        let german = app.officer("DE", "").await;
        let french = app.officer("FR", "").await;
        let project = founding.reach(&app, "PENDING_APPROVAL").await;
        let waiting = "waiting { total byKind { kind count } }";
        assert_eq!(office(&app, &german, waiting).await["waiting"],
            json!({ "total": 1, "byKind": [{ "kind": "APPROVAL", "count": 1 }] }));
        let approve = json!({ "projectId": project, "reason": "Well thought." });
        app.does(&german, "approveProject", approve, "__typename").await;
        let reject = json!({ "projectId": project, "reason": "Which pupils?" });
        app.does(&french, "rejectProject", reject, "__typename").await;
        let open = approved(&app, &founding, &[&german, &french]).await;
        let label = apply(&app, &founding.proposer, &open).await;
        let refuse = json!({ "labelApplicationId": label, "reason": "Sing more." });
        app.does(&german, "refuseLabel", refuse, "__typename").await;

        let fields = "kind granted projectTitle project { id } person { name } reason decidedBy { name }";
        let list = format!("decisions {{ totalCount nodes {{ {fields} decidedAt }} }}");
        let mut made = office(&app, &german, &list).await["decisions"].take();
        assert_eq!(made["totalCount"], 3);
        for node in made["nodes"].as_array_mut().unwrap() {
            assert!(node.as_object_mut().unwrap().remove("decidedAt").unwrap().is_string());
        }
        let olga = json!({ "name": "Olga Officer" });
        let of = |project: &str| json!({ "projectTitle": "Rivers", "project": { "id": project } });
        let with = |mut one: Value, more: Value| {
            one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            one
        };
        assert_eq!(made["nodes"][0], with(of(&open), json!({
            "kind": "LABEL", "granted": false, "person": { "name": "Petra Proposer" }, "reason": "Sing more.",
            "decidedBy": olga })));
        assert_eq!(made["nodes"][1]["kind"], "PROJECT");
        assert_eq!(made["nodes"][2], with(of(&project), json!({
            "kind": "PROJECT", "granted": true, "person": null, "reason": "Well thought.", "decidedBy": olga })));
        let theirs = office(&app, &french, &list).await["decisions"]["nodes"].take();
        assert_eq!(theirs[1]["granted"], false);
        assert_eq!(theirs[1]["reason"], "Which pupils?");

        // Filters, and pages.
        let labels = format!("decisions(kinds: [LABEL], decidedById: \"{}\") {{ totalCount nodes {{ kind }} }}", german.id);
        assert_eq!(office(&app, &german, &labels).await["decisions"]["nodes"], json!([{ "kind": "LABEL" }]));
        let nobody = format!("decisions(decidedById: \"{}\") {{ totalCount }}", french.id);
        assert_eq!(office(&app, &german, &nobody).await["decisions"]["totalCount"], 0);
        let mut after = String::new();
        for n in 0..3 {
            let page = format!("decisions(first: 1{after}) {{ nodes {{ kind }} pageInfo {{ endCursor hasNextPage }} }}");
            let page = office(&app, &german, &page).await["decisions"].take();
            assert_eq!(page["pageInfo"]["hasNextPage"], n < 2);
            assert_eq!(page["nodes"][0]["kind"], made["nodes"][n]["kind"]);
            after = format!(", after: {}", page["pageInfo"]["endCursor"]);
        }
    }

    // C-01, A-01
    async fn teachers_and_schools_are_found_by_what_is_remembered_of_them(app: TestApp) {
        let space = app.space().await;
        let german = app.officer("DE", "").await;
        let dora = app.teacher("Dora Ärmel", "DE").await;
        app.teacher("Émile", "FR").await;
        moves(&app, &dora, "Köln", "", "DE").await;
        invite(&app, &space, 0).await;
        assert_eq!(names(&app, &german, "(filter: { search: \"armel\" })").await, ["Dora Ärmel"]);
        let seen = "teachers { nodes { person { name } school { id town } blocked projectCount registeredAt } }";
        let seen = office(&app, &german, seen).await["teachers"]["nodes"].take();
        assert_eq!(seen[0]["person"]["name"], "Dora Ärmel");
        assert_eq!((&seen[0]["school"]["town"], &seen[0]["projectCount"]), (&json!("Köln"), &json!(0)));
        assert_eq!((&seen[1]["blocked"], &seen[1]["projectCount"]), (&json!(false), &json!(1)));
        let school = format!("(filter: {{ schoolId: {} }})", seen[0]["school"]["id"]);
        assert_eq!(names(&app, &german, &school).await, ["Dora Ärmel"]);
        let towns = "schools(search: \"koln gymnasium\") { totalCount nodes { school { town } } }";
        let found = office(&app, &german, towns).await["schools"].take();
        assert_eq!(found, json!({ "totalCount": 1, "nodes": [{ "school": { "town": "Köln" } }] }));
        // Pages of schools go on where they ended.
        let mut found = vec![];
        let mut after = String::new();
        loop {
            let page = format!("schools(first: 1{after}) {{ nodes {{ school {{ name }} teacherCount pupilCount }}
                pageInfo {{ endCursor hasNextPage }} }}");
            let page = office(&app, &german, &page).await["schools"].take();
            found.push(page["nodes"][0].clone());
            after = format!(", after: {}", page["pageInfo"]["endCursor"]);
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        // Those of Frida, of Dora before she moved, and of Dora now.
        assert_eq!(found.len(), 3);
        let fridas = found.iter().find(|one| one["school"]["name"] == "School of Frida Founder").unwrap();
        assert_eq!((&fridas["teacherCount"], &fridas["pupilCount"]), (&json!(1), &json!(1)));
    }

    // L-01, M-17
    async fn the_numbers_of_a_month_are_data_and_a_file_for_a_spreadsheet(app: TestApp) {
        let space = app.space().await;
        let frida = &space.founders[0];
        let german = app.officer("DE", "").await;
        let swedish = app.officer("SE", "").await;
        app.draft(frida, &app.teacher("Ivo", "IT").await).await;
        invite(&app, &space, 0).await;
        invite(&app, &space, 1).await;
        let label = apply(&app, frida, &space.project.to_string()).await;
        app.does(&german, "grantLabel", json!({ "labelApplicationId": label }), "__typename").await;
        let numbers = "numbers(months: 2) { month projects twinSpaces teachers pupils labels }";
        let seen = office(&app, &german, numbers).await["numbers"].take();
        let this = now().format("%Y-%m").to_string();
        assert_eq!(seen[0]["projects"], 0);
        assert_eq!(seen[1], json!({ "month": format!("{this}-01"), "projects": 2, "twinSpaces": 1, "teachers": 1,
            "pupils": 1, "labels": 1 }));
        for wrong in [0, 121, -1] {
            let query = format!("{{ office {{ numbers(months: {wrong}) {{ month }} }} }}");
            assert_eq!(app.asks(&german, &query).await, "BAD_USER_INPUT months");
            assert_eq!(app.tries(&german, "exportNumbers", json!({ "months": wrong })).await, "BAD_USER_INPUT months");
        }

        let wire = Wire::of(Arc::clone(&app)).await;
        let mut url = link(&app, &german).await;
        assert_eq!(download(&wire, &swedish, &url).await.0, 404);
        assert_eq!(download(&wire, frida, &url).await.0, 404);
        // Nor does it work for any other export.
        assert_eq!(download(&wire, &german, &url.replace("format=numbers", "format=csv")).await.0, 404);
        for months in ["0", "3", "120"] {
            assert_eq!(download(&wire, &german, &url.replace("months=2", &format!("months={months}"))).await.0, 404);
        }
        // Nor in another session, nor once there is a newer one.
        let elsewhere = Person { token: app.sign_in(german.id).await, ..german.clone() };
        assert_eq!(download(&wire, &elsewhere, &url).await.0, 404);
        let earlier = std::mem::replace(&mut url, link(&app, &german).await);
        assert_eq!(download(&wire, &german, &earlier).await.0, 404);
        let (status, text) = download(&wire, &german, &url).await;
        assert_eq!(status, 200);
        let lines: Vec<_> = text.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(lines[0], "Month,Projects begun,TwinSpaces opened,Teachers,Pupils,Quality labels");
        assert_eq!(lines[2], format!("{this},2,1,1,1,1"));
        assert_eq!(lines.len(), 3);
        assert_eq!(download(&wire, &german, &url).await.0, 404, "twice");
        //
        let made = audit::Entity::find().filter(audit::Column::Act.eq(Act::NumbersExported));
        let made = made.all(app.db.read()).await.unwrap();
        assert!(made.iter().all(|line| line.actor_id == Some(german.id)) && made.len() == 2);
    }

    // P-06
    async fn an_officer_who_moves_takes_no_link_along(app: TestApp) {
        let german = app.officer("DE", "").await;
        let french = app.officer("FR", "").await;
        let ada = app.administrator().await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let url = link(&app, &german).await;
        let moved = json!({ "personId": german.id.to_string(), "serviceId": french.service.unwrap().to_string() });
        app.does(&ada, "moveOfficer", moved, "__typename").await;
        assert_eq!(download(&wire, &german, &url).await.0, 401);
        let again = Person { token: app.sign_in(german.id).await, ..german.clone() };
        assert_eq!(download(&wire, &again, &url).await.0, 404);
    }

    async fn an_office_costs_the_same_however_much_there_is(app: TestApp) {
        let german = app.officer("DE", "").await;
        let all = "waiting { total } decisions { nodes { projectTitle project { title } person { name } decidedBy { name } } }
            projects { totalCount nodes { title proposer { name school { name } } project { title } } }
            teachers { totalCount nodes { person { name } school { name } projectCount } }
            schools { totalCount nodes { school { name } teacherCount pupilCount } } numbers { projects }";
        let mut costs = vec![];
        for _ in 0..3 {
            for _ in 0..2 {
                let founding = Founding::of(&app).await;
                approved(&app, &founding, &[&german]).await;
            }
            costs.push(app.statements(office(&app, &german, all)).await.1);
        }
        // What is asked for at the same time is loaded in one or two batches.
        assert!(costs[2] <= costs[0] + 1 && costs[2] <= 20, "{costs:?}");
    }
}

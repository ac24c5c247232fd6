//! Lists of projects: filters and orders.

use entity::{ProjectId, ProjectState, TwinSpaceRole, project};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    cast::{Person, Space},
    on_both_databases,
};

/// The titles of a list of projects.
async fn titles(app: &TestApp, who: Option<&Person>, list: &str) -> Vec<String> {
    let data = app.sees(who, &format!("{{ {list} }}")).await;
    let page = data.pointer("/viewer/projects").unwrap_or(&data["projects"]);
    let nodes = page["nodes"].as_array().unwrap();
    assert_eq!(page["totalCount"], nodes.len(), "{list}");
    nodes.iter().map(|node| node["title"].as_str().unwrap().to_owned()).collect()
}

async fn all(app: &TestApp, who: Option<&Person>, arguments: &str) -> Vec<String> {
    titles(app, who, &format!("projects({arguments}) {{ totalCount nodes {{ title }} }}")).await
}

async fn own(app: &TestApp, who: &Person, arguments: &str) -> Vec<String> {
    let list = format!("viewer {{ projects({arguments}) {{ totalCount nodes {{ title }} }} }}");
    titles(app, Some(who), &list).await
}

/// A project with these fields.
async fn with(app: &TestApp, space: &Space, fields: Value) {
    let input = json!({ "projectId": space.project.to_string(), "fields": fields });
    app.does(&space.founders[0], "editProject", input, "__typename").await;
}

async fn state(app: &TestApp, id: ProjectId, state: ProjectState, days: i64) {
    let row = project::Entity::find_by_id(id).one(app.db.read()).await.unwrap().unwrap();
    let mut row = row.into_active_model();
    row.state = Set(state);
    row.state_since = Set(domain::clock::now() - chrono::TimeDelta::days(days));
    let tx = app.db.begin().await.unwrap();
    row.update(&*tx).await.unwrap();
    tx.commit().await.unwrap();
}

/// Three projects: of bees in German, of rivers in French, and a closed one.
async fn three(app: &TestApp) -> [Space; 3] {
    let (bees, rivers, closed) = (app.space().await, app.space().await, app.space().await);
    with(
        app,
        &bees,
        json!({ "title": "Bees", "languages": ["de", "en"], "subjects": ["Biology", "100% Art"],
        "ageFrom": 6, "ageTo": 9 }),
    )
    .await;
    with(app, &rivers, json!({ "title": "Rivers", "languages": ["fr"], "subjects": ["Géographie", "Marine \"Bio\""],
        "ageFrom": 12, "ageTo": 16 })).await;
    with(
        app,
        &closed,
        json!({ "title": "Castles", "languages": ["fr"], "subjects": ["History"],
        "ageFrom": 8, "ageTo": 13 }),
    )
    .await;
    state(app, bees.project, ProjectState::Active, 3).await;
    state(app, rivers.project, ProjectState::Active, 9).await;
    state(app, closed.project, ProjectState::Closed, 1).await;
    [bees, rivers, closed]
}

on_both_databases! {
    async fn everybody_filters_active_projects_by_country_and_label(app: TestApp) {
        let [bees, rivers, _] = three(&app).await;
        let italian = app.teacher("Ida", "IT").await;
        let mut row = project::Entity::find_by_id(rivers.project).one(app.db.read()).await.unwrap().unwrap().into_active_model();
        row.cofounder_id = Set(Some(italian.id));
        let tx = app.db.begin().await.unwrap();
        row.update(&*tx).await.unwrap();
        tx.commit().await.unwrap();
        let german = app.officer("DE", "").await;
        let input = json!({ "projectId": bees.project.to_string(), "statement": "We sang." });
        let applied = app.does(&bees.founders[0], "applyForLabel", input, "labelApplication { id }").await;
        assert_eq!(all(&app, None, "filter: { label: true }").await, [] as [&str; 0]);
        let input = json!({ "labelApplicationId": applied["labelApplication"]["id"] });
        app.does(&german, "grantLabel", input, "__typename").await;
        for (filter, expected) in [
            ("{}", vec!["Bees", "Rivers"]),
            ("{ states: [ACTIVE, ACTIVE] }", vec!["Bees", "Rivers"]),
            ("{ countries: [\"it\"] }", vec!["Rivers"]),
            ("{ countries: [\"DE\", \"IT\", \"de\"] }", vec!["Bees", "Rivers"]),
            ("{ countries: [\"SE\"] }", vec![]),
            ("{ label: true }", vec!["Bees"]),
            ("{ label: false }", vec!["Rivers"]),
            ("{ label: false, search: \"riv\" }", vec!["Rivers"]),
            ("{ label: true, search: \"riv\" }", vec![]),
        ] {
            assert_eq!(all(&app, None, &format!("filter: {filter}")).await, expected, "{filter}");
        }
        let codes = format!("{{ projects(filter: {{ countries: {:?} }}) {{ totalCount }} }}", vec!["DE"; 21]);
        assert_eq!(app.asks(None, &codes).await, "BAD_USER_INPUT countries");
        let wrong = "{ projects(filter: { countries: [\"Spain\"] }) { totalCount } }";
        assert_eq!(app.asks(None, wrong).await, "BAD_USER_INPUT countries.0");
    }

    async fn teachers_filter_by_what_only_they_see(app: TestApp) {
        three(&app).await;
        let teacher = app.teacher("Tina", "IT").await;
        let (guest, officer) = (app.guest("Gus").await, app.officer("DE", "").await);
        for (filter, expected) in [
            ("{ languages: [\"de\"] }", vec!["Bees"]),
            ("{ languages: [\"DE\", \"fr\"] }", vec!["Bees", "Rivers"]),
            ("{ subjects: [\"biology\"] }", vec!["Bees"]),
            ("{ subjects: [\"bio\"] }", vec![]),
            ("{ subjects: [\"Géographie\"] }", vec!["Rivers"]),
            ("{ subjects: [\"géographie\"] }", vec!["Rivers"]),
            ("{ subjects: [\"marine \\\"bio\\\"\"] }", vec!["Rivers"]),
            ("{ subjects: [\"100% art\"] }", vec!["Bees"]),
            ("{ subjects: [\"%\", \"a\\u0000\"] }", vec![]),
            ("{ ageFrom: 10 }", vec!["Rivers"]),
            ("{ ageTo: 9 }", vec!["Bees"]),
            ("{ ageFrom: 9, ageTo: 12 }", vec!["Bees", "Rivers"]),
            ("{ ageFrom: 10, ageTo: 11 }", vec![]),
            ("{ states: [CLOSED], languages: [\"fr\"] }", vec!["Castles"]),
            ("{ states: [CLOSED, ACTIVE], languages: [\"fr\"] }", vec!["Castles", "Rivers"]),
        ] {
            assert_eq!(all(&app, Some(&teacher), &format!("filter: {filter}")).await, expected, "{filter}");
            let query = format!("{{ projects(filter: {filter}) {{ totalCount }} }}");
            assert_eq!(app.asks(None, &query).await, "UNAUTHENTICATED", "{filter}");
            for other in [&guest, &officer] {
                assert_eq!(app.asks(other, &query).await, "FORBIDDEN NOT_A_TEACHER", "{filter}");
            }
        }
        let draft = "{ projects(filter: { states: [ACTIVE, DRAFT] }) { totalCount } }";
        assert_eq!(app.asks(&teacher, draft).await, "BAD_USER_INPUT states");
        let blank = "{ projects(filter: { subjects: [\"art\", \" \"] }) { totalCount } }";
        assert_eq!(app.asks(&teacher, blank).await, "BAD_USER_INPUT subjects.1");
        for code in ["english", "d", "zz"] {
            let unknown = format!("{{ projects(filter: {{ languages: [\"de\", \"{code}\"] }}) {{ totalCount }} }}");
            assert_eq!(app.asks(&teacher, &unknown).await, "BAD_USER_INPUT languages.1");
            let unknown = format!("{{ teachers(filter: {{ languages: [\"{code}\"] }}) {{ totalCount }} }}");
            assert_eq!(app.asks(&teacher, &unknown).await, "BAD_USER_INPUT languages.0");
        }
    }

    async fn projects_are_sorted_by_title_creation_or_state(app: TestApp) {
        let [bees, rivers, closed] = three(&app).await;
        let viewer = &bees.founders[0];
        let order = |field: &str, direction: &str| format!("orderBy: {{ field: {field}, direction: {direction} }}");
        for (field, direction, expected) in [
            ("TITLE", "DESC", ["Rivers", "Bees"]),
            ("CREATED_AT", "ASC", ["Bees", "Rivers"]),
            ("CREATED_AT", "DESC", ["Rivers", "Bees"]),
            ("STATE_SINCE", "ASC", ["Rivers", "Bees"]),
            ("STATE_SINCE", "DESC", ["Bees", "Rivers"]),
        ] {
            let order = order(field, direction);
            assert_eq!(all(&app, Some(viewer), &order).await, expected, "{order}");
            let query = format!("{{ projects({order}) {{ totalCount }} }}");
            let anonymous = if field == "STATE_SINCE" { "UNAUTHENTICATED" } else { "OK" };
            assert_eq!(app.asks(None, &query).await, anonymous, "{order}");
            // Page by page.
            let page = "projects(ORDER, first: 1 AFTER) { nodes { title } pageInfo { endCursor } }".replace("ORDER", &order);
            let first = app.sees(viewer, &format!("{{ {} }}", page.replace("AFTER", ""))).await;
            let after = format!(", after: {}", first["projects"]["pageInfo"]["endCursor"]);
            let second = app.sees(viewer, &format!("{{ {} }}", page.replace("AFTER", &after))).await;
            let title = |data: &Value| data["projects"]["nodes"][0]["title"].as_str().unwrap().to_owned();
            assert_eq!([title(&first), title(&second)], expected, "{order}");
        }
        for project in [rivers.project, closed.project] {
            let place = Space { project, id: project.into(), founders: bees.founders.clone() };
            app.partner(&place, viewer, entity::ProjectRole::Member).await;
            app.seat(&place, viewer, TwinSpaceRole::Teacher).await;
        }
        assert_eq!(own(&app, viewer, &order("STATE_SINCE", "DESC")).await, ["Castles", "Bees", "Rivers"]);
        assert_eq!(own(&app, viewer, "first: 9").await, ["Bees", "Rivers", "Castles"]);
        assert_eq!(own(&app, viewer, "filter: { states: [CLOSED] }").await, ["Castles"]);
        assert_eq!(own(&app, viewer, "filter: { languages: [\"fr\"] }, orderBy: { field: TITLE }").await, ["Castles", "Rivers"]);
    }
}

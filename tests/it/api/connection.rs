//! Lists: their pages, their cost, and the indexes that they use (M-03).

use chrono::{Days, NaiveDate};
use domain::{clock::now, text};
use entity::{
    AccountId, AccountKind, ProjectState, SchoolId, TwinSpaceRole, account, member, partner,
    project, school,
};
use sea_orm::{EntityTrait, IntoActiveModel};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    cast::{Person, Space},
    on_both_databases, until,
};

mod cost;

/// The name, role and last day of the `n`th member: many are identical.
fn card(n: usize) -> (String, TwinSpaceRole, NaiveDate) {
    let roles = [TwinSpaceRole::Teacher, TwinSpaceRole::Pupil, TwinSpaceRole::Visitor];
    let day = member::NEVER + Days::new(u64::try_from(n % 4).unwrap());
    (format!("Ännë {}", n % 5), roles[n % 3], day)
}

/// Adds `count` members with schools to a TwinSpace, many at a time.
pub async fn fill(app: &TestApp, space: &Space, count: usize) {
    let tx = app.db.begin().await.unwrap();
    let all: Vec<_> = (0..count).collect();
    for some in all.chunks(200) {
        let (mut schools, mut accounts, mut members) = (vec![], vec![], vec![]);
        for &n in some {
            let (name, role, day) = card(n);
            let (school, id) = (SchoolId::new(), AccountId::new());
            schools.push(
                school::Model {
                    id: school,
                    name: format!("School {n}"),
                    town: "Town".into(),
                    region: String::new(),
                    country: "IT".into(),
                    identity_key: school.0.to_string(),
                    alike_key: school.0.to_string(),
                    merged_into_id: None,
                }
                .into_active_model(),
            );
            accounts.push(
                account::Model {
                    id,
                    kind: AccountKind::Teacher,
                    email: Some(format!("{}@example.org", id.0.simple())),
                    username: None,
                    password_hash: String::new(),
                    name_key: text::key(&name),
                    name: name.clone(),
                    school_id: Some(school),
                    service_id: None,
                    custodian_id: None,
                    profile: String::new(),
                    language: "en".into(),
                    verified_at: Some(now()),
                    created_at: now(),
                    blocked_at: None,
                    block_reason: None,
                }
                .into_active_model(),
            );
            members.push(
                member::Model {
                    last_access_on: day,
                    ..member::Model::new(
                        space.project,
                        id,
                        role,
                        Some(space.founders[n % 2].id),
                        now(),
                    )
                }
                .into_active_model(),
            );
        }
        school::Entity::insert_many(schools).exec_without_returning(&*tx).await.unwrap();
        account::Entity::insert_many(accounts).exec_without_returning(&*tx).await.unwrap();
        member::Entity::insert_many(members).exec_without_returning(&*tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn page(app: &TestApp, viewer: &Person, space: &Space, arguments: &str) -> Value {
    let query = format!("{{ twinSpace(id: \"{}\") {{ members({arguments}) {{ totalCount
        pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} nodes {{ id name }} }} }} }}", space.id);
    app.sees(viewer, &query).await["twinSpace"]["members"].take()
}

fn ids(page: &Value) -> Vec<String> {
    let nodes = page["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect()
}

/// All rows, page by page.
async fn walk(
    app: &TestApp,
    viewer: &Person,
    space: &Space,
    order: &str,
    forward: bool,
) -> Vec<String> {
    let (mut all, mut cursor) = (vec![], None::<String>);
    loop {
        let (size, side) = if forward { ("first: 7", "after") } else { ("last: 7", "before") };
        let from = cursor.map(|cursor| format!(", {side}: \"{cursor}\"")).unwrap_or_default();
        let page = page(app, viewer, space, &format!("{order}, {size}{from}")).await;
        let (rows, info) = (ids(&page), &page["pageInfo"]);
        let more = if forward { &info["hasNextPage"] } else { &info["hasPreviousPage"] };
        let more = more.as_bool().unwrap();
        assert_eq!(more, rows.len() == 7 && more, "a page with more after it is full");
        let end = if forward { &info["endCursor"] } else { &info["startCursor"] };
        cursor = end.as_str().map(str::to_owned);
        if forward {
            all.extend(rows);
        } else {
            all.splice(0..0, rows);
        }
        if !more {
            return all;
        }
    }
}

const ORDERS: [&str; 3] = ["NAME", "JOINED_AT", "LAST_ACCESS"];

/// An active project of these founders, inserted as rows.
async fn open(app: &TestApp, founders: &[Person; 2], n: usize) -> Space {
    let mut row = crate::server::entity_row::project(founders[0].id, ProjectState::Active);
    row.cofounder_id = Some(founders[1].id);
    row.title = format!("Project {n}");
    let id = row.id;
    let tx = app.db.begin().await.unwrap();
    project::Entity::insert(row.into_active_model()).exec_without_returning(&*tx).await.unwrap();
    for founder in founders {
        let row = partner::Model {
            id: entity::PartnerId::new(),
            project_id: id,
            account_id: founder.id,
            role: entity::ProjectRole::Manager,
            founder: true,
            created_at: now(),
        };
        partner::Entity::insert(row.into_active_model())
            .exec_without_returning(&*tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let space = Space { project: id, id: id.into(), founders: founders.clone() };
    for founder in founders {
        app.seat(&space, founder, TwinSpaceRole::TeacherAdmin).await;
    }
    space
}

const NESTED: &str = "{ viewer { projects(first: 25) { totalCount nodes { id title countries twinSpace { id
    members(first: 3) { totalCount nodes { name role school { country } permissions { remove { allowed } } } }
    memberCounts { total } } partners(first: 5) { totalCount nodes { person { name } isFounder } } approvals { country } } } } }";

on_both_databases! {
    async fn every_row_is_walked_exactly_once_in_each_order_and_direction(app: TestApp) {
        let space = app.space().await;
        fill(&app, &space, 37).await;
        let viewer = &space.founders[0];
        for field in ORDERS {
            let mut first = vec![];
            for direction in ["ASC", "DESC"] {
                let order = format!("orderBy: {{ field: {field}, direction: {direction} }}");
                let forward = walk(&app, viewer, &space, &order, true).await;
                let backward = walk(&app, viewer, &space, &order, false).await;
                assert_eq!(forward, backward, "{order}");
                let mut once = forward.clone();
                once.sort();
                once.dedup();
                assert_eq!((once.len(), forward.len()), (39, 39), "{order}");
                if direction == "ASC" {
                    first = forward;
                } else {
                    first.reverse();
                    assert_eq!(first, forward, "{order}");
                }
            }
        }
    }

    async fn rows_that_come_between_two_pages_move_no_other_row(app: TestApp) {
        let space = app.space().await;
        fill(&app, &space, 20).await;
        let viewer = &space.founders[0];
        for order in ORDERS {
            let order = format!("orderBy: {{ field: {order} }}");
            let before = walk(&app, viewer, &space, &order, true).await;
            let first = page(&app, viewer, &space, &format!("{order}, first: 10")).await;
            fill(&app, &space, 5).await;
            let cursor = first["pageInfo"]["endCursor"].as_str().unwrap();
            let rest =
                page(&app, viewer, &space, &format!("{order}, first: 100, after: \"{cursor}\""))
                    .await;
            let mut seen = ids(&first);
            seen.extend(ids(&rest));
            let old: Vec<_> = seen.iter().filter(|id| before.contains(id)).cloned().collect();
            assert_eq!(old, before, "{order}");
            seen.sort();
            let length = seen.len();
            seen.dedup();
            assert_eq!(seen.len(), length);
        }
    }

    async fn the_total_is_that_of_the_whole_filtered_list(app: TestApp) {
        let space = app.space().await;
        fill(&app, &space, 30).await;
        let viewer = &space.founders[0];
        for (filter, total) in [
            ("", 32),
            ("filter: { roles: [VISITOR] }, ", 10),
            ("filter: { roles: [] }, ", 0),
            ("filter: { kinds: [TEACHER] }, ", 32),
            ("filter: { kinds: [GUEST] }, ", 0),
            ("filter: { invitedByViewer: true }, ", 15),
            ("filter: { invitedByViewer: false }, ", 17),
            ("filter: { invitedByViewer: null, online: null, roles: null, kinds: null, search: null, mayBePictured: null }, orderBy: null, ", 32),
            ("filter: null, orderBy: { field: NAME, direction: null }, ", 32),
            ("filter: { search: \"anne 3\" }, ", 6),
            ("filter: { search: \"ÄNNË\", roles: [PUPIL, TEACHER] }, ", 20),
            ("filter: { search: \"%\" }, ", 0),
            ("filter: { search: \"anne_3\" }, ", 0),
            ("filter: { search: \"\\u0000\" }, ", 32),
        ] {
            for first in [0, 4, 100] {
                let page = page(&app, viewer, &space, &format!("{filter}first: {first}")).await;
                assert_eq!(page["totalCount"], total, "{filter}");
                let rows = page["nodes"].as_array().unwrap().len();
                assert_eq!(rows, first.min(total), "{filter}");
                assert_eq!(page["pageInfo"]["hasNextPage"], first < total, "{filter}");
            }
        }
        // Beyond the end there is nothing, and the total is unchanged.
        let end = page(&app, viewer, &space, "last: 1").await["pageInfo"]["endCursor"].take();
        let beyond = page(&app, viewer, &space, &format!("first: 5, after: {end}")).await;
        assert_eq!((&beyond["totalCount"], &beyond["nodes"]), (&json!(32), &json!([])));
        let query = format!("{{ twinSpace(id: \"{}\") {{ members {{ totalCount }} }} }}", space.id);
        assert_eq!(app.sees(viewer, &query).await["twinSpace"]["members"]["totalCount"], 32);
    }

    async fn who_is_online_is_found_by_those_who_see_it(app: TestApp) {
        let space = app.space().await;
        fill(&app, &space, 3).await;
        let viewer = &space.founders[0];
        page(&app, viewer, &space, "first: 1").await;
        // The visit is recorded in the background.
        until("Frida is online", async || {
            let online = page(&app, viewer, &space, "filter: { online: true }").await;
            online["totalCount"] == 1 && online["nodes"][0]["name"] == "Frida Founder"
        }).await;
        assert_eq!(page(&app, viewer, &space, "filter: { online: false }").await["totalCount"], 4);
    }

    async fn a_page_that_cannot_be_is_refused_with_the_argument_at_fault(app: TestApp) {
        let space = app.space().await;
        let viewer = &space.founders[0];
        let cursor = |order: &'static str| {
            let (app, space) = (&app, &space);
            async move {
                let page =
                    page(app, viewer, space, &format!("orderBy: {{ field: {order} }}, first: 1"))
                        .await;
                page["pageInfo"]["endCursor"].as_str().unwrap().to_owned()
            }
        };
        let (name, joined, day) =
            (cursor("NAME").await, cursor("JOINED_AT").await, cursor("LAST_ACCESS").await);
        let forged = |key: Value| {
            let text = json!([key, "0193e0c4-a7b1-7c02-b7a5-c0b3f4d2e911"]).to_string();
            data_encoding::BASE64URL_NOPAD.encode(text.as_bytes())
        };
        let (zero, age) = (forged(json!({ "w": "\u{0}" })), forged(json!({ "d": "-20000-01-01" })));
        let access = "orderBy: { field: LAST_ACCESS }";
        for (arguments, field) in [
            ("first: -1".to_owned(), "first"),
            ("first: 101".into(), "first"),
            ("last: -1".into(), "last"),
            ("last: 101".into(), "last"),
            ("first: 1, last: 1".into(), "last"),
            ("after: \"\"".into(), "after"),
            ("after: \"nonsense\"".into(), "after"),
            ("before: \"e30\"".into(), "before"),
            (format!("after: \"{joined}\""), "after"),
            (format!("before: \"{day}\""), "before"),
            (format!("{access}, after: \"{name}\""), "after"),
            (format!("orderBy: {{ field: JOINED_AT }}, after: \"{name}\""), "after"),
            (format!("after: \"{zero}\""), "after"),
            (format!("{access}, before: \"{age}\""), "before"),
        ] {
            let query = format!(
                "{{ twinSpace(id: \"{}\") {{ members({arguments}) {{ nodes {{ id }} }} }} }}",
                space.id
            );
            assert_eq!(
                app.asks(viewer, &query).await,
                format!("BAD_USER_INPUT {field}"),
                "{arguments}"
            );
        }
    }

    async fn nested_lists_give_each_parent_a_page_of_its_own(app: TestApp) {
        let first = app.space().await;
        let spaces = [open(&app, &first.founders, 1).await, open(&app, &first.founders, 2).await];
        fill(&app, &spaces[0], 5).await;
        let data = app.sees(&first.founders[0], NESTED).await;
        let nodes = data["viewer"]["projects"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), 3);
        for (node, total) in nodes.iter().zip([2, 7, 2]) {
            let space = &node["twinSpace"];
            assert_eq!(space["members"]["totalCount"], total);
            assert_eq!(space["memberCounts"]["total"], total);
            assert_eq!(space["members"]["nodes"].as_array().unwrap().len(), total.min(3));
            assert_eq!(node["partners"]["totalCount"], 2);
            assert_eq!(node["countries"], json!(["DE", "FR"]));
        }
    }
}

//! Lists: their pages, their cost, and the indexes that they use (M-03).

use chrono::{Days, NaiveDate};
use domain::{
    clock::now,
    list::{Ask, Columns},
    members::member::{MemberRow, Order},
    text,
};
use entity::{
    AccountId, AccountKind, ProjectState, SchoolId, TwinSpaceRole, account, member, partner,
    project, school,
};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, IntoActiveModel, QueryResult, Statement};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    cast::{Person, Space},
    on_both_databases, until,
};

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

/// The query of a members page.
fn cards(space: &Space, order: &str) -> String {
    format!("{{ twinSpace(id: \"{}\") {{ members(first: 50, orderBy: {{ field: {order} }}) {{ totalCount nodes {{
        role name school {{ name town country }} inviter {{ name }} picture {{ url }} lastAccess }} }} }} }}", space.id)
}

/// The number of statements of a query that was sent before.
async fn cost(app: &TestApp, viewer: &Person, query: &str) -> u64 {
    app.sees(viewer, query).await;
    app.statements(app.sees(viewer, query)).await.1
}

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

async fn explained(app: &TestApp, ask: &Ask<MemberRow>, space: &Space) -> String {
    let backend = app.db.read().get_database_backend();
    let Statement { sql, values, .. } = backend.build(&ask.statement(backend, space.project.0));
    let prefix = if app.is_postgresql() { "EXPLAIN" } else { "EXPLAIN QUERY PLAN" };
    let column = if app.is_postgresql() { "QUERY PLAN" } else { "detail" };
    let statement = Statement { sql: format!("{prefix} {sql}"), values, db_backend: backend };
    let rows: Vec<QueryResult> = app.db.read().query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get::<String>("", column).unwrap() + "\n").collect()
}

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

    async fn a_members_page_takes_three_statements_for_five_members_and_for_five_hundred(
        app: TestApp,
    ) {
        let space = app.space().await;
        let viewer = &space.founders[0];
        fill(&app, &space, 3).await;
        let mut few = vec![];
        for order in ORDERS {
            few.push(cost(&app, viewer, &cards(&space, order)).await);
        }
        fill(&app, &space, 495).await;
        let mut many = vec![];
        for order in ORDERS {
            many.push(cost(&app, viewer, &cards(&space, order)).await);
        }
        println!("members page: {few:?} statements");
        assert_eq!(few, many);
        assert!(few.iter().all(|&statements| statements <= 3), "{few:?}");
    }

    async fn nested_projects_take_as_many_statements_for_two_as_for_twenty(app: TestApp) {
        let space = app.space().await;
        let viewer = &space.founders[0];
        open(&app, &space.founders, 1).await;
        let two = cost(&app, viewer, NESTED).await;
        for n in 2..20 {
            open(&app, &space.founders, n).await;
        }
        let twenty = cost(&app, viewer, NESTED).await;
        println!("nested projects: {two} statements");
        assert_eq!(two, twenty);
        assert!(two <= 12, "{two}");
    }

    async fn nodes_take_as_many_statements_for_two_of_a_kind_as_for_twenty(app: TestApp) {
        let space = app.space().await;
        let viewer = &space.founders[0];
        let mut spaces = vec![];
        for n in 0..20 {
            spaces.push(open(&app, &space.founders, n).await);
        }
        fill(&app, &space, 20).await;
        let invited = app.teacher("Ina", "IT").await;
        let mut invitations = vec![];
        for space in &spaces {
            app.days_pass().await;
            invitations
                .push(crate::members::invitation::invite(&app, space, &invited.email, "TEACHER").await);
        }
        let members = ids(&page(&app, viewer, &space, "first: 20").await);
        let projects: Vec<_> = spaces.iter().map(|space| space.project.to_string()).collect();
        let twin_spaces: Vec<_> = spaces.iter().map(|space| space.id.to_string()).collect();
        let partners = app
            .sees(
                viewer,
                "{ viewer { projects(first: 50) { nodes { partners { nodes { id } } } } } }",
            )
            .await;
        let partners: Vec<_> = partners["viewer"]["projects"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|node| node["partners"]["nodes"][0]["id"].as_str().unwrap().to_owned())
            .collect();
        for (who, all) in [
            (viewer, members),
            (viewer, projects),
            (viewer, twin_spaces),
            (viewer, partners),
            (viewer, invitations.clone()),
            (&invited, invitations),
        ] {
            let query = |ids: &[String]| {
                format!("{{ nodes(ids: {ids:?}) {{ id
                ... on Member {{ name school {{ name }} inviter {{ name }} twinSpace {{ title }} }}
                ... on Project {{ title countries proposer {{ name }} }} ... on Partner {{ person {{ name }} project {{ title }} }}
                ... on TwinSpace {{ title members(first: 2) {{ nodes {{ name }} }} }}
                ... on Invitation {{ email inviter {{ name school {{ name }} }} }} }} }}")
            };
            let data = app.sees(who, &query(&all[..20])).await;
            assert!(
                data["nodes"].as_array().unwrap().iter().all(|node| node["id"].is_string()),
                "{data}"
            );
            let (two, twenty) = (
                cost(&app, who, &query(&all[..2])).await,
                cost(&app, who, &query(&all[..20])).await,
            );
            println!("nodes of {}: {two} statements", all[0]);
            assert_eq!(two, twenty, "{}", all[0]);
        }
    }

    async fn each_order_of_the_members_page_is_served_by_its_index(app: TestApp) {
        let space = app.space().await;
        // One TwinSpace among others, as on a real server.
        fill(&app, &space, 400).await;
        for n in 0..4 {
            let other = open(&app, &space.founders, n).await;
            fill(&app, &other, 1000).await;
        }
        if app.is_postgresql() {
            app.db.read().execute_unprepared("analyze").await.unwrap();
        }
        let backend = app.db.read().get_database_backend();
        assert_eq!(app.is_postgresql(), backend == DbBackend::Postgres);
        for (order, index) in [
            (Order::Name, "member_by_name"),
            (Order::Joined, "member_by_joining"),
            (Order::LastAccess, "member_by_access"),
        ] {
            for (descending, last) in [(false, false), (true, false), (false, true), (true, true)] {
                let mut ask = Ask::<MemberRow> {
                    columns: Columns::of::<MemberRow>(|field| {
                        !["permissions", "isFounder"].contains(&field)
                    }),
                    filter: domain::members::member::Filter::default(),
                    order,
                    descending,
                    after: None,
                    before: None,
                    limit: 50,
                    last,
                    rows: true,
                    total: true,
                };
                let first = ask.of_one(app.db.read(), space.project.0).await.unwrap();
                assert_eq!((first.rows.len(), first.total), (50, Some(402)));
                for cursor in [None, Some(first.rows[25].0.clone())] {
                    if app.is_postgresql() && cursor.is_some() {
                        // How little is left after a cursor is an estimate of the planner, which
                        // may sort that.
                        continue;
                    }
                    if last {
                        ask.before = cursor;
                    } else {
                        ask.after = cursor;
                    }
                    let plan = explained(&app, &ask, &space).await;
                    assert!(plan.contains(index), "{order:?}: {plan}");
                    // PostgreSQL may sort the rows of the page once more, after it has found them.
                    let page = plan.rsplit("Limit").next().unwrap_or_default();
                    for slow in ["Sort", "USE TEMP B-TREE", "SCAN member", "Seq Scan on member"] {
                        assert!(!page.contains(slow), "{order:?} {slow}: {plan}");
                    }
                }
            }
        }
    }
}

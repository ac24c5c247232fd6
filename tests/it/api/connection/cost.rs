//! How many statements lists take, and the indexes that they use.

use domain::{
    list::{Ask, Columns},
    members::member::{MemberRow, Order},
};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement};

use crate::support::{
    TestApp,
    cast::{Person, Space},
    on_both_databases,
};

use super::{NESTED, ORDERS, fill, ids, open, page};

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

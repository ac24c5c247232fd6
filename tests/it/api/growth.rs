//! A page reads no more rows than it shows, however many there are and whatever the planner expects.

use domain::{
    list::{Ask, Columns},
    members::member::{Filter, MemberRow, Order},
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;

use super::connection::fill;
use crate::support::{TestApp, on_both_databases};

/// The most members that a part of an executed plan has read.
fn most_members(plan: &Value) -> u64 {
    let number = |what: &str| plan[what].as_u64().unwrap_or(0);
    let here = match plan["Relation Name"].as_str() {
        Some("member") => number("Actual Rows") + number("Rows Removed by Filter"),
        _ => 0,
    };
    let parts = plan["Plans"].as_array().into_iter().flatten();
    parts.map(most_members).fold(here, u64::max)
}

on_both_databases! {
    async fn a_page_of_a_large_twin_space_reads_only_its_rows(app: TestApp) {
        let space = app.space().await;
        fill(&app, &space, 300).await;
        let ask = Ask::<MemberRow> {
            columns: Columns::all::<MemberRow>(),
            filter: Filter { usernames: true, ..Filter::default() },
            order: Order::Joined,
            descending: false,
            after: None,
            before: None,
            limit: 20,
            last: false,
            rows: true,
            total: true,
        };
        let page = ask.of_one(app.db.read(), space.project.0).await.unwrap();
        assert_eq!((page.rows.len(), page.total), (20, Some(302)));
        let backend = app.db.read().get_database_backend();
        let Statement { sql, values, .. } = backend.build(&ask.statement(backend, space.project.0));
        // The total is the kept one.
        assert!(sql.contains("member_count") && !sql.contains("COUNT(*)"), "{sql}");
        if !app.is_postgresql() {
            return;
        }
        // Nothing is known about how the members are distributed, as in a plan for all parents: a
        // TwinSpace is expected to have two.
        let tx = app.db.begin().await.unwrap();
        tx.execute_unprepared("alter table member alter project_id set statistics 0").await.unwrap();
        tx.execute_unprepared("analyze member").await.unwrap();
        tx.execute_unprepared("set local random_page_cost = 1.1").await.unwrap();
        let sql = format!("explain (analyze, format json) {sql}");
        let explain = Statement { sql, values, db_backend: backend };
        let row = tx.query_one_raw(explain).await.unwrap().unwrap();
        let plan: Value = row.try_get_by_index(0).unwrap();
        let most = most_members(&plan[0]["Plan"]);
        assert!((20..=21).contains(&most), "{most}: {plan:#}");
    }
}

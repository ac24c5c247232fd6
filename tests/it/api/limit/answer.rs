//! Answers that are limited, and what is refused in one without the rest.

use std::sync::Arc;

use entity::page_version;
use sea_orm::{EntityTrait, sea_query::Expr};
use serde_json::{Value, json};

use crate::{
    inside::page::{put_pages, row_of},
    server::wire::Wire,
    support::{TestApp, on_both_databases, play::verdict},
};

on_both_databases! {
    // The log is where the operator learns what was wrong.
    async fn what_a_batch_failed_of_is_in_the_log(app: TestApp) {
        let space = app.space().await;
        let tx = app.db.begin().await.unwrap();
        sea_orm::ConnectionTrait::execute_unprepared(&*tx, "alter table diary_entry rename to elsewhere").await.unwrap();
        tx.commit().await.unwrap();
        let query = format!("{{ project(id: \"{}\") {{ diary {{ nodes {{ title }} }} }} }}", space.project);
        let answer = app.respond(Some(&space.founders[0].token), &query, json!({})).await;
        let cause = answer.errors[0].source::<domain::Error>().unwrap();
        assert!(matches!(cause, domain::Error::Internal(_)));
        // As it is logged.
        let logged = format!("{cause:?}");
        assert!(logged.contains("diary_entry"), "{logged}");
    }
    async fn a_page_of_a_hundred_members_with_all_that_may_be_done_with_them_is_answered(app: TestApp) {
        let space = app.space().await;
        let allowances = |ty: &str| {
            let all = crate::api::sdl::objects();
            let fields = all[ty].iter().map(|field| format!("{} {{ allowed reason }} ", field.0));
            fields.collect::<String>()
        };
        let query = format!("{{ twinSpace(id: \"{}\") {{ members(first: 100) {{ totalCount pageInfo {{ hasNextPage endCursor }}
            nodes {{ id name role kind joinedAt lastAccess online isFounder school {{ name town country }} picture {{ url avatar }}
            permissions {{ {} }} }} }} }} }}", space.id, allowances("MemberPermissions"));
        assert_eq!(app.asks(&space.founders[0], &query).await, "OK");
    }

    // an error that occurs in each row is reported once, so that errors of other fields are
    // reported too.
    async fn a_column_that_is_refused_is_one_error(app: TestApp) {
        for _ in 0..25 {
            app.space().await;
        }
        let answer = app.execute(None, "{ projects(first: 50) { nodes { title aims tools auditLog { totalCount } } } teachers { totalCount } }", json!({})).await;
        let nodes = answer["data"]["projects"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), 25);
        assert!(nodes.iter().all(|node| node["title"] == "Bees across borders" && node["aims"].is_null()));
        let mut told: Vec<_> = answer["errors"].as_array().unwrap().iter()
            .map(|error| (error["path"].as_array().unwrap().last().unwrap().as_str().unwrap(), error["extensions"]["code"].as_str().unwrap()))
            .collect();
        told.sort_unstable();
        // The request is anonymous: that is the reason, not a role.
        assert_eq!(told, ["aims", "auditLog", "teachers", "tools"].map(|field| (field, "UNAUTHENTICATED")));
    }

    async fn a_list_that_is_refused_leaves_the_rest_of_the_answer(app: TestApp) {
        app.space().await;
        let officer = app.officer("DE", "").await;
        let query = "{ active: projects { totalCount } closed: projects(filter: { states: [CLOSED] }) { totalCount } }";
        let answer = app.execute(Some(&officer.token), query, json!({})).await;
        assert_eq!(answer["data"], json!({ "active": { "totalCount": 1 }, "closed": null }));
        assert_eq!(verdict(&answer), "FORBIDDEN NOT_A_TEACHER");
        let answer = app.execute(None, query, json!({})).await;
        assert_eq!(answer["data"]["active"]["totalCount"], 1);
        assert_eq!(verdict(&answer), "UNAUTHENTICATED");
    }

    //
    async fn an_answer_that_is_limited_says_in_a_header_when_to_come_back(app: TestApp) {
        let wire = Wire::of(Arc::clone(&app)).await;
        let query = "mutation { signIn(input: { email: \"nobody@example.org\", password: \"a wrong one 1\" }) { token } }";
        let mut waits = vec![];
        for _ in 0..=app.config.accounts.account_tries.get() {
            let answer = wire.post(&json!({ "query": query })).send().await.unwrap();
            let header = answer.headers().get("retry-after").map(|wait| wait.to_str().unwrap().to_owned());
            let answer: Value = answer.json().await.unwrap();
            let told = answer["errors"][0]["extensions"]["retryAfter"].as_u64().map(|wait| wait.to_string());
            assert_eq!(header, told, "{answer}");
            waits.push(header.is_some());
        }
        assert_eq!(waits.last(), Some(&true));
        assert_eq!(waits.first(), Some(&false));
    }

    async fn an_answer_holds_no_more_text_than_it_may(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        put_pages(&app, &row_of(&space, founder, 50)).await;
        let long = format!("<p>{}</p>", "bees ".repeat(80_000));
        let tx = app.db.begin().await.unwrap();
        page_version::Entity::update_many()
            .col_expr(page_version::Column::Html, Expr::val(long))
            .exec(&*tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let pages = |first: usize| {
            format!("{{ twinSpace(id: \"{}\") {{ pages(first: {first}) {{ nodes {{ html }} }} }} }}", space.id)
        };
        assert_eq!(app.asks(founder, &pages(20)).await, "OK");
        assert_eq!(app.asks(founder, &pages(50)).await, "QUERY_TOO_COMPLEX");

        let wire = Wire::of(Arc::clone(&app)).await;
        let batch: Vec<_> = (0..4).map(|_| json!({ "query": pages(30) })).collect();
        let answer = wire.post(&json!(batch)).bearer_auth(&founder.token).send().await.unwrap();
        let answers: Vec<Value> = answer.json().await.unwrap();
        let verdicts: Vec<_> = answers.iter().map(verdict).collect();
        assert_eq!(verdicts, ["OK", "QUERY_TOO_COMPLEX", "QUERY_TOO_COMPLEX", "QUERY_TOO_COMPLEX"]);
        let batch: Vec<_> = [20, 19, 3].map(|first| json!({ "query": pages(first) })).into();
        let answer = wire.post(&json!(batch)).bearer_auth(&founder.token).send().await.unwrap();
        let answers: Vec<Value> = answer.json().await.unwrap();
        assert_eq!(answers.iter().map(verdict).collect::<Vec<_>>(), ["OK", "OK", "QUERY_TOO_COMPLEX"]);
    }

    async fn the_first_errors_are_told_in_the_order_of_the_document(app: TestApp) {
        let space = app.space().await;
        let fields = (0..30).map(|n| format!("a{n}: project(id: \"{}\") {{ partners {{ nodes {{ role }} }} }}\n", space.project));
        let query = format!("{{\n{}}}", fields.collect::<String>());
        for _ in 0..5 {
            let answer = app.execute(None, &query, json!({})).await;
            let lines: Vec<_> = answer["errors"].as_array().unwrap().iter()
                .map(|error| error["locations"][0]["line"].as_u64().unwrap())
                .collect();
            assert_eq!(lines, (2..22).collect::<Vec<_>>(), "{answer}");
        }
    }
}

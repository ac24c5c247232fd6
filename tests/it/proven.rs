//! A query that was answered before is executed without validation and without what makes errors
//! what they should be: nobody must be able to tell by the answer.

use entity::TwinSpaceRole;
use serde_json::{Value, json};

use crate::support::{TestApp, on_both_databases};

const MEMBERS: &str = "query($id: ID!, $first: Int, $after: String) { twinSpace(id: $id) { \
    title members(first: $first, after: $after) { totalCount nodes { role lastAccess consents { id } \
    permissions { removeMember { allowed reason } } } } } }";

/// Asks until it is known that the document is valid, and once more.
async fn often(app: &TestApp, token: &str, query: &str, variables: &Value) -> Value {
    let first = app.execute(Some(token), query, variables.clone()).await;
    for _ in 0..2 {
        let again = app.execute(Some(token), query, variables.clone()).await;
        assert_eq!(again, first, "{query}");
    }
    first
}

on_both_databases! {
    async fn an_answer_is_the_same_the_next_time(app: TestApp) {
        let space = app.space().await;
        let visitor = app.teacher("Vito", "IT").await;
        app.seat(&space, &visitor, TwinSpaceRole::Visitor).await;
        let id = space.id.to_string();
        let ask = json!({ "id": id, "first": 2, "after": null });

        let seen = often(&app, &space.founders[0].token, MEMBERS, &ask).await;
        assert_eq!(seen["errors"], Value::Null, "{seen}");
        assert_eq!(seen["data"]["twinSpace"]["members"]["totalCount"], 3);

        // What is refused to somebody else is null, and its error has its path.
        let refused = often(&app, &visitor.token, MEMBERS, &ask).await;
        assert_eq!(refused["data"]["twinSpace"]["members"]["nodes"][0]["lastAccess"], Value::Null);
        let paths: Vec<_> =
            refused["errors"].as_array().unwrap().iter().map(|error| &error["path"]).collect();
        assert!(paths.contains(&&json!(["twinSpace", "members", "nodes", 0, "lastAccess"])), "{paths:?}");
        let fresh = app.another_instance().await;
        assert_eq!(fresh.execute(Some(&visitor.token), MEMBERS, ask).await, refused);
    }

    async fn what_is_wrong_is_found_after_it_was_right(app: TestApp) {
        let space = app.space().await;
        let (id, token) = (space.id.to_string(), space.founders[0].token.as_str());
        often(&app, token, MEMBERS, &json!({ "id": id, "first": 2, "after": null })).await;

        for (wrong, code) in [
            (json!({ "first": 2 }), "GRAPHQL_VALIDATION_FAILED"),
            (json!({ "id": null }), "GRAPHQL_VALIDATION_FAILED"),
            (json!({ "id": id, "first": "2" }), "GRAPHQL_VALIDATION_FAILED"),
            (json!({ "id": id, "first": [2] }), "GRAPHQL_VALIDATION_FAILED"),
            (json!({ "id": id, "first": -1, "after": null }), "BAD_USER_INPUT"),
            (json!({ "id": id, "first": 2, "after": "nonsense" }), "BAD_USER_INPUT"),
            (json!({ "id": space.project.to_string(), "first": 2, "after": null }), "BAD_USER_INPUT"),
        ] {
            let fresh = app.another_instance().await;
            let expected = fresh.execute(Some(token), MEMBERS, wrong.clone()).await;
            assert_eq!(app.execute(Some(token), MEMBERS, wrong.clone()).await, expected);
            assert_eq!(app.outcome(Some(token), MEMBERS, wrong.clone()).await, code, "{wrong}");
        }
    }

    async fn what_is_included_by_a_variable_is_there_the_next_time(app: TestApp) {
        let query = "query($n: Int, $yes: Boolean!) { viewer { id } \
            schools: __type(name: \"School\") @include(if: $yes) { name } \
            projects(first: $n) { nodes { id } } }";
        let teacher = app.teacher("Tina", "IT").await;
        let token = Some(teacher.token.as_str());
        for yes in [true, false, true] {
            let answer = app.execute(token, query, json!({ "n": 1, "yes": yes })).await;
            assert_eq!(answer["errors"], Value::Null, "{answer}");
            assert_eq!(answer["data"]["schools"]["name"] == "School", yes);
        }
    }

    async fn what_costs_too_much_is_refused_when_it_was_cheap_before(app: TestApp) {
        let strict = app.another_instance_with(|config| {
            config.server.limits.max_complexity = 50;
        }).await;
        let query = "query($n: Int!) { projects(first: $n) { nodes { id } } }";
        for _ in 0..3 {
            assert_eq!(strict.outcome(None, query, json!({ "n": 2 })).await, "OK");
        }
        assert_eq!(strict.outcome(None, query, json!({ "n": 100 })).await, "QUERY_TOO_COMPLEX");
    }
}

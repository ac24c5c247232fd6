//! A query that was answered without errors before is executed without what makes errors what they
//! should be: nobody must be able to tell by the answer.

use entity::TwinSpaceRole;
use serde_json::{Value, json};

use twinspace::graphql::json::Json;

use crate::support::{TestApp, on_both_databases};

const MEMBERS: &str = "query($id: ID!, $first: Int, $after: String) { twinSpace(id: $id) { \
    title members(first: $first, after: $after) { totalCount nodes { role lastAccess consents { id } \
    permissions { remove { allowed reason } } } } } }";

/// Queries of a TwinSpace as clients write them: nested lists, fragments on the type itself, on an
/// interface and on another type, aliases, and fields that are selected twice.
const QUERIES: &[&str] = &[
    "query($id: ID!) { twinSpace(id: $id) { id title members(first: 3, orderBy: { field: JOINED_AT }) {
        totalCount pageInfo { hasNextPage startCursor endCursor }
        edges { cursor node { ...Row } } nodes { ...Row __typename again: name }
    } } }
    fragment Row on Member { id role name kind school { id name ...Place } inviter { id name school { country } } }
    fragment Place on School { country }",
    "query($id: ID!) { viewer { kind memberships { nodes { id twinSpace { id state
        memberCounts { total byRole { role count } }
        project { id partners(first: 1) { nodes { person { name } } } }
        project { shortDescription partners(first: 1) { nodes { id person { id picture { url } } } } }
        viewerMember { id permissions { leave { allowed reason } } }
    } } } } node(id: $id) { id __typename ... on TwinSpace { members { nodes { ... on Node { id } ... { name } } } } } }",
    "query($id: ID!) { twinSpace(id: $id) { members(first: 0) { nodes { id } edges { cursor } pageInfo { endCursor } }
        none: members(filter: { search: \"nobody\" }, first: 2) { totalCount nodes { id twinSpace { id } } } } }",
    "query($id: ID!) { twinSpace(id: $id) { members { nodes { id ...Name school { id } ...Role } } } }
    fragment Name on Member { id name role person { id } } fragment Role on Member { name role id ...Name }",
    "query($id: ID!) { twinSpace(id: $id) { members { nodes { ...One ...Other } nodes { isFounder } edges { node { id } } } } }
    fragment One on Member { id school { id } } fragment Other on Member { school { name } }",
];

/// What a pupil may not see, in every row.
const COLUMNS: &str = "query($id: ID!) { twinSpace(id: $id) { members { nodes {
    id username custodian { name } consents { id } mayBePictured lastAccess online
} } } }";

/// What a pupil may not see at all.
const REFUSED: &str = "query($id: ID!) { twinSpace(id: $id) { id auditLog { totalCount } } }";

/// The answer, byte by byte.
async fn exactly(app: &TestApp, token: &str, query: &str, id: &str) -> String {
    let response = app.respond(Some(token), query, json!({ "id": id })).await;
    let data = serde_json::to_string(&Json(&response.data)).unwrap();
    let errors = serde_json::to_string(&response.errors).unwrap();
    if response.errors.is_empty() { data } else { format!("{data} \"errors\": {errors}") }
}

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

        // What is refused to somebody else is null, in the rows of a list without an error.
        let refused = often(&app, &visitor.token, MEMBERS, &ask).await;
        assert_eq!(refused["errors"], Value::Null, "{refused}");
        assert_eq!(refused["data"]["twinSpace"]["members"]["nodes"][0]["lastAccess"], Value::Null);
        let fresh = app.another_instance().await;
        assert_eq!(fresh.execute(Some(&visitor.token), MEMBERS, ask).await, refused);
    }

    async fn the_shape_of_a_query_does_not_matter(app: TestApp) {
        let space = app.space().await;
        let [one, other] = &space.founders;
        app.open(app.begin(one, other).await, space.founders.clone()).await;
        let pupil = app.pupil("Pia Pupil", one).await;
        app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
        for n in 0..4 {
            let teacher = app.teacher(&format!("\"Tea\\cher\" \u{1f600} {n}"), "DE").await;
            app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
        }
        let id = space.id.to_string();
        for query in QUERIES {
            let first = exactly(&app, &one.token, query, &id).await;
            assert!(!first.contains("\"errors\""), "{first}");
            for _ in 0..2 {
                assert_eq!(exactly(&app, &one.token, query, &id).await, first);
            }
            // An instance that has not seen the query takes the ordinary path.
            let theirs = exactly(&app.another_instance().await, &pupil.token, query, &id).await;
            assert_eq!(exactly(&app, &pupil.token, query, &id).await, theirs);
        }
        for query in [COLUMNS, REFUSED] {
            let refused = exactly(&app, &pupil.token, query, &id).await;
            assert_eq!(refused.contains("\"errors\""), query == REFUSED, "{refused}");
            assert!(!refused.contains("\"username\":\""), "{refused}");
            // The teacher may, and so the query is known to be valid.
            for _ in 0..2 {
                exactly(&app, &one.token, query, &id).await;
            }
            assert_eq!(exactly(&app, &pupil.token, query, &id).await, refused);
        }
    }

    async fn an_answer_takes_as_many_statements_the_next_time(app: TestApp) {
        let space = app.space().await;
        let token = space.founders[0].token.as_str();
        for n in 0..3 {
            let teacher = app.teacher(&format!("Teacher {n}"), "DE").await;
            app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
            let pupil = app.pupil(&format!("Pupil {n}"), &space.founders[0]).await;
            app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
            app.open(app.begin(&space.founders[0], &space.founders[1]).await, space.founders.clone()).await;
        }
        let id = space.id.to_string();
        let twin_spaces = "{ viewer { name memberships { totalCount nodes { role twinSpace { title
            memberCounts { byRole { role count } } viewerMember { id permissions { leave { allowed } } }
            project { partners(first: 3) { nodes { role person { name picture { url } } } } } } } } } }";
        let pupils = "{ viewer { pupils { nodes { name memberships { role member { id } }
            consents { scope withdrawnAt } } } } }";
        for query in [QUERIES[0], QUERIES[2], twin_spaces, pupils] {
            // The first visit is noted.
            exactly(&app, token, query, &id).await;
            let another = format!("{query} # not seen before");
            let (first, statements) = app.statements(exactly(&app, token, &another, &id)).await;
            let next = app.statements(exactly(&app, token, query, &id)).await;
            assert_eq!(next, (first, statements), "{query}");
        }
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
        let query = "query($n: Int, $yes: Boolean!) { viewer { kind } \
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

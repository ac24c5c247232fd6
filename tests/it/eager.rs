//! Queries that were valid before are answered by a shorter path: it answers the same.

use entity::TwinSpaceRole;
use serde_json::json;

use crate::support::{TestApp, on_both_databases};

/// Queries of a TwinSpace as clients write them: nested lists, fragments on the type itself, on an
/// interface and on another type, aliases, and fields that are selected twice.
const QUERIES: &[&str] = &[
    "query($id: ID!) { twinSpace(id: $id) { id title members(first: 3, orderBy: { field: JOINED_AT }) {
        totalCount pageInfo { hasNextPage startCursor endCursor }
        edges { cursor node { ...Row } } nodes { ...Row __typename again: name }
    } } }
    fragment Row on Member { id role name kind school { id name ...Place } inviter { id name school { country } } }
    fragment Place on School { country }",
    "query($id: ID!) { viewer { id memberships { nodes { id twinSpace { id state
        memberCounts { total byRole { role count } }
        project { id partners(first: 1) { nodes { teacher { name } } } }
        project { shortDescription partners(first: 1) { nodes { id teacher { id picture { url } } } } }
        viewerMember { id permissions { leave { allowed reason } } }
    } } } } node(id: $id) { id __typename ... on TwinSpace { members { nodes { ... on Node { id } ... { name } } } } } }",
    "query($id: ID!) { twinSpace(id: $id) { members(first: 0) { nodes { id } edges { cursor } pageInfo { endCursor } }
        none: members(filter: { search: \"nobody\" }, first: 2) { totalCount nodes { id twinSpace { id } } } } }",
];

/// What a pupil may not see, in every row.
const COLUMNS: &str = "query($id: ID!) { twinSpace(id: $id) { members { nodes {
    id username custodian { name } consents { id } mayBePictured lastAccess online
} } } }";

/// What a pupil may not see at all.
const REFUSED: &str = "query($id: ID!) { twinSpace(id: $id) { id auditLog { totalCount } } }";

async fn answer(app: &TestApp, token: &str, query: &str, id: &str) -> String {
    let response = app.respond(Some(token), query, json!({ "id": id })).await;
    serde_json::to_string(&response).unwrap()
}

on_both_databases! {
    async fn a_query_is_answered_the_same_when_it_is_known_to_be_valid(app: TestApp) {
        let space = app.space().await;
        let [one, other] = &space.founders;
        app.open(app.begin(one, other).await, space.founders.clone()).await;
        let pupil = app.pupil("Pia Pupil", one).await;
        app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
        for n in 0..4 {
            let teacher = app.teacher(&format!("Teacher {n}"), "DE").await;
            app.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
        }
        let id = space.id.to_string();
        for query in QUERIES {
            let first = answer(&app, &one.token, query, &id).await;
            assert!(!first.contains("\"errors\""), "{first}");
            for _ in 0..2 {
                assert_eq!(answer(&app, &one.token, query, &id).await, first);
            }
            // An instance that has not seen the query takes the ordinary path.
            let theirs = answer(&app.another_instance().await, &pupil.token, query, &id).await;
            assert_eq!(answer(&app, &pupil.token, query, &id).await, theirs);
        }
        for query in [COLUMNS, REFUSED] {
            let refused = answer(&app, &pupil.token, query, &id).await;
            assert_eq!(refused.contains("\"errors\""), query == REFUSED, "{refused}");
            assert!(!refused.contains("\"username\":\""), "{refused}");
            // The teacher may, and so the query is known to be valid.
            for _ in 0..2 {
                answer(&app, &one.token, query, &id).await;
            }
            assert_eq!(answer(&app, &pupil.token, query, &id).await, refused);
        }
    }
}

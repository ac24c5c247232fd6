//! Fields that are selected several times under the same key are executed once.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_graphql::{
    Context, EmptyMutation, EmptySubscription, Interface, Object, Request, Schema, Union,
    ValidationMode, Variables,
};
use clap::Parser;
use entity::chat_message;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;
use twinspace::{
    cli::Cli,
    graphql::document::{Definitions, Documents},
};

use crate::support::{TestApp, on_both_databases, play::verdict};

/// How often something with fields of its own was resolved.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

fn counted<T>(ctx: &Context<'_>, value: T) -> T {
    ctx.data_unchecked::<Count>().0.fetch_add(1, Ordering::Relaxed);
    value
}

struct Thing;

#[Object]
impl Thing {
    async fn id(&self, ctx: &Context<'_>) -> i32 {
        counted(ctx, 1)
    }

    async fn name(&self) -> &str {
        "thing"
    }

    async fn thing(&self, ctx: &Context<'_>, #[graphql(default = 1)] n: i32) -> Thing {
        assert_eq!(n, 1);
        counted(ctx, Thing)
    }

    async fn told(&self, text: String) -> String {
        text
    }

    async fn things(&self, ctx: &Context<'_>) -> Vec<Thing> {
        counted(ctx, vec![Thing, Thing])
    }
}

struct Other;

#[Object]
impl Other {
    async fn id(&self) -> i32 {
        2
    }

    async fn thing(&self, ctx: &Context<'_>) -> Thing {
        counted(ctx, Thing)
    }
}

#[derive(Interface)]
#[graphql(field(name = "id", ty = "i32"))]
enum Node {
    Thing(Thing),
    Other(Other),
}

#[derive(Union)]
enum Any {
    Thing(Thing),
    Other(Other),
}

#[derive(Union)]
enum Few {
    Thing(Thing),
}

struct Query;

#[Object]
impl Query {
    async fn thing(&self, ctx: &Context<'_>) -> Thing {
        counted(ctx, Thing)
    }

    async fn node(&self, other: bool) -> Node {
        if other { Node::Other(Other) } else { Node::Thing(Thing) }
    }

    async fn few(&self) -> Few {
        Few::Thing(Thing)
    }

    async fn any(&self, other: bool) -> Any {
        if other { Any::Other(Other) } else { Any::Thing(Thing) }
    }
}

#[tokio::test]
async fn what_is_selected_several_times_is_resolved_once() {
    let schema = Schema::build(Query, EmptyMutation, EmptySubscription);
    let schema = schema.validation_mode(ValidationMode::Fast).finish();
    let cli = Cli::parse_from(["twinspace"]);
    let documents = Documents::new(Definitions::read(schema.sdl()), &cli.config.server);
    let one = json!({ "id": 1, "name": "thing" });
    for (document, variables, times, expected) in [
        ("{ thing { id } thing { name } }", json!({}), 2, json!({ "thing": one })),
        ("{ thing { id id } thing { id } }", json!({}), 2, json!({ "thing": { "id": 1 } })),
        (
            "{ a: thing { id } b: thing { id } a: thing { name } }",
            json!({}),
            4,
            json!({ "a": one, "b": { "id": 1 } }),
        ),
        (
            "{ thing { things { id } ...A } } fragment A on Thing { things { name } }",
            json!({}),
            4,
            json!({ "thing": { "things": [one, one] } }),
        ),
        (
            "{ ...A ...A ...B } fragment A on Query { thing { id } } fragment B on Query { ...A thing { ...C } } \
             fragment C on Thing { name }",
            json!({}),
            2,
            json!({ "thing": one }),
        ),
        (
            "query($n: Int = 1) { thing { thing(n: $n) { id } ... on Thing { thing(n: $n) { name } } } }",
            json!({}),
            3,
            json!({ "thing": { "thing": one } }),
        ),
        (
            "query($yes: Boolean!) { thing { id } thing @include(if: $yes) { name } }",
            json!({ "yes": true }),
            2,
            json!({ "thing": one }),
        ),
        (
            "query($yes: Boolean!) { thing { id } thing @include(if: $yes) { name } }",
            json!({ "yes": false }),
            2,
            json!({ "thing": { "id": 1 } }),
        ),
        (
            "query($no: Boolean = true) { thing @skip(if: $no) { id } ... @skip(if: false) { thing { name } } }",
            json!({}),
            1,
            json!({ "thing": { "name": "thing" } }),
        ),
        (
            "query($no: Boolean!) { thing { name ...A @skip(if: $no) } thing { thing { name } } } \
             fragment A on Thing { thing { id } name @include(if: true) }",
            json!({ "no": false }),
            3,
            json!({ "thing": { "name": "thing", "thing": one } }),
        ),
        (
            "{ any(other: false) { ... on Thing { thing { id } } ... on Other { thing { id } } \
             ... on Thing { thing { name } } __typename } }",
            json!({}),
            2,
            json!({ "any": { "thing": one, "__typename": "Thing" } }),
        ),
        (
            "{ any(other: true) { ... on Node { id ... on Other { thing { id } } } ... on Other { thing { name } } } }",
            json!({}),
            2,
            json!({ "any": { "id": 2, "thing": one } }),
        ),
        (
            "{ node(other: true) { id ... on Any { ... on Thing { thing { id } } ... on Other { thing { id } } } \
             ...A } } fragment A on Other { id thing { name } }",
            json!({}),
            2,
            json!({ "node": { "id": 2, "thing": one } }),
        ),
        (
            "{ __schema { queryType { name } ...A } } fragment A on __Schema { queryType { kind } }",
            json!({}),
            0,
            json!({ "__schema": { "queryType": { "name": "Query", "kind": "OBJECT" } } }),
        ),
        // What is for objects of another type is not for these.
        (
            "{ thing { id id ...A } } fragment A on Node { ... on Other { b: id thing { id } } ... on Thing { name } }",
            json!({}),
            2,
            json!({ "thing": one }),
        ),
        (
            "{ node(other: false) { ... on Other { ...A } ... on Thing { ...A } } } \
             fragment A on Any { ... on Thing { name } ... on Other { b: id } }",
            json!({}),
            0,
            json!({ "node": { "name": "thing" } }),
        ),
        // Fragments on unions, where others are.
        (
            "{ thing { ... on Any { __typename ... on Thing { name } } } }",
            json!({}),
            1,
            json!({ "thing": { "__typename": "Thing", "name": "thing" } }),
        ),
        (
            "{ node(other: true) { ... on Few { __typename } ... on Any { a: __typename ... on Other { id } } } }",
            json!({}),
            0,
            json!({ "node": { "a": "Other", "id": 2 } }),
        ),
        ("{ few { ... on Node { id } } }", json!({}), 1, json!({ "few": { "id": 1 } })),
        (
            "{ few { ... on Node { id ... on Few { ... on Thing { id } } } } }",
            json!({}),
            1,
            json!({ "few": { "id": 1 } }),
        ),
        // Defaults, where nothing is selected twice.
        (
            "query($yes: Boolean = true) { thing { name id @include(if: $yes) } }",
            json!({}),
            2,
            json!({ "thing": { "name": "thing", "id": 1 } }),
        ),
        (
            "query($yes: Boolean! = true) { thing { name ...A @skip(if: $yes) } } fragment A on Thing { id }",
            json!({}),
            1,
            json!({ "thing": { "name": "thing" } }),
        ),
    ] {
        // As sent for the first time, and as it is kept.
        for _ in 0..2 {
            let count = Count::default();
            let request = Request::new(document).variables(Variables::from_json(variables.clone()));
            let prepared = documents.prepare(request).unwrap_or_else(|_| panic!("{document}"));
            let answer = schema.execute(prepared.request.data(count.clone())).await;
            assert!(answer.errors.is_empty(), "{document}: {:?}", answer.errors);
            let data = answer.data.into_json().unwrap();
            assert_eq!(data, expected, "{document}");
            assert_eq!(count.0.load(Ordering::Relaxed), times, "{document}");
        }
    }
    let condition = "query($yes: Boolean = true) { thing { name id @include(if: $yes) } }";
    let nothing = Variables::from_json(json!({ "yes": null }));
    let refused = documents.prepare(Request::new(condition).variables(nothing)).unwrap_err();
    assert_eq!(refused.0[0].locations.len(), 1);

    // Fragments are not repeated without limit.
    let spread = (0..40).map(|n| format!("a{n}: thing {{ thing {{ ...A }} }} "));
    let spread = spread.collect::<Vec<_>>().concat();
    let padded = |length: usize| {
        let text = "x".repeat(length);
        format!(
            "{{ id: thing {{ id id }} {spread} }} fragment A on Thing {{ told(text: \"{text}\") }}"
        )
    };
    assert!(documents.prepare(Request::new(padded(5_000))).is_ok());
    let refused = documents.prepare(Request::new(padded(7_000))).unwrap_err();
    assert!(refused.0[0].message.contains("too complex (bytes"), "{:?}", refused.0);

    let ordered = "{ a: thing { name } b: thing { name } a: thing { id } }";
    let prepared = documents.prepare(Request::new(ordered)).unwrap();
    let answer = schema.execute(prepared.request.data(Count::default())).await;
    assert_eq!(
        serde_json::to_string(&answer.data).unwrap(),
        r#"{"a":{"name":"thing","id":1},"b":{"name":"thing"}}"#
    );
}

on_both_databases! {
    async fn a_mutation_that_is_selected_several_times_acts_once(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let send = "sendChatMessage(input: { twinSpaceId: $to, text: \"Once\" })";
        let query = format!(
            "mutation($to: ID!, $yes: Boolean!) {{ {send} {{ message {{ id }} }} {send} {{ message {{ text }} }} \
             ...A ... on Mutation @include(if: $yes) {{ {send} {{ message {{ byViewer }} }} }} }} \
             fragment A on Mutation {{ {send} {{ message {{ author {{ name }} }} }} }}"
        );
        let to = space.id.to_string();
        let answer = app.execute(Some(&founder.token), &query, json!({ "to": to, "yes": true })).await;
        let message = &answer["data"]["sendChatMessage"]["message"];
        assert_eq!(message["text"], "Once", "{answer}");
        assert_eq!(message["byViewer"], true);
        assert!(message["author"]["name"].is_string(), "{answer}");
        assert_eq!(chat_message::Entity::find().count(app.db.read()).await.unwrap(), 1);

        // What succeeds fails the second time.
        let page = json!({ "twinSpaceId": to, "title": "Bees", "visibility": "MEMBERS" });
        let page = app.does(founder, "createPage", page, "page { id }").await;
        let archive = format!("archivePage(input: {{ pageId: {} }})", page["page"]["id"]);
        let query = format!("mutation {{ {archive} {{ page {{ id }} }} ...A }} fragment A on Mutation {{ {archive} {{ page {{ archivedAt }} }} }}");
        let answer = app.execute(Some(&founder.token), &query, json!({})).await;
        assert_eq!(verdict(&answer), "OK", "{answer}");
        assert!(answer["data"]["archivePage"]["page"]["archivedAt"].is_string(), "{answer}");
    }
}

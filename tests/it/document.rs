//! Documents: omitted variables, and several operations in one document.

use async_graphql::{
    EmptyMutation, EmptySubscription, InputObject, MaybeUndefined, Object, Request, Schema,
    Variables,
};
use clap::Parser;
use serde_json::{Value, json};
use twinspace::{cli::Cli, graphql::document::Documents};

#[derive(InputObject)]
struct Change {
    name: MaybeUndefined<String>,
}

struct Query;

#[Object]
impl Query {
    async fn told(&self, name: MaybeUndefined<String>) -> String {
        format!("{name:?}")
    }

    async fn change(&self, input: Change) -> String {
        format!("{:?}", input.name)
    }

    async fn page(&self, #[graphql(default = 20)] first: i32) -> i32 {
        first
    }
}

fn documents() -> Documents {
    Documents::new(&Cli::parse_from(["twinspace"]).config.server.limits)
}

/// The data, or the first error's message.
async fn ask(documents: &Documents, query: &str, operation: Option<&str>, sent: Value) -> Value {
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    let mut request = Request::new(query).variables(Variables::from_json(sent));
    request.operation_name = operation.map(str::to_owned);
    match documents.prepare(request) {
        Err(error) => json!(error.message),
        Ok(prepared) => {
            let response = schema.execute(prepared.request).await;
            match response.errors.first() {
                Some(error) => json!(error.message),
                None => response.data.into_json().unwrap(),
            }
        }
    }
}

#[tokio::test]
async fn a_variable_that_is_not_sent_is_not_null() {
    let documents = documents();
    let query = "query($name: String, $first: Int) { told(name: $name) change(input: { name: $name }) page(first: $first) }";
    assert_eq!(
        ask(&documents, query, None, json!({})).await,
        json!({ "told": "Undefined", "change": "Undefined", "page": 20 })
    );
    // The document is cached as it was sent.
    assert_eq!(
        ask(&documents, query, None, json!({ "name": null, "first": 3 })).await,
        json!({ "told": "Null", "change": "Null", "page": 3 })
    );
    let set = r#"Value("x")"#;
    assert_eq!(
        ask(&documents, query, None, json!({ "name": "x" })).await,
        json!({ "told": set, "change": set, "page": 20 })
    );
}

#[tokio::test]
async fn a_variable_that_is_needed_must_be_sent() {
    let query = "query($first: Int!) { page(first: $first) }";
    assert_eq!(
        ask(&documents(), query, None, json!({})).await,
        "Variable \"$first\" of required type \"Int!\" was not provided."
    );
}

#[tokio::test]
async fn operations_of_one_document_do_not_disturb_each_other() {
    let documents = documents();
    let query = "query A($v: String) { ...F } query B($v: Int) { ...G page(first: $v) }
                 fragment F on Query { told(name: $v) } fragment G on Query { __typename }";
    let a = ask(&documents, query, Some("A"), json!({ "v": "x" })).await;
    assert_eq!(a, json!({ "told": "Value(\"x\")" }));
    let b = ask(&documents, query, Some("B"), json!({ "v": 7 })).await;
    assert_eq!(b, json!({ "__typename": "Query", "page": 7 }));
    let c = ask(&documents, query, Some("C"), json!({})).await;
    assert_eq!(c, "Unknown operation named \"C\".");
}

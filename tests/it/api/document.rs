//! Documents: what is valid, omitted variables, and several operations in one document. What the
//! specification says of documents is compared with graphql-js by `tests/audits/language.mjs`.

use async_graphql::{
    EmptyMutation, EmptySubscription, InputObject, MaybeUndefined, Object, OneofObject, Request,
    Schema, ValidationMode, Variables,
};
use clap::Parser;
use serde_json::{Value, json};
use twinspace::{
    cli::Cli,
    graphql::document::{Definitions, Documents},
};

mod merging;
mod reading;

#[derive(InputObject)]
struct Change {
    name: MaybeUndefined<String>,
}

#[derive(OneofObject)]
enum By {
    Name(String),
    Number(i32),
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

    async fn found(&self, by: By) -> String {
        match by {
            By::Name(name) => name,
            By::Number(number) => number.to_string(),
        }
    }
}

fn documents() -> Documents {
    let schema = Schema::new(Query, EmptyMutation, EmptySubscription);
    let definitions = Definitions::read(schema.sdl());
    Documents::new(definitions, &Cli::parse_from(["twinspace"]).config.server)
}

/// The data, or the first error's message.
async fn ask(documents: &Documents, query: &str, operation: Option<&str>, sent: Value) -> Value {
    // As the server executes what it has validated.
    let schema = Schema::build(Query, EmptyMutation, EmptySubscription);
    let schema = schema.validation_mode(ValidationMode::Fast).finish();
    let mut request = Request::new(query).variables(Variables::from_json(sent));
    request.operation_name = operation.map(str::to_owned);
    match documents.prepare(request) {
        Err(refusal) => json!(refusal.0[0].message),
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
async fn a_text_is_what_its_escapes_say() {
    let documents = documents();
    for (written, read) in [
        (r#""\u0041\u{42}\u{000043}""#, "ABC"),
        (r#""\u{1F392}""#, "🎒"),
        (r#""\uD83C\uDF92""#, "🎒"),
        (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
        (r#""""\n  one\n    \""" two\n  """"#, r#"\n  one\n    """ two\n  "#),
    ] {
        let told = ask(&documents, &format!("{{ told(name: {written}) }}"), None, json!({})).await;
        assert_eq!(told, json!({ "told": format!("Value({read:?})") }), "{written}");
    }
    for wrong in [r#""\uD83C""#, r#""\uDF92\uD83C""#, r#""\u{110000}""#, r#""\u{}""#, r#""\x""#] {
        let told = ask(&documents, &format!("{{ told(name: {wrong}) }}"), None, json!({})).await;
        assert!(told.as_str().unwrap().starts_with("Syntax error"), "{wrong}: {told}");
    }
}

#[tokio::test]
async fn variables_are_checked_before_anything_is_executed() {
    let documents = documents();
    let page = "query($v: Int) { page(first: $v) }";
    let change = "query($v: Change!) { change(input: $v) }";
    let found = "query($v: By!) { found(by: $v) }";
    for (query, value, message) in [
        (page, json!("1"), r#"got invalid value "1"; Int cannot represent non-integer value: "1""#),
        (page, json!([1]), "got invalid value [1]; Int cannot represent non-integer value: [1]"),
        (
            page,
            json!(2_147_483_648_u64),
            "got invalid value 2147483648; Int cannot represent non 32-bit signed integer value: 2147483648",
        ),
        (
            change,
            json!({ "name": 1 }),
            "got invalid value 1 at \"v.name\"; String cannot represent a non string value: 1",
        ),
        (
            change,
            json!({ "nmae": "x" }),
            "got invalid value {…}; Field \"nmae\" is not defined by type \"Change\". Did you mean \"name\"?",
        ),
        (change, json!(null), "of non-null type \"Change!\" must not be null."),
        (
            found,
            json!({ "name": "x", "number": 1 }),
            "got invalid value {…}; Exactly one key must be specified for OneOf type \"By\", with a value that is not null.",
        ),
    ] {
        let answer = ask(&documents, query, None, json!({ "v": value })).await;
        assert_eq!(answer, format!("Variable \"$v\" {message}"));
    }
    // A number without a fraction is an integer however it is written.
    assert_eq!(ask(&documents, page, None, json!({ "v": 3.0 })).await, json!({ "page": 3 }));
    let number = json!({ "v": { "number": -0.0 } });
    assert_eq!(ask(&documents, found, None, number).await, json!({ "found": "0" }));
}

#[tokio::test]
async fn exactly_one_field_of_a_choice_is_given() {
    let documents = documents();
    let ask = async |query: &str| ask(&documents, query, None, json!({ "v": "x" })).await;
    assert_eq!(ask("{ found(by: { name: \"x\" }) }").await, json!({ "found": "x" }));
    assert_eq!(
        ask("query($v: String!) { found(by: { name: $v }) }").await,
        json!({ "found": "x" })
    );
    for (query, message) in [
        (
            "{ found(by: { name: \"x\", number: 1 }) }",
            "OneOf Input Object \"By\" must specify exactly one key.",
        ),
        ("{ found(by: {}) }", "OneOf Input Object \"By\" must specify exactly one key."),
        (
            "query($v: String) { found(by: { name: $v }) }",
            "Variable \"$v\" is of type \"String\" but must be non-nullable to be used for OneOf Input Object \"By\".",
        ),
    ] {
        assert_eq!(ask(query).await, message);
    }
}

#[tokio::test]
async fn fragments_that_expand_without_end_are_refused_at_once() {
    let documents = documents();
    let all = |make: &dyn Fn(usize) -> String| (0..60).map(make).collect::<Vec<_>>().join(" ");
    let every = all(&|i| format!("...F{i}"));
    let clique = all(&|i| format!("fragment F{i} on Query {{ {every} }}"));
    let doubling = all(&|i| format!("fragment F{i} on Query {{ ...F{} ...F{} }}", i + 1, i + 1));
    for (fragments, message) in [
        (clique, "Cannot spread fragment \"F0\" within itself."),
        (format!("{doubling} fragment F60 on Query {{ page }}"), "The query is too complex"),
    ] {
        for root in ["{ ...F0 }", "{ page }"] {
            let answer = ask(&documents, &format!("{root} {fragments}"), None, json!({})).await;
            assert!(answer.as_str().unwrap().starts_with(message), "{answer}");
        }
    }
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

//! How large, costly and many requests may be.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::server::wire::{Wire, code, outcome};

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let wire = Wire::start(&["--max-body", "2048"]).await;
    let ask = |padding: usize| {
        wire.post(&json!({ "query": "{ __typename }", "variables": { "a": "x".repeat(padding) } }))
    };
    assert_eq!(outcome(ask(1000)).await.0, 200);
    assert_eq!(outcome(ask(2048)).await, (413, "PAYLOAD_TOO_LARGE".into()));
}

#[tokio::test]
async fn a_query_that_asks_for_too_much_is_refused() {
    let wire = Wire::start(&["--max-aliases", "5", "--max-directives", "5"]).await;
    let nested = |n: usize| format!("{{ __schema {}{} }}", "{ types".repeat(n), "}".repeat(n));
    let aliases = (0..6).map(|i| format!("a{i}: __typename ")).collect::<Vec<_>>().concat();
    let directives = "__typename @include(if: true) ".repeat(6);
    for (query, limit) in [
        (nested(20), "depth"),
        (nested(3000), "nesting"),
        (format!("{{ a(b: {}{}) }}", "[".repeat(3000), "]".repeat(3000)), "nesting"),
        (format!("{{ {aliases} }}"), "aliases"),
        (
            format!("{{ ...F ...F }} fragment F on Query {{ {} }}", &aliases[..aliases.len() / 2]),
            "aliases",
        ),
        (format!("{{ {directives} }}"), "directives"),
        (format!("{{ {} }}", "__typename ".repeat(7)), "aliases"),
        ((0..51).map(|n| format!("query Q{n} {{ __typename }}")).collect::<Vec<_>>().concat(), "operations"),
        ("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }".into(), "introspection"),
        (
            "{ __type(name: \"Query\") { ...A } } fragment A on __Type { interfaces { possibleTypes { ...B } } }
             fragment B on __Type { inputFields { name } }".into(),
            "introspection",
        ),
        (format!("{{ __typename }} # {}", "x".repeat(70_000)), "bytes"),
    ] {
        let answer = wire.query(&query).await;
        assert_eq!(code(&answer), "QUERY_TOO_COMPLEX", "{limit}: {answer}");
        let told = &answer["errors"][0]["extensions"];
        assert_eq!(told["limit"], limit);
        assert!(told["cost"].as_u64() > told["most"].as_u64(), "{told}");
    }
    assert_eq!(wire.query("{ a: __typename }").await["data"]["a"], "Query");
}

#[tokio::test]
async fn the_cost_of_an_operation_is_limited() {
    let wire = Wire::start(&["--max-complexity", "10"]).await;
    let query = "{ __schema { types { name kind description fields { name description type { name kind } } } } }";
    let answer = wire.query(query).await;
    assert_eq!(code(&answer), "QUERY_TOO_COMPLEX");
    let told = &answer["errors"][0]["extensions"];
    assert_eq!((&told["limit"], &told["most"]), (&json!("complexity"), &json!(10)));
    assert!(told["cost"].as_u64().unwrap() > 10, "{told}");
    let message = answer["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("`first`"), "{message}");
}

#[tokio::test]
async fn the_cost_of_an_operation_is_told_to_those_who_ask() {
    let wire = Wire::start(&[]).await;
    let ask = async |body: &Value| {
        let answer: Value = wire.post(body).send().await.unwrap().json().await.unwrap();
        answer["extensions"].clone()
    };
    let query = "{ projects(first: 20) { nodes { id title } } }";
    assert_eq!(ask(&json!({ "query": query })).await, Value::Null);
    let asking = json!({ "query": query, "extensions": { "cost": true } });
    let first = ask(&asking).await;
    assert_eq!(first["cost"]["most"], 5000);
    assert!(first["cost"]["requested"].as_u64().unwrap() > 20, "{first}");
    // It is the same for a query that is known to be valid.
    for _ in 0..2 {
        assert_eq!(ask(&asking).await, first);
        assert_eq!(
            ask(&json!({ "query": query, "extensions": { "cost": false } })).await,
            Value::Null
        );
    }
    // Who asks for too much is told as well.
    let strict = Wire::start(&["--max-complexity", "10"]).await;
    let answer: Value = strict.post(&asking).send().await.unwrap().json().await.unwrap();
    assert_eq!(code(&answer), "QUERY_TOO_COMPLEX");
    let cost = &answer["extensions"]["cost"];
    assert_eq!((&cost["requested"], &cost["most"]), (&first["cost"]["requested"], &json!(10)));
}

#[tokio::test]
async fn fragments_that_multiply_are_refused_quickly() {
    let wire = Wire::start(&[]).await;
    // Nine levels of eight: a minute of one core if they were expanded.
    let mut query = String::from("{ ...F0 }");
    for level in 0..9 {
        let spreads = format!("...F{} ", level + 1).repeat(8);
        query.extend([" fragment F", &level.to_string(), " on Query { ", &spreads, "}"]);
    }
    query += " fragment F9 on Query { __typename }";
    let began = Instant::now();
    let answer = wire.query(&query).await;
    assert_eq!(code(&answer), "QUERY_TOO_COMPLEX");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());

    let cycle =
        "{ ...A } fragment A on Query { __typename ...B } fragment B on Query { ...A ...A }";
    assert_eq!(code(&wire.query(cycle).await), "GRAPHQL_VALIDATION_FAILED");
    let chain = (0..2000)
        .map(|i| format!("fragment F{i} on Query{{...F{}}}", i + 1))
        .collect::<Vec<_>>()
        .concat();
    assert_eq!(code(&wire.query(&format!("{{__typename}}{chain}")).await), "QUERY_TOO_COMPLEX");
}

#[tokio::test]
async fn the_introspection_of_common_tools_fits_the_limits() {
    let wire = Wire::start(&[]).await;
    let types =
        (0..9).fold("kind name".to_owned(), |inner, _| format!("kind name ofType {{ {inner} }}"));
    let value = "name description type { ...T } defaultValue";
    let answer = wire
        .query(&format!(
            "query IntrospectionQuery {{ __schema {{
               queryType {{ name }} mutationType {{ name }} subscriptionType {{ name }}
               types {{ kind name description
                 fields(includeDeprecated: true) {{ name description args {{ {value} }} type {{ ...T }} isDeprecated deprecationReason }}
                 inputFields {{ {value} }} interfaces {{ ...T }}
                 enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }}
                 possibleTypes {{ ...T }} }}
               directives {{ name description locations args {{ {value} }} }} }} }}
             fragment T on __Type {{ {types} }}"
        ))
        .await;
    assert!(answer.get("errors").is_none(), "{answer}");
    assert_eq!(answer["data"]["__schema"]["queryType"]["name"], "Query");
}

#[tokio::test]
async fn an_answer_has_at_most_twenty_errors() {
    let wire = Wire::start(&[]).await;
    let fields = (0..1000).map(|i| format!("nothing{i} ")).collect::<Vec<_>>().concat();
    let answer = wire.query(&format!("{{ {fields} }}")).await;
    assert_eq!(answer["errors"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn a_batch_is_answered_in_order_and_has_a_limit() {
    let wire = Wire::start(&["--max-batch", "3"]).await;
    let one = |alias: &str| json!({ "query": format!("{{ {alias}: __typename }}") });
    let response = wire.post(&json!([one("a"), { "query": "{ x }" }, one("c")])).send().await;
    let answers: Value = response.unwrap().json().await.unwrap();
    assert_eq!(answers[0], json!({ "data": { "a": "Query" } }));
    assert_eq!(code(&answers[1]), "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(answers[2], json!({ "data": { "c": "Query" } }));

    let four = json!([one("a"), one("b"), one("c"), one("d")]);
    assert_eq!(outcome(wire.post(&four)).await, (400, "BATCH_TOO_LARGE".into()));
    assert_eq!(outcome(wire.post(&json!([]))).await.0, 400);
    assert_eq!(outcome(wire.post(&json!([one("a"), {}]))).await, (400, "BAD_REQUEST".into()));
}

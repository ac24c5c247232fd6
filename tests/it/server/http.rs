//! GraphQL over HTTP: what is rejected, and the form of responses.

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::server::wire::{Wire, code, outcome};

mod limit;
mod origin;

const GRAPHQL: &str = "application/graphql-response+json";

#[tokio::test]
async fn a_query_is_answered_by_get_and_by_post() {
    let wire = Wire::start(&[]).await;
    let expected = json!({ "data": { "__typename": "Query" } });
    assert_eq!(wire.query("{ __typename }").await, expected);
    let got: Value = wire.get_query("{ __typename }").send().await.unwrap().json().await.unwrap();
    assert_eq!(got, expected);
}

#[tokio::test]
async fn the_media_type_of_an_answer_is_the_one_that_is_accepted() {
    let wire = Wire::start(&[]).await;
    for (accept, status, media) in [
        ("application/json", 200, "application/json"),
        (GRAPHQL, 200, GRAPHQL),
        ("*/*", 200, "application/json"),
        ("application/json;q=0.5, application/graphql-response+json", 200, GRAPHQL),
        ("text/html", 406, "application/json"),
    ] {
        let response = wire
            .post(&json!({ "query": "{ __typename }" }))
            .header(header::ACCEPT, accept)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status().as_u16(), status, "{accept}");
        let given = response.headers()[header::CONTENT_TYPE].to_str().unwrap();
        assert_eq!(given, format!("{media}; charset=utf-8"), "{accept}");
    }
}

#[tokio::test]
async fn a_query_that_cannot_run_is_a_bad_request_in_the_media_type_of_graphql() {
    let wire = Wire::start(&[]).await;
    for (query, expected) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothingOfTheKind }", "GRAPHQL_VALIDATION_FAILED"),
        ("query($a: Int!) { __type(name: $a) { name } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { __typename } query B { __typename }", "GRAPHQL_VALIDATION_FAILED"),
    ] {
        let ask = |accept| wire.post(&json!({ "query": query })).header(header::ACCEPT, accept);
        assert_eq!(outcome(ask(GRAPHQL)).await, (400, expected.into()), "{query}");
        let response = ask("application/json").send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let answer: Value = response.json().await.unwrap();
        assert_eq!(code(&answer), expected);
        assert!(answer.get("data").is_none(), "{answer}");
    }
}

#[tokio::test]
async fn a_mutation_is_not_run_by_get() {
    let wire = Wire::start(&[]).await;
    let response = wire.get_query("mutation { __typename }").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[header::ALLOW], "POST");
    let both = "query A { __typename } mutation B { __typename }";
    let ask = |name: &str| wire.get_query(both).query(&[("operationName", name)]);
    assert_eq!(outcome(ask("A")).await.0, 200);
    assert_eq!(outcome(ask("B")).await, (405, "METHOD_NOT_ALLOWED".into()));
}

#[tokio::test]
async fn other_methods_are_told_which_are_allowed() {
    let wire = Wire::start(&[]).await;
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let request = wire.client.request(method, wire.url("/graphql"));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()[header::ALLOW], "GET, POST");
    }
}

#[tokio::test]
async fn a_request_that_is_none_is_a_bad_request() {
    let wire = Wire::start(&[]).await;
    for body in [
        json!({}),
        json!({ "query": 7 }),
        json!({ "query": "{ __typename }", "variables": "x" }),
        json!({ "query": "{ __typename }", "operationName": 7 }),
        json!({ "query": "{ __typename }", "extensions": [] }),
        json!("x"),
        json!([["{ __typename }", null, null, null]]),
    ] {
        assert_eq!(outcome(wire.post(&body)).await, (400, "BAD_REQUEST".into()), "{body}");
    }
    let broken = wire
        .client
        .post(wire.url("/graphql"))
        .header(header::CONTENT_TYPE, "application/json")
        .body("{");
    assert_eq!(outcome(broken).await, (400, "BAD_REQUEST".into()));
}

#[tokio::test]
async fn a_server_in_production_tells_less_and_wants_https() {
    let wire = Wire::start(&["--production", "on"]).await;
    let answer = wire.get("/healthz").send().await.unwrap();
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
    for path in ["/", "/docs/clients", "/schema.graphql"] {
        assert_eq!(outcome(wire.get(path)).await.0, 404, "{path}");
    }
    assert_eq!(
        wire.query("{ __schema { queryType { name } } }").await["data"]["__schema"],
        Value::Null
    );
    let answer = wire.query("{ viewe { name } }").await;
    assert_eq!(code(&answer), "GRAPHQL_VALIDATION_FAILED");
    assert!(!answer.to_string().contains("viewer"), "{answer}");

    // What is set on its own counts more.
    let wire = Wire::start(&["--production", "on", "--introspection", "on"]).await;
    assert_eq!(
        wire.query("{ __schema { queryType { name } } }").await["data"]["__schema"]["queryType"]["name"],
        "Query"
    );
    let trial = Wire::start(&[]).await;
    let answer = trial.get("/").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(!answer.headers().contains_key("strict-transport-security"));
    assert!(trial.query("{ viewe { name } }").await.to_string().contains("viewer"));
}

#[tokio::test]
async fn a_request_that_is_traced_is_answered_in_its_trace() {
    let wire = Wire::start(&[]).await;
    let answered = async |given: &[&str]| {
        let mut request = wire.get("/healthz");
        for given in given {
            request = request.header("traceparent", *given);
        }
        let answer = request.send().await.unwrap();
        answer.headers().get("traceparent").map(|value| value.to_str().unwrap().to_owned())
    };
    let id = "4bf92f3577b34da6a3ce929d0e0e4736";
    let given = format!("00-{id}-00f067aa0ba902b7-01");
    let answer = answered(&[&given]).await.unwrap();
    assert!(answer.starts_with(&format!("00-{id}-")) && answer.ends_with("-01"), "{answer}");
    assert!(answer != given && answer.len() == given.len(), "{answer}");
    // A later version may have more.
    assert!(answered(&[&format!("01-{id}-00f067aa0ba902b7-01-more")]).await.is_some());
    for wrong in [
        &format!("00-{id}-00f067aa0ba902b7-01-more"),
        &format!("ff-{id}-00f067aa0ba902b7-01"),
        &format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
        &format!("00-{id}-{}-01", "0".repeat(16)),
        &given.to_uppercase(),
        &format!("00-{id}-00f067aa0ba902b7"),
        "",
    ] {
        assert_eq!(answered(&[wrong]).await, None, "{wrong}");
    }
    assert_eq!(answered(&[&given, &given]).await, None);
}

#[tokio::test]
async fn introspection_can_be_switched_off_and_is_not_replaced_by_suggestions() {
    let wire = Wire::start(&["--introspection", "off"]).await;
    let answer = wire.query("{ __schema { queryType { name } } }").await;
    assert_eq!(answer["data"]["__schema"], Value::Null);
    let answer = wire.query("{ __typenam }").await;
    assert!(!answer.to_string().contains("Did you mean"), "{answer}");
}

#[tokio::test]
async fn a_persisted_query_is_sent_once_and_then_named() {
    let wire = Wire::start(&[]).await;
    let query = "{ __typename }";
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(query));
    let named = |hash: &str| json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let ask =
        async |body: Value| wire.post(&body).send().await.unwrap().json::<Value>().await.unwrap();

    let unknown = ask(json!({ "extensions": named(&hash) })).await;
    assert_eq!(code(&unknown), "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(unknown["errors"][0]["message"], "PersistedQueryNotFound");

    let wrong = ask(json!({ "query": query, "extensions": named(&"0".repeat(64)) })).await;
    assert_eq!(wrong["errors"][0]["message"], "provided sha does not match query");

    let expected = json!({ "data": { "__typename": "Query" } });
    assert_eq!(ask(json!({ "query": query, "extensions": named(&hash) })).await, expected);
    assert_eq!(ask(json!({ "extensions": named(&hash) })).await, expected);
    let got = wire.get("/graphql").query(&[("extensions", named(&hash).to_string())]);
    assert_eq!(got.send().await.unwrap().json::<Value>().await.unwrap(), expected);
}

#[tokio::test]
async fn long_answers_are_compressed_for_those_who_take_it() {
    let wire = Wire::start(&[]).await;
    let long = json!({ "query": "{ __schema { types { name description } } }" });
    let ask = |body: &Value, coding: &str| wire.post(body).header(header::ACCEPT_ENCODING, coding);
    let response = ask(&long, "br").send().await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_ENCODING], "br");
    let response = ask(&long, "identity").send().await.unwrap();
    assert!(!response.headers().contains_key(header::CONTENT_ENCODING));
    let response = ask(&json!({ "query": "{ __typename }" }), "gzip").send().await.unwrap();
    assert!(!response.headers().contains_key(header::CONTENT_ENCODING));
    // The client decompresses gzip by itself.
    let answer: Value = wire.post(&long).send().await.unwrap().json().await.unwrap();
    assert!(answer["data"]["__schema"]["types"].is_array());
}

#[tokio::test]
async fn a_token_that_stands_for_nobody_is_refused() {
    let wire = Wire::start(&[]).await;
    let request = wire.post(&json!({ "query": "{ __typename }" })).bearer_auth("nonsense");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
    assert_eq!(code(&response.json().await.unwrap()), "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_token_without_its_scheme_is_refused_and_a_proxys_password_is_none() {
    let wire = Wire::start(&[]).await;
    let with = |value: &str| {
        let value = header::HeaderValue::from_bytes(value.as_bytes()).unwrap();
        wire.post(&json!({ "query": "{ __typename }" })).header(header::AUTHORIZATION, value)
    };
    for value in ["nonsense", "Token nonsense", "Bearer", "Bearer ", "bearer\tnonsense", "é"] {
        assert_eq!(outcome(with(value)).await, (401, "UNAUTHENTICATED".into()), "{value:?}");
    }
    for value in ["Basic dTpw", "basic dTpw", "Digest username=\"u\""] {
        assert_eq!(outcome(with(value)).await, (200, String::new()), "{value:?}");
    }
}

#[tokio::test]
async fn a_body_in_another_coding_than_utf8_is_told_so_and_a_byte_order_mark_is_skipped() {
    let wire = Wire::start(&[]).await;
    let post = async |body: Vec<u8>| {
        let request = wire.post(&json!(null)).body(body);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        answer
    };
    let query = "{ projects(filter: { search: \"Grün\" }) { totalCount } }";
    let json = json!({ "query": query }).to_string();
    let latin1: Vec<u8> =
        json.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    let utf16 = |mark: &str, little: bool| -> Vec<u8> {
        let units: Vec<u16> = format!("{mark}{json}").encode_utf16().collect();
        let bytes = |unit: u16| if little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        units.into_iter().flat_map(bytes).collect()
    };
    for body in [latin1, utf16("\u{feff}", true), utf16("\u{feff}", false), utf16("", true)] {
        let answer = post(body).await;
        let message = answer["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("UTF-8"), "{message}");
        assert_eq!(code(&answer), "BAD_REQUEST");
    }
    let marked = [b"\xef\xbb\xbf", json.as_bytes()].concat();
    assert_eq!(post(marked).await["data"]["projects"]["totalCount"], 0);
}

#[tokio::test]
async fn the_schema_is_sent_as_text_unless_introspection_is_off() {
    let wire = Wire::start(&["--playground", "off"]).await;
    let answer = wire.get("/schema.graphql").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/plain; charset=utf-8");
    assert_eq!(answer.text().await.unwrap(), crate::api::sdl::text());

    let silent = Wire::start(&["--introspection", "off"]).await;
    assert_eq!(outcome(silent.get("/schema.graphql")).await.0, 404);
}

#[tokio::test]
async fn every_link_between_the_documents_that_the_server_sends_leads_somewhere() {
    let wire = Wire::start(&[]).await;
    let mut seen = 0;
    for name in [
        "clients",
        "permissions",
        "rules",
        "errors",
        "pages",
        "operating",
        "security",
        "data-protection",
    ] {
        let answer = wire.get(&format!("/docs/{name}")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{name}");
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
        let page = answer.text().await.unwrap();
        assert!(page.contains("<table>") || name == "pages", "{name}: {page}");
        let base = reqwest::Url::parse(&wire.url(&format!("/docs/{name}"))).unwrap();
        for link in page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            let target = base.join(link).unwrap();
            if target.host() != base.host() {
                continue;
            }
            let other = wire.client.get(target.clone()).send().await.unwrap();
            assert_eq!(other.status(), StatusCode::OK, "{name}: {link}");
            if let Some(anchor) = target.fragment() {
                let other = other.text().await.unwrap();
                assert!(other.contains(&format!("id=\"{anchor}\"")), "{name}: {link}");
            }
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");

    let missing = wire.get("/docs/..%2FCargo").send().await.unwrap();
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    let silent = Wire::start(&["--playground", "off"]).await;
    assert_eq!(outcome(silent.get("/docs/clients")).await.0, 404);
}

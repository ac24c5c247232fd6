//! GraphQL over HTTP: what is rejected, and the form of responses.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::server::wire::{Wire, code, outcome};

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
async fn what_a_form_of_another_website_could_send_is_refused() {
    let wire = Wire::start(&[]).await;
    let body = json!({ "query": "mutation { __typename }" }).to_string();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
    ] {
        let request = wire
            .client
            .post(wire.url("/graphql"))
            .header(header::CONTENT_TYPE, kind)
            .body(body.clone());
        assert_eq!(outcome(request).await, (415, "UNSUPPORTED_MEDIA_TYPE".into()), "{kind}");
    }
    let untyped = wire.client.post(wire.url("/graphql")).body(body);
    assert_eq!(outcome(untyped).await.0, 415);
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
async fn introspection_can_be_switched_off_and_is_not_replaced_by_suggestions() {
    let wire = Wire::start(&["--introspection", "off"]).await;
    let answer = wire.query("{ __schema { queryType { name } } }").await;
    assert_eq!(answer["data"]["__schema"], Value::Null);
    let answer = wire.query("{ __typenam }").await;
    assert!(!answer.to_string().contains("Did you mean"), "{answer}");
}

#[tokio::test]
async fn an_answer_has_at_most_twenty_errors() {
    let wire = Wire::start(&[]).await;
    let fields = (0..1000).map(|i| format!("nothing{i} ")).collect::<Vec<_>>().concat();
    let answer = wire.query(&format!("{{ {fields} }}")).await;
    assert_eq!(answer["errors"].as_array().unwrap().len(), 20);
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
async fn only_pages_of_allowed_websites_may_read_answers() {
    let wire = Wire::start(&["--allowed-origins", "https://app.example.org"]).await;
    let preflight = |origin: &'static str| {
        wire.client
            .request(Method::OPTIONS, wire.url("/graphql"))
            .header(header::ORIGIN, origin)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization, content-type")
            .send()
    };
    let friend = preflight("https://app.example.org").await.unwrap();
    assert_eq!(friend.status(), StatusCode::NO_CONTENT);
    let headers = friend.headers();
    assert_eq!(headers[header::ACCESS_CONTROL_ALLOW_ORIGIN], "https://app.example.org");
    let allowed = headers[header::ACCESS_CONTROL_ALLOW_HEADERS].to_str().unwrap();
    for name in ["authorization", "content-type", "graphql-preflight", "x-request-id"] {
        assert!(allowed.contains(name), "{allowed}");
    }
    let stranger = preflight("https://evil.example").await.unwrap();
    assert!(!stranger.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));

    let answer = wire
        .post(&json!({ "query": "{ __typename }" }))
        .header(header::ORIGIN, "https://app.example.org")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "https://app.example.org");
    let none = wire.query("{ __typename }").await;
    assert_eq!(none["data"]["__typename"], "Query");
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
    for name in
        ["clients", "permissions", "errors", "pages", "operating", "security", "data-protection"]
    {
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

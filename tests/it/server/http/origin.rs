//! Requests from the pages of other websites.

use reqwest::{Method, StatusCode, header};
use serde_json::json;

use crate::server::wire::{Wire, outcome};

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

//! Running the server: request IDs, health, metrics, and shutdown.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    server::wire::{Wire, config, outcome},
    support::until,
};

/// Waits until the server has begun to read the body of a request that expects `100 Continue`.
async fn begun(connection: &mut TcpStream) {
    let mut go_on = *b"HTTP/1.1 100 Continue\r\n\r\n";
    connection.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
}

#[tokio::test]
async fn every_answer_names_its_request() {
    let wire = Wire::start(&[]).await;
    let name = async |given: Option<&str>| {
        let mut request = wire.get("/nothing/of/the/kind");
        if let Some(given) = given {
            request = request.header("x-request-id", given);
        }
        let response = request.send().await.unwrap();
        response.headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    assert_eq!(name(Some("abc-123")).await, "abc-123");
    assert_eq!(name(None).await.len(), 32);
    assert_ne!(name(None).await, name(None).await);
    assert_eq!(name(Some(&"x".repeat(65))).await.len(), 32);
    assert_eq!(name(Some("a b")).await.len(), 32);
}

#[tokio::test]
async fn a_path_that_does_not_exist_is_told_so_in_json() {
    let wire = Wire::start(&[]).await;
    assert_eq!(outcome(wire.get("/nothing")).await, (404, "NOT_FOUND".into()));
}

#[tokio::test]
async fn it_tells_whether_it_is_healthy() {
    let wire = Wire::start(&[]).await;
    for path in ["/healthz", "/readyz"] {
        let response = wire.get(path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.json::<Value>().await.unwrap(), json!({ "status": "ok" }));
    }
}

#[tokio::test]
async fn it_is_not_ready_without_its_database() {
    let folder = tempfile::tempdir().unwrap();
    let app = twinspace::app::App::start(config(&folder, &[])).await.unwrap();
    let db = app.db.clone();
    let wire = Wire::of(app).await;
    db.close().await.unwrap();
    let response = wire.get("/readyz").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.json::<Value>().await.unwrap()["status"], "database");
    assert_eq!(wire.get("/healthz").send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn it_counts_what_it_does() {
    let wire = Wire::start(&[]).await;
    wire.query("{ __typename }").await;
    wire.query("{ __typename }").await;
    let figures = wire.get("/metrics").send().await.unwrap().text().await.unwrap();
    for name in [
        r#"twinspace_http_requests_total{path="/graphql",method="POST",status="200"}"#,
        r#"twinspace_operation_duration_seconds_bucket{kind="query",le="0.001"}"#,
        r#"twinspace_operations_total{kind="query",outcome="ok"}"#,
        "twinspace_http_requests_in_flight",
        "twinspace_db_statements_total",
        concat!(r#"twinspace_build_info{version=""#, env!("CARGO_PKG_VERSION"), r#""} 1"#),
        "twinspace_internal_errors_total",
        r#"twinspace_mails_total{outcome="abandoned"}"#,
        r#"twinspace_sign_ins_total{outcome="limited"}"#,
        r#"twinspace_db_connections{pool="read",state="idle"}"#,
        r#"twinspace_db_connections{pool="write",state="busy"}"#,
        r#"twinspace_db_connections_max{pool="write"} 1"#,
    ] {
        assert!(figures.contains(name), "{name} in {figures}");
    }
    let manual = include_str!("../../../docs/operating.md");
    for line in figures.lines() {
        if let Some((name, _)) = line.strip_prefix("# TYPE ").and_then(|line| line.split_once(' '))
        {
            assert!(figures.contains(&format!("# HELP {name} ")), "{name} says not what it is");
            assert!(manual.contains(&format!("`{name}`")), "{name} is not in the manual");
        }
    }

    let silent = Wire::start(&["--metrics", "off", "--playground", "off"]).await;
    assert_eq!(outcome(silent.get("/metrics")).await.0, 404);
    assert_eq!(outcome(silent.get("/")).await.0, 404);
}

#[tokio::test]
async fn it_stops_after_the_requests_that_are_under_way() {
    let mut wire = Wire::start(&[]).await;
    let body = json!({ "query": "{ __typename }" }).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         expect: 100-continue\r\n\r\n",
        body.len()
    );
    let (first, rest) = body.split_at(5);
    let mut connection = TcpStream::connect(wire.address).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();
    begun(&mut connection).await;
    connection.write_all(first.as_bytes()).await.unwrap();

    wire.stop();
    let closed = async || TcpStream::connect(wire.address).await.is_err();
    until("it takes no new connection", closed).await;
    connection.write_all(rest.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.ends_with(r#"{"data":{"__typename":"Query"}}"#), "{answer}");
    wire.stopped().await;
}

#[tokio::test]
async fn it_stops_for_clients_that_never_finish_too() {
    let mut wire = Wire::start(&["--shutdown-timeout", "0"]).await;
    let mut connection = TcpStream::connect(wire.address).await.unwrap();
    let head = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n";
    connection.write_all(head).await.unwrap();
    begun(&mut connection).await;
    wire.stop();
    tokio::time::timeout(Duration::from_secs(30), wire.stopped()).await.unwrap();
}

/// What a client may send before it falls silent.
const SILENCES: &[&[u8]] = &[
    b"",
    b"PRI * HTTP/2.0\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    // With an empty SETTINGS frame: a connection that could be used, but is not.
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    b"GET /healthz HTTP/1.1\r\nhost: x\r\n",
    b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n",
];

#[tokio::test]
async fn a_client_that_says_nothing_more_does_not_hold_a_connection_for_ever() {
    let wire = Wire::start(&["--header-timeout", "1"]).await;
    for silence in SILENCES {
        let mut connection = TcpStream::connect(wire.address).await.unwrap();
        connection.write_all(silence).await.unwrap();
        let mut answer = Vec::new();
        let closed = connection.read_to_end(&mut answer);
        let closed = tokio::time::timeout(Duration::from_secs(20), closed).await;
        assert!(closed.is_ok(), "{:?} holds it", String::from_utf8_lossy(silence));
    }
}

/// What the server answers to one that sends this, and then a letter from time to time.
async fn trickled(wire: &Wire, begin: &[u8], letter: &[u8]) -> String {
    let mut connection = TcpStream::connect(wire.address).await.unwrap();
    connection.write_all(begin).await.unwrap();
    let (mut from, mut to) = connection.split();
    let trickle = async {
        loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            if to.write_all(letter).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    let mut answer = Vec::new();
    tokio::select! {
        () = trickle => {}
        _ = from.read_to_end(&mut answer) => {}
        () = tokio::time::sleep(Duration::from_secs(20)) => panic!("it goes on for ever"),
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_client_that_says_little_from_time_to_time_is_cut_off_too() {
    let wire = Wire::start(&["--header-timeout", "1", "--operation-timeout", "1"]).await;
    let post = "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let body = format!("{post}content-length: 10000\r\n\r\n{{\"query\":\"");
    let chunks = format!("{post}transfer-encoding: chunked\r\n\r\n");
    for (begin, letter) in [(body, "x"), (chunks, "1\r\n \r\n")] {
        let answer = trickled(&wire, begin.as_bytes(), letter.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert!(answer.contains(r#""code":"TIMEOUT""#), "{answer}");
    }
    // A body that nobody asked for, and a head that does not end.
    let refused =
        format!("{post}content-length: 10000\r\n\r\n").replace("application/json", "text/plain");
    let answer = trickled(&wire, refused.as_bytes(), b"x").await;
    assert!(answer.starts_with("HTTP/1.1 415"), "{answer}");
    let answer = trickled(&wire, post.as_bytes(), b"x").await;
    assert!(!answer.contains(" 200 "), "{answer}");
}

#[tokio::test]
async fn an_answer_that_is_not_read_does_not_hold_a_connection_for_ever() {
    let wire = Wire::start(&["--header-timeout", "1", "--max-connections", "1"]).await;
    let mut connection = TcpStream::connect(wire.address).await.unwrap();
    // More responses than the operating system buffers, none of which is read.
    let request = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    let asking = async { while connection.write_all(request).await.is_ok() {} };
    let others = async {
        // The only place is taken until the client that does not read has lost it.
        while wire.get("/healthz").send().await.is_err() {}
    };
    let cut = async { tokio::join!(asking, others) };
    tokio::time::timeout(Duration::from_mins(1), cut).await.unwrap();
}

#[tokio::test]
async fn a_request_that_takes_longer_than_its_head_may_is_answered() {
    let wire = Wire::start(&["--header-timeout", "1"]).await;
    let body = json!({ "query": "{ __typename }" }).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut connection = TcpStream::connect(wire.address).await.unwrap();
    connection.write_all(head.as_bytes()).await.unwrap();
    // Longer than the limit and the farewell, which end idle connections.
    tokio::time::sleep(Duration::from_secs(3)).await;
    connection.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn there_are_so_many_connections_and_no_more() {
    let wire = Wire::start(&["--max-connections", "2"]).await;
    let connect = async || {
        let mut connection = TcpStream::connect(wire.address).await.unwrap();
        let request = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
        // A refused client may learn of it already here.
        let _ = connection.write_all(request).await;
        let answered = connection.read(&mut [0; 4096]).await.is_ok_and(|read| read > 0);
        (connection, answered)
    };
    let (first, answered) = connect().await;
    assert!(answered);
    let (_second, answered) = connect().await;
    assert!(answered);
    assert!(!connect().await.1, "a third was answered");
    drop(first);
    // When one ends, another is admitted.
    let room = async { while !connect().await.1 {} };
    tokio::time::timeout(Duration::from_secs(30), room).await.unwrap();
}

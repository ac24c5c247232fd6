//! GraphQL over WebSocket: close codes, and operations.

use std::{sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest,
        handshake::client::Request,
        http::{HeaderValue, StatusCode},
    },
};

use crate::{
    server::wire::{Wire, code},
    support::TestApp,
};

mod gone;

/// A client's end of a WebSocket.
pub struct Socket(WebSocketStream<TcpStream>);

fn handshake(wire: &Wire, protocol: &'static str) -> Request {
    let mut request = format!("ws://{}/graphql", wire.address).into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("sec-websocket-protocol", HeaderValue::from_static(protocol));
    request
}

impl Socket {
    pub async fn open(wire: &Wire) -> Self {
        Self::try_open(wire, handshake(wire, "graphql-transport-ws")).await.unwrap()
    }

    async fn try_open(wire: &Wire, request: Request) -> Result<Self, Error> {
        let stream = TcpStream::connect(wire.address).await.unwrap();
        client_async(request, stream).await.map(|(socket, _)| Self(socket))
    }

    /// One that has sent `connection_init`.
    pub async fn introduced(wire: &Wire) -> Self {
        let mut socket = Self::open(wire).await;
        socket.say(json!({ "type": "connection_init" })).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }

    /// One that has sent `connection_init` as the owner of a session.
    pub async fn introduced_as(wire: &Wire, token: &str) -> Self {
        let mut socket = Self::open(wire).await;
        let payload = json!({ "Authorization": format!("Bearer {token}") });
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }

    pub async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    pub async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({ "type": "subscribe", "id": id, "payload": { "query": query } })).await;
    }

    pub async fn hear(&mut self) -> Value {
        loop {
            match self.0.next().await.unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The code with which it is closed, unless it responds first.
    pub async fn closed_or_answered(&mut self) -> Option<u16> {
        match self.0.next().await {
            Some(Ok(Message::Close(Some(frame)))) => Some(frame.code.into()),
            Some(Ok(Message::Text(_))) => None,
            other => panic!("{other:?}"),
        }
    }

    /// Sends arbitrary messages, and receives a response to a subsequent ping, or a close code of
    /// the protocol.
    pub async fn survives(&mut self, messages: &[Vec<u8>], binary: bool) {
        for message in messages {
            let message = match binary {
                true => Message::binary(message.clone()),
                false => Message::text(String::from_utf8_lossy(message).into_owned()),
            };
            // It may have been closed because of earlier messages.
            let _ = self.0.feed(message).await;
        }
        let ping = json!({ "type": "ping", "payload": { "last": true } });
        let _ = self.0.send(Message::text(ping.to_string())).await;
        loop {
            match self.0.next().await {
                Some(Ok(Message::Close(frame))) => {
                    let code = frame.map_or(0, |frame| frame.code.into());
                    assert!((4400..4500).contains(&code), "{code} after {messages:?}");
                    return;
                }
                Some(Ok(Message::Text(text))) => {
                    let answer: Value = serde_json::from_str(&text).unwrap();
                    if answer["payload"]["last"] == true {
                        return;
                    }
                }
                // A socket that was closed while the client was still writing.
                Some(Err(_)) | None => return,
                Some(Ok(_)) => {}
            }
        }
    }

    /// The code with which it is closed; earlier messages are skipped.
    pub async fn closed(&mut self) -> u16 {
        let closed = async {
            while let Some(Ok(message)) = self.0.next().await {
                if let Message::Close(Some(frame)) = message {
                    return frame.code.into();
                }
            }
            0
        };
        tokio::time::timeout(Duration::from_secs(10), closed).await.unwrap()
    }
}

#[tokio::test]
async fn an_operation_is_answered_and_completed() {
    let wire = Wire::start(&[]).await;
    let mut socket = Socket::introduced(&wire).await;
    socket.subscribe("1", "{ __typename }").await;
    let payload = json!({ "data": { "__typename": "Query" } });
    assert_eq!(socket.hear().await, json!({ "type": "next", "id": "1", "payload": payload }));
    assert_eq!(socket.hear().await, json!({ "type": "complete", "id": "1" }));
    // The ID can be used again.
    socket.subscribe("1", "{ __typename }").await;
    assert_eq!(socket.hear().await["type"], "next");
}

#[tokio::test]
async fn a_token_in_the_header_counts_unless_the_introduction_brings_another() {
    let app = TestApp::on_sqlite().await;
    let tina = app.teacher("Tina", "IT").await;
    let wire = Wire::of(Arc::clone(&app)).await;
    let open = async |header: &str, payload: Value| {
        let mut request = handshake(&wire, "graphql-transport-ws");
        request.headers_mut().insert("authorization", HeaderValue::from_str(header).unwrap());
        let mut socket = Socket::try_open(&wire, request).await.unwrap();
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        socket
    };
    let bearer = format!("Bearer {}", tina.token);
    for (header, payload) in [
        (bearer.as_str(), json!({})),
        (bearer.as_str(), Value::Null),
        ("Bearer none", json!({ "Authorization": bearer })),
        ("Basic c2Nob29sOnByb3h5", json!({ "Authorization": bearer })),
    ] {
        let mut socket = open(header, payload).await;
        assert_eq!(socket.hear().await["type"], "connection_ack", "{header}");
        socket.subscribe("1", "{ viewer { name } }").await;
        let answer = socket.hear().await;
        assert!(answer["payload"]["data"]["viewer"]["name"].is_string(), "{header}: {answer}");
    }
    assert_eq!(open("Bearer none", json!({})).await.closed().await, 4403);
    let mut anonymous = open("Basic c2Nob29sOnByb3h5", json!({})).await;
    assert_eq!(anonymous.hear().await["type"], "connection_ack");
}

#[tokio::test]
async fn an_operation_that_cannot_run_is_an_error_and_the_socket_lives_on() {
    let wire = Wire::start(&[]).await;
    let mut socket = Socket::introduced(&wire).await;
    socket.subscribe("1", "{ nothing }").await;
    let message = socket.hear().await;
    assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("1")));
    assert_eq!(code(&json!({ "errors": message["payload"] })), "GRAPHQL_VALIDATION_FAILED");
    socket.subscribe("2", "subscription { a: __typename b: __typename }").await;
    let message = socket.hear().await;
    assert_eq!(
        message["payload"][0]["message"],
        "A subscription must select exactly one field at its root."
    );
    socket.subscribe("3", "{ __typename }").await;
    assert_eq!(socket.hear().await["type"], "next");
}

#[tokio::test]
async fn pings_are_answered_with_what_they_bring() {
    let wire = Wire::start(&[]).await;
    let mut socket = Socket::open(&wire).await;
    socket.say(json!({ "type": "ping", "payload": { "a": 1 } })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong", "payload": { "a": 1 } }));
}

#[tokio::test]
async fn what_is_no_message_of_the_protocol_ends_the_socket() {
    let wire = Wire::start(&[]).await;
    let operation = json!({ "query": "{ __typename }" });
    let subscribe =
        |id: Value, payload: Value| json!({ "type": "subscribe", "id": id, "payload": payload });
    let with = |name: &str, value: Value| {
        let mut operation = operation.clone();
        operation[name] = value;
        subscribe(json!("1"), operation)
    };
    for message in [
        json!({}),
        json!([]),
        json!("ping"),
        json!(["ping", null]),
        json!({ "type": 7 }),
        json!({ "type": "start" }),
        json!({ "type": "Ping" }),
        json!({ "type": "next", "id": "1", "payload": {} }),
        json!({ "type": "ping", "payload": "x" }),
        json!({ "type": "ping", "payload": [] }),
        json!({ "type": "pong", "payload": 7 }),
        json!({ "type": "connection_init", "payload": "x" }),
        json!({ "type": "subscribe", "id": "1" }),
        json!({ "type": "subscribe", "payload": operation }),
        subscribe(json!(""), operation.clone()),
        subscribe(json!(7), operation.clone()),
        subscribe(json!(null), operation.clone()),
        subscribe(json!("x".repeat(257)), operation.clone()),
        subscribe(json!("1"), json!(null)),
        subscribe(json!("1"), json!("{ __typename }")),
        subscribe(json!("1"), json!(["{ __typename }", null, null, null])),
        subscribe(json!("1"), json!({})),
        with("query", json!(7)),
        with("query", json!("")),
        with("operationName", json!(7)),
        with("variables", json!([])),
        with("variables", json!("{}")),
        with("extensions", json!([])),
        json!({ "type": "complete" }),
        json!({ "type": "complete", "id": "" }),
        json!({ "type": "complete", "id": 7 }),
    ] {
        let mut socket = Socket::introduced(&wire).await;
        socket.say(message.clone()).await;
        assert_eq!(socket.closed().await, 4400, "{message}");
    }
    for payload in ["x", "[]", "7", "true"] {
        let mut socket = Socket::open(&wire).await;
        let init = format!("{{\"type\":\"connection_init\",\"payload\":{payload}}}");
        socket.0.send(Message::text(init)).await.unwrap();
        assert_eq!(socket.closed().await, 4400, "{payload}");
    }
    let mut socket = Socket::introduced(&wire).await;
    socket.0.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    assert_eq!(socket.closed().await, 4400);
}

#[tokio::test]
async fn what_a_message_may_leave_out_may_be_null() {
    let wire = Wire::start(&[]).await;
    let mut socket = Socket::open(&wire).await;
    socket.say(json!({ "type": "connection_init", "payload": null })).await;
    assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
    socket.say(json!({ "type": "pong", "payload": null })).await;
    socket.say(json!({ "type": "ping", "payload": null })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong" }));
    let payload = json!({ "query": "{ __typename }", "operationName": null, "variables": null, "extensions": null });
    socket
        .say(json!({ "type": "subscribe", "id": "x".repeat(256), "payload": payload, "more": 1 }))
        .await;
    assert_eq!(socket.hear().await["type"], "next");
    assert_eq!(socket.hear().await["type"], "complete");
    socket.say(json!({ "type": "complete", "id": "nothing of the kind" })).await;
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.hear().await, json!({ "type": "pong" }));
}

#[tokio::test]
async fn an_operation_before_the_introduction_ends_the_socket() {
    let wire = Wire::start(&[]).await;
    let mut socket = Socket::open(&wire).await;
    socket.subscribe("1", "{ __typename }").await;
    assert_eq!(socket.closed().await, 4401);
}

#[tokio::test]
async fn a_token_that_stands_for_nobody_ends_the_socket() {
    let wire = Wire::start(&[]).await;
    for payload in [
        json!({ "Authorization": "Bearer nonsense" }),
        json!({ "authorization": "nonsense" }),
        json!({ "token": "nonsense" }),
        json!({ "token": 7 }),
        json!({ "Authorization": ["Bearer nonsense"] }),
    ] {
        let mut socket = Socket::open(&wire).await;
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        assert_eq!(socket.closed().await, 4403);
    }
}

#[tokio::test]
async fn a_socket_that_does_not_introduce_itself_ends() {
    let wire = Wire::start(&[]).await;
    let mut socket = Socket::open(&wire).await;
    assert_eq!(socket.closed().await, 4408);
}

#[tokio::test]
async fn a_name_that_is_in_use_ends_the_socket() {
    let wire = Wire::start(&[]).await;
    // Whether the first operation is still running when the second arrives is random: try again.
    for _ in 0..50 {
        let mut socket = Socket::introduced(&wire).await;
        let message =
            json!({ "type": "subscribe", "id": "1", "payload": { "query": "{ __typename }" } });
        for _ in 0..20 {
            socket.0.feed(Message::text(message.to_string())).await.unwrap();
        }
        socket.0.feed(Message::text(json!({ "type": "end" }).to_string())).await.unwrap();
        socket.0.flush().await.unwrap();
        if socket.closed().await == 4409 {
            return;
        }
    }
    panic!("never closed with 4409");
}

#[tokio::test]
async fn a_second_introduction_ends_the_socket() {
    let wire = Wire::start(&[]).await;
    let mut socket = Socket::introduced(&wire).await;
    socket.say(json!({ "type": "connection_init" })).await;
    assert_eq!(socket.closed().await, 4429);
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_the_socket() {
    let wire = Wire::start(&["--max-body", "2048"]).await;
    let mut socket = Socket::introduced(&wire).await;
    socket.subscribe("1", &"x".repeat(4096)).await;
    assert_eq!(socket.closed().await, 1009);
}

#[tokio::test]
async fn pages_of_other_websites_may_not_open_a_socket() {
    let wire = Wire::start(&["--allowed-origins", "https://app.example.org"]).await;
    let own = format!("http://{}", wire.address);
    for (origin, allowed) in
        [("https://app.example.org", true), (own.as_str(), true), ("https://evil.example", false)]
    {
        let mut request = handshake(&wire, "graphql-transport-ws");
        request.headers_mut().insert("origin", HeaderValue::from_str(origin).unwrap());
        match Socket::try_open(&wire, request).await {
            Ok(_) => assert!(allowed, "{origin}"),
            Err(Error::Http(response)) => {
                assert!(!allowed, "{origin}");
                assert_eq!(response.status(), StatusCode::FORBIDDEN);
            }
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn a_client_that_says_goodbye_hears_it_back() {
    let wire = Wire::start(&[]).await;
    let mut socket = Socket::introduced(&wire).await;
    socket.0.close(None).await.unwrap();
    assert!(matches!(socket.0.next().await, Some(Ok(Message::Close(_))) | None));
}

#[tokio::test]
async fn another_protocol_is_not_spoken() {
    let wire = Wire::start(&[]).await;
    let refused = Socket::try_open(&wire, handshake(&wire, "graphql-ws")).await;
    let Err(Error::Http(response)) = refused.map(|_| ()) else { panic!("it was opened") };
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn sockets_end_when_the_server_stops() {
    let mut wire = Wire::start(&[]).await;
    let mut socket = Socket::introduced(&wire).await;
    wire.stop();
    assert_eq!(socket.closed().await, 1001);
    tokio::time::timeout(Duration::from_secs(5), wire.stopped()).await.unwrap();
}

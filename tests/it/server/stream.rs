//! Subscriptions over HTTP: as server-sent events, and as parts for Apollo's clients.

use std::{sync::Arc, time::Duration};

use domain::events::Event;
use entity::{ChatMessageId, Kind};
use futures_util::future::join_all;
use reqwest::{RequestBuilder, Response, StatusCode, header};
use serde_json::{Value, json};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use crate::{
    members::invitation::invite,
    server::wire::{Wire, code, outcome},
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases, until,
    },
};

mod end;

const EVENTS: &str = "text/event-stream";
const PARTS: &str = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json";
const HEAR: &str = "subscription($id: ID!) { membersChanged(twinSpaceId: $id) { __typename
    ... on InvitationChanged { invitation { email } } } }";

/// What arrives.
#[derive(Debug, PartialEq)]
enum Piece {
    /// A response.
    Next(Value),
    /// Errors instead of a response.
    Failure(Value),
    Heartbeat,
    Complete,
    /// The body ends, complete or not.
    End,
}

/// A client that reads a response while it arrives.
struct Reader {
    response: Response,
    events: bool,
    text: String,
}

impl Reader {
    async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let media = response.headers()[header::CONTENT_TYPE].to_str().unwrap();
        let events = media == "text/event-stream; charset=utf-8";
        if !events {
            assert_eq!(media, r#"multipart/mixed;boundary="graphql";subscriptionSpec="1.0""#);
        }
        let mut reader = Self { response, events, text: String::new() };
        match events {
            true => assert_eq!(reader.piece().await, Piece::Heartbeat),
            false => assert_eq!(reader.until("\r\n--graphql").await.as_deref(), Some("")),
        }
        reader
    }

    /// A subscriber to the members of a TwinSpace.
    async fn in_space(wire: &Wire, accept: &str, who: &Person, space: &Space) -> Self {
        Self::of(subscription(wire, accept, who, space)).await
    }

    /// The text before this mark; `None` if the body ends before it.
    async fn until(&mut self, mark: &str) -> Option<String> {
        loop {
            if let Some((before, after)) = self.text.split_once(mark) {
                let (before, after) = (before.to_owned(), after.to_owned());
                self.text = after;
                return Some(before);
            }
            let chunk = timeout(Duration::from_secs(20), self.response.chunk()).await;
            let chunk = chunk.expect("nothing arrived").unwrap()?;
            self.text += std::str::from_utf8(&chunk).unwrap();
        }
    }

    async fn piece(&mut self) -> Piece {
        match self.events {
            true => self.event().await,
            false => self.part().await,
        }
    }

    async fn event(&mut self) -> Piece {
        match self.until("\n\n").await.as_deref() {
            None => Piece::End,
            Some(":") => Piece::Heartbeat,
            Some("event: complete\ndata:") => Piece::Complete,
            Some(next) => {
                let data = next.strip_prefix("event: next\ndata: ").expect(next);
                Piece::Next(serde_json::from_str(data).unwrap())
            }
        }
    }

    async fn part(&mut self) -> Piece {
        if self.text.starts_with("--") {
            self.text.clear();
            return Piece::Complete;
        }
        let Some(part) = self.until("\r\n--graphql").await else {
            return match self.text.as_str() {
                "--\r\n" => {
                    self.text.clear();
                    Piece::Complete
                }
                _ => Piece::End,
            };
        };
        let content = part.strip_prefix("\r\ncontent-type: application/json\r\n\r\n").expect(&part);
        let mut content: Value = serde_json::from_str(content).unwrap();
        if content == json!({}) {
            return Piece::Heartbeat;
        }
        match content.get("errors").is_some() {
            true => {
                assert_eq!(content["payload"], Value::Null);
                Piece::Failure(content)
            }
            false => Piece::Next(content["payload"].take()),
        }
    }

    /// The next piece that is no heartbeat.
    async fn reads(&mut self) -> Piece {
        loop {
            match self.piece().await {
                Piece::Heartbeat => {}
                piece => return piece,
            }
        }
    }

    async fn next(&mut self) -> Value {
        match self.reads().await {
            Piece::Next(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    /// The e-mail address of an invitation that was sent.
    async fn hears_of(&mut self) -> String {
        let answer = self.next().await;
        let invitation = &answer["data"]["membersChanged"]["invitation"];
        invitation["email"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    async fn completes(mut self) {
        assert_eq!(self.reads().await, Piece::Complete);
        assert_eq!(self.reads().await, Piece::End);
    }
}

fn accepting(request: RequestBuilder, accept: &str) -> RequestBuilder {
    request.header(header::ACCEPT, accept)
}

fn subscription(wire: &Wire, accept: &str, who: &Person, space: &Space) -> RequestBuilder {
    let body = json!({ "query": HEAR, "variables": { "id": space.id.to_string() } });
    accepting(wire.post(&body), accept).bearer_auth(&who.token)
}

async fn listening(app: &TestApp, count: usize) {
    until("as many listen", async || app.db.events().listeners() == count).await;
}

#[tokio::test]
async fn a_query_is_answered_by_one_event() {
    let wire = Wire::start(&[]).await;
    let post = wire.post(&json!({ "query": "{ __typename }" }));
    for request in [post, wire.get_query("{ __typename }")] {
        let response = accepting(request, EVENTS).send().await.unwrap();
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        let body = response.text().await.unwrap();
        let next = "event: next\ndata: {\"data\":{\"__typename\":\"Query\"}}";
        assert_eq!(body, format!(":\n\n{next}\n\nevent: complete\ndata:\n\n"));
    }
}

#[tokio::test]
async fn what_cannot_run_is_told_by_an_event() {
    let wire = Wire::start(&[]).await;
    for (query, expected) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { a: __typename b: __typename }", "GRAPHQL_VALIDATION_FAILED"),
        ("mutation { signOut { sessionId } }", "UNAUTHENTICATED"),
    ] {
        for accept in [EVENTS, "multipart/mixed;subscriptionSpec=\"1.0\""] {
            let post = wire.post(&json!({ "query": query }));
            let mut reader = Reader::of(accepting(post, accept)).await;
            assert_eq!(code(&reader.next().await), expected, "{query}");
            reader.completes().await;
        }
    }
}

#[tokio::test]
async fn a_single_answer_is_json_for_those_who_accept_it_too() {
    let wire = Wire::start(&[]).await;
    let all =
        "application/graphql-response+json, application/json, text/event-stream, multipart/mixed";
    for accept in [all, PARTS] {
        let request = accepting(wire.post(&json!({ "query": "{ __typename }" })), accept);
        let answer: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["data"]["__typename"], "Query");
    }
}

#[tokio::test]
async fn a_subscription_needs_a_client_that_reads_while_it_arrives() {
    let wire = Wire::start(&[]).await;
    let query = "subscription { notificationsChanged { __typename } }";
    for accept in
        ["application/json", "*/*", "application/json, multipart/mixed;deferSpec=20220824"]
    {
        for request in [wire.post(&json!({ "query": query })), wire.get_query(query)] {
            let refused = outcome(accepting(request, accept)).await;
            assert_eq!(refused, (406, "NOT_ACCEPTABLE".into()), "{accept}");
        }
    }
    let only = accepting(wire.post(&json!([{ "query": "{ __typename }" }])), EVENTS);
    assert_eq!(outcome(only).await, (406, "NOT_ACCEPTABLE".into()));
    let mutation = accepting(wire.get_query("mutation { __typename }"), EVENTS);
    assert_eq!(outcome(mutation).await, (405, "METHOD_NOT_ALLOWED".into()));
    let nobody = accepting(wire.post(&json!({ "query": query })), EVENTS).bearer_auth("nobody");
    assert_eq!(outcome(nobody).await, (401, "UNAUTHENTICATED".into()));
}

on_both_databases! {
    async fn changes_are_heard_in_both_formats_and_by_get(app: TestApp) {
        let space = app.space().await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let who = &space.founders[0];
        let before = app.db.events().listeners();
        let variables = json!({ "id": space.id.to_string() }).to_string();
        let get = wire.get_query(HEAR).query(&[("variables", variables)]).bearer_auth(&who.token);
        let mut readers = vec![
            Reader::in_space(&wire, EVENTS, who, &space).await,
            Reader::in_space(&wire, PARTS, who, &space).await,
            Reader::of(accepting(get, EVENTS)).await,
        ];
        listening(&app, before + 3).await;
        for address in ["ina@example.org", "udo@example.org"] {
            invite(&app, &space, address, "TEACHER").await;
            for reader in &mut readers {
                assert_eq!(reader.hears_of().await, address);
            }
        }
        app.db.events().tell(Event::Gap);
        for reader in &mut readers {
            assert_eq!(reader.next().await["data"]["membersChanged"]["__typename"], "ChangesMissed");
        }
        // Who closes the connection is forgotten.
        drop(readers);
        listening(&app, before).await;
    }

    // R-01
    async fn who_may_not_hear_it_is_told_and_the_stream_is_complete(app: TestApp) {
        let space = app.space().await;
        let stranger = app.teacher("Sven", "SE").await;
        let wire = Wire::of(Arc::clone(&app)).await;
        for accept in [EVENTS, PARTS] {
            let mut reader = Reader::in_space(&wire, accept, &stranger, &space).await;
            assert_eq!(code(&reader.next().await), "NOT_FOUND");
            reader.completes().await;
        }
    }

    async fn silent_streams_are_kept_open(app: TestApp) {
        let space = app.space().await;
        let app = app.another_instance_with(|config| config.server.limits.socket_pulse = 1).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let beats = [EVENTS, PARTS].map(async |accept| {
            let mut reader = Reader::in_space(&wire, accept, &space.founders[0], &space).await;
            for _ in 0..2 {
                assert_eq!(reader.piece().await, Piece::Heartbeat);
            }
        });
        join_all(beats).await;
    }

    async fn who_does_not_read_holds_nothing_up(app: TestApp) {
        let space = app.space().await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let who = &space.founders[0];
        let before = app.db.events().listeners();
        // Each event is long, and little of it fits into the buffers of this client.
        let aliases = (0..50).map(|n| format!("a{n}: text ")).collect::<Vec<_>>().concat();
        let hear = format!(
            "subscription($id: ID!) {{ chatChanged(twinSpaceId: $id) {{
             ... on ChatMessageSent {{ message {{ {aliases} }} }} }} }}"
        );
        let body = json!({ "query": hear, "variables": { "id": space.id.to_string() } }).to_string();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let mut deaf: TcpStream = socket.connect(wire.address).await.unwrap();
        let request = format!(
            "POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\naccept: {EVENTS}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            who.token,
            body.len()
        );
        deaf.write_all(request.as_bytes()).await.unwrap();
        listening(&app, before + 1).await;
        let input = json!({ "twinSpaceId": space.id.to_string(), "text": "x".repeat(2000) });
        let sent = app.does(who, "sendChatMessage", input, "message { id }").await;
        let message = ChatMessageId::read(sent["message"]["id"].as_str().unwrap()).unwrap();
        let shout = async {
            loop {
                app.db.events().tell(Event::Chat { project: space.project, message, sent: true });
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            () = shout => {}
            () = listening(&app, before) => {}
        }
        drop(deaf);
    }
}

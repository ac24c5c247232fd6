//! What comes over the network: bodies, forms, WebSocket messages, documents.

use std::time::{Duration, Instant};

use arbtest::arbitrary::Unstructured;
use async_graphql::{Request, Variables};
use clap::Parser;
use serde_json::json;
use tokio::{runtime::Handle, task::block_in_place};
use twinspace::{
    cli::Cli,
    graphql::{definitions, document::Documents, schema},
};

use super::{broken, corpus, explore};
use crate::{
    inside::media::send,
    server::{websocket::Socket, wire::Wire},
    support::TestApp,
};

/// How long the server may take to respond.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_document_is_read_or_refused_in_no_time() {
    let corpus = corpus("query");
    let config = Cli::parse_from(["twinspace"]).config.server;
    let documents = Documents::new(definitions(&schema(&config)), &config);
    let property = |u: &mut Unstructured<'_>| {
        let (_, bytes) = broken(u, &corpus)?;
        let begun = Instant::now();
        let request = Request::new(String::from_utf8_lossy(&bytes));
        let _ = documents.prepare(request.variables(Variables::from_json(json!({ "v": 1 }))));
        assert!(begun.elapsed() < Duration::from_secs(20));
        Ok(())
    };
    explore(property);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_broken_is_no_fault_of_the_server() {
    let wire = Wire::start(&[]).await;
    let corpus = corpus("body");
    let property = |u: &mut Unstructured<'_>| {
        let (_, bytes) = broken(u, &corpus)?;
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        let request = wire.client.post(wire.url("/graphql"));
        let request = request.header("content-type", "application/json").body(bytes);
        let answer = Handle::current().block_on(request.timeout(PATIENCE).send());
        let status = answer.unwrap().status().as_u16();
        assert!(status < 500, "{status}: {shown}");
        Ok(())
    };
    block_in_place(|| explore(property));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_broken_is_no_fault_of_the_server() {
    let app = TestApp::on_sqlite().await;
    let teacher = app.teacher("Tea Teacher", "SE").await;
    let wire = Wire::of(std::sync::Arc::clone(&app)).await;
    let corpus = corpus("form");
    let property = |u: &mut Unstructured<'_>| {
        let (_, bytes) = broken(u, &corpus)?;
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        let answer = send(&wire, Some(&teacher.token), bytes);
        let answer = Handle::current().block_on(tokio::time::timeout(PATIENCE, answer));
        let status = answer.unwrap().status().as_u16();
        assert!(status < 500, "{status}: {shown}");
        Ok(())
    };
    block_in_place(|| explore(property));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_is_broken_is_answered_or_ends_its_socket() {
    let wire = Wire::start(&[]).await;
    let corpus = corpus("socket");
    let property = |u: &mut Unstructured<'_>| {
        let mut messages = Vec::new();
        for _ in 0..u.int_in_range(1..=3)? {
            messages.push(broken(u, &corpus)?.1);
        }
        let binary = u.ratio(1, 8)?;
        let outcome = async {
            let mut socket = Socket::open(&wire).await;
            if u.ratio(3, 4)? {
                socket.say(json!({ "type": "connection_init" })).await;
            }
            socket.survives(&messages, binary).await;
            Ok(())
        };
        Handle::current().block_on(tokio::time::timeout(PATIENCE, outcome)).unwrap()
    };
    block_in_place(|| explore(property));
    assert_eq!(wire.query("{ __typename }").await["data"]["__typename"], "Query");
}

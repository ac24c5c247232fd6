//! How streams end: with the session, the account, the limit, or the server.

use std::{sync::Arc, time::Duration};

use domain::{care::block, clock::now, events::Event};
use reqwest::{StatusCode, header};
use serde_json::json;
use tokio::time::timeout;

use crate::{
    server::wire::{Wire, code, outcome},
    support::{TestApp, cast::Person, on_both_databases, until},
};

use super::{EVENTS, PARTS, Piece, Reader, accepting, listening, subscription};

on_both_databases! {
    //
    async fn a_stream_ends_with_its_session(app: TestApp) {
        let space = app.space().await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let token = app.sign_in(space.founders[0].id).await;
        let person = Person { token, ..space.founders[0].clone() };
        let before = app.db.events().listeners();
        let mut readers = vec![];
        for accept in [EVENTS, PARTS] {
            readers.push(Reader::in_space(&wire, accept, &person, &space).await);
        }
        listening(&app, before + 2).await;
        app.execute(Some(&person.token), "mutation { signOut { sessionId } }", json!({})).await;
        for mut reader in readers {
            assert_eq!(code(&reader.next().await), "UNAUTHENTICATED");
            reader.completes().await;
        }
        listening(&app, before).await;
    }

    async fn a_stream_ends_when_its_account_is_blocked(app: TestApp) {
        let space = app.space().await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let person = &space.founders[0];
        let mut reader = Reader::in_space(&wire, EVENTS, person, &space).await;
        let tx = app.db.begin().await.unwrap();
        block::block(&tx, &person.email, None, now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(code(&reader.next().await), "UNAUTHENTICATED");
        reader.completes().await;
    }

    async fn an_account_has_so_many_streams_and_no_more(app: TestApp) {
        let space = app.space().await;
        let [one, other] = &space.founders;
        let app = app.another_instance_with(|config| config.server.limits.max_streams = 2).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let first = Reader::in_space(&wire, EVENTS, one, &space).await;
        let _second = Reader::in_space(&wire, PARTS, one, &space).await;
        let refused = outcome(subscription(&wire, EVENTS, one, &space)).await;
        assert_eq!(refused, (429, "TOO_MANY_OPERATIONS".into()));
        // The limit is per account, queries do not count, and when one ends, another is admitted.
        Reader::in_space(&wire, EVENTS, other, &space).await;
        let query = accepting(wire.post(&json!({ "query": "{ viewer { name } }" })), EVENTS);
        let mut query = Reader::of(query.bearer_auth(&one.token)).await;
        assert_eq!(query.next().await["data"]["viewer"]["name"], "Frida Founder");
        drop(first);
        until("there is room", async || {
            let answer = subscription(&wire, EVENTS, one, &space).send().await.unwrap();
            answer.status() == StatusCode::OK
        })
        .await;
    }

    async fn a_stream_that_the_server_interrupts_is_not_complete(app: TestApp) {
        let space = app.space().await;
        let mut wire = Wire::of(Arc::clone(&app)).await;
        let who = &space.founders[0];
        let mut events = Reader::in_space(&wire, EVENTS, who, &space).await;
        let mut parts = Reader::in_space(&wire, PARTS, who, &space).await;
        wire.stop();
        assert_eq!(events.reads().await, Piece::End);
        let Piece::Failure(failure) = parts.reads().await else { panic!("no failure") };
        assert_eq!(code(&failure), "UNAVAILABLE");
        parts.completes().await;
        timeout(Duration::from_secs(5), wire.stopped()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_begins_while_the_database_is_away_is_refused_or_fails() {
    let app = TestApp::on_sqlite().await;
    let space = app.space().await;
    let wire = Wire::of(Arc::clone(&app)).await;
    let before = app.db.events().listeners();
    let mut reader = Reader::in_space(&wire, EVENTS, &space.founders[0], &space).await;
    let mut parts = Reader::in_space(&wire, PARTS, &space.founders[0], &space).await;
    // They have been let in before they hear anything.
    listening(&app, before + 2).await;
    app.db.clone().close().await.unwrap();
    let answer = subscription(&wire, EVENTS, &space.founders[0], &space).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key(header::RETRY_AFTER));
    // What has begun goes on: it hears later that it has missed something.
    app.db.events().tell(Event::Gap);
    let silent = async {
        tokio::select! {
            piece = reader.reads() => piece,
            piece = parts.reads() => piece,
        }
    };
    assert!(timeout(Duration::from_millis(500), silent).await.is_err());
}

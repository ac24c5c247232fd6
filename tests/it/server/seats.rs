//! What an account may have open on all instances together.

use std::{sync::Arc, time::Duration};

use serde_json::json;

use crate::{
    server::{websocket::Socket, wire::Wire},
    support::{TestApp, until},
};

#[tokio::test]
async fn an_account_has_so_many_sockets_on_all_instances_together() {
    let Some(app) = TestApp::on_postgresql().await else { return };
    let space = app.space().await;
    let [one, other] = &space.founders;
    let instance = async || {
        let few = |config: &mut twinspace::config::Config| config.server.limits.max_sockets = 2;
        Wire::of(Arc::clone(&*app.another_instance_with(few).await)).await
    };
    let (here, there) = (instance().await, instance().await);
    let is_let_in = async |wire: &Wire, token: &str| {
        let mut socket = Socket::open(wire).await;
        let payload = json!({ "Authorization": format!("Bearer {token}") });
        socket.say(json!({ "type": "connection_init", "payload": payload })).await;
        match socket.closed_or_answered().await {
            None => Some(socket),
            Some(code) => {
                assert_eq!(code, 1013);
                None
            }
        }
    };
    let first = is_let_in(&here, &one.token).await.unwrap();
    let second = is_let_in(&there, &one.token).await.unwrap();
    for wire in [&here, &there] {
        // The others are told within a moment.
        until("both are full", async || is_let_in(wire, &one.token).await.is_none()).await;
        assert!(is_let_in(wire, &other.token).await.is_some(), "another account");
    }
    drop(first);
    until("there is room on the other instance", async || {
        is_let_in(&there, &one.token).await.is_some()
    })
    .await;
    // An instance that stops takes none with it.
    let mut there = there;
    there.stop();
    there.stopped().await;
    drop(second);
    let mut held = vec![];
    for n in 0..2 {
        let socket = tokio::time::timeout(Duration::from_secs(20), async {
            loop {
                match is_let_in(&here, &one.token).await {
                    Some(socket) => return socket,
                    None => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        });
        held.push(socket.await.unwrap_or_else(|_| panic!("there is no room for {n}")));
    }
    assert!(is_let_in(&here, &one.token).await.is_none());
}

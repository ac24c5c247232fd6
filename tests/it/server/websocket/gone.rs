//! Clients that go away.

use super::Socket;
use crate::{server::wire::Wire, support::log::Log};

#[tokio::test]
async fn who_goes_without_a_word_has_sent_nothing_wrong() {
    let (log, _kept) = Log::keep();
    let wire = Wire::start(&["--max-body", "2048"]).await;
    drop(Socket::introduced(&wire).await);
    // The server has noticed the first when it ends the second.
    let mut socket = Socket::introduced(&wire).await;
    socket.subscribe("1", &"x".repeat(4096)).await;
    assert_eq!(socket.closed().await, 1009);
    let log = String::from_utf8(log.bytes().clone()).unwrap();
    assert_eq!(log.matches("socket closed").count(), 1, "{log}");
}

//! What supervises the server: containers ask whether it is ready, systemd is told.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    os::unix::net::UnixDatagram,
    process::{Command, Output, Stdio},
    time::Duration,
};

use serde_json::Value;

use crate::{
    server::wire::{Wire, config},
    support::program::Program,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_twinspace");

fn healthcheck(listen: &str) -> (Option<i32>, String) {
    let Output { status, stderr, .. } =
        Command::new(PROGRAM).args(["healthcheck", "--listen", listen]).output().unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[test]
fn a_healthcheck_finds_a_server_that_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().display().to_string();
    let server = Program::serve(PROGRAM, &["--data-dir", &data]);
    assert_eq!(healthcheck(&server.address), (Some(0), String::new()));
    // As the server of a container listens.
    let everywhere = server.address.replace("127.0.0.1", "0.0.0.0");
    assert_eq!(healthcheck(&everywhere), (Some(0), String::new()));

    let address = server.address.clone();
    drop(server);
    let (code, said) = healthcheck(&address);
    assert_eq!(code, Some(1));
    assert!(said.contains("could not be asked: Connection refused"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthcheck_finds_a_server_without_its_database() {
    let folder = tempfile::tempdir().unwrap();
    let app = twinspace::app::App::start(config(&folder, &[])).await.unwrap();
    let db = app.db.clone();
    let wire = Wire::of(app).await;
    db.close().await.unwrap();
    let address = wire.address.to_string();
    let (code, said) = tokio::task::spawn_blocking(move || healthcheck(&address)).await.unwrap();
    assert_eq!(code, Some(1));
    assert!(said.contains("is not ready (status 503)"), "{said}");
}

#[test]
fn the_operator_is_told_once_that_a_proxy_is_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Command::new(PROGRAM)
        .args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"])
        .env("TWINSPACE_DATA_DIR", folder.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(server.stderr.take().unwrap()).lines().map(Result::unwrap);
    let address = log.by_ref().find_map(|line| {
        let line: Value = serde_json::from_str(&line).ok()?;
        Some(line.get("address")?.as_str()?.to_owned())
    });
    let address = address.unwrap();
    for path in ["first", "second", "last"] {
        let mut connection = TcpStream::connect(&address).unwrap();
        let request = format!(
            "GET /{path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n\r\n"
        );
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    }
    let until = log.take_while(|line| !line.contains("/last"));
    let mentions = until.filter(|line| line.contains("TWINSPACE_TRUSTED_PROXIES")).count();
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(mentions, 1);
}

#[test]
fn systemd_is_told_when_the_server_is_ready_and_when_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let hear = || {
        let mut message = [0; 100];
        let length = manager.recv(&mut message).unwrap();
        String::from_utf8(message[..length].to_vec()).unwrap()
    };

    let mut server = Command::new(PROGRAM)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("TWINSPACE_DATA_DIR", folder.path().join("data"))
        .env("NOTIFY_SOCKET", &path)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    assert_eq!(hear(), "READY=1\n");
    let id = server.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(hear(), "STOPPING=1\n");
    assert!(server.wait().unwrap().success());
}

/// The status of a path, on a connection of its own; none if the server does not answer.
fn status(address: &str, path: &str) -> Option<u16> {
    let mut connection = TcpStream::connect(address).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

#[test]
fn a_server_that_drains_serves_until_others_have_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().display().to_string();
    // It drains for as long as this test needs it to.
    let mut server = Program::serve(PROGRAM, &["--data-dir", &data, "--drain-time", "3600"]);
    assert_eq!(status(&server.address, "/readyz"), Some(200));
    let id = server.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    while status(&server.address, "/readyz") != Some(503) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(status(&server.address, "/healthz"), Some(200));
    assert!(server.child.try_wait().unwrap().is_none());
    // Told again, it stops at once.
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(server.child.wait().unwrap().success());
    assert_eq!(status(&server.address, "/healthz"), None);
}

//! Bodies that are answered before they are read.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::server::wire::Wire;

const LONG: usize = 100 << 20;

/// Writes all of a body before it reads, as many clients do.
async fn answered(wire: &Wire, headers: &str, body: &[u8]) -> String {
    let mut connection = TcpStream::connect(wire.address).await.unwrap();
    let head =
        format!("POST /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n");
    connection.write_all(head.as_bytes()).await.unwrap();
    for part in body.chunks(1 << 20) {
        connection.write_all(part).await.unwrap();
        // The answer has long been made.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    answer
}

fn form(part: &str) -> Vec<u8> {
    let mut body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"a.png\"\r\n\r\n"
    )
    .into_bytes();
    body.resize(LONG, b'.');
    body.extend_from_slice(b"\r\n--x--\r\n");
    body
}

#[tokio::test]
async fn a_client_that_writes_all_before_it_reads_learns_why_it_was_refused() {
    let wire = Wire::start(&[]).await;
    let json = vec![b' '; LONG];
    let chunked =
        [format!("{LONG:x}\r\n").into_bytes(), json.clone(), b"\r\n0\r\n\r\n".to_vec()].concat();
    let form = form("0");
    let many = format!(
        "Content-Length: {}\r\nContent-Type: multipart/form-data; boundary=x\r\n",
        form.len()
    );
    for (headers, body, status) in [
        (format!("Content-Length: {LONG}\r\nContent-Type: application/json\r\n"), &json, "413"),
        (
            "Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n".to_owned(),
            &chunked,
            "413",
        ),
        (format!("Content-Length: {LONG}\r\nContent-Type: text/plain\r\n"), &json, "415"),
        (many.clone(), &form, "415"),
        (format!("{many}GraphQL-Preflight: 1\r\n"), &form, "401"),
    ] {
        let answer = answered(&wire, &headers, body).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{headers}: {answer}");
    }
}

#[tokio::test]
async fn what_is_left_of_a_body_is_not_read_without_end() {
    let wire = Wire::start(&[]).await;
    let mut connection = TcpStream::connect(wire.address).await.unwrap();
    let head = "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000000\r\nContent-Type: application/json\r\n\r\n";
    connection.write_all(head.as_bytes()).await.unwrap();
    let write = async {
        let mut written = 0;
        while connection.write_all(&vec![b' '; 64 << 10]).await.is_ok() {
            written += 64 << 10;
        }
        written
    };
    let written = timeout(Duration::from_mins(1), write).await.expect("the connection ends");
    assert!(written < 512 << 20, "{written}");
}

//! Public URLs that do not lead to the server, or only to a part of it.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tempfile::TempDir;
use tokio::{task::spawn_blocking, time::timeout};

use super::{
    Findings, PROGRAM, Setup,
    proxy::{Act, Proxy, certificate, pass, path},
};
use crate::support::program::Program;

const PART: &str = "network";

/// A server that trusts one proxy, and its database.
struct Served {
    setup: Setup,
    server: Program,
}

impl Served {
    async fn new() -> Self {
        let setup = Setup::new().await;
        let data = setup.path().display().to_string();
        let flags = ["--data-dir", &data, "--trusted-proxies", "1"];
        let server = Program::serve(PROGRAM, &flags);
        Self { setup, server }
    }

    /// Looks at this URL, as a machine that knows one authority.
    async fn examine(&self, url: &str) -> Findings {
        self.examine_knowing(url, "authority").await
    }

    async fn examine_knowing(&self, url: &str, authority: &str) -> Findings {
        let listen = self.server.address.as_str();
        let flags = ["--public-url", url, "--listen", listen, "--trusted-proxies", "1"];
        let authority = certificate(authority);
        let set = |command: &mut std::process::Command| {
            command.env("SSL_CERT_FILE", authority).env_remove("SSL_CERT_DIR");
        };
        self.setup.examine_with(&flags, set).await
    }

    /// A proxy that passes on what this does with the head of a request.
    async fn behind(&self, change: impl Fn(&str) -> Option<Act> + Send + Sync + 'static) -> Proxy {
        let server = self.server.address.clone();
        let act = move |head: &str| change(head).unwrap_or_else(|| pass(&server, head));
        Proxy::start(Some("sound"), act).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_public_url_that_leads_to_the_server_is_recognised() {
    let served = Served::new().await;
    let proxy = served.behind(|_| None).await;
    let url = proxy.url("https");
    let found = served.examine(&url).await;
    found.tell(PART, "ok", &format!("{url}/ leads to this server"), "");
    let ours = found.all.iter().filter(|finding| finding["part"] == PART);
    assert!(ours.clone().all(|finding| finding["state"] == "ok"), "{:#?}", found.all);
    // Also where it is below a path.
    let server = served.server.address.clone();
    let below = move |head: &str| pass(&server, &head.replacen("/below/", "/", 1));
    let proxy = Proxy::start(None, below).await;
    let found = served.examine(&format!("{}/below", proxy.url("http"))).await;
    found.tell(PART, "ok", "/below leads to this server", "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_certificates_are_told_apart() {
    let served = Served::new().await;
    for (name, authority, said, mend) in [
        ("expired", "authority", "certificate of localhost expired on 2021-01-01", "Renew it"),
        ("future", "authority", "only valid from 2100-01-01 on", "Set the clock"),
        ("other", "authority", "not for localhost, but for: other.example", "for localhost"),
        ("sound", "own", "issuer of the certificate of localhost is not known", "whole chain"),
        ("own", "authority", "it is that of an authority", "has to know it"),
        ("sound", "key", "cannot check certificates", "ca-certificates"),
    ] {
        let proxy = Proxy::start(Some(name), |_| Act::Wait).await;
        let found = served.examine_knowing(&proxy.url("https"), authority).await;
        found.tell(PART, "problem", said, mend);
    }
    let plain = Proxy::start(None, |_| Act::Wait).await;
    // Without TLS, what is sent looks like a request that never ends.
    let banner = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = banner.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = banner.accept().await {
            let said = tokio::io::AsyncWriteExt::write_all(&mut client, b"SSH-2.0-OpenSSH_9.2\r\n");
            said.await.unwrap();
        }
    });
    let found = served.examine(&format!("https://localhost:{}", address.port())).await;
    found.tell(PART, "problem", "does not speak TLS", "provide TLS at this port");
    let found = served.examine(&format!("http://localhost:{}", address.port())).await;
    found.tell(PART, "problem", "does not speak HTTP", "Correct --public-url");
    let found = served.examine(&plain.url("http")).await;
    found.tell(PART, "warning", "does not answer within 5 s", "what the proxy waits for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_answers_in_place_of_the_server_is_told() {
    let served = Served::new().await;
    let responding = async |response| {
        let proxy = Proxy::start(Some("sound"), move |_| Act::Respond(response)).await;
        served.examine(&proxy.url("https")).await
    };
    let found = responding("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").await;
    let listens = format!("listens on {}", served.server.address);
    found.tell(PART, "problem", "status 502: it does not reach the server", &listens);
    let elsewhere = "HTTP/1.1 301 Moved Permanently\r\nlocation: https://www.school.example/graphql\r\n\
                     content-length: 0\r\n\r\n";
    let found = responding(elsewhere).await;
    let said = "is redirected to https://www.school.example/graphql";
    found.tell(PART, "problem", said, "Set --public-url to where");
    let nginx =
        "HTTP/1.1 404 Not Found\r\nserver: nginx/1.22.1\r\ncontent-length: 7\r\n\r\nno page";
    let found = responding(nginx).await;
    found.tell(PART, "problem", "Something other than this server", "forward all paths");
    found.tell(PART, "problem", "/graphql (status 404, nginx/1.22.1)", "--public-url");

    // A server like this one, with another database.
    let other = TempDir::new().unwrap();
    let data = other.path().display().to_string();
    let other = Program::serve(PROGRAM, &["--data-dir", &data]);
    let address = other.address.clone();
    let proxy = Proxy::start(Some("sound"), move |head| pass(&address, head)).await;
    let found = served.examine(&proxy.url("https")).await;
    found.tell(PART, "problem", "Another TwinSpace server answers", "forward to this server");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_is_not_blamed_for_a_server_that_is_not_running() {
    let setup = Setup::new().await;
    let away = "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n";
    let proxy = Proxy::start(None, move |_| Act::Respond(away)).await;
    let found = setup.examine(&["--public-url", &proxy.url("http")]).await;
    found.tell(PART, "warning", "status 502", "Start the server");
    assert_eq!(found.code, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_pass_through_a_proxy_is_told() {
    let served = Served::new().await;
    let missing = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
    let only_api = served
        .behind(|head| (!path(head).starts_with("/graphql")).then_some(Act::Respond(missing)));
    let found = served.examine(&only_api.await.url("https")).await;
    found.tell(PART, "ok", "leads to this server", "");
    let lost = "do not lead to this server: /media/, /pictures/, /avatars/, /exports";
    found.tell(PART, "problem", lost, "not only /graphql");

    let address = served.server.address.clone();
    let server = address.clone();
    let no_sockets = served.behind(move |head| {
        let lines = head
            .split("\r\n")
            .filter(|line| !line.starts_with("upgrade:") && *line != "connection: Upgrade");
        Some(pass(&server, &lines.collect::<Vec<_>>().join("\r\n")))
    });
    let found = served.examine(&no_sockets.await.url("https")).await;
    found.tell(PART, "warning", "WebSockets do not reach the server", "pass on Upgrade");

    let credulous = served.behind(move |head| Some(Act::Pass(address.clone(), head.to_owned())));
    let found = served.examine(&credulous.await.url("https")).await;
    found.tell(PART, "warning", "Clients can choose the address", "replace X-Forwarded-For");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_waits_until_a_proxy_has_noticed_it() {
    let setup = Setup::new().await;
    let asked = AtomicUsize::new(0);
    let proxy = Proxy::start(None, move |_| {
        Act::Respond(match asked.fetch_add(1, Ordering::Relaxed) {
            0 | 1 => "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n",
            _ => "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
        })
    });
    let url = proxy.await;
    let mut command = setup.command(&["serve", "--listen", "127.0.0.1:0", "--public-url"]);
    command.arg(url.url("http")).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let told = spawn_blocking(move || {
        let mut lines = lines.map_while(Result::ok);
        lines.find(|line| line.contains("ERROR") && line.contains("network"))
    });
    let told = timeout(Duration::from_secs(30), told).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let told = told.expect("it says so").unwrap().unwrap();
    assert!(told.contains("Something other than this server answers"), "{told}");
}

//! How the server is reached: its port, its public URL, and proxies in front of it.

use std::{error::Error, io, net::IpAddr, time::Duration};

use http_body_util::{BodyExt, Limited};
use tokio::{net::TcpListener, time::timeout};
use url::{Host, Url};

use super::{
    Finding, Part,
    public_url::{self, Asker},
};
use crate::{config::Config, server::probe, traces};

/// How long to wait for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the server can listen on its port, or does so already: then it is running.
pub async fn port(config: &Config) -> (Finding, bool) {
    let listen = config.server.listen;
    let part = Part::Network;
    let mut runs = false;
    let finding = match TcpListener::bind(listen).await {
        Ok(_) => part.ok(format!("The server can listen on {listen}.")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            runs = is_ours(config).await;
            if runs {
                part.ok(format!("A server is running on {listen}."))
            } else {
                part.problem(
                    format!("Another program is listening on {listen}."),
                    "Stop it, or choose another address with --listen.",
                )
            }
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => part.problem(
            format!("Permission to listen on {listen} is denied."),
            "Choose a port above 1023 with --listen.",
        ),
        Err(error) => part.problem(
            format!("The server cannot listen on {listen}: {error}."),
            "Choose an address of this machine with --listen.",
        ),
    };
    (finding, runs)
}

/// Examines the addresses that others use.
pub async fn examine(config: &Config, asker: Asker<'_>) -> Vec<Finding> {
    let server = &config.server;
    let part = Part::Network;
    let mut found = Vec::new();
    if let Some(url) = server.public_url.as_deref().and_then(|url| Url::parse(url).ok()) {
        found.extend(public_url::examine(&url, config, asker).await);
        if url.scheme() == "http" && !is_local(&url) {
            found.push(part.warning(
                format!("The public URL {url} is not encrypted: passwords can be read on the way."),
                "Put a proxy with TLS in front of the server, and begin --public-url with https.",
            ));
        }
        // The server itself does not speak TLS.
        if url.scheme() == "https" && server.trusted_proxies == 0 {
            found.push(part.warning(
                "The proxy that provides TLS is not trusted: all clients seem to have its address, \
                 and share the limits of one.",
                "Set --trusted-proxies to the number of proxies, which is usually 1.",
            ));
        }
    }
    if server.trusted_proxies > 0 && !server.listen.ip().is_loopback() {
        found.push(part.warning(
            format!(
                "Proxies are trusted, but others may reach {} without them and choose the address \
                 that the server takes for theirs.",
                server.listen
            ),
            "Listen on 127.0.0.1 if the proxy is on this machine; otherwise let a firewall or a \
             network of its own admit only the proxy.",
        ));
    }
    found
}

/// Whether the collector takes traces, if there is one.
pub async fn collector(config: &Config) -> Option<Finding> {
    let endpoint = config.traces.otlp_endpoint.clone()?;
    let part = Part::Traces;
    Some(match traces::probe(endpoint.clone()).await {
        Ok(()) => part.ok(format!("The collector at {endpoint} takes traces.")),
        Err(error) => part.warning(
            format!("The collector at {endpoint} does not take traces: {error}."),
            "Correct --otlp-endpoint, which is a URL of OTLP over HTTP, usually with port 4318; a \
             token goes into OTEL_EXPORTER_OTLP_HEADERS. Without it, nothing else changes.",
        ),
    })
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::from(ip).is_loopback(),
        None => false,
    }
}

/// Whether what listens on the port is a server like this one.
async fn is_ours(config: &Config) -> bool {
    let asked = async {
        let response = probe::readiness(probe::reachable(config.server.listen)).await?;
        let body = Limited::new(response.into_body(), 10_000).collect().await?;
        Ok::<_, Box<dyn Error + Send + Sync>>(body.to_bytes())
    };
    let is_status = |body: &[u8]| String::from_utf8_lossy(body).contains("{\"status\":");
    matches!(timeout(PATIENCE, asked).await, Ok(Ok(body)) if is_status(&body))
}

//! The public URL: whether it leads to this server, and what is in the way.

use std::time::{Duration, Instant};

use data_encoding::BASE64;
use domain::error::innermost;
use reqwest::{
    Client, Response, StatusCode,
    header::{HeaderMap, HeaderValue, LOCATION, SERVER},
    redirect::Policy,
};
use tokio::{
    net::{TcpStream, lookup_host},
    time::{sleep, timeout},
};
use url::Url;
use uuid::Uuid;

use super::{Finding, Part, certificate};
use crate::{
    config::Config,
    proof::{CHALLENGE, PROOF, Proven, Prover},
};

/// How long to wait for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a proxy may take to notice that a server is up.
pub const NOTICE: Duration = Duration::from_secs(15);

/// An address that nobody has (RFC 5737), as which a request pretends to be sent.
const NOBODY: &str = "192.0.2.77";

/// What else must reach the server, by paths at which there is nothing.
const PATHS: [&str; 4] = ["/media/doctor", "/pictures/doctor", "/avatars/doctor", "/exports"];

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// Checks who answers, if the database can be read and a server has used it.
    pub prover: Option<&'a Prover>,
    /// Whether a server is running here: otherwise it is no surprise that a proxy does not find one.
    pub running: bool,
    /// How long a proxy may still take to notice it.
    pub notice: Duration,
}

/// Examines whether this URL leads to this server.
pub async fn examine(url: &Url, config: &Config, asker: Asker<'_>) -> Vec<Finding> {
    let part = Part::Network;
    if let Some(finding) = unreachable(url).await {
        return vec![finding];
    }
    let mut client = Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .http1_only()
        .timeout(PATIENCE)
        .user_agent(concat!("twinspace-doctor/", env!("CARGO_PKG_VERSION")));
    if url.scheme() == "http" {
        // Then it need not know any authorities.
        client = client.tls_certs_only([]);
    }
    let client = match client.build() {
        Ok(client) => client,
        Err(error) => {
            let said = format!("This machine cannot check certificates: {}.", innermost(&error));
            let mend = "Install those of the authorities (on Debian, the package ca-certificates).";
            return vec![part.problem(said, mend)];
        }
    };
    let visit = Visit { url, config, asker, client };
    match visit.first().await {
        Ok((challenge, response)) => visit.judge(challenge, &response).await,
        Err(error) if error.is_timeout() => vec![part.warning(
            format!("{url} accepts connections, and does not answer within 5 s."),
            "See what the proxy waits for: whether it forwards to the right port, and whether a \
             firewall is between it and the server.",
        )],
        Err(error) => vec![certificate::judge(url, &error)],
    }
}

/// What is wrong if nothing accepts connections there.
async fn unreachable(url: &Url) -> Option<Finding> {
    let part = Part::Network;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = url.port_or_known_default().unwrap_or(443);
    let addresses = match timeout(PATIENCE, lookup_host((host, port))).await {
        Ok(Ok(addresses)) => addresses.collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    if addresses.is_empty() {
        return Some(part.problem(
            format!("The name {host} of the public URL is not known."),
            "Correct --public-url, or enter the name in the DNS.",
        ));
    }
    match timeout(PATIENCE, TcpStream::connect(&*addresses)).await {
        Ok(Ok(_)) => None,
        _ => Some(part.warning(
            format!("Nothing is listening at {url}, as far as this machine can tell."),
            "Start the proxy, or the server if it has none; open the port in the firewall.",
        )),
    }
}

/// A look at the public URL.
struct Visit<'a> {
    url: &'a Url,
    config: &'a Config,
    asker: Asker<'a>,
    client: Client,
}

impl Visit<'_> {
    /// Asks the API, until a proxy has noticed that its server is up.
    async fn first(&self) -> reqwest::Result<(Uuid, Response)> {
        let began = Instant::now();
        loop {
            let (challenge, response) =
                self.ask("/graphql?query=%7B__typename%7D", HeaderMap::new()).await?;
            let waits = self.asker.notice.saturating_sub(began.elapsed());
            let of_proxy = !response.headers().contains_key(PROOF);
            if !(of_proxy && is_of_gateway(response.status())) || waits.is_zero() {
                return Ok((challenge, response));
            }
            sleep(waits.min(Duration::from_secs(1))).await;
        }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url.as_str().trim_end_matches('/'))
    }

    /// Asks for a path with a challenge.
    async fn ask(&self, path: &str, headers: HeaderMap) -> reqwest::Result<(Uuid, Response)> {
        let challenge = Uuid::now_v7();
        let request = self.client.get(self.at(path)).headers(headers);
        let mut request = request.header(CHALLENGE, challenge.to_string());
        // A server that trusts no proxy believes nobody, and warns of this header.
        if self.config.server.trusted_proxies > 0 {
            request = request.header("x-forwarded-for", NOBODY);
        }
        Ok((challenge, request.send().await?))
    }

    /// What a response proves, if it has a proof that can be checked.
    fn proven(&self, challenge: Uuid, response: &Response) -> Option<Proven> {
        let proof = response.headers().get(PROOF)?.to_str().ok()?;
        Some(self.asker.prover?.check(proof, challenge, NOBODY))
    }

    /// Judges the answer of the API; if it is the server's, asks for the rest.
    async fn judge(&self, challenge: Uuid, response: &Response) -> Vec<Finding> {
        let (part, url) = (Part::Network, self.url);
        match self.proven(challenge, response) {
            None if !response.headers().contains_key(PROOF) => vec![self.judge_stranger(response)],
            Some(Proven::Other) => vec![part.problem(
                format!("Another TwinSpace server answers at {url}: it uses another database."),
                "Let the proxy forward to this server; or correct --public-url, or --database-url.",
            )],
            None => {
                let said = format!(
                    "A TwinSpace server answers at {url}; whether it is this one, the database would tell."
                );
                vec![part.ok(said)]
            }
            Some(proven) => {
                let mut found = vec![part.ok(format!("{url} leads to this server."))];
                if proven == Proven::OursTo {
                    found.push(part.warning(
                        format!(
                            "Clients can choose the address that the server takes for theirs: at \
                             {url} it believes what they send as X-Forwarded-For."
                        ),
                        "Set --trusted-proxies to the number of proxies in front of the server, 0 if there is \
                         none; and let the outermost replace X-Forwarded-For or append to it.",
                    ));
                }
                found.extend(self.rest().await);
                found
            }
        }
    }

    fn judge_stranger(&self, response: &Response) -> Finding {
        let (part, url, status) = (Part::Network, self.url, response.status());
        let listen = self.config.server.listen;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        if is_of_gateway(status) {
            let said = format!(
                "The proxy at {url} answers with the status {}: it does not reach the server.",
                status.as_u16()
            );
            let mend = format!(
                "Let it forward to the server, which listens on {listen} (--listen), and see its log."
            );
            return match self.asker.running {
                true => part.problem(said, mend),
                false => part.warning(said, format!("Start the server. {mend}")),
            };
        }
        if let Some(location) = header(LOCATION).filter(|_| status.is_redirection()) {
            let asked = self.at("/graphql");
            let target = Url::parse(&asked).and_then(|asked| asked.join(location));
            let target = target.map_or_else(
                |_| location.to_owned(),
                |mut target| {
                    target.set_query(None);
                    target.into()
                },
            );
            return part.problem(
                format!("{asked} is redirected to {target}; apps do not follow with what they send."),
                "Set --public-url to where the server answers itself, or let the proxy forward there \
                 instead of redirecting.",
            );
        }
        let name = header(SERVER).map(|name| format!(", {name}")).unwrap_or_default();
        part.problem(
            format!(
                "Something other than this server answers at {} (status {}{name}).",
                self.at("/graphql"),
                status.as_u16()
            ),
            format!(
                "Let the proxy forward all paths below the public URL to {listen} (--listen), without the \
                 path of the URL itself if it has one, and without asking for a password; or correct \
                 --public-url. A server of an older version is not recognised: restart it."
            ),
        )
    }

    /// The other paths, and WebSockets.
    async fn rest(&self) -> Vec<Finding> {
        let part = Part::Network;
        let mut found = Vec::new();
        let mut lost = Vec::new();
        for path in PATHS {
            let reached = self.ask(path, HeaderMap::new()).await;
            let ours = |(challenge, response): (Uuid, Response)| {
                matches!(self.proven(challenge, &response), Some(Proven::Ours | Proven::OursTo))
            };
            if !reached.is_ok_and(ours) {
                lost.push(path.trim_end_matches("doctor"));
            }
        }
        if !lost.is_empty() {
            found.push(part.problem(
                format!(
                    "These paths of {} do not lead to this server: {}.",
                    self.url,
                    lost.join(", ")
                ),
                "Let the proxy forward all paths, and not only /graphql.",
            ));
        }
        let status = match self.ask("/graphql", handshake()).await {
            Ok((_, response)) if response.status() == StatusCode::SWITCHING_PROTOCOLS => {
                return found;
            }
            Ok((_, response)) => format!("status {}", response.status().as_u16()),
            Err(_) => "no answer".to_owned(),
        };
        found.push(part.warning(
            format!("WebSockets do not reach the server at {} ({status}).", self.url),
            "Let the proxy pass on Upgrade and Connection with HTTP/1.1, as the configurations in deploy/proxy do.",
        ));
        found
    }
}

/// The request for a WebSocket (RFC 6455).
fn handshake() -> HeaderMap {
    let mut headers = HeaderMap::new();
    let key = BASE64.encode(Uuid::now_v7().as_bytes());
    for (name, value) in [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-protocol", "graphql-transport-ws"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.extend(
        HeaderValue::try_from(key).ok().map(|key| (reqwest::header::SEC_WEBSOCKET_KEY, key)),
    );
    headers
}

/// Whether a proxy says that it did not reach its server.
fn is_of_gateway(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
    )
}

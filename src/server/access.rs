//! One log line per request, the ID by which it can be found, and the metrics.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use entity::AccountId;
use metrics::{counter, histogram};
use poem::{
    Endpoint, Request, Response, Result,
    http::{HeaderName, HeaderValue, StatusCode, header},
};
use tracing::{Instrument, Span, field, trace_span};
use uuid::Uuid;

use super::{
    caller,
    metrics::Held,
    trace::{TRACEPARENT, Trace},
};
use crate::proof::{CHALLENGE, PROOF, Prover};

/// The header with the ID of a request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// For a year.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// The ID of a request in the log.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

/// What is logged about a response. Never tokens, variables or the text of a query.
#[derive(Clone, Debug, Default)]
pub struct Operations {
    /// The names of the operations.
    pub names: Vec<String>,
    /// The viewer.
    pub viewer: Option<AccountId>,
    /// The code of the first error.
    pub code: Option<String>,
}

/// The code of a request that was rejected before there was an operation.
#[derive(Clone, Copy, Debug)]
pub struct Refusal(pub &'static str);

/// The ID of a request.
pub fn request_id(request: &Request) -> String {
    request.data::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}

/// Assigns an ID to a request, and times and counts it.
pub async fn observe<E: Endpoint>(
    endpoint: Arc<E>,
    mut request: Request,
    proxies: u8,
    https_only: bool,
    prover: Prover,
) -> Result<Response> {
    let began = Instant::now();
    let id = request
        .header(REQUEST_ID)
        .filter(|id| is_sane(id))
        .map_or_else(|| Uuid::now_v7().simple().to_string(), str::to_owned);
    request.set_data(RequestId(id.clone()));
    if proxies == 0 {
        mention_proxy(&request);
    }
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = route(&path);
    let span = if is_probe(route) {
        Span::none()
    } else {
        trace_span!(
            "request",
            otel.name = %format_args!("{} {route}", method_label(&method)),
            otel.kind = "server",
            http.request.method = method_label(&method),
            http.route = route,
            http.response.status_code = field::Empty,
            otel.status_code = field::Empty,
            error.type = field::Empty,
            request_id = id,
        )
    };
    let trace = Trace::begin(request.headers(), &span);
    let client = caller::client(&request, proxies).address;
    let challenge = request.header(CHALLENGE);
    let proof = challenge.and_then(|challenge| prover.prove(challenge, &client));
    // Even if its client disconnects.
    let in_flight = Held::one("twinspace_http_requests_in_flight");
    let mut response = endpoint.get_response(request).instrument(span.clone()).await;
    drop(in_flight);
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(answer) = trace.as_ref().and_then(Trace::answer) {
        headers.insert(TRACEPARENT, answer);
    }
    if let Some(proof) = proof.and_then(|proof| HeaderValue::try_from(proof).ok()) {
        headers.insert(PROOF, proof);
    }
    if https_only {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Responses are for the viewer alone, and valid only at that moment.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));

    let (status, took) = (response.status(), began.elapsed());
    let operations = response.data::<Operations>().cloned().unwrap_or_default();
    let code = match response.data::<Refusal>() {
        Some(Refusal(code)) => code,
        None => operations.code.as_deref().unwrap_or_default(),
    };
    // As a signed number, because others become texts.
    span.record("http.response.status_code", i64::from(status.as_u16()));
    if !code.is_empty() {
        span.record("error.type", code);
    }
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR");
    }
    counter!("twinspace_http_requests_total", "path" => route, "method" => method_label(&method), "status" => status.as_str().to_owned())
        .increment(1);
    histogram!("twinspace_http_request_duration_seconds", "path" => route)
        .record(took.as_secs_f64());
    let trace_id = trace.as_ref().map(Trace::id);
    let line = Line {
        id: &id,
        method: method.as_str(),
        path: &path,
        status,
        micros: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        operation: &operations.names.join(","),
        viewer: operations.viewer.map(|id| id.to_string()).unwrap_or_default(),
        code,
        client: &client,
        trace: trace_id.as_deref(),
    };
    line.write(route);
    Ok(response)
}

/// Warns, once, that requests may come through a proxy that is not trusted.
fn mention_proxy(request: &Request) {
    static MENTIONED: AtomicBool = AtomicBool::new(false);
    let forwarded = request.headers().contains_key("x-forwarded-for");
    if forwarded && !MENTIONED.load(Ordering::Relaxed) && !MENTIONED.swap(true, Ordering::Relaxed) {
        tracing::warn!(
            "a request has X-Forwarded-For, but no proxy is trusted: if the server is behind a \
             proxy, all clients have the proxy's address and share its limits; set \
             TWINSPACE_TRUSTED_PROXIES to the number of proxies"
        );
    }
}

struct Line<'a> {
    id: &'a str,
    method: &'a str,
    path: &'a str,
    status: StatusCode,
    micros: u64,
    operation: &'a str,
    viewer: String,
    code: &'a str,
    client: &'a str,
    trace: Option<&'a str>,
}

impl Line<'_> {
    fn write(&self, route: &str) {
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    request_id = self.id,
                    method = self.method,
                    path = self.path,
                    status = self.status.as_u16(),
                    micros = self.micros,
                    operation = self.operation,
                    viewer = self.viewer,
                    code = self.code,
                    client = self.client,
                    trace_id = self.trace,
                    "request"
                )
            };
        }
        if is_probe(route) && self.status.is_success() {
            line!(debug);
        } else if self.status.is_server_error() {
            line!(warn);
        } else {
            line!(info);
        }
    }
}

/// The path as a label: nonexistent paths share one.
fn route(path: &str) -> &'static str {
    let folders = [("/media/", "/media"), ("/avatars/", "/avatars"), ("/pictures/", "/pictures")];
    if let Some((_, route)) = folders.into_iter().find(|(start, _)| path.starts_with(start)) {
        return route;
    }
    ["/graphql", "/exports", "/healthz", "/readyz", "/metrics", "/"]
        .into_iter()
        .find(|route| *route == path)
        .unwrap_or("other")
}

/// Whether monitoring requests it every few seconds.
fn is_probe(route: &str) -> bool {
    matches!(route, "/healthz" | "/readyz" | "/metrics")
}

fn method_label(method: &poem::http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "OPTIONS" => "OPTIONS",
        "HEAD" => "HEAD",
        _ => "other",
    }
}

/// Whether an ID provided by a client or proxy may appear in the log.
fn is_sane(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:/+=".contains(&b))
}

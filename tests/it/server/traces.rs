//! Traces, as a collector receives them.

use std::{
    collections::{HashMap, HashSet},
    net::SocketAddr,
    process::Command,
    sync::{Arc, Mutex},
};

use data_encoding::HEXLOWER;
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value as Any},
    trace::v1::{Span, span::SpanKind, status::StatusCode},
};
use poem::{
    EndpointExt, Route, Server, handler,
    listener::{Acceptor, Listener, TcpListener},
    post,
    web::Data,
};
use prost::Message;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::{TestApp, on_both_databases, program::Program};

const PROGRAM: &str = env!("CARGO_BIN_EXE_twinspace");
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// Takes spans as they are sent over HTTP, until it is dropped.
struct Collector {
    address: SocketAddr,
    received: Arc<Received>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Received {
    spans: Mutex<Vec<Span>>,
    resource: Mutex<Vec<KeyValue>>,
    /// The bytes, to look for what must not be there.
    raw: Mutex<Vec<u8>>,
}

#[handler]
fn take(Data(received): Data<&Arc<Received>>, body: Vec<u8>) -> &'static [u8] {
    let request = ExportTraceServiceRequest::decode(&*body).expect("what the protocol says");
    received.raw.lock().unwrap().extend(body);
    for resource in request.resource_spans {
        *received.resource.lock().unwrap() = resource.resource.unwrap().attributes;
        let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
        received.spans.lock().unwrap().extend(spans);
    }
    &[]
}

impl Collector {
    async fn start() -> Self {
        let received = Arc::new(Received::default());
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let address = *acceptor.local_addr()[0].as_socket_addr().unwrap();
        let app = Route::new().at("/v1/traces", post(take)).data(Arc::clone(&received));
        let task =
            tokio::spawn(
                async move { Server::new_with_acceptor(acceptor).run(app).await.unwrap() },
            );
        Self { address, received, task }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn spans(&self) -> Vec<Span> {
        self.received.spans.lock().unwrap().clone()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An attribute as text.
fn said<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    match attributes.iter().find(|it| it.key == key)?.value.as_ref()?.value.as_ref()? {
        Any::StringValue(text) => Some(text),
        other => panic!("{key} is {other:?}"),
    }
}

fn serve(app: &TestApp, folder: &str, collector: &Collector, flags: &[&str]) -> Program {
    let database = format!("--database-url={}", app.database_url());
    let (data, endpoint) = (format!("--data-dir={folder}"), collector.url());
    let mut all = vec![&*database, &data, "--otlp-endpoint", &endpoint];
    all.extend(flags);
    Program::serve(PROGRAM, &all)
}

/// Stops the program in an orderly way, which sends what is left.
async fn stop(mut program: Program) {
    let id = program.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let ended = tokio::task::spawn_blocking(move || program.child.wait().unwrap());
    assert!(ended.await.unwrap().success());
}

async fn ask(
    program: &Program,
    parent: Option<&str>,
    token: Option<&str>,
    body: &Value,
) -> (Value, Option<String>) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut sent = client
        .post(format!("http://{}/graphql", program.address))
        .header("content-type", "application/json")
        .body(body.to_string());
    if let Some(token) = token {
        sent = sent.bearer_auth(token);
    }
    if let Some(parent) = parent {
        sent = sent.header("traceparent", parent);
    }
    let answer = sent.send().await.unwrap();
    let place = answer.headers().get("traceparent").map(|it| it.to_str().unwrap().to_owned());
    (answer.json().await.unwrap(), place)
}

on_both_databases! {
    async fn a_request_is_traced_with_its_parts_and_nobodys_data(app: TestApp) {
        let teacher = app.teacher("Tove Teacher", "DK").await;
        let folder = tempfile::tempdir().unwrap();
        let collector = Collector::start().await;
        let program = serve(&app, &folder.path().display().to_string(), &collector, &[]);
        let body = json!({
            "query": "query Me($text: String!) { viewer { name } teachers(filter: { search: $text }, first: 2) { nodes { name } } }",
            "operationName": "Me",
            "variables": { "text": "Hidden Words" },
        });
        let parent = format!("00-{TRACE}-{CALLER}-01");
        let (answer, place) = ask(&program, Some(&parent), Some(&teacher.token), &body).await;
        assert_eq!(answer["data"]["viewer"]["name"], "Tove Teacher", "{answer}");
        let wrong = json!({ "query": "mutation { deleteAccount(input: { password: \"wrong password\" }) { __typename } }" });
        let (answer, nowhere) = ask(&program, None, Some(&teacher.token), &wrong).await;
        assert!(answer["errors"][0]["extensions"]["code"].is_string(), "{answer}");
        assert_eq!(nowhere, None);
        stop(program).await;

        let spans = collector.spans();
        let of = |name: &str| -> Vec<&Span> {
            let mine = |it: &&Span| it.name == name && it.trace_id == hex(TRACE);
            spans.iter().filter(mine).collect()
        };
        let [request] = of("POST /graphql")[..] else { panic!("{spans:?}") };
        assert_eq!(request.parent_span_id, hex(CALLER));
        assert_eq!(request.kind(), SpanKind::Server);
        assert_eq!(said(&request.attributes, "http.route"), Some("/graphql"));
        let status = request.attributes.iter().find(|it| it.key == "http.response.status_code");
        let status = status.and_then(|it| it.value.as_ref()?.value.clone());
        assert_eq!(status, Some(Any::IntValue(200)));
        // The client is told of this server's part.
        let own = HEXLOWER.encode(&request.span_id);
        assert_eq!(place.unwrap(), format!("00-{TRACE}-{own}-01"));
        let [query] = of("query")[..] else { panic!("{spans:?}") };
        assert_eq!(query.parent_span_id, request.span_id);
        assert_eq!(said(&query.attributes, "graphql.operation.name"), Some("Me"));
        let id = said(&query.attributes, "request_id");
        assert!(id.is_some() && id == said(&request.attributes, "request_id"), "{query:?}");
        assert_eq!(said(&query.attributes, "error.type"), None);
        let statements = of("SELECT");
        assert!(!statements.is_empty(), "{spans:?}");
        let ids: HashSet<_> = spans.iter().map(|span| &span.span_id).collect();
        for statement in statements {
            assert!(ids.contains(&statement.parent_span_id));
            assert_eq!(statement.kind(), SpanKind::Client);
            let system = if app.is_postgresql() { "postgresql" } else { "sqlite" };
            assert_eq!(said(&statement.attributes, "db.system.name"), Some(system));
            assert!(said(&statement.attributes, "db.query.text").unwrap().starts_with("SELECT"));
            assert!(statement.start_time_unix_nano <= statement.end_time_unix_nano);
        }

        // The mutation, in its task, has begun a trace of its own, in which passwords take their time.
        let [failed] = spans.iter().filter(|it| it.name == "mutation").collect::<Vec<_>>()[..] else {
            panic!("{spans:?}")
        };
        assert!(failed.trace_id != hex(TRACE));
        assert_eq!(said(&failed.attributes, "error.type"), answer["errors"][0]["extensions"]["code"].as_str());
        let by_name: HashMap<_, _> = spans.iter().filter(|it| it.trace_id == failed.trace_id).map(|it| (&*it.name, it)).collect();
        assert_eq!(by_name["password"].parent_span_id, failed.span_id, "{by_name:?}");
        assert!(by_name.contains_key("begin") && by_name.contains_key("commit"), "{by_name:?}");
        assert_eq!(by_name["POST /graphql"].status.as_ref().map_or(0, |it| it.code), StatusCode::Unset as i32);

        let resource = collector.received.resource.lock().unwrap().clone();
        assert_eq!(said(&resource, "service.name"), Some("twinspace"));
        assert_eq!(said(&resource, "service.version"), Some(env!("CARGO_PKG_VERSION")));
        let raw = collector.received.raw.lock().unwrap().clone();
        let account = teacher.id.to_string();
        for secret in ["Hidden Words", "Tove", &teacher.email, &teacher.token, "wrong password", &account, "127.0.0.1"] {
            let found = raw.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!found, "{secret} is in a trace");
        }
        assert!(spans.iter().all(|span| span.events.is_empty()));
    }
}

fn hex(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.as_bytes()).unwrap()
}

/// What a caller wishes is one thing, and how much is sent another.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_can_decline_to_be_traced_but_not_demand_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = format!("--data-dir={}", folder.path().display());
    let collector = Collector::start().await;
    let endpoint = collector.url();
    let body = json!({ "query": "{ server { version } }" });
    let flags = [&*data, "--otlp-endpoint", &endpoint];
    let program = Program::serve(PROGRAM, &flags);
    let (_, place) = ask(&program, Some(&format!("00-{TRACE}-{CALLER}-00")), None, &body).await;
    assert!(place.unwrap().ends_with("-00"));
    // Monitoring is not traced.
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let healthy = client.get(format!("http://{}/readyz", program.address)).send().await.unwrap();
    assert!(healthy.status().is_success());
    let (answer, _) = ask(&program, None, None, &body).await;
    assert!(answer["data"].is_object(), "{answer}");
    stop(program).await;
    let requests = |spans: Vec<Span>| {
        spans.into_iter().filter(|it| it.kind() == SpanKind::Server).collect::<Vec<_>>()
    };
    let [only] = &requests(collector.spans())[..] else { panic!("{:?}", collector.spans()) };
    assert!(only.trace_id != hex(TRACE) && only.name == "POST /graphql", "{only:?}");

    let flags = [&*data, "--otlp-endpoint", &endpoint, "--trace-ratio", "0"];
    let program = Program::serve(PROGRAM, &flags);
    let (_, place) = ask(&program, Some(&format!("00-{TRACE}-{CALLER}-01")), None, &body).await;
    assert!(place.unwrap().ends_with("-00"));
    stop(program).await;
    assert_eq!(requests(collector.spans()).len(), 1);
}

/// Nothing waits for a collector that is away, and what it needs to know comes from its own variables.
#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_stops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let data = format!("--data-dir={}", folder.path().display());
    let collector = Collector::start().await;
    let endpoint = collector.url();
    drop(collector);
    let program = Program::serve(PROGRAM, &[&*data, "--otlp-endpoint", &endpoint]);
    for _ in 0..20 {
        let (answer, _) =
            ask(&program, None, None, &json!({ "query": "{ server { version } }" })).await;
        assert!(answer["data"].is_object(), "{answer}");
    }
    stop(program).await;
}

/// Commands send no traces; the doctor asks the collector, which may want a path to be left out.
#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_whether_the_collector_takes_traces() {
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start().await;
    let examine = async |endpoint: String| {
        let mut doctor = Command::new(PROGRAM);
        doctor.args(["doctor", "--json", "--otlp-endpoint", &endpoint, "--listen", "127.0.0.1:0"]);
        doctor.arg("--data-dir").arg(folder.path());
        let output = tokio::task::spawn_blocking(move || doctor.output().unwrap()).await.unwrap();
        let found: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        found.into_iter().find(|finding| finding["part"] == "traces").unwrap()
    };
    let found = examine(format!("{}/v1/traces", collector.url())).await;
    assert_eq!(found["state"], "ok", "{found}");
    assert!(collector.spans().is_empty());
    let found = examine(format!("{}/elsewhere", collector.url())).await;
    assert_eq!(found["state"], "warning", "{found}");
    assert!(found["mend"].as_str().unwrap().contains("--otlp-endpoint"), "{found}");
}

/// What the operator calls the server comes from OpenTelemetry's own variables.
#[tokio::test(flavor = "multi_thread")]
async fn the_service_has_the_name_that_opentelemetry_s_variables_give() {
    for variable in
        [("OTEL_SERVICE_NAME", "schools"), ("OTEL_RESOURCE_ATTRIBUTES", "service.name=schools")]
    {
        let folder = tempfile::tempdir().unwrap();
        let data = format!("--data-dir={}", folder.path().display());
        let collector = Collector::start().await;
        let endpoint = collector.url();
        let flags = [&*data, "--otlp-endpoint", &endpoint];
        let program = Program::serve_with(PROGRAM, &flags, &[variable]);
        ask(&program, None, None, &json!({ "query": "{ __typename }" })).await;
        stop(program).await;
        let resource = collector.received.resource.lock().unwrap().clone();
        assert_eq!(said(&resource, "service.name"), Some("schools"), "{variable:?}");
    }
}

#[test]
fn a_share_or_an_address_that_is_none_is_refused() {
    for (flag, value) in
        [("--trace-ratio", "2"), ("--trace-ratio", "some"), ("--otlp-endpoint", "collector:4318")]
    {
        let output = Command::new(PROGRAM).args(["config", "show", flag, value]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{flag} {value}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(flag), "{said}");
    }
}

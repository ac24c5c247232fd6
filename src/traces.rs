//! Traces for OpenTelemetry: what a request did, and how long each part of it took.
//!
//! Spans are those of this program, at the level of `TRACE`; they have no names of persons, addresses
//! or values of a statement. Events, which the log has, are in no trace.

use std::{
    env,
    time::{Duration, SystemTime},
};

use domain::db::Executed;
use futures_util::FutureExt;
use opentelemetry::{
    Context, KeyValue, global,
    trace::{
        Link, Span as _, SpanContext, SpanKind, Status, TraceContextExt, TraceId, TraceState,
        Tracer, TracerProvider,
    },
};
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    resource::EnvResourceDetector,
    trace::{
        Sampler, SamplingDecision, SamplingResult, SdkTracerProvider, ShouldSample,
        SpanExporter as _,
    },
};
use tokio::task::spawn_blocking;
use tracing::{Span, Subscriber, level_filters::LevelFilter};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{
    Layer,
    filter::{FilterExt, Targets, filter_fn},
    registry::LookupSpan,
};

use crate::config::traces::Config;

/// The crates whose spans are sent.
const OURS: [&str; 2] = ["twinspace", "domain"];

/// How long the last spans may take.
const FAREWELL: Duration = Duration::from_secs(5);

/// Sends spans in batches from a thread of its own, and what is left when it is dropped. If the
/// collector does not keep up, spans are lost; nothing waits for it.
#[derive(Debug)]
pub struct Exporter(SdkTracerProvider);

impl Exporter {
    /// Starts it, if there is a collector to send to.
    pub fn start(config: &Config) -> Result<Option<Self>, ExporterBuildError> {
        let Some(endpoint) = &config.otlp_endpoint else { return Ok(None) };
        let exporter = exporter(endpoint)?;
        let mut resource = Resource::builder()
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
        // OpenTelemetry's own variables take precedence.
        if env::var_os("OTEL_SERVICE_NAME").is_none() {
            resource = resource
                .with_service_name(env!("CARGO_PKG_NAME"))
                .with_detector(Box::new(EnvResourceDetector::new()));
        }
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_sampler(Share(Sampler::TraceIdRatioBased(config.trace_ratio)))
            .with_resource(resource.build())
            .build();
        global::set_tracer_provider(provider.clone());
        Ok(Some(Self(provider)))
    }

    /// What makes spans of those of `tracing`.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let ours = Targets::new().with_targets(OURS.map(|name| (name, LevelFilter::TRACE)));
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer(env!("CARGO_PKG_NAME")))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(ours.and(filter_fn(|metadata| !metadata.is_event())))
    }
}

fn exporter(endpoint: &str) -> Result<SpanExporter, ExporterBuildError> {
    let endpoint = format!("{endpoint}/v1/traces");
    SpanExporter::builder().with_http().with_endpoint(endpoint).build()
}

/// Sends no spans to the collector, to see whether it would take some; says what is wrong.
pub async fn probe(endpoint: String) -> Result<(), String> {
    let asked = spawn_blocking(move || {
        let exporter = exporter(&endpoint).map_err(|error| error.to_string())?;
        // It blocks, as it does on the thread that sends spans.
        match exporter.export(Vec::new()).now_or_never() {
            Some(sent) => sent.map_err(|error| error.to_string()),
            None => Err("no answer".to_owned()),
        }
    });
    asked.await.map_err(|error| error.to_string())?
}

impl Drop for Exporter {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(FAREWELL) {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

/// Samples a share of all traces. A caller may say that its trace is not to be sent; that it is to be
/// sent counts for nothing, as anybody can say so.
#[derive(Clone, Debug)]
struct Share(Sampler);

impl ShouldSample for Share {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let caller = parent.map(|parent| parent.span().span_context().clone());
        let decision = match caller.filter(SpanContext::is_valid) {
            Some(caller) if !caller.is_sampled() => SamplingDecision::Drop,
            Some(caller) if !caller.is_remote() => SamplingDecision::RecordAndSample,
            _ => return self.0.should_sample(parent, trace_id, name, kind, attributes, links),
        };
        SamplingResult { decision, attributes: Vec::new(), trace_state: TraceState::NONE }
    }
}

/// The place of a span in its trace; `None` if it is not traced.
pub fn place_of(span: &Span) -> Option<SpanContext> {
    if span.is_disabled() {
        return None;
    }
    let place = span.context().span().span_context().clone();
    place.is_valid().then_some(place)
}

/// Adds a statement that has been executed to the current span.
pub fn statement(executed: &Executed<'_>) {
    let span = Span::current();
    if span.is_disabled() {
        return;
    }
    let parent = span.context();
    if !parent.span().span_context().is_sampled() {
        return;
    }
    let end = SystemTime::now();
    let verb = verb(executed.sql);
    let tracer = global::tracer(env!("CARGO_PKG_NAME"));
    let mut span = tracer
        .span_builder(verb.clone())
        .with_kind(SpanKind::Client)
        .with_start_time(end.checked_sub(executed.took).unwrap_or(end))
        .with_attributes([
            KeyValue::new("db.system.name", executed.system),
            KeyValue::new("db.operation.name", verb),
            // It has placeholders in place of values.
            KeyValue::new("db.query.text", executed.sql.to_owned()),
        ])
        .start_with_context(&tracer, &parent);
    if executed.failed {
        span.set_status(Status::error(""));
    }
    span.end_with_timestamp(end);
}

/// The first word of a statement.
fn verb(sql: &str) -> String {
    let word = sql.split_whitespace().next().unwrap_or_default();
    word.trim_start_matches('(').to_ascii_uppercase()
}

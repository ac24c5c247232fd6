//! Metrics for Prometheus.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use domain::db::Pool;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use poem::{Endpoint, IntoResponse, Request, Response, Result, http::header};

use super::State;

/// In seconds, from a cached response to a timeout.
const BUCKETS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 20.0];

/// The recorder belongs to the process, like its users.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

fn recorder() -> Option<&'static PrometheusHandle> {
    RECORDER
        .get_or_init(|| {
            PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS)
                .and_then(PrometheusBuilder::install_recorder)
                .inspect_err(|error| tracing::error!(%error, "metrics are not available"))
                .ok()
        })
        .as_ref()
}

/// What each of them is, which docs/operating.md says too.
fn describe() {
    for (name, what) in [
        ("twinspace_http_requests_total", "Requests answered."),
        ("twinspace_operations_total", "GraphQL operations."),
        ("twinspace_connections_refused_total", "Connections refused because there were too many."),
        ("twinspace_db_statements_total", "SQL statements."),
        (
            "twinspace_replica_queries_total",
            "Queries that the replica answered (ok), or why it was the primary.",
        ),
        ("twinspace_internal_errors_total", "Internal errors, each of which is in the log."),
        ("twinspace_mails_total", "Attempts to deliver a mail."),
        ("twinspace_sign_ins_total", "Attempts to sign in."),
    ] {
        describe_counter!(name, what);
    }
    for (name, what) in [
        ("twinspace_http_requests_in_flight", "Requests in progress."),
        ("twinspace_websocket_connections", "Open WebSockets."),
        ("twinspace_http_subscriptions", "Open subscriptions over HTTP."),
        ("twinspace_mails_waiting", "Mails in the outbox."),
        ("twinspace_db_connections", "Connections to the database."),
        ("twinspace_db_connections_max", "How many connections to the database there may be."),
        ("twinspace_media_bytes", "What all TwinSpaces store, in bytes."),
        ("twinspace_media_objects", "How many objects all TwinSpaces store."),
        (
            "twinspace_housekeeping_timestamp_seconds",
            "When housekeeping last succeeded, since 1970.",
        ),
        ("twinspace_build_info", "The version that is running."),
    ] {
        describe_gauge!(name, what);
    }
    describe_histogram!(
        "twinspace_http_request_duration_seconds",
        "How long requests took to be answered."
    );
    describe_histogram!("twinspace_operation_duration_seconds", "How long operations took.");
}

/// Starts recording, and keeps the recorded data small while nobody fetches it.
pub async fn upkeep() {
    let Some(recorder) = recorder() else { return };
    describe();
    gauge!("twinspace_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
    for name in ["twinspace_websocket_connections", "twinspace_http_subscriptions"] {
        gauge!(name).increment(0);
    }
    // An increase can be seen only from a value that is there before it.
    for name in ["twinspace_internal_errors_total", "twinspace_connections_refused_total"] {
        counter!(name).increment(0);
    }
    for outcome in ["sent", "retried", "abandoned"] {
        counter!("twinspace_mails_total", "outcome" => outcome).increment(0);
    }
    for outcome in ["ok", "refused", "limited", "failed"] {
        counter!("twinspace_sign_ins_total", "outcome" => outcome).increment(0);
    }
    for outcome in ["ok", "behind", "away", "failed"] {
        counter!("twinspace_replica_queries_total", "outcome" => outcome).increment(0);
    }
    let mut every = tokio::time::interval(Duration::from_secs(5));
    loop {
        every.tick().await;
        recorder.run_upkeep();
    }
}

/// The metrics.
pub struct Metrics(pub Arc<State>);

impl Endpoint for Metrics {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        let db = &self.0.api.app.db;
        counter!("twinspace_db_statements_total").absolute(db.statements());
        for Pool { name, busy, idle, most } in db.pools() {
            for (state, connections) in [("busy", busy), ("idle", idle)] {
                gauge!("twinspace_db_connections", "pool" => name, "state" => state)
                    .set(connections);
            }
            gauge!("twinspace_db_connections_max", "pool" => name).set(most);
        }
        let figures = recorder().map(PrometheusHandle::render).unwrap_or_default();
        Ok(figures
            .with_header(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")
            .into_response())
    }
}

/// Something that is in progress, counted in a gauge for as long as it lives.
pub struct Held(&'static str);

impl Held {
    /// Counts one more.
    pub fn one(gauge: &'static str) -> Self {
        gauge!(gauge).increment(1);
        Self(gauge)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        gauge!(self.0).decrement(1);
    }
}

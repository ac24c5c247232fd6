//! One operation, from the request to the answer, whatever it came through.

use std::{
    collections::HashSet,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use async_graphql::{
    PathSegment, Request, Response, SchemaBuilder, ServerError, SubscriptionType,
    parser::types::OperationType,
};
use futures_util::{FutureExt, StreamExt, future, stream::BoxStream};
use metrics::{counter, histogram};
use tokio_util::task::TaskTracker;

use super::{
    Schema, complexity,
    document::{Documents, MAX_NESTING, Prepared},
    error::{describe, is_passing, refuse, whole},
    nullable::NullableErrors,
};
use crate::{
    Error,
    app::App,
    auth::{Client, Viewer},
    config::server::{Config, Switch},
    db::statements::inherit,
};

/// Most errors in one answer. The first ones help; ten thousand are a flood.
const MAX_ERRORS: usize = 20;

/// How long an operation with files may take: they go on into the store meanwhile.
const STORING: Duration = Duration::from_mins(10);

/// Who asks, and under which name the log knows it.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// Who asks.
    pub viewer: Viewer,
    /// Where the request comes from.
    pub client: Client,
    /// The name of the request in the log.
    pub request_id: String,
}

/// The API of a running server.
pub struct Api {
    /// The server.
    pub app: Arc<App>,
    schema: Schema,
    documents: Documents,
    /// The mutations under way.
    acts: TaskTracker,
}

/// Gives a schema what the edge of the API relies on.
pub fn equip<Q, M, S>(builder: SchemaBuilder<Q, M, S>, config: &Config) -> SchemaBuilder<Q, M, S>
where
    Q: async_graphql::ObjectType + 'static,
    M: async_graphql::ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let complexity = usize::try_from(config.limits.max_complexity).unwrap_or(usize::MAX);
    let builder = builder
        .extension(NullableErrors)
        .extension(complexity::Limit(complexity))
        .limit_recursive_depth(MAX_NESTING);
    match config.introspection {
        Switch::On => builder,
        // "Did you mean …?" would tell what introspection does not.
        Switch::Off => builder.disable_introspection().disable_suggestions(),
    }
}

impl Api {
    /// The API of `app`.
    pub fn new(app: Arc<App>) -> Self {
        let documents = Documents::new(&app.config.server.limits);
        Self { schema: app.schema(), documents, acts: TaskTracker::new(), app }
    }

    /// Executes one operation.
    pub async fn execute(&self, request: Request, caller: Caller) -> Response {
        match self.prepare(request) {
            Ok(prepared) => self.run(prepared, caller).await,
            Err(error) => refused(error, &caller.request_id),
        }
    }

    /// Reads the document of a request.
    pub fn prepare(&self, request: Request) -> Result<Prepared, ServerError> {
        self.documents.prepare(request)
    }

    /// Executes an operation whose document is read. A mutation that has begun goes on when nobody
    /// waits for its answer any more: it has a task of its own.
    pub async fn run(&self, prepared: Prepared, caller: Caller) -> Response {
        let mutation = prepared.kind == OperationType::Mutation;
        let operation = run(Arc::clone(&self.app), self.schema.clone(), prepared, caller);
        match mutation {
            false => operation.await,
            true => self.acts.spawn(inherit(operation)).await.unwrap_or_else(|_| panicked()),
        }
    }

    /// Waits for the mutations that are under way.
    pub async fn finish(&self) {
        self.acts.close();
        self.acts.wait().await;
    }

    /// Starts a subscription; each of its events is an answer. What cannot be told for a fault of
    /// ours is left out, and told as missed once it has passed.
    pub fn subscribe(&self, prepared: Prepared, caller: Caller) -> BoxStream<'static, Response> {
        let Caller { viewer, client, request_id } = caller;
        let data = self.app.request(viewer, client).listening();
        let hearing = Arc::clone(&data.hearing);
        let request = prepared.request.data(data);
        counter!("twinspace_operations_total", "kind" => "subscription", "outcome" => "ok")
            .increment(1);
        AssertUnwindSafe(self.schema.execute_stream(request))
            .catch_unwind()
            .filter_map(move |event| {
                let passed = match event {
                    Ok(event) => {
                        let missed = is_passing(&event) && hearing.miss();
                        let event = finish(event, &request_id);
                        (!missed).then_some(event)
                    }
                    Err(_) => Some(finish(panicked(), &request_id)),
                };
                future::ready(passed)
            })
            .boxed()
    }
}

/// Executes an operation. What takes too long is given up, and what waits for a database that is
/// away: it undoes what it has not committed.
async fn run(app: Arc<App>, schema: Schema, prepared: Prepared, caller: Caller) -> Response {
    let began = Instant::now();
    let Prepared { request, kind, .. } = prepared;
    let Caller { viewer, client, request_id } = caller;
    let stores = kind == OperationType::Mutation && !request.uploads.is_empty();
    let limit = match stores {
        false => app.config.server.limits.operation_timeout(),
        true => STORING,
    };
    let request = request.data(app.request(viewer, client));
    let execution = AssertUnwindSafe(schema.execute(request)).catch_unwind();
    let response = match tokio::time::timeout(limit, app.db.unless_away(execution)).await {
        Ok(Ok(Ok(response))) => response,
        Ok(Ok(Err(_))) => panicked(),
        Ok(Err(error)) => Response::from_errors(vec![whole(error)]),
        Err(_) => Response::from_errors(vec![timed_out(limit)]),
    };
    let response = finish(response, &request_id);
    observe(kind, &response, began.elapsed());
    response
}

/// The answer to a request that is not executed.
pub fn refused(error: ServerError, request_id: &str) -> Response {
    finish(Response::from_errors(vec![error]), request_id)
}

/// Makes the errors of an answer fit to be told.
fn finish(mut response: Response, request_id: &str) -> Response {
    one_of_each(&mut response.errors);
    response.errors.truncate(MAX_ERRORS);
    if let Some(wait) = response.errors.iter().find_map(retry_after) {
        response.http_headers.insert("retry-after", wait.into());
    }
    for error in &mut response.errors {
        describe(error, request_id);
    }
    response
}

/// Of what is refused in each row of a list for the same reason, one error: the others would push
/// those of other fields out.
fn one_of_each(errors: &mut Vec<ServerError>) {
    let mut told = HashSet::new();
    errors.retain(|error| {
        let refused = matches!(
            error.source::<Error>(),
            Some(Error::Forbidden(_) | Error::NotFound(_) | Error::Unauthenticated)
        );
        let column: Vec<String> = error
            .path
            .iter()
            .map(|segment| match segment {
                PathSegment::Field(name) => name.clone(),
                PathSegment::Index(_) => String::new(),
            })
            .collect();
        !refused || told.insert((column, error.message.clone()))
    });
}

/// After how many seconds an error is worth another try.
fn retry_after(error: &ServerError) -> Option<u64> {
    match error.source::<Error>()? {
        Error::RateLimited(wait) => Some(wait.as_secs().max(1)),
        _ => None,
    }
}

fn panicked() -> Response {
    // What it said is in the log already, by the panic hook.
    Response::from_errors(vec![whole(Error::internal("a panic"))])
}

fn timed_out(limit: Duration) -> ServerError {
    let message = format!("The operation was cancelled after {} s.", limit.as_secs());
    refuse("TIMEOUT", message)
}

fn observe(kind: OperationType, response: &Response, took: Duration) {
    let kind = match kind {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    };
    let outcome = if response.errors.is_empty() { "ok" } else { "error" };
    counter!("twinspace_operations_total", "kind" => kind, "outcome" => outcome).increment(1);
    histogram!("twinspace_operation_duration_seconds", "kind" => kind).record(took.as_secs_f64());
}

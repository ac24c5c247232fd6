//! The execution of one operation, from request to response, regardless of transport.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use async_graphql::{
    Request, Response, SchemaBuilder, ServerError, SubscriptionType, ValidationMode,
    parser::types::OperationType,
};
use domain::{
    Error,
    db::{Db, Position, Unused, statements::inherit},
    events::Event,
};
use futures_util::{FutureExt, StreamExt, future, stream::BoxStream};
use metrics::{counter, histogram};
use tokio::{
    sync::broadcast::Receiver,
    time::{error::Elapsed, timeout},
};
use tokio_util::task::TaskTracker;
use tracing::{Span, field};

use crate::{
    app::{App, Recognised},
    auth::{Client, Viewer},
    config::server::{Config, Switch},
    graphql::{
        Schema,
        about::About,
        complexity,
        context::{Known, Request as Data, Tally},
        definitions,
        document::{Documents, MAX_NESTING, Prepared, Proof},
        error::{ErrorCode, Refusal, code, describe, is_passing, refuse, sift, whole},
        nullable::NullableErrors,
    },
};

/// How long an operation with files may take, because the files are stored meanwhile.
const STORING: Duration = Duration::from_mins(10);

/// The caller of an operation, and the ID of its request in the log.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// The viewer.
    pub viewer: Viewer,
    /// What was read together with the viewer.
    pub known: Known,
    /// How far the replica must be to answer the operation; `None` if the primary has to.
    pub position: Option<Position>,
    /// Where the request comes from.
    pub client: Client,
    /// The ID of the request in the log.
    pub request_id: String,
    /// The number of bytes in the response before that of the operation.
    pub sent: usize,
}

impl From<Recognised> for Caller {
    fn from(Recognised { viewer, known, position }: Recognised) -> Self {
        Self { viewer, known, position, ..Self::default() }
    }
}

/// The API of a running server.
pub struct Api {
    /// The server.
    pub app: Arc<App>,
    schemas: Arc<Schemas>,
    documents: Documents,
    /// The mutations in progress.
    acts: TaskTracker,
}

/// The same schema twice. Extensions put every field on a slow path: what was executed without an
/// error the last time is tried without them.
struct Schemas {
    /// Makes errors what they should be.
    strict: Schema,
    /// Executes queries that had no errors the last time. Its answer counts only if it has none.
    quick: Schema,
}

/// Adds to a schema what this module relies on.
pub fn equip<Q, M, S>(builder: SchemaBuilder<Q, M, S>, config: &Config) -> SchemaBuilder<Q, M, S>
where
    Q: async_graphql::ObjectType + 'static,
    M: async_graphql::ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    let complexity = complexity::Limit(max_complexity(config));
    limit(builder.extension(NullableErrors).extension(About).extension(complexity), config)
}

/// Gives a schema what is needed to execute queries that had no errors the last time.
pub fn equip_quick<Q, M, S>(
    builder: SchemaBuilder<Q, M, S>,
    config: &Config,
) -> SchemaBuilder<Q, M, S>
where
    Q: async_graphql::ObjectType + 'static,
    M: async_graphql::ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    // The cost depends on variables.
    let complexity = max_complexity(config);
    limit(builder.limit_complexity(complexity), config)
}

fn max_complexity(config: &Config) -> usize {
    usize::try_from(config.limits.max_complexity).unwrap_or(usize::MAX)
}

fn limit<Q, M, S>(builder: SchemaBuilder<Q, M, S>, config: &Config) -> SchemaBuilder<Q, M, S>
where
    Q: async_graphql::ObjectType + 'static,
    M: async_graphql::ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    // Documents have been validated. The complexity is calculated all the same.
    let builder = builder.validation_mode(ValidationMode::Fast).limit_recursive_depth(MAX_NESTING);
    match config.introspection() {
        Switch::On => builder,
        Switch::Off => builder.disable_introspection(),
    }
}

impl Api {
    /// The API of `app`.
    pub fn new(app: Arc<App>) -> Self {
        let schemas = Schemas { strict: app.schema(), quick: app.quick_schema() };
        let documents = Documents::new(definitions(&schemas.strict), &app.config.server);
        for (id, text) in app.trusted.iter() {
            if let Err(Refusal(errors)) = documents.check(text) {
                let error = errors.first().map(|error| error.message.as_str()).unwrap_or_default();
                tracing::warn!(
                    id,
                    error,
                    "a trusted document is not valid: apps that send it get this error"
                );
            }
        }
        Self { schemas: Arc::new(schemas), documents, acts: TaskTracker::new(), app }
    }

    /// Executes one operation.
    pub async fn execute(&self, request: Request, caller: Caller) -> Response {
        match self.prepare(request) {
            Ok(prepared) => self.run(prepared, caller).await,
            Err(error) => refused(error, &caller.request_id),
        }
    }

    /// Reads the document of a request, or finds it by its ID.
    pub fn prepare(&self, request: Request) -> Result<Prepared, Refusal> {
        self.documents.prepare(self.app.trusted.resolve(request)?)
    }

    /// Executes an operation whose document has been parsed. A mutation that has begun continues in
    /// its own task even if nobody waits for its response any more.
    pub async fn run(&self, prepared: Prepared, caller: Caller) -> Response {
        let mutation = prepared.kind == OperationType::Mutation;
        let operation = run(Arc::clone(&self.app), Arc::clone(&self.schemas), prepared, caller);
        match mutation {
            false => operation.await,
            true => self.acts.spawn(inherit(operation)).await.unwrap_or_else(|_| panicked()),
        }
    }

    /// Waits for the mutations in progress.
    pub async fn finish(&self) {
        self.acts.close();
        self.acts.wait().await;
    }

    /// Starts a subscription; each of its events is a response. Events that cannot be sent because
    /// of an internal error are skipped, and reported as missed once the error has passed.
    ///
    /// The events are those since it was asked for: what the client loads after that misses nothing,
    /// even if it is loaded before the subscription has begun.
    pub fn subscribe(
        &self,
        events: Receiver<Event>,
        prepared: Prepared,
        caller: Caller,
    ) -> BoxStream<'static, Response> {
        let Caller { viewer, client, request_id, .. } = caller;
        let data = self.app.request(self.app.db.clone(), viewer, client).listening(events);
        let hearing = Arc::clone(&data.hearing);
        let request = prepared.request.data(data);
        counter!("twinspace_operations_total", "kind" => "subscription", "outcome" => "ok")
            .increment(1);
        AssertUnwindSafe(self.schemas.strict.execute_stream(request))
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

/// Executes an operation. It is cancelled if it takes too long or if the database is unavailable;
/// what it has not committed is rolled back.
#[tracing::instrument(
    name = "graphql",
    level = "trace",
    skip_all,
    fields(
        otel.name = label(prepared.kind),
        graphql.operation.type = label(prepared.kind),
        graphql.operation.name = prepared.name,
        error.type = field::Empty,
        request_id = caller.request_id,
    )
)]
async fn run(app: Arc<App>, schemas: Arc<Schemas>, prepared: Prepared, caller: Caller) -> Response {
    let began = Instant::now();
    let Prepared { mut request, kind, proof, .. } = prepared;
    let Caller { viewer, known, position, client, request_id, sent } = caller;
    let stores = kind == OperationType::Mutation && !request.uploads.is_empty();
    let limit = match stores {
        false => app.config.server.limits.operation_timeout(),
        true => STORING,
    };
    let tally = Tally::after(sent);
    let data = |db: &Db| {
        let data = app.request(db.clone(), viewer.clone(), client.clone());
        data.knowing(known.clone()).counting(tally.again())
    };
    let execution = async {
        if kind == OperationType::Query
            && let Some(position) = position
            && let Some(copy) = copy(&mut request)
        {
            // What takes longer, as by a lock of what the replica replays, is left to the primary.
            let work = async |db: Db| {
                let executing = schemas.execute(copy, proof.as_ref(), || data(&db));
                timeout(limit / 2, executing).await
            };
            if let Some(response) = Box::pin(read_replica(&app.db, position, work)).await {
                return response;
            }
        }
        schemas.execute(request, proof.as_ref(), || data(&app.db)).await
    };
    let execution = AssertUnwindSafe(execution).catch_unwind();
    let response = match timeout(limit, app.db.unless_away(execution)).await {
        Ok(Ok(Ok(response))) => response,
        Ok(Ok(Err(_))) => panicked(),
        Ok(Err(error)) => Response::from_errors(vec![whole(error)]),
        Err(_) => Response::from_errors(vec![timed_out(limit)]),
    };
    let response = finish(response, &request_id);
    observe(kind, &response, began.elapsed());
    if let Some(code) = response.errors.first().and_then(code) {
        Span::current().record("error.type", code);
    }
    response
}

impl Schemas {
    /// Executes an operation with this data.
    async fn execute(
        &self,
        mut request: Request,
        proof: Option<&Proof>,
        data: impl Fn() -> Data,
    ) -> Response {
        // The quick schema does not tell the cost.
        if proof.is_some_and(Proof::stands)
            && !complexity::asks(&request)
            && let Some(same) = copy(&mut request)
        {
            let response = self.quick.execute(same.data(data().quick())).await;
            if response.errors.is_empty() {
                return response;
            }
        }
        let response = self.strict.execute(request.data(data())).await;
        if let Some(proof) = proof {
            proof.note(response.errors.is_empty());
        }
        response
    }
}

/// Executes a query with the replica for reading; `None` if it is not far enough or something does not
/// work, so that the primary has to answer.
async fn read_replica<F: Future<Output = Result<Response, Elapsed>>>(
    db: &Db,
    position: Position,
    work: impl FnOnce(Db) -> F,
) -> Option<Response> {
    let (response, outcome) = match db.with_replica(position, work).await {
        Ok(Ok(response)) if !is_passing(&response) => (Some(response), "ok"),
        Ok(failed) => {
            let error = failed.as_ref().ok().and_then(|response| response.errors.first()?.source());
            if let Some(error @ Error::Internal(_)) = error {
                tracing::warn!(?error, "a query that failed on the replica is left to the primary");
            }
            db.doubt_replica();
            (None, "failed")
        }
        Err(Unused::Behind) => (None, "behind"),
        Err(Unused::Away) => (None, "away"),
    };
    counter!("twinspace_replica_queries_total", "outcome" => outcome).increment(1);
    response
}

/// The same request without data.
fn copy(request: &mut Request) -> Option<Request> {
    let mut same = Request::new("").variables(request.variables.clone());
    same.extensions.clone_from(&request.extensions);
    same.set_parsed_query(request.parsed_query().ok()?.clone());
    Some(same)
}

/// The response to a request that is not executed.
pub fn refused(refusal: impl Into<Refusal>, request_id: &str) -> Response {
    finish(Response::from_errors(refusal.into().0), request_id)
}

/// Prepares the errors of a response for the client.
fn finish(mut response: Response, request_id: &str) -> Response {
    sift(&mut response.errors);
    if let Some(wait) = response.errors.iter().find_map(retry_after) {
        response.http_headers.insert("retry-after", wait.into());
    }
    for error in &mut response.errors {
        describe(error, request_id);
    }
    response
}

/// The number of seconds after which it is worth retrying after an error.
fn retry_after(error: &ServerError) -> Option<u64> {
    match error.source::<Error>()? {
        Error::RateLimited(wait) => Some(wait.as_secs().max(1)),
        _ => None,
    }
}

fn panicked() -> Response {
    // The panic hook has already logged the message.
    Response::from_errors(vec![whole(Error::internal("a panic"))])
}

fn timed_out(limit: Duration) -> ServerError {
    let message = format!("The operation was cancelled after {} s.", limit.as_secs());
    refuse(ErrorCode::Timeout, message)
}

fn label(kind: OperationType) -> &'static str {
    match kind {
        OperationType::Query => "query",
        OperationType::Mutation => "mutation",
        OperationType::Subscription => "subscription",
    }
}

fn observe(kind: OperationType, response: &Response, took: Duration) {
    let kind = label(kind);
    let outcome = if response.errors.is_empty() { "ok" } else { "error" };
    counter!("twinspace_operations_total", "kind" => kind, "outcome" => outcome).increment(1);
    histogram!("twinspace_operation_duration_seconds", "kind" => kind).record(took.as_secs_f64());
}

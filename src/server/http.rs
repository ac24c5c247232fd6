//! GraphQL over HTTP (<https://graphql.github.io/graphql-over-http/draft/>).

use std::sync::Arc;

use async_graphql::{Response as Outcome, parser::types::OperationType};
use domain::{Error, seats::SeatKind};
use entity::ProjectId;
use poem::{
    Endpoint, IntoResponse, Request, Response, Result,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
};

use super::{
    State,
    access::{self, Operations},
    answer::Answer,
    caller,
    media::{self, Accepted, Media},
    parameters::{Batch, Parameters},
    problem::Problem,
    socket, stream, uploads,
};
use crate::{
    auth::Client,
    graphql::{
        api::{Caller, refused},
        context::MOST_TEXT,
        document::Prepared,
        error::{ErrorCode, whole},
    },
};

const NO_MEDIA: &str = "Responses are application/graphql-response+json or application/json, or \
    text/event-stream or multipart/mixed;subscriptionSpec=1.0 as for subscriptions.";
const NO_STREAM: &str = "Subscriptions use a WebSocket, or an HTTP request that accepts \
    text/event-stream or multipart/mixed;subscriptionSpec=1.0.";
const NO_BATCH: &str =
    "Responses to a batch are application/graphql-response+json or application/json.";

/// A response or a problem, and what is logged.
type Answered = (Result<Response, Problem>, Operations);

/// `/graphql`.
pub struct Graphql(pub Arc<State>);

impl Endpoint for Graphql {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        if socket::is_upgrade(request.headers()) {
            return Ok(Box::pin(socket::open(&self.0, &request)).await);
        }
        let Some(accepted) = Accepted::of(request.headers()) else {
            return Ok(not_acceptable(NO_MEDIA).into_response());
        };
        let (response, operations) = self.answer(&mut request, accepted).await;
        let mut response = response
            .unwrap_or_else(|problem| problem.media(accepted.of_problems()).into_response());
        response.set_data(operations);
        Ok(response)
    }
}

impl Graphql {
    /// What is rare is boxed: a future is as large as the largest of what it may wait for, and is
    /// moved several times before it runs.
    async fn answer(&self, request: &mut Request, accepted: Accepted) -> Answered {
        let exchange = Exchange {
            state: &self.0,
            accepted,
            token: caller::token(request.headers()).map(str::to_owned),
            client: caller::client(request, self.0.api.app.config.server.trusted_proxies),
            request_id: access::request_id(request),
            get: request.method() == Method::GET,
        };
        let files = request.method() == Method::POST
            && request.content_type().is_some_and(uploads::is_multipart);
        if files {
            return Box::pin(exchange.upload(request)).await;
        }
        match self.read(request).await {
            Ok(Batch::Single(parameters)) => exchange.one(|| parameters.into_request()).await,
            Ok(Batch::Several(batch)) => Box::pin(exchange.several(batch)).await,
            Err(problem) => (Err(problem), Operations::default()),
        }
    }

    /// Reads what the client sends. Anything that a form on another website could send is rejected.
    async fn read(&self, request: &mut Request) -> Result<Batch, Problem> {
        match *request.method() {
            Method::GET => return Parameters::from_address(request).map(Batch::Single),
            Method::POST => {}
            _ => {
                let message = "GraphQL requests must use GET or POST.";
                return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, message));
            }
        }
        let unsupported =
            |message: &str| Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        if !request.content_type().is_some_and(media::is_json) {
            return unsupported("Send application/json in UTF-8.");
        }
        if request.header(header::CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
            return unsupported("Send the body uncompressed.");
        }
        let limits = &self.0.api.app.config.server.limits;
        let most = usize::try_from(limits.max_body).unwrap_or(usize::MAX);
        let body = Batch::from_body(request.take_body(), most);
        tokio::time::timeout(limits.operation_timeout(), body).await.unwrap_or_else(|_| {
            let message = "The body took too long to arrive.";
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, message))
        })
    }
}

/// An HTTP request, and what its operations share.
struct Exchange<'a> {
    state: &'a Arc<State>,
    accepted: Accepted,
    token: Option<String>,
    client: Client,
    request_id: String,
    get: bool,
}

impl Exchange<'_> {
    /// An operation with files. Nothing is read from anonymous clients, or from accounts with too
    /// many simultaneous uploads.
    async fn upload(&self, request: &mut Request) -> Answered {
        let mut operations = Operations::default();
        let app = &self.state.api.app;
        if uploads::is_simple(request.headers()) {
            let message = "Requests with files must have the header GraphQL-Preflight.";
            let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message);
            return (Err(problem), operations);
        }
        if uploads::is_too_long(request.headers()) {
            return (Err(uploads::too_long()), operations);
        }
        let account = match self.caller(None, &mut operations).await {
            Ok(caller) => caller.viewer.account().ok_or(Error::Unauthenticated),
            Err(error) => Err(error),
        };
        let account = match account {
            Ok(account) => account,
            Err(error) => return (Ok(self.turned_away(error, &mut operations)), operations),
        };
        let most = app.config.media.account_uploads;
        let Some(_under_way) = app.db.seats().take(SeatKind::Upload, account, most) else {
            let message = "Too many uploads at once. Wait for one to finish.";
            let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, message);
            return (Err(problem.code(ErrorCode::RateLimited)), operations);
        };
        match uploads::read(app, request).await {
            Ok(uploaded) => self.one(|| uploaded.into_request()).await,
            Err(problem) => (Err(problem), operations),
        }
    }

    async fn one(
        &self,
        request: impl FnOnce() -> Result<async_graphql::Request, Problem>,
    ) -> Answered {
        let mut operations = Operations::default();
        // Read first: the viewer is found together with what the request is about.
        let prepared = request().map(|request| self.state.api.prepare(request));
        let about = prepared.as_ref().ok().and_then(|prepared| prepared.as_ref().ok()?.about);
        let caller = match self.caller(about, &mut operations).await {
            Ok(caller) => caller,
            Err(error) => return (Ok(self.turned_away(error, &mut operations)), operations),
        };
        let response = match prepared {
            Ok(Ok(prepared)) => self.execute(prepared, caller, &mut operations).await,
            Ok(Err(refusal)) => {
                Ok(self.answer(&refused(refusal, &self.request_id), &mut operations))
            }
            Err(problem) => Err(problem),
        };
        (response, operations)
    }

    /// The response to one operation, or the responses of a subscription.
    async fn execute(
        &self,
        prepared: Prepared,
        caller: Caller,
        operations: &mut Operations,
    ) -> Result<Response, Problem> {
        let prepared = self.permitted(prepared, operations)?;
        if prepared.kind != OperationType::Subscription {
            let outcome = self.state.api.run(prepared, caller).await;
            return Ok(self.answer(&outcome, operations));
        }
        let Some(format) = self.accepted.stream else { return Err(not_acceptable(NO_STREAM)) };
        stream::open(self.state, format, self.token.clone(), prepared, caller)
    }

    fn answer(&self, outcome: &Outcome, operations: &mut Operations) -> Response {
        let answer = Answer::from(outcome);
        operations.code = answer.code().map(str::to_owned);
        let headers = &outcome.http_headers;
        match self.accepted {
            Accepted { media: None, stream: Some(format) } => stream::one(format, &answer, headers),
            accepted => {
                let media = accepted.of_problems();
                respond(answer.status(media), media, answer.to_json(), headers)
            }
        }
    }

    async fn several(&self, batch: Vec<Parameters>) -> Answered {
        let mut operations = Operations::default();
        let Some(media) = self.accepted.media else {
            return (Err(not_acceptable(NO_BATCH)), operations);
        };
        let most = usize::from(self.state.api.app.config.server.limits.max_batch);
        if batch.is_empty() || batch.len() > most {
            let message = format!("A batch must have between 1 and {most} operations.");
            let problem = Problem::bad_request(message).code(ErrorCode::BatchTooLarge);
            return (Err(problem), operations);
        }
        // Either all or none are read, so that a malformed one does not leave a batch half
        // executed.
        let batch: Result<Vec<_>, _> = batch.into_iter().map(Parameters::into_request).collect();
        let batch = match batch {
            Ok(batch) => batch,
            Err(problem) => return (Err(problem), operations),
        };
        let mut headers = HeaderMap::new();
        let mut body = Vec::from(b"[");
        for (at, request) in batch.into_iter().enumerate() {
            let full = body.len() > MOST_TEXT;
            // Checked for each: an operation may end the session of those after it.
            let outcome = match self.caller(None, &mut operations).await {
                Ok(_) if full => refused(whole(Error::TooMuchText(MOST_TEXT)), &self.request_id),
                Ok(caller) => {
                    let caller = Caller { sent: body.len(), ..caller };
                    match self.operation(request, caller, &mut operations).await {
                        Ok(outcome) => outcome,
                        Err(problem) => return (Err(problem), operations),
                    }
                }
                Err(error) if at == 0 => {
                    return (Ok(self.turned_away(error, &mut operations)), operations);
                }
                Err(error) => refused(whole(error), &self.request_id),
            };
            let answer = Answer::from(&outcome);
            if operations.code.is_none() {
                operations.code = answer.code().map(str::to_owned);
            }
            if at > 0 {
                body.push(b',');
            }
            body.extend(answer.to_json());
            headers.extend(outcome.http_headers);
        }
        body.push(b']');
        (Ok(respond(StatusCode::OK, media, body, &headers)), operations)
    }

    /// The current viewer, as the caller of an operation about this project.
    async fn caller(
        &self,
        about: Option<ProjectId>,
        operations: &mut Operations,
    ) -> Result<Caller, Error> {
        let app = &self.state.api.app;
        let recognised = app.recognise(self.token.as_deref(), about).await?;
        operations.viewer = operations.viewer.or(recognised.viewer.account());
        let (client, request_id) = (self.client.clone(), self.request_id.clone());
        Ok(Caller { client, request_id, ..recognised.into() })
    }

    /// Runs one operation of a batch.
    async fn operation(
        &self,
        request: async_graphql::Request,
        caller: Caller,
        operations: &mut Operations,
    ) -> Result<Outcome, Problem> {
        match self.state.api.prepare(request) {
            Ok(prepared) => {
                let prepared = self.permitted(prepared, operations)?;
                Ok(self.state.api.run(prepared, caller).await)
            }
            Err(error) => Ok(refused(error, &self.request_id)),
        }
    }

    /// An operation that this method of HTTP may execute.
    fn permitted(
        &self,
        prepared: Prepared,
        operations: &mut Operations,
    ) -> Result<Prepared, Problem> {
        operations.names.extend(prepared.name.clone());
        if self.get && prepared.kind == OperationType::Mutation {
            let message = "GET does not support mutations. Send this request with POST.";
            return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, message).allow("POST"));
        }
        Ok(prepared)
    }

    /// The response to a token that is no longer valid.
    fn turned_away(&self, error: Error, operations: &mut Operations) -> Response {
        let status = match error {
            Error::Unauthenticated => StatusCode::UNAUTHORIZED,
            Error::RateLimited(_) => StatusCode::TOO_MANY_REQUESTS,
            Error::Unavailable(..) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let outcome = refused(whole(error), &self.request_id);
        let answer = Answer::from(&outcome);
        operations.code = answer.code().map(str::to_owned);
        let media = self.accepted.of_problems();
        let mut response = respond(status, media, answer.to_json(), &outcome.http_headers);
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

fn not_acceptable(message: &str) -> Problem {
    Problem::new(StatusCode::NOT_ACCEPTABLE, message)
}

fn respond(status: StatusCode, media: Media, body: Vec<u8>, headers: &HeaderMap) -> Response {
    let mut response =
        Response::builder().status(status).header(header::CONTENT_TYPE, media.value()).body(body);
    response.headers_mut().extend(headers.clone());
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, Error::RETRY_AFTER.into());
    }
    response
}

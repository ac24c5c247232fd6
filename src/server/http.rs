//! GraphQL over HTTP (<https://graphql.github.io/graphql-over-http/draft/>).

use std::sync::Arc;

use async_graphql::{Response as Outcome, parser::types::OperationType};
use domain::Error;
use poem::{
    Endpoint, IntoResponse, Request, Response, Result,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
};

use super::{
    State,
    access::{self, Operations},
    answer::Answer,
    caller,
    media::{self, Media},
    parameters::{Batch, Parameters},
    problem::Problem,
    socket, uploads,
};
use crate::{
    auth::Client,
    graphql::{
        api::{Caller, refused},
        context::MOST_TEXT,
        error::whole,
    },
};

/// `/graphql`.
pub struct Graphql(pub Arc<State>);

impl Endpoint for Graphql {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        if socket::is_upgrade(request.headers()) {
            return Ok(socket::open(&self.0, &request).await);
        }
        let Some(media) = Media::accepted(request.headers()) else {
            let message = "Responses are application/graphql-response+json or application/json.";
            return Ok(Problem::new(StatusCode::NOT_ACCEPTABLE, message).into_response());
        };
        let get = request.method() == Method::GET;
        let files = request.method() == Method::POST
            && request.content_type().is_some_and(uploads::is_multipart);
        let batch = match files {
            true => Ok(None),
            false => self.read(&mut request).await.map(Some),
        };
        let batch = match batch {
            Ok(batch) => batch,
            Err(problem) => return Ok(problem.media(media).into_response()),
        };
        let token = caller::token(request.headers()).map(str::to_owned);
        let exchange = Exchange {
            state: &self.0,
            token: token.as_deref(),
            client: caller::client(&request, self.0.api.app.config.server.trusted_proxies),
            request_id: access::request_id(&request),
            get,
        };
        let Some(batch) = batch else {
            let (response, operations) = exchange.upload(&mut request, media).await;
            let mut response =
                response.unwrap_or_else(|problem| problem.media(media).into_response());
            response.set_data(operations);
            return Ok(response);
        };
        let (response, operations) = match batch {
            Batch::Single(parameters) => exchange.single(parameters, media).await,
            Batch::Several(batch) => exchange.several(batch, media).await,
        };
        let mut response = response.unwrap_or_else(|problem| problem.media(media).into_response());
        response.set_data(operations);
        Ok(response)
    }
}

impl Graphql {
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
    state: &'a State,
    token: Option<&'a str>,
    client: Client,
    request_id: String,
    get: bool,
}

impl Exchange<'_> {
    /// An operation with files. Nothing is read from anonymous clients, or from accounts with too
    /// many simultaneous uploads.
    async fn upload(
        &self,
        request: &mut Request,
        media: Media,
    ) -> (Result<Response, Problem>, Operations) {
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
        let account = match self.caller(&mut operations).await {
            Ok(caller) => caller.viewer.account().ok_or(Error::Unauthenticated),
            Err(error) => Err(error),
        };
        let account = match account {
            Ok(account) => account,
            Err(error) => return (Ok(self.turned_away(error, media, &mut operations)), operations),
        };
        let Some(_under_way) = app.uploads.begin(account) else {
            let message = "Too many uploads at once. Wait for one to finish.";
            let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, message);
            return (Err(problem.code("RATE_LIMITED")), operations);
        };
        match uploads::read(app, request).await {
            Ok(uploaded) => self.one(|| uploaded.into_request(), media).await,
            Err(problem) => (Err(problem), operations),
        }
    }

    async fn single(
        &self,
        parameters: Parameters,
        media: Media,
    ) -> (Result<Response, Problem>, Operations) {
        self.one(|| parameters.into_request(), media).await
    }

    async fn one(
        &self,
        request: impl FnOnce() -> Result<async_graphql::Request, Problem>,
        media: Media,
    ) -> (Result<Response, Problem>, Operations) {
        let mut operations = Operations::default();
        let outcome = match self.caller(&mut operations).await {
            Ok(caller) => match request() {
                Ok(request) => self.operation(request, caller, &mut operations).await,
                Err(problem) => Err(problem),
            },
            Err(error) => return (Ok(self.turned_away(error, media, &mut operations)), operations),
        };
        let response = outcome.map(|outcome| {
            let answer = Answer::from(&outcome);
            operations.code = answer.code().map(str::to_owned);
            respond(answer.status(media), media, answer.to_json(), &outcome.http_headers)
        });
        (response, operations)
    }

    async fn several(
        &self,
        batch: Vec<Parameters>,
        media: Media,
    ) -> (Result<Response, Problem>, Operations) {
        let mut operations = Operations::default();
        let most = usize::from(self.state.api.app.config.server.limits.max_batch);
        if batch.is_empty() || batch.len() > most {
            let message = format!("A batch must have between 1 and {most} operations.");
            let problem = Problem::bad_request(message).code("BATCH_TOO_LARGE");
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
            let outcome = match self.caller(&mut operations).await {
                Ok(_) if full => refused(whole(Error::TooMuchText(MOST_TEXT)), &self.request_id),
                Ok(caller) => match self.operation(request, caller, &mut operations).await {
                    Ok(outcome) => outcome,
                    Err(problem) => return (Err(problem), operations),
                },
                Err(error) if at == 0 => {
                    return (Ok(self.turned_away(error, media, &mut operations)), operations);
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

    /// The current viewer.
    async fn caller(&self, operations: &mut Operations) -> Result<Caller, Error> {
        let viewer = self.state.api.app.authenticate(self.token).await?;
        operations.viewer = operations.viewer.or(viewer.account());
        let (client, request_id) = (self.client.clone(), self.request_id.clone());
        Ok(Caller { viewer, client, request_id })
    }

    /// Runs one operation.
    async fn operation(
        &self,
        request: async_graphql::Request,
        caller: Caller,
        operations: &mut Operations,
    ) -> Result<Outcome, Problem> {
        let prepared = match self.state.api.prepare(request) {
            Ok(prepared) => prepared,
            Err(error) => return Ok(refused(error, &self.request_id)),
        };
        operations.names.extend(prepared.name.clone());
        if self.get && prepared.kind != OperationType::Query {
            let message = "GET supports queries only. Send this request with POST.";
            return Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, message).allow("POST"));
        }
        Ok(self.state.api.run(prepared, caller).await)
    }

    /// The response to a token that is no longer valid.
    fn turned_away(&self, error: Error, media: Media, operations: &mut Operations) -> Response {
        let status = match error {
            Error::Unauthenticated => StatusCode::UNAUTHORIZED,
            Error::RateLimited(_) => StatusCode::TOO_MANY_REQUESTS,
            Error::Unavailable(..) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let outcome = refused(whole(error), &self.request_id);
        let answer = Answer::from(&outcome);
        operations.code = answer.code().map(str::to_owned);
        let mut response = respond(status, media, answer.to_json(), &outcome.http_headers);
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
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

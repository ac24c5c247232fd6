//! Requests that are rejected before there is an operation.

use domain::Error;
use poem::{
    IntoResponse, Response,
    error::{MethodNotAllowedError, NotFoundError},
    http::{HeaderValue, StatusCode, header},
};
use serde_json::json;

use super::{access::Refusal, media::Media};
use crate::graphql::error::ErrorCode;

/// Why a request is rejected; clients read it as a GraphQL response.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: ErrorCode,
    message: String,
    media: Media,
    allow: &'static str,
}

impl Problem {
    /// A problem with the code that matches its status.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let code = match status {
            StatusCode::NOT_FOUND => ErrorCode::NotFound,
            StatusCode::FORBIDDEN => ErrorCode::Forbidden,
            StatusCode::METHOD_NOT_ALLOWED => ErrorCode::MethodNotAllowed,
            StatusCode::NOT_ACCEPTABLE => ErrorCode::NotAcceptable,
            StatusCode::REQUEST_TIMEOUT => ErrorCode::Timeout,
            StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::PayloadTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => ErrorCode::UnsupportedMediaType,
            StatusCode::SERVICE_UNAVAILABLE => ErrorCode::Unavailable,
            status if status.is_server_error() => ErrorCode::InternalServerError,
            _ => ErrorCode::BadRequest,
        };
        Self { status, code, message: message.into(), media: Media::Json, allow: "GET, POST" }
    }

    /// The request is malformed.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// An internal error; the details are in the log.
    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "An internal error occurred.")
    }

    /// What prevented a request from being processed; the details are in the log.
    pub fn from_fault(error: impl Into<Error>, what: &str) -> Self {
        match error.into() {
            error @ Error::Unavailable(..) => {
                tracing::warn!(?error, "{what}");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, error.to_string())
            }
            error => {
                tracing::error!(?error, "{what}");
                Self::internal()
            }
        }
    }

    /// The routes' error for a request that none of them accepts.
    pub fn from_error(error: &poem::Error) -> Self {
        if error.is::<NotFoundError>() {
            Self::new(
                StatusCode::NOT_FOUND,
                "There is nothing at this address. The API is at /graphql.",
            )
        } else if error.is::<MethodNotAllowedError>() {
            Self::new(StatusCode::METHOD_NOT_ALLOWED, "This method is not allowed here.")
        } else if error.status().is_client_error() {
            Self::new(error.status(), "The request could not be understood.")
        } else {
            tracing::error!(%error, "request failed");
            Self::internal()
        }
    }

    /// Sets another code.
    pub fn code(self, code: ErrorCode) -> Self {
        Self { code, ..self }
    }

    /// Sets other allowed methods.
    pub fn allow(self, allow: &'static str) -> Self {
        Self { allow, ..self }
    }

    /// Sets the media type that the client requested.
    pub fn media(self, media: Media) -> Self {
        Self { media, ..self }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let error = json!({ "message": self.message, "extensions": { "code": self.code.name() } });
        let mut response = Response::builder()
            .status(self.status)
            .header(header::CONTENT_TYPE, self.media.value())
            .body(json!({ "errors": [error] }).to_string());
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(self.allow));
        }
        let again = [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS];
        if again.contains(&self.status) {
            response.headers_mut().insert(header::RETRY_AFTER, Error::RETRY_AFTER.into());
        }
        response.set_data(Refusal(self.code.name()));
        response
    }
}

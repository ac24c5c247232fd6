//! The codes by which clients tell errors apart.

use async_graphql::{Enum, resolver_utils::EnumType};

/// The code of an error: `extensions.code` of each entry of `errors`. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ErrorCode {
    /// The request is anonymous, or the session has ended: sign in again.
    Unauthenticated,
    /// The sign-in name or password is incorrect, or the e-mail address has not been verified.
    InvalidCredentials,
    /// The object does not exist or is not visible to the viewer; the two cases are indistinguishable.
    NotFound,
    /// The viewer can see the object but may not do this; `reason` says why.
    Forbidden,
    /// The current state does not allow this; `reason` says why.
    Conflict,
    /// The input is invalid; `problems` lists what is wrong with which field, each with a `ProblemCode`.
    BadUserInput,
    /// Too many wrong passwords, requested mails, messages, exports or lookups; `retryAfter` is the
    /// time to wait, in seconds.
    RateLimited,
    /// The operation took too long and was cancelled. Uncommitted changes were rolled back.
    Timeout,
    /// The database or the media storage cannot be reached or is too busy, or the disk is full;
    /// `retryAfter` is the time to wait, in seconds.
    Unavailable,
    /// An error on the server's side; the log contains its cause under `requestId`.
    InternalServerError,
    /// The document is not valid GraphQL.
    GraphqlParseFailed,
    /// The document or its variables do not match the schema.
    GraphqlValidationFailed,
    /// The document requests too much; `limit` names the limit exceeded.
    QueryTooComplex,
    /// The server executes only registered documents, and this is none of them.
    DocumentNotTrusted,
    /// The server does not know this hash, or this `documentId`: send the hash together with the query.
    PersistedQueryNotFound,
    /// There are too many operations on the WebSocket, or subscriptions of the account over HTTP.
    TooManyOperations,
    /// The request is not a GraphQL request.
    BadRequest,
    /// The batch is empty or contains too many operations.
    BatchTooLarge,
    /// Queries and subscriptions must use GET or POST, and mutations POST.
    MethodNotAllowed,
    /// The client accepts no media type of responses, or none that can carry this one.
    NotAcceptable,
    /// The body is too large.
    PayloadTooLarge,
    /// The body is not `application/json` in UTF-8.
    UnsupportedMediaType,
}

impl ErrorCode {
    /// All codes.
    pub fn all() -> Vec<Self> {
        Self::items().iter().map(|item| item.value).collect()
    }

    /// The code as clients see it: `NOT_FOUND`.
    pub fn name(self) -> &'static str {
        Self::items().iter().find(|item| item.value == self).map_or("", |item| item.name)
    }
}

//! What clients learn about an error: a code and its extensions. `docs/errors.md` lists them.

use std::{mem, sync::Arc};

use async_graphql::{ErrorExtensionValues, Name, Response, ServerError, Value};
use domain::{
    Error, Reason,
    error::{Problem, causes},
};
use metrics::counter;

use sea_orm::DbErr;

mod code;
mod sift;

pub use code::ErrorCode;
pub use sift::sift;

/// What a client learns about an internal error.
const OURS: &str = "An internal error occurred.";

/// The longest message of an error, in characters: it may repeat a name that the client made long.
const MAX_MESSAGE: usize = 1000;

/// Why a request is not executed: one or several errors.
#[derive(Debug)]
pub struct Refusal(pub Vec<ServerError>);

impl Refusal {
    /// Refuses if there are errors.
    pub fn unless_empty(errors: Vec<ServerError>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }
}

impl From<ServerError> for Refusal {
    fn from(error: ServerError) -> Self {
        Self(vec![error])
    }
}

/// The code of an error that has been described.
pub fn code(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        _ => None,
    }
}

/// An error with its own code, raised before anything is executed.
pub fn refuse(code: ErrorCode, message: impl Into<String>) -> ServerError {
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", code.name());
    ServerError { extensions: Some(extensions), ..ServerError::new(message, None) }
}

/// A document that costs `cost` in terms of the limit `name`, whose maximum is `most`; `cost` is
/// `None` if it was not counted to the end.
pub fn too_complex(name: &str, cost: Option<usize>, most: usize) -> ServerError {
    let has = cost.map_or_else(|| "more".to_owned(), |cost| cost.to_string());
    let message =
        format!("The query is too complex ({name}: {has}, maximum: {most}). {}", advice(name));
    let mut error = refuse(ErrorCode::QueryTooComplex, message);
    if let Some(extensions) = &mut error.extensions {
        extensions.set("limit", name);
        extensions.set("most", most);
        if let Some(cost) = cost {
            extensions.set("cost", cost);
        }
    }
    error
}

fn advice(limit: &str) -> &'static str {
    match limit {
        "complexity" => "Request fewer rows with `first`, or fewer nested lists.",
        "introspection" => "Request the types of fields by their names, with `__type`.",
        "depth" | "nesting" => "Request deeper objects by their own IDs.",
        _ => "Request less at once.",
    }
}

/// An error of the whole operation.
pub fn whole(cause: Error) -> ServerError {
    let message = cause.to_string();
    ServerError { source: Some(Arc::new(cause)), ..ServerError::new(message, None) }
}

/// Whether a response contains an internal error that may be temporary, so that retrying may
/// succeed.
pub fn is_passing(answer: &Response) -> bool {
    answer.errors.iter().any(|error| match error.source::<Error>() {
        Some(cause) => cause.is_passing(),
        // A foreign error, as in `describe`.
        None => error.source.is_some() && error.source::<&'static str>().is_none(),
    })
}

/// Adds the code by which clients distinguish errors; logs internal errors under `request_id`.
///
/// Every error of every response passes through here once, after execution.
pub fn describe(error: &mut ServerError, request_id: &str) {
    let mut extensions = error.extensions.take().unwrap_or_default();
    match error.source::<Error>() {
        Some(cause) => tell(cause, &mut extensions, request_id, &error.path),
        // A foreign error, such as one of the database: clients do not see its text.
        None if error.source.is_some() && error.source::<&'static str>().is_none() => {
            let text = mem::replace(&mut error.message, OURS.into());
            let cause = match error.source::<DbErr>() {
                Some(cause) => Error::from(cause.clone()),
                None => Error::internal(text),
            };
            error.message = cause.to_string();
            tell(&cause, &mut extensions, request_id, &error.path);
        }
        // What async-graphql itself rejects: arguments during execution, documents before.
        None if extensions.get("code").is_none() => {
            error.message = plain(&error.message).to_owned();
            let code = match error.path.is_empty() {
                true => ErrorCode::GraphqlValidationFailed,
                false => ErrorCode::BadUserInput,
            };
            extensions.set("code", code.name());
        }
        None => {}
    }
    if let Some((end, _)) = error.message.char_indices().nth(MAX_MESSAGE) {
        error.message.replace_range(end.., "…");
    }
    error.extensions = Some(extensions);
}

/// What a scalar says about a value, without the types in which async-graphql wraps it: `Failed to
/// parse "ID": … (occurred while parsing "EditPageInput")`.
fn plain(message: &str) -> &str {
    let said = message.strip_prefix("Failed to parse \"").and_then(|rest| rest.split_once("\": "));
    let said = said.map_or(message, |(_, said)| said);
    said.split_once(" (occurred while parsing \"").map_or(said, |(said, _)| said)
}

fn tell(
    cause: &Error,
    extensions: &mut ErrorExtensionValues,
    request_id: &str,
    path: &[async_graphql::PathSegment],
) {
    let code = match cause {
        Error::Unauthenticated => ErrorCode::Unauthenticated,
        Error::InvalidCredentials => ErrorCode::InvalidCredentials,
        Error::NotFound(_) => ErrorCode::NotFound,
        Error::Forbidden(reason) => {
            extensions.set("reason", reason.to_value_name());
            ErrorCode::Forbidden
        }
        Error::Conflict(reason) => {
            extensions.set("reason", reason.to_value_name());
            ErrorCode::Conflict
        }
        Error::Stale(newer) => {
            extensions.set("reason", Reason::Stale.to_value_name());
            extensions.set("version", newer.version);
            extensions.set("title", newer.title.as_str());
            if let Some(text) = &newer.text {
                extensions.set("text", text.as_str());
            }
            ErrorCode::Conflict
        }
        Error::NoConsent(members) => {
            extensions.set("reason", Reason::ConsentMissing.to_value_name());
            let members = members.iter().map(|id| Value::from(id.to_string())).collect();
            extensions.set("memberIds", Value::List(members));
            ErrorCode::Conflict
        }
        Error::TooMuchText(most) => {
            extensions.set("limit", "bytes of text");
            extensions.set("most", *most);
            ErrorCode::QueryTooComplex
        }
        Error::Invalid(problems) => {
            if let Some(first) = problems.first() {
                extensions.set("field", first.field.as_str());
            }
            let problems = problems.iter().map(|Problem { field, flaw }| {
                let (min, max) = flaw.range();
                let told = [
                    ("field", Some(field.as_str().into())),
                    ("code", Some(flaw.code().name().into())),
                    ("message", Some(flaw.message().as_ref().into())),
                    ("max", max.map(Value::from)),
                    ("min", min.map(Value::from)),
                ];
                let told = told.into_iter();
                Value::Object(told.filter_map(|(key, it)| Some((Name::new(key), it?))).collect())
            });
            extensions.set("problems", Value::List(problems.collect()));
            ErrorCode::BadUserInput
        }
        Error::RateLimited(after) => {
            extensions.set("retryAfter", after.as_secs().max(1));
            ErrorCode::RateLimited
        }
        Error::Unavailable(_, cause) => {
            tracing::warn!(request_id, cause = causes(&**cause), ?path, "unavailable");
            extensions.set("retryAfter", Error::RETRY_AFTER);
            ErrorCode::Unavailable
        }
        Error::Internal(cause) => {
            tracing::error!(request_id, cause = causes(&**cause), ?path, "internal error");
            counter!("twinspace_internal_errors_total").increment(1);
            extensions.set("requestId", request_id);
            ErrorCode::InternalServerError
        }
    };
    extensions.set("code", code.name());
}

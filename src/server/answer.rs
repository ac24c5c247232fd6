//! How the result of an operation is serialised.

use std::collections::BTreeMap;

use async_graphql::{Response, ServerError, Value};
use poem::http::StatusCode;
use serde::Serialize;

use super::media::Media;
use crate::graphql::{
    error::{ErrorCode, code},
    json::{Json, write},
};

/// The result of an operation, without `data` if nothing was executed.
#[derive(Debug, Serialize)]
pub struct Answer<'a> {
    /// What went wrong.
    #[serde(skip_serializing_if = "<[ServerError]>::is_empty")]
    pub errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Json<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    extensions: &'a BTreeMap<String, Value>,
}

impl<'a> From<&'a Response> for Answer<'a> {
    fn from(response: &'a Response) -> Self {
        let Response { data, errors, extensions, .. } = response;
        let executed = *data != Value::Null
            || errors.is_empty()
            || errors.iter().any(|error| !error.path.is_empty());
        Self { errors, data: executed.then_some(Json(data)), extensions }
    }
}

impl<'a> Answer<'a> {
    /// The errors of a request that was not executed.
    pub fn refusal(&self) -> Option<&'a [ServerError]> {
        self.data.is_none().then_some(self.errors)
    }

    /// The code of the first error.
    pub fn code(&self) -> Option<&'a str> {
        code(self.errors.first()?)
    }

    /// The matching HTTP status.
    pub fn status(&self, media: Media) -> StatusCode {
        // If there is nothing else in the response, proxies and clients learn it too.
        let is = |code: ErrorCode| self.code() == Some(code.name());
        if is(ErrorCode::Unavailable) && self.data.is_none_or(|Json(data)| *data == Value::Null) {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        if self.data.is_some() {
            return StatusCode::OK;
        }
        match media {
            _ if is(ErrorCode::InternalServerError) => StatusCode::INTERNAL_SERVER_ERROR,
            _ if is(ErrorCode::Timeout) => StatusCode::SERVICE_UNAVAILABLE,
            Media::Graphql => StatusCode::BAD_REQUEST,
            Media::Json => StatusCode::OK,
        }
    }

    /// As JSON.
    pub fn to_json(&self) -> Vec<u8> {
        match self {
            Self { errors: [], data: Some(Json(data)), extensions } if extensions.is_empty() => {
                let mut json = Vec::from(br#"{"data":"#);
                write(&mut json, data);
                json.push(b'}');
                json
            }
            _ => serde_json::to_vec(self).expect("a GraphQL answer has only strings as keys"),
        }
    }
}

//! What a client sends: the query and its parameters.

use std::collections::HashMap;

use async_graphql::{Request, Value, Variables};
use poem::Body;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _},
};
use serde_json::Value as Json;

use super::problem::Problem;
use crate::graphql::{document::PERSISTED_QUERY, trusted::DOCUMENT_ID};

/// An operation, as in JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameters {
    query: Option<String>,
    /// Relay's clients usually name it in one of the other ways.
    #[serde(alias = "doc_id", alias = "id")]
    document_id: Option<String>,
    operation_name: Option<String>,
    variables: Option<Variables>,
    extensions: Option<HashMap<String, Value>>,
}

/// One operation, or several in order.
#[derive(Debug)]
pub enum Batch {
    /// A single one, answered with an object.
    Single(Parameters),
    /// Several, answered with a list.
    Several(Vec<Parameters>),
}

impl<'de> Deserialize<'de> for Batch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Json::deserialize(deserializer)? {
            Json::Array(items) => items
                .into_iter()
                .map(Parameters::from_json)
                .collect::<Result<_, _>>()
                .map(Self::Several),
            single => Parameters::from_json(single).map(Self::Single),
        }
        .map_err(D::Error::custom)
    }
}

/// An operation, as in the query of a URL: objects are JSON.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Address {
    query: Option<String>,
    #[serde(alias = "doc_id", alias = "id")]
    document_id: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

impl Parameters {
    /// Reads an object; a list of the same values is not one.
    pub fn from_json(json: Json) -> Result<Self, serde_json::Error> {
        match json {
            Json::Object(_) => serde_json::from_value(json),
            _ => Err(serde_json::Error::custom("not an object")),
        }
    }

    /// Reads the parameters from a URL.
    pub fn from_address(request: &poem::Request) -> Result<Self, Problem> {
        let address: Address = request.params().map_err(|_| {
            Problem::bad_request(
                "The URL does not contain a readable query, variables and extensions.",
            )
        })?;
        Ok(Self {
            query: address.query,
            document_id: address.document_id,
            operation_name: address.operation_name,
            variables: object("variables", address.variables)?,
            extensions: object("extensions", address.extensions)?,
        })
    }

    /// The request, which has a query or refers to one by its ID or hash.
    pub fn into_request(self) -> Result<Request, Problem> {
        let mut extensions = self.extensions.unwrap_or_default();
        let query = self.query.unwrap_or_default();
        // Only the parameter of this name counts.
        extensions.remove(DOCUMENT_ID);
        if let Some(id) = self.document_id {
            extensions.insert(DOCUMENT_ID.to_owned(), id.into());
        } else if query.is_empty() && !extensions.contains_key(PERSISTED_QUERY) {
            return Err(Problem::bad_request("The request has no query."));
        }
        let mut request = Request::new(query).variables(self.variables.unwrap_or_default());
        request.operation_name = self.operation_name.filter(|name| !name.is_empty());
        request.extensions.0 = extensions;
        Ok(request)
    }
}

fn object<T: DeserializeOwned>(name: &str, text: Option<String>) -> Result<Option<T>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|_| Problem::bad_request(format!("The parameter {name} is not a JSON object.")))
}

impl Batch {
    /// Reads a body of at most `most` bytes.
    pub async fn from_body(body: Body, most: usize) -> Result<Self, Problem> {
        use poem::{error::ReadBodyError, http::StatusCode};

        let bytes = body.into_bytes_limit(most).await.map_err(|error| match error {
            ReadBodyError::PayloadTooLarge => Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("The body must have at most {most} bytes."),
            ),
            _ => Problem::bad_request("The body ended prematurely."),
        })?;
        Self::from_slice(&bytes)
    }

    /// Reads JSON.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Problem> {
        // Some editors and languages write a byte order mark, which is meaningless in UTF-8.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes)
            .map_err(|_| Problem::bad_request("The body is not valid UTF-8, as JSON must be."))?;
        // UTF-16 without a mark is also valid UTF-8, with a NUL byte next to each letter.
        if text.contains('\0') {
            return Err(Problem::bad_request("The body is not valid UTF-8, as JSON must be."));
        }
        serde_json::from_str(text).map_err(|_| {
            Problem::bad_request("The body is not a GraphQL request: { query, variables, … }.")
        })
    }
}

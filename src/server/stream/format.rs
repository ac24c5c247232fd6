//! How responses are written one after the other in one body.

use async_graphql::ServerError;
use poem::http::HeaderValue;
use serde::Serialize;

use crate::server::answer::Answer;

/// A media type whose body is a sequence of responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `text/event-stream`: GraphQL over SSE, in distinct connections mode
    /// (<https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>).
    Events,
    /// `multipart/mixed;subscriptionSpec=1.0`, as Apollo's clients expect it
    /// (<https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol>).
    Parts,
}

/// The content of a part: a response, or errors of the connection without one.
#[derive(Serialize)]
struct Part<'a> {
    payload: Option<&'a Answer<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<&'a [ServerError]>,
}

impl Format {
    /// The value of `Content-Type`.
    pub fn value(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Events => "text/event-stream; charset=utf-8",
            Self::Parts => r#"multipart/mixed;boundary="graphql";subscriptionSpec="1.0""#,
        })
    }

    /// What a body begins with. A comment makes browsers notice that it has begun.
    pub fn opening(self) -> String {
        match self {
            Self::Events => ":\n\n",
            Self::Parts => "\r\n--graphql",
        }
        .to_owned()
    }

    /// A response.
    pub fn next(self, answer: &Answer<'_>) -> String {
        match self {
            // JSON contains no line breaks.
            Self::Events => format!("event: next\ndata: {}\n\n", json(answer)),
            Self::Parts => part(&json(&Part { payload: Some(answer), errors: None })),
        }
    }

    /// Nothing, to keep the connection open.
    pub fn heartbeat(self) -> String {
        match self {
            Self::Events => self.opening(),
            Self::Parts => part("{}"),
        }
    }

    /// The end of a body that is complete.
    pub fn complete(self) -> String {
        match self {
            // Browsers ignore an event without data.
            Self::Events => "event: complete\ndata:\n\n",
            Self::Parts => "--\r\n",
        }
        .to_owned()
    }

    /// The end of a body that is not complete, because of these errors. Clients of event streams
    /// connect again if one ends without `complete`; the protocol cannot say why.
    pub fn failure(self, answer: &Answer<'_>) -> String {
        match self {
            Self::Events => String::new(),
            Self::Parts => {
                let errors = Some(answer.errors);
                part(&json(&Part { payload: None, errors })) + &self.complete()
            }
        }
    }
}

/// A part, and the boundary after it: clients read a part when they have seen where it ends.
fn part(content: &str) -> String {
    format!("\r\ncontent-type: application/json\r\n\r\n{content}\r\n--graphql")
}

fn json(content: &impl Serialize) -> String {
    serde_json::to_string(content).expect("a GraphQL answer has only strings as keys")
}

//! Which websites may read the responses.

use std::sync::Arc;

use poem::{
    Endpoint, IntoResponse, Request, Response, Result,
    http::{HeaderValue, Method, StatusCode, header},
};

use crate::config::origin::Origin;

/// The websites that may, in addition to the server's own pages.
#[derive(Clone, Debug)]
pub struct Cors(Arc<[Origin]>);

impl Cors {
    /// Lets the pages of `origins` read the responses.
    pub fn new(origins: &[Origin]) -> Self {
        Self(origins.into())
    }

    /// Answers preflight requests, and adds to other responses who may read them. Nothing is
    /// rejected here: the browser does that, and without cookies a request is never made on behalf
    /// of the user.
    pub async fn apply<E: Endpoint>(self, endpoint: Arc<E>, request: Request) -> Result<Response> {
        let origin = request.headers().get(header::ORIGIN).cloned();
        let allowed = origin.filter(|_| allows(&self.0, &request));
        let preflight = request.method() == Method::OPTIONS
            && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
        let mut response = if preflight {
            StatusCode::NO_CONTENT.into_response()
        } else {
            endpoint.get_response(request).await
        };
        let headers = response.headers_mut();
        headers.append(header::VARY, HeaderValue::from_static("origin"));
        let Some(origin) = allowed else { return Ok(response) };
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if preflight {
            for (name, value) in [
                (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
                (
                    header::ACCESS_CONTROL_ALLOW_HEADERS,
                    "authorization, content-type, graphql-preflight, apollo-require-preflight, \
                     x-request-id, traceparent, tracestate",
                ),
                (header::ACCESS_CONTROL_MAX_AGE, "7200"),
            ] {
                headers.insert(name, HeaderValue::from_static(value));
            }
        } else {
            let exposed = HeaderValue::from_static("retry-after, x-request-id, traceparent");
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
        }
        Ok(response)
    }
}

/// Whether the page that sends a request, if it is one, may do so.
pub fn allows(origins: &[Origin], request: &Request) -> bool {
    let Some(origin) = request.headers().get(header::ORIGIN) else { return true };
    // HTTP/2 has the host in the URI.
    let host = request
        .header(header::HOST)
        .or_else(|| request.uri().authority().map(poem::http::uri::Authority::as_str));
    origin.to_str().is_ok_and(|origin| Origin::allows(origins, origin, host))
}

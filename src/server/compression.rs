//! Compression of responses, for clients that accept it.

use std::sync::Arc;

use poem::{
    Body, Endpoint, IntoResponse, Request, Response, Result,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    web::{Compress, CompressionAlgo, CompressionLevel},
};

/// The minimum number of bytes worth compressing.
const WORTHWHILE: usize = 1024;

/// Marks a response that is sent as it is, because it is streamed from the store.
#[derive(Clone, Copy, Debug)]
pub struct AsItIs;

/// Compresses a response that is long enough. All others are in memory when they get here.
pub async fn compress<E: Endpoint>(endpoint: Arc<E>, request: Request) -> Result<Response> {
    let algorithm = accepted(request.headers());
    let mut response = endpoint.get_response(request).await;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS || response.data::<AsItIs>().is_some() {
        return Ok(response);
    }
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
    let Some(algorithm) = algorithm else { return Ok(response) };
    // The playground's files are already compressed.
    if response.headers().contains_key(header::CONTENT_ENCODING) {
        return Ok(response);
    }
    let body = response.take_body().into_bytes().await?;
    let long = body.len() >= WORTHWHILE;
    response.set_body(Body::from_bytes(body));
    if !long {
        return Ok(response);
    }
    Ok(Compress::new(response, algorithm).with_quality(CompressionLevel::Fastest).into_response())
}

/// The best algorithm that a client accepts.
fn accepted(headers: &HeaderMap) -> Option<CompressionAlgo> {
    let takes = |name: &str| {
        headers
            .get_all(header::ACCEPT_ENCODING)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|coding| {
                let mut parts = coding.split(';').map(str::trim);
                parts.next().is_some_and(|coding| coding.eq_ignore_ascii_case(name))
                    && !parts.any(|part| {
                        part.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0_f32))
                    })
            })
    };
    if takes("br") {
        Some(CompressionAlgo::BR)
    } else if takes("gzip") {
        Some(CompressionAlgo::GZIP)
    } else {
        None
    }
}

//! The media type of responses.

use poem::http::{HeaderMap, HeaderValue, header};

/// The media type of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// `application/json`: the status describes only the transport.
    Json,
    /// `application/graphql-response+json`: the status also describes the request.
    Graphql,
}

impl Media {
    /// The value of `Content-Type`.
    pub fn value(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Json => "application/json; charset=utf-8",
            Self::Graphql => "application/graphql-response+json; charset=utf-8",
        })
    }

    /// The media type that the client prefers; `None` if it accepts neither.
    pub fn accepted(headers: &HeaderMap) -> Option<Self> {
        let mut ranges = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .peekable();
        if ranges.peek().is_none() {
            return Some(Self::Json);
        }
        let mut best = None;
        for (quality, precision, media) in ranges.filter_map(range) {
            if best.is_none_or(|(q, p, _)| (quality, precision) > (q, p)) {
                best = Some((quality, precision, media));
            }
        }
        best.map(|(_, _, media)| media)
    }
}

/// One range of an `Accept` header: its quality, its precision, and its meaning.
fn range(range: &str) -> Option<(f32, u8, Media)> {
    let mut parts = range.split(';').map(str::trim);
    let (media, precision) = match parts.next()?.to_ascii_lowercase().as_str() {
        "application/graphql-response+json" => (Media::Graphql, 2),
        "application/json" => (Media::Json, 2),
        "application/*" => (Media::Json, 1),
        "*/*" => (Media::Json, 0),
        _ => return None,
    };
    let mut quality = 1.0;
    for part in parts {
        match part.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("q") => {
                quality = value.parse().ok()?;
            }
            Some((name, value)) if name.eq_ignore_ascii_case("charset") && !is_utf8(value) => {
                return None;
            }
            _ => {}
        }
    }
    (quality > 0.0).then_some((quality, precision, media))
}

/// Whether a body with this `Content-Type` is JSON in UTF-8.
pub fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
        && parts.all(|part| match part.split_once('=') {
            Some((name, value)) => !name.eq_ignore_ascii_case("charset") || is_utf8(value),
            None => true,
        })
}

fn is_utf8(charset: &str) -> bool {
    charset.trim_matches('"').eq_ignore_ascii_case("utf-8")
}

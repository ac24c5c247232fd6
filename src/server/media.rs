//! The media type of responses.

use poem::http::{HeaderMap, HeaderValue, header};

use super::stream::Format;

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
}

/// What a client accepts.
#[derive(Clone, Copy, Debug)]
pub struct Accepted {
    /// The media type that it prefers for a single response.
    pub media: Option<Media>,
    /// The format that it prefers for several.
    pub stream: Option<Format>,
}

impl Accepted {
    /// What a request accepts; `None` if nothing of it exists.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut ranges = headers
            .get_all(header::ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .peekable();
        if ranges.peek().is_none() {
            return Some(Self { media: Some(Media::Json), stream: None });
        }
        let (mut media, mut stream) = (Best(None), Best(None));
        for range in ranges.filter_map(range) {
            match range.kind {
                Kind::Media(kind) => media.meet(range.quality, range.precision, kind),
                Kind::Stream(kind) => stream.meet(range.quality, range.precision, kind),
            }
        }
        let accepted = Self { media: media.kind(), stream: stream.kind() };
        (accepted.media.is_some() || accepted.stream.is_some()).then_some(accepted)
    }

    /// The media type of a request that is rejected.
    pub fn of_problems(self) -> Media {
        self.media.unwrap_or(Media::Json)
    }
}

/// The best of the ranges so far; of equal ones, the first.
struct Best<K>(Option<(f32, u8, K)>);

impl<K> Best<K> {
    fn meet(&mut self, quality: f32, precision: u8, kind: K) {
        if self.0.as_ref().is_none_or(|(q, p, _)| (quality, precision) > (*q, *p)) {
            self.0 = Some((quality, precision, kind));
        }
    }

    fn kind(self) -> Option<K> {
        self.0.map(|(_, _, kind)| kind)
    }
}

/// One range of an `Accept` header.
struct Range {
    quality: f32,
    precision: u8,
    kind: Kind,
}

enum Kind {
    Media(Media),
    Stream(Format),
}

fn range(range: &str) -> Option<Range> {
    let mut parts = range.split(';').map(str::trim);
    let essence = parts.next()?.to_ascii_lowercase();
    let (kind, precision) = match essence.as_str() {
        "application/graphql-response+json" => (Kind::Media(Media::Graphql), 2),
        "application/json" => (Kind::Media(Media::Json), 2),
        "application/*" => (Kind::Media(Media::Json), 1),
        "*/*" => (Kind::Media(Media::Json), 0),
        "text/event-stream" => (Kind::Stream(Format::Events), 2),
        "multipart/mixed" => (Kind::Stream(Format::Parts), 2),
        _ => return None,
    };
    let mut quality = 1.0;
    // Others send several parts for something else.
    let mut subscribes = essence != "multipart/mixed";
    for (name, value) in parts.filter_map(|part| part.split_once('=')) {
        let value = value.trim_matches('"');
        match name.to_ascii_lowercase().as_str() {
            "q" => quality = value.parse().ok()?,
            "charset" if !is_utf8(value) => return None,
            "subscriptionspec" => subscribes = matches!(value, "1.0" | "1"),
            _ => {}
        }
    }
    (quality > 0.0 && subscribes).then_some(Range { quality, precision, kind })
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

//! Downloads of media, through links that expire (T-03).
//!
//! This is an entrance besides GraphQL, so it uses the same permission table. Whatever is wrong
//! with a link, the response is the same as for something that does not exist.

use std::{fmt::Write, ops::Range, sync::Arc};

use domain::{Error, clock, inside::media};
use entity::{Kind, MediaId};
use poem::{
    Body, Endpoint, IntoResponse, Request, Response, Result,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
};

use super::{State, compression::AsItIs, problem::Problem};
use crate::{
    app::App,
    media::{
        link::To,
        name::{extension, stem},
    },
};

/// `/media/ID` and `/media/ID/thumbnail`, with the query of a link.
pub struct Downloads(pub Arc<State>, pub To);

impl Endpoint for Downloads {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let message = "Media must be downloaded with GET.";
            let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, message).allow("GET, HEAD");
            return Ok(problem.into_response());
        }
        let app = &self.0.api.app;
        let answered = match find(app, self.1, &request).await {
            Ok(Some(object)) => match object.answer(app, &request).await {
                Err(Error::NotFound(_)) => gone(app, self.1, &request, &object.key).await,
                answered => answered,
            },
            Ok(None) => {
                let message = "There is no such file, or the link has expired. Request a new one.";
                Ok(Problem::new(StatusCode::NOT_FOUND, message).into_response())
            }
            Err(error) => Err(error),
        };
        Ok(answered.unwrap_or_else(|error| {
            Problem::from_fault(error, "a download failed").into_response()
        }))
    }
}

/// The response if media exists but its file is missing.
async fn gone(app: &App, to: To, request: &Request, key: &str) -> domain::Result<Response> {
    // Unless it has just been deleted, the operator should know.
    if find(app, to, request).await?.is_some() {
        app.storage.miss(key);
    }
    let message = "The file is lost. The server's operator may have a copy.";
    Ok(Problem::new(StatusCode::NOT_FOUND, message).into_response())
}

/// The target of a link.
struct Object {
    key: String,
    /// The size; unknown for thumbnails, which are small and sent whole.
    bytes: Option<u64>,
    etag: String,
    content_type: String,
    disposition: String,
}

/// The target of a link, given its owner's current access: one statement.
async fn find(app: &App, to: To, request: &Request) -> domain::Result<Option<Object>> {
    let Some(id) = request.raw_path_param("id").and_then(MediaId::read) else { return Ok(None) };
    let query: Vec<(String, String)> = request.params().unwrap_or_default();
    let Some(account) = app.links.check(to, id.0, &query, clock::now()) else { return Ok(None) };
    let Some(opened) = media::open(app.db.read(), id, account).await? else { return Ok(None) };
    if !policy::sees_media(opened.state, opened.role, Some(opened.kind), opened.hidden) {
        return Ok(None);
    }
    let media = opened.media;
    Ok(match to {
        To::Media => media.object_key.map(|key| Object {
            key,
            bytes: Some(media.bytes.unsigned_abs()),
            etag: format!("\"{}\"", media.sha256),
            disposition: disposition(&media.title, &media.content_type),
            content_type: media.content_type,
        }),
        To::Thumbnail => media.thumbnail_key.map(|key| Object {
            key,
            bytes: None,
            etag: format!("\"{}-small\"", media.sha256),
            disposition: "inline".into(),
            content_type: "image/jpeg".into(),
        }),
        // Photos of people have their own entrance.
        To::Picture => None,
    })
}

impl Object {
    async fn answer(&self, app: &App, request: &Request) -> domain::Result<Response> {
        let headers = request.headers();
        let response = Response::builder()
            .header(header::ETAG, &self.etag)
            // Cached, but revalidated each time.
            .header(header::CACHE_CONTROL, "private, no-cache")
            .header(header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'")
            // Pages on other origins may show it: whoever has the link may see it.
            .header("Cross-Origin-Resource-Policy", "cross-origin")
            .header(header::REFERRER_POLICY, "no-referrer")
            .header(header::CONTENT_DISPOSITION, &self.disposition);
        let mut response = response.content_type(&self.content_type).finish();
        response.set_data(AsItIs);
        if has_tag(headers, header::IF_NONE_MATCH, &self.etag) {
            response.set_status(StatusCode::NOT_MODIFIED);
            return Ok(response);
        }
        let head = request.method() == Method::HEAD;
        let Some(bytes) = self.bytes else {
            let bytes = if head {
                app.storage.size(&self.key).await?
            } else {
                let (bytes, content) = app.storage.read_whole(&self.key).await?;
                response.set_body(Body::from_bytes_stream(content));
                bytes
            };
            set(&mut response, header::CONTENT_LENGTH, &bytes.to_string());
            return Ok(response);
        };
        set(&mut response, header::ACCEPT_RANGES, "bytes");
        let whole = 0..bytes;
        let range = match wanted(headers, &self.etag, bytes) {
            Wanted::Whole => whole,
            Wanted::Part(range) => {
                response.set_status(StatusCode::PARTIAL_CONTENT);
                let of = format!("bytes {}-{}/{bytes}", range.start, range.end - 1);
                set(&mut response, header::CONTENT_RANGE, &of);
                range
            }
            Wanted::Nothing => {
                response.set_status(StatusCode::RANGE_NOT_SATISFIABLE);
                set(&mut response, header::CONTENT_RANGE, &format!("bytes */{bytes}"));
                app.storage.find(&self.key, bytes).await?;
                return Ok(response);
            }
        };
        set(&mut response, header::CONTENT_LENGTH, &(range.end - range.start).to_string());
        if head {
            app.storage.find(&self.key, bytes).await?;
        } else {
            let content = app.storage.read(&self.key, bytes, range).await?;
            response.set_body(Body::from_bytes_stream(content));
        }
        Ok(response)
    }
}

fn set(response: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Whether a list of entity tags contains this one, or is `*`.
pub(super) fn has_tag(headers: &HeaderMap, name: header::HeaderName, etag: &str) -> bool {
    let lines = headers.get_all(name);
    let mut tags = lines.iter().filter_map(|line| line.to_str().ok()).flat_map(|l| l.split(','));
    tags.any(|tag| matches!(tag.trim(), "*") || tag.trim().trim_start_matches("W/") == etag)
}

/// How much of an object is requested.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    Part(Range<u64>),
    /// A part that does not exist.
    Nothing,
}

/// A single range is returned by itself; for several ranges, or an invalid one, the whole is
/// returned.
fn wanted(headers: &HeaderMap, etag: &str, bytes: u64) -> Wanted {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let Some(range) = text(header::RANGE) else { return Wanted::Whole };
    if text(header::IF_RANGE).is_some_and(|tag| tag.trim() != etag) {
        return Wanted::Whole;
    }
    let Some((from, to)) = range
        .trim()
        .strip_prefix("bytes=")
        .filter(|range| !range.contains(','))
        .and_then(|range| range.split_once('-'))
    else {
        return Wanted::Whole;
    };
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        // What is larger than any number is larger than any file.
        digits.then(|| text.parse::<u64>().unwrap_or(u64::MAX))
    };
    match (number(from.trim()), number(to.trim())) {
        (None, Some(0)) => Wanted::Nothing,
        (None, Some(last)) if from.trim().is_empty() && bytes > 0 => {
            Wanted::Part(bytes.saturating_sub(last)..bytes)
        }
        (Some(first), Some(last)) if last < first => Wanted::Whole,
        (Some(first), _) if first >= bytes => Wanted::Nothing,
        (Some(first), Some(last)) => Wanted::Part(first..last.saturating_add(1).min(bytes)),
        (Some(first), None) if to.trim().is_empty() => Wanted::Part(first..bytes),
        _ => Wanted::Whole,
    }
}

/// Shown in the page if that is safe, and otherwise saved under its title (RFC 6266).
pub(super) fn disposition(title: &str, content_type: &str) -> String {
    let kinds = ["image/", "video/", "audio/"];
    let how = if kinds.iter().any(|kind| content_type.starts_with(kind)) {
        "inline"
    } else {
        "attachment"
    };
    // The extension is ours, determined by the content.
    let end = extension(content_type);
    let stem = stem(title, end);
    let stem = stem.trim_start_matches(['.', ' ']);
    let stem = if stem.is_empty() { "file" } else { stem };
    let plain: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || " -_".contains(c) { c } else { '_' })
        .take(100)
        .collect();
    let mut encoded = String::new();
    for byte in stem.replace(['/', '\\', ':', '*', '?', '"', '<', '>', '|'], "_").bytes() {
        match byte {
            b if b.is_ascii_alphanumeric() || b"-_.".contains(&b) => encoded.push(b.into()),
            b => write!(encoded, "%{b:02X}").expect("writing to a string does not fail"),
        }
    }
    format!("{how}; filename=\"{plain}.{end}\"; filename*=UTF-8''{encoded}.{end}")
}

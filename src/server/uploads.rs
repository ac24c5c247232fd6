//! Files sent with an operation: the GraphQL multipart request
//! (<https://github.com/jaydenseric/graphql-multipart-request-spec>).
//!
//! Nothing is read before the sender is known. Each file is streamed into an unnamed one, which
//! disappears with the request, however it ends.

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::Write,
    time::{Duration, Instant},
};

use async_graphql::UploadValue;
use bytes::Bytes;
use domain::Error;
use multer::{Constraints, Field, Multipart, SizeLimit};
use poem::{
    Request,
    http::{HeaderMap, StatusCode, header},
};

use super::{
    parameters::{Batch, Parameters},
    problem::Problem,
};
use crate::{app::App, media::content::VIDEO};

/// The maximum number of files per request.
const FILES: usize = 10;
/// The maximum length of `map`.
const MAP: u64 = 64 << 10;
/// The maximum length of a request: the largest file and what accompanies it.
const WHOLE: u64 = VIDEO + (4 << 20);
/// How much of an upload must arrive within its timeout, in bytes: about a
/// tenth of what a phone sends where there is hardly any signal.
const PACE: usize = 32 << 10;
/// The maximum duration of an upload, however steadily it arrives.
const DEADLINE: Duration = Duration::from_hours(1);

/// A request with its files.
pub struct Uploaded {
    /// The operation.
    pub parameters: Parameters,
    files: Vec<(Vec<String>, UploadValue)>,
}

impl Uploaded {
    /// The operation and its files, each in all its places.
    pub fn into_request(self) -> Result<async_graphql::Request, Problem> {
        let mut request = self.parameters.into_request()?;
        for (places, file) in self.files {
            for place in places {
                let file = file.try_clone().map_err(fault)?;
                let before = request.uploads.len();
                request.set_upload(&place, file);
                if request.uploads.len() == before {
                    return Err(Problem::bad_request(
                        "The map names a variable that does not exist.",
                    ));
                }
            }
        }
        Ok(request)
    }
}

/// Whether a body contains files.
pub fn is_multipart(content_type: &str) -> bool {
    let media = content_type.split(';').next().unwrap_or_default().trim();
    media.eq_ignore_ascii_case("multipart/form-data")
}

/// Whether a form on another website could have sent this: such a form cannot set the header.
pub fn is_simple(headers: &HeaderMap) -> bool {
    !["graphql-preflight", "apollo-require-preflight"]
        .iter()
        .any(|name| headers.contains_key(*name))
}

/// Whether a request declares in advance that it is too long.
pub fn is_too_long(headers: &HeaderMap) -> bool {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length.and_then(|length| length.parse::<u64>().ok()).is_some_and(|length| length > WHOLE)
}

/// The response to a request that is too long.
pub fn too_long() -> Problem {
    let message = format!("A request with files must not be larger than {} MiB.", WHOLE >> 20);
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, message)
}

/// Reads the parts of a body, in their order: `operations`, `map`, files.
pub async fn read(app: &App, request: &mut Request) -> Result<Uploaded, Problem> {
    let reading = tokio::time::timeout(DEADLINE, parts(app, request));
    reading.await.unwrap_or_else(|_| Err(too_slow()))
}

async fn parts(app: &App, request: &mut Request) -> Result<Uploaded, Problem> {
    let boundary = request.content_type().and_then(|text| multer::parse_boundary(text).ok());
    let boundary = boundary.ok_or_else(|| Problem::bad_request("The body has no boundary."))?;
    let operations_limit = u64::from(app.config.server.limits.max_body);
    let sizes = SizeLimit::new()
        .whole_stream(WHOLE)
        .per_field(VIDEO)
        .for_field("operations", operations_limit)
        .for_field("map", MAP);
    let constraints = Constraints::new().size_limit(sizes);
    let body = request.take_body().into_bytes_stream();
    let mut form = Form {
        parts: Multipart::with_constraints(body, boundary, constraints),
        pace: Pace::new(app.config.media.upload_timeout()),
    };
    let operations = form.text("operations").await?;
    let parameters = match Batch::from_slice(&operations)? {
        Batch::Single(parameters) => parameters,
        Batch::Several(_) => {
            return Err(Problem::bad_request("A request with files must have one operation."));
        }
    };
    let map = form.text("map").await?;
    let mut map = places(&map)?;
    let mut files = Vec::new();
    while let Some(mut part) = form.next().await? {
        let name = part.name().unwrap_or_default().to_owned();
        let Some(places) = map.remove(&name) else {
            return Err(Problem::bad_request(
                "The body contains a file that the map does not name.",
            ));
        };
        let filename = part.file_name().unwrap_or_default().to_owned();
        let content_type = part.content_type().map(ToString::to_string);
        let content = form.file(app, &mut part).await?;
        files.push((places, UploadValue { filename, content_type, content }));
    }
    if !map.is_empty() {
        return Err(Problem::bad_request("The map names a file that the body does not contain."));
    }
    Ok(Uploaded { parameters, files })
}

/// Where each file belongs.
fn places(map: &[u8]) -> Result<HashMap<String, Vec<String>>, Problem> {
    let map: BTreeMap<String, Vec<String>> = serde_json::from_slice(map).map_err(|_| {
        Problem::bad_request("The part map is not a JSON object of lists of variables.")
    })?;
    let many = map.len() > FILES || map.values().map(Vec::len).sum::<usize>() > FILES;
    if many || map.values().any(Vec::is_empty) {
        return Err(Problem::bad_request(format!(
            "The map must name between 1 and {FILES} files."
        )));
    }
    Ok(map.into_iter().collect())
}

/// How slowly a body arrives: time counts only while the server waits for it.
struct Pace {
    timeout: Duration,
    /// What is left of the timeout.
    left: Duration,
    /// How much has yet to arrive in that time.
    due: usize,
}

impl Pace {
    fn new(timeout: Duration) -> Self {
        Self { timeout, left: timeout, due: PACE }
    }

    /// Waits for something that arrives.
    async fn wait<T>(
        &mut self,
        arrival: impl Future<Output = Result<T, multer::Error>>,
    ) -> Result<T, Problem> {
        let began = Instant::now();
        let arrived = tokio::time::timeout(self.left, arrival).await.map_err(|_| too_slow())?;
        self.left = self.left.saturating_sub(began.elapsed());
        arrived.map_err(|error| broken(&error))
    }

    /// Counts what has arrived.
    fn count(&mut self, bytes: usize) {
        self.due = self.due.saturating_sub(bytes);
        if self.due == 0 {
            *self = Self::new(self.timeout);
        }
    }
}

struct Form {
    parts: Multipart<'static>,
    pace: Pace,
}

impl Form {
    async fn next(&mut self) -> Result<Option<Field<'static>>, Problem> {
        self.pace.wait(self.parts.next_field()).await
    }

    async fn chunk(&mut self, part: &mut Field<'static>) -> Result<Option<Bytes>, Problem> {
        let chunk = self.pace.wait(part.chunk()).await?;
        self.pace.count(chunk.as_ref().map_or(0, Bytes::len));
        Ok(chunk)
    }

    /// The next part, which must have this name.
    async fn text(&mut self, name: &str) -> Result<Vec<u8>, Problem> {
        let part = self.next().await?.filter(|part| part.name() == Some(name));
        let Some(mut part) = part else {
            let message = "The parts of the body must be operations, map, and then the files.";
            return Err(Problem::bad_request(message));
        };
        let mut text = Vec::new();
        while let Some(chunk) = self.chunk(&mut part).await? {
            text.extend_from_slice(&chunk);
        }
        Ok(text)
    }

    /// A part, as an unnamed file.
    async fn file(&mut self, app: &App, part: &mut Field<'static>) -> Result<File, Problem> {
        let mut file = app.storage.scratch().map_err(fault)?;
        let mut waiting = Vec::new();
        loop {
            let chunk = self.chunk(part).await?;
            let end = chunk.is_none();
            waiting.extend_from_slice(&chunk.unwrap_or_default());
            // Few and large writes, because each is a trip to another thread.
            if waiting.len() >= 256 << 10 || (end && !waiting.is_empty()) {
                let written = tokio::task::spawn_blocking(move || {
                    file.write_all(&waiting)?;
                    waiting.clear();
                    Ok::<_, std::io::Error>((file, waiting))
                });
                let written = written.await.map_err(fault)?;
                (file, waiting) = written.map_err(fault)?;
            }
            if end {
                return Ok(file);
            }
        }
    }
}

fn too_slow() -> Problem {
    Problem::new(StatusCode::REQUEST_TIMEOUT, "The body took too long to arrive.")
}

fn fault(error: impl std::error::Error + Send + Sync + 'static) -> Problem {
    Problem::from_fault(Error::internal(error), "an upload could not be stored")
}

fn broken(error: &multer::Error) -> Problem {
    match error {
        multer::Error::FieldSizeExceeded { limit, field_name } => {
            let name = field_name.as_deref().unwrap_or_default();
            let message = format!("The part {name} must have at most {limit} bytes.");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, message)
        }
        multer::Error::StreamSizeExceeded { .. } => too_long(),
        multer::Error::StreamReadFailed(_)
        | multer::Error::IncompleteStream
        | multer::Error::IncompleteFieldData { .. } => {
            Problem::bad_request("The body ended prematurely.")
        }
        _ => Problem::bad_request("The body is not multipart/form-data."),
    }
}

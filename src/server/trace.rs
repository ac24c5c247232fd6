//! The trace to which a request belongs, if whoever sends it takes part in tracing
//! (<https://www.w3.org/TR/trace-context/>).

use poem::http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

/// The header with the trace.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// A trace: its ID, and the flags of the one who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    id: String,
    flags: String,
}

impl Trace {
    /// The trace of a request; `None` if it has none, or one that is malformed.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(TRACEPARENT).iter();
        let value = values.next()?.to_str().ok()?;
        if values.next().is_some() {
            return None;
        }
        let mut parts = value.split('-');
        let mut part = |length| parts.next().filter(|part| is_hex(part, length));
        let (version, id, parent, flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
        // Later versions may have more parts.
        let whole = version != "ff" && (version != "00" || parts.next().is_none());
        let known = |id: &str| id.bytes().any(|digit| digit != b'0');
        (whole && known(id) && known(parent)).then(|| Self { id: id.into(), flags: flags.into() })
    }

    /// Its ID, for the log.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The header of the response: the same trace, with this server's part of it.
    pub fn answer(&self) -> Option<HeaderValue> {
        let (_, span) = Uuid::now_v7().as_u64_pair();
        HeaderValue::from_str(&format!("00-{}-{span:016x}-{}", self.id, self.flags)).ok()
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

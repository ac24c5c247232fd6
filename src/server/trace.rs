//! The trace to which a request belongs, if whoever sends it takes part in tracing
//! (<https://www.w3.org/TR/trace-context/>), or if this server does.

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use poem::http::{HeaderMap, HeaderName, HeaderValue};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use uuid::Uuid;

use crate::traces;

/// The header with the trace.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// A trace, and this server's part of it.
#[derive(Clone, Debug)]
pub struct Trace {
    own: SpanContext,
    /// Whether the request names it.
    given: bool,
}

impl Trace {
    /// Makes `span` this server's part of the trace that a request names, if it does. `None` if the
    /// request has no trace, or a malformed one, and none is begun here.
    pub fn begin(headers: &HeaderMap, span: &Span) -> Option<Self> {
        let given = given(headers);
        if let Some(given) = &given {
            // It fails if traces are not sent anywhere.
            let _ = span.set_parent(Context::new().with_remote_span_context(given.clone()));
        }
        let traced = traces::place_of(span);
        let own = traced.or_else(|| given.as_ref().map(beside))?;
        Some(Self { own, given: given.is_some() })
    }

    /// Its ID, for the log.
    pub fn id(&self) -> String {
        self.own.trace_id().to_string()
    }

    /// The header of the response, if the request has one.
    pub fn answer(&self) -> Option<HeaderValue> {
        let Self { own, given } = self;
        let (trace, span, flags) = (own.trace_id(), own.span_id(), own.trace_flags());
        given.then(|| format!("00-{trace}-{span}-{flags:02x}")).and_then(|it| it.try_into().ok())
    }
}

/// Where the request comes from.
fn given(headers: &HeaderMap) -> Option<SpanContext> {
    let mut values = headers.get_all(TRACEPARENT).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    let mut parts = value.split('-');
    let mut part = |length| parts.next().filter(|part| is_hex(part, length));
    let (version, trace, span, flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
    // Later versions may have more parts.
    let whole = version != "ff" && (version != "00" || parts.next().is_none());
    let given = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        TraceFlags::new(u8::from_str_radix(flags, 16).ok()?),
        true,
        TraceState::NONE,
    );
    (whole && given.is_valid()).then_some(given)
}

/// Another part of the same trace.
fn beside(given: &SpanContext) -> SpanContext {
    let (_, span) = Uuid::now_v7().as_u64_pair();
    let (trace, flags) = (given.trace_id(), given.trace_flags());
    SpanContext::new(trace, span.into(), flags, false, TraceState::NONE)
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

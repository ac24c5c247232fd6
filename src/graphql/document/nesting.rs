//! How deeply brackets are nested, determined before the recursive parser sees them.

use async_graphql::ServerError;

use super::MAX_NESTING;
use crate::graphql::error::too_complex;

/// Rejects a document whose brackets are nested too deeply.
pub fn check(text: &str) -> Result<(), ServerError> {
    let deepest = deepest(text.as_bytes());
    if deepest > MAX_NESTING {
        return Err(too_complex("nesting", Some(deepest), MAX_NESTING));
    }
    Ok(())
}

/// The deepest nesting, ignoring comments and strings.
fn deepest(mut text: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    while let [first, rest @ ..] = text {
        text = match first {
            b'{' | b'(' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
                rest
            }
            b'}' | b')' | b']' => {
                depth = depth.saturating_sub(1);
                rest
            }
            b'#' => after(rest, |text| text.starts_with(b"\n") || text.starts_with(b"\r")),
            b'"' if rest.starts_with(b"\"\"") => block_string(&rest[2..]),
            b'"' => string(rest),
            _ => rest,
        };
    }
    deepest
}

fn after(text: &[u8], end: impl Fn(&[u8]) -> bool) -> &[u8] {
    let at = (0..text.len()).find(|at| end(&text[*at..])).unwrap_or(text.len());
    &text[at..]
}

fn string(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            // The end of a line also ends the string: the parser rejects it there.
            [b'"' | b'\n' | b'\r', rest @ ..] => return rest,
            [b'\\', _, rest @ ..] | [_, rest @ ..] => rest,
            [] => return text,
        }
    }
}

fn block_string(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [b'"', b'"', b'"', rest @ ..] => return rest,
            [b'\\', b'"', b'"', b'"', rest @ ..] | [_, rest @ ..] => rest,
            [] => return text,
        }
    }
}

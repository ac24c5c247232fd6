//! Words as they are compared and searched.

use deunicode::deunicode;

/// `text` without case, accents and surplus space: what search and order go by (M-03).
///
/// Letters of other scripts become Latin ones, so that `Αγγελική` is found as `angelike`.
pub fn key(text: &str) -> String {
    deunicode(text).to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The pattern for `LIKE … ESCAPE '\'` that finds `words` anywhere.
pub fn containing(words: &str) -> String {
    let escaped = key(words).replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{escaped}%")
}

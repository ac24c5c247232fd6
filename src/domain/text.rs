//! Words as they are kept, and as they are compared and searched.

use deunicode::deunicode;
use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};

/// A line of `text` as it is kept: normalised (NFC), no surplus space.
pub fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect()
}

/// Several lines of `text` as they are kept: normalised (NFC), one kind of line end, trimmed.
pub fn prose(text: &str) -> String {
    text.trim().replace("\r\n", "\n").replace('\r', "\n").nfc().collect()
}

/// Whether a line has only characters that can be printed, and none that turns the direction of
/// what follows, with which one name can be made to look like another.
pub fn printable(line: &str) -> bool {
    !line.chars().any(is_control)
}

/// Control characters and their like.
pub fn is_control(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// `text` without case, accents and surplus space: what search and order go by (M-03).
///
/// Letters of other scripts become Latin ones, so that `Αγγελική` is found as `angelike`.
pub fn key(text: &str) -> String {
    // Accents first, which change how a letter is spelled in Latin ones: `ё` is found as `е`.
    let bare: String = text.nfd().filter(|&c| canonical_combining_class(c) == 0).nfc().collect();
    // No control characters either: PostgreSQL takes no zero byte.
    let plain = deunicode(&bare).to_lowercase().replace(|c: char| c.is_control(), " ");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The pattern for `LIKE … ESCAPE '\'` that finds `words` anywhere.
pub fn containing(words: &str) -> String {
    let escaped = key(words).replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{escaped}%")
}

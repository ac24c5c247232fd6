//! Plain text and tables of it: UTF-8 that no program takes for a page, a drawing or a script.

use std::{
    fs::File,
    io::{Read, Seek},
};

use super::content::Refusal;

/// Reads a text piece by piece, and refuses what is none.
pub fn check(file: &mut File) -> Result<(), Refusal> {
    file.rewind()?;
    let mut buffer = vec![0; 64 << 10];
    let (mut kept, mut first) = (0, true);
    loop {
        let read = file.read(&mut buffer[kept..])?;
        let piece = &buffer[..kept + read];
        let text = match std::str::from_utf8(piece) {
            Ok(text) => text,
            // A letter may be cut in two where a piece ends, but not where the file does.
            Err(error) if error.error_len().is_none() && read > 0 => {
                std::str::from_utf8(&piece[..error.valid_up_to()]).unwrap_or_default()
            }
            Err(_) => return Err(unknown()),
        };
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}')) {
            return Err(unknown());
        }
        if first && is_markup(text) {
            return Err(unknown());
        }
        first = false;
        if read == 0 {
            return Ok(());
        }
        let (valid, all) = (text.len(), piece.len());
        kept = all - valid;
        buffer.copy_within(valid..all, 0);
    }
}

/// Whether a text begins as pages, drawings and scripts do.
fn is_markup(text: &str) -> bool {
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    start.starts_with('<') || start.starts_with("#!")
}

fn unknown() -> Refusal {
    Refusal::unfit("is neither plain text in UTF-8 nor of another kind that is taken")
}

/// The media type of a text: a name may make it a table, which is as harmless.
pub fn content_type(name: &str) -> &'static str {
    let table = name.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case("csv"));
    if table { "text/csv" } else { "text/plain" }
}

//! Plain text and tables: UTF-8 that no program mistakes for a web page, a drawing or a script.

use std::{
    fs::File,
    io::{Read, Seek},
};

use super::content::Refusal;

/// Marks the end of a text from CP/M or DOS, and fills the rest of a block.
const CTRL_Z: char = '\u{1a}';

/// Reads a text piece by piece, and rejects anything else.
pub fn check(file: &mut File) -> Result<(), Refusal> {
    file.rewind()?;
    let mut buffer = vec![0; 64 << 10];
    let (mut kept, mut first, mut ended) = (0, true, false);
    loop {
        let read = file.read(&mut buffer[kept..])?;
        let piece = &buffer[..kept + read];
        let text = match std::str::from_utf8(piece) {
            Ok(text) => text,
            // A character may be split at the end of a piece, but not at the end of the file.
            Err(error) if error.error_len().is_none() && read > 0 => {
                std::str::from_utf8(&piece[..error.valid_up_to()]).unwrap_or_default()
            }
            Err(_) => return Err(unknown()),
        };
        for c in text.chars() {
            ended |= c == CTRL_Z;
            let fits = match ended {
                true => matches!(c, CTRL_Z | '\n' | '\r'),
                false => !c.is_control() || is_space(c),
            };
            if !fits {
                return Err(unknown());
            }
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

/// Whether a control character is white space, as in texts of all ages.
fn is_space(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}')
}

/// Whether a text begins like web pages, drawings and scripts. `<3` and `< 5` do not begin a tag.
pub fn is_markup(text: &str) -> bool {
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let tag = start.strip_prefix('<').is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '!' | '?' | '/'))
    });
    tag || start.starts_with("#!")
}

fn unknown() -> Refusal {
    Refusal::unsupported(
        "is neither plain text in UTF-8 nor in another supported format: PNG, JPEG, GIF, WebP, MP4, \
         WebM, Ogg, MP3, M4A, PDF, Office, OpenDocument, CSV",
    )
}

/// The media type of a text: the file name may make it a table, which is just as harmless.
pub fn content_type(name: &str) -> &'static str {
    let table = name.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case("csv"));
    if table { "text/csv" } else { "text/plain" }
}

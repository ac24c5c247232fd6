//! PDF, as scanners and printers write it: with bytes before its beginning, without an end marker,
//! or padded. Truncated files are rejected.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
};

use super::{
    content::{Refusal, has, position},
    words,
};

/// Where the beginning may be, as in PDF readers.
const BEGINNING: usize = 1024;
/// How much of the end is read, most of which may be padding.
const END: u64 = 64 << 10;

/// Where a PDF begins in the first bytes of a file, if it does.
pub fn begins(head: &[u8]) -> Option<usize> {
    let at = position(&head[..head.len().min(BEGINNING + 5)], b"%PDF-")?;
    let before = String::from_utf8_lossy(&head[..at]);
    (!words::is_markup(&before)).then_some(at)
}

/// Rejects a truncated file.
pub fn check(file: &mut File, bytes: u64) -> Result<(), Refusal> {
    let cut_off = || Refusal::damaged("is truncated");
    let mut head = Vec::new();
    file.rewind()?;
    Read::by_ref(file).take(2048).read_to_end(&mut head)?;
    if linearized(&head).is_some_and(|length| length > bytes) {
        return Err(cut_off());
    }
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(bytes.saturating_sub(END)))?;
    file.read_to_end(&mut tail)?;
    let end =
        tail.iter().rposition(|byte| !matches!(byte, 0 | b' ' | b'\t' | b'\r' | b'\n' | 0x1a));
    let tail = &tail[..end.map_or(0, |end| end + 1)];
    let tail = &tail[tail.len().saturating_sub(2048)..];
    let last = |mark: &[u8]| tail.windows(mark.len()).rposition(|window| window == mark);
    let mark = last(b"%%EOF").max(last(b"startxref").filter(|at| {
        // The number is the position of the object table.
        let rest = tail[at + 9..].trim_ascii_start();
        rest.first().is_some_and(u8::is_ascii_digit)
    }));
    match mark {
        // An update that was begun but not completed.
        Some(mark) if !has(&tail[mark..], b" obj") => Ok(()),
        _ => Err(cut_off()),
    }
}

/// The length of a file optimised for the web, as it declares itself.
fn linearized(head: &[u8]) -> Option<u64> {
    let rest = &head[position(head, b"/Linearized")?..];
    let rest = &rest[..position(rest, b"endobj").unwrap_or(rest.len())];
    let value = rest[position(rest, b"/L ")? + 3..].trim_ascii_start();
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&value[..digits]).ok()?.parse().ok()
}

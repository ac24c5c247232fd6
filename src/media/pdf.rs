//! PDF, as scanners and printers write it: with bytes before its beginning, without a mark at its
//! end, or padded. What is broken off is refused.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
};

use super::{
    content::{Refusal, has, position},
    words,
};

/// Where the beginning may be, as readers of PDF look for it.
const BEGINNING: usize = 1024;
/// How much of the end is read; padding may take most of it.
const END: u64 = 64 << 10;

/// Where a PDF begins in the first bytes of a file, if it does.
pub fn begins(head: &[u8]) -> Option<usize> {
    let at = position(&head[..head.len().min(BEGINNING + 5)], b"%PDF-")?;
    let before = String::from_utf8_lossy(&head[..at]);
    (!words::is_markup(&before)).then_some(at)
}

/// Refuses what is broken off.
pub fn check(file: &mut File, bytes: u64) -> Result<(), Refusal> {
    let cut_off = || Refusal::unfit("is truncated");
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
        // The number says where the table of objects is.
        let rest = tail[at + 9..].trim_ascii_start();
        rest.first().is_some_and(u8::is_ascii_digit)
    }));
    match mark {
        // An update that was begun and not ended.
        Some(mark) if !has(&tail[mark..], b" obj") => Ok(()),
        _ => Err(cut_off()),
    }
}

/// The length of a file that is made to be shown while it arrives, as it says itself.
fn linearized(head: &[u8]) -> Option<u64> {
    let rest = &head[position(head, b"/Linearized")?..];
    let rest = &rest[..position(rest, b"endobj").unwrap_or(rest.len())];
    let value = rest[position(rest, b"/L ")? + 3..].trim_ascii_start();
    let digits = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&value[..digits]).ok()?.parse().ok()
}

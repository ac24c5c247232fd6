//! MP3: a file begins like one long before it is one, so that its first frames are read.

use std::{
    fs::File,
    io::{ErrorKind, Seek},
};

use memchr::memmem;
use symphonia_bundle_mp3::MpaReader;
use symphonia_core::{
    errors::Error,
    formats::{FormatOptions, FormatReader},
    io::{MediaSourceStream, MediaSourceStreamOptions},
};

use super::content::Refusal;

/// How many frames are read: each is followed by one like it, unless it is the last.
const FRAMES: usize = 3;

/// Reads the first frames, wherever they are behind the tags, and rejects what has none.
pub fn check(file: &mut File) -> Result<(), Refusal> {
    file.rewind()?;
    let source = Box::new(file.try_clone()?);
    let stream = MediaSourceStream::new(source, MediaSourceStreamOptions::default());
    let mut frames = MpaReader::try_new(stream, FormatOptions::default()).map_err(refusal)?;
    for _ in 0..FRAMES {
        if frames.next_packet().map_err(refusal)?.is_none() {
            break;
        }
    }
    Ok(file.rewind()?)
}

/// Empties the ID3 tags within these bytes with pictures that cannot be looked into, or with EXIF in a PNG: what tells
/// where a picture was taken goes (T-03). Whether there were any.
pub fn empty_tags(bytes: &mut [u8]) -> bool {
    let mut changed = false;
    let found: Vec<_> = memmem::find_iter(bytes, b"ID3").collect();
    for at in found {
        let Some((&mut [_, _, _, version, _, ref mut flags, a, b, c, d], rest)) =
            bytes[at..].split_first_chunk_mut()
        else {
            break;
        };
        let size = [a, b, c, d].map(usize::from);
        if size.iter().any(|part| *part > 0x7f) {
            continue;
        }
        let size = size.iter().fold(0, |size, part| size << 7 | part).min(rest.len());
        let body = &mut rest[..size];
        if hides(version, *flags, body) {
            body.fill(0);
            *flags &= FOOTER;
            changed = true;
        }
    }
    changed
}

/// The flag of a tag that is followed by a footer.
const FOOTER: u8 = 0x10;

/// Whether a tag has pictures that are unsynchronised, compressed or encrypted, all of it or frame by
/// frame, or EXIF in a PNG.
fn hides(version: u8, flags: u8, body: &[u8]) -> bool {
    let (ids, whole, frame): (&[&[u8]], u8, u8) = match version {
        2 => (&[b"PIC", b"GEO"], 0xc0, 0),
        3 => (&[b"APIC", b"GEOB"], 0x80, 0xc0),
        4 => (&[b"APIC", b"GEOB"], 0x80, 0x0e),
        _ => return false,
    };
    let mut frames = ids.iter().flat_map(|id| memmem::find_iter(body, id)).peekable();
    let all = flags & whole != 0 || memmem::find(body, b"eXIf").is_some();
    frames.peek().is_some()
        && (all || frames.any(|at| body.get(at + 9).is_some_and(|flags| flags & frame != 0)))
}

fn refusal(error: Error) -> Refusal {
    match error {
        Error::IoError(error) if error.kind() != ErrorKind::UnexpectedEof => error.into(),
        _ => Refusal::damaged("is not a readable MP3 recording"),
    }
}

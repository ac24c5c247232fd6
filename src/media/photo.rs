//! Photos within documents and sounds: what tells where they were taken goes, in its place, so that
//! the file around them stays as it is (T-03).

use std::{
    fs::File,
    io::{Read, Seek, Write},
};

use image::metadata::Orientation;
use memchr::memmem;

use super::content::Refusal;

/// What the segments of a JPEG begin with that may tell a place.
const MARKS: [&[u8]; 3] =
    [EXIF, b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0"];
const EXIF: &[u8] = b"Exif\0\0";

/// Blanks EXIF and XMP of all JPEGs within these bytes, but for which side is up. Whether there was
/// any.
pub fn blank(bytes: &mut [u8]) -> bool {
    let mut changed = false;
    for mark in MARKS {
        let found: Vec<_> = memmem::find_iter(bytes, mark).collect();
        for at in found {
            let Some(begin) = at.checked_sub(4) else { continue };
            let [0xff, 0xe1, high, low] = bytes[begin..at] else { continue };
            let end = begin + 2 + usize::from(u16::from_be_bytes([high, low]));
            let end = end.clamp(at + mark.len(), bytes.len().max(at + mark.len()));
            changed |= blank_segment(&mut bytes[at + mark.len()..end], mark == EXIF);
        }
    }
    changed
}

/// Blanks the content of a segment; whether that changed it.
fn blank_segment(content: &mut [u8], exif: bool) -> bool {
    let side = if exif { Orientation::from_exif_chunk(content) } else { None };
    let mut plain = vec![0; content.len()];
    if let (Some(side), Some(head)) = (side, plain.first_chunk_mut()) {
        *head = upright(side);
    }
    let changed = plain != content;
    content.copy_from_slice(&plain);
    changed
}

/// EXIF that says which side is up, and nothing else.
fn upright(side: Orientation) -> [u8; 26] {
    let mut exif = *b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\0\0\0\0\0\0\0\0";
    exif[18] = side.to_exif();
    exif
}

/// Blanks in a whole file; whether there was any.
pub fn blank_in(file: &mut File, blank: impl FnOnce(&mut [u8]) -> bool) -> Result<bool, Refusal> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    let changed = blank(&mut bytes);
    if changed {
        file.rewind()?;
        file.write_all(&bytes)?;
    }
    Ok(changed)
}

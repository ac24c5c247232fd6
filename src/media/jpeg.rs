//! A JPEG without EXIF, XMP, IPTC, comments, previews, and anything after its end. The picture and
//! its colour profile do not change.

use super::{content::Refusal, picture::Plain};

/// The beginning of a segment with a part of a colour profile.
const PROFILE: &[u8] = b"ICC_PROFILE\0";

/// Keeps the segments that make up the picture.
pub fn strip(jpeg: &[u8]) -> Result<Plain, Refusal> {
    let mut plain = jpeg.get(..2).ok_or_else(cut_off)?.to_vec();
    let (mut at, mut exif, mut pixels) = (2, None, false);
    let whole = loop {
        let Some(marker) = next(jpeg, &mut at) else { break false };
        match marker {
            0xd9 => break true,
            // Stand-alone markers, where they mean nothing.
            0x01 | 0xd0..=0xd8 => continue,
            _ => {}
        }
        let length = jpeg.get(at..at + 2).ok_or_else(cut_off)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        let content = at.checked_add(2).zip(at.checked_add(length));
        let content = content.and_then(|(from, to)| jpeg.get(from..to)).ok_or_else(cut_off)?;
        at += length;
        match marker {
            // Without its preview.
            0xe0 if content.starts_with(b"JFIF\0") && content.len() >= 12 => {
                put(&mut plain, marker, &[&content[..12], &[0, 0]].concat());
            }
            0xe1 if content.starts_with(b"Exif\0") => exif = exif.or(Some(content.to_vec())),
            0xe2 if content.starts_with(PROFILE) => put(&mut plain, marker, content),
            // It determines how colours are interpreted.
            0xee if content.starts_with(b"Adobe") && content.len() >= 12 => {
                put(&mut plain, marker, &content[..12]);
            }
            0xc0..=0xcf | 0xdb..=0xdd => put(&mut plain, marker, content),
            0xda => {
                put(&mut plain, marker, content);
                let end = scan_end(jpeg, at);
                plain.extend_from_slice(&jpeg[at..end]);
                at = end;
                pixels = true;
            }
            _ => {}
        }
    };
    if !pixels {
        return Err(cut_off());
    }
    plain.extend_from_slice(&[0xff, 0xd9]);
    Ok(Plain { bytes: plain, frames: 0, exif, whole })
}

/// The next marker; `at` is then after it. Stray bytes are skipped, as in all programs.
fn next(jpeg: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        let skip = jpeg.get(*at..)?.iter().position(|byte| *byte == 0xff)?;
        *at += skip;
        let fill = jpeg[*at..].iter().position(|byte| *byte != 0xff)?;
        *at += fill + 1;
        match jpeg[*at - 1] {
            0 => {}
            marker => return Some(marker),
        }
    }
}

/// The end of the pixels of a scan: before the first marker that is not a part of them.
fn scan_end(jpeg: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(skip) = jpeg[at..].iter().position(|byte| *byte == 0xff) {
        at += skip;
        match jpeg.get(at + 1) {
            Some(0 | 0xd0..=0xd7) => at += 2,
            Some(0xff) => at += 1,
            Some(_) => return at,
            None => break,
        }
    }
    jpeg.len()
}

fn put(plain: &mut Vec<u8>, marker: u8, content: &[u8]) {
    // Its length was given in two bytes.
    let length = u16::try_from(content.len() + 2).unwrap_or(u16::MAX).to_be_bytes();
    plain.extend_from_slice(&[0xff, marker]);
    plain.extend_from_slice(&length);
    plain.extend_from_slice(content);
}

fn cut_off() -> Refusal {
    Refusal::damaged("is truncated")
}

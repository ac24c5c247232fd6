//! A WebP without EXIF, XMP, unknown data, and anything after its end.

use super::{content::Refusal, picture::Plain};

/// Flags of the extended header: colour profile, transparency, animation.
const PROFILE: u8 = 0b0010_0000;
const TRANSPARENCY_AND_MOTION: u8 = 0b0001_0010;

/// Keeps the picture or the frames, and the colour profile.
pub fn strip(webp: &[u8]) -> Result<Plain, Refusal> {
    let length = webp.get(4..8).ok_or_else(cut_off)?;
    let length = u32::from_le_bytes([length[0], length[1], length[2], length[3]]) as usize;
    let end = length.checked_add(8).ok_or_else(cut_off)?;
    // The last chunk may lack the padding byte that makes its length even.
    let end = if end.checked_sub(1) == Some(webp.len()) { webp.len() } else { end };
    let body = webp.get(12..end).ok_or_else(cut_off)?;
    let chunks = chunks(body)?;
    let profile = chunks.iter().any(|(name, _)| *name == b"ICCP");
    let (mut frames, mut exif) = (0, None);
    let mut bytes = b"RIFF\0\0\0\0WEBP".to_vec();
    for (name, content) in chunks {
        match name {
            b"VP8X" if content.len() >= 10 => {
                let mut head = content[..10].to_vec();
                // Of what it declares, only this remains.
                head[0] &= TRANSPARENCY_AND_MOTION;
                head[0] |= if profile { PROFILE } else { 0 };
                put(&mut bytes, name, &head);
            }
            b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ICCP" => put(&mut bytes, name, content),
            b"ANMF" if content.len() >= 16 => {
                frames += 1;
                let mut frame = content[..16].to_vec();
                for (name, content) in self::chunks(&content[16..])? {
                    if matches!(name, b"VP8 " | b"VP8L" | b"ALPH") {
                        put(&mut frame, name, content);
                    }
                }
                put(&mut bytes, b"ANMF", &frame);
            }
            b"EXIF" => exif = exif.or(Some(content.to_vec())),
            _ => {}
        }
    }
    let length = u32::try_from(bytes.len() - 8).map_err(|_| Refusal::too_large("is too large"))?;
    bytes[4..8].copy_from_slice(&length.to_le_bytes());
    Ok(Plain { bytes, frames, exif, whole: true })
}

fn put(bytes: &mut Vec<u8>, name: &[u8], content: &[u8]) {
    bytes.extend_from_slice(name);
    // A chunk of a 5 MiB file.
    bytes.extend_from_slice(&u32::try_from(content.len()).unwrap_or(0).to_le_bytes());
    bytes.extend_from_slice(content);
    if content.len() % 2 == 1 {
        bytes.push(0);
    }
}

type Chunk<'a> = (&'a [u8; 4], &'a [u8]);

fn chunks(mut body: &[u8]) -> Result<Vec<Chunk<'_>>, Refusal> {
    let mut chunks = Vec::new();
    while !body.is_empty() {
        let (name, rest) = body.split_first_chunk().ok_or_else(cut_off)?;
        let (length, rest) = rest.split_first_chunk().ok_or_else(cut_off)?;
        let length = u32::from_le_bytes(*length) as usize;
        let content = rest.get(..length).ok_or_else(cut_off)?;
        chunks.push((name, content));
        // Chunks have even lengths; the last may lack its padding byte.
        body = rest.get(length + length % 2..).unwrap_or_default();
    }
    Ok(chunks)
}

fn cut_off() -> Refusal {
    Refusal::damaged("is truncated")
}

//! A PNG without texts, EXIF, unknown data, and anything after its end. Frames (APNG) and colour
//! information are kept.

use flate2::Crc;

use super::{content::Refusal, picture::Plain};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const END: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";

/// Keeps the picture or the frames, and the colours.
pub fn strip(png: &[u8]) -> Result<Plain, Refusal> {
    let mut rest = png.strip_prefix(SIGNATURE).ok_or_else(unreadable)?;
    let mut plain = SIGNATURE.to_vec();
    let (mut announced, mut frames, mut exif, mut pixels) = (0, 0, None, false);
    // Some programs omit the end marker: whether all pixels are present is checked later.
    while !(rest.is_empty() && pixels) {
        let (length, after) = rest.split_first_chunk().ok_or_else(cut_off)?;
        let length = u32::from_be_bytes(*length) as usize;
        let end = length.checked_add(12).filter(|end| *end <= rest.len()).ok_or_else(cut_off)?;
        let chunk = &rest[..end];
        let (name, content) = after[..length + 4].split_at(4);
        rest = &rest[end..];
        let sound = is_sound(name, content, &chunk[length + 8..]);
        match name {
            b"IEND" => break,
            b"IHDR" | b"PLTE" | b"IDAT" | b"acTL" | b"fcTL" | b"fdAT" if !sound => {
                return Err(unreadable());
            }
            b"IHDR" | b"PLTE" | b"fdAT" => {}
            b"IDAT" => pixels = true,
            b"acTL" => announced = content.first_chunk().map_or(0, |n| u32::from_be_bytes(*n)),
            b"fcTL" => frames += 1,
            b"tRNS" | b"gAMA" | b"cHRM" | b"sRGB" | b"iCCP" | b"cICP" | b"mDCV" | b"cLLI"
            | b"sBIT" | b"bKGD" | b"pHYs"
                if sound => {}
            b"eXIf" => {
                exif = exif.or(Some(content.to_vec()));
                continue;
            }
            // The case of its first letter says whether a picture can be displayed without it.
            _ if name[0].is_ascii_lowercase() => continue,
            _ => return Err(unreadable()),
        }
        plain.extend_from_slice(chunk);
    }
    if frames < u64::from(announced) {
        return Err(cut_off());
    }
    plain.extend_from_slice(END);
    Ok(Plain { bytes: plain, frames, exif, whole: true })
}

fn is_sound(name: &[u8], content: &[u8], sum: &[u8]) -> bool {
    let mut crc = Crc::new();
    crc.update(name);
    crc.update(content);
    crc.sum().to_be_bytes() == sum
}

fn cut_off() -> Refusal {
    Refusal::damaged("is truncated")
}

fn unreadable() -> Refusal {
    Refusal::damaged("is not a readable PNG")
}

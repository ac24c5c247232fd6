//! A GIF without comments, texts, application data, and anything after its end.

use super::{content::Refusal, picture::Plain};

/// Keeps the frames, their timing, and the number of repetitions.
pub fn strip(gif: &[u8]) -> Result<Plain, Refusal> {
    let mut rest = Blocks { bytes: gif, at: 0 };
    let mut plain = Vec::with_capacity(gif.len());
    let header = rest.take(13)?;
    plain.extend_from_slice(header);
    plain.extend_from_slice(rest.take(table(header[10]))?);
    let mut frames = 0;
    loop {
        let begin = rest.at;
        // Some programs omit the trailer, or fill with zeros.
        let ended = begin == gif.len() && frames > 0;
        match if ended { 0x3b } else { rest.take(1)?[0] } {
            // A frame: position, colours, pixels.
            0x2c => {
                let descriptor = rest.take(9)?;
                rest.take(table(descriptor[8]) + 1)?;
                rest.sub_blocks()?;
                plain.extend_from_slice(&gif[begin..rest.at]);
                frames += 1;
            }
            0x21 => {
                let label = rest.take(1)?[0];
                let name = rest.sub_blocks()?;
                let loops = label == 0xff && (name == b"NETSCAPE2.0" || name == b"ANIMEXTS1.0");
                // The timing of the next frame has four bytes, and a loop count has three.
                let short = rest.at - begin <= 20;
                if (label == 0xf9 || loops) && short {
                    plain.extend_from_slice(&gif[begin..rest.at]);
                }
            }
            0x3b => {
                plain.push(0x3b);
                return Ok(Plain { bytes: plain, frames, exif: None, whole: true });
            }
            0 => {}
            _ => return Err(Refusal::damaged("is not a readable GIF")),
        }
    }
}

/// The size of a colour table in bytes, according to the flags before it.
fn table(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

struct Blocks<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Blocks<'a> {
    fn take(&mut self, many: usize) -> Result<&'a [u8], Refusal> {
        let end = self.at.checked_add(many).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or_else(|| Refusal::damaged("is truncated"))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    /// Skips a chain of blocks; returns the first.
    fn sub_blocks(&mut self) -> Result<&'a [u8], Refusal> {
        let mut first = None;
        loop {
            let length = self.take(1)?[0];
            let block = self.take(length.into())?;
            first = first.or(Some(block));
            if length == 0 {
                return Ok(first.unwrap_or_default());
            }
        }
    }
}

//! MP4, M4A and QuickTime: checked box by box, with the metadata about place and author blanked.
//!
//! Boxes keep their positions and sizes, because tables in the file refer to bytes by position: a
//! box to be removed becomes `free`, and its content becomes zeros. Only video and audio tracks are
//! kept: cameras write locations into subtitles and sensor data tracks, whose samples are zeroed.
//!
//! What is stored is what the cleaning would take and leave as it is: it is repeated until nothing
//! changes any more, for in a broken file one change may uncover another.

use std::fs::File;

use entity::MediaKind;

use super::content::{Refusal, VIDEO};

mod boxes;
mod places;
mod samples;
mod track;

use boxes::{Boxes, Part};

/// What was found in the boxes.
#[derive(Default)]
struct Found {
    brand: Option<[u8; 4]>,
    pictures: bool,
    sound: bool,
    movie: bool,
    /// The positions of the frames.
    frames: Vec<Part>,
    /// Whether frames are in fragments, and of which tracks.
    fragments: bool,
    fragmented: Vec<u32>,
    /// The tracks to be removed, and the positions of their samples.
    gone: Vec<u32>,
    samples: Vec<(u64, u64)>,
    /// The last position of a sample of a track that is kept.
    reach: u64,
}

/// Whether a file begins with a box that films begin with. QuickTime may lack the first one,
/// `ftyp`.
pub fn begins(head: &[u8]) -> bool {
    let Some(([a, b, c, d], rest)) = head.split_first_chunk() else { return false };
    // As letters of a text, the size would be impossible for a film.
    let size = u64::from(u32::from_be_bytes([*a, *b, *c, *d]));
    match rest.first_chunk() {
        Some(b"ftyp") => true,
        Some(b"moov" | b"mdat" | b"wide" | b"free" | b"skip" | b"pnot") => {
            size <= 1 || (8..=VIDEO).contains(&size)
        }
        _ => false,
    }
}

/// How often a file is cleaned before it is given up.
const PASSES: u8 = 4;

/// Checks the boxes and blanks those not needed for playback; anything after the end is removed.
pub fn clean(file: &mut File, bytes: u64) -> Result<(MediaKind, &'static str), Refusal> {
    let mut bytes = bytes;
    for _ in 0..PASSES {
        let pass = pass(file, bytes)?;
        if !pass.changed {
            return Ok(pass.what);
        }
        bytes = file.metadata()?.len();
    }
    Err(unreadable())
}

/// What one cleaning found.
struct Pass {
    what: (MediaKind, &'static str),
    /// Whether the file is another than before.
    changed: bool,
}

fn pass(file: &mut File, bytes: u64) -> Result<Pass, Refusal> {
    let mut boxes = Boxes::new(file);
    let mut found = Found::default();
    let mut at = 0;
    while at < bytes {
        let part = match boxes.part(at, bytes) {
            Ok(part) => part,
            // Zeros and anything else that programs leave after the last box, but nothing that
            // belongs to the film.
            Err(_) if found.plays() && !boxes.begins_needed(at, bytes)? => break,
            Err(refusal) => return Err(refusal),
        };
        match &part.kind {
            b"ftyp" => {
                let mut brand = [0; 4];
                boxes.read(part.content, &mut brand)?;
                found.brand = found.brand.or(Some(brand));
            }
            b"moov" => {
                found.movie = true;
                track::movie(&mut boxes, part, &mut found)?;
            }
            b"mdat" => found.frames.push(part),
            b"moof" => {
                found.fragments = true;
                track::fragment(&mut boxes, part, &mut found)?;
            }
            b"sidx" | b"ssix" | b"styp" | b"mfra" => {}
            // A size of "up to the end", which is allowed only for frames.
            _ if found.plays() && part.open => break,
            _ => boxes.blank(part)?,
        }
        at = part.end;
    }
    let pictures =
        [b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis", b"crx "];
    if found.brand.is_some_and(|brand| pictures.contains(&&brand)) {
        return Err(Refusal::unsupported("is a HEIC, AVIF or raw image: save it as a JPEG"));
    }
    if !found.plays() || (!found.fragments && found.reach > at) {
        return Err(Refusal::damaged("is truncated"));
    }
    if found.fragmented.iter().any(|id| found.gone.contains(id)) {
        let why = "contains subtitles or sensor data that cannot be removed: save it without them";
        return Err(Refusal::unsupported(why));
    }
    samples::erase(&mut boxes, &found)?;
    for &frames in &found.frames {
        places::erase(&mut boxes, frames)?;
    }
    let changed = boxes.changed() || at < bytes;
    file.set_len(at)?;
    let what = match (found.pictures, found.sound) {
        (true, _) if found.brand.is_none_or(|brand| &brand == b"qt  ") => {
            (MediaKind::Video, "video/quicktime")
        }
        (true, _) => (MediaKind::Video, "video/mp4"),
        (false, true) => (MediaKind::File, "audio/mp4"),
        (false, false) => return Err(unreadable()),
    };
    Ok(Pass { what, changed })
}

impl Found {
    /// Whether everything that a player needs is present.
    fn plays(&self) -> bool {
        self.movie && (self.fragments || !self.frames.is_empty())
    }
}

fn unreadable() -> Refusal {
    Refusal::damaged("is not a readable video")
}

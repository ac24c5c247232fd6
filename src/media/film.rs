//! MP4, M4A and QuickTime: checked box by box, and what tells where and by whom it was made blanked.
//!
//! Boxes keep their places and sizes, because tables in the file point to bytes by their places: a
//! box that has to go becomes `free`, and its content zeros. Of tracks, only pictures and sound
//! stay: cameras write places into subtitles and tracks of measurements, whose samples are zeroed.
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

/// What the boxes said.
#[derive(Default)]
struct Found {
    brand: Option<[u8; 4]>,
    pictures: bool,
    sound: bool,
    movie: bool,
    /// Where the frames are.
    frames: Vec<Part>,
    /// Whether frames come with boxes of their own, and of which tracks.
    fragments: bool,
    fragmented: Vec<u32>,
    /// The tracks that go, and where their samples are.
    gone: Vec<u32>,
    samples: Vec<(u64, u64)>,
    /// The furthest place where a track that stays has samples.
    reach: u64,
}

/// Whether a file begins with a box that films begin with. QuickTime may lack the first, `ftyp`.
pub fn begins(head: &[u8]) -> bool {
    let Some(([a, b, c, d], rest)) = head.split_first_chunk() else { return false };
    // As letters of a text, the size would be one that no film has.
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

/// Checks the boxes and blanks those that are not needed to play it; what follows its end goes.
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
            // Zeros and whatever else programs leave behind the last box, but none of the film's.
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
            // A size of "up to the end" that only frames have.
            _ if found.plays() && part.open => break,
            _ => boxes.blank(part)?,
        }
        at = part.end;
    }
    let pictures =
        [b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis", b"crx "];
    if found.brand.is_some_and(|brand| pictures.contains(&&brand)) {
        return Err(Refusal::unfit("is a HEIC, AVIF or raw image: save it as JPEG"));
    }
    if !found.plays() || (!found.fragments && found.reach > at) {
        return Err(Refusal::unfit("is cut off"));
    }
    if found.fragmented.iter().any(|id| found.gone.contains(id)) {
        let why = "has subtitles or measurements that cannot be removed: save it without";
        return Err(Refusal::unfit(why));
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
    /// Whether there is all that a player needs.
    fn plays(&self) -> bool {
        self.movie && (self.fragments || !self.frames.is_empty())
    }
}

fn unreadable() -> Refusal {
    Refusal::unfit("is no video that can be read")
}

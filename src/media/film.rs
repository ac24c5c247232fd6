//! MP4, M4A and QuickTime: checked box by box, and what tells where and by whom it was made blanked.
//!
//! Boxes keep their places and sizes, because tables in the file point to bytes by their places: a
//! box that has to go becomes `free`, and its content zeros. What a track of measurements (as some
//! cameras write them) has among the frames is left there, where nothing points to it any more.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom, Write},
};

use entity::MediaKind;

use super::content::Refusal;

/// Most boxes that are looked at.
const MOST: usize = 100_000;

/// What the boxes said.
#[derive(Default)]
struct Found {
    boxes: usize,
    pictures: bool,
    sound: bool,
    /// Whether there are frames.
    frames: bool,
    movie: bool,
}

/// A box: its type, where it begins, where its content begins, and where it ends.
#[derive(Clone, Copy)]
struct Part {
    kind: [u8; 4],
    begin: u64,
    content: u64,
    end: u64,
}

/// Checks the boxes and blanks those that are not needed to play it.
pub fn clean(file: &mut File, bytes: u64) -> Result<(MediaKind, &'static str), Refusal> {
    let mut brand = [0; 4];
    file.seek(SeekFrom::Start(8))?;
    file.read_exact(&mut brand)?;
    let pictures =
        [b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis"];
    if pictures.contains(&&brand) {
        return Err(Refusal::unfit("is a HEIC or AVIF image: save it as JPEG"));
    }
    let mut found = Found::default();
    let mut at = 0;
    while at < bytes {
        let part = part(file, at, bytes, &mut found)?;
        match &part.kind {
            b"ftyp" if at == 0 => {}
            _ if at == 0 => return Err(unreadable()),
            b"moov" => {
                found.movie = true;
                movie(file, part, &mut found)?;
            }
            b"mdat" | b"moof" => found.frames = true,
            b"sidx" | b"styp" | b"mfra" => {}
            _ => blank(file, part)?,
        }
        at = part.end;
    }
    if !found.movie || !found.frames {
        return Err(Refusal::unfit("is cut off"));
    }
    match (found.pictures, found.sound) {
        (true, _) if &brand == b"qt  " => Ok((MediaKind::Video, "video/quicktime")),
        (true, _) => Ok((MediaKind::Video, "video/mp4")),
        (false, true) => Ok((MediaKind::File, "audio/mp4")),
        (false, false) => Err(unreadable()),
    }
}

fn unreadable() -> Refusal {
    Refusal::unfit("is no video that can be read")
}

fn part(file: &mut File, begin: u64, limit: u64, found: &mut Found) -> Result<Part, Refusal> {
    found.boxes += 1;
    if found.boxes > MOST {
        return Err(unreadable());
    }
    let mut head = [0; 8];
    file.seek(SeekFrom::Start(begin))?;
    file.read_exact(&mut head)?;
    let [a, b, c, d, kind @ ..] = head;
    let (size, header) = match u32::from_be_bytes([a, b, c, d]) {
        0 => (limit - begin, 8),
        1 => {
            let mut size = [0; 8];
            file.read_exact(&mut size)?;
            (u64::from_be_bytes(size), 16)
        }
        size => (size.into(), 8),
    };
    let end = begin.checked_add(size).filter(|end| *end <= limit && size >= header);
    let end = end.ok_or_else(|| Refusal::unfit("is cut off"))?;
    Ok(Part { kind, begin, content: begin + header, end })
}

/// The boxes in a box.
fn parts(file: &mut File, of: Part, found: &mut Found) -> Result<Vec<Part>, Refusal> {
    let mut parts = Vec::new();
    let mut at = of.content;
    // QuickTime ends some lists with a zero of four bytes.
    while at + 8 <= of.end {
        let inner = part(file, at, of.end, found)?;
        at = inner.end;
        parts.push(inner);
    }
    Ok(parts)
}

fn movie(file: &mut File, movie: Part, found: &mut Found) -> Result<(), Refusal> {
    for part in parts(file, movie, found)? {
        match &part.kind {
            b"trak" => track(file, part, found)?,
            b"mvhd" | b"mvex" | b"iods" => {}
            b"cmov" => return Err(unreadable()),
            _ => blank(file, part)?,
        }
    }
    Ok(())
}

fn track(file: &mut File, track: Part, found: &mut Found) -> Result<(), Refusal> {
    let mut measures = false;
    for part in parts(file, track, found)? {
        match &part.kind {
            b"mdia" => {
                for part in parts(file, part, found)? {
                    match &part.kind {
                        b"hdlr" => measures |= handler(file, part, found)?,
                        b"mdhd" | b"minf" | b"elng" => {}
                        _ => blank(file, part)?,
                    }
                }
            }
            b"tkhd" | b"edts" | b"tref" | b"trgr" | b"tapt" => {}
            _ => blank(file, part)?,
        }
    }
    if measures { blank(file, track) } else { Ok(()) }
}

/// Notes what a track is, and blanks its name; whether it is one of measurements.
fn handler(file: &mut File, part: Part, found: &mut Found) -> Result<bool, Refusal> {
    let mut kind = [0; 4];
    file.seek(SeekFrom::Start(part.content + 8))?;
    file.read_exact(&mut kind)?;
    if part.content + 24 < part.end {
        zero(file, part.content + 24, part.end)?;
    }
    match &kind {
        b"vide" => found.pictures = true,
        b"soun" => found.sound = true,
        _ => {}
    }
    Ok(!matches!(
        &kind,
        b"vide" | b"soun" | b"sbtl" | b"subt" | b"text" | b"tmcd" | b"clcp" | b"auxv"
    ))
}

fn blank(file: &mut File, part: Part) -> Result<(), Refusal> {
    file.seek(SeekFrom::Start(part.begin + 4))?;
    file.write_all(b"free")?;
    zero(file, part.content, part.end)
}

fn zero(file: &mut File, from: u64, to: u64) -> Result<(), Refusal> {
    file.seek(SeekFrom::Start(from))?;
    std::io::copy(&mut std::io::repeat(0).take(to - from), file)?;
    Ok(())
}

//! Tracks: video and audio tracks keep what is needed for playback, and others are removed.

use super::{
    super::content::Refusal,
    Found,
    boxes::{Boxes, Part, word},
    places, samples, unreadable,
};

/// The box that describes the content, with its tracks.
pub fn movie(boxes: &mut Boxes<'_>, movie: Part, found: &mut Found) -> Result<(), Refusal> {
    for part in boxes.inside(movie)? {
        match &part.kind {
            b"trak" => track(boxes, part, found)?,
            b"mvex" => boxes.keep(part, &[b"mehd", b"trex", b"leva"])?,
            b"mvhd" | b"iods" => {}
            b"cmov" => return Err(unreadable()),
            b"gps " => {
                places::listed(boxes, part, found)?;
                boxes.blank(part)?;
            }
            _ => boxes.blank(part)?,
        }
    }
    Ok(())
}

/// A box with the frames of a few seconds.
pub fn fragment(boxes: &mut Boxes<'_>, fragment: Part, found: &mut Found) -> Result<(), Refusal> {
    let known: &[&[u8; 4]] =
        &[b"tfhd", b"tfdt", b"trun", b"sdtp", b"sbgp", b"sgpd", b"saiz", b"saio", b"senc", b"subs"];
    for part in boxes.inside(fragment)? {
        match &part.kind {
            b"traf" => {
                for part in boxes.inside(part)? {
                    if &part.kind == b"tfhd" {
                        let id = word(&boxes.table(part)?, 4).ok_or_else(unreadable)?;
                        found.fragmented.push(id);
                    }
                }
                boxes.keep(part, known)?;
            }
            b"mfhd" => {}
            _ => boxes.blank(part)?,
        }
    }
    Ok(())
}

fn track(boxes: &mut Boxes<'_>, track: Part, found: &mut Found) -> Result<(), Refusal> {
    let (mut stays, mut id, mut samples) = (false, None, None);
    for part in boxes.inside(track)? {
        match &part.kind {
            b"mdia" => {
                for part in boxes.inside(part)? {
                    match &part.kind {
                        b"hdlr" => stays |= handler(boxes, part, found)?,
                        b"minf" => samples = Some(part),
                        b"mdhd" | b"elng" => {}
                        _ => boxes.blank(part)?,
                    }
                }
            }
            b"tkhd" => {
                let head = boxes.table(part)?;
                let wide = head.first() == Some(&1);
                id = word(&head, if wide { 20 } else { 12 });
            }
            b"edts" => boxes.keep(part, &[b"elst"])?,
            b"tapt" => boxes.keep(part, &[b"clef", b"prof", b"enof"])?,
            b"tref" | b"trgr" => {}
            _ => boxes.blank(part)?,
        }
    }
    if let Some(part) = samples {
        let table = information(boxes, part)?;
        if let Some(table) = table {
            samples::note(boxes, table, stays, found)?;
        }
    }
    if !stays {
        found.gone.extend(id);
        boxes.blank(track)?;
    }
    Ok(())
}

/// Determines the type of a track, and blanks its name; returns whether the track is kept.
fn handler(boxes: &mut Boxes<'_>, part: Part, found: &mut Found) -> Result<bool, Refusal> {
    let mut kind = [0; 4];
    if part.content + 12 > part.end {
        return Err(unreadable());
    }
    boxes.read(part.content + 8, &mut kind)?;
    if part.content + 24 < part.end {
        boxes.zero(part.content + 24, part.end)?;
    }
    match &kind {
        b"vide" => found.pictures = true,
        b"soun" => found.sound = true,
        _ => {}
    }
    Ok(matches!(&kind, b"vide" | b"soun" | b"auxv"))
}

/// The information about a track's samples; returns the box with the tables.
fn information(boxes: &mut Boxes<'_>, information: Part) -> Result<Option<Part>, Refusal> {
    let tables: &[&[u8; 4]] = &[
        b"stsd", b"stts", b"ctts", b"cslg", b"stss", b"stps", b"stsc", b"stsz", b"stz2", b"stco",
        b"co64", b"sdtp", b"sgpd", b"sbgp", b"saiz", b"saio", b"subs", b"padb", b"stdp", b"stsh",
    ];
    let mut table = None;
    for part in boxes.inside(information)? {
        match &part.kind {
            b"stbl" => {
                boxes.keep(part, tables)?;
                for part in boxes.inside(part)? {
                    if &part.kind == b"stsd" {
                        descriptions(boxes, part)?;
                    }
                }
                table = Some(part);
            }
            b"dinf" => {
                for part in boxes.inside(part)? {
                    match &part.kind {
                        b"dref" => references(boxes, part)?,
                        _ => boxes.blank(part)?,
                    }
                }
            }
            // The name of the data handler.
            b"hdlr" if part.content + 24 < part.end => boxes.zero(part.content + 24, part.end)?,
            b"vmhd" | b"smhd" | b"hmhd" | b"nmhd" | b"gmhd" | b"sthd" | b"hdlr" => {}
            _ => boxes.blank(part)?,
        }
    }
    Ok(table)
}

/// All data is in this file: paths on the author's machine, and external URLs, are removed.
fn references(boxes: &mut Boxes<'_>, part: Part) -> Result<(), Refusal> {
    let from = (part.content + 8).min(part.end);
    for entry in boxes.within(from, part.end)? {
        if entry.content + 4 < entry.end {
            boxes.zero(entry.content + 4, entry.end)?;
        }
    }
    Ok(())
}

/// How samples are encoded, without any other information.
fn descriptions(boxes: &mut Boxes<'_>, part: Part) -> Result<(), Refusal> {
    let from = (part.content + 8).min(part.end);
    for entry in boxes.within(from, part.end)? {
        let mut version = [0; 2];
        if entry.content + 10 > entry.end {
            continue;
        }
        boxes.read(entry.content + 8, &mut version)?;
        // Whichever it is: what does not fit a box is left unchanged.
        let heads: &[u64] = match version {
            [0, 0] => &[78, 28],
            [0, 1] => &[78, 44],
            _ => &[78, 64],
        };
        for head in heads {
            let mut at = entry.content + head;
            while at + 8 <= entry.end {
                let Ok(part) = boxes.part(at, entry.end) else { break };
                let told = matches!(&part.kind, b"udta" | b"meta" | b"uuid" | b"name" | b"loci");
                if told || part.kind[0] == 0xa9 {
                    boxes.blank(part)?;
                }
                at = part.end;
            }
        }
    }
    Ok(())
}

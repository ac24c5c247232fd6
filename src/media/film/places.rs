//! Places that dashboard cameras write between the frames. They go, as those in tracks do.
//!
//! A list in the box `gps ` says where some of them are; others are found by how they begin.

use memchr::memmem;

use super::{
    super::content::Refusal,
    Found,
    boxes::{Boxes, Part, word},
};

/// What a block with places begins with, behind its size and mostly the type of a box.
const MARK: &[u8] = b"freeGPS ";
/// How much is searched at once.
const CHUNK: u64 = 1 << 20;
/// How far a block reaches that does not say so: cameras write them in this size.
const BLOCK: u64 = 32 << 10;

/// Notes where the blocks are that a box `gps ` lists: a version, their number, and of each its
/// place and its size.
pub fn listed(boxes: &mut Boxes<'_>, list: Part, found: &mut Found) -> Result<(), Refusal> {
    let table = boxes.table(list)?;
    let blocks = (8..table.len()).step_by(8);
    found.samples.extend(blocks.map_while(|at| {
        let (begin, size) = (word(&table, at)?, word(&table, at + 4)?);
        Some((begin.into(), u64::from(begin) + u64::from(size)))
    }));
    Ok(())
}

/// Zeroes the blocks among these frames that no list tells of.
pub fn erase(boxes: &mut Boxes<'_>, frames: Part) -> Result<(), Refusal> {
    let mut chunk = Vec::new();
    let mut at = frames.content;
    while at < frames.end {
        let end = frames.end.min(at + CHUNK);
        chunk.resize(usize::try_from(end - at).unwrap_or_default(), 0);
        boxes.read(at, &mut chunk)?;
        at = match memmem::find(&chunk, MARK) {
            Some(mark) => block(boxes, frames, at + mark as u64)?,
            None if end == frames.end => end,
            // A mark may begin in this chunk and end in the next.
            None => end - (MARK.len() as u64 - 1),
        };
    }
    Ok(())
}

/// Zeroes the block with a mark at this place, and answers where it ends. Its size, which is kept,
/// stands before the mark and counts from itself on.
fn block(boxes: &mut Boxes<'_>, frames: Part, mark: u64) -> Result<u64, Refusal> {
    let mut size = [0; 4];
    if mark >= frames.content + 4 {
        boxes.read(mark - 4, &mut size)?;
    }
    let told = (mark - 4).saturating_add(u32::from_be_bytes(size).into());
    let least = mark + MARK.len() as u64;
    let end = if (least..=least + CHUNK).contains(&told) { told } else { mark + BLOCK };
    let end = end.min(frames.end).max(least);
    boxes.zero(mark, end)?;
    Ok(end)
}

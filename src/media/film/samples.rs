//! The positions of a track's samples. Samples of removed tracks are zeroed: nothing refers to them
//! any more, but they would still be in the file.

use super::{
    super::content::Refusal,
    Found,
    boxes::{Boxes, Part, word},
    unreadable,
};

/// Records the positions of a track's samples, according to its tables.
pub fn note(
    boxes: &mut Boxes<'_>,
    tables: Part,
    stays: bool,
    found: &mut Found,
) -> Result<(), Refusal> {
    let (mut sizes, mut runs, mut places) = (None, Vec::new(), Vec::new());
    for part in boxes.inside(tables)? {
        match &part.kind {
            b"stco" | b"co64" => {
                let wide = &part.kind == b"co64";
                places = chunks(&boxes.table(part)?, wide);
            }
            b"stsz" | b"stz2" if !stays => {
                let compact = &part.kind == b"stz2";
                sizes = Some(Sizes { table: boxes.table(part)?, compact });
            }
            b"stsc" if !stays => runs = boxes.table(part)?,
            _ => {}
        }
    }
    if stays {
        found.reach = found.reach.max(places.into_iter().max().unwrap_or(0));
        return Ok(());
    }
    let sizes = sizes.unwrap_or(Sizes { table: Vec::new(), compact: false });
    let (mut sample, mut run) = (0, 0);
    for (chunk, begin) in (1..).zip(places) {
        // Each run gives the first chunk to which it applies.
        while word(&runs, 8 + (run + 1) * 12).is_some_and(|first| first <= chunk) {
            run += 1;
        }
        let many = word(&runs, 8 + run * 12 + 4).unwrap_or(0) as usize;
        let length = sizes.of(sample, many);
        sample = sample.saturating_add(many);
        found.samples.push((begin, begin.saturating_add(length)));
    }
    // Something recorded once a second has no more samples in a year.
    match found.samples.len() > 1 << 20 {
        true => Err(unreadable()),
        false => Ok(()),
    }
}

/// Zeroes the recorded samples within frames.
pub fn erase(boxes: &mut Boxes<'_>, found: &Found) -> Result<(), Refusal> {
    let mut ranges = found.samples.clone();
    ranges.sort_unstable();
    let (mut done, mut at) = (0, 0);
    for (begin, end) in ranges {
        let begin = begin.max(done);
        while found.frames.get(at).is_some_and(|frames| frames.end <= begin) {
            at += 1;
        }
        for frames in found.frames[at..].iter().take_while(|frames| frames.content < end) {
            let (from, to) = (begin.max(frames.content), end.min(frames.end));
            if from < to {
                boxes.zero(from, to)?;
            }
        }
        done = done.max(end);
    }
    Ok(())
}

/// The chunk offsets in a table.
fn chunks(table: &[u8], wide: bool) -> Vec<u64> {
    let width = if wide { 8 } else { 4 };
    let count = word(table, 4).unwrap_or(0) as usize;
    let places = table.get(8..).unwrap_or_default().chunks_exact(width).take(count);
    places.map(|place| place.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))).collect()
}

/// The sizes of samples.
struct Sizes {
    table: Vec<u8>,
    /// Whether the table has fields of less than four bytes.
    compact: bool,
}

impl Sizes {
    /// The total size of some samples, starting at this number.
    fn of(&self, from: usize, many: usize) -> u64 {
        let count = word(&self.table, 8).unwrap_or(0) as usize;
        let numbers = from..from.saturating_add(many).min(count);
        match word(&self.table, 4) {
            Some(all) if all > 0 && !self.compact => {
                u64::from(all).saturating_mul(numbers.len() as u64)
            }
            // The table ends at its end, whatever it declares.
            _ => numbers.map_while(|number| self.one(number)).sum(),
        }
    }

    fn one(&self, number: usize) -> Option<u64> {
        let byte = |at: usize| self.table.get(12_usize.checked_add(at)?).copied().map(u64::from);
        if !self.compact {
            return word(&self.table, 12_usize.checked_add(number.checked_mul(4)?)?).map(u64::from);
        }
        match *self.table.get(7)? {
            4 => byte(number / 2)
                .map(|pair| if number.is_multiple_of(2) { pair >> 4 } else { pair & 15 }),
            8 => byte(number),
            16 => Some(byte(number.checked_mul(2)?)? << 8 | byte(number * 2 + 1)?),
            _ => None,
        }
    }
}

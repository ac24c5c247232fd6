//! The boxes of films.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom, Write},
};

use super::{super::content::Refusal, unreadable};

/// The maximum number of boxes inspected.
const MOST: usize = 100_000;
/// The maximum length of a table that is read.
const TABLE: u64 = 16 << 20;
/// How many bytes are compared with zeros at once.
const CHUNK: usize = 64 << 10;

/// A box: its type, its start, the start of its content, and its end.
#[derive(Clone, Copy)]
pub struct Part {
    pub kind: [u8; 4],
    pub begin: u64,
    pub content: u64,
    pub end: u64,
    /// Whether it extends up to the end, wherever that is.
    pub open: bool,
}

/// The boxes of a file.
pub struct Boxes<'a> {
    file: &'a mut File,
    seen: usize,
    /// Whether a byte of the file has been changed.
    changed: bool,
}

impl<'a> Boxes<'a> {
    pub fn new(file: &'a mut File) -> Self {
        Self { file, seen: 0, changed: false }
    }

    /// Whether a byte of the file has been changed.
    pub fn changed(&self) -> bool {
        self.changed
    }

    /// The box that begins here, inside something that ends at `limit`.
    pub fn part(&mut self, begin: u64, limit: u64) -> Result<Part, Refusal> {
        self.seen += 1;
        if self.seen > MOST {
            return Err(unreadable());
        }
        let mut head = [0; 8];
        self.read(begin, &mut head)?;
        let [a, b, c, d, kind @ ..] = head;
        let word = u32::from_be_bytes([a, b, c, d]);
        let (size, header) = match word {
            0 => (limit - begin, 8),
            1 => {
                let mut size = [0; 8];
                self.read(begin + 8, &mut size)?;
                (u64::from_be_bytes(size), 16)
            }
            size => (size.into(), 8),
        };
        let end = begin.checked_add(size).filter(|end| *end <= limit && size >= header);
        let end = end.ok_or_else(|| Refusal::damaged("is truncated"))?;
        Ok(Part { kind, begin, content: begin + header, end, open: word == 0 })
    }

    /// Whether a box that a player needs begins here, even if it is truncated.
    pub fn begins_needed(&mut self, at: u64, limit: u64) -> Result<bool, Refusal> {
        let mut kind = [0; 4];
        if limit - at < 8 {
            return Ok(false);
        }
        self.read(at + 4, &mut kind)?;
        Ok(matches!(&kind, b"moov" | b"mdat" | b"moof" | b"styp" | b"sidx"))
    }

    /// The boxes in a box, starting at `content`.
    pub fn within(&mut self, content: u64, end: u64) -> Result<Vec<Part>, Refusal> {
        let mut parts = Vec::new();
        let mut at = content;
        while at + 8 <= end {
            let inner = self.part(at, end)?;
            at = inner.end;
            parts.push(inner);
        }
        // QuickTime ends some lists with four zero bytes.
        if at < end {
            self.zero(at, end)?;
        }
        Ok(parts)
    }

    /// The boxes in a box.
    pub fn inside(&mut self, of: Part) -> Result<Vec<Part>, Refusal> {
        self.within(of.content, of.end)
    }

    /// Blanks the content of a box except for some kinds of boxes.
    pub fn keep(&mut self, of: Part, kinds: &[&[u8; 4]]) -> Result<(), Refusal> {
        for part in self.inside(of)? {
            if !kinds.contains(&&part.kind) {
                self.blank(part)?;
            }
        }
        Ok(())
    }

    /// Bytes at a position.
    pub fn read(&mut self, at: u64, bytes: &mut [u8]) -> Result<(), Refusal> {
        self.file.seek(SeekFrom::Start(at))?;
        Ok(self.file.read_exact(bytes)?)
    }

    /// The content of a box, if it is not longer than a table may be.
    pub fn table(&mut self, part: Part) -> Result<Vec<u8>, Refusal> {
        if part.end - part.content > TABLE {
            return Err(unreadable());
        }
        let mut table = Vec::new();
        self.file.seek(SeekFrom::Start(part.content))?;
        Read::by_ref(self.file).take(part.end - part.content).read_to_end(&mut table)?;
        Ok(table)
    }

    /// Turns a box into free space.
    pub fn blank(&mut self, part: Part) -> Result<(), Refusal> {
        if &part.kind != b"free" {
            self.changed = true;
            self.file.seek(SeekFrom::Start(part.begin + 4))?;
            self.file.write_all(b"free")?;
        }
        self.zero(part.content, part.end)
    }

    /// Writes zeros where there are others.
    pub fn zero(&mut self, from: u64, to: u64) -> Result<(), Refusal> {
        let mut chunk = vec![0; CHUNK];
        let mut at = from;
        while at < to {
            let length = usize::try_from(to - at).unwrap_or(CHUNK).min(CHUNK);
            let bytes = &mut chunk[..length];
            self.read(at, bytes)?;
            if bytes.iter().any(|byte| *byte != 0) {
                self.changed = true;
                bytes.fill(0);
                self.file.seek(SeekFrom::Start(at))?;
                self.file.write_all(bytes)?;
            }
            at += length as u64;
        }
        Ok(())
    }
}

/// A four-byte number in a table.
pub fn word(table: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*table.get(at..)?.first_chunk()?))
}

//! Documents that are packages: Office and `OpenDocument`. Other archives are refused, because
//! nobody sees what is in them; so are documents with programs in them. Photos in them tell no place.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{
    content::{Refusal, has},
    photo,
};

/// The maximum size of a package's directory.
const LIST: u64 = 4 << 20;
/// How many files a package may have.
const PARTS: usize = 10_000;
/// How many bytes they may have, unpacked.
const UNPACKED: u64 = 512 << 20;

/// The `OpenDocument` types, as they appear at the beginning of the file.
const OPEN: &[&str] = &[
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.graphics",
];

/// The media type of a document.
pub fn check(file: &mut File, bytes: u64, head: &[u8]) -> Result<&'static str, Refusal> {
    let names = names(file, bytes)?;
    let has_name = |fits: &dyn Fn(&str) -> bool| names.iter().any(|name| fits(name));
    if !names.iter().all(|name| is_plain(name)) {
        return Err(Refusal::unsupported("contains files with unsupported names"));
    }
    if names.len() > PARTS {
        return Err(Refusal::too_large("holds more than 10,000 files"));
    }
    if names.iter().collect::<HashSet<_>>().len() < names.len() {
        return Err(Refusal::unsupported("contains several files with the same name"));
    }
    if has_name(&|name| {
        let name = name.to_ascii_lowercase();
        name.ends_with("vbaproject.bin") || name.starts_with("basic/") || name.contains("/activex/")
    }) {
        return Err(Refusal::unsupported("contains macros: save it without them"));
    }
    let office = has_name(&|name| name == "[Content_Types].xml");
    for (folder, content_type) in [
        ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ] {
        if office && has_name(&|name| name.starts_with(folder)) {
            return Ok(content_type);
        }
    }
    let open = names.first().is_some_and(|name| name == "mimetype");
    let beginning = &head[..head.len().min(160)];
    let kind = OPEN.iter().find(|kind| {
        let marked = format!("mimetype{kind}");
        // `…text-template` is a different type.
        open && has(beginning, marked.as_bytes()) && !has(beginning, format!("{kind}-").as_bytes())
    });
    kind.copied().ok_or_else(|| Refusal::unsupported("is an archive: send its files individually"))
}

/// The package without locations in its photos, rewritten into an unnamed file in `scratch`;
/// none if there is no such photo in this one.
pub fn clean(file: &File, scratch: &Path) -> Result<Option<File>, Refusal> {
    let mut package = ZipArchive::new(file).map_err(|_| cut_off())?;
    let large = || Refusal::too_large("has more than 512 MiB when unpacked");
    if package.decompressed_size().is_some_and(|bytes| bytes > UNPACKED.into()) {
        return Err(large());
    }
    let mut photos = Vec::new();
    let mut left = UNPACKED;
    for at in 0..package.len() {
        let mut entry = package.by_index(at).map_err(|_| cut_off())?;
        let mut bytes = Vec::new();
        Read::by_ref(&mut entry).take(2).read_to_end(&mut bytes).map_err(|_| cut_off())?;
        let is_photo = bytes == [0xff, 0xd8];
        let mut rest = Read::by_ref(&mut entry).take(left);
        let unpacked = match is_photo {
            true => rest.read_to_end(&mut bytes).map(|length| length as u64),
            // What the directory says of the size may be wrong.
            false => io::copy(&mut rest, &mut io::sink()),
        };
        left -= unpacked.map_err(|_| cut_off())?;
        if left == 0 {
            return Err(large());
        }
        if is_photo && photo::blank(&mut bytes) {
            photos.push(at);
        }
    }
    if photos.is_empty() {
        return Ok(None);
    }
    let mut anew = ZipWriter::new(tempfile::tempfile_in(scratch)?);
    for at in 0..package.len() {
        if !photos.contains(&at) {
            let entry = package.by_index_raw(at).map_err(|_| cut_off())?;
            anew.raw_copy_file(entry).map_err(|_| cut_off())?;
            continue;
        }
        let mut entry = package.by_index(at).map_err(|_| cut_off())?;
        let options = SimpleFileOptions::default()
            .compression_method(entry.compression())
            .last_modified_time(entry.last_modified().unwrap_or_default());
        let name = entry.name().map_err(|_| cut_off())?.to_string();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(|_| cut_off())?;
        photo::blank(&mut bytes);
        anew.start_file(name, options).map_err(|_| cut_off())?;
        anew.write_all(&bytes)?;
    }
    anew.finish().map(Some).map_err(|_| cut_off())
}

fn cut_off() -> Refusal {
    Refusal::damaged("is truncated, or not a readable document")
}

/// The names in a package, from the directory at its end, which nothing may follow.
fn names(file: &mut File, bytes: u64) -> Result<Vec<String>, Refusal> {
    let from = bytes.saturating_sub(22 + 0xffff);
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(from))?;
    file.read_to_end(&mut tail)?;
    let number = |bytes: &[u8], at: usize, width: usize| -> Option<u64> {
        let field = bytes.get(at..at + width)?;
        Some(field.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    };
    let ends = (0..tail.len().saturating_sub(21)).rev().find(|&at| {
        tail[at..].starts_with(b"PK\x05\x06")
            && number(&tail, at + 20, 2) == Some((tail.len() - at - 22) as u64)
    });
    let end = ends.ok_or_else(cut_off)?;
    let field = |at, width| number(&tail, end + at, width).ok_or_else(cut_off);
    let (count, length, begin) = (field(10, 2)?, field(12, 4)?, field(16, 4)?);
    if length > LIST || begin + length != from + end as u64 {
        return Err(cut_off());
    }
    let mut list = Vec::new();
    file.seek(SeekFrom::Start(begin))?;
    file.take(length).read_to_end(&mut list)?;
    let mut names = Vec::new();
    let mut at = 0;
    while at < list.len() {
        if !list[at..].starts_with(b"PK\x01\x02") {
            return Err(cut_off());
        }
        let width = |offset| {
            let field = number(&list, at + offset, 2).and_then(|field| usize::try_from(field).ok());
            field.ok_or_else(cut_off)
        };
        let (name, extra, comment) = (width(28)?, width(30)?, width(32)?);
        let bytes = list.get(at + 46..at + 46 + name).ok_or_else(cut_off)?;
        names.push(String::from_utf8(bytes.to_vec()).map_err(|_| cut_off())?);
        at += 46 + name + extra + comment;
    }
    if names.len() as u64 != count {
        return Err(cut_off());
    }
    Ok(names)
}

/// Whether a name stays inside the folder into which it is unpacked.
fn is_plain(name: &str) -> bool {
    !name.starts_with('/')
        && !name.contains(['\\', ':', '\0'])
        && name.split('/').all(|step| step != "..")
}

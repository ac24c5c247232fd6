//! Backups: a folder with the rows of all tables and the objects of all media.
//!
//! ```text
//! manifest.json          what the backup consists of, with numbers and checksums
//! tables/account.jsonl   the rows of a table, one JSON object per line
//! media.jsonl            the objects: key, media type, size and checksum
//! media/…                the objects themselves, by key
//! ```
//!
//! The format is the same for both databases and for every kind of storage, so that a backup can be
//! restored into another one. What is hashed in the database is hashed in the backup.

use std::{
    io::{self, Write},
    path::{Component, Path},
};

use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use domain::Error;
use entity::table::Table;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

mod read;
mod restore;
mod row;
mod write;

pub use read::Backup;
pub use restore::{restore, transfer};
pub use write::write;

/// The version of the format.
const FORMAT: u32 = 1;
/// The name of the manifest.
const MANIFEST: &str = "manifest.json";
/// The name of the list of objects.
const OBJECTS: &str = "media.jsonl";
/// The folder of the objects.
const MEDIA: &str = "media";

/// Reports what is being done, one step at a time.
pub type Say<'a> = &'a (dyn Fn(&str) + Sync);

/// What a backup consists of.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The version of the format.
    pub format: u32,
    /// The version of the program that made it.
    pub version: String,
    /// The time whose data it contains.
    pub created_at: DateTime<Utc>,
    /// The migrations that had been applied to the database.
    pub steps: Vec<String>,
    /// The tables, each after those to which it refers.
    pub tables: Vec<Rows>,
    /// The media.
    pub media: Media,
}

impl Manifest {
    /// The number of rows in all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }
}

/// The rows of a table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rows {
    /// The table.
    #[serde(flatten)]
    pub table: Table,
    /// The number of its rows.
    pub rows: u64,
    /// The SHA-256 hash of its file, in hexadecimal.
    pub sha256: String,
}

impl Rows {
    /// The path of a table's file in the backup.
    fn file(table: &Table) -> String {
        format!("tables/{}.jsonl", table.name)
    }
}

/// The objects of media.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Media {
    /// The number of objects.
    pub objects: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// The number of objects that could not be found in the storage.
    pub missing: u64,
    /// The SHA-256 hash of the list of objects, in hexadecimal.
    pub sha256: String,
}

/// An object.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Object {
    /// The key in the storage.
    pub key: String,
    /// The media type.
    pub content_type: String,
    /// The size.
    pub bytes: u64,
    /// The SHA-256 hash, in hexadecimal.
    pub sha256: String,
}

/// Whether a name from a backup stays inside the folder.
fn is_inside(name: &str) -> bool {
    let inside = |part| matches!(part, Component::Normal(_));
    !name.is_empty() && Path::new(name).components().all(inside)
}

/// Writes and hashes at the same time.
struct Hashing<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Hashing<W> {
    fn new(inner: W) -> Self {
        Self { inner, hash: Sha256::new(), bytes: 0 }
    }

    /// What was written to, its size, and its SHA-256 hash in hexadecimal.
    fn finish(mut self) -> io::Result<(W, u64, String)> {
        self.inner.flush()?;
        Ok((self.inner, self.bytes, HEXLOWER.encode(&self.hash.finalize())))
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// What went wrong with a file, for the operator.
fn failed(path: &Path) -> impl Fn(io::Error) -> Error {
    let path = path.display().to_string();
    move |error| Error::wrong(format!("{path}: {error}."))
}

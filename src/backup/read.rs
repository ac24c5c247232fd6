//! Reads a backup, trusting nothing in it before it has been checked.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use domain::{Error, Result, db::Row};
use entity::table::Table;
use serde::de::DeserializeOwned;

use super::{
    FORMAT, Hashing, MANIFEST, MEDIA, Manifest, OBJECTS, Object, Rows, Say, failed, is_inside, row,
};

/// A backup.
#[derive(Debug)]
pub struct Backup {
    folder: PathBuf,
    manifest: Manifest,
}

impl Backup {
    /// Opens the backup in a folder and checks it completely: every file is there and unchanged,
    /// every row can be read.
    pub fn open(folder: &Path, say: Say<'_>) -> Result<Self> {
        let path = folder.join(MANIFEST);
        let text = fs::read(&path).map_err(|error| {
            Error::wrong(format!("{} is not a backup: {MANIFEST}: {error}.", folder.display()))
        })?;
        let manifest: Manifest = serde_json::from_slice(&text)
            .map_err(|error| Error::wrong(format!("{} is damaged: {error}.", path.display())))?;
        if manifest.format != FORMAT {
            return Err(Error::wrong(format!(
                "The backup was made by version {} in a format that this version does not know. \
                 Restore it with that version.",
                manifest.version
            )));
        }
        let backup = Self { folder: folder.to_owned(), manifest };
        for table in &backup.manifest.tables {
            say(&format!("checking {}: {} rows", table.table.name, table.rows));
            backup.check_table(table)?;
        }
        say(&format!("checking media: {} files", backup.manifest.media.objects));
        backup.check_media()?;
        Ok(backup)
    }

    /// What it consists of.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The rows of a table.
    pub(super) fn rows<'a>(
        &'a self,
        table: &'a Table,
    ) -> Result<impl Iterator<Item = Result<Row>> + 'a> {
        let path = self.folder.join(Rows::file(table));
        let lines = lines(&path)?;
        Ok(lines.map(move |json| {
            let row = row::from_json(json?, &table.columns);
            row.ok_or_else(|| damaged(&path, "a row is not valid"))
        }))
    }

    /// The objects.
    pub(super) fn objects(&self) -> Result<impl Iterator<Item = Result<Object>>> {
        lines(&self.folder.join(OBJECTS))
    }

    /// The file of an object.
    pub(super) fn object(&self, key: &str) -> Result<File> {
        let path = self.folder.join(MEDIA).join(key);
        File::open(&path).map_err(failed(&path))
    }

    fn check_table(&self, table: &Rows) -> Result<()> {
        let name = Rows::file(&table.table);
        let path = self.folder.join(&name);
        if !is_inside(&name) {
            return Err(damaged(&self.folder.join(MANIFEST), "a table has no valid name"));
        }
        same(&path, &hash(&path)?.1, &table.sha256)?;
        let mut count = 0;
        for row in self.rows(&table.table)? {
            row?;
            count += 1;
        }
        match count == table.rows {
            true => Ok(()),
            false => Err(damaged(&path, "it has another number of rows than the manifest says")),
        }
    }

    fn check_media(&self) -> Result<()> {
        let list = self.folder.join(OBJECTS);
        let expected = &self.manifest.media;
        same(&list, &hash(&list)?.1, &expected.sha256)?;
        let mut count = 0;
        for object in self.objects()? {
            let Object { key, bytes, sha256, .. } = object?;
            if !is_inside(&key) {
                return Err(damaged(&list, "a key is not valid"));
            }
            let path = self.folder.join(MEDIA).join(&key);
            let (size, found) = hash(&path)?;
            same(&path, &found, &sha256)?;
            if size != bytes {
                return Err(damaged(&list, "a size is wrong"));
            }
            count += 1;
        }
        match count == expected.objects {
            true => Ok(()),
            false => Err(damaged(&list, "it has another number of files than the manifest says")),
        }
    }
}

/// The lines of a file, each of them JSON.
fn lines<T: DeserializeOwned>(path: &Path) -> Result<impl Iterator<Item = Result<T>> + use<T>> {
    let path = path.to_owned();
    let file = File::open(&path).map_err(failed(&path))?;
    Ok(BufReader::new(file).lines().map(move |line| {
        let line = line.map_err(failed(&path))?;
        serde_json::from_str(&line).map_err(|error| damaged(&path, &error.to_string()))
    }))
}

/// The size of a file, and its SHA-256 hash in hexadecimal.
fn hash(path: &Path) -> Result<(u64, String)> {
    let mut file = File::open(path).map_err(failed(path))?;
    let mut hash = Hashing::new(io::sink());
    io::copy(&mut file, &mut hash).map_err(failed(path))?;
    let (_, bytes, sha256) = hash.finish().map_err(failed(path))?;
    Ok((bytes, sha256))
}

fn same(path: &Path, found: &str, expected: &str) -> Result<()> {
    match found == expected {
        true => Ok(()),
        false => Err(damaged(path, "its checksum is wrong")),
    }
}

fn damaged(path: &Path, what: &str) -> Error {
    Error::wrong(format!("The backup is damaged: {}: {what}. Use another backup.", path.display()))
}

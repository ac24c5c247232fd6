//! Makes a backup while the server may be running.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use domain::{
    Error, Result, clock,
    db::{Db, Snapshot},
    inside::media,
    private,
};
use entity::table::Table;
use futures_util::TryStreamExt;

use super::{
    FORMAT, Hashing, MANIFEST, MEDIA, Manifest, Media, OBJECTS, Object, Rows, Say, failed, row,
};
use crate::storage::Storage;

/// Writes a backup into a new folder, completely or not at all: the database as it is now, and then
/// the media in it.
pub async fn write(db: &Db, storage: &Storage, folder: &Path, say: Say<'_>) -> Result<Manifest> {
    if fs::read_dir(folder).is_ok_and(|mut found| found.next().is_some()) || folder.is_file() {
        return Err(Error::wrong(format!(
            "{} already exists. Name a folder that does not: each backup has its own.",
            folder.display()
        )));
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    private::folder(parent).map_err(failed(parent))?;
    // Deleted with this value if anything fails.
    let unfinished = tempfile::Builder::new().prefix(".twinspace-backup-").tempdir_in(parent);
    let unfinished = unfinished.map_err(failed(parent))?;
    let into = Folder(unfinished.path().to_owned());

    let created_at = clock::now();
    let snapshot = db.snapshot().await?;
    let mut tables = Vec::new();
    for table in snapshot.tables() {
        let rows = into.table(&snapshot, table).await?;
        say(&format!("{}: {} rows", table.name, rows.rows));
        tables.push(rows);
    }
    let steps = snapshot.steps().to_vec();
    let objects = media::stored(&*snapshot).await?;
    drop(snapshot);
    say(&format!("media: {} files", objects.len()));
    let media = into.media(storage, objects).await?;
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let manifest = Manifest { format: FORMAT, version, created_at, steps, tables, media };
    let mut file = into.create(MANIFEST)?;
    serde_json::to_writer_pretty(&mut file, &manifest).map_err(Error::internal)?;
    into.close(MANIFEST, file)?;
    fs::rename(unfinished.path(), folder).map_err(failed(folder))?;
    // It is no longer at its temporary place.
    drop(unfinished.keep());
    Ok(manifest)
}

/// The folder of an unfinished backup.
struct Folder(PathBuf);

impl Folder {
    fn create(&self, name: &str) -> Result<Hashing<BufWriter<File>>> {
        let path = self.0.join(name);
        if let Some(folder) = path.parent() {
            private::folder(folder).map_err(failed(folder))?;
        }
        let file = private::file(&path).map_err(failed(&path))?;
        Ok(Hashing::new(BufWriter::new(file)))
    }

    /// Brings a file to the disk; returns its size and hash.
    fn close(&self, name: &str, file: Hashing<BufWriter<File>>) -> Result<(u64, String)> {
        let path = self.0.join(name);
        let (file, bytes, sha256) = file.finish().map_err(failed(&path))?;
        file.get_ref().sync_all().map_err(failed(&path))?;
        Ok((bytes, sha256))
    }

    async fn table(&self, snapshot: &Snapshot, table: &Table) -> Result<Rows> {
        let name = Rows::file(table);
        let path = self.0.join(&name);
        let mut file = self.create(&name)?;
        let mut rows = snapshot.rows(table).await?;
        let mut count = 0;
        while let Some(values) = rows.try_next().await? {
            let json = row::to_json(values, &table.columns)
                .ok_or_else(|| Error::wrong(format!("A row of {} cannot be read.", table.name)))?;
            serde_json::to_writer(&mut file, &json).map_err(Error::internal)?;
            file.write_all(b"\n").map_err(failed(&path))?;
            count += 1;
        }
        let (_, sha256) = self.close(&name, file)?;
        Ok(Rows { table: table.clone(), rows: count, sha256 })
    }

    async fn media(
        &self,
        storage: &Storage,
        objects: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Media> {
        let mut list = self.create(OBJECTS)?;
        let mut media = Media::default();
        for (key, content_type) in objects {
            let Some((bytes, sha256)) = self.object(storage, &key).await? else {
                media.missing += 1;
                continue;
            };
            media.objects += 1;
            media.bytes += bytes;
            let object = Object { key, content_type, bytes, sha256 };
            serde_json::to_writer(&mut list, &object).map_err(Error::internal)?;
            list.write_all(b"\n").map_err(failed(&self.0.join(OBJECTS)))?;
        }
        (_, media.sha256) = self.close(OBJECTS, list)?;
        Ok(media)
    }

    /// Copies an object; `None` if there is none, because it was deleted meanwhile or is lost.
    async fn object(&self, storage: &Storage, key: &str) -> Result<Option<(u64, String)>> {
        let (_, mut content) = match storage.read_whole(key).await {
            Ok(found) => found,
            Err(Error::NotFound(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let name = format!("{MEDIA}/{key}");
        let path = self.0.join(&name);
        let mut file = self.create(&name)?;
        while let Some(part) = content.try_next().await.map_err(failed(&path))? {
            file.write_all(&part).map_err(failed(&path))?;
        }
        self.close(&name, file).map(Some)
    }
}

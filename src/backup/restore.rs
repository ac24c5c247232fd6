//! Fills an empty database and storage: from a backup, or from another database.

use std::collections::{HashMap, HashSet};

use domain::{
    Error, Result,
    db::{Db, Load, Row},
};
use entity::table::Table;
use futures_util::{Stream, StreamExt, TryStreamExt, pin_mut, stream};

use super::{Backup, Object, Say};
use crate::storage::Storage;

/// The number of rows in memory at once.
const ROWS: usize = 500;

/// Restores a backup into an empty database and storage. If it fails, they are as before.
pub async fn restore(backup: &Backup, db: &Db, storage: &Storage, say: Say<'_>) -> Result<()> {
    db.refuse_filled().await?;
    let present = present(backup, storage).await?;
    let mut written = Vec::new();
    let done = async {
        say(&format!("media: {} files", backup.manifest().media.objects));
        put(backup, storage, &present, &mut written).await?;
        load(backup, db, say).await
    };
    let done = done.await;
    if done.is_err() {
        for key in written {
            storage.delete(&key).await?;
        }
    }
    done
}

/// Copies all rows of a database into an empty one; returns their number. The media stay where they
/// are.
pub async fn transfer(from: &Db, to: &Db, say: Say<'_>) -> Result<u64> {
    let snapshot = from.snapshot().await?;
    let load = to.load(snapshot.steps(), snapshot.tables()).await?;
    let mut all = 0;
    for table in snapshot.tables() {
        all += fill(&load, table, snapshot.rows(table).await?, say).await?;
    }
    load.finish().await?;
    Ok(all)
}

async fn load(backup: &Backup, db: &Db, say: Say<'_>) -> Result<()> {
    let manifest = backup.manifest();
    let tables: Vec<_> = manifest.tables.iter().map(|rows| rows.table.clone()).collect();
    let load = db.load(&manifest.steps, &tables).await?;
    for table in &tables {
        fill(&load, table, stream::iter(backup.rows(table)?), say).await?;
    }
    load.finish().await
}

/// Writes the rows of a table, and compares their number with what the database counts.
async fn fill(
    load: &Load,
    table: &Table,
    rows: impl Stream<Item = Result<Row>>,
    say: Say<'_>,
) -> Result<u64> {
    load.begin(table).await?;
    let chunks = rows.try_chunks(ROWS);
    pin_mut!(chunks);
    let mut written = 0;
    while let Some(some) = chunks.next().await {
        let some = some.map_err(|error| error.1)?;
        written += some.len() as u64;
        load.write(table, some).await?;
    }
    say(&format!("{}: {written} rows", table.name));
    match load.count(table).await? {
        found if found == written => Ok(written),
        found => Err(Error::wrong(format!(
            "The table {} has {found} rows instead of {written}, so nothing was kept.",
            table.name
        ))),
    }
}

/// Writes the objects of a backup that are not there yet, and notes their keys.
async fn put(
    backup: &Backup,
    storage: &Storage,
    present: &HashSet<String>,
    written: &mut Vec<String>,
) -> Result<()> {
    for object in backup.objects()? {
        let Object { key, content_type, bytes, .. } = object?;
        if present.contains(&key) {
            continue;
        }
        written.push(key.clone());
        storage.put(&key, backup.object(&key)?, bytes, &content_type).await?;
    }
    Ok(())
}

/// The keys of the objects that are already there. Objects of the backup may be, if only the
/// database was lost or if restoring was interrupted; others may not.
async fn present(backup: &Backup, storage: &Storage) -> Result<HashSet<String>> {
    let objects = backup.objects()?;
    let sizes: HashMap<_, _> =
        objects.map(|object| object.map(|it| (it.key, it.bytes))).collect::<Result<_>>()?;
    let mut present = HashSet::new();
    let mut found = storage.sizes();
    while let Some((key, bytes)) = found.try_next().await? {
        if sizes.get(&key) != Some(&bytes) {
            return Err(Error::wrong(format!(
                "The media storage contains {key}, which is not in the backup. Use an empty \
                 folder or bucket, or delete what it contains if nothing in it is needed."
            )));
        }
        present.insert(key);
    }
    Ok(present)
}

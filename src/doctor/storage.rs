//! The storage of media: writes, reads and deletes a file.

use domain::{Error, Result};
use futures_util::TryStreamExt;
use uuid::Uuid;

use super::{Finding, Part};
use crate::storage::Storage;

/// What to do if it does not work.
pub const MEND: &str = "For a folder, let the server's user write it and its disk; for a bucket, \
    allow its key to list, get, put and delete objects.";

const CONTENT: &[u8] = b"Written by `twinspace doctor`, and deleted again.";

/// Examines the storage.
pub async fn examine(storage: &Storage) -> Finding {
    let key = format!("check-{}", Uuid::now_v7());
    let tried = round_trip(storage, &key).await;
    let deleted = storage.delete(&key).await;
    match tried.and(deleted) {
        Ok(()) => Part::Storage.ok("Media can be written, read and deleted."),
        Err(error) => Part::Storage.failed(&error, MEND),
    }
}

async fn round_trip(storage: &Storage, key: &str) -> Result<()> {
    storage.put_bytes(key, CONTENT.to_vec(), "text/plain").await?;
    let (_, parts) = storage.read_whole(key).await?;
    let parts: Vec<_> = parts.try_collect().await.map_err(Error::internal)?;
    match parts.concat() == CONTENT {
        true => Ok(()),
        false => Err(Error::internal("what was read is not what was written")),
    }
}

//! Object storage: in a folder, or in an S3-compatible store.
//!
//! An object is written completely or not at all, in parts that never fill the memory. Uploads in
//! progress are unnamed files, which the operating system removes with the process.

use std::{
    fs::File,
    io,
    num::NonZeroUsize,
    ops::Range,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use domain::{Error, Result, db::Trouble, private};
use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use lru::LruCache;
use object_store::{
    Attribute, Attributes, GetOptions, GetRange, MultipartUpload, ObjectStore, ObjectStoreExt,
    PutMultipartOptions, PutOptions, RetryConfig, aws::AmazonS3Builder, local::LocalFileSystem,
    path::Path as Key,
};
use tokio::{
    io::{AsyncReadExt, AsyncSeekExt},
    sync::Semaphore,
};
use tracing::instrument;

use crate::config::{media::Config, server::Switch};

/// The size of a part: the minimum of S3.
const PART: usize = 5 << 20;
/// The number of objects written at the same time: each needs memory for a part or two.
const WRITERS: usize = 4;
/// The number of missing objects that are remembered.
const MISSED: NonZeroUsize = NonZeroUsize::new(10_000).expect("it is not 0");
/// What could not be found here.
const FILE: &str = "file";
/// How long the store may take to respond at startup.
const PATIENCE: Duration = Duration::from_secs(20);

/// Object storage.
#[derive(Debug)]
pub struct Storage {
    store: Arc<dyn ObjectStore>,
    /// The folder, if it is one.
    folder: Option<PathBuf>,
    /// The folder of uploads in progress.
    scratch: PathBuf,
    writers: Semaphore,
    /// The objects that were found to be missing.
    missed: Mutex<LruCache<String, ()>>,
}

impl Storage {
    /// Opens the storage according to the settings, and checks that it responds. The error is meant
    /// for the operator.
    pub async fn open(config: &Config, data_dir: &Path) -> Result<Self> {
        make_folder(data_dir)?;
        // An existing one may be open to others.
        private::close(data_dir);
        let scratch = data_dir.join("uploads");
        make_folder(&scratch)?;
        let bucket = config.media_s3_bucket.as_ref();
        let (store, folder): (Arc<dyn ObjectStore>, _) = if let Some(bucket) = bucket {
            (Arc::new(bucket_of(config, bucket)?), None)
        } else {
            let folder = data_dir.join("media");
            make_folder(&folder)?;
            let store = LocalFileSystem::new_with_prefix(&folder).map_err(failed)?;
            (Arc::new(store.with_fsync(true)), Some(folder))
        };
        let missed = Mutex::new(LruCache::new(MISSED));
        let writers = Semaphore::new(WRITERS);
        let storage = Self { store, folder, scratch, writers, missed };
        storage.check().await?;
        Ok(storage)
    }

    /// Whether the store responds.
    async fn check(&self) -> Result<()> {
        let prefix = Key::from("check");
        let mut list = self.store.list(Some(&prefix));
        let problem = match tokio::time::timeout(PATIENCE, list.next()).await {
            Ok(None | Some(Ok(_))) => return Ok(()),
            Ok(Some(Err(error))) => error.to_string(),
            Err(_) => "it took too long".to_owned(),
        };
        Err(wrong(&format!("the store did not respond as expected ({problem})")))
    }

    /// A file for an upload. It has no name: it disappears when it is closed.
    pub fn scratch(&self) -> io::Result<File> {
        tempfile::tempfile_in(&self.scratch)
    }

    /// The folder of uploads in progress.
    pub fn scratch_folder(&self) -> &Path {
        &self.scratch
    }

    /// Writes an object with this many bytes.
    #[instrument(name = "storage put", level = "trace", skip_all)]
    pub async fn put(&self, key: &str, file: File, bytes: u64, content_type: &str) -> Result<()> {
        let _turn = self.writers.acquire().await.map_err(Error::internal)?;
        let mut file = tokio::fs::File::from_std(file);
        file.rewind().await.map_err(Error::internal)?;
        let key = Key::from(key);
        let attributes = self.typed(content_type);
        if bytes <= PART as u64 {
            let whole = part(&mut file).await.map_err(Error::internal)?;
            complete(whole.len() as u64, bytes)?;
            let options = PutOptions { attributes, ..PutOptions::default() };
            self.store.put_opts(&key, whole.into(), options).await.map_err(failed)?;
            return Ok(());
        }
        let options = PutMultipartOptions { attributes, ..PutMultipartOptions::default() };
        let mut upload = self.store.put_multipart_opts(&key, options).await.map_err(failed)?;
        match in_parts(&mut *upload, &mut file, bytes).await {
            Ok(()) => Ok(()),
            Err(error) => {
                if let Err(error) = upload.abort().await {
                    tracing::warn!(%error, "an upload to the store could not be cancelled");
                }
                Err(error)
            }
        }
    }

    /// Writes a small object.
    #[instrument(name = "storage put", level = "trace", skip_all)]
    pub async fn put_bytes(&self, key: &str, bytes: Vec<u8>, content_type: &str) -> Result<()> {
        let options = PutOptions { attributes: self.typed(content_type), ..PutOptions::default() };
        let key = Key::from(key);
        let written = self.store.put_opts(&key, bytes.into(), options).await;
        written.map(drop).map_err(failed)
    }

    /// A remote store is given the media type; a folder does not keep it.
    fn typed(&self, content_type: &str) -> Attributes {
        match &self.folder {
            Some(_) => Attributes::default(),
            None => Attributes::from_iter([(Attribute::ContentType, content_type.to_owned())]),
        }
    }

    /// Reads a part of an object with this many bytes, on demand. `NotFound` if it does not exist
    /// or has another size.
    #[instrument(name = "storage get", level = "trace", skip_all)]
    pub async fn read(
        &self,
        key: &str,
        bytes: u64,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, io::Result<Bytes>>> {
        let range = Some(GetRange::Bounded(range));
        let options = GetOptions { range, ..GetOptions::default() };
        let found = match self.store.get_opts(&Key::from(key), options).await {
            Ok(found) => found,
            // A file that was truncated may have no such part.
            Err(object_store::Error::Generic { .. })
                if self.folder.is_some() && self.size(key).await? != bytes =>
            {
                return Err(Error::NotFound(FILE));
            }
            Err(error) => return Err(self.unread(error)),
        };
        same_size(found.meta.size, bytes)?;
        Ok(found.into_stream().map_err(io::Error::other).boxed())
    }

    /// Reads a whole object of unknown size. `NotFound` if it does not exist.
    #[instrument(name = "storage get", level = "trace", skip_all)]
    pub async fn read_whole(
        &self,
        key: &str,
    ) -> Result<(u64, BoxStream<'static, io::Result<Bytes>>)> {
        let found = self.store.get_opts(&Key::from(key), GetOptions::default()).await;
        let found = found.map_err(|error| self.unread(error))?;
        Ok((found.meta.size, found.into_stream().map_err(io::Error::other).boxed()))
    }

    /// The size of an object. `NotFound` if it does not exist.
    #[instrument(name = "storage head", level = "trace", skip_all)]
    pub async fn size(&self, key: &str) -> Result<u64> {
        let found = self.store.head(&Key::from(key)).await;
        Ok(found.map_err(|error| self.unread(error))?.size)
    }

    /// Checks that an object with this many bytes exists; otherwise `NotFound`.
    pub async fn find(&self, key: &str, bytes: u64) -> Result<()> {
        same_size(self.size(key).await?, bytes)
    }

    /// Tells the operator that the object of media is missing: once, and not whenever it is requested.
    /// Returns whether that is new.
    pub fn miss(&self, key: &str) -> bool {
        let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        let new = missed.put(key.to_owned(), ()).is_none();
        if new {
            tracing::error!(key, "a media file is missing; restore it from a backup");
        }
        new
    }

    /// Why an object cannot be read.
    fn unread(&self, error: object_store::Error) -> Error {
        let object_store::Error::NotFound { .. } = error else { return failed(error) };
        // A missing folder or bucket says nothing about its contents.
        let away = match &self.folder {
            Some(folder) => !folder.is_dir(),
            None => error.to_string().contains("NoSuchBucket"),
        };
        if away {
            Error::Unavailable(Trouble::Store, Arc::new(error))
        } else {
            Error::NotFound(FILE)
        }
    }

    /// The keys and sizes of all objects, in no order.
    pub fn sizes(&self) -> BoxStream<'static, Result<(String, u64)>> {
        let size = |found: object_store::ObjectMeta| (found.location.into(), found.size);
        self.store.list(None).map_ok(size).map_err(failed).boxed()
    }

    /// Deletes an object, and anything left of it by a crash while writing. It need not exist.
    #[instrument(name = "storage delete", level = "trace", skip_all)]
    pub async fn delete(&self, key: &str) -> Result<()> {
        if let Some(folder) = &self.folder {
            clear_parts(folder, key).await.map_err(Error::internal)?;
        }
        match self.store.delete(&Key::from(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
}

fn same_size(found: u64, bytes: u64) -> Result<()> {
    if found == bytes { Ok(()) } else { Err(Error::NotFound(FILE)) }
}

fn complete(read: u64, bytes: u64) -> Result<()> {
    match read == bytes {
        true => Ok(()),
        false => Err(Error::internal("an upload changed its size while it was being stored")),
    }
}

/// One part of a file; less at its end.
async fn part(file: &mut tokio::fs::File) -> io::Result<Bytes> {
    let mut part = BytesMut::with_capacity(PART);
    while part.len() < PART {
        let room = PART - part.len();
        if (&mut *file).take(room as u64).read_buf(&mut part).await? == 0 {
            break;
        }
    }
    Ok(part.freeze())
}

async fn in_parts(
    upload: &mut dyn MultipartUpload,
    file: &mut tokio::fs::File,
    bytes: u64,
) -> Result<()> {
    let mut written = 0;
    loop {
        let part = part(file).await.map_err(Error::internal)?;
        if part.is_empty() {
            break;
        }
        written += part.len() as u64;
        upload.put_part(part.into()).await.map_err(failed)?;
    }
    complete(written, bytes)?;
    upload.complete().await.map(drop).map_err(failed)
}

/// Deletes the files that become an object once they are complete: `KEY#1` and so on.
async fn clear_parts(folder: &Path, key: &str) -> io::Result<()> {
    for n in 1_u32.. {
        match tokio::fs::remove_file(folder.join(format!("{key}#{n}"))).await {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => break,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Creates a folder that is inaccessible to others.
fn make_folder(folder: &Path) -> Result<()> {
    private::folder(folder).map_err(|error| {
        let folder = folder.display();
        Error::wrong(format!(
            "The folder {folder} could not be created: {error}. Choose another --data-dir."
        ))
    })
}

fn bucket_of(config: &Config, bucket: &str) -> Result<object_store::aws::AmazonS3> {
    let (Some(key), Some(secret)) = (&config.media_s3_access_key, &config.media_s3_secret_key)
    else {
        return Err(wrong(
            "the access key and the secret key must be set together with the bucket",
        ));
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(&config.media_s3_region)
        .with_access_key_id(key)
        .with_secret_access_key(secret.reveal())
        .with_retry(RetryConfig {
            max_retries: 3,
            retry_timeout: Duration::from_secs(30),
            ..RetryConfig::default()
        });
    if let Some(endpoint) = &config.media_s3_endpoint {
        let address = url::Url::parse(endpoint).ok().filter(url::Url::has_host);
        let address = address.ok_or_else(|| wrong("the endpoint is not a valid URL"))?;
        let local = match address.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        };
        match address.scheme() {
            "https" => {}
            "http" if local || config.media_s3_allow_http == Switch::On => {
                builder = builder.with_allow_http(true);
            }
            "http" => {
                return Err(wrong(
                    "the endpoint is not encrypted; use https, or set --media-s3-allow-http on \
                     if it is in your own network",
                ));
            }
            _ => return Err(wrong("the endpoint must use https or http")),
        }
        builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
    }
    builder.build().map_err(|error| wrong(&error.to_string()))
}

/// The error, for the operator.
fn wrong(problem: &str) -> Error {
    Error::wrong(format!(
        "Media could not be stored in the bucket: {problem}. Check --media-s3-bucket, \
         --media-s3-endpoint, --media-s3-region, --media-s3-access-key and \
         TWINSPACE_MEDIA_S3_SECRET_KEY, or omit them to keep media as files in the data folder."
    ))
}

/// What has a name of its own is an answer of the store: nothing there, not allowed. All else keeps
/// it from being asked for a while.
fn failed(error: object_store::Error) -> Error {
    match &error {
        object_store::Error::Generic { source, .. } => {
            let trouble = Trouble::behind(&**source).unwrap_or(Trouble::Store);
            Error::Unavailable(trouble, Arc::new(error))
        }
        _ => Error::internal(error),
    }
}

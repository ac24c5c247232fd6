//! An S3-compatible store that checks signatures, on its own port.

use std::path::PathBuf;

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
};
use twinspace::config::media::Config;

/// The bucket.
const BUCKET: &str = "twinspace";
const KEY: &str = "AKIAEXAMPLE";
const SECRET: &str = "a secret that nobody reads";

/// The store. It ends when this is dropped.
pub struct Store {
    folder: TempDir,
    address: String,
    serving: JoinHandle<()>,
}

impl Store {
    /// An empty one.
    pub async fn start() -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let mut service = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
        service.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = service.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            // They end with this task.
            let mut clients = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let service = service.clone();
                clients.spawn(async move {
                    let builder = Builder::new(TokioExecutor::new());
                    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { folder, address, serving }
    }

    /// Makes a server store its media here.
    pub fn configure(&self, config: &mut Config) {
        config.media_s3_bucket = Some(BUCKET.into());
        config.media_s3_endpoint = Some(self.address.clone());
        config.media_s3_access_key = Some(KEY.into());
        config.media_s3_secret_key = Some(SECRET.parse().unwrap());
    }

    /// Stops responding.
    pub fn stop(&self) {
        self.serving.abort();
    }

    /// Where it stores the objects.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join(BUCKET)
    }

    /// The names of what is stored.
    pub fn objects(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        // Names that begin with a dot are internal.
        names.filter(|name| !name.starts_with('.')).collect()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.stop();
    }
}

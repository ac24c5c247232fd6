//! A server on its own port, used as clients use it.

use std::{net::SocketAddr, sync::Arc};

use clap::Parser;
use reqwest::{Client, RequestBuilder, Response, header};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};
use twinspace::{app::App, cli::Cli, config::Config, server::Server};

/// A running server.
pub struct Wire {
    pub address: SocketAddr,
    pub client: Client,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<domain::Result<()>>,
    folder: Option<TempDir>,
}

impl Wire {
    /// Starts a server on an empty SQLite database, with these flags.
    pub async fn start(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = App::start(config(&folder, flags)).await.unwrap();
        let mut wire = Self::of(app).await;
        wire.folder = Some(folder);
        wire
    }

    /// Serves an app that listens on port 0.
    pub async fn of(app: Arc<App>) -> Self {
        let server = Server::bind(app).await.unwrap();
        let address = server.address().unwrap();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(server.run(async {
            // A test that ends without stopping it releases it.
            let _ = stopped.await;
        }));
        let client = Client::builder().no_proxy().build().unwrap();
        Self { address, client, stop: Some(stop), running, folder: None }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(self.url(path))
    }

    /// A GET of `/graphql` with this query.
    pub fn get_query(&self, query: &str) -> RequestBuilder {
        self.get("/graphql").query(&[("query", query)])
    }

    /// A POST of this JSON to `/graphql`.
    pub fn post(&self, body: &Value) -> RequestBuilder {
        self.client
            .post(self.url("/graphql"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.to_string())
    }

    /// Posts a query and reads the answer.
    pub async fn query(&self, query: &str) -> Value {
        let response = self.post(&json!({ "query": query })).send().await.unwrap();
        response.json().await.unwrap()
    }

    /// Tells it to stop.
    pub fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).unwrap();
        }
    }

    /// Waits until it has stopped.
    pub async fn stopped(self) {
        self.running.await.unwrap().unwrap();
        drop(self.folder);
    }
}

/// The settings of a test server.
pub fn config(folder: &TempDir, flags: &[&str]) -> Config {
    let folder = folder.path().to_str().unwrap();
    let fixed = ["twinspace", "--listen", "127.0.0.1:0", "--data-dir", folder];
    Cli::parse_from(fixed.iter().chain(flags)).config
}

/// The code of the first error in a response.
pub fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_default()
}

/// The status and the code of a response.
pub async fn outcome(request: RequestBuilder) -> (u16, String) {
    let response: Response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let answer: Value = response.json().await.unwrap();
    (status, code(&answer).to_owned())
}

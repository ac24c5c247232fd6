//! What a resolver knows of its request.

use std::sync::{Arc, Mutex, PoisonError};

use crate::{
    app::App,
    auth::{Client, Viewer},
};

/// The data of one operation.
#[derive(Debug)]
pub struct Request {
    /// The server.
    pub app: Arc<App>,
    /// Where the request comes from.
    pub client: Client,
    viewer: Mutex<Viewer>,
}

impl Request {
    /// The data of an operation of `viewer`.
    pub fn new(app: Arc<App>, viewer: Viewer, client: Client) -> Self {
        Self { app, client, viewer: Mutex::new(viewer) }
    }

    /// Who asks.
    pub fn viewer(&self) -> Viewer {
        self.viewer.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

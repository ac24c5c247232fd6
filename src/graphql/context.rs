//! What a resolver knows of its request.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::Context;
use chrono::{DateTime, Utc};

use crate::{
    Result,
    app::App,
    auth::{Client, SignedIn, Viewer},
    clock,
    db::Db,
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

    /// Who asks from here on: the rest of an operation that signs in is its new viewer's.
    pub fn turn_into(&self, viewer: Viewer) {
        *self.viewer.lock().unwrap_or_else(PoisonError::into_inner) = viewer;
    }
}

/// What resolvers and guards ask of the context.
pub trait ContextExt {
    /// The data of the operation.
    fn request(&self) -> &Request;

    /// The server.
    fn app(&self) -> &Arc<App> {
        &self.request().app
    }

    /// The database.
    fn db(&self) -> &Db {
        &self.request().app.db
    }

    /// Who asks.
    fn viewer(&self) -> Viewer {
        self.request().viewer()
    }

    /// Who asks, or the error for those who are not signed in.
    fn signed_in(&self) -> Result<Arc<SignedIn>> {
        self.viewer().signed_in().cloned()
    }

    /// What time it is.
    fn now(&self) -> DateTime<Utc> {
        clock::now()
    }
}

impl ContextExt for Context<'_> {
    fn request(&self) -> &Request {
        self.data_unchecked()
    }
}

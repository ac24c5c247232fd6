//! Liveness and readiness, for monitoring.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use poem::{Endpoint, IntoResponse, Request, Response, Result, http::StatusCode, web::Json};
use serde_json::json;

use super::State;

/// How long the database may take to respond.
const PATIENCE: Duration = Duration::from_secs(2);

/// The server is running.
pub struct Alive;

impl Endpoint for Alive {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        Ok(Json(json!({ "status": "ok" })).into_response())
    }
}

/// The server can work: the database responds and is writable, and the server has not been told to
/// stop.
pub struct Ready(pub Arc<State>);

impl Endpoint for Ready {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        let State { api, draining, .. } = &*self.0;
        let (status, message) = match tokio::time::timeout(PATIENCE, api.app.db.ping()).await {
            _ if draining.load(Ordering::Relaxed) => ("stopping", None),
            Ok(Ok(())) => ("ok", None),
            Ok(Err(error)) => {
                tracing::warn!(?error, "the database is not available");
                ("database", Some(error.to_string()))
            }
            Err(_) => {
                let message = "The database did not respond in time.";
                tracing::warn!("{message}");
                ("database", Some(message.to_owned()))
            }
        };
        let code = if status == "ok" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let body = match message {
            Some(message) => json!({ "status": status, "message": message }),
            None => json!({ "status": status }),
        };
        Ok(Json(body).with_status(code).into_response())
    }
}

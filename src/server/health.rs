//! Whether it runs, and whether it can work: for those who watch it.

use std::{sync::Arc, time::Duration};

use poem::{Endpoint, IntoResponse, Request, Response, Result, http::StatusCode, web::Json};
use serde_json::json;

use super::State;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// It runs.
pub struct Alive;

impl Endpoint for Alive {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        Ok(Json(json!({ "status": "ok" })).into_response())
    }
}

/// It can work: the database answers, and nobody has told it to stop.
pub struct Ready(pub Arc<State>);

impl Endpoint for Ready {
    type Output = Response;

    async fn call(&self, _: Request) -> Result<Response> {
        let State { api, stop, .. } = &*self.0;
        let status = match tokio::time::timeout(PATIENCE, api.app.db.ping()).await {
            _ if stop.is_cancelled() => "stopping",
            Ok(Ok(())) => "ok",
            Ok(Err(error)) => {
                tracing::warn!(%error, "the database does not answer");
                "database"
            }
            Err(_) => {
                tracing::warn!("the database does not answer in time");
                "database"
            }
        };
        let code = if status == "ok" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        Ok(Json(json!({ "status": status })).with_status(code).into_response())
    }
}

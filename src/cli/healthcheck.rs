//! `twinspace healthcheck`, for containers, which have neither a shell nor curl.

use std::time::Duration;

use hyper::StatusCode;
use tokio::time::timeout;

use super::Failure;
use crate::{config::Config, server::probe};

/// How long the response may take: longer than the server waits for its database.
const PATIENCE: Duration = Duration::from_secs(4);

/// Asks the server that listens on `--listen` whether it can work.
pub async fn run(config: &Config) -> Result<(), Failure> {
    let address = probe::reachable(config.server.listen);
    match timeout(PATIENCE, probe::readiness(address)).await {
        Ok(Ok(response)) if response.status() == StatusCode::OK => Ok(()),
        Ok(Ok(response)) => Err(Failure::found(format!(
            "The server at {address} is not ready (status {}). Its log says why.",
            response.status().as_u16()
        ))),
        Ok(Err(error)) => {
            Err(Failure::found(format!("The server at {address} could not be asked: {error}.")))
        }
        Err(_) => Err(Failure::found(format!(
            "The server at {address} did not respond within {} seconds.",
            PATIENCE.as_secs()
        ))),
    }
}

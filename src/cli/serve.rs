//! `twinspace serve`.

use std::{io::ErrorKind, sync::Arc};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
    time::timeout,
};

use super::Failure;
use crate::{
    app::{App, housekeeping},
    config::Config,
    mail::{Mailer, Pace},
    server::Server,
};

/// Answers requests until it is told to stop by SIGTERM or SIGINT.
pub async fn run(config: Config) -> Result<(), Failure> {
    let unsettled = |error| Failure::because("Signals cannot be received", &error);
    let mut terminate = signal(SignalKind::terminate()).map_err(unsettled)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unsettled)?;
    let listen = config.server.listen;
    for warning in config.server.warnings() {
        tracing::warn!("{warning}");
    }
    make_room(config.server.limits.max_connections);
    let app = App::start(config).await.map_err(|error| Failure::database(&error))?;
    let server = Server::bind(Arc::clone(&app)).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => Failure(format!(
            "Another program listens on {listen}. Stop it, or choose another address with --listen."
        )),
        ErrorKind::PermissionDenied => Failure(format!(
            "Listening on {listen} is not permitted. Choose a port above 1023 with --listen."
        )),
        _ => Failure::because(&format!("Listening on {listen} (--listen) is not possible"), &error),
    })?;
    // Port 0 has become one that is free.
    let address = server.address().unwrap_or(listen);
    tracing::info!(%address, "listening");
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let mailer = Mailer::start(&app, Pace::default());
    let (quit, told) = oneshot::channel::<()>();
    let house = tokio::spawn(housekeeping::run(Arc::clone(&app), async { drop(told.await) }));
    let served = server.run(stop).await;
    drop(quit);
    if let Err(error) = house.await {
        tracing::error!(%error, "housekeeping failed");
    }
    if timeout(app.config.server.shutdown_timeout(), mailer.stop()).await.is_err() {
        tracing::warn!("a mail under way was cut off; it is sent anew");
    }
    app.db.clone().close().await.map_err(|error| Failure::database(&error.into()))?;
    tracing::info!("stopped");
    served.map_err(|error| Failure::because("The server stopped", &error))
}

/// Lets the process have as many files open as there may be connections, as far as it may.
fn make_room(connections: u32) {
    // The database's, the log's and those that are sent.
    let wanted = u64::from(connections) + 1000;
    match rlimit::increase_nofile_limit(wanted) {
        Ok(room) if room < wanted => tracing::warn!(
            room,
            wanted,
            "so few files may be open: raise the limit (ulimit -n), or lower --max-connections"
        ),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "how many files may be open is not known"),
    }
}

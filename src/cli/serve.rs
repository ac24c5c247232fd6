//! `twinspace serve`.

use std::{
    io::ErrorKind,
    sync::{Arc, atomic::Ordering},
};

use domain::{Error, db::Db};
use sd_notify::NotifyState;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
    time::timeout,
};

use super::Failure;
use crate::{
    app::{App, housekeeping},
    config::Config,
    doctor::{self, Finding, State},
    mail::{Mailer, Pace},
    server::Server,
};

/// The size in bytes up to which a SQLite file is checked at each startup.
const CHECKED: u64 = 1 << 30;

/// Serves requests until SIGTERM or SIGINT.
pub async fn run(config: Config) -> Result<(), Failure> {
    let unsettled = |error| Failure::because("Signals could not be set up", &error);
    let mut terminate = signal(SignalKind::terminate()).map_err(unsettled)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unsettled)?;
    let listen = config.server.listen;
    make_room(&config);
    let app = App::start(config).await.map_err(|error| Failure::database(&error))?;
    let occupied = app.db.occupy().map_err(|error| Failure::database(&error))?;
    let Some(_occupied) = occupied else {
        return Err(Failure::new(
            "Another server is already using this SQLite file, and neither would see the other's \
             changes. Stop that server, choose another --data-dir or --database-url, or use \
             PostgreSQL, which supports several servers.",
        ));
    };
    let server = Server::bind(Arc::clone(&app)).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => Failure::new(format!(
            "Another program is already listening on {listen}. Stop it, or choose another address with --listen."
        )),
        ErrorKind::PermissionDenied => Failure::new(format!(
            "Permission to listen on {listen} was denied. Choose a port above 1023 with --listen."
        )),
        _ => Failure::because(&format!("Could not listen on {listen} (--listen)"), &error),
    })?;
    // Port 0 has been replaced by a free port.
    let address = server.address().unwrap_or(listen);
    tracing::info!(%address, "listening");
    tell_manager(NotifyState::Ready);
    let (draining, drain_time) = (server.draining(), app.config.server.drain_time());
    let mut told = async move || {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let stop = async move {
        told().await;
        tell_manager(NotifyState::Stopping);
        draining.store(true, Ordering::Relaxed);
        if !drain_time.is_zero() {
            tracing::info!(seconds = drain_time.as_secs(), "stopping: others can take over");
            let _ = timeout(drain_time, told()).await;
        }
    };
    let checking = tokio::spawn(look_for_damage(app.db.clone()));
    let examining = tokio::spawn(examine(Arc::clone(&app)));
    let mailer = Mailer::start(&app, Pace::default());
    let (quit, told) = oneshot::channel::<()>();
    let house = tokio::spawn(housekeeping::run(Arc::clone(&app), async { drop(told.await) }));
    let served = server.run(stop).await;
    drop(quit);
    if let Err(error) = house.await {
        tracing::error!(%error, "housekeeping failed");
    }
    if timeout(app.config.server.shutdown_timeout(), mailer.stop()).await.is_err() {
        tracing::warn!("sending a mail was interrupted; it will be sent again");
    }
    checking.abort();
    examining.abort();
    app.db.clone().close().await.map_err(|error| Failure::database(&error.into()))?;
    tracing::info!("stopped");
    served.map_err(|error| Failure::because("The server stopped", &error))
}

/// Tells systemd how far the server is, if it was started by a unit of `Type=notify`.
fn tell_manager(state: NotifyState) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "systemd could not be told of the server's state");
    }
}

/// Logs what is wrong with the set-up, while the server is already serving.
async fn examine(app: Arc<App>) {
    for finding in doctor::examine_started(&app).await {
        let Finding { part, said, mend, .. } = finding;
        let mend = mend.unwrap_or_default();
        if finding.state == State::Problem {
            tracing::error!(%part, "{said} {mend}");
        } else {
            tracing::warn!(%part, "{said} {mend}");
        }
    }
}

/// Logs any damage found in a SQLite file. The check takes about one second per 100 MB.
async fn look_for_damage(db: Db) {
    if db.file_size().is_none_or(|size| size > CHECKED) {
        return;
    }
    match db.check().await.map_err(Error::from) {
        Ok(found) => {
            for damage in found {
                tracing::error!(%damage, "the database is damaged: run `twinspace check`");
            }
        }
        Err(error) => tracing::warn!(?error, "the database could not be checked"),
    }
}

/// Raises the limit on open files to match the maximum number of connections, as far as permitted.
fn make_room(config: &Config) {
    // How far that is, is examined with everything else.
    if let Err(error) = rlimit::increase_nofile_limit(doctor::open_files(config)) {
        tracing::warn!(%error, "the limit on open files is unknown");
    }
}

//! The entrance: HTTP and WebSocket.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use domain::Result;
use poem::{Endpoint, EndpointExt, IntoResponse, Route, get, middleware::CatchPanic};
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{app::App, config::server::Switch, graphql::api::Api, media::link::To};

mod access;
mod answer;
pub mod caller;
mod compression;
mod cors;
mod downloads;
mod exports;
mod health;
mod http;
mod leftover;
mod listener;
mod live;
mod manual;
mod media;
mod metrics;
mod parameters;
mod pictures;
mod playground;
pub mod probe;
mod problem;
mod socket;
mod stream;
mod trace;
mod uploads;

pub use live::{Turns, behind_all_others};

/// A server that has bound its port and does not respond yet.
pub struct Server {
    listener: TcpListener,
    state: Arc<State>,
}

/// What all requests share.
struct State {
    api: Api,
    /// Whether the server is about to stop.
    draining: Arc<AtomicBool>,
    /// Completes when the server stops serving.
    stop: CancellationToken,
    /// The sockets, which outlive the requests that opened them.
    sockets: TaskTracker,
    /// In which turns subscribers are told what happens.
    turns: Turns,
}

impl Server {
    /// Binds the port.
    pub async fn bind(app: Arc<App>) -> io::Result<Self> {
        let listener = TcpListener::bind(app.config.server.listen).await?;
        let state = State {
            api: Api::new(app),
            draining: Arc::default(),
            stop: CancellationToken::new(),
            sockets: TaskTracker::new(),
            turns: Turns::default(),
        };
        Ok(Self { listener, state: Arc::new(state) })
    }

    /// The address on which it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Whether `/readyz` says that the server is about to stop, while it still serves.
    pub fn draining(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.state.draining)
    }

    /// Serves until `stop`, and then finishes what is in progress.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<()> {
        let Self { listener, state } = self;
        let config = &state.api.app.config.server;
        let endpoint = Arc::new(routes(&state));
        let upkeep = tokio::spawn(metrics::upkeep());
        let serving = listener::serve(
            listener,
            endpoint,
            listener::Bounds {
                header_timeout: config.header_timeout(),
                grace: config.shutdown_timeout(),
                most: usize::try_from(config.limits.max_connections).unwrap_or(usize::MAX),
            },
            state.sockets.clone(),
            state.stop.clone(),
        );
        tokio::pin!(serving);
        tokio::select! {
            () = &mut serving => {}
            () = stop => {
                state.draining.store(true, Ordering::Relaxed);
                tracing::info!("stopping: requests in progress can finish");
                state.stop.cancel();
                serving.await;
            }
        }
        let acts = state.api.finish();
        if tokio::time::timeout(config.shutdown_timeout(), acts).await.is_err() {
            tracing::warn!(
                "mutations in progress were interrupted: uncommitted changes were rolled back"
            );
        }
        state.sockets.close();
        if tokio::time::timeout(socket::FAREWELL, state.sockets.wait()).await.is_err() {
            tracing::warn!(sockets = state.sockets.len(), "some sockets did not close");
        }
        upkeep.abort();
        Ok(())
    }
}

fn routes(state: &Arc<State>) -> impl Endpoint + use<> {
    let config = &state.api.app.config.server;
    let mut routes = Route::new()
        .at("/graphql", http::Graphql(Arc::clone(state)))
        .at("/schema.graphql", get(manual::Schema::new(Arc::clone(state))))
        .at("/exports", exports::Exports(Arc::clone(state)))
        .at("/media/:id", downloads::Downloads(Arc::clone(state), To::Media))
        .at("/media/:id/thumbnail", downloads::Downloads(Arc::clone(state), To::Thumbnail))
        .at("/avatars/:name", pictures::Avatars)
        .at("/pictures/:id", pictures::Photos(Arc::clone(state)))
        .at("/healthz", health::Alive)
        .at("/readyz", health::Ready(Arc::clone(state)));
    if config.metrics == Switch::On {
        routes = routes.at("/metrics", metrics::Metrics(Arc::clone(state)));
    }
    if config.playground() == Switch::On {
        routes = manual::routes(playground::routes(routes));
    }
    let (proxies, https_only) = (config.trusted_proxies, config.production == Switch::On);
    let cors = cors::Cors::new(&config.allowed_origins);
    let prover = state.api.app.prover.clone();
    routes
        .catch_all_error(async |error| problem::Problem::from_error(&error).into_response())
        .with(CatchPanic::new().with_handler(|_| problem::Problem::internal().into_response()))
        .around(compression::compress)
        .around(move |endpoint, request| cors.clone().apply(endpoint, request))
        .around(move |endpoint, request| {
            access::observe(endpoint, request, proxies, https_only, prover.clone())
        })
        .around(leftover::read)
}

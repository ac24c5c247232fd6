//! Connections: how long each may take, and how they end.
//!
//! poem's own server gives hyper no timer, so an incomplete request would hold a connection for
//! ever; `patience` has the timer.

use std::{convert::Infallible, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use metrics::counter;
use poem::{
    Addr, Endpoint, Request,
    http::uri::Scheme,
    web::{LocalAddr, RemoteAddr},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

mod patience;

use patience::{Answer, Exchange, Patience, Watched};

/// How long a client has to close its side after being told that the connection ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long connections may take, and how many there may be.
pub struct Bounds {
    /// For the head of a request; four times as long for reading a response.
    pub header_timeout: Duration,
    /// For what is in progress when the server stops.
    pub grace: Duration,
    /// Simultaneous connections, including WebSockets.
    pub most: usize,
}

/// Serves until `stop`. `sockets` are the connections that have become WebSockets.
pub async fn serve<E: Endpoint + 'static>(
    listener: TcpListener,
    endpoint: Arc<E>,
    bounds: Bounds,
    sockets: TaskTracker,
    stop: CancellationToken,
) {
    let Bounds { header_timeout, grace, most } = bounds;
    let local = listener.local_addr().ok();
    let connections = TaskTracker::new();
    let cut = CancellationToken::new();
    let builder = Arc::new(builder());
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Probably out of file descriptors: some will be released.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        if connections.len() + sockets.len() >= most {
            counter!("twinspace_connections_refused_total").increment(1);
            tracing::debug!(%remote, most, "too many connections");
            continue;
        }
        // Responses are small and written at once: waiting to fill a packet would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
        let peers = (local.unwrap_or(remote), remote);
        let (builder, endpoint) = (Arc::clone(&builder), Arc::clone(&endpoint));
        let (stop, cut) = (stop.clone(), cut.clone());
        connections.spawn(async move {
            tokio::select! {
                () = connection(&builder, stream, peers, endpoint, header_timeout, stop) => {}
                () = cut.cancelled() => {}
            }
        });
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(grace, connections.wait()).await.is_err() {
        tracing::warn!(connections = connections.len(), "requests were interrupted");
        cut.cancel();
        connections.wait().await;
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().header_read_timeout(None);
    builder.http2().max_concurrent_streams(100).max_header_list_size(16 << 10);
    builder
}

async fn connection<E: Endpoint + 'static>(
    builder: &Builder<TokioExecutor>,
    stream: TcpStream,
    (local, remote): (SocketAddr, SocketAddr),
    endpoint: Arc<E>,
    header_timeout: Duration,
    stop: CancellationToken,
) {
    let patience = Patience::new();
    let exchanges = Arc::clone(&patience);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let endpoint = Arc::clone(&endpoint);
        let exchange = Exchange::begin(&exchanges);
        let local = LocalAddr(Addr::SocketAddr(local));
        let remote = RemoteAddr(Addr::SocketAddr(remote));
        async move {
            let request = Request::from((request, local, remote, Scheme::HTTP));
            let response = endpoint.get_response(request).await;
            let response: hyper::Response<_> = response.into();
            Ok::<_, Infallible>(response.map(|body| Answer::new(body, exchange)))
        }
    });
    let stream = Watched::new(stream, Arc::clone(&patience));
    let mut connection =
        pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = stop.cancelled() => None,
        () = patience.ended(header_timeout) => None,
    };
    let ended = if let Some(ended) = ended {
        ended
    } else {
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            ended = connection => ended,
            () = patience.ended(header_timeout + FAREWELL) => Err("too slow".into()),
        }
    };
    if let Err(error) = ended {
        // Clients disconnect, or are too slow.
        tracing::debug!(error = &*error, "connection");
    }
}

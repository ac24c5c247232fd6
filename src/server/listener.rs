//! Connections: how long each may take, and how they end.
//!
//! poem's own server gives hyper no clock, so half a request would hold a connection for ever.

use std::{convert::Infallible, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
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

/// How long connections may take, and how many there may be.
pub struct Bounds {
    /// For the head of a request.
    pub header_timeout: Duration,
    /// For what is under way when the server stops.
    pub grace: Duration,
    /// Connections at the same time, WebSockets among them.
    pub most: usize,
}

/// Answers until `stop`. `sockets` are the connections that have become WebSockets.
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
    let builder = Arc::new(builder(header_timeout));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: some will be given back.
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        if connections.len() + sockets.len() >= most {
            counter!("twinspace_connections_refused_total").increment(1);
            tracing::debug!(%remote, most, "too many connections");
            continue;
        }
        // Answers are small and written at once: waiting to fill a packet would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
        let peers = (local.unwrap_or(remote), remote);
        let (builder, endpoint) = (Arc::clone(&builder), Arc::clone(&endpoint));
        let (stop, cut) = (stop.clone(), cut.clone());
        connections.spawn(async move {
            tokio::select! {
                () = connection(&builder, stream, peers, endpoint, stop) => {}
                () = cut.cancelled() => {}
            }
        });
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(grace, connections.wait()).await.is_err() {
        tracing::warn!(connections = connections.len(), "requests cut off");
        cut.cancel();
        connections.wait().await;
    }
}

fn builder(header_timeout: Duration) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(header_timeout);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(header_timeout)
        .keep_alive_timeout(header_timeout)
        .max_concurrent_streams(100)
        .max_header_list_size(16 << 10);
    builder
}

async fn connection<E: Endpoint + 'static>(
    builder: &Builder<TokioExecutor>,
    stream: TcpStream,
    (local, remote): (SocketAddr, SocketAddr),
    endpoint: Arc<E>,
    stop: CancellationToken,
) {
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let endpoint = Arc::clone(&endpoint);
        let local = LocalAddr(Addr::SocketAddr(local));
        let remote = RemoteAddr(Addr::SocketAddr(remote));
        async move {
            let request = Request::from((request, local, remote, Scheme::HTTP));
            let response = endpoint.get_response(request).await;
            Ok::<hyper::Response<_>, Infallible>(response.into())
        }
    });
    let mut connection =
        pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Clients go away, or are slower than they may be.
        tracing::debug!(error = &*error, "connection");
    }
}

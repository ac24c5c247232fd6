//! Asks a server that is running whether it can work, from the same machine.

use std::{
    error::Error,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
};

use hyper::{Request, Response, body::Incoming, client::conn::http1, header::HOST};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// What a server says of its readiness. Set a time limit.
pub async fn readiness(
    address: SocketAddr,
) -> Result<Response<Incoming>, Box<dyn Error + Send + Sync>> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::get("/readyz").header(HOST, address.to_string()).body(String::new())?;
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}

/// Where a server that listens here can be asked: one that listens on all addresses of this machine,
/// on its own.
pub fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        _ => return listen,
    };
    SocketAddr::new(ip, listen.port())
}

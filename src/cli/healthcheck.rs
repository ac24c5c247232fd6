//! `twinspace healthcheck`, for containers, which have neither a shell nor curl.

use std::{
    error::Error,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use hyper::{Request, StatusCode, client::conn::http1, header::HOST};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::timeout};

use super::Failure;
use crate::config::Config;

/// How long the response may take: longer than the server waits for its database.
const PATIENCE: Duration = Duration::from_secs(4);

/// Asks the server that listens on `--listen` whether it can work.
pub async fn run(config: &Config) -> Result<(), Failure> {
    let address = reachable(config.server.listen);
    match timeout(PATIENCE, ask(address)).await {
        Ok(Ok(StatusCode::OK)) => Ok(()),
        Ok(Ok(status)) => Err(Failure::found(format!(
            "The server at {address} is not ready (status {}). Its log says why.",
            status.as_u16()
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

async fn ask(address: SocketAddr) -> Result<StatusCode, Box<dyn Error + Send + Sync>> {
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::get("/readyz").header(HOST, address.to_string()).body(String::new())?;
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?.status())
}

/// A server that listens on all addresses of this machine is asked on its own.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        _ => return listen,
    };
    SocketAddr::new(ip, listen.port())
}

//! A proxy in front of a server, as wrong as a test wants it to be.

use std::{io, net::SocketAddr, path::PathBuf, sync::Arc};

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// What a proxy does with a request.
pub enum Act {
    /// It passes it on to this address, with this head.
    Pass(String, String),
    /// It responds with this itself.
    Respond(&'static str),
    /// It does not respond.
    Wait,
}

/// The proxy. It stops when this is dropped.
pub struct Proxy {
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

/// A file with certificates.
pub fn certificate(name: &str) -> PathBuf {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/server/doctor/certificates");
    PathBuf::from(folder).join(format!("{name}.pem"))
}

impl Proxy {
    /// Starts one with this certificate, or without TLS.
    pub async fn start(
        name: Option<&str>,
        act: impl Fn(&str) -> Act + Send + Sync + 'static,
    ) -> Self {
        let acceptor = name.map(acceptor);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let act = Arc::new(act);
        let task = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let (acceptor, act) = (acceptor.clone(), Arc::clone(&act));
                tokio::spawn(async move {
                    match acceptor {
                        // Those who do not trust the certificate go away.
                        Some(acceptor) => serve(acceptor.accept(client).await?, &*act).await,
                        None => serve(client, &*act).await,
                    }
                });
            }
        });
        Self { address, task }
    }

    /// The URL that leads to it.
    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://localhost:{}", self.address.port())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What a sound proxy does: it says from whom the request comes.
pub fn pass(server: &str, head: &str) -> Act {
    let lines = head.split("\r\n").filter(|line| !line.starts_with("x-forwarded-for:"));
    let mut lines: Vec<_> = lines.collect();
    lines.insert(1, "x-forwarded-for: 127.0.0.1");
    Act::Pass(server.to_owned(), lines.join("\r\n"))
}

/// The path of a request.
pub fn path(head: &str) -> &str {
    head.split(' ').nth(1).unwrap()
}

async fn serve(
    mut client: impl AsyncRead + AsyncWrite + Unpin,
    act: &(dyn Fn(&str) -> Act + Send + Sync),
) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    match act(&String::from_utf8(head).unwrap()) {
        Act::Pass(server, mut head) => {
            let mut server = TcpStream::connect(server).await?;
            if !head.contains("upgrade:") {
                // The next request has a connection of its own, and its head is looked at, too.
                head = head.replacen("\r\n", "\r\nconnection: close\r\n", 1);
            }
            server.write_all(head.as_bytes()).await?;
            copy_bidirectional(&mut client, &mut server).await?;
        }
        Act::Respond(response) => {
            client.write_all(response.as_bytes()).await?;
            client.shutdown().await?;
        }
        Act::Wait => std::future::pending().await,
    }
    Ok(())
}

fn acceptor(name: &str) -> TlsAcceptor {
    let chain = CertificateDer::pem_file_iter(certificate(name)).unwrap().map(Result::unwrap);
    let key = PrivateKeyDer::from_pem_file(certificate("key")).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    TlsAcceptor::from(Arc::new(config.with_single_cert(chain.collect(), key).unwrap()))
}

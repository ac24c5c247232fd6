//! Proofs for `twinspace doctor` that a response comes from a server on a certain database, and not from
//! another one or a proxy.
//!
//! A request has a challenge, a new UUID, and the response has codes that only servers
//! on this database can make. Who can read its secrets can check them; to all others they say nothing.

use data_encoding::BASE64URL_NOPAD;
use domain::{Error, Result, db::Db, secret};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;

/// The header of a request with a challenge.
pub const CHALLENGE: &str = "twinspace-challenge";
/// The header of the response.
pub const PROOF: &str = "twinspace-proof";

/// The name of the secret.
const SECRET: &str = "proofs";

/// Makes and checks proofs.
#[derive(Clone)]
pub struct Prover(Hmac<Sha256>);

/// What a proof proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proven {
    /// It is from a server on this database.
    Ours,
    /// It is, and the server takes this address for the client's.
    OursTo,
    /// It is from a server on another database.
    Other,
}

impl std::fmt::Debug for Prover {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Prover")
    }
}

impl Prover {
    /// With the secret of this database.
    pub async fn new(db: &Db) -> Result<Self> {
        Self::with(&secret::shared(db, SECRET).await?)
    }

    /// The same, if a server has created the secret.
    pub async fn find(db: &Db) -> Result<Option<Self>> {
        let secret = secret::find(db, SECRET).await?;
        secret.as_deref().map(Self::with).transpose()
    }

    fn with(secret: &[u8]) -> Result<Self> {
        Hmac::new_from_slice(secret).map(Self).map_err(Error::internal)
    }

    /// The proof for a challenge from this client; none if it is no challenge.
    pub fn prove(&self, challenge: &str, client: &str) -> Option<String> {
        let challenge = Uuid::try_parse(challenge).ok()?;
        let codes = [self.of_server(challenge), self.of_client(challenge, client)];
        Some(codes.map(|code| BASE64URL_NOPAD.encode(&code.finalize().into_bytes())).join("."))
    }

    /// What the proof for a challenge proves, with the address that the client may have for the server.
    pub fn check(&self, proof: &str, challenge: Uuid, client: &str) -> Proven {
        let verify = |code: Hmac<Sha256>, text: &str| {
            let claimed = BASE64URL_NOPAD.decode(text.as_bytes());
            claimed.is_ok_and(|claimed| code.verify_slice(&claimed).is_ok())
        };
        let (server, of_client) = proof.split_once('.').unwrap_or_default();
        match verify(self.of_server(challenge), server) {
            true if verify(self.of_client(challenge, client), of_client) => Proven::OursTo,
            true => Proven::Ours,
            false => Proven::Other,
        }
    }

    fn of_server(&self, challenge: Uuid) -> Hmac<Sha256> {
        self.code(&format!("server\n{challenge}"))
    }

    fn of_client(&self, challenge: Uuid, client: &str) -> Hmac<Sha256> {
        self.code(&format!("client\n{challenge}\n{client}"))
    }

    fn code(&self, words: &str) -> Hmac<Sha256> {
        let mut code = self.0.clone();
        code.update(words.as_bytes());
        code
    }
}

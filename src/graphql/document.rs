//! Documents: parsed once, cached, and measured before anything else processes them.
//!
//! The same cache holds the documents that clients refer to by hash (Apollo's automatic persisted
//! queries), so that both share one budget.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{
    Request, ServerError, Value,
    parser::{
        parse_query,
        types::{ExecutableDocument, OperationType},
    },
};
use data_encoding::HEXLOWER_PERMISSIVE;
use lru::LruCache;
use sha2::{Digest, Sha256};

use super::error::{refuse, too_complex};
use crate::config::limits;
pub use proof::Proof;
use proof::Proven;

mod cost;
mod nesting;
mod operation;
mod proof;
mod variables;

/// The maximum nesting of brackets, and of selections with all fragments expanded. Code that reads
/// documents is recursive: this keeps it from overflowing its stack.
pub const MAX_NESTING: usize = 64;

type Hash = [u8; 32];

/// The cache of documents.
#[derive(Debug)]
pub struct Documents {
    limits: limits::Config,
    cache: Mutex<Cache>,
}

#[derive(Debug)]
struct Cache {
    documents: LruCache<Hash, Kept>,
    weight: usize,
    most: usize,
}

#[derive(Debug)]
struct Kept {
    document: Arc<ExecutableDocument>,
    proven: Arc<Proven>,
    weight: usize,
}

/// A request whose document has been parsed and is within the limits.
#[derive(Debug)]
pub struct Prepared {
    /// The request, with its document.
    pub request: Request,
    /// The type of the operation.
    pub kind: OperationType,
    /// The name of the operation.
    pub name: Option<String>,
    /// For a query of which it can be known that it is valid.
    pub proof: Option<Proof>,
}

impl Documents {
    /// An empty cache.
    pub fn new(limits: &limits::Config) -> Self {
        let count = usize::try_from(limits.document_cache).unwrap_or(usize::MAX);
        let mebibytes = usize::try_from(limits.document_cache_memory).unwrap_or(usize::MAX);
        let cache = Cache {
            documents: LruCache::new(NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN)),
            weight: 0,
            most: mebibytes.saturating_mul(1 << 20),
        };
        Self { limits: limits.clone(), cache: Mutex::new(cache) }
    }

    /// Parses the document of a request, chooses the operation, and adapts both to the variables.
    pub fn prepare(&self, mut request: Request) -> Result<Prepared, ServerError> {
        let named = persisted(&request)?;
        let (document, proven) = match named {
            Some(hash) if request.query.is_empty() => self.kept(&hash).ok_or_else(|| {
                // Clients depend on this exact message.
                refuse("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")
            })?,
            _ => self.read(&request.query, named)?,
        };
        let mut document = (*document).clone();
        let (kind, name) = operation::choose(&mut document, request.operation_name.as_deref())?;
        let chosen = document.operations.iter().next();
        let proof = chosen.and_then(|(_, chosen)| {
            Proof::of(&proven, name.as_deref(), &chosen.node, &request.variables)
        });
        variables::omit(&mut document, &request.variables)?;
        if kind == OperationType::Subscription {
            operation::single_root_field(&document)?;
        }
        request.set_parsed_query(document);
        Ok(Prepared { request, kind, name, proof })
    }

    fn read(
        &self,
        text: &str,
        named: Option<Hash>,
    ) -> Result<(Arc<ExecutableDocument>, Arc<Proven>), ServerError> {
        let most = usize::try_from(self.limits.max_query).unwrap_or(usize::MAX);
        if text.len() > most {
            return Err(too_complex("bytes", Some(text.len()), most));
        }
        let hash = Hash::from(Sha256::digest(text));
        if named.is_some_and(|named| named != hash) {
            return Err(refuse("BAD_REQUEST", "provided sha does not match query"));
        }
        if let Some(kept) = self.kept(&hash) {
            return Ok(kept);
        }
        nesting::check(text)?;
        let document = parse_query(text).map_err(|error| {
            let error = ServerError::from(error);
            ServerError {
                locations: error.locations,
                ..refuse("GRAPHQL_PARSE_FAILED", error.message)
            }
        })?;
        let cost = cost::measure(&document)?;
        cost.check(&self.limits)?;
        let (document, proven) = (Arc::new(document), Arc::default());
        // A selection takes about 256 bytes besides its text, a value at most 40 times its text.
        let weight = text.len().saturating_mul(40).saturating_add(cost.written.saturating_mul(256));
        let kept = Kept { document: Arc::clone(&document), proven: Arc::clone(&proven), weight };
        self.keep(hash, kept);
        Ok((document, proven))
    }

    fn kept(&self, hash: &Hash) -> Option<(Arc<ExecutableDocument>, Arc<Proven>)> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = cache.documents.get(hash)?;
        Some((Arc::clone(&kept.document), Arc::clone(&kept.proven)))
    }

    fn keep(&self, hash: Hash, kept: Kept) {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        // A single document must not evict all others.
        if kept.weight > cache.most / 8 {
            return;
        }
        cache.weight += kept.weight;
        if let Some((_, gone)) = cache.documents.push(hash, kept) {
            cache.weight -= gone.weight;
        }
        while cache.weight > cache.most
            && let Some((_, gone)) = cache.documents.pop_lru()
        {
            cache.weight -= gone.weight;
        }
    }
}

/// The hash by which the client refers to its document, if it does.
fn persisted(request: &Request) -> Result<Option<Hash>, ServerError> {
    let Some(extension) = request.extensions.get("persistedQuery") else {
        if request.query.is_empty() {
            return Err(refuse("BAD_REQUEST", "The request has no query."));
        }
        return Ok(None);
    };
    let malformed = || {
        refuse(
            "BAD_REQUEST",
            "extensions.persistedQuery must be { version: 1, sha256Hash: \"…\" }.",
        )
    };
    let Value::Object(fields) = extension else { return Err(malformed()) };
    if fields.get("version") != Some(&Value::from(1)) {
        return Err(malformed());
    }
    let Some(Value::String(hash)) = fields.get("sha256Hash") else { return Err(malformed()) };
    let bytes = HEXLOWER_PERMISSIVE.decode(hash.as_bytes()).map_err(|_| malformed())?;
    Hash::try_from(bytes).map(Some).map_err(|_| malformed())
}

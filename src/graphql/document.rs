//! Documents: parsed, measured and validated once, and cached.
//!
//! The same cache holds the documents that clients refer to by hash (Apollo's automatic persisted
//! queries), so that both share one budget.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_graphql::{
    Request, ServerError, Value, Variables,
    parser::types::{ExecutableDocument, OperationType},
};
use data_encoding::HEXLOWER_PERMISSIVE;
use entity::ProjectId;
use lru::LruCache;
use sha2::{Digest, Sha256};

use crate::{
    config::{
        limits,
        server::{Config, Switch},
    },
    graphql::error::{ErrorCode, Refusal, refuse, too_complex},
};
pub use definitions::Definitions;
use places::Places;

mod coercion;
mod cost;
mod definitions;
mod merging;
mod message;
mod nesting;
mod operation;
mod places;
mod syntax;
mod validation;
mod variables;

/// The maximum nesting of brackets, and of selections with all fragments expanded. Code that reads
/// documents is recursive: this keeps it from overflowing its stack.
pub const MAX_NESTING: usize = 64;

/// The maximum number of errors that are looked for in a document. The first ones help; ten thousand
/// do not.
pub const MAX_ERRORS: usize = 20;

/// The extension with which Apollo's clients refer to a document.
pub const PERSISTED_QUERY: &str = "persistedQuery";

/// What a document is known by.
pub type Hash = [u8; 32];

/// The hash of a document.
pub fn hash(text: &str) -> Hash {
    Sha256::digest(text).into()
}

/// The cache of documents.
#[derive(Debug)]
pub struct Documents {
    definitions: Definitions,
    limits: limits::Config,
    cache: Mutex<Cache>,
}

#[derive(Debug)]
struct Cache {
    documents: LruCache<Hash, Kept>,
    weight: usize,
    most: usize,
}

#[derive(Clone, Debug)]
struct Kept {
    document: Arc<ExecutableDocument>,
    proof: Option<Proof>,
    /// Whether it depends on the variables which fields there are.
    conditional: bool,
    weight: usize,
}

/// Whether a document was executed without an error the last time.
#[derive(Clone, Debug, Default)]
pub struct Proof(Arc<AtomicBool>);

impl Proof {
    /// Whether it was.
    pub fn stands(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Notes whether it was.
    pub fn note(&self, right: bool) {
        self.0.store(right, Ordering::Relaxed);
    }
}

/// A request whose document and variables are valid, and within the limits.
#[derive(Debug)]
pub struct Prepared {
    /// The request, with its document.
    pub request: Request,
    /// The type of the operation.
    pub kind: OperationType,
    /// The name of the operation.
    pub name: Option<String>,
    /// For a query that does not ask about the schema itself.
    pub proof: Option<Proof>,
    /// The project or TwinSpace that a query asks for, as far as its first field tells.
    pub about: Option<ProjectId>,
}

/// Whether a text is a document, of whatever schema.
pub fn check_syntax(text: &str) -> Result<(), ServerError> {
    nesting::check(text)?;
    syntax::parse(&Places::of(text)).map(drop)
}

impl Documents {
    /// An empty cache of documents for this schema.
    pub fn new(definitions: Definitions, config: &Config) -> Self {
        let limits = &config.limits;
        let count = usize::try_from(limits.document_cache).unwrap_or(usize::MAX);
        let mebibytes = usize::try_from(limits.document_cache_memory).unwrap_or(usize::MAX);
        let cache = Cache {
            documents: LruCache::new(NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN)),
            weight: 0,
            most: mebibytes.saturating_mul(1 << 20),
        };
        // "Did you mean …?" would reveal what introspection does not.
        let suggest = config.introspection() == Switch::On;
        let definitions = Definitions { suggest, ..definitions };
        Self { definitions, limits: limits.clone(), cache: Mutex::new(cache) }
    }

    /// Reads the document of a request, chooses the operation, and adapts both to the variables.
    pub fn prepare(&self, mut request: Request) -> Result<Prepared, Refusal> {
        let named = persisted(&request)?;
        let Kept { document, proof, conditional, .. } = match named {
            Some(hash) if request.query.is_empty() => self.kept(&hash).ok_or_else(|| {
                // Clients depend on this exact message.
                refuse(ErrorCode::PersistedQueryNotFound, "PersistedQueryNotFound")
            })?,
            _ => self.read(&request.query, named)?,
        };
        let mut document = (*document).clone();
        let (kind, name) = operation::choose(&mut document, request.operation_name.as_deref())?;
        if let Some((_, operation)) = document.operations.iter().next() {
            let (sent, files) = (&mut request.variables, request.uploads.len());
            let errors = coercion::coerce(self.definitions, &operation.node, sent, files);
            Refusal::unless_empty(errors)?;
        }
        if conditional {
            self.merge(&mut document, &request.variables)?;
        }
        variables::omit(&mut document, &request.variables);
        let about = operation::about(&document, &request.variables);
        request.set_parsed_query(document);
        let query = kind == OperationType::Query;
        let (proof, about) = (proof.filter(|_| query), about.filter(|_| query));
        Ok(Prepared { request, kind, name, proof, about })
    }

    /// Whether a document is valid, and within the limits.
    pub fn check(&self, text: &str) -> Result<(), Refusal> {
        self.read(text, None).map(drop)
    }

    fn read(&self, text: &str, named: Option<Hash>) -> Result<Kept, Refusal> {
        let most = self.longest();
        if text.len() > most {
            return Err(too_complex("bytes", Some(text.len()), most).into());
        }
        let hash = hash(text);
        if named.is_some_and(|named| named != hash) {
            return Err(refuse(ErrorCode::BadRequest, "provided sha does not match query").into());
        }
        if let Some(kept) = self.kept(&hash) {
            return Ok(kept);
        }
        nesting::check(text)?;
        let places = Places::of(text);
        let parsed = syntax::parse(&places)?;
        let mut document = syntax::executable(&parsed, &places);
        let (cost, cycles) = cost::measure(&document)?;
        if let Err(error) = cost.check(&self.limits) {
            // What has no end is not just large.
            Refusal::unless_empty(cycles)?;
            return Err(error.into());
        }
        let errors = validation::errors(self.definitions, &parsed, &places, &document, cycles);
        Refusal::unless_empty(errors)?;
        // The schema's description comes from an extension.
        let proof = (!text.contains("__schema")).then(Proof::default);
        let conditional = cost.directives > 0;
        let (mut length, mut selections) = (text.len(), cost.written);
        if !conditional && merging::is_needed(&document, self.definitions) {
            let arguments = self.merge(&mut document, &Variables::default())?;
            (length, selections) = (length.max(arguments), cost.fields);
        }
        let document = Arc::new(document);
        // A selection takes about 256 bytes besides its text, a value at most 40 times its text.
        let weight = length.saturating_mul(40).saturating_add(selections.saturating_mul(256));
        let kept = Kept { document, proof, conditional, weight };
        self.keep(hash, kept.clone());
        Ok(kept)
    }

    /// Merges fields; returns the number of bytes of arguments. Inlined, fragments may make a document
    /// longer, but not without limit.
    fn merge(
        &self,
        document: &mut ExecutableDocument,
        variables: &Variables,
    ) -> Result<usize, ServerError> {
        merging::merge(document, self.definitions, variables, self.longest().saturating_mul(4))
    }

    /// The maximum length of a document, in bytes.
    fn longest(&self) -> usize {
        usize::try_from(self.limits.max_query).unwrap_or(usize::MAX)
    }

    fn kept(&self, hash: &Hash) -> Option<Kept> {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.documents.get(hash).cloned()
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
    let Some(extension) = request.extensions.get(PERSISTED_QUERY) else {
        if request.query.is_empty() {
            return Err(refuse(ErrorCode::BadRequest, "The request has no query."));
        }
        return Ok(None);
    };
    let malformed = || {
        refuse(
            ErrorCode::BadRequest,
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

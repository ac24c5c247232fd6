//! Trusted documents: those that apps are known to send, from the manifests that their build tools
//! write. Clients refer to them by ID, and a server can be told to execute no others.

use std::{
    collections::{HashMap, hash_map::Entry},
    fs::File,
    io::{self, Read},
    path::Path,
    sync::Arc,
};

use async_graphql::{Request, ServerError, Value};
use data_encoding::HEXLOWER_PERMISSIVE;
use serde::Deserialize;

use crate::{
    config::{
        Wrong,
        server::{Config, Switch},
    },
    graphql::{
        document::{Hash, PERSISTED_QUERY, check_syntax, hash},
        error::{ErrorCode, refuse},
    },
};

/// The extension of a request with the ID of its document.
pub const DOCUMENT_ID: &str = "documentId";
/// The maximum size of a manifest, in bytes.
const MAX_MANIFEST: u64 = 16 << 20;

/// The documents of all manifests.
#[derive(Debug, Default)]
pub struct Trusted {
    documents: HashMap<String, Arc<str>>,
    /// The same by the hashes of their texts.
    hashes: HashMap<Hash, Arc<str>>,
    /// Whether no others are executed.
    only: bool,
}

/// A manifest.
#[derive(Deserialize)]
#[serde(untagged)]
enum Manifest {
    /// As `generate-persisted-query-manifest` writes it.
    Apollo { format: String, version: u32, operations: Vec<Operation> },
    /// As `graphql-codegen` and `relay-compiler` write it: texts by ID.
    Texts(HashMap<String, String>),
}

/// An operation in a manifest of Apollo's.
#[derive(Deserialize)]
struct Operation {
    id: String,
    body: String,
}

impl Trusted {
    /// Reads the manifests in the settings.
    pub fn load(config: &Config) -> Result<Self, Wrong> {
        let only = config.only_trusted == Switch::On;
        let mut trusted = Self { only, ..Self::default() };
        for file in &config.trusted_documents {
            trusted.add(file).map_err(|problem| {
                Wrong(format!("{} (--trusted-documents) {problem}", file.display()))
            })?;
        }
        if only && trusted.documents.is_empty() {
            let problem = "--only-trusted is on, but there are no trusted documents: set \
                           --trusted-documents to the manifest of your app.";
            return Err(Wrong(problem.to_owned()));
        }
        Ok(trusted)
    }

    fn add(&mut self, file: &Path) -> Result<(), String> {
        let text = read(file).map_err(|error| format!("could not be read: {error}"))?;
        let manifest = serde_json::from_str(&text).map_err(|_| {
            "is not a manifest as graphql-codegen, Relay and Apollo write it".to_owned()
        })?;
        let documents: Vec<_> = match manifest {
            Manifest::Apollo { format, version: 1, operations }
                if format == "apollo-persisted-query-manifest" =>
            {
                operations.into_iter().map(|one| (one.id, one.body)).collect()
            }
            Manifest::Apollo { format, version, .. } => {
                return Err(format!("has the unknown format {format}, version {version}"));
            }
            Manifest::Texts(texts) => texts.into_iter().collect(),
        };
        for (id, text) in documents {
            if let Err(ServerError { message, .. }) = check_syntax(&text) {
                return Err(format!("contains the document {id}, which is invalid: {message}"));
            }
            let text: Arc<str> = text.into();
            self.hashes.insert(hash(&text), Arc::clone(&text));
            match self.documents.entry(key(&id).to_owned()) {
                Entry::Occupied(same) if *same.get() == text => {}
                Entry::Occupied(_) => {
                    return Err(format!("contains another document with the ID {id}"));
                }
                Entry::Vacant(place) => {
                    place.insert(text);
                }
            }
        }
        Ok(())
    }

    /// The documents, with their IDs.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.documents.iter().map(|(id, text)| (id.as_str(), &**text))
    }

    /// The document with this ID, or with this hash of its text, whatever its ID is.
    fn find(&self, id: &str) -> Option<&Arc<str>> {
        let id = key(id);
        self.documents.get(id).or_else(|| {
            let hash = HEXLOWER_PERMISSIVE.decode(id.as_bytes()).ok()?;
            self.hashes.get(&*hash)
        })
    }

    /// Replaces the ID of a trusted document with its text.
    pub fn resolve(&self, mut request: Request) -> Result<Request, ServerError> {
        if request.query.is_empty() {
            if let Some(text) = id(&request).and_then(|id| self.find(id)) {
                request.query = text.to_string();
                request.extensions.remove(PERSISTED_QUERY);
                return Ok(request);
            }
            if !self.only && request.extensions.contains_key(DOCUMENT_ID) {
                return Err(refuse(ErrorCode::PersistedQueryNotFound, "PersistedQueryNotFound"));
            }
        }
        if self.only && !self.hashes.contains_key(&hash(&request.query)) {
            let message = "This server executes only documents that are registered with it.";
            return Err(refuse(ErrorCode::DocumentNotTrusted, message));
        }
        Ok(request)
    }
}

/// An ID says or leaves out how it was made.
fn key(id: &str) -> &str {
    id.strip_prefix("sha256:").unwrap_or(id)
}

fn id(request: &Request) -> Option<&str> {
    let id = match (request.extensions.get(DOCUMENT_ID), request.extensions.get(PERSISTED_QUERY)) {
        (Some(id), _) => Some(id),
        (None, Some(Value::Object(query))) => query.get("sha256Hash"),
        _ => None,
    };
    match id {
        Some(Value::String(id)) => Some(id),
        _ => None,
    }
}

fn read(file: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(file)?.take(MAX_MANIFEST + 1).read_to_string(&mut text)?;
    match text.len() as u64 > MAX_MANIFEST {
        true => Err(io::Error::other(format!("it is larger than {MAX_MANIFEST} bytes"))),
        false => Ok(text),
    }
}

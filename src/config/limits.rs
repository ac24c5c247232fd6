//! What a client may request at once.

use std::time::Duration;

use clap::Args;

/// Limits on requests, so that no single request can block the server.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "Limits")]
pub struct Config {
    /// Maximum size of a request body and of a WebSocket message, in bytes.
    #[arg(long, env = "TWINSPACE_MAX_BODY", default_value_t = 1 << 20, value_name = "BYTES", global = true,
          value_parser = clap::value_parser!(u32).range(1024..))]
    pub max_body: u32,
    /// Maximum length of a query, in bytes; variables do not count.
    #[arg(long, env = "TWINSPACE_MAX_QUERY", default_value_t = 64 << 10, value_name = "BYTES", global = true,
          value_parser = clap::value_parser!(u32).range(256..))]
    pub max_query: u32,
    /// Maximum nesting depth of fields. Introspection by common tools needs 15.
    #[arg(long, env = "TWINSPACE_MAX_DEPTH", default_value_t = 15, value_name = "N", global = true,
          value_parser = clap::value_parser!(u16).range(1..=50))]
    pub max_depth: u16,
    /// Maximum cost of an operation: a field costs 1, a page as much as its rows.
    #[arg(long, env = "TWINSPACE_MAX_COMPLEXITY", default_value_t = 5000, value_name = "N", global = true,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub max_complexity: u32,
    /// Maximum number of fields in a document, with all fragments expanded.
    #[arg(long, env = "TWINSPACE_MAX_FIELDS", default_value_t = 5000, value_name = "N", global = true,
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub max_fields: u32,
    /// Maximum number of aliases in an operation. Fields that are repeated in a selection count too.
    #[arg(long, env = "TWINSPACE_MAX_ALIASES", default_value_t = 50, value_name = "N", global = true,
          value_parser = clap::value_parser!(u32).range(0..))]
    pub max_aliases: u32,
    /// Maximum number of directives in an operation.
    #[arg(long, env = "TWINSPACE_MAX_DIRECTIVES", default_value_t = 50, value_name = "N", global = true,
          value_parser = clap::value_parser!(u32).range(0..))]
    pub max_directives: u32,
    /// Maximum number of operations in a batch.
    #[arg(long, env = "TWINSPACE_MAX_BATCH", default_value_t = 10, value_name = "N", global = true,
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub max_batch: u16,
    /// Maximum number of simultaneous connections, including WebSockets; further connections are
    /// refused.
    #[arg(long, env = "TWINSPACE_MAX_CONNECTIONS", default_value_t = 10_000, value_name = "N", global = true,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub max_connections: u32,
    /// Maximum number of simultaneous WebSockets per account.
    #[arg(long, env = "TWINSPACE_MAX_SOCKETS", default_value_t = 20, value_name = "N", global = true,
          value_parser = clap::value_parser!(u16).range(1..))]
    pub max_sockets: u16,
    /// Maximum number of simultaneous operations on one WebSocket.
    #[arg(long, env = "TWINSPACE_MAX_SOCKET_OPERATIONS", default_value_t = 50, value_name = "N", global = true,
          value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub max_socket_operations: u16,
    /// Maximum number of simultaneous subscriptions over HTTP per account.
    #[arg(long, env = "TWINSPACE_MAX_STREAMS", default_value_t = 100, value_name = "N", global = true,
          value_parser = clap::value_parser!(u16).range(1..))]
    pub max_streams: u16,
    /// Seconds between checks of each WebSocket and each subscription over HTTP: whether its client
    /// responds, or something is sent to keep proxies from closing it, and its session is valid.
    #[arg(long, env = "TWINSPACE_SOCKET_PULSE", default_value_t = 25, value_name = "SECONDS", global = true,
          value_parser = clap::value_parser!(u16).range(1..=3600))]
    pub socket_pulse: u16,
    /// Seconds after which an operation is cancelled and its uncommitted changes are rolled back.
    #[arg(long, env = "TWINSPACE_OPERATION_TIMEOUT", default_value_t = 20, value_name = "SECONDS", global = true,
          value_parser = clap::value_parser!(u16).range(1..=600))]
    operation_timeout: u16,
    /// Maximum number of parsed documents in the cache.
    #[arg(long, env = "TWINSPACE_DOCUMENT_CACHE", default_value_t = 1000, value_name = "N", global = true,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub document_cache: u32,
    /// Maximum memory of the cache of parsed documents, in MiB (estimated).
    #[arg(long, env = "TWINSPACE_DOCUMENT_CACHE_MEMORY", default_value_t = 32, value_name = "MIB", global = true,
          value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub document_cache_memory: u32,
}

impl Config {
    /// How often a WebSocket or a subscription over HTTP is checked.
    pub fn socket_pulse(&self) -> Duration {
        Duration::from_secs(self.socket_pulse.into())
    }

    /// How long an operation may take.
    pub fn operation_timeout(&self) -> Duration {
        Duration::from_secs(self.operation_timeout.into())
    }
}

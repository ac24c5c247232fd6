//! Sign-in, sessions, passwords.

use clap::Args;

/// Settings of accounts.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "Accounts")]
pub struct Config {
    /// Days without use after which a session ends.
    #[arg(long, env = "TWINSPACE_SESSION_IDLE_DAYS", default_value_t = 14, value_name = "DAYS", global = true,
          value_parser = clap::value_parser!(u16).range(1..=365))]
    pub session_idle_days: u16,
    /// Days after which a session ends however much it is used.
    #[arg(long, env = "TWINSPACE_SESSION_DAYS", default_value_t = 90, value_name = "DAYS", global = true,
          value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub session_days: u16,
    /// Memory of one password hash, in KiB (Argon2id). Lower only in tests.
    #[arg(long, env = "TWINSPACE_ARGON2_MEMORY", default_value_t = 19_456, value_name = "KIB", global = true,
          value_parser = clap::value_parser!(u32).range(8..=1_048_576))]
    pub argon2_memory: u32,
    /// Passes of one password hash (Argon2id).
    #[arg(long, env = "TWINSPACE_ARGON2_PASSES", default_value_t = 2, value_name = "N", global = true,
          value_parser = clap::value_parser!(u32).range(1..=100))]
    pub argon2_passes: u32,
}

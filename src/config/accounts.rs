//! Sign-in, sessions, passwords.

use std::num::NonZeroU32;

use async_graphql::Enum;
use chrono::TimeDelta;
use clap::{Args, ValueEnum};
use domain::{
    Reason,
    accounts::{email, password::Cost, session::Lifetime},
    error::Wrong,
};

/// Settings of accounts.
#[derive(Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "Accounts")]
pub struct Config {
    /// Days without use after which a session expires.
    #[arg(long, env = "TWINSPACE_SESSION_IDLE_DAYS", default_value_t = 14, value_name = "DAYS", global = true,
          value_parser = clap::value_parser!(u16).range(1..=365))]
    pub session_idle_days: u16,
    /// Days after which a session expires even if it is used.
    #[arg(long, env = "TWINSPACE_SESSION_DAYS", default_value_t = 90, value_name = "DAYS", global = true,
          value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub session_days: u16,
    /// Days after which a registration whose address was never verified is deleted; 0 means never.
    #[arg(long, env = "TWINSPACE_REGISTRATION_DAYS", default_value_t = 30, value_name = "DAYS", global = true,
          value_parser = clap::value_parser!(u16).range(0..=3650))]
    pub registration_days: u16,
    /// Who may register as a teacher: anybody, only addresses of --registration-domains, people who
    /// an officer of their country (or an administrator, where there is no support service) has
    /// admitted, or nobody. Pupils and invited guests are not affected.
    #[arg(
        long,
        env = "TWINSPACE_REGISTRATION",
        default_value = "open",
        value_name = "WHO",
        global = true,
        value_enum
    )]
    pub registration: Registration,
    /// The domains whose addresses may register with --registration=domains, separated by commas.
    /// Subdomains are named, too.
    #[arg(
        long,
        env = "TWINSPACE_REGISTRATION_DOMAINS",
        value_name = "DOMAINS",
        global = true,
        value_delimiter = ','
    )]
    pub registration_domains: Vec<String>,
    /// Memory used by one password hash, in KiB (Argon2id). Lower it only in tests.
    #[arg(long, env = "TWINSPACE_ARGON2_MEMORY", default_value_t = 19_456, value_name = "KIB", global = true,
          value_parser = clap::value_parser!(u32).range(8..=1_048_576))]
    pub argon2_memory: u32,
    /// Passes of one password hash (Argon2id).
    #[arg(long, env = "TWINSPACE_ARGON2_PASSES", default_value_t = 2, value_name = "N", global = true,
          value_parser = clap::value_parser!(u32).range(1..=100))]
    pub argon2_passes: u32,
    /// Maximum number of wrong passwords for one account from one network address in five minutes
    ///
    #[arg(
        long,
        env = "TWINSPACE_ACCOUNT_TRIES",
        default_value = "10",
        value_name = "N",
        global = true
    )]
    pub account_tries: NonZeroU32,
    /// Maximum number of wrong passwords for one account from all network addresses in a day;
    /// addresses from which the account has signed in with that password before are not locked out.
    #[arg(
        long,
        env = "TWINSPACE_ACCOUNT_TRIES_EVERYWHERE",
        default_value = "200",
        value_name = "N",
        global = true
    )]
    pub account_tries_everywhere: NonZeroU32,
    /// Maximum number of wrong passwords from one network address in five minutes; a school may
    /// share one address.
    #[arg(
        long,
        env = "TWINSPACE_ADDRESS_TRIES",
        default_value = "600",
        value_name = "N",
        global = true
    )]
    pub address_tries: NonZeroU32,
    /// Maximum number of mails that can be requested for one recipient in an hour: registration,
    /// verification, password reset.
    #[arg(
        long,
        env = "TWINSPACE_RECIPIENT_MAILS",
        default_value = "5",
        value_name = "N",
        global = true
    )]
    pub recipient_mails: NonZeroU32,
    /// Maximum number of mails that can be requested from one network address in an hour; a school
    /// may share one address.
    #[arg(
        long,
        env = "TWINSPACE_ADDRESS_MAILS",
        default_value = "120",
        value_name = "N",
        global = true
    )]
    pub address_mails: NonZeroU32,
    /// Maximum number of searches for schools and subjects from one network address in five minutes,
    /// by people who are not signed in; a school may share one address.
    #[arg(
        long,
        env = "TWINSPACE_ADDRESS_SEARCHES",
        default_value = "600",
        value_name = "N",
        global = true
    )]
    pub address_searches: NonZeroU32,
    /// Maximum number of pupils' usernames that one teacher may look up in a day to add the pupils
    /// (M-11), and one administrator to find their accounts.
    #[arg(
        long,
        env = "TWINSPACE_PUPIL_USERNAMES",
        default_value = "300",
        value_name = "N",
        global = true
    )]
    pub pupil_usernames: NonZeroU32,
    /// Maximum number of pupils' names that one teacher may verify or invite in a day.
    #[arg(
        long,
        env = "TWINSPACE_PUPIL_NAMES",
        default_value = "2000",
        value_name = "N",
        global = true
    )]
    pub pupil_names: NonZeroU32,
    /// Maximum number of exports that one account may request in an hour: of pupils, whole
    /// TwinSpaces, numbers, the audit log or its own data.
    #[arg(long, env = "TWINSPACE_EXPORTS", default_value = "30", value_name = "N", global = true)]
    pub exports: NonZeroU32,
}

/// Who may register as a teacher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Enum)]
#[graphql(name = "RegistrationMode")]
pub enum Registration {
    /// Anybody.
    Open,
    /// Addresses of named domains.
    Domains,
    /// People who have been admitted.
    Admitted,
    /// Nobody.
    Closed,
}

impl Config {
    /// Checks settings that depend on each other.
    pub fn check(&self) -> Result<(), Wrong> {
        if self.registration == Registration::Domains && self.registration_domains.is_empty() {
            let sentence = "--registration=domains needs --registration-domains.";
            return Err(Wrong(sentence.into()));
        }
        match self.registration_domains.iter().find(|name| normal(name).is_none()) {
            Some(name) => {
                Err(Wrong(format!("--registration-domains: {name} is not a domain of addresses.")))
            }
            None => Ok(()),
        }
    }

    /// Whether somebody with this address may register as a teacher.
    pub fn may_register(&self, address: &str) -> Result<(), Reason> {
        let domain = address.rsplit('@').next();
        let named = |name: &String| normal(name).as_deref() == domain;
        match self.registration {
            Registration::Open | Registration::Admitted => Ok(()),
            Registration::Closed => Err(Reason::RegistrationClosed),
            Registration::Domains if self.registration_domains.iter().any(named) => Ok(()),
            Registration::Domains => Err(Reason::AddressNotAllowed),
        }
    }

    /// The domains whose addresses may register, if only those of named domains may.
    pub fn open_domains(&self) -> Vec<String> {
        match self.registration {
            Registration::Domains => {
                self.registration_domains.iter().filter_map(|name| normal(name)).collect()
            }
            _ => vec![],
        }
    }

    /// How long an unverified registration is kept; `None` for ever.
    pub fn registration_kept(&self) -> Option<TimeDelta> {
        let days = Some(self.registration_days).filter(|&days| days > 0)?;
        Some(TimeDelta::days(days.into()))
    }

    /// What one password hash costs.
    pub fn password_cost(&self) -> Cost {
        Cost { memory: self.argon2_memory, passes: self.argon2_passes }
    }

    /// How long sessions last.
    pub fn lifetime(&self) -> Lifetime {
        Lifetime {
            idle: TimeDelta::days(self.session_idle_days.into()),
            absolute: TimeDelta::days(self.session_days.into()),
        }
    }
}

/// A domain as it is in addresses; none if no address can have it.
fn normal(domain: &str) -> Option<String> {
    let address = email::parse(&format!("a@{}", domain.trim()))?;
    address.rsplit('@').next().map(str::to_owned)
}

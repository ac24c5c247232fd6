//! How often passwords may be tried, mails asked for, and messages sent.
//!
//! Counted per account, whether or not there is one, and per network address. The counts are in
//! memory: each instance counts for itself, and forgets at its restart. With several instances
//! behind one address the limits are that many times as wide.

use std::{net::IpAddr, num::NonZeroU32, time::Duration};

use entity::AccountId;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock};
use sha2::{Digest, Sha256};

use crate::{
    Error, Result,
    config::{accounts, talk},
    domain::email,
};

/// Names are kept as the beginning of their SHA-256: all of one size, and no address in memory.
type Name = [u8; 16];

const CHAT: Duration = Duration::from_mins(1);
const MESSAGES: Duration = Duration::from_hours(1);
const TRIES: Duration = Duration::from_mins(5);
const MAILS: Duration = Duration::from_hours(1);

/// What was counted so far.
#[derive(Debug)]
pub struct Limits {
    account_tries: DefaultKeyedRateLimiter<Name>,
    address_tries: DefaultKeyedRateLimiter<Name>,
    recipient_mails: DefaultKeyedRateLimiter<Name>,
    address_mails: DefaultKeyedRateLimiter<Name>,
    chat: DefaultKeyedRateLimiter<Name>,
    messages: DefaultKeyedRateLimiter<Name>,
}

impl Limits {
    /// Begins to count.
    pub fn new(config: &accounts::Config, talk: &talk::Config) -> Self {
        Self {
            account_tries: counter(config.account_tries, TRIES),
            address_tries: counter(config.address_tries, TRIES),
            recipient_mails: counter(config.recipient_mails, MAILS),
            address_mails: counter(config.address_mails, MAILS),
            chat: counter(talk.chat_messages, CHAT),
            messages: counter(talk.member_messages, MESSAGES),
        }
    }

    /// Counts a try of a password for `account`: an e-mail address, a username, an id.
    pub fn password(&self, account: &str, address: &str) -> Result<()> {
        check(&self.address_tries, &network(address))?;
        check(&self.account_tries, &email::key(account))
    }

    /// Counts a wish for a mail to `recipient`.
    pub fn mail(&self, recipient: &str, address: &str) -> Result<()> {
        check(&self.address_mails, &network(address))?;
        check(&self.recipient_mails, &email::key(recipient))
    }

    /// Counts a message to a chat room.
    pub fn chat(&self, author: AccountId) -> Result<()> {
        check(&self.chat, &author.to_string())
    }

    /// Counts a message to a member, or a report.
    pub fn message(&self, sender: AccountId) -> Result<()> {
        check(&self.messages, &sender.to_string())
    }

    /// Forgets whom nothing is counted against any longer.
    pub fn tidy(&self) {
        for counter in [
            &self.account_tries,
            &self.address_tries,
            &self.recipient_mails,
            &self.address_mails,
            &self.chat,
            &self.messages,
        ] {
            counter.retain_recent();
            counter.shrink_to_fit();
        }
    }
}

fn counter(times: NonZeroU32, within: Duration) -> DefaultKeyedRateLimiter<Name> {
    let quota = Quota::with_period(within / times.get()).map(|quota| quota.allow_burst(times));
    RateLimiter::keyed(quota.unwrap_or_else(|| Quota::per_second(times)))
}

fn check(counter: &DefaultKeyedRateLimiter<Name>, name: &str) -> Result<()> {
    let digest = Sha256::digest(name.as_bytes());
    let mut key = Name::default();
    key.copy_from_slice(&digest[..16]);
    counter.check_key(&key).map_err(|refusal| {
        // Rounded up: who comes back when told is let in.
        let wait = refusal.wait_time_from(counter.clock().now());
        Error::RateLimited(Duration::from_secs(wait.as_secs() + 1))
    })
}

/// What one client can easily call its own: an IPv4 address, or a /64 of IPv6.
fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
        Ok(IpAddr::V4(address)) => address.to_string(),
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn neighbours_in_an_ipv6_network_are_one_and_ipv4_addresses_are_not() {
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("192.0.2.1"), network("::ffff:192.0.2.1"));
    }
}

//! Websites that may call the server.

use std::str::FromStr;

/// A website, as in the header `Origin`: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Any origin.
    Any,
    /// This one.
    Only(String),
}

/// An error in a setting.
#[derive(Debug, thiserror::Error)]
#[error(
    "must be an origin, which is a scheme, a host and an optional port, such as `https://app.example.org`, or `*`"
)]
pub struct Malformed;

impl FromStr for Origin {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let text = text.trim().to_ascii_lowercase();
        if text == "*" {
            return Ok(Self::Any);
        }
        let fits = text.split_once("://").is_some_and(|(scheme, host)| {
            scheme.starts_with(|c: char| c.is_ascii_lowercase())
                && !host.is_empty()
                && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]_".contains(c))
        });
        if fits { Ok(Self::Only(text)) } else { Err(Malformed) }
    }
}

impl Origin {
    /// Whether a page of `origin` may call a server that it reached as `host`.
    pub fn allows(allowed: &[Self], origin: &str, host: Option<&str>) -> bool {
        let own = origin
            .split_once("://")
            .is_some_and(|(_, site)| host.is_some_and(|host| site.eq_ignore_ascii_case(host)));
        own || allowed.iter().any(|allowed| match allowed {
            Self::Any => true,
            Self::Only(site) => site.eq_ignore_ascii_case(origin),
        })
    }
}

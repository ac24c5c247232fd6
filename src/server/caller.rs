//! Where a request comes from, as far as the request says.

use std::net::IpAddr;

use poem::{
    Addr, Request,
    http::{HeaderMap, header},
};

use crate::auth::Client;

/// The maximum length of a user agent, in characters.
const MAX_USER_AGENT: usize = 256;

/// The token of `Authorization: Bearer …`. What a proxy requests from users (`Basic`, `Digest`)
/// counts as no token; anything else counts as an invalid token, so that a client that forgets the
/// scheme gets an error.
pub fn token(headers: &HeaderMap) -> Option<&str> {
    const NOBODY: &str = "";
    let value = headers.get(header::AUTHORIZATION)?.to_str().unwrap_or_default();
    let scheme = value.split_whitespace().next().unwrap_or_default();
    let of_proxy = ["basic", "digest", "negotiate"];
    if of_proxy.iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return None;
    }
    Some(bearer(value).unwrap_or(NOBODY))
}

/// The token in `Bearer …`.
pub fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(char::is_whitespace)?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Where a request comes from, with this number of trusted `proxies` in between.
pub fn client(request: &Request, proxies: u8) -> Client {
    let peer = match &request.remote_addr().0 {
        Addr::SocketAddr(address) => Some(address.ip()),
        _ => None,
    };
    let address = forwarded(request.headers(), proxies).or(peer);
    let user_agent = request.header(header::USER_AGENT).unwrap_or_default();
    Client {
        address: address.map(|ip| ip.to_canonical().to_string()).unwrap_or_default(),
        user_agent: user_agent.chars().take(MAX_USER_AGENT).collect(),
    }
}

/// The entry written by the outermost trusted proxy. Anyone can write what is to the left of it.
fn forwarded(headers: &HeaderMap, proxies: u8) -> Option<IpAddr> {
    let entries: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let back = usize::from(proxies).min(entries.len());
    let entry = entries[entries.len() - back..].first()?;
    entry.parse().ok().or_else(|| {
        // Some proxies append the port.
        entry.parse::<std::net::SocketAddr>().ok().map(|address| address.ip())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(headers: &[&str], proxies: u8) -> Option<String> {
        let mut map = HeaderMap::new();
        for header in headers {
            map.append("x-forwarded-for", header.parse().unwrap());
        }
        forwarded(&map, proxies).map(|ip| ip.to_string())
    }

    #[test]
    fn only_as_many_hops_as_are_trusted_are_believed() {
        assert_eq!(address(&["6.6.6.6, 1.2.3.4"], 0), None);
        assert_eq!(address(&["6.6.6.6, 1.2.3.4"], 1).as_deref(), Some("1.2.3.4"));
        assert_eq!(address(&["6.6.6.6, 1.2.3.4", "10.0.0.1"], 2).as_deref(), Some("1.2.3.4"));
        assert_eq!(address(&["1.2.3.4"], 3).as_deref(), Some("1.2.3.4"));
        assert_eq!(address(&["[2001:db8::1]:4711"], 1).as_deref(), Some("2001:db8::1"));
        assert_eq!(address(&["unknown"], 1), None);
    }
}

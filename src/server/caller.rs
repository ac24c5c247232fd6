//! Where a request comes from, as far as the request says.

use std::net::IpAddr;

use poem::{
    Addr, Request,
    http::{HeaderMap, header},
};

use crate::{auth::Client, mail::Language};

/// The maximum length of a user agent, in characters.
const MAX_USER_AGENT: usize = 256;

/// How many languages of a request are considered.
const MAX_LANGUAGES: usize = 32;

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
        language: language(request.headers()),
    }
}

/// The language that a request prefers among those in which the server writes; of equal ones, the
/// first. Of a tag such as `de-AT`, only the language counts. What is no valid tag or quality
/// (RFC 9110, section 12.4.2) is ignored.
fn language(headers: &HeaderMap) -> Option<Language> {
    let ranges = headers
        .get_all(header::ACCEPT_LANGUAGE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let mut best: Option<(f32, Language)> = None;
    for range in ranges.take(MAX_LANGUAGES) {
        let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
        let code = tag.trim().split('-').next().unwrap_or_default();
        let quality =
            weight.trim().strip_prefix(['q', 'Q']).and_then(|rest| rest.strip_prefix('='));
        let quality = quality.and_then(|quality| quality.parse().ok());
        let Some(quality) = quality.filter(|quality| (0.0..=1.0).contains(quality)) else {
            continue;
        };
        let better = quality > best.map_or(0.0, |(quality, _)| quality);
        if let Some(language) = Language::of(&code.to_ascii_lowercase()).filter(|_| better) {
            best = Some((quality, language));
        }
    }
    best.map(|(_, language)| language)
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

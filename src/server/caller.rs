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

    fn preferred(headers: &[&str]) -> Option<&'static str> {
        let mut map = HeaderMap::new();
        for header in headers {
            map.append(header::ACCEPT_LANGUAGE, header.parse().unwrap());
        }
        language(&map).map(Language::code)
    }

    #[test]
    fn the_best_language_of_a_request_is_taken() {
        assert_eq!(preferred(&["pl"]), Some("pl"));
        assert_eq!(preferred(&["en;q=0.5, pl"]), Some("pl"));
        assert_eq!(preferred(&["de-AT, en;q=0.8"]), Some("de"));
        assert_eq!(preferred(&["FR-ca ; Q=0.9 , en;q=0.8"]), Some("fr"));
        assert_eq!(preferred(&["fr, de"]), Some("fr"));
        assert_eq!(preferred(&["en;q=0.1", "it;q=0.2"]), Some("it"));
        // It is written in another one than the first if the server does not write that.
        assert_eq!(preferred(&["uk, cs;q=0.9, pl;q=0.1, *;q=0.05"]), Some("pl"));
    }

    #[test]
    fn what_names_no_language_of_the_server_is_ignored() {
        assert_eq!(preferred(&[]), None);
        assert_eq!(preferred(&["", "*", "uk, *;q=0.5", "x-klingon", "pl;q=0", ",;,q=1;"]), None);
        assert_eq!(preferred(&["pl;q=nan, fr;q=inf, de;q=2, es;q=-1, it;q=, nl;level=1"]), None);
        assert_eq!(preferred(&["pl;q=nan, fr;q=0.001"]), Some("fr"));
        let far = format!("{}pl", "uk,".repeat(MAX_LANGUAGES));
        assert_eq!(preferred(&[&far]), None);
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

//! Where a request comes from: its address behind proxies, and its language.

use poem::{Request, http::header};
use twinspace::{mail::Language, server::caller::client};

fn address(headers: &[&str], proxies: u8) -> Option<String> {
    let mut request = Request::builder().finish();
    for header in headers {
        request.headers_mut().append("x-forwarded-for", header.parse().unwrap());
    }
    Some(client(&request, proxies).address).filter(|address| !address.is_empty())
}

fn preferred(headers: &[&str]) -> Option<&'static str> {
    let mut request = Request::builder().finish();
    for header in headers {
        request.headers_mut().append(header::ACCEPT_LANGUAGE, header.parse().unwrap());
    }
    client(&request, 0).language.map(Language::code)
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
    let far = format!("{}pl", "uk,".repeat(32));
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

//! Addresses with which links begin, and host names.

use url::{Host, Url};

/// Parses an address to which paths and fragments are appended, without a trailing slash.
pub fn page(text: &str) -> Result<String, String> {
    let text = text.trim();
    let fits = Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    });
    // `https:host` is also parsed as an address, although it does not look like one.
    if fits && text.contains("://") && !text.contains(char::is_whitespace) {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err("must be a URL such as `https://twinspace.example`, optionally with a path, but without `?` and `#`"
        .into())
}

/// Parses a host name, without the other parts of an address.
pub fn host(text: &str) -> Result<String, String> {
    let text = text.trim();
    let name = match Host::parse(text) {
        Ok(Host::Domain(name)) if name.contains('.') => name,
        _ => return Err("must be a host name only, such as `tube.example.org`".into()),
    };
    Ok(name)
}

//! Addresses that links begin with, and names of servers.

use url::{Host, Url};

/// An address that paths and fragments are put behind, without a slash at its end.
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
    // `https:host` is taken for an address, too, and reads like none.
    if fits && text.contains("://") && !text.contains(char::is_whitespace) {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err("must be a URL such as `https://twinspace.example`, optionally with a path, but without `?` and `#`"
        .into())
}

/// The name of a server, without what stands around it in an address.
pub fn host(text: &str) -> Result<String, String> {
    let text = text.trim();
    let name = match Host::parse(text) {
        Ok(Host::Domain(name)) if name.contains('.') => name,
        _ => return Err("must be a host name only, such as `tube.example.org`".into()),
    };
    Ok(name)
}

//! E-mail addresses: one spelling each.

use unicode_normalization::UnicodeNormalization;

/// The most characters of an address (RFC 5321).
pub const MOST: usize = 254;

/// The address that `text` is, in the one spelling in which it is kept; none if it is no address.
pub fn parse(text: &str) -> Option<String> {
    let address = key(text);
    let fits = address.chars().count() <= MOST && address.parse::<lettre::Address>().is_ok();
    fits.then_some(address)
}

/// The spelling in which `text` would be kept if it were an address: lower case, normalised.
pub fn key(text: &str) -> String {
    text.trim().to_lowercase().nfc().collect()
}

//! E-mail addresses, normalised so that each mailbox has one spelling.

use entity::account;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select, sea_query::Order};
use unicode_normalization::UnicodeNormalization;

use crate::text;

/// The maximum number of bytes of an address (RFC 5321).
const MOST: usize = 254;
/// The maximum number of bytes before the `@`.
const LOCAL: usize = 64;

/// The normalised address in `text`; `None` if it is not an address, or one to which no mail can be
/// sent, such as one with a quoted local part or a number instead of a domain.
pub fn parse(text: &str) -> Option<String> {
    let address = key(text);
    let (local, domain) = address.rsplit_once('@')?;
    let ascii = to_mail(&address)?;
    // `127.0.0.1` is not a domain, nor is a name that no other server knows, such as `localhost`.
    let (_, top) = domain.rsplit_once('.')?;
    let named = !top.bytes().all(|byte| byte.is_ascii_digit());
    let fits = ascii.len() <= MOST && local.len() <= LOCAL && !local.contains(['"', '\\']);
    (named && fits && ascii.parse::<lettre::Address>().is_ok()).then_some(address)
}

/// The normalised spelling of `text` if it were an address: without invisible characters, in lower
/// case and compatible letters (NFKC), with the domain as people write it (UTS 46).
pub fn key(text: &str) -> String {
    let seen: String = text.nfkc().filter(|&letter| !text::is_ignorable(letter)).collect();
    let lower: String = seen.trim().to_lowercase().nfkc().collect();
    let Some((local, domain)) = lower.rsplit_once('@') else { return lower };
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let (unicode, valid) =
        Uts46::new().to_unicode(domain.as_bytes(), AsciiDenyList::STD3, Hyphens::Allow);
    match valid {
        Ok(()) => format!("{local}@{unicode}"),
        Err(_) => format!("{local}@{domain}"),
    }
}

/// An address as mail servers accept it, with the domain in ASCII. `None` if the domain is invalid.
pub fn to_mail(address: &str) -> Option<String> {
    let (local, domain) = address.rsplit_once('@')?;
    let ascii = Uts46::new().to_ascii(
        domain.as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::CheckFirstLast,
        DnsLength::Verify,
    );
    Some(format!("{local}@{}", ascii.ok()?))
}

/// The account that someone refers to by this address. If an older version of the server accepted
/// two spellings of one address, the other account has its previous spelling, and entering exactly
/// that refers to it.
pub fn owner(text: &str) -> Select<account::Entity> {
    // PostgreSQL does not accept a NUL byte, and no address contains one.
    let exact: String = text.trim().to_lowercase().nfc().collect::<String>().replace('\0', " ");
    let spellings = [key(text).replace('\0', " "), exact.clone()];
    let email = account::Column::Email;
    account::Entity::find()
        .filter(account::Column::Email.is_in(spellings))
        .order_by(email.eq(exact), Order::Desc)
}

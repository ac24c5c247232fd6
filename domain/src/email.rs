//! E-mail addresses: one mailbox has one spelling.

use entity::account;
use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Select,
    sea_query::{Expr, ExprTrait, Order},
};
use unicode_normalization::UnicodeNormalization;

use super::text;

/// The most bytes of an address (RFC 5321).
const MOST: usize = 254;
/// The most bytes of what stands before the `@`.
const LOCAL: usize = 64;

/// The address that `text` is, in the one spelling in which it is kept; none if it is no address,
/// or one to which no mail can be sent: with a quoted local part, or a number in place of a domain.
pub fn parse(text: &str) -> Option<String> {
    let address = key(text);
    let (local, domain) = address.rsplit_once('@')?;
    let ascii = to_mail(&address)?;
    // `127.0.0.1` is no domain, nor is what no other server knows: `localhost`.
    let (_, top) = domain.rsplit_once('.')?;
    let named = !top.bytes().all(|byte| byte.is_ascii_digit());
    let fits = ascii.len() <= MOST && local.len() <= LOCAL && !local.contains(['"', '\\']);
    (named && fits && ascii.parse::<lettre::Address>().is_ok()).then_some(address)
}

/// The spelling in which `text` would be kept if it were an address: without what cannot be seen,
/// lower case, in compatible letters (NFKC), the domain as people write it (UTS 46).
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

/// An address as mail servers take it: the domain in ASCII. None if the domain is none.
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

/// The account of whoever names it by this address. Of two that an older version of the server let
/// spell one address differently, the other has the spelling that it had: who writes exactly that
/// means it.
pub fn owner(text: &str) -> Select<account::Entity> {
    // PostgreSQL takes no zero byte, and no address has one.
    let exact: String = text.trim().to_lowercase().nfc().collect::<String>().replace('\0', " ");
    let spellings = [key(text).replace('\0', " "), exact.clone()];
    let email = Expr::col((account::Entity, account::Column::Email));
    account::Entity::find()
        .filter(account::Column::Email.is_in(spellings))
        .order_by(email.eq(exact), Order::Desc)
}

//! Names of files that every system accepts, and addresses that lead to them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::media::name::{extension, stem};

/// The maximum length of what a title contributes to a name, in characters.
const MOST: usize = 60;
/// What an address spells out: all but what never has a meaning of its own.
const SPELT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'/');

/// The name of a page's file: its number makes it unique, and keeps it from being the name of a
/// device.
pub fn page(number: usize, title: &str) -> String {
    named(number, title, "html")
}

/// The name of a file of media; its extension tells the type that its content has.
pub fn media(number: usize, title: &str, content_type: &str) -> String {
    let extension = extension(content_type);
    named(number, stem(title, extension), extension)
}

fn named(number: usize, title: &str, extension: &str) -> String {
    match slug(title) {
        slug if slug.is_empty() => format!("{number:04}.{extension}"),
        slug => format!("{number:04}-{slug}.{extension}"),
    }
}

/// The letters and digits of a title, and hyphens for everything between them.
fn slug(title: &str) -> String {
    let mut slug = String::new();
    for c in title.nfc() {
        // A mark belongs to the letter before it.
        let mark = !slug.is_empty() && !slug.ends_with('-') && is_combining_mark(c);
        if c.is_alphanumeric() || mark {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.chars().count() >= MOST {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// The address of a file in the folder, as a link has it.
pub fn address(path: &str) -> String {
    utf8_percent_encode(path, SPELT).to_string()
}

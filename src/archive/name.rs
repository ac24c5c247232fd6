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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_safe_on_every_system_and_still_readable() {
        for (title, expected) in [
            ("Our bees", "0007-Our-bees.html"),
            ("Łąka i Ökologie", "0007-Łąka-i-Ökologie.html"),
            ("Юлия: Αθήνα?", "0007-Юлия-Αθήνα.html"),
            ("e\u{301}te\u{301}", "0007-été.html"),
            ("हिन्दी", "0007-हिन्दी.html"),
            ("../../etc/passwd", "0007-etc-passwd.html"),
            ("C:\\Windows\\con", "0007-C-Windows-con.html"),
            ("con", "0007-con.html"),
            ("evil\u{202e}fdp.exe", "0007-evil-fdp-exe.html"),
            ("a\u{200b}\u{0}\n<b>|*\"", "0007-a-b.html"),
            (" . ", "0007.html"),
            ("🐝", "0007.html"),
        ] {
            assert_eq!(page(7, title), expected, "{title:?}");
        }
        assert_eq!(page(7, &"ą".repeat(500)), format!("0007-{}.html", "ą".repeat(MOST)));
    }

    #[test]
    fn the_content_decides_the_extension() {
        assert_eq!(media(1, "bees.JPG", "image/jpeg"), "0001-bees.jpg");
        assert_eq!(media(1, "bees.html", "image/png"), "0001-bees-html.png");
        assert_eq!(media(1, "bees", "text/html"), "0001-bees.bin");
    }

    #[test]
    fn an_address_has_no_other_meaning() {
        assert_eq!(address("media/0001-Ł#%?.jpg"), "media/0001-%C5%81%23%25%3F.jpg");
    }
}

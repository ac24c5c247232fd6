//! Pupils' usernames: `given.family.N` (M-08).

use std::collections::BTreeSet;

use deunicode::deunicode;

/// The maximum number of letters in one part: longer names are truncated, and the number still
/// distinguishes them.
const MOST: usize = 40;

/// The part before the number: `angel.canorobles`. `None` if one of the names has no letter that
/// can be transliterated.
pub fn stem(given: &str, family: &str) -> Option<String> {
    Some(format!("{}.{}", part(given)?, part(family)?))
}

/// A name in the letters a to z, without spaces, apostrophes, hyphens and everything else.
fn part(name: &str) -> Option<String> {
    let letters: String = deunicode(name)
        .chars()
        .filter(char::is_ascii_alphabetic)
        .map(|letter| letter.to_ascii_lowercase())
        .take(MOST)
        .collect();
    Some(letters).filter(|letters| !letters.is_empty())
}

/// A typed username in its stored form: what was folded when it was created is folded here, too.
pub fn typed(text: &str) -> String {
    let letters = deunicode(text);
    let kept = letters.chars().filter(|&letter| letter.is_ascii_alphanumeric() || letter == '.');
    kept.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// The number of `username` if it has this stem: for `john.smith.2` it is 2.
pub fn number(username: &str, stem: &str) -> Option<u32> {
    let number = username.strip_prefix(stem)?.strip_prefix('.')?;
    // One spelling per number: `.02` is not one of ours.
    let plain = number.bytes().all(|b| b.is_ascii_digit()) && !number.starts_with('0');
    plain.then(|| number.parse().ok())?
}

/// The smallest numbers from 1 that are not `taken`, in order.
pub fn free(taken: &BTreeSet<u32>) -> impl Iterator<Item = u32> {
    (1..).filter(|number| !taken.contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_scripts_become_latin_letters() {
        for (given, family, expected) in [
            ("Ángel", "Cano Robles", "angel.canorobles"),
            ("Zoë", "O'Brien-Smith", "zoe.obriensmith"),
            ("Jürgen", "Groß", "jurgen.gross"),
            ("Søren", "Łukasiewicz", "soren.lukasiewicz"),
            ("Αγγελική", "Παπαδοπούλου", "aggelike.papadopoulou"),
            ("J.", "S", "j.s"),
            ("伟", "王", "wei.wang"),
        ] {
            assert_eq!(stem(given, family).as_deref(), Some(expected));
        }
        assert!(stem("Юлия", "Иванова").is_some());
        assert!(stem("محمد", "علي").is_some());
        assert_eq!(stem("123", "Smith"), None);
        assert_eq!(stem("", "Smith"), None);
    }

    #[test]
    fn what_is_folded_when_it_is_made_is_folded_when_it_is_typed() {
        for text in [
            " EVA.NOVAK.1 ",
            "éva.novák.1",
            "e\u{301}va.nova\u{301}k.1",
            "ｅｖａ．ｎｏｖａｋ．１",
            "eva.novak.1\u{200b}",
            "\u{a0}Eva.Novak.1\n",
        ] {
            assert_eq!(typed(text), "eva.novak.1", "{text:?}");
        }
        assert_eq!(typed("ſøren.Łukasiewicz.2"), "soren.lukasiewicz.2");
        assert_eq!(typed("\0"), "");
    }

    #[test]
    fn a_number_belongs_to_one_stem() {
        assert_eq!(number("john.smith.2", "john.smith"), Some(2));
        assert_eq!(number("john.smithson.2", "john.smith"), None);
        assert_eq!(number("john.smith.1.2", "john.smith"), None);
        assert_eq!(number("john.smith.02", "john.smith"), None);
    }
}

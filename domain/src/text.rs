//! Text as it is stored, compared and searched.

use std::collections::BTreeSet;

use deunicode::deunicode;
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{DefaultIgnorableCodePoint, GeneralCategory},
};
use sea_orm::sea_query::{Cond, Condition, Expr, ExprTrait, LikeExpr};
use unicode_normalization::{UnicodeNormalization, char::canonical_combining_class};

use crate::{Result, error::Problems};

/// A line of `text` as it is stored: normalised (NFC), without surplus spaces.
pub fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect()
}

/// Several lines of `text` as they are stored: normalised (NFC), with uniform line ends, trimmed.
/// Line and page breaks of word processors become line ends, too.
pub fn prose(text: &str) -> String {
    let lines = text.replace("\r\n", "\n").replace('\u{feff}', "");
    let lines: String =
        lines.nfc().map(|letter| if breaks(letter) { '\n' } else { letter }).collect();
    // Invisible text is empty.
    if is_blank(&lines) { String::new() } else { lines.trim().to_owned() }
}

/// Whether a new line, paragraph or page begins after it.
fn breaks(letter: char) -> bool {
    let line = matches!(letter, '\r' | '\u{b}' | '\u{c}' | '\u{85}');
    line || matches!(
        category(letter),
        GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator
    )
}

fn category(letter: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(letter)
}

/// Whether it is invisible everywhere: soft hyphens, joiners, fillers.
pub fn is_ignorable(letter: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(letter)
}

/// Whether a text has nothing visible.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|letter| {
        let shown = !matches!(
            category(letter),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::Unassigned
                | GeneralCategory::SpaceSeparator
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
        );
        // The only letter that is blank despite being a symbol: Braille without dots.
        !shown || is_ignorable(letter) || letter == '\u{2800}'
    })
}

/// A text as typed on a device that replaced what was pressed by typographic characters: dashes,
/// quotation marks and spaces become plain ones.
pub fn as_pressed(text: &str) -> String {
    let plain = text.nfkc().filter(|&letter| !is_ignorable(letter)).map(|letter| match letter {
        '\u{2018}'..='\u{201b}' => '\'',
        '\u{201c}'..='\u{201f}' => '"',
        // Minus, which is not a dash.
        '\u{2212}' => '-',
        letter if category(letter) == GeneralCategory::DashPunctuation => '-',
        letter if letter.is_whitespace() => ' ',
        letter => letter,
    });
    plain.collect::<String>().trim().to_owned()
}

/// Whether a line contains only printable characters, and none that changes the text direction,
/// with which one name can be made to look like another.
pub fn printable(line: &str) -> bool {
    !line.chars().any(is_control)
}

/// Control characters and the like.
pub fn is_control(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// `text` without case, accents and surplus spaces, for searching and sorting (M-03).
///
/// Letters of other scripts become Latin ones, so that `Αγγελική` is found as `angelike`.
pub fn key(text: &str) -> String {
    // What cannot be seen is nothing: a soft hyphen does not make another name of a name.
    let seen = text.chars().filter(|&letter| !is_ignorable(letter));
    // Accents first, because they change the transliteration of a letter: `ё` is found as `е`.
    let bare: String = seen.nfd().filter(|&c| canonical_combining_class(c) == 0).nfc().collect();
    // No control characters either: PostgreSQL does not accept a NUL byte.
    let plain = deunicode(&bare).to_lowercase().replace(|c: char| c.is_control(), " ");
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A pattern that fits whatever contains this text.
pub fn containing(text: &str) -> LikeExpr {
    LikeExpr::new(format!("%{}%", escaped(text))).escape('\\')
}

/// A pattern that fits whatever starts with this text.
pub fn starting_with(text: &str) -> LikeExpr {
    LikeExpr::new(format!("{}%", escaped(text))).escape('\\')
}

fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_")
}

/// The words of a list's search, all of which must be found, in any order (M-03).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Wanted(BTreeSet<String>);

impl Wanted {
    /// The maximum length of a search, in characters.
    pub const MOST: usize = 200;
    /// The maximum number of words that count.
    const WORDS: usize = 20;

    /// Parses a search.
    pub fn read(text: &str) -> Result<Self> {
        let mut problems = Problems::default();
        problems.at_most(text, "search", Self::MOST);
        problems.finish()?;
        let key = key(text);
        let words = key.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let mut words: BTreeSet<String> =
            words.filter(|word| !word.is_empty()).take(Self::WORDS).map(str::to_owned).collect();
        if words.is_empty() && !key.is_empty() {
            words.insert(key);
        }
        Ok(Self(words))
    }

    /// The condition on a row: each word must be in one of these columns, which are keys.
    pub fn within(&self, columns: &[Expr]) -> Condition {
        self.0.iter().fold(Cond::all(), |all, word| {
            let like = |column: &Expr| column.clone().like(containing(word));
            all.add(columns.iter().map(like).fold(Cond::any(), Condition::add))
        })
    }
}

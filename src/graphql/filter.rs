//! What filters of lists have in common: lists of texts, any of which fits.

use domain::error::Problems;

/// The maximum number of texts in a list of a filter.
const MOST: usize = 20;
/// The maximum length of such a text, in characters.
const LENGTH: usize = 200;

/// Each value once.
fn distinct<T: PartialEq>(values: Vec<T>) -> Vec<T> {
    let mut distinct = Vec::new();
    for value in values {
        if !distinct.contains(&value) {
            distinct.push(value);
        }
    }
    distinct
}

/// A few texts, each once; records if there are too many, or if one is empty or too long.
pub fn few(problems: &mut Problems, texts: Vec<String>, field: &str) -> Vec<String> {
    distinct(problems.items(texts, field, MOST, text))
}

fn text(problems: &mut Problems, text: String, field: &str) -> String {
    problems.length(&text, field, LENGTH);
    text
}

/// The codes of a few languages; records if there is no such language.
pub fn languages(problems: &mut Problems, codes: Vec<String>, field: &str) -> Vec<String> {
    distinct(problems.items(codes, field, MOST, |problems, code, at| problems.language(&code, at)))
}

/// The codes of a few countries; records if there is no such country.
pub fn countries(problems: &mut Problems, codes: Vec<String>, field: &str) -> Vec<String> {
    distinct(problems.items(codes, field, MOST, |problems, code, at| problems.country(&code, at)))
}

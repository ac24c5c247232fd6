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
    let fits = texts.len() <= MOST;
    problems.require(fits, field, &format!("must have at most {MOST} items"));
    let texts = distinct(texts.into_iter().take(MOST).collect());
    for text in &texts {
        problems.length(text, field, LENGTH);
    }
    texts
}

/// The codes of a few languages; records if there is no such language.
pub fn languages(problems: &mut Problems, codes: Vec<String>, field: &str) -> Vec<String> {
    let codes = few(problems, codes, field);
    distinct(codes.iter().map(|code| problems.language(code, field)).collect())
}

/// The codes of a few countries; records if there is no such country.
pub fn countries(problems: &mut Problems, codes: Vec<String>, field: &str) -> Vec<String> {
    let codes = few(problems, codes, field);
    distinct(codes.iter().map(|code| problems.country(code, field)).collect())
}

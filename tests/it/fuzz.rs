//! Everything that reads untrusted input, fed with broken copies of known files.
//!
//! Each target takes a file from its corpus (`fuzz/corpus/`, made for this), breaks it in places,
//! and states what must hold for any input. The tests try the same cases each time;
//! `ARBTEST_BUDGET_MS` makes it look for new ones for that long, and a failure prints the
//! `ARBTEST_SEED` that reproduces it.

use std::{env, fs, path::Path};

use arbtest::{
    arbitrary::{Result, Unstructured},
    arbtest,
};

mod files;
mod names;
mod wire;

/// How many cases of a target the tests try.
const CASES: u64 = 150;
/// How many random bytes a case has.
const CHOICES: u64 = 2048;

/// Explores a target: the cases of the tests, or new ones if the environment sets a duration.
fn explore(mut property: impl FnMut(&mut Unstructured<'_>) -> Result<()>) {
    if let Ok(Ok(budget)) = env::var("ARBTEST_BUDGET_MS").map(|budget| budget.parse()) {
        return arbtest(property).budget_ms(budget).run();
    }
    if env::var_os("ARBTEST_SEED").is_some() {
        return arbtest(property).run();
    }
    for case in 1..=CASES {
        // The lower half of a seed is the number of bytes.
        let seed = (case.wrapping_mul(0x9e37_79b9_7f4a_7c15) & !0xffff_ffff) | CHOICES;
        // A case that runs out of bytes does not count.
        arbtest(|u| property(u).or(Ok(()))).seed(seed).run();
    }
}

/// The files in a folder of the corpus, with their names.
fn corpus(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fuzz/corpus").join(folder);
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// A broken copy of one of the files, and its name.
fn broken(u: &mut Unstructured<'_>, corpus: &[(String, Vec<u8>)]) -> Result<(String, Vec<u8>)> {
    let (name, mut bytes) = u.choose(corpus)?.clone();
    for _ in 0..u.int_in_range(1..=6)? {
        breaks(u, &mut bytes, corpus)?;
    }
    bytes.truncate(256 << 10);
    Ok((name, bytes))
}

fn breaks(
    u: &mut Unstructured<'_>,
    bytes: &mut Vec<u8>,
    corpus: &[(String, Vec<u8>)],
) -> Result<()> {
    let at = u.choose_index(bytes.len() + 1)?;
    let end = (at + u.int_in_range(1..=64)?).min(bytes.len());
    match u.int_in_range(0..=7)? {
        0 if at < bytes.len() => bytes[at] ^= 1 << u.int_in_range(0..=7)?,
        1 if at < bytes.len() => bytes[at] = u.arbitrary()?,
        // A number that is not a position in the file, or a surprising one.
        2 => {
            let word: [u8; 4] = match u.int_in_range(0..=5)? {
                0 => [0; 4],
                1 => [0xff; 4],
                2 => [0, 0, 0, 1],
                3 => [0x7f, 0xff, 0xff, 0xff],
                4 => u32::try_from(bytes.len()).unwrap_or(0).to_be_bytes(),
                _ => u.arbitrary()?,
            };
            for (byte, new) in bytes[at..].iter_mut().zip(word) {
                *byte = new;
            }
        }
        3 => drop(bytes.drain(at..end)),
        4 => {
            let again = bytes[at..end].to_vec();
            bytes.splice(end..end, again);
        }
        5 => bytes.truncate(at),
        6 => {
            let new: [u8; 8] = u.arbitrary()?;
            bytes.splice(at..at, new);
        }
        _ => {
            let (_, other) = u.choose(corpus)?;
            let from = u.choose_index(other.len())?;
            let to = (from + u.int_in_range(1..=64)?).min(other.len());
            bytes.splice(at..at, other[from..to].iter().copied());
        }
    }
    Ok(())
}

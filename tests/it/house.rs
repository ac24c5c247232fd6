//! How the code is arranged, as far as ARCHITECTURE.md promises it and a program can tell.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// The chapters of every layer.
const CHAPTERS: [&str; 6] = ["accounts", "care", "desktop", "inside", "members", "projects"];
/// The layers that have them.
const LAYERS: [&str; 3] = ["domain/src", "src/graphql", "tests/it"];
/// The most lines of a file.
const MOST: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below a folder.
pub fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn a_noun_is_in_the_same_chapter_of_every_layer() {
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut homes: BTreeMap<String, &str> = BTreeMap::new();
    for layer in LAYERS {
        for chapter in CHAPTERS {
            assert!(
                architecture.contains(&format!("| `{chapter}` |")),
                "{chapter} is not described"
            );
            for entry in fs::read_dir(root().join(layer).join(chapter)).unwrap() {
                let path = entry.unwrap().path();
                let noun = path.file_stem().unwrap().to_str().unwrap().to_owned();
                // What is no noun of the domain may be in several chapters: `subscription`.
                if layer == LAYERS[0] {
                    homes.insert(noun.clone(), chapter);
                }
                assert_eq!(*homes.get(&noun).unwrap_or(&chapter), chapter, "{noun} in {layer}");
            }
        }
    }
}

#[test]
fn graphql_begins_no_transaction() {
    let mut found = vec![];
    files(&root().join("src/graphql"), &mut found);
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        let begins = text.contains("begin().await") || text.contains("Tx");
        assert!(!begins, "{} begins a transaction: that is for the domain", path.display());
    }
}

#[test]
fn the_server_has_its_tests_beside_it() {
    let mut found = vec![];
    files(&root().join("src"), &mut found);
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        let hidden = text.contains("#[cfg(test)]") || text.contains("#[test]");
        assert!(!hidden, "nothing runs the tests in {}: tests/it is for them", path.display());
    }
}

#[test]
fn no_file_is_too_long() {
    let mut found = vec![];
    for folder in ["src", "domain", "policy", "entity", "tests/it"] {
        files(&root().join(folder), &mut found);
    }
    let long = found.iter().filter(|path| fs::read_to_string(path).unwrap().lines().count() > MOST);
    let long: Vec<_> =
        long.map(|path| path.strip_prefix(root()).unwrap().to_str().unwrap()).collect();
    assert!(long.is_empty(), "files of more than {MOST} lines: {long:?}");
}

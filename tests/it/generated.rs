//! The files that the program writes say what the program says.
//! `UPDATE=1 cargo test --test it current` writes them anew.

use std::{env, fs, path::Path};

use crate::sdl;

#[test]
fn schema_graphql_is_current() {
    assert_current("schema.graphql", &sdl::text());
}

#[test]
fn permissions_md_is_current() {
    assert_current("docs/permissions.md", &twinspace::policy::markdown());
}

/// Compares a file of the repository with what it should be, or writes it.
pub fn assert_current(file: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if env::var_os("UPDATE").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, expected).unwrap();
        return;
    }
    let actual = fs::read_to_string(path).unwrap_or_default();
    let help = "is out of date: run `UPDATE=1 cargo test --test it current`";
    assert!(actual == expected, "{file} {help}");
}

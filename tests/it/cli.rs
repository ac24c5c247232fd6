//! The program: what it says of wrong settings, and what needs no database.

use std::{net::TcpListener, process::Command};

use clap::CommandFactory;
use twinspace::cli::Cli;

/// Runs the program; its code, and what it wrote to standard output and error.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_twinspace"))
        .args(arguments)
        .env("TWINSPACE_DATA_DIR", folder.path())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn its_flags_do_not_contradict_each_other() {
    Cli::command().debug_assert();
}

#[test]
fn a_wrong_setting_is_told_in_one_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (arguments, expected) in [
        (["serve", "--listen", &taken], "Another program listens on"),
        (["migrate", "--database-url", "mysql://u:secret@h/x"], "--database-url is neither"),
        (["migrate", "--data-dir", "/dev/null/x"], "The database cannot be opened"),
        (["serve", "--log", "a=b=c"], "--log is no filter"),
    ] {
        let (code, _, said) = run(&arguments);
        assert_eq!(code, Some(2), "{said}");
        let last = said.lines().last().unwrap();
        assert!(last.starts_with("twinspace: ") && last.contains(expected), "{said}");
        assert!(!said.contains("secret") && !said.contains("panicked"), "{said}");
    }
}

#[test]
fn the_schema_is_printed_without_a_database() {
    let (code, schema, _) = run(&["schema", "--database-url", "postgres://nowhere.invalid/x"]);
    assert_eq!(code, Some(0));
    assert!(schema.contains("type Query"));
}

#[test]
fn the_demo_says_how_to_sign_in() {
    let (code, said, errors) = run(&["demo", "--no-serve", "--argon2-memory", "8"]);
    assert_eq!(code, Some(0), "{errors}");
    for expected in ["zofia@demo.example", "twinspace1", "curl -s http://127.0.0.1:8000/graphql"] {
        assert!(said.contains(expected), "{said}");
    }
}

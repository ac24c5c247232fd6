//! The documents that tell of settings and errors name all of them.
//!
//! `TWINSPACE_WRITE_DOCS=1 cargo test --test it docs` writes what is generated.

use std::{
    collections::BTreeSet,
    env,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use clap::CommandFactory;
use twinspace::{Reason, cli::Cli};

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

fn read(file: &str) -> String {
    fs::read_to_string(path(file)).unwrap()
}

/// Compares what stands between `<!-- NAME -->` and `<!-- end -->` with what is generated.
fn generated(file: &str, name: &str, expected: &str) {
    let text = read(file);
    let begin = format!("<!-- {name} -->\n");
    let from = text.find(&begin).unwrap_or_else(|| panic!("{file} has no {begin}")) + begin.len();
    let to = from + text[from..].find("<!-- end -->").unwrap();
    if env::var_os("TWINSPACE_WRITE_DOCS").is_some() {
        let text = format!("{}\n{expected}\n{}", &text[..from], &text[to..]);
        fs::write(path(file), text).unwrap();
        return;
    }
    let hint = "write it with TWINSPACE_WRITE_DOCS=1 cargo test --test it docs";
    assert_eq!(text[from..to].trim(), expected.trim(), "{file} is outdated; {hint}");
}

/// The settings as tables, by the headings of `--help`.
fn settings() -> String {
    let command = Cli::command();
    let mut text = String::new();
    let mut heading = None;
    let arguments = command.get_arguments().filter(|argument| argument.get_env().is_some());
    for argument in arguments {
        if text.is_empty() || argument.get_help_heading() != heading {
            heading = argument.get_help_heading();
            let title = heading.unwrap_or("Files");
            let head = "| flag | variable | default | |\n|---|---|---|---|";
            writeln!(text, "\n### {title}\n\n{head}").unwrap();
        }
        let flag = argument.get_long().unwrap();
        let variable = argument.get_env().unwrap().to_str().unwrap();
        let defaults = argument.get_default_values().iter();
        let defaults: Vec<_> = defaults.map(|value| format!("`{}`", value.display())).collect();
        let help = argument.get_long_help().or(argument.get_help()).unwrap().to_string();
        let help = help.replace('\n', " ").replace('|', "\\|");
        let defaults = defaults.join(" ");
        writeln!(text, "| `--{flag}` | `{variable}` | {defaults} | {help} |").unwrap();
    }
    text.trim().to_owned()
}

#[test]
fn the_manual_for_operators_lists_every_setting() {
    generated("docs/operating.md", "settings", &settings());
}

#[test]
fn the_manual_of_errors_lists_every_reason() {
    let mut text = String::from("| reason | in words |\n|---|---|\n");
    for reason in Reason::ALL {
        writeln!(text, "| `{}` | {} |", reason.to_value_name(), reason.message()).unwrap();
    }
    generated("docs/errors.md", "reasons", &text);
}

/// All files with Rust in this folder.
fn sources(folder: &Path, texts: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, texts);
        } else {
            texts.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn the_manual_of_errors_lists_every_code() {
    let mut source = String::new();
    for folder in ["src/graphql", "src/server"] {
        sources(&path(folder), &mut source);
    }
    let is_code =
        |text: &&str| text.len() > 4 && text.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let mut codes: BTreeSet<_> = source.split('"').filter(is_code).collect();
    // A method of HTTP, an option of sockets, a variable of the build.
    for other in ["OPTIONS", "TCP_NODELAY", "OUT_DIR"] {
        codes.remove(other);
    }
    assert!(codes.len() > 15, "{codes:?}");
    let manual = read("docs/errors.md");
    let missing: Vec<_> =
        codes.iter().filter(|code| !manual.contains(&format!("| `{code}` |"))).collect();
    assert!(missing.is_empty(), "docs/errors.md lacks {missing:?}");
}

#[test]
fn the_manual_of_errors_lists_every_close_code() {
    let source = read("src/server/socket/message.rs");
    let manual = read("docs/errors.md");
    let codes: Vec<_> = source
        .split("Self::new(")
        .skip(1)
        .map(|rest| rest.split(',').next().unwrap())
        .filter(|code| code.chars().all(|c| c.is_ascii_digit()))
        .collect();
    assert!(codes.len() > 5, "{codes:?}");
    for code in codes {
        assert!(manual.contains(&format!("| {code} |")), "docs/errors.md lacks {code}");
    }
}

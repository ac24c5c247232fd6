//! Generated files match the program.
//!
//! `TWINSPACE_WRITE_DOCS=1 cargo test --test it current` regenerates all of them.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use clap::CommandFactory;
use domain::{Reason, error::ProblemCode};
use twinspace::cli::Cli;

use crate::{api::sdl, house};

const HELP: &str = "is outdated: run `TWINSPACE_WRITE_DOCS=1 cargo test --test it current`";

#[test]
fn schema_graphql_is_current() {
    assert_current("schema.graphql", &sdl::text());
}

#[test]
fn permissions_md_is_current() {
    assert_current("docs/permissions.md", &policy::markdown());
}

#[test]
fn the_settings_in_operating_md_are_current() {
    assert_section_current("docs/operating.md", "settings", &settings());
}

// One test, as both are in the same file.
#[test]
fn the_reasons_and_the_codes_of_problems_in_errors_md_are_current() {
    let mut text = String::from("| reason | in words |\n|---|---|\n");
    for reason in Reason::ALL {
        writeln!(text, "| `{}` | {} |", reason.to_value_name(), reason.message()).unwrap();
    }
    assert_section_current("docs/errors.md", "reasons", &text);
    let mut text = String::from("| code | what is wrong |\n|---|---|\n");
    for code in ProblemCode::ALL {
        writeln!(text, "| `{}` | {} |", code.name(), code.meaning().trim()).unwrap();
    }
    assert_section_current("docs/errors.md", "problems", &text);
}

#[test]
fn the_refused_fields_in_clients_md_are_current() {
    let mut fields: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut files = Vec::new();
    house::files(&path("src/graphql"), &mut files);
    for file in files {
        let source = fs::read_to_string(file).unwrap();
        // Each type is in a block of its own, and each guard before its field.
        for block in source.split("\n#[Object(guard").skip(1) {
            let Some((_, body)) = block.split_once("\nimpl ") else { continue };
            let (ty, body) = body.split_once(' ').unwrap();
            let ty = flattened_into(&source, ty).unwrap_or(ty);
            let body = body.split("\n}\n").next().unwrap();
            let asks = ["\"Sees(", "\"WithPage("].map(|guard| body.match_indices(guard));
            for (at, _) in asks.into_iter().flatten() {
                let (_, field) = body[at..].split_once("async fn ").unwrap();
                let field = field.split('(').next().unwrap();
                fields.entry(ty.to_owned()).or_default().insert(camel(field));
            }
        }
    }
    fields.get_mut("TwinSpace").unwrap().insert("pages(archived: true)".to_owned());
    let mut text = String::new();
    for (ty, fields) in fields {
        let fields: Vec<_> = fields.iter().map(|field| format!("`{field}`")).collect();
        writeln!(text, "- `{ty}`: {}", fields.join(", ")).unwrap();
    }
    assert_section_current("docs/clients.md", "refused", &text);
}

/// The type that has the fields of a part, which refers to it: `Project`, of `ProjectPart<'_>`.
fn flattened_into<'a>(source: &'a str, ty: &str) -> Option<&'a str> {
    let (part, _) = ty.split_once('<')?;
    let (_, whole) = source.split_once(&format!("struct {part}<'a>(pub &'a "))?;
    Some(whole.split(')').next().unwrap())
}

/// A name in Rust as it is in the schema.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap().to_owned();
    words.fold(first, |all, word| all + &word[..1].to_uppercase() + &word[1..])
}

/// The settings as tables, grouped by the headings of `--help`.
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

/// Compares the part between `<!-- NAME -->` and `<!-- end -->` with the expected text, or writes
/// it.
fn assert_section_current(file: &str, name: &str, expected: &str) {
    let text = fs::read_to_string(path(file)).unwrap();
    let begin = format!("<!-- {name} -->\n");
    let from = text.find(&begin).unwrap_or_else(|| panic!("{file} has no {begin}")) + begin.len();
    let to = from + text[from..].find("<!-- end -->").unwrap();
    assert_current(file, &format!("{}\n{}\n\n{}", &text[..from], expected.trim(), &text[to..]));
}

/// Compares a file of the repository with the expected text, or writes it.
pub fn assert_current(file: &str, expected: &str) {
    if env::var_os("TWINSPACE_WRITE_DOCS").is_some() {
        fs::write(path(file), expected).unwrap();
        return;
    }
    let actual = fs::read_to_string(path(file)).unwrap_or_default();
    assert!(actual == expected, "{file} {HELP}");
}

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

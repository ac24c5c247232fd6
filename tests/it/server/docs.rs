//! The documents about errors, mails and rules list all of them, and the one about security names
//! tests and settings that exist.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use domain::mail::Letter;
use entity::TwinSpaceRole;
use twinspace::mail::{Language, letter::compose};

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

fn read(file: &str) -> String {
    fs::read_to_string(path(file)).unwrap()
}

/// The paths of all files in this folder.
fn files_in(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_in(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// All files in this folder.
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

/// The numbers of rules in this text, such as `M-14`.
fn rules_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').filter(|word| {
        let chapters = ["A-", "C-", "L-", "M-", "P-", "R-", "T-"];
        let number = chapters.iter().find_map(|chapter| word.strip_prefix(chapter));
        number.is_some_and(|number| number.len() == 2 && number.parse::<u8>().is_ok())
    })
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

#[test]
fn the_guide_for_apps_tells_what_the_links_in_mails_hold() {
    let guide = read("docs/clients.md");
    let name = String::new;
    let letters = [
        Letter::VerifyEmail { name: name() },
        Letter::ResetPassword { name: name() },
        Letter::ChangeEmail { name: name() },
        Letter::Invitation { inviter: Some(name()), project: name(), role: TwinSpaceRole::Visitor },
        Letter::Message { name: name(), project: name() },
    ];
    for letter in letters {
        let token = letter.purpose().map(|_| "TOKEN");
        let link = compose(&letter, Language::ENGLISH, token, "APP_URL").link;
        assert!(guide.contains(&format!("| `{link}` |")), "docs/clients.md lacks {link}");
    }
}

#[test]
fn what_is_shipped_sets_only_settings_that_exist() {
    let mut shipped = read("Dockerfile");
    sources(&path("deploy"), &mut shipped);
    let is_part = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let named: BTreeSet<_> = shipped
        .split(|c| !is_part(c))
        .filter(|name| name.starts_with("TWINSPACE_"))
        // A variable of the build.
        .filter(|name| *name != "TWINSPACE_BUILD_PLAYGROUND")
        .collect();
    assert!(named.len() > 10, "{named:?}");
    let manual = read("docs/operating.md");
    let unknown: Vec<_> =
        named.iter().filter(|name| !manual.contains(&format!("| `{name}` |"))).collect();
    assert!(unknown.is_empty(), "there are no settings {unknown:?}");
}

#[test]
fn the_manual_of_security_names_tests_that_exist() {
    let manual = read("docs/security.md");
    let named: Vec<_> = manual.split('`').filter_map(|code| code.rsplit_once("::")).collect();
    assert!(named.len() > 100, "{named:?}");
    let mut files = Vec::new();
    files_in(&path("tests/it"), &mut files);
    let texts: Vec<(PathBuf, String)> = files
        .into_iter()
        .map(|file| (file.with_extension(""), fs::read_to_string(&file).unwrap_or_default()))
        .collect();
    let is_there = |(module, name): &(&str, &str)| {
        let (module, name) = (module.replace("::", "/"), format!("fn {name}("));
        texts.iter().any(|(file, text)| file.ends_with(&module) && text.contains(&name))
    };
    let missing: Vec<_> = named.into_iter().filter(|test| !is_there(test)).collect();
    assert!(missing.is_empty(), "there are no tests {missing:?}");
}

#[test]
fn the_manual_of_security_names_settings_that_exist_with_their_defaults() {
    let (manual, settings) = (read("docs/security.md"), read("docs/operating.md"));
    let row_of =
        |flag: &str| settings.lines().find(|row| row.starts_with(&format!("| `{flag}` | ")));
    let flags = manual.split('`').filter(|code| code.starts_with("--"));
    for flag in flags.filter_map(|code| code.split(' ').next()) {
        assert!(row_of(flag).is_some(), "there is no setting {flag}");
    }
    let mut defaults = 0;
    for row in manual.lines().filter(|row| row.contains(" | `--")) {
        let cells: Vec<_> = row.split(" | ").collect();
        let flag = cells[1].trim_matches('`');
        let default = row_of(flag).and_then(|row| row.split(" | ").nth(2));
        assert_eq!(default, Some(cells[2]), "{flag}");
        defaults += 1;
    }
    assert!(defaults > 20, "{defaults}");
}

#[test]
fn the_manual_of_rules_lists_once_every_rule_that_is_named() {
    let manual = read("docs/rules.md");
    let mut listed = BTreeSet::new();
    for item in manual.lines().filter_map(|line| line.strip_prefix("- ")) {
        let rule = rules_in(item).next().unwrap();
        let start = format!("<a id=\"{}\"></a>**{rule}** ", rule.to_lowercase());
        assert!(item.starts_with(&start), "{item}");
        assert!(listed.insert(rule), "docs/rules.md lists {rule} twice");
    }
    assert!(listed.len() > 50, "{listed:?}");
    let mut files = vec![path("schema.graphql"), path("README.md")];
    for folder in ["docs", "src", "domain/src", "policy/src", "entity/src"] {
        files_in(&path(folder), &mut files);
    }
    files.retain(|file| {
        file.extension().is_some_and(|kind| kind == "graphql" || kind == "md" || kind == "rs")
    });
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let unknown: Vec<_> = rules_in(&text).filter(|rule| !listed.contains(rule)).collect();
        assert!(unknown.is_empty(), "docs/rules.md lacks {unknown:?} of {}", file.display());
    }
}

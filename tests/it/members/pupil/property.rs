//! Properties of class lists with any content.

use std::{cell::RefCell, collections::HashSet};

use domain::accounts::username;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use super::{INVITE, NAMES, VERIFY, class};
use crate::support::{TestApp, on_both_databases};

/// A part of a name: valid, invalid, and absurd.
fn part() -> impl Strategy<Value = Option<String>> {
    let real = prop::sample::select(NAMES).prop_map(|(given, family)| format!("{given} {family}"));
    let odd = prop::sample::select(
        &[
            "",
            " ",
            "-",
            "'",
            "…",
            "123",
            "4b",
            "=1+1",
            "@SUM(A1)",
            "a\0b",
            "a\nb",
            "\u{202e}evil",
            "\u{200b}",
            "a\u{301}",
            "ﬁ",
            "Ǆ",
            "🐝",
            "<script>",
            "%",
            "_",
            ".",
            "a.b",
            "İ",
        ][..],
    );
    prop_oneof![
        6 => real.prop_map(Some),
        3 => odd.prop_map(|text| Some(text.to_owned())),
        2 => "\\PC{0,12}".prop_map(Some),
        1 => any::<String>().prop_map(|text| Some(text.chars().take(20).collect())),
        1 => "[a-zß-ÿ ]{95,105}".prop_map(Some),
        1 => Just(None),
    ]
}

/// A row: for a new pupil, an existing one, or something in between.
fn row(known: Vec<String>) -> impl Strategy<Value = Value> {
    let password = prop_oneof![
        4 => Just(None),
        1 => "[a-z]{6,9}[0-9]?".prop_map(Some),
        1 => "\\PC{0,10}".prop_map(Some),
    ];
    let username = match known.is_empty() {
        true => Just("nobody.known.1".to_owned()).boxed(),
        false => prop::sample::select(known).boxed(),
    };
    let username = prop_oneof![username, "\\PC{0,12}", Just("a\0b".to_owned())];
    let username = prop_oneof![5 => Just(None), 2 => username.prop_map(Some)];
    let role = prop::sample::select(&["PUPIL", "PUPIL", "PUPIL", "PUPIL_ADMIN", "TEACHER"][..]);
    (part(), part(), password, username, role).prop_map(
        |(given, family, password, username, role)| {
            // Usually one or the other; sometimes both.
            let existing = username.is_some() && given.as_ref().is_none_or(|g| g.len() % 3 != 0);
            match existing {
                true => json!({ "username": username, "role": role }),
                false => json!({
                    "givenName": given, "familyName": family, "password": password, "role": role,
                    "username": username,
                }),
            }
        },
    )
}

fn is_username(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let number =
        |part: &str| part.parse::<u32>().is_ok_and(|n| n > 0) && !part.starts_with(['0', '+']);
    matches!(parts[..], [given, family, n] if word(given) && word(family) && number(n))
}

proptest! {
    // M-08
    #[test]
    fn any_name_gives_a_username_or_none(given in any::<String>(), family in "\\PC{0,40}") {
        if let Some(stem) = username::stem(&given, &family) {
            prop_assert!(is_username(&format!("{stem}.1")), "{}", stem);
            prop_assert!(stem.len() <= 81, "{}", stem);
        }
    }
}

on_both_databases! {
    // M-07, M-08, M-10
    async fn verify_and_invite_never_disagree(app: TestApp) {
        let space = app.space().await;
        let teacher = &space.founders[0];
        let mut runner = TestRunner::new(Config::default());
        let (mut known, made) = (Vec::new(), RefCell::new(HashSet::new()));
        for case in 0..60 {
            let rows = prop::collection::vec(row(known.clone()), 1..8);
            let rows = json!(rows.new_tree(&mut runner).unwrap().current());
            let mut seen = class(&space, &rows);
            seen["input"].as_object_mut().unwrap().remove("consentGivenBy");
            let verified = app.execute(Some(&teacher.token), VERIFY, seen).await;
            let verified = verified["data"]["verifyPupils"]["rows"].as_array()
                .unwrap_or_else(|| panic!("{verified} for {rows}")).clone();
            let all_or_nothing = case % 4 == 0;
            let broken = verified.iter().any(|row| row["status"] == "INVALID");
            let mut asked = class(&space, &rows);
            asked["input"]["mode"] = json!(if all_or_nothing { "ALL_OR_NOTHING" } else { "BEST_EFFORT" });
            let invited = app.execute(Some(&teacher.token), INVITE, asked).await;
            let invited = invited["data"]["invitePupils"]["rows"].as_array()
                .unwrap_or_else(|| panic!("{invited} for {rows}")).clone();
            assert_eq!(verified.len(), invited.len());
            for (said, done) in verified.iter().zip(&invited) {
                if all_or_nothing && broken {
                    assert_eq!(done["status"], "INVALID", "{rows}");
                    continue;
                }
                assert_eq!(said["status"], done["status"], "{rows}: {said} {done}");
                assert_eq!(said["problems"], done["problems"], "{rows}");
                if done["status"] == "INVALID" {
                    continue;
                }
                assert_eq!(said["username"], done["username"], "{rows}");
                let username = done["username"].as_str().unwrap().to_owned();
                assert!(is_username(&username), "{username} of {rows}");
                if done["status"] == "CREATED" {
                    assert!(made.borrow_mut().insert(username.clone()), "{username} twice");
                    known.push(username);
                }
            }
        }
        assert!(known.len() > 20, "only {} rows were valid", known.len());
    }
}

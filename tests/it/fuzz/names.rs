//! Typed texts: names, usernames, video URLs, and how tables treat them.

use arbtest::arbitrary::{Result, Unstructured};
use chrono::NaiveDate;
use csv::ReaderBuilder;
use domain::{
    accounts::username,
    members::export::{self, Line},
};
use entity::TwinSpaceRole;
use twinspace::media::host;

use super::explore;

/// A text of problematic characters, and any others.
fn text(u: &mut Unstructured<'_>, pieces: &[&str]) -> Result<String> {
    let mut text = String::new();
    for _ in 0..u.int_in_range(0..=12)? {
        match u.ratio(1, 4)? {
            true => text.push(u.arbitrary()?),
            false => text.push_str(u.choose(pieces)?),
        }
    }
    Ok(text)
}

// M-08
#[test]
fn a_username_is_of_plain_letters_whatever_the_name() {
    let pieces =
        ["a", "Ł", "é", "'", "-", " ", ".", "1", "0", "ß", "伟", "\u{200b}", "\u{301}", "İ"];
    let property = |u: &mut Unstructured<'_>| {
        let (given, family) = (text(u, &pieces)?, text(u, &pieces)?);
        let number = u.int_in_range(1..=u32::MAX)?;
        if let Some(stem) = username::stem(&given, &family) {
            assert!(stem.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'.'), "{stem}");
            assert!(stem.len() <= 81 && stem.matches('.').count() == 1, "{stem}");
            assert_eq!(username::number(&format!("{stem}.{number}"), &stem), Some(number));
            assert_eq!(username::number(&format!("{stem}.0{number}"), &stem), None);
        }
        let typed = username::typed(&given);
        assert_eq!(username::typed(&typed), typed);
        Ok(())
    };
    explore(property);
}

/// Whether a spreadsheet evaluates a cell.
fn computes(cell: &str) -> bool {
    cell.trim_start().trim_start_matches('"').trim_start().starts_with(['=', '+', '-', '@'])
}

// M-17
#[test]
fn no_cell_of_an_export_is_a_formula_whatever_separates() {
    let pieces =
        ["=1+1", "=", "+", "-", "@", ";", ",", "\t", "|", "\"", "'", " ", "\n", "a", "\u{feff}"];
    let day = NaiveDate::from_ymd_opt(2026, 5, 1).unwrap();
    let check = |name: &str, username: &str| {
        let line = Line {
            name: name.to_owned(),
            username: username.to_owned(),
            invited_on: day,
            last_access: None,
            role: TwinSpaceRole::Pupil,
        };
        let table = export::csv(&[line]).unwrap();
        for separator in [b',', b';', b'\t', b'|'] {
            for quotes in [true, false] {
                let mut reader = ReaderBuilder::new()
                    .delimiter(separator)
                    .quoting(quotes)
                    .flexible(true)
                    .from_reader(&table[3..]);
                for record in reader.records() {
                    for cell in &record.unwrap() {
                        assert!(!computes(cell), "{cell:?} of {name:?} and {username:?}");
                    }
                }
            }
        }
    };
    check("a;=1+1", "b\t@c");
    check("a,\"=1+1", "a;\"\"=1");
    let property = |u: &mut Unstructured<'_>| {
        check(&text(u, &pieces)?, &text(u, &pieces)?);
        Ok(())
    };
    explore(property);
}

// T-03
#[test]
fn a_player_is_on_a_known_host_whatever_the_address() {
    let pieces = [
        "https://",
        "//",
        "www.",
        "youtube.com",
        "youtu.be",
        "vimeo.com",
        "tube.example.org",
        "evil.example",
        "/",
        "watch?v=",
        "dQw4w9WgXcQ",
        "@",
        ":",
        "#",
        "\\",
        "%2f",
        "..",
        "w/mHs8Yk1pKq3aX7VbNc5dRf",
        "\"",
        "123456",
    ];
    let known = ["tube.example.org".to_owned()];
    let property = |u: &mut Unstructured<'_>| {
        let address = text(u, &pieces)?;
        if let Some(player) = host::player(&address, &known) {
            let hosts = [
                "www.youtube-nocookie.com",
                "player.vimeo.com",
                "www.dailymotion.com",
                "tube.example.org",
            ];
            let known = hosts.iter().any(|host| player.starts_with(&format!("https://{host}/")));
            assert!(known && !player.contains(['"', '<', ' ']), "{address}: {player}");
        }
        Ok(())
    };
    explore(property);
}

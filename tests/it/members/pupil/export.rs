//! The export of pupils: two steps, a workbook or CSV, and nothing that a spreadsheet evaluates.

use std::{io::Cursor, sync::Arc};

use calamine::{Data, Reader, Xlsx};
use chrono::TimeDelta;
use entity::{Kind, token};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};

use super::{invite, sign_in};
use crate::{
    server::wire::Wire,
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
    },
};

const HEADER: [&str; 5] = ["Name", "Username", "Invited on", "Last access", "Role"];

/// Names that spreadsheets would evaluate, and ordinary ones.
const NAMES: &[(&str, &str)] = &[
    ("=HYPERLINK(1)", "Evil"),
    ("+1a", "a"),
    ("-1+1a", "a"),
    ("@SUM(A1)", "a"),
    ("＝1a", "a"),
    ("\u{a0}=1a", "a"),
    ("\u{200b}=1a", "a"),
    ("=cmd|' /C calc'!A0", "a"),
    ("a\"", ",=1b"),
    ("a;=1", "b"),
    ("Ángel", "Cano, Robles"),
    ("Юлия", "Иванова"),
];

/// Makes all links so many minutes older.
pub async fn age(app: &TestApp, minutes: i64) {
    let tx = app.db.begin().await.unwrap();
    for made in token::Entity::find().all(&*tx).await.unwrap() {
        let ends = made.expires_at - TimeDelta::minutes(minutes);
        let mut made = made.into_active_model();
        made.expires_at = Set(ends);
        made.update(&*tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn link(app: &TestApp, wire: &Wire, teacher: &Person, space: &Space, format: &str) -> String {
    let make = "mutation($id: ID!, $format: ExportFormat!) {
        exportPupils(input: { twinSpaceId: $id, format: $format }) { url }
    }";
    let input = json!({ "id": space.id.show(), "format": format });
    let answer = app.execute(Some(&teacher.token), make, input).await;
    let url = answer["data"]["exportPupils"]["url"].as_str().unwrap_or_else(|| panic!("{answer}"));
    wire.url(&url[url.find("/exports").unwrap()..])
}

async fn get(wire: &Wire, url: &str, token: Option<&str>) -> reqwest::Response {
    let request = wire.client.get(url);
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    request.send().await.unwrap()
}

/// Whether a spreadsheet treats a cell of a CSV file as text.
fn is_text(cell: &str) -> bool {
    let hidden = |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}');
    !cell.trim_start_matches(hidden).starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

on_both_databases! {
    // M-17
    async fn an_export_is_downloaded_once_and_only_by_its_maker(app: TestApp) {
        let space = app.space().await;
        let [teacher, other] = &space.founders;
        invite(&app, teacher, &space, json!([{ "givenName": "Ana", "familyName": "Silva" }])).await;
        invite(&app, other, &space, json!([{ "givenName": "Not", "familyName": "Mine" }])).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let csv = link(&app, &wire, teacher, &space, "CSV").await;
        assert_eq!(get(&wire, &csv, None).await.status(), 401);
        assert_eq!(get(&wire, &csv, Some(&other.token)).await.status(), 404);
        // Nor does it work for any other format.
        let as_json = csv.replace("format=csv", "format=json");
        assert_eq!(get(&wire, &as_json, Some(&teacher.token)).await.status(), 404);
        let as_xlsx = csv.replace("format=csv", "format=xlsx");
        assert_eq!(get(&wire, &as_xlsx, Some(&teacher.token)).await.status(), 404);
        let longer = format!("{csv}&x=1");
        assert_eq!(get(&wire, &longer, Some(&teacher.token)).await.status(), 404);
        // Nor in any other session.
        let elsewhere = app.sign_in(teacher.id).await;
        assert_eq!(get(&wire, &csv, Some(&elsewhere)).await.status(), 404);
        let text = get(&wire, &csv, Some(&teacher.token)).await.text().await.unwrap();
        assert_eq!(get(&wire, &csv, Some(&teacher.token)).await.status(), 404, "twice");
        let lines: Vec<_> = text.trim_start_matches('\u{feff}').lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert_eq!(lines[0], HEADER.join(","));
        assert!(lines[1].starts_with("Ana Silva,ana.silva.1,"), "{text}");
    }

    // M-17
    async fn the_link_of_an_export_ends_after_its_time(app: TestApp) {
        let space = app.space().await;
        let teacher = &space.founders[0];
        let wire = Wire::of(Arc::clone(&app)).await;
        for (minutes, expected) in [(9, 200), (10, 404)] {
            let url = link(&app, &wire, teacher, &space, "CSV").await;
            age(&app, minutes).await;
            assert_eq!(get(&wire, &url, Some(&teacher.token)).await.status(), expected);
        }
    }

    // M-17
    async fn no_cell_of_an_export_is_executed_and_no_password_is_in_it(app: TestApp) {
        let space = app.space().await;
        let teacher = &space.founders[0];
        let rows: Vec<Value> = NAMES.iter().map(|(given, family)| json!({
            "givenName": given, "familyName": family, "password": "sunflower 7",
        })).collect();
        let made = invite(&app, teacher, &space, json!(rows)).await;
        assert!(made.iter().all(|row| row["status"] == "CREATED"), "{made:?}");
        let username = made[0]["username"].as_str().unwrap();
        assert!(sign_in(&app, username, "sunflower 7").await["errors"].is_null());
        let wire = Wire::of(Arc::clone(&app)).await;

        let url = link(&app, &wire, teacher, &space, "CSV").await;
        let text = get(&wire, &url, Some(&teacher.token)).await.text().await.unwrap();
        assert!(text.starts_with('\u{feff}') && !text.contains("sunflower"), "{text}");
        let mut csv = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let records: Vec<_> = csv.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), made.len());
        for cell in records.iter().flatten() {
            assert!(is_text(cell), "{cell:?}");
        }

        let url = link(&app, &wire, teacher, &space, "XLSX").await;
        let bytes = get(&wire, &url, Some(&teacher.token)).await.bytes().await.unwrap();
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
        assert!(book.worksheet_formula("Pupils").unwrap().is_empty(), "a formula");
        let sheet = book.worksheet_range("Pupils").unwrap();
        let rows: Vec<_> = sheet.rows().collect();
        assert_eq!(rows[0].iter().map(ToString::to_string).collect::<Vec<_>>(), HEADER);
        assert_eq!(rows.len(), made.len() + 1);
        for row in &rows[1..] {
            let kinds = (&row[0], &row[1], &row[2], &row[3], &row[4]);
            let (Data::String(_), Data::String(_), Data::DateTime(_), Data::Empty, Data::String(_)) = kinds
            else { panic!("{row:?}") };
        }
    }
}

//! The databases of released versions are brought up to date, and nothing in them is lost.
//!
//! `tests/upgrade` has the demo's database of each version, of both kinds, as `deploy/release` makes
//! them; before the first release, of an earlier migration.

use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use entity::Act;
use flate2::read::GzDecoder;
use sea_orm::{ActiveEnum, ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::{
    server::{
        backup::{Place, pages, seen},
        playground::Page,
    },
    support::{Database, TestApp, postgres},
};

/// The files with this ending.
fn released(ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/upgrade");
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut found: Vec<_> =
        files.filter(|path| path.display().to_string().ends_with(ending)).collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

fn unpacked(path: &Path) -> Vec<u8> {
    let mut content = Vec::new();
    GzDecoder::new(fs::File::open(path).unwrap()).read_to_end(&mut content).unwrap();
    content
}

/// All columns, indexes and triggers; of PostgreSQL's indexes without casts and parentheses, which
/// a dump writes otherwise.
async fn structure(app: &TestApp) -> BTreeSet<String> {
    let sql = match app.is_postgresql() {
        true => {
            "select table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
                from information_schema.columns where table_schema = 'public'
            union all select translate(regexp_replace(
                    indexdef, '::(character varying|text)(\\[\\])?', '', 'g'), '()', '')
                from pg_indexes where schemaname = 'public'
            union all select conrelid::regclass || ' ' || pg_get_constraintdef(oid)
                from pg_constraint where connamespace = 'public'::regnamespace
            union all select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal"
        }
        false => {
            "select t.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\"
                from pragma_table_list t join pragma_table_xinfo(t.name) c where t.schema = 'main'
            union all select sql from sqlite_schema where type in ('index', 'trigger') and sql is not null"
        }
    };
    let db = app.db.read();
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    rows.unwrap().iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect()
}

/// Starts the server on a database of an earlier version, and reads everything.
async fn bring_up_to_date(version: &str, place: Place, fresh: &TestApp) {
    let said = place.operate(&["doctor"]).await.unwrap_or_else(|said| said);
    assert!(said.contains("migration"), "{version}: {said}");
    place.operate(&["migrate"]).await.unwrap();
    assert_eq!(place.operate(&["check"]).await.map(drop), Ok(()), "{version}");
    // It looks whether there are exactly the tables and columns of this version.
    let backup = tempfile::tempdir().unwrap();
    let backup = backup.path().join("backup").display().to_string();
    place.operate(&["backup", &backup]).await.unwrap();

    let (app, _folder) = place.serve().await;
    let (found, expected) = (structure(&app).await, structure(fresh).await);
    let differing: Vec<_> = found.symmetric_difference(&expected).collect();
    assert!(differing.is_empty(), "{version}: {differing:#?}");
    let pages = pages(&app).await;
    let seen = seen(&pages, &app).await;
    assert!(seen[0].len() > 10, "{version}: {:?}", seen[0].keys());
    for (name, answer) in seen.iter().flatten() {
        assert!(
            !answer.to_string().contains("INTERNAL_SERVER_ERROR"),
            "{version}: {name}: {answer}"
        );
    }
    // What the demo has always had.
    let has = |name: &str, pointer: &str| -> Value {
        let answer = &seen[0][name];
        answer.pointer(pointer).unwrap_or_else(|| panic!("{version}: {name}: {answer}")).clone()
    };
    let members = has("04-members-page", "/data/twinSpace/members/totalCount");
    assert!(members.as_u64().unwrap() > 20, "{version}: {members}");
    let said = has("15-chat", "/data/twinSpace/chat/nodes");
    assert!(said.as_array().unwrap().len() > 2, "{version}: {said}");
    let media = has("15-media", "/data/twinSpace/media/nodes");
    assert!(media.as_array().unwrap().len() > 2, "{version}: {media}");
    assert_eq!(domain::members::member::stale(&app.db).await.unwrap(), 0);

    // It goes on from there.
    let page = Page::of(&app, "zofia").await;
    page.writes("A page after the upgrade").await;
    let language = json!({ "input": { "mailLanguage": "pl" } });
    let text = "mutation($input: EditProfileInput!) { editProfile(input: $input) { viewer { mailLanguage } } }";
    let answer = page.run(text, language).await;
    assert_eq!(
        answer["data"]["editProfile"]["viewer"]["mailLanguage"], "pl",
        "{version}: {answer}"
    );
}

/// Rows that were written under another name of the act are still read.
#[test]
fn an_act_is_stored_as_it_was_called_before() {
    assert_eq!(Act::ContentTakenDown.to_value(), "taken_down");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_files_of_earlier_versions_are_brought_up_to_date() {
    let fresh = TestApp::on_sqlite().await;
    for path in released(".db.gz") {
        let place = Place::sqlite();
        fs::write(place.database.file(), unpacked(&path)).unwrap();
        bring_up_to_date(&path.display().to_string(), place, &fresh).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_dumps_of_earlier_versions_are_brought_up_to_date() {
    let Some(fresh) = TestApp::on_postgresql().await else { return };
    for path in released(".sql.gz") {
        let database = postgres::Database::empty().await.unwrap();
        database.load(&unpacked(&path));
        let place = Place::of(Database::Postgresql(database));
        bring_up_to_date(&path.display().to_string(), place, &fresh).await;
    }
}

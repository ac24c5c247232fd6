//! A SQLite file that is damaged: `twinspace check` says what, and what to do.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use domain::clock;
use entity::{ChatMessageId, chat_message};
use sea_orm::{ActiveValue::Set, ConnectOptions, ConnectionTrait, Database, EntityTrait};
use tempfile::TempDir;

use crate::support::TestApp;

/// The bytes of a page of SQLite.
const PAGE: usize = 4096;

/// What `twinspace check` ends with and says: of the file, and to whoever asked.
struct Said {
    code: Option<i32>,
    found: String,
    advice: String,
}

impl Said {
    /// That it found something, named `what`, and says what to do.
    fn is_damage(&self, what: &str) {
        let Self { code, found, advice } = self;
        assert_eq!(*code, Some(1), "{found}{advice}");
        assert!(found.contains(what), "{found}");
        for step in ["Stop the server", "keep a copy of the file", "restore the latest backup"] {
            assert!(advice.contains(step), "{advice}");
        }
    }
}

fn check(file: &Path) -> Said {
    let before = fs::read(file).unwrap();
    let folder = TempDir::new().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_twinspace"))
        .args(["check", "--database-url", &format!("sqlite:{}", file.display())])
        .env("TWINSPACE_DATA_DIR", folder.path())
        .output()
        .unwrap();
    assert!(before == fs::read(file).unwrap(), "it changed the file");
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code(), found: text(output.stdout), advice: text(output.stderr) }
}

/// A file with a chat of some thousand messages, and nothing beside it.
async fn sound() -> (TempDir, PathBuf) {
    let app = TestApp::on_sqlite().await;
    let space = app.space().await;
    for some in (0..4000).collect::<Vec<_>>().chunks(500) {
        let messages = some.iter().map(|n| chat_message::ActiveModel {
            id: Set(ChatMessageId::new()),
            project_id: Set(space.project),
            author_id: Set(space.founders[0].id),
            text: Set(format!("This is message {n} of four thousand")),
            key: Set(None),
            sent_at: Set(clock::now()),
        });
        let tx = app.db.begin().await.unwrap();
        chat_message::Entity::insert_many(messages).exec(&*tx).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert!(app.db.sweep().await.unwrap(), "nothing is in the log");
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("twinspace.db");
    let of_app = app.database_url();
    fs::copy(of_app.strip_prefix("sqlite:").unwrap(), &file).unwrap();
    (folder, file)
}

/// Where the page with a text begins.
fn page_of(bytes: &[u8], text: &str) -> usize {
    let at = bytes.windows(text.len()).position(|window| window == text.as_bytes());
    at.expect("it is in the file") / PAGE * PAGE
}

#[tokio::test]
async fn a_file_that_is_sound_is_said_to_be() {
    let (_folder, file) = sound().await;
    let Said { code, found, advice } = check(&file);
    assert_eq!((code, found.as_str()), (Some(0), "The database is intact.\n"), "{advice}");
}

#[tokio::test]
async fn pages_that_are_overwritten_in_the_middle_are_found_and_their_table_is_named() {
    let (_folder, file) = sound().await;
    let mut bytes = fs::read(&file).unwrap();
    let page = page_of(&bytes, "This is message 2000 of");
    assert!(page > 10 * PAGE && page < bytes.len() - 10 * PAGE, "it is in the middle");
    bytes[page..page + 4 * PAGE].fill(0xa5);
    fs::write(&file, bytes).unwrap();
    check(&file).is_damage("In the table chat_message: ");
}

#[tokio::test]
async fn a_file_that_lacks_its_end_is_found() {
    let (_folder, file) = sound().await;
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() / 2 / PAGE * PAGE]).unwrap();
    check(&file).is_damage("malformed");
}

#[tokio::test]
async fn a_file_that_is_no_database_any_more_is_found() {
    let (_folder, file) = sound().await;
    let mut bytes = fs::read(&file).unwrap();
    bytes[..PAGE].fill(0xa5);
    fs::write(&file, bytes).unwrap();
    check(&file).is_damage("The file cannot be read: ");
}

#[tokio::test]
async fn rows_that_refer_to_none_are_found() {
    let (_folder, file) = sound().await;
    let mut options = ConnectOptions::new(format!("sqlite:{}", file.display()));
    options.max_connections(1);
    let db = Database::connect(options).await.unwrap();
    for sql in ["pragma foreign_keys = off", "delete from project"] {
        db.execute_unprepared(sql).await.unwrap();
    }
    db.close().await.unwrap();
    check(&file).is_damage("In the table chat_message: a row refers to a missing row in project.");
}

//! Backups, restores and copies, made by the program while the server is running: everything is
//! there again, on either database, or nothing is.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use entity::{Act, audit, media, project};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};
use tempfile::TempDir;
use twinspace::demo;

use crate::{
    server::{playground::Page, wire::Wire},
    support::{Database, TestApp, command::run, on_both_databases, postgres, s3},
};

mod damage;

/// The people of the demo who look at everything.
const PEOPLE: [&str; 6] = ["zofia", "angel", "javier", "admin", "lukasz", "oona"];

/// Names of files and their content.
type Files = BTreeMap<String, Vec<u8>>;

/// A demo, and a backup of it.
struct Kept<'a> {
    app: &'a TestApp,
    folder: TempDir,
}

impl<'a> Kept<'a> {
    async fn of(app: &'a TestApp) -> Self {
        demo::fill(app, &|_| ()).await.unwrap();
        let kept = Self { app, folder: TempDir::new().unwrap() };
        kept.operate(&["backup", &kept.path()]).await.unwrap();
        kept
    }

    fn path(&self) -> String {
        self.folder.path().join("backup").display().to_string()
    }

    /// Runs the program on the demo.
    async fn operate(&self, arguments: &[&str]) -> Result<String, String> {
        run(&self.app.database_url(), &self.app.config.data_dir, arguments).await
    }

    /// Restores the backup into a database.
    async fn restore(&self, into: &Place) -> Result<String, String> {
        into.operate(&["restore", &self.path()]).await
    }

    /// Changes a file of the backup.
    fn change(&self, name: &str, change: impl FnOnce(String) -> String) {
        let path = Path::new(&self.path()).join(name);
        fs::write(&path, change(fs::read_to_string(&path).unwrap())).unwrap();
    }

    /// Changes the manifest.
    fn tell(&self, change: impl FnOnce(&mut Value)) {
        self.change("manifest.json", |text| {
            let mut manifest = serde_json::from_str(&text).unwrap();
            change(&mut manifest);
            manifest.to_string()
        });
    }
}

/// A database without tables, and an empty data folder.
pub struct Place {
    pub database: Database,
    folder: TempDir,
}

impl Place {
    pub fn of(database: Database) -> Self {
        Self { database, folder: TempDir::new().unwrap() }
    }

    pub fn sqlite() -> Self {
        Self::of(Database::empty_sqlite())
    }

    /// One of each kind.
    async fn each() -> Vec<Self> {
        let mut places = vec![Self::sqlite()];
        if let Some(database) = postgres::Database::empty().await {
            places.push(Self::of(Database::Postgresql(database)));
        }
        places
    }

    pub async fn operate(&self, arguments: &[&str]) -> Result<String, String> {
        run(&self.database.url(), self.folder.path(), arguments).await
    }

    /// The server on it.
    pub async fn serve(self) -> (TestApp, TempDir) {
        let Self { database, folder } = self;
        let data_dir = folder.path().to_owned();
        (TestApp::on(database, |config| config.data_dir = data_dir).await, folder)
    }

    /// The number of files in its media folder.
    fn media(&self) -> usize {
        fs::read_dir(self.folder.path().join("media")).map_or(0, Iterator::count)
    }
}

/// What people see who look at everything, without what passes: links, and who is online.
pub async fn seen(pages: &[Page<'_>], app: &TestApp) -> Vec<BTreeMap<String, Value>> {
    let mut seen = Vec::new();
    for page in pages {
        let mut answers = page.on(app).queries().await;
        for answer in answers.values_mut() {
            forget_passing(answer);
        }
        seen.push(answers);
    }
    seen
}

fn forget_passing(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            // Who is online is known by each server, and not by a backup.
            fields.retain(|name, _| name != "online");
            if fields.contains_key("userAgent") {
                // A session is in use while its owner looks at it.
                fields.retain(|name, _| name != "lastUsedAt" && name != "expiresAt");
            }
            fields.values_mut().for_each(forget_passing);
        }
        Value::Array(values) => values.iter_mut().for_each(forget_passing),
        Value::String(text) => *text = without_links(text),
        _ => {}
    }
}

/// A text without the links to media in it: each is good for a while, and then there is another.
fn without_links(text: &str) -> String {
    let mut parts = text.split("http://127.0.0.1:");
    let first = parts.next().unwrap_or_default();
    let after = |part: &str| part[part.find(['"', ' ', ')']).unwrap_or(part.len())..].to_owned();
    parts.fold(first.to_owned(), |text, part| text + &after(part))
}

/// Fails with the first answer that is another.
fn assert_same(after: &[BTreeMap<String, Value>], before: &[BTreeMap<String, Value>]) {
    assert_eq!(after.len(), before.len());
    for (person, (after, before)) in after.iter().zip(before).enumerate() {
        assert!(after.keys().eq(before.keys()), "as person {person}");
        for (name, answer) in before {
            assert_eq!(&after[name], answer, "{name} as person {person}");
        }
    }
}

pub async fn pages(app: &TestApp) -> Vec<Page<'_>> {
    let mut pages = Vec::new();
    for name in PEOPLE.iter().chain([&demo::PUPIL_SIGN_INS[0].0]) {
        pages.push(Page::of(app, name).await);
    }
    pages
}

/// The files of a backup but the manifest, the lines of the tables in order.
fn files(backup: &Path) -> Files {
    let mut files = Files::new();
    let mut folders = vec![backup.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(backup).unwrap().display().to_string();
            let mut content = fs::read(&path).unwrap();
            if path.extension() == Some("jsonl".as_ref()) {
                let text = String::from_utf8(content).unwrap();
                let mut lines: Vec<_> = text.lines().collect();
                lines.sort_unstable();
                content = lines.join("\n").into_bytes();
            }
            if name != "manifest.json" {
                files.insert(name, content);
            }
        }
    }
    files
}

/// The content of all uploads that the demo's founder sees.
async fn uploads(app: &TestApp, page: &Page<'_>) -> BTreeMap<String, Vec<u8>> {
    let answers = page.on(app).queries().await;
    let wire = Wire::of(Arc::clone(app)).await;
    let mut uploads = BTreeMap::new();
    for media in answers["15-media"]["data"]["twinSpace"]["media"]["nodes"].as_array().unwrap() {
        let Some(url) = media["url"].as_str() else { continue };
        let path = url.strip_prefix("http://127.0.0.1:8000").unwrap();
        let answer = wire.get(path).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{media}");
        let title = media["title"].as_str().unwrap().to_owned();
        uploads.insert(title, answer.bytes().await.unwrap().to_vec());
    }
    assert!(uploads.len() >= 3, "{answers:?}");
    uploads
}

on_both_databases! {
    async fn what_is_restored_answers_as_what_was_backed_up(app: TestApp) {
        demo::fill(&app, &|_| ()).await.unwrap();
        let pages = pages(&app).await;
        let before = seen(&pages, &app).await;
        assert!(before[0].len() > 10, "{:?}", before[0].keys());
        let kept = Kept { app: &app, folder: TempDir::new().unwrap() };
        let said = kept.operate(&["backup", &kept.path()]).await.unwrap();
        assert!(said.contains(" rows in ") && said.contains(" media files"), "{said}");
        let original = uploads(&app, &pages[0]).await;
        for place in Place::each().await {
            let said = kept.restore(&place).await.unwrap();
            assert!(said.starts_with("Restored the backup of "), "{said}");
            let again = TempDir::new().unwrap();
            let again = again.path().join("again");
            place.operate(&["backup", &again.display().to_string()]).await.unwrap();
            assert!(files(Path::new(&kept.path())) == files(&again), "rows or media differ");
            assert_eq!(place.operate(&["check"]).await.map(drop), Ok(()));

            let (restored, _folder) = place.serve().await;
            assert_same(&seen(&pages, &restored).await, &before);
            assert!(uploads(&restored, &pages[0]).await == original);
            // Passwords are right, and what is written next does not collide.
            let page = Page::of(&restored, "zofia").await;
            page.writes("A page after the restore").await;
            assert_eq!(domain::members::member::stale(&restored.db).await.unwrap(), 0);
        }
    }

    async fn a_copy_is_the_same_in_another_database(app: TestApp) {
        demo::fill(&app, &|_| ()).await.unwrap();
        let pages = pages(&app).await;
        let before = seen(&pages, &app).await;
        let from = app.database_url();
        for place in Place::each().await {
            let said = place.operate(&["copy", "--from", &from]).await.unwrap();
            assert!(said.starts_with("Copied "), "{said}");
            let refused = place.operate(&["copy", "--from", &from]).await.unwrap_err();
            assert!(refused.contains("The database is not empty"), "{refused}");
            let (copied, _folder) = place.serve().await;
            assert_same(&seen(&pages, &copied).await, &before);
            Page::of(&copied, "zofia").await.writes("A page after the copy").await;
        }
    }

    async fn a_backup_is_of_one_moment_while_others_write(app: TestApp) {
        let teacher = app.teacher("Tove Teacher", "DK").await;
        let (stop, shared) = (AtomicBool::new(false), &app);
        let write = async {
            let mut written = 0;
            while !stop.load(Ordering::Relaxed) {
                let input = json!({ "fields": { "title": format!("Project {written}") } });
                shared.does(&teacher, "createProject", input, "__typename").await;
                written += 1;
            }
            written
        };
        let folder = TempDir::new().unwrap();
        let backups = async {
            for n in 0..5 {
                let path = folder.path().join(n.to_string()).display().to_string();
                run(&app.database_url(), &app.config.data_dir, &["backup", &path]).await.unwrap();
            }
            stop.store(true, Ordering::Relaxed);
        };
        let (written, ()) = tokio::join!(write, backups);
        assert!(written > 10, "{written}");
        for n in 0..5 {
            let place = Place::sqlite();
            let path = folder.path().join(n.to_string()).display().to_string();
            place.operate(&["restore", &path]).await.unwrap();
            let (restored, _folder) = place.serve().await;
            let db = restored.db.read();
            // Both are written in one transaction.
            let projects = project::Entity::find().count(db).await.unwrap();
            let logged = audit::Entity::find().filter(audit::Column::Act.eq(Act::ProjectCreated));
            assert_eq!(logged.count(db).await.unwrap(), projects);
        }
    }

    async fn a_backup_by_an_older_version_is_brought_up_to_date(app: TestApp) {
        let kept = Kept::of(&app).await;
        // As made before the numbers of members were kept, with the columns of that time.
        for (name, later) in [
            ("account", "block_reason"),
            ("account", "language"),
            ("mail", "language"),
            ("project", "acts"),
            ("member", "chat_read_id"),
            ("member", "name"),
            ("member", "school_id"),
            ("member", "username"),
            ("school", "alike_key"),
            ("school", "merged_into_id"),
            ("message", "thread_id"),
        ] {
            let mut hash = String::new();
            kept.change(&format!("tables/{name}.jsonl"), |text| {
                let rows = text.lines().map(|line| {
                    let mut row: serde_json::Map<_, _> = serde_json::from_str(line).unwrap();
                    row.remove(later).unwrap();
                    format!("{}\n", Value::from(row))
                });
                let older: String = rows.collect();
                hash = domain::token::hash(&older);
                older
            });
            kept.tell(|manifest| {
                let tables = manifest["tables"].as_array_mut().unwrap();
                let table = tables.iter_mut().find(|table| table["name"] == name).unwrap();
                table["sha256"] = json!(hash);
                table["columns"].as_array_mut().unwrap().retain(|column| column["name"] != later);
            });
        }
        kept.tell(|manifest| {
            manifest["steps"].as_array_mut().unwrap().retain(|step| step.as_str().unwrap() < "m29");
            manifest["tables"].as_array_mut().unwrap().retain(|table| {
                !["member_count", "admission", "school_confirmation"].contains(&table["name"].as_str().unwrap())
            });
        });
        for place in Place::each().await {
            kept.restore(&place).await.unwrap();
            let (restored, _folder) = place.serve().await;
            assert_eq!(domain::members::member::stale(&restored.db).await.unwrap(), 0);
            assert!(entity::member_count::Entity::find().count(restored.db.read()).await.unwrap() > 0);
        }
        // And by a newer one, whose tables nobody knows yet.
        kept.tell(|manifest| manifest["steps"].as_array_mut().unwrap().push(json!("m99_future")));
        let refused = kept.restore(&Place::sqlite()).await.unwrap_err();
        assert!(refused.contains("newer version"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_moves_media_from_a_folder_into_a_bucket() {
    let app = TestApp::on_sqlite().await;
    let kept = Kept::of(&app).await;
    let store = s3::Store::start().await;
    let place = Place::sqlite();
    let mut config = app.config.media.clone();
    store.configure(&mut config);
    let secret = config.media_s3_secret_key.unwrap();
    let settings = [
        format!("--media-s3-bucket={}", config.media_s3_bucket.unwrap()),
        format!("--media-s3-endpoint={}", config.media_s3_endpoint.unwrap()),
        format!("--media-s3-access-key={}", config.media_s3_access_key.unwrap()),
        format!("--media-s3-secret-key={}", secret.reveal()),
    ];
    let path = kept.path();
    let mut arguments = vec!["restore", path.as_str()];
    arguments.extend(settings.iter().map(String::as_str));
    place.operate(&arguments).await.unwrap();
    assert_eq!(place.media(), 0);
    let rows = media::Entity::find().all(app.db.read()).await.unwrap();
    let keys = rows.iter().filter_map(|row| row.object_key.clone());
    for key in keys {
        let original = fs::read(app.config.data_dir.join("media").join(&key)).unwrap();
        assert!(fs::read(store.folder().join(&key)).unwrap() == original, "{key}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_a_server_uses_is_neither_copied_nor_restored_into() {
    let app = TestApp::on_sqlite().await;
    let kept = Kept::of(&app).await;
    let _serving = app.db.occupy().unwrap().unwrap();
    let place = Place::sqlite();
    let refused = place.operate(&["copy", "--from", &app.database_url()]).await.unwrap_err();
    assert!(refused.contains("A server is using the SQLite file"), "{refused}");
    // A backup may be made.
    let another = kept.folder.path().join("another").display().to_string();
    kept.operate(&["backup", &another]).await.unwrap();
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 0, "something was made");
    let nowhere = place.operate(&["backup", &another]).await.unwrap_err();
    assert!(nowhere.contains("There is no database at"), "{nowhere}");
}

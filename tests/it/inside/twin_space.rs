//! The export of a whole TwinSpace: what is in it, and that it opens without a server (P-18).

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{Cursor, Read},
    path::Path,
    sync::Arc,
};

use entity::{Kind, MediaId, TwinSpaceRole, media};
use html5ever::tokenizer::Tag;
use image::ImageFormat;
use reqwest::Response;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};
use zip::ZipArchive;

use crate::{
    inside::{
        media::{add, encoded, picture},
        page::{make, markup::tags, member},
    },
    server::wire::Wire,
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
        s3::Store,
    },
};

mod archive;
mod download;

/// The URL of an export, at the address on which the test's server listens.
pub async fn link(app: &TestApp, wire: &Wire, who: &Person, space: &Space) -> String {
    let input = json!({ "twinSpaceId": space.id.to_string() });
    let made = app.does(who, "exportTwinSpace", input, "url expiresAt").await;
    let url = made["url"].as_str().unwrap();
    wire.url(&url[url.find("/exports").unwrap()..])
}

pub async fn get(wire: &Wire, url: &str, token: &str) -> Response {
    wire.client.get(url).bearer_auth(token).send().await.unwrap()
}

/// The files of an archive.
#[derive(Debug)]
pub struct Archive(BTreeMap<String, Vec<u8>>);

impl Archive {
    /// Makes and downloads one.
    pub async fn of(app: &TestApp, wire: &Wire, who: &Person, space: &Space) -> Self {
        let response = get(wire, &link(app, wire, who, space).await, &who.token).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/zip");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self::read(&response.bytes().await.unwrap())
    }

    /// Reads one, and checks that it needs nothing else.
    pub fn read(bytes: &[u8]) -> Self {
        let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut files = BTreeMap::new();
        for n in 0..zip.len() {
            let mut file = zip.by_index(n).unwrap();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            let name = file.name().unwrap().into_owned();
            let before = files.insert(name, content);
            assert!(before.is_none(), "a name that is there twice");
        }
        let archive = Self(files);
        archive.opens_by_itself();
        archive
    }

    pub fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    pub fn text(&self, name: &str) -> &str {
        let file = self.0.get(name).unwrap_or_else(|| panic!("no {name}: {:?}", self.names()));
        std::str::from_utf8(file).unwrap()
    }

    pub fn index(&self) -> &str {
        self.text("index.html")
    }

    fn opens_by_itself(&self) {
        let pages = self
            .0
            .iter()
            .filter(|(name, _)| Path::new(name).extension().is_some_and(|end| end == "html"));
        for (name, content) in pages {
            let html = std::str::from_utf8(content).unwrap();
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            let tags = tags(html.strip_prefix("<!doctype html>\n").unwrap());
            let named =
                |name: &str| tags.iter().filter(|tag| &*tag.name == name).collect::<Vec<_>>();
            assert_eq!(attribute(named("html")[0], "lang"), Some("en"), "{name}");
            assert!(!named("h1").is_empty(), "{name}");
            let policy = named("meta")
                .into_iter()
                .find_map(|tag| attribute(tag, "http-equiv").and(attribute(tag, "content")));
            assert!(policy.unwrap().starts_with("default-src 'none';"), "{name}");
            for forbidden in ["script", "iframe", "object", "embed", "form", "link", "base"] {
                assert!(named(forbidden).is_empty(), "{forbidden} in {name}");
            }
            let ids: BTreeSet<_> = tags.iter().filter_map(|tag| attribute(tag, "id")).collect();
            for tag in &tags {
                for attribute in &tag.attrs {
                    let key = &*attribute.name.local;
                    assert!(!key.starts_with("on") && key != "style", "{key} in {name}");
                    if !["href", "src"].contains(&key) {
                        continue;
                    }
                    let leads = &*attribute.value;
                    if let Some(id) = leads.strip_prefix('#') {
                        assert!(ids.contains(id), "{leads} in {name}");
                    } else if leads.starts_with("https://") {
                        assert_eq!(key, "href", "{leads} in {name}");
                    } else {
                        let file = resolve(folder, leads);
                        assert!(
                            self.0.contains_key(&file),
                            "{leads} in {name}: {:?}",
                            self.names()
                        );
                    }
                }
            }
            assert!(!html.contains("127.0.0.1"), "{name}: {html}");
        }
    }
}

/// The file to which a relative address leads.
fn resolve(folder: &str, address: &str) -> String {
    let path = percent_encoding::percent_decode_str(address).decode_utf8().unwrap();
    match path.strip_prefix("../") {
        Some(path) => path.to_owned(),
        None if folder.is_empty() => path.into_owned(),
        None => format!("{folder}/{path}"),
    }
}

fn attribute<'t>(tag: &'t Tag, name: &str) -> Option<&'t str> {
    tag.attrs.iter().find(|a| &*a.name.local == name).map(|a| &*a.value)
}

/// Adds a file with this title; returns its ID.
pub async fn adds(
    wire: &Wire,
    who: &Person,
    space: &Space,
    (title, filename, content): (&str, &str, &[u8]),
    pictured: &[String],
) -> String {
    let answer = add(wire, who, space, filename, content, pictured).await;
    let id = answer.pointer("/data/addMedia/media/id").and_then(Value::as_str);
    let id = id.unwrap_or_else(|| panic!("{answer}")).to_owned();
    let input = json!({ "mediaId": id, "title": title });
    let edit = crate::support::play::mutation("editMedia", "__typename");
    let edit = json!({ "query": edit, "variables": { "input": input } });
    let edited = wire.post(&edit).bearer_auth(&who.token).send().await.unwrap();
    let edited: Value = edited.json().await.unwrap();
    assert!(edited["errors"].is_null(), "{edited}");
    id
}

pub fn bee() -> Vec<u8> {
    encoded(&picture(40, 20), ImageFormat::Png)
}

/// Makes the stored file of media this large, with nothing in it.
pub async fn enlarge(app: &TestApp, id: &str, bytes: u64) {
    let id = <MediaId as Kind>::read(id).unwrap();
    let row = media::Entity::find_by_id(id).one(app.db.read()).await.unwrap().unwrap();
    let key = row.object_key.clone().unwrap();
    let tx = app.db.begin().await.unwrap();
    let mut row = row.into_active_model();
    row.bytes = Set(i64::try_from(bytes).unwrap());
    row.update(&*tx).await.unwrap();
    tx.commit().await.unwrap();
    let file = File::create(app.config.data_dir.join("media").join(key)).unwrap();
    file.set_len(bytes).unwrap();
}

pub async fn writes(app: &TestApp, who: &Person, page: &str, text: &str) {
    let input = json!({ "pageId": page, "expectedVersion": 1, "text": text });
    app.does(who, "editPage", input, "__typename").await;
}

pub async fn notes(app: &TestApp, who: &Person, space: &Space, title: &str, visibility: &str) {
    let input = json!({ "projectId": space.project.to_string(), "title": title,
        "text": format!("{title}[^1]\n\n[^1]: A note."), "visibility": visibility });
    app.does(who, "writeDiaryEntry", input, "__typename").await;
}

/// Everything that a TwinSpace can contain is in its archive.
async fn all_of_it_is_there(app: &TestApp) {
    let space = app.space().await;
    let [founder, other] = &space.founders;
    let wire = Wire::of(Arc::clone(app)).await;
    let (pupil, _) = member(app, &space, "Paula Pupil", TwinSpaceRole::PupilAdmin).await;
    let bee = bee();
    let image = adds(&wire, &pupil, &space, ("Łąka / <b>", "a.png", &bee), &[]).await;
    let words = "Bees, 12\nFlowers, 7\n".as_bytes();
    let table = adds(&wire, founder, &space, ("Counts.CSV", "counts.csv", words), &[]).await;
    let video = json!({ "twinSpaceId": space.id.to_string(), "title": "Our film", "picturedIds": [],
        "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "description": "We \"sing\"." });
    let video = app.does(founder, "addVideoLink", video, "media { id }").await;
    let video = video["media"]["id"].as_str().unwrap();

    let bees = make(app, founder, &space, "Bees & <i>wasps</i>", "MEMBERS").await;
    let hives = make(app, other, &space, "Hives", "PUBLIC").await;
    let draft = make(app, &pupil, &space, "Plan", "DRAFT").await;
    let old = make(app, founder, &space, "Old", "MEMBERS").await;
    let text = format!(
        "![A bee](media:{image}) [table](media:{table}) [film](media:{video}) ![film](media:{video})\n\n\
         [hives](http://127.0.0.1:8000/app#{hives}) [old](http://127.0.0.1:8000/pages/{old}?a=b) \
         [far](https://example.org/{hives}) <script>alert(1)</script> Note[^1]\n\n[^1]: A note."
    );
    writes(app, founder, &bees, &text).await;
    writes(app, &pupil, &draft, &format!("[bees](http://127.0.0.1:8000/{bees})")).await;
    app.does(founder, "archivePage", json!({ "pageId": old }), "__typename").await;
    for (who, title, visibility) in [
        (founder, "First", "PUBLIC"),
        (other, "Theirs", "PRIVATE"),
        (founder, "Mine", "PRIVATE"),
        (other, "Second", "TEACHERS"),
    ] {
        notes(app, who, &space, title, visibility).await;
    }

    let archive = Archive::of(app, &wire, founder, &space).await;
    assert_eq!(
        archive.names(),
        [
            "archive/0001-Old.html",
            "diary.html",
            "index.html",
            "media/0001-Łąka-b.png",
            "media/0002-Counts.csv",
            "pages/0001-Bees-i-wasps-i.html",
            "pages/0002-Hives.html",
            "pages/0003-Plan.html",
        ]
    );
    assert_eq!(archive.0["media/0002-Counts.csv"], words);
    assert_eq!(&archive.0["media/0001-Łąka-b.png"][..8], b"\x89PNG\r\n\x1a\n");
    let index = archive.index();
    for expected in [
        "<title>Bees across borders</title>",
        "<strong>Frida Founder</strong>",
        ", DE</li>",
        "Bees &amp; &lt;i&gt;wasps&lt;/i&gt;",
        "<span class=\"tag\">draft</span>",
        "Archived pages",
        "3 entries",
        "Added by Paula Pupil on ",
        "We &quot;sing&quot;.",
        "Counts.CSV",
    ] {
        assert!(index.contains(expected), "no {expected}: {index}");
    }
    let page = archive.text("pages/0001-Bees-i-wasps-i.html");
    for expected in [
        r#"<img src="../media/0001-%C5%81%C4%85ka-b.png" alt="A bee">"#,
        r#"href="../media/0002-Counts.csv""#,
        r#"href="https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"#,
        r#"href="../pages/0002-Hives.html""#,
        r#"href="../archive/0001-Old.html""#,
        &format!("href=\"https://example.org/{hives}\""),
        "Created by Frida Founder on ",
        "last edited by Frida Founder on ",
    ] {
        assert!(page.contains(expected), "no {expected}: {page}");
    }
    let draft = archive.text("pages/0003-Plan.html");
    assert!(draft.contains("Created by Paula Pupil on "), "{draft}");
    let diary = archive.text("diary.html");
    let places: Vec<_> = ["First", "Mine", "Second"].map(|title| diary.find(title).unwrap()).into();
    assert!(places.is_sorted(), "{diary}");
    assert!(!diary.contains("Theirs"), "{diary}");
}

on_both_databases! {
    // P-18
    async fn the_archive_of_a_twinspace_opens_without_a_server(app: TestApp) {
        all_of_it_is_there(&app).await;
    }

    // P-18
    async fn the_archive_of_a_twinspace_comes_from_a_bucket_as_well(app: TestApp) {
        let store = Store::start().await;
        let app = app.another_instance_with(|config| store.configure(&mut config.media)).await;
        all_of_it_is_there(&app).await;
    }

    // P-18, M-14
    async fn an_archive_is_without_what_lacks_consent_and_says_how_much(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let wire = Wire::of(Arc::clone(&app)).await;
        let (_, shown) = member(&app, &space, "Sara Shown", TwinSpaceRole::Pupil).await;
        let consent = json!({ "pupils": { "memberIds": [shown] }, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        app.does(founder, "recordConsent", consent, "__typename").await;
        let with = adds(&wire, founder, &space, ("Sara with a bee", "a.png", &bee()), std::slice::from_ref(&shown)).await;
        adds(&wire, founder, &space, ("A bee alone", "b.png", &bee()), &[]).await;
        let page = make(&app, founder, &space, "Bees", "MEMBERS").await;
        writes(&app, founder, &page, &format!("![She](media:{with}) [there](http://127.0.0.1:8000/media/{with}?x=1)")).await;

        let archive = Archive::of(&app, &wire, founder, &space).await;
        assert!(archive.index().contains("Sara with a bee"));
        assert!(archive.text("pages/0001-Bees.html").contains("src=\"../media/0001-Sara-with-a-bee.png\""));

        let withdrawn = json!({ "pupil": { "memberId": shown }, "scope": "PICTURES" });
        app.does(founder, "withdrawConsent", withdrawn, "__typename").await;
        // The teacher sees it, but does not take it away.
        let query = format!("{{ node(id: \"{with}\") {{ ... on Media {{ hidden }} }} }}");
        assert_eq!(app.sees(founder, &query).await["node"]["hidden"], true);
        let archive = Archive::of(&app, &wire, founder, &space).await;
        assert_eq!(archive.names(), ["index.html", "media/0001-A-bee-alone.png", "pages/0001-Bees.html"]);
        assert!(archive.index().contains("1 image, video or other file is not included, because a consent"));
        for file in ["index.html", "pages/0001-Bees.html"] {
            assert!(!archive.text(file).contains("Sara"), "{}", archive.text(file));
        }
        assert!(archive.text("pages/0001-Bees.html").contains("<img alt=\"She\">"));
    }

    // P-18
    async fn an_archive_says_what_the_store_has_lost(app: TestApp) {
        let space = app.space().await;
        let founder = &space.founders[0];
        let wire = Wire::of(Arc::clone(&app)).await;
        let lost = adds(&wire, founder, &space, ("The lost bee", "a.png", &bee()), &[]).await;
        for entry in fs::read_dir(app.config.data_dir.join("media")).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        adds(&wire, founder, &space, ("A bee that is there", "b.png", &bee()), &[]).await;
        let page = make(&app, founder, &space, "Bees", "MEMBERS").await;
        writes(&app, founder, &page, &format!("![A bee](media:{lost})")).await;
        let archive = Archive::of(&app, &wire, founder, &space).await;
        assert!(archive.names().contains(&"media/0002-A-bee-that-is-there.png"), "{:?}", archive.names());
        assert!(archive.index().contains("The lost bee</span><p class=\"about\">The file could not be found"));
        assert!(archive.text("pages/0001-Bees.html").contains("<img alt=\"A bee\">"));
    }

    // P-18
    async fn an_empty_twinspace_has_an_archive_too(app: TestApp) {
        let space = app.space().await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let archive = Archive::of(&app, &wire, &space.founders[1], &space).await;
        assert_eq!(archive.names(), ["index.html"]);
        for expected in ["There are no pages.", "There are no entries.", "There are none."] {
            assert!(archive.index().contains(expected), "{}", archive.index());
        }
    }
}

//! Images, videos and files: adding, viewing, hiding, downloading, deleting; and what hostile
//! clients send (T-03, M-14).

use std::{collections::BTreeSet, fs, io::Cursor, path::Path, sync::Arc};

use chrono::TimeDelta;
use domain::{
    accounts::erasure,
    care::block,
    clock::now,
    inside::media::{self as rows, Reserved},
};
use entity::TwinSpaceRole;
use futures_util::future::join_all;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use twinspace::{app::App, media::tidy};

use crate::{
    server::wire::Wire,
    support::{
        TestApp,
        cast::{Person, Space},
        ear::Ear,
        on_both_databases,
        play::verdict,
        s3::Store,
    },
};

mod hostile;

const ADD: &str = "mutation($input: AddMediaInput!) { addMedia(input: $input) { media {
    id kind title contentType bytes width height url thumbnailUrl hidden
    uploader { name } permissions { delete { allowed } } } } }";

/// The body of a request with files, and its boundary.
pub fn form(operations: &Value, map: &Value, files: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, text) in [("operations", operations.to_string()), ("map", map.to_string())] {
        let part = format!(
            "--frontier\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"
        );
        body.extend(part.as_bytes());
    }
    for (name, filename, content) in files {
        let head = format!(
            "--frontier\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\n\
             Content-Type: image/png\r\n\r\n"
        );
        body.extend(head.as_bytes());
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(b"--frontier--\r\n");
    body
}

fn adding(space: &Space, title: &str, pictured: &[String]) -> Value {
    json!({ "query": ADD, "variables": { "input": {
        "twinSpaceId": space.id.to_string(), "file": null, "title": title, "picturedIds": pictured,
    } } })
}

/// Sends a body with files.
pub async fn send(wire: &Wire, token: Option<&str>, body: Vec<u8>) -> Response {
    let mut request = wire
        .client
        .post(wire.url("/graphql"))
        .header("content-type", "multipart/form-data; boundary=frontier")
        .header("graphql-preflight", "1");
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    request.body(body).send().await.unwrap()
}

/// Adds a file; returns the response.
pub async fn add(
    wire: &Wire,
    who: &Person,
    space: &Space,
    filename: &str,
    content: &[u8],
    pictured: &[String],
) -> Value {
    let operations = adding(space, "Our bees", pictured);
    let map = json!({ "0": ["variables.input.file"] });
    let body = form(&operations, &map, &[("0", filename, content)]);
    send(wire, Some(&who.token), body).await.json().await.unwrap()
}

/// Adds a file successfully; returns the media.
async fn adds(wire: &Wire, who: &Person, space: &Space, content: &[u8]) -> Value {
    let mut answer = add(wire, who, space, "bees.png", content, &[]).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["addMedia"]["media"].take()
}

/// A link, at the address on which the test's server listens.
pub fn here(wire: &Wire, link: &Value) -> String {
    let link = link.as_str().unwrap_or_else(|| panic!("no link: {link}"));
    wire.url(link.strip_prefix("http://127.0.0.1:8000").unwrap())
}

pub async fn status(wire: &Wire, link: &Value) -> u16 {
    wire.client.get(here(wire, link)).send().await.unwrap().status().as_u16()
}

pub fn picture(width: u32, height: u32) -> DynamicImage {
    let colour = |x: u32, y: u32| Rgb([x, y, 128].map(|c| u8::try_from(c % 256).unwrap()));
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, colour))
}

pub fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A photo that is rotated and contains its location.
pub fn photo() -> Vec<u8> {
    let jpeg = encoded(&picture(400, 200), ImageFormat::Jpeg);
    let mut exif =
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    exif.extend(b"GPS 52.2297 21.0122");
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..], b"<script>after</script>"].concat()
}

pub fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The content of the folders of media and of uploads.
fn files(app: &App) -> Vec<String> {
    let mut files = Vec::new();
    for folder in ["media", "uploads"] {
        for entry in fs::read_dir(app.config.data_dir.join(folder)).into_iter().flatten() {
            files.push(entry.unwrap().file_name().into_string().unwrap());
        }
    }
    files
}

async fn usage(app: &TestApp, who: &Person, space: &Space) -> (u64, u64) {
    let query = format!("{{ twinSpace(id: \"{}\") {{ mediaUsage {{ bytes count }} }} }}", space.id);
    let data = app.sees(who, &query).await;
    let usage = &data["twinSpace"]["mediaUsage"];
    // A whole number, although it is a `Float`.
    let bytes = usage["bytes"].to_string();
    (bytes.strip_suffix(".0").unwrap().parse().unwrap(), usage["count"].as_u64().unwrap())
}

/// A space with a pupil and a visitor.
pub async fn people(app: &TestApp) -> (Space, Person, Person) {
    let space = app.space().await;
    let pupil = app.pupil("Paul Pupil", &space.founders[0]).await;
    app.seat(&space, &pupil, TwinSpaceRole::Pupil).await;
    let visitor = app.guest("Vera Visitor").await;
    app.seat(&space, &visitor, TwinSpaceRole::Visitor).await;
    (space, pupil, visitor)
}

/// The life of a photo, wherever it is stored; `stored` returns what is in the store.
async fn a_photo_comes_is_seen_and_goes(app: &TestApp, stored: impl Fn() -> usize) {
    let (space, pupil, visitor) = people(app).await;
    let wire = Wire::of(Arc::clone(app)).await;
    let media = adds(&wire, &pupil, &space, &photo()).await;
    assert_eq!(media["kind"], "IMAGE", "{media}");
    assert_eq!(media["contentType"], "image/jpeg");
    assert_eq!((media["width"].as_i64(), media["height"].as_i64()), (Some(200), Some(400)));
    assert_eq!(stored(), 2);
    let (bytes, count) = usage(app, &pupil, &space).await;
    assert_eq!(
        (Some(f64::from(u32::try_from(bytes).unwrap())), count),
        (media["bytes"].as_f64(), 1)
    );

    let link = here(&wire, &media["url"]);
    let answer = wire.client.get(&link).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let header = |answer: &Response, name: &str| {
        answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned())
    };
    for (name, value) in [
        ("content-type", "image/jpeg"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("cache-control", "private, no-cache"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("accept-ranges", "bytes"),
        ("content-length", &bytes.to_string()),
        (
            "content-disposition",
            "inline; filename=\"Our bees.jpg\"; filename*=UTF-8''Our%20bees.jpg",
        ),
    ] {
        assert_eq!(header(&answer, name).as_deref(), Some(value), "{name}");
    }
    let etag = header(&answer, "etag").unwrap();
    let content = answer.bytes().await.unwrap();
    assert!(!has(&content, "GPS") && !has(&content, "Exif") && !has(&content, "script"));
    let turned = image::load_from_memory(&content).unwrap();
    assert_eq!((turned.width(), turned.height()), (200, 400));

    let thumbnail = wire.client.get(here(&wire, &media["thumbnailUrl"])).send().await.unwrap();
    let thumbnail = image::load_from_memory(&thumbnail.bytes().await.unwrap()).unwrap();
    assert_eq!((thumbnail.width(), thumbnail.height()), (160, 320));

    let part = wire.client.get(&link).header("range", "bytes=10-19").send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(header(&part, "content-range"), Some(format!("bytes 10-19/{bytes}")));
    assert_eq!(part.bytes().await.unwrap(), content[10..20]);
    let other = wire.client.get(&link).header("range", "bytes=10-19").header("if-range", "\"x\"");
    assert_eq!(other.send().await.unwrap().status(), 200);
    let beyond = wire.client.get(&link).header("range", "bytes=99999999-").send().await.unwrap();
    assert_eq!(beyond.status(), 416);
    let same = wire.client.get(&link).header("if-none-match", &etag).send().await.unwrap();
    assert_eq!(same.status(), 304);
    let head = wire.client.head(&link).send().await.unwrap();
    assert_eq!(header(&head, "content-length"), Some(bytes.to_string()));
    assert_eq!(wire.client.post(&link).send().await.unwrap().status(), 405);

    // Whatever is wrong with a link, there is no such file.
    let id = media["id"].as_str().unwrap();
    let nothing = wire.client.get(wire.url(&format!("/media/{id}"))).send().await.unwrap();
    assert_eq!(nothing.status(), 404);
    let nothing = nothing.text().await.unwrap();
    let stranger = app.teacher("Stan Stranger", "SE").await;
    for wrong in [
        link.replace("until=1", "until=2"),
        link.replace("signature=", "signature=A"),
        link.replace(&pupil.id.to_string(), &stranger.id.to_string()),
        link.replace(&format!("{id}?"), &format!("{id}/thumbnail?")),
        link.replace(id, "media_00000000000000000000000000000000"),
        format!("{link}&for={}", stranger.id),
    ] {
        assert_ne!(wrong, link);
        let answer = wire.client.get(&wrong).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{wrong}");
        assert_eq!(answer.text().await.unwrap(), nothing);
    }
    // A link stops working once its owner is no longer a member.
    let seen = format!("{{ node(id: \"{id}\") {{ ... on Media {{ url uploader {{ name }} }} }} }}");
    let theirs = app.sees(&visitor, &seen).await;
    assert_eq!(theirs["node"]["uploader"], Value::Null);
    assert_eq!(status(&wire, &theirs["node"]["url"]).await, 200);
    app.does(
        &visitor,
        "leaveTwinSpace",
        json!({ "twinSpaceId": space.id.to_string() }),
        "__typename",
    )
    .await;
    assert_eq!(status(&wire, &theirs["node"]["url"]).await, 404);

    let other = app.pupil("Petra Pupil", &space.founders[0]).await;
    app.seat(&space, &other, TwinSpaceRole::Pupil).await;
    let input = json!({ "mediaId": id });
    assert_eq!(app.tries(&other, "deleteMedia", input.clone()).await, "FORBIDDEN NOT_YOURS");
    let edit = json!({ "mediaId": id, "title": "The hive" });
    let edited = app.does(&pupil, "editMedia", edit, "media { title }").await;
    assert_eq!(edited["media"]["title"], "The hive");
    app.does(&pupil, "deleteMedia", input.clone(), "mediaId").await;
    assert_eq!(app.tries(&pupil, "deleteMedia", input).await, "NOT_FOUND");
    assert_eq!(wire.client.get(&link).send().await.unwrap().status(), 404);
    assert_eq!(stored(), 0);
    assert_eq!(usage(app, &pupil, &space).await, (0, 0));
}

/// Media whose files are missing, wherever they were stored, and come back.
async fn a_lost_file_is_not_found(app: &TestApp, folder: &Path) {
    let space = app.space().await;
    let wire = Wire::of(Arc::clone(app)).await;
    let media = adds(&wire, &space.founders[0], &space, &photo()).await;
    let links = [&media["url"], &media["thumbnailUrl"]].map(|link| here(&wire, link));
    let asked = async |what: &str, links: &[String], expected: u16| {
        for link in links {
            for (method, range) in [
                (Method::GET, None),
                (Method::HEAD, None),
                (Method::GET, Some("bytes=10-19")),
                (Method::HEAD, Some("bytes=10-19")),
                (Method::GET, Some("bytes=99999999-")),
            ] {
                let mut request = wire.client.request(method.clone(), link);
                if let Some(range) = range {
                    request = request.header("range", range);
                }
                let status = request.send().await.unwrap().status();
                let fits = match range {
                    _ if expected != 200 => status == expected,
                    Some("bytes=99999999-") => status == 416 || status == 200,
                    _ => status.is_success(),
                };
                assert!(fits, "{what}: {method} {link} {range:?}: {status}");
            }
        }
    };
    asked("at first", &links, 200).await;
    let mut files = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        files.push((fs::read(&path).unwrap(), path));
    }
    for (_, path) in &files {
        fs::remove_file(path).unwrap();
    }
    asked("gone", &links, 404).await;
    // What was logged is not logged again.
    for (_, path) in &files {
        assert!(!app.storage.miss(path.file_name().unwrap().to_str().unwrap()));
    }
    assert!(app.storage.miss("another"));
    // The teacher can still see what it was, and delete it.
    let query = format!("{{ node(id: {}) {{ ... on Media {{ title }} }} }}", media["id"]);
    assert_eq!(app.sees(&space.founders[0], &query).await["node"]["title"], "Our bees");

    for (content, path) in &files {
        fs::write(path, content).unwrap();
    }
    asked("back", &links, 200).await;
}

on_both_databases! {
    async fn a_file_that_is_gone_from_the_folder_is_not_found(app: TestApp) {
        let folder = app.config.data_dir.join("media");
        a_lost_file_is_not_found(&app, &folder).await;
    }

    async fn a_file_that_is_gone_from_the_bucket_is_not_found(app: TestApp) {
        let store = Store::start().await;
        let app = app.another_instance_with(|config| store.configure(&mut config.media)).await;
        a_lost_file_is_not_found(&app, &store.folder()).await;
    }

    async fn a_file_that_was_cut_short_is_not_found(app: TestApp) {
        let space = app.space().await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let media = adds(&wire, &space.founders[0], &space, &photo()).await;
        let folder = app.config.data_dir.join("media");
        for entry in fs::read_dir(folder).unwrap() {
            fs::write(entry.unwrap().path(), "short").unwrap();
        }
        let link = here(&wire, &media["url"]);
        for range in ["bytes=0-", "bytes=10-19", "bytes=0-2"] {
            let answer = wire.client.get(&link).header("range", range).send().await.unwrap();
            assert_eq!(answer.status(), 404, "{range}");
        }
        assert_eq!(wire.client.head(&link).send().await.unwrap().status(), 404);
    }

    async fn a_store_that_is_away_is_asked_again_later(app: TestApp) {
        let store = Store::start().await;
        let bucket = app.another_instance_with(|config| store.configure(&mut config.media)).await;
        let space = app.space().await;
        let founder = &space.founders[0];
        let folder = app.config.data_dir.join("media");
        for app in [app, bucket] {
            let wire = Wire::of(Arc::clone(&app)).await;
            let media = adds(&wire, founder, &space, &photo()).await;
            if app.config.media.media_s3_bucket.is_some() {
                store.stop();
            } else {
                fs::rename(&folder, folder.with_extension("away")).unwrap();
            }
            for link in [&media["url"], &media["thumbnailUrl"]] {
                for method in [Method::GET, Method::HEAD] {
                    let request = wire.client.request(method, here(&wire, link));
                    let answer = request.send().await.unwrap();
                    assert_eq!(answer.status(), 503, "{link}");
                    assert_eq!(answer.headers()["retry-after"], "5");
                }
            }
        }
    }

    async fn links_of_who_is_blocked_or_erased_end_at_once(app: TestApp) {
        let space = app.space().await;
        let [founder, _] = &space.founders;
        let wire = Wire::of(Arc::clone(&app)).await;
        let png = encoded(&picture(30, 30), ImageFormat::Png);
        let added = adds(&wire, founder, &space, &png).await;
        crate::accounts::picture::sets(&wire, founder, &png).await;
        let card = app.access(founder, space.project).await.member.unwrap().0;
        for erased in [false, true] {
            let tina = app.teacher("Tina Teacher", "PL").await;
            app.seat(&space, &tina, TwinSpaceRole::Teacher).await;
            let own = crate::accounts::picture::sets(&wire, &tina, &png).await;
            let query = format!("{{ media: node(id: {}) {{ ... on Media {{ url thumbnailUrl }} }}
                member: node(id: \"{card}\") {{ ... on Member {{ picture {{ url }} }} }} }}", added["id"]);
            let seen = app.sees(&tina, &query).await;
            let links = [
                seen["media"]["url"].clone(),
                seen["media"]["thumbnailUrl"].clone(),
                seen["member"]["picture"]["url"].clone(),
                own,
            ];
            for link in &links {
                assert_eq!(status(&wire, link).await, 200, "{link}");
            }
            if erased {
                erasure::erase_of(&app.db, &tina.email, now()).await.unwrap();
            } else {
                let tx = app.db.begin().await.unwrap();
                block::block(&tx, &tina.email, None, now()).await.unwrap();
                tx.commit().await.unwrap();
            }
            for link in &links {
                assert_eq!(status(&wire, link).await, 404, "{link}");
            }
            assert_eq!(status(&wire, &added["url"]).await, 200);
        }
    }

    // T-03
    async fn a_photo_is_stored_in_a_folder(app: TestApp) {
        a_photo_comes_is_seen_and_goes(&app, || files(&app).len()).await;
    }

    // T-03
    async fn a_photo_is_stored_in_a_bucket(app: TestApp) {
        let store = Store::start().await;
        let app = app.another_instance_with(|config| store.configure(&mut config.media)).await;
        a_photo_comes_is_seen_and_goes(&app, || store.objects().len()).await;
        assert!(files(&app).is_empty());
    }

    // M-14
    async fn a_picture_shows_pupils_who_consent_for_as_long_as_they_do(app: TestApp) {
        let (space, pupil, visitor) = people(&app).await;
        let teacher = &space.founders[0];
        let wire = Wire::of(Arc::clone(&app)).await;
        let shown = app.pupil("Sara Shown", teacher).await;
        let member = app.seat(&space, &shown, TwinSpaceRole::Pupil).await.to_string();
        let png = encoded(&picture(30, 30), ImageFormat::Png);

        let refused = add(&wire, &pupil, &space, "a.png", &png, std::slice::from_ref(&member)).await;
        assert_eq!(verdict(&refused), "CONFLICT CONSENT_MISSING", "{refused}");
        assert_eq!(refused["errors"][0]["extensions"]["memberIds"], json!([member]));
        assert!(files(&app).is_empty(), "{:?}", files(&app));
        let adult = app.access(teacher, space.project).await.member.unwrap().0.to_string();
        let refused = add(&wire, &pupil, &space, "a.png", &png, &[adult]).await;
        assert_eq!(verdict(&refused), "BAD_USER_INPUT picturedIds.0");

        let consent = json!({ "pupils": { "memberIds": [member] }, "scope": "PICTURES", "givenBy": "GUARDIAN" });
        app.does(teacher, "recordConsent", consent, "__typename").await;
        let listen = "subscription($id: ID!) { mediaChanged(twinSpaceId: $id) { __typename
            ... on MediaAdded { media { title } } ... on MediaGone { mediaId } } }";
        let input = json!({ "id": space.id.to_string() });
        let mut ear = Ear::of(&app, &visitor, listen, input).await;

        let added = add(&wire, &pupil, &space, "a.png", &png, std::slice::from_ref(&member)).await;
        let media = &added["data"]["addMedia"]["media"];
        let heard = ear.hears().await;
        assert_eq!(heard["media"]["title"], "Our bees", "{heard}");
        let id = media["id"].as_str().unwrap();
        let query = format!("{{ node(id: \"{id}\") {{ ... on Media {{ hidden url pictured {{ id name }} }} }} }}");
        let seen = app.sees(&pupil, &query).await;
        assert_eq!(seen["node"]["pictured"][0]["name"], "Sara Shown");
        assert_eq!(app.asks(&visitor, &query).await, "FORBIDDEN ROLE_TOO_LOW");

        let withdrawn = json!({ "pupil": { "memberId": member }, "scope": "PICTURES" });
        app.does(teacher, "withdrawConsent", withdrawn, "__typename").await;
        assert_eq!(ear.hears().await, json!({ "__typename": "MediaGone", "mediaId": id }));
        assert_eq!(app.sees(&pupil, &query).await["node"], Value::Null);
        assert_eq!(status(&wire, &media["url"]).await, 404);
        assert_eq!(status(&wire, &media["thumbnailUrl"]).await, 404);
        let seen = app.sees(teacher, &query).await;
        assert_eq!(seen["node"]["hidden"], true);
        assert_eq!(status(&wire, &seen["node"]["url"]).await, 200);
        let list = format!("{{ twinSpace(id: \"{}\") {{ media {{ totalCount }} }} }}", space.id);
        assert_eq!(app.sees(&pupil, &list).await["twinSpace"]["media"]["totalCount"], 0);
        assert_eq!(app.sees(teacher, &list).await["twinSpace"]["media"]["totalCount"], 1);
    }

    // T-03
    async fn many_who_upload_at_once_stay_within_the_quota(app: TestApp) {
        let small = app.another_instance_with(|config| config.media.media_quota = 1).await;
        let (space, ..) = people(&small).await;
        let wire = Wire::of(Arc::clone(&small)).await;
        let text = "bees and more bees\n".repeat(16_000);
        let mut crowd = Vec::new();
        for n in 0..8 {
            let teacher = small.teacher(&format!("Teacher {n}"), "ES").await;
            small.seat(&space, &teacher, TwinSpaceRole::Teacher).await;
            crowd.push(teacher);
        }
        let all = crowd.iter().map(|who| add(&wire, who, &space, "a.txt", text.as_bytes(), &[]));
        let mut outcomes: Vec<_> = join_all(all).await.iter().map(verdict).collect();
        outcomes.sort();
        let full = vec!["CONFLICT QUOTA_EXCEEDED"; 5];
        assert_eq!(outcomes, [full, vec!["OK"; 3]].concat());
        let bytes = 3 * text.len() as u64;
        assert_eq!(usage(&small, &crowd[0], &space).await, (bytes, 3));
        assert_eq!(files(&small).len(), 3);
    }

    async fn a_file_that_is_sent_again_with_the_same_key_is_there_once(app: TestApp) {
        let (space, pupil, _) = people(&app).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let keyed = async |title: &str, content: &str| {
            let mut operations = adding(&space, title, &[]);
            operations["variables"]["input"]["idempotencyKey"] = json!("k");
            let map = json!({ "0": ["variables.input.file"] });
            let body = form(&operations, &map, &[("0", "bees.txt", content.as_bytes())]);
            send(&wire, Some(&pupil.token), body).await.json::<Value>().await.unwrap()
        };
        // Some at once: all but one find, when they have stored it, that it has been added.
        let answers = join_all((0..4).map(|_| keyed("Our bees", "bees"))).await;
        let ids: BTreeSet<_> = answers.iter().map(|answer| {
            assert_eq!(verdict(answer), "OK");
            answer["data"]["addMedia"]["media"]["id"].as_str().unwrap()
        }).collect();
        assert_eq!(ids.len(), 1, "{ids:?}");
        assert_eq!(verdict(&keyed("Our bees", "bees").await), "OK");
        assert_eq!(usage(&app, &pupil, &space).await, (4, 1));
        assert_eq!(files(&app).len(), 1);
        for (title, content) in [("Our bees", "wasps"), ("Our wasps", "bees")] {
            assert_eq!(verdict(&keyed(title, content).await), "CONFLICT KEY_REUSED");
        }
        assert_eq!(files(&app).len(), 1);
    }

    async fn what_a_crash_leaves_behind_is_found_and_deleted(app: TestApp) {
        let (space, pupil, _) = people(&app).await;
        let words = rows::Words { title: "Half".into(), description: String::new() };
        let facts = rows::Facts {
            kind: entity::MediaKind::File,
            content_type: "text/plain".into(),
            bytes: 4,
            size: None,
            sha256: String::new(),
            thumbnail: true,
        };
        let quota = app.config.media.quota();
        let actor = app.actor(&pupil);
        let reserved = rows::reserve(actor, space.id, words, facts, &[], quota, None).await;
        let Reserved::Place(place) = reserved.unwrap() else { panic!("it was never added") };
        app.storage.put_bytes(&place.object, b"half".to_vec(), "text/plain").await.unwrap();
        // Written in parts, of which one has arrived.
        fs::write(app.config.data_dir.join("media").join(format!("{}#1", place.object)), "ha").unwrap();
        let list = format!("{{ twinSpace(id: \"{}\") {{ media {{ totalCount }} }} }}", space.id);
        assert_eq!(app.sees(&pupil, &list).await["twinSpace"]["media"]["totalCount"], 0);
        assert_eq!(tidy(&app, now()).await.unwrap(), 0);
        assert_eq!(files(&app).len(), 2);
        assert_eq!(tidy(&app, now() + TimeDelta::hours(3)).await.unwrap(), 1);
        assert!(files(&app).is_empty());
        assert_eq!(usage(&app, &pupil, &space).await, (0, 0));
    }

    // P-17, M-14
    async fn what_a_follow_up_takes_over_outlives_the_original(app: TestApp) {
        let (space, pupil, _) = people(&app).await;
        let founder = &space.founders[0];
        let wire = Wire::of(Arc::clone(&app)).await;
        let original = adds(&wire, founder, &space, &photo()).await["id"].clone();
        let page = json!({ "twinSpaceId": space.id.to_string(), "title": "Our bees",
            "text": "We *watch*.", "visibility": "MEMBERS" });
        let page = app.does(founder, "createPage", page, "page { id }").await["page"]["id"].clone();
        let elsewhere = app.space().await;
        let foreign = json!({ "twinSpaceId": elsewhere.id.to_string(), "title": "Not ours" });
        let foreign = app.does(&elsewhere.founders[0], "createPage", foreign, "page { id }").await;

        let input = |pages: &[&Value]| json!({
            "projectId": space.project.to_string(), "pageIds": pages, "mediaIds": [original],
        });
        // nothing is copied that the founder cannot see.
        let refused = app.tries(founder, "followUpProject", input(&[&page, &foreign["page"]["id"]])).await;
        assert_eq!(refused, "NOT_FOUND");
        assert_eq!(app.tries(&pupil, "followUpProject", input(&[&page])).await, "FORBIDDEN ROLE_TOO_LOW");
        let payload = app.does(founder, "followUpProject", input(&[&page]), "project { id }").await;
        let project = json!({ "projectId": payload["project"]["id"] });
        for (who, step) in [(founder, "sendProject"), (&space.founders[1], "acceptProject")] {
            assert_eq!(app.tries(who, step, project.clone()).await, "OK");
        }
        let approver = app.administrator().await;
        assert_eq!(app.tries(&approver, "approveProject", project.clone()).await, "OK");

        assert_eq!(app.tries(founder, "deleteMedia", json!({ "mediaId": original })).await, "OK");
        tidy(&app, now()).await.unwrap();
        let id = project["projectId"].as_str().unwrap();
        let query = format!(
            "{{ project(id: \"{id}\") {{ twinSpace {{
                pages {{ nodes {{ title text version author {{ name }} }} }}
                media {{ nodes {{ title url }} }} mediaUsage {{ count }}
            }} }} }}"
        );
        let copy = app.sees(&space.founders[1], &query).await["project"]["twinSpace"].take();
        assert_eq!(copy["pages"]["nodes"], json!([
            { "title": "Our bees", "text": "We *watch*.", "version": 1, "author": { "name": "Frida Founder" } },
        ]));
        assert_eq!(copy["mediaUsage"]["count"], 1);
        assert_eq!(status(&wire, &copy["media"]["nodes"][0]["url"]).await, 200);
    }

    // Otherwise the text would be what stands for the file.
    async fn a_file_where_none_is_expected_is_refused(app: TestApp) {
        let (space, pupil, _) = people(&app).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let chat = "mutation($input: SendChatMessageInput!) { sendChatMessage(input: $input) { message { text } } }";
        let page = "mutation($id: ID!, $text: String!) { createPage(input: { twinSpaceId: $id, title: $text }) { page { title } } }";
        let list = "query($id: ID!, $kinds: [SearchKind!]) { twinSpace(id: $id) { search(query: \"bee\", kinds: $kinds) { totalCount } } }";
        let id = space.id.to_string();
        for (query, variables, place, words) in [
            (chat, json!({ "input": { "twinSpaceId": id, "text": null } }), "input.text", "Variable \"$input\" got invalid value <file> at \"input.text\"; String cannot represent a file."),
            (page, json!({ "id": id, "text": null }), "text", "Variable \"$text\" got invalid value <file>; String cannot represent a file."),
            (page, json!({ "id": null, "text": "Bees" }), "id", "Variable \"$id\" got invalid value <file>; ID cannot represent a file."),
            (list, json!({ "id": id, "kinds": [null] }), "kinds.0", "Variable \"$kinds\" got invalid value <file> at \"kinds[0]\"; SearchKind cannot represent a file."),
            (chat, json!({ "input": null }), "input", "Variable \"$input\" got invalid value <file>; SendChatMessageInput cannot represent a file."),
        ] {
            let operations = json!({ "query": query, "variables": variables });
            let map = json!({ "0": [format!("variables.{place}")] });
            let body = form(&operations, &map, &[("0", "bees.txt", b"bees")]);
            let answer: Value = send(&wire, Some(&pupil.token), body).await.json().await.unwrap();
            let error = &answer["errors"][0];
            assert_eq!((&error["message"], &error["extensions"]["code"]), (&json!(words), &json!("GRAPHQL_VALIDATION_FAILED")), "{answer}");
        }
        // A text that only looks like it is one.
        let input = json!({ "twinSpaceId": id, "text": "#__graphql_file__:0" });
        let sent = app.does(&pupil, "sendChatMessage", input, "message { text }").await;
        assert_eq!(sent["message"]["text"], "#__graphql_file__:0");
    }

    async fn media_are_found_by_kind_words_and_uploader(app: TestApp) {
        let (space, pupil, visitor) = people(&app).await;
        let link = |title: &str| json!({ "twinSpaceId": space.id.to_string(), "title": title,
            "url": "https://youtu.be/dQw4w9WgXcQ", "picturedIds": [] });
        app.does(&pupil, "addVideoLink", link("Łąka in May"), "__typename").await;
        let fields = "media { kind videoUrl url bytes contentType }";
        let added = app.does(&space.founders[0], "addVideoLink", link("The hive"), fields).await;
        assert_eq!(added["media"], json!({ "kind": "VIDEO", "url": null, "bytes": 0.0, "contentType": null,
            "videoUrl": "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ" }));
        assert_eq!(app.tries(&visitor, "addVideoLink", link("Mine")).await, "FORBIDDEN ROLE_TOO_LOW");
        let mut elsewhere = link("Elsewhere");
        elsewhere["url"] = json!("https://evil.example/watch?v=dQw4w9WgXcQ");
        assert_eq!(app.tries(&pupil, "addVideoLink", elsewhere).await, "BAD_USER_INPUT url");

        let titles = async |who: &Person, filter: &str| {
            let query = format!(
                "{{ twinSpace(id: \"{}\") {{ media(filter: {{ {filter} }}) {{ nodes {{ title }} }} }} }}",
                space.id
            );
            let data = app.sees(who, &query).await;
            let nodes = data["twinSpace"]["media"]["nodes"].as_array().unwrap().clone();
            nodes.iter().map(|node| node["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(titles(&visitor, "").await, ["The hive", "Łąka in May"]);
        assert_eq!(titles(&visitor, "search: \"LAKA\"").await, ["Łąka in May"]);
        assert!(titles(&visitor, "kind: IMAGE").await.is_empty());
        let by = format!("uploaderId: \"{}\"", pupil.id);
        assert_eq!(titles(&pupil, &by).await, ["Łąka in May"]);
        // M-20: viewers who cannot see pupils cannot find out by searching.
        assert!(titles(&visitor, &by).await.is_empty());
    }
}

/// An MP4 box.
pub fn atom(kind: &[u8], content: &[u8]) -> Vec<u8> {
    let size = u32::try_from(content.len() + 8).unwrap().to_be_bytes();
    [&size[..], kind, content].concat()
}

/// A film without any picture, but with a location.
pub fn film() -> Vec<u8> {
    let handler = [&[0; 8][..], b"vide", &[0; 12], b"Name of the maker\0"].concat();
    let track = atom(b"trak", &atom(b"mdia", &atom(b"hdlr", &handler)));
    let place = atom(b"udta", &atom(b"\xa9xyz", b"\0\x12\x15\xc7+52.2297+021.0122/"));
    let movie = [atom(b"mvhd", &[0; 100]), track, place].concat();
    [atom(b"ftyp", b"isom\0\0\0\0isom"), atom(b"moov", &movie), atom(b"mdat", &[7; 5000])].concat()
}

pub fn crc(bytes: &[u8]) -> u32 {
    let step = |sum: u32| if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum: u32, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum)))
}

#[tokio::test]
async fn a_store_that_does_not_work_is_told_of_at_the_start() {
    let app = TestApp::on_sqlite().await;
    let store = Store::start().await;
    let problem = async |set: &dyn Fn(&mut twinspace::config::media::Config)| {
        let mut config = app.config.clone();
        store.configure(&mut config.media);
        set(&mut config.media);
        assert!(!format!("{config:?}").contains("a secret"), "the secret is in the log");
        match App::start(config).await {
            Ok(_) => "OK".to_owned(),
            Err(domain::Error::Internal(cause)) => cause.to_string(),
            Err(error) => error.to_string(),
        }
    };
    assert_eq!(problem(&|_| ()).await, "OK");
    let told = problem(&|config| config.media_s3_secret_key = None).await;
    assert!(told.contains("--media-s3-access-key"), "{told}");
    let told = problem(&|config| config.media_s3_bucket = Some("none".into())).await;
    assert!(told.contains("--media-s3-bucket"), "{told}");
    let told = problem(&|config| config.media_s3_secret_key = Some("wrong".parse().unwrap())).await;
    assert!(told.contains("did not respond as expected") && !told.contains("wrong"), "{told}");
    let endpoint = Some("http://s3.example.org".to_owned());
    let told = problem(&|config| config.media_s3_endpoint.clone_from(&endpoint)).await;
    assert!(told.contains("not encrypted"), "{told}");
}

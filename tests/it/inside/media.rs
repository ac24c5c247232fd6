//! Images, videos and files: adding, viewing, hiding, downloading, deleting; and what hostile
//! clients send (T-03, M-14).

use std::{fs, io::Cursor, sync::Arc};

use domain::{accounts::erasure, care::block, clock::now};
use entity::TwinSpaceRole;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use reqwest::Response;
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
    },
};

mod download;
mod host;
mod hostile;
mod storage;
mod upload;

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

on_both_databases! {
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
        assert!(titles(&visitor, "kinds: [IMAGE, FILE]").await.is_empty());
        assert_eq!(titles(&visitor, "kinds: [IMAGE, VIDEO]").await, ["The hive", "Łąka in May"]);
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

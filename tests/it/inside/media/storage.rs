//! Where the files are stored, in a folder or a bucket: what is lost, cut short or left behind there.

use std::{fs, path::Path, sync::Arc};

use chrono::TimeDelta;
use domain::{
    clock::now,
    inside::media::{self as rows, Reserved},
};
use entity::TwinSpaceRole;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use twinspace::{app::App, media::tidy};

use crate::{
    server::wire::Wire,
    support::{TestApp, on_both_databases, s3::Store},
};

use super::{adds, files, has, here, people, photo, status, usage};

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

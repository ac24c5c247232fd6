//! Downloads of media: parts of a file, and the name under which it is saved.

use std::sync::Arc;

use entity::{Kind, MediaId, media};
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::Value;

use crate::{server::wire::Wire, support::TestApp};

use super::{adds, here, people, photo};

/// A server with a photo.
async fn shown() -> (TestApp, Wire, Value) {
    let app = TestApp::on_sqlite().await;
    let wire = Wire::of(Arc::clone(&app)).await;
    let (space, pupil, _) = people(&app).await;
    let media = adds(&wire, &pupil, &space, &photo()).await;
    (app, wire, media)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_range_is_one_of_bytes_that_there_are() {
    let (_app, wire, media) = shown().await;
    let link = here(&wire, &media["url"]);
    let content = wire.client.get(&link).send().await.unwrap().bytes().await.unwrap();
    let all = content.len();
    assert!(all > 100, "{all}");
    let (last, tenth) = (all - 1, all - 10);
    for (range, expected) in [
        ("bytes=0-9".to_owned(), Some(0..10)),
        (format!("bytes={tenth}-"), Some(tenth..all)),
        (format!("bytes={tenth}-{}", all * 9), Some(tenth..all)),
        (format!("bytes={last}-"), Some(last..all)),
        ("bytes=-10".to_owned(), Some(tenth..all)),
        (format!("bytes=-{}", all * 10), Some(0..all)),
        (format!("bytes={all}-"), None),
        ("bytes=99999999999999999999999-".to_owned(), None),
        ("bytes=-0".to_owned(), None),
    ] {
        let answer = wire.client.get(&link).header("range", &range).send().await.unwrap();
        let told = answer.headers()["content-range"].to_str().unwrap().to_owned();
        if let Some(part) = expected {
            assert_eq!(answer.status(), 206, "{range}");
            assert_eq!(told, format!("bytes {}-{}/{all}", part.start, part.end - 1), "{range}");
            assert_eq!(answer.bytes().await.unwrap(), content[part], "{range}");
        } else {
            assert_eq!(answer.status(), 416, "{range}");
            assert_eq!(told, format!("bytes */{all}"), "{range}");
        }
    }
    for range in ["bytes=9-5", "bytes=0-1,5-6", "bytes=-", "bytes=a-b", "lines=0-1"] {
        let answer = wire.client.get(&link).header("range", range).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{range}");
        assert!(!answer.headers().contains_key("content-range"), "{range}");
        assert_eq!(answer.bytes().await.unwrap(), content, "{range}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_breaks_out_of_nothing() {
    let (app, wire, media) = shown().await;
    let id = MediaId::read(media["id"].as_str().unwrap()).unwrap();
    for (title, content_type, expected) in [
        (
            "Bees \"at\"\r\n; work.JPG",
            "image/jpeg",
            "inline; filename=\"Bees _at____ work.jpg\"; \
             filename*=UTF-8''Bees%20_at_%0D%0A%3B%20work.jpg",
        ),
        (
            "../../page.html",
            "text/plain",
            "attachment; filename=\"____page_html.txt\"; filename*=UTF-8''_.._page.html.txt",
        ),
        ("Łąka", "application/pdf", "attachment; filename=\"__ka.pdf\""),
        ("ą", "image/png", "inline; filename=\"_.png\""),
    ] {
        // Nobody can give it such a title, or make it another file, by the API.
        let row = media::ActiveModel {
            id: Set(id),
            title: Set(title.to_owned()),
            content_type: Set(content_type.to_owned()),
            ..Default::default()
        };
        let tx = app.db.begin().await.unwrap();
        row.update(&*tx).await.unwrap();
        tx.commit().await.unwrap();
        let answer = wire.client.get(here(&wire, &media["url"])).send().await.unwrap();
        let shown = answer.headers()["content-disposition"].to_str().unwrap();
        assert!(shown.starts_with(expected), "{shown}");
    }
}

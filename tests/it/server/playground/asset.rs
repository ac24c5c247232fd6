//! The page and its files, as browsers get them.

use std::{collections::BTreeSet, io::Read};

use flate2::read::GzDecoder;
use reqwest::{Client, Response};

use crate::server::wire::Wire;

/// A server, asked by a client that leaves what it gets as it is.
async fn served() -> Wire {
    let mut wire = Wire::start(&[]).await;
    wire.client = Client::builder().no_proxy().no_gzip().build().unwrap();
    wire
}

fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    answer.headers().get(name).map(|value| value.to_str().unwrap())
}

/// The names of the files that a page needs.
fn names(page: &str) -> Vec<&str> {
    let paths = page.split("\"playground/").skip(1);
    paths.map(|path| path.split_once('"').unwrap().0).collect()
}

#[tokio::test]
async fn the_page_names_files_that_exist() {
    let wire = served().await;
    let page = wire.get("/").send().await.unwrap();
    assert_eq!(page.status(), 200);
    let policy = header(&page, "content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{policy}");
    let page = page.text().await.unwrap();
    assert!(!page.contains("{{"), "a name is missing: {page}");

    let names = names(&page);
    let kinds = names.iter().filter_map(|name| name.rsplit_once('.')).map(|(_, kind)| kind);
    assert_eq!(kinds.collect::<BTreeSet<_>>(), BTreeSet::from(["css", "js", "svg", "txt"]));
    for name in names {
        let answer = wire.get(&format!("/playground/{name}")).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{name}");
        assert_eq!(header(&answer, "cache-control"), Some("public, max-age=31536000, immutable"));
    }
}

#[tokio::test]
async fn a_file_comes_compressed_to_those_who_can_unpack_it() {
    let wire = served().await;
    let page = wire.get("/").send().await.unwrap().text().await.unwrap();
    let file = format!("/playground/{}", names(&page)[0]);
    let takes = |coding: &str| wire.get(&file).header("accept-encoding", coding).send();

    let packed = takes("br, gzip").await.unwrap();
    assert_eq!(header(&packed, "content-encoding"), Some("gzip"));
    let packed = packed.bytes().await.unwrap();
    let mut content = Vec::new();
    GzDecoder::new(&packed[..]).read_to_end(&mut content).unwrap();

    for refusal in ["identity", "gzip;q=0"] {
        let plain = takes(refusal).await.unwrap();
        assert_eq!(header(&plain, "content-encoding"), None);
        assert_eq!(plain.bytes().await.unwrap(), content);
    }
}

#[tokio::test]
async fn what_has_not_changed_is_not_sent_again() {
    let wire = served().await;
    let page = wire.get("/").send().await.unwrap();
    let etag = header(&page, "etag").unwrap();
    let answer = wire.get("/").header("if-none-match", etag).send().await.unwrap();
    assert_eq!(answer.status(), 304);
}

#[tokio::test]
async fn no_other_file_is_served() {
    let wire = served().await;
    for name in ["index.html", "app.js", "..%2fCargo.toml"] {
        let answer = wire.get(&format!("/playground/{name}")).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{name}");
    }
}

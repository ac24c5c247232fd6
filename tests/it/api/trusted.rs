//! Documents that apps are known to send, and servers that execute no others.

use std::fs;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use twinspace::app::App;

use crate::server::{
    websocket::Socket,
    wire::{Wire, code, config, outcome},
};

const HELLO: &str = "query Hello { __typename }";
const OTHER: &str = "query Other { viewer { name } }";

/// Manifests as each tool writes them, with the same two documents, and the ID of the first.
fn manifests() -> [(Value, String); 3] {
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(HELLO));
    let operation = |id: &str, name: &str, body: &str| json!({ "id": id, "name": name, "type": "query", "body": body });
    let apollo = json!({
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [operation(&hash, "Hello", HELLO), operation("other", "Other", OTHER)],
    });
    let codegen = json!({ format!("sha256:{hash}"): HELLO, "sha256:other": OTHER });
    let md5 = "3be4abb81fa595e25eb725b2c6a87508";
    let relay = json!({ md5: HELLO, "other": OTHER });
    [(apollo, hash.clone()), (codegen, format!("sha256:{hash}")), (relay, md5.to_owned())]
}

async fn with(manifest: &Value, only: &str) -> Wire {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("manifest.json");
    fs::write(&file, manifest.to_string()).unwrap();
    Wire::start(&["--trusted-documents", file.to_str().unwrap(), "--only-trusted", only]).await
}

#[tokio::test]
async fn a_trusted_document_is_executed_by_its_id() {
    for (manifest, id) in manifests() {
        for only in ["on", "off"] {
            let wire = with(&manifest, only).await;
            let persisted = json!({ "persistedQuery": { "version": 1, "sha256Hash": id } });
            for body in [
                json!({ "documentId": id }),
                json!({ "doc_id": id, "variables": {} }),
                json!({ "id": id, "query": null }),
                json!({ "query": "", "documentId": id }),
                json!({ "extensions": persisted }),
                json!({ "query": HELLO }),
            ] {
                let answer: Value = wire.post(&body).send().await.unwrap().json().await.unwrap();
                assert_eq!(answer["data"]["__typename"], "Query", "{body}: {answer}");
            }
            let get = wire.get("/graphql").query(&[("documentId", id.as_str())]);
            assert_eq!(outcome(get).await, (200, String::new()));
            let mut socket = Socket::introduced(&wire).await;
            let payload = json!({ "documentId": id });
            socket.say(json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
            assert_eq!(socket.hear().await["payload"]["data"]["__typename"], "Query");
        }
    }
}

#[tokio::test]
async fn a_trusted_document_is_known_by_the_hash_of_its_text_whatever_its_id_is() {
    let [.., (relay, _)] = manifests();
    let hash = |text: &str| data_encoding::HEXLOWER.encode(&Sha256::digest(text));
    let wire = with(&relay, "on").await;
    for hash in [hash(HELLO), hash(HELLO).to_uppercase()] {
        let persisted = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
        for body in
            [json!({ "extensions": persisted }), json!({ "documentId": format!("sha256:{hash}") })]
        {
            let answer: Value = wire.post(&body).send().await.unwrap().json().await.unwrap();
            assert_eq!(answer["data"]["__typename"], "Query", "{body}: {answer}");
        }
    }
    let persisted =
        json!({ "persistedQuery": { "version": 1, "sha256Hash": hash("{ __typename }") } });
    let answer: Value =
        wire.post(&json!({ "extensions": persisted })).send().await.unwrap().json().await.unwrap();
    assert_eq!(code(&answer), "DOCUMENT_NOT_TRUSTED");
}

#[tokio::test]
async fn a_server_executes_only_trusted_documents_if_it_is_told_to() {
    let [(manifest, _), ..] = manifests();
    let text = "{ __typename }";
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(text));
    let persisted = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let bodies = [
        json!({ "query": text }),
        json!({ "query": format!("{HELLO} ") }),
        json!({ "query": text, "extensions": persisted }),
        json!({ "query": text, "documentId": "other" }),
        json!({ "query": text, "extensions": { "documentId": "other" } }),
        json!({ "extensions": persisted }),
        json!({ "documentId": "nothing of the kind" }),
        json!([{ "query": text }]),
    ];
    let wire = with(&manifest, "on").await;
    for body in &bodies {
        let answer: Value = wire.post(body).send().await.unwrap().json().await.unwrap();
        let answer = answer.get(0).unwrap_or(&answer);
        assert_eq!(code(answer), "DOCUMENT_NOT_TRUSTED", "{body}");
        assert!(answer.get("data").is_none());
    }
    let mut socket = Socket::introduced(&wire).await;
    socket.subscribe("1", text).await;
    assert_eq!(code(&json!({ "errors": socket.hear().await["payload"] })), "DOCUMENT_NOT_TRUSTED");

    // Otherwise it executes all.
    let wire = with(&manifest, "off").await;
    assert_eq!(wire.query(text).await["data"]["__typename"], "Query");
    let unknown = wire.post(&json!({ "documentId": "nothing of the kind" }));
    let answer: Value = unknown.send().await.unwrap().json().await.unwrap();
    assert_eq!(code(&answer), "PERSISTED_QUERY_NOT_FOUND");
}

#[tokio::test]
async fn a_manifest_that_cannot_be_used_is_told_of_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("manifest.json");
    let file = file.to_str().unwrap();
    let problem = async |manifest: &str, flags: &[&str]| {
        fs::write(file, manifest).unwrap();
        match App::start(config(&folder, flags)).await {
            Ok(_) => "OK".to_owned(),
            Err(domain::Error::Internal(cause)) => cause.to_string(),
            Err(error) => error.to_string(),
        }
    };
    let flags = ["--trusted-documents", file];
    assert_eq!(problem(r#"{ "a": "{ __typename }" }"#, &flags).await, "OK");
    for (manifest, expected) in [
        ("no JSON", "is not a manifest"),
        (r#"["{ __typename }"]"#, "is not a manifest"),
        (r#"{ "a": "{ __typename" }"#, "the document a"),
        (r#"{ "a": "{ a }", "sha256:a": "{ b }" }"#, "another document"),
        (r#"{ "format": "x", "version": 1, "operations": [] }"#, "unknown format"),
        (
            r#"{ "format": "apollo-persisted-query-manifest", "version": 2, "operations": [] }"#,
            "version 2",
        ),
    ] {
        let told = problem(manifest, &flags).await;
        assert!(told.contains(expected) && told.contains("manifest.json"), "{manifest}: {told}");
    }
    let told = problem("", &["--trusted-documents", "/nothing/of/the/kind"]).await;
    assert!(told.contains("could not be read"), "{told}");
    let told = problem("", &["--only-trusted", "on"]).await;
    assert!(told.contains("--trusted-documents"), "{told}");
}

//! Files that are hostile or broken, and requests that are wrong.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use image::ImageFormat;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    server::wire::Wire,
    support::{TestApp, on_both_databases, play::verdict, until},
};

use super::{
    add, adding, atom, crc, encoded, files, film, form, has, here, people, photo, picture, send,
    usage,
};

/// A PNG that declares an enormous size.
fn bomb() -> Vec<u8> {
    let mut head = b"IHDR".to_vec();
    head.extend(50_000_u32.to_be_bytes());
    head.extend(50_000_u32.to_be_bytes());
    head.extend([8, 6, 0, 0, 0]);
    let sum = crc(&head).to_be_bytes();
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    png.extend(head);
    png.extend(sum);
    png.extend(&encoded(&picture(9, 9), ImageFormat::Png)[33..]);
    png
}

/// An archive with these names and nothing else.
fn archive(names: &[&str]) -> Vec<u8> {
    let (mut files, mut list) = (Vec::new(), Vec::new());
    for name in names {
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let at = u32::try_from(files.len()).unwrap().to_le_bytes();
        files.extend([b"PK\x03\x04", &[0; 22][..], &length, &[0; 2], name.as_bytes()].concat());
        let entry = [b"PK\x01\x02", &[0; 24][..], &length, &[0; 12], &at, name.as_bytes()].concat();
        list.extend(entry);
    }
    let count = u16::try_from(names.len()).unwrap().to_le_bytes();
    let [size, at] = [list.len(), files.len()].map(|n| u32::try_from(n).unwrap().to_le_bytes());
    let end = [b"PK\x05\x06", &[0; 4][..], &count, &count, &size, &at, &[0; 2]].concat();
    [files, list, end].concat()
}

/// A document that is small until it is unpacked, by what its directory says of the last file.
fn document_bomb() -> Vec<u8> {
    let mut package = archive(&["[Content_Types].xml", "word/document.xml"]);
    let entry = package.windows(4).rposition(|four| four == b"PK\x01\x02").unwrap();
    package[entry + 24..entry + 28].copy_from_slice(&(513_u32 << 20).to_le_bytes());
    package
}

on_both_databases! {
    async fn what_is_hostile_or_broken_is_refused_and_leaves_nothing(app: TestApp) {
        let (space, pupil, _) = people(&app).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let (png, jpeg) = (encoded(&picture(60, 60), ImageFormat::Png), photo());
        let gif = encoded(&picture(60, 60), ImageFormat::Gif);
        let webp = encoded(&picture(60, 60), ImageFormat::WebP);
        let office = archive(&["[Content_Types].xml", "word/document.xml"]);
        let mut names: Vec<_> = (0..10_000).map(|n| format!("word/{n}.xml")).collect();
        names.push("[Content_Types].xml".to_owned());
        let half = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
        let hostile: &[(&str, Vec<u8>)] = &[
            ("empty.png", vec![]),
            ("half.png", half(&png)),
            ("half.gif", half(&gif)),
            ("half.webp", half(&webp)),
            ("head.jpg", jpeg[..30].to_vec()),
            ("half.mp4", half(&film())),
            ("half.docx", half(&office)),
            ("half.pdf", b"%PDF-1.7 and no more".to_vec()),
            ("bomb.png", bomb()),
            ("bomb.docx", document_bomb()),
            ("parts.docx", archive(&names.iter().map(String::as_str).collect::<Vec<_>>())),
            ("large.png", [png.clone(), vec![0; 6 << 20]].concat()),
            ("large.txt", vec![b'a'; 21 << 20]),
            (
                "drawing.svg",
                b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec(),
            ),
            ("drawing.png", b"\xef\xbb\xbf \n<?xml version=\"1.0\"?><svg/>".to_vec()),
            ("page.jpg", b"<!DOCTYPE html><script>alert(1)</script>".to_vec()),
            ("page.txt", b"\n\n <html><body>".to_vec()),
            ("script.txt", b"#!/bin/sh\nrm -rf /\n".to_vec()),
            ("program.png", b"MZ\x90\0\x03\0\0\0".repeat(40)),
            ("program", b"\x7fELF\x02\x01\x01\0".repeat(40)),
            ("bytes.txt", vec![0xff, 0xfe, 0, 1, 2, 3]),
            ("slip.docx", archive(&["[Content_Types].xml", "word/document.xml", "../../etc/passwd"])),
            (
                "macro.docx",
                archive(&["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"]),
            ),
            ("any.zip", archive(&["photo.jpg", "setup.exe"])),
            ("more.docx", [office.clone(), b"<script>".to_vec()].concat()),
            ("heic.jpg", atom(b"ftyp", b"heic\0\0\0\0mif1")),
        ];
        for (name, content) in hostile {
            let answer = add(&wire, &pupil, &space, name, content, &[]).await;
            assert_eq!(verdict(&answer), "BAD_USER_INPUT file", "{name}: {answer}");
            let (code, max) = match *name {
                "empty.png" => ("MISSING", None),
                "large.png" => ("TOO_LARGE", Some(5 << 20)),
                "large.txt" => ("TOO_LARGE", Some(20 << 20)),
                "bomb.png" | "bomb.docx" | "parts.docx" => ("TOO_LARGE", None),
                "head.jpg" | "more.docx" => ("MALFORMED", None),
                half if half.starts_with("half.") => ("MALFORMED", None),
                _ => ("UNSUPPORTED", None),
            };
            let told = &answer["errors"][0]["extensions"]["problems"][0];
            assert_eq!((told["code"].as_str(), told["max"].as_u64()), (Some(code), max), "{name}: {answer}");
            assert!(files(&app).is_empty(), "{name} left {:?}", files(&app));
        }
        assert_eq!(usage(&app, &pupil, &space).await, (0, 0));

        // A mislabelled file is recognised, and what is hidden in it is removed.
        let film = film();
        let inert: &[(&str, Vec<u8>, &str)] = &[
            ("../../page.html", [png.clone(), b"<script>".to_vec()].concat(), "image/png"),
            ("photo.exe", jpeg, "image/jpeg"),
            ("moving.png", [gif, b"<script>".to_vec()].concat(), "image/gif"),
            ("small.svg", [webp, b"<script>".to_vec()].concat(), "image/webp"),
            ("film.html", film.clone(), "video/mp4"),
            ("more.mp4", [film.clone(), b"<script>alert(1)</script>".to_vec()].concat(), "video/mp4"),
            (
                "text.docx",
                office,
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
            ("bees.csv", "bee;číslo\n1;2\n".as_bytes().to_vec(), "text/csv"),
            ("bees.html", b"bees < wasps".to_vec(), "text/plain"),
        ];
        for (name, content, kind) in inert {
            let answer = add(&wire, &pupil, &space, name, content, &[]).await;
            let media = &answer["data"]["addMedia"]["media"];
            assert_eq!(media["contentType"], *kind, "{name}: {answer}");
            let answer = wire.client.get(here(&wire, &media["url"])).send().await.unwrap();
            let shown = answer.headers()["content-disposition"].to_str().unwrap().to_owned();
            let shows = ["image", "video"].iter().any(|safe| kind.starts_with(safe));
            assert_eq!(shown.starts_with("inline"), shows, "{shown}");
            let served = answer.bytes().await.unwrap();
            assert!(!has(&served, "<script>"), "{name}");
            if *kind == "video/mp4" {
                assert_eq!(served.len(), film.len());
                assert!(!has(&served, "52.2297") && !has(&served, "maker"));
            }
        }
    }

    async fn a_request_with_files_is_one_by_the_specification(app: TestApp) {
        let app = app.another_instance_with(|config| config.media.upload_timeout = 1).await;
        let (space, pupil, _) = people(&app).await;
        let wire = Wire::of(Arc::clone(&app)).await;
        let png = encoded(&picture(30, 30), ImageFormat::Png);
        let operations = adding(&space, "Our bees", &[]);
        let map = json!({ "0": ["variables.input.file"] });
        let file = ("0", "a.png", &png[..]);
        let whole = form(&operations, &map, &[file]);
        let outcome = async |token: Option<&str>, body: Vec<u8>| {
            let answer = send(&wire, token, body).await;
            let status = answer.status().as_u16();
            (status, verdict(&answer.json().await.unwrap()))
        };
        let token = Some(pupil.token.as_str());

        // Nothing is read before the sender is known.
        assert_eq!(outcome(None, whole.clone()).await, (401, "UNAUTHENTICATED".into()));
        assert_eq!(
            outcome(Some("no such token"), whole.clone()).await,
            (401, "UNAUTHENTICATED".into())
        );
        let plain = wire.client.post(wire.url("/graphql")).bearer_auth(&pupil.token);
        let plain = plain.header("content-type", "multipart/form-data; boundary=frontier");
        assert_eq!(plain.body(whole.clone()).send().await.unwrap().status(), 415);

        let two = json!({ "0": ["variables.input.file"], "1": ["variables.input.file"] });
        let many: Value = (0..11).map(|n| (n.to_string(), json!(["variables.x"]))).collect();
        for (what, body) in [
            ("no map", form(&operations, &json!(null), &[file])),
            ("a file too few", form(&operations, &two, &[file])),
            ("a file too many", form(&operations, &json!({}), &[file])),
            ("too many files", form(&operations, &many, &[])),
            ("no such variable", form(&operations, &json!({ "0": ["variables.none"] }), &[file])),
            ("several operations", form(&json!([operations]), &map, &[file])),
            ("no operation", form(&json!(7), &map, &[file])),
            ("cut off", whole[..whole.len() - 20].to_vec()),
            ("no form", b"bees".to_vec()),
            ("nothing", vec![]),
        ] {
            assert_eq!(outcome(token, body).await, (400, "BAD_REQUEST".into()), "{what}");
        }
        let long = form(&json!({ "query": "#".repeat(1 << 20) }), &map, &[file]);
        assert_eq!(outcome(token, long).await, (413, "PAYLOAD_TOO_LARGE".into()));
        // A file that is named but was not sent.
        let mut named = operations.clone();
        named["variables"]["input"]["file"] = json!("#__graphql_file__:0");
        let answer = wire.post(&named).bearer_auth(&pupil.token).send().await.unwrap();
        assert_eq!(verdict(&answer.json().await.unwrap()), "BAD_USER_INPUT file");
        assert_eq!(outcome(token, whole.clone()).await, (200, "OK".into()));
        let stored = files(&app).len();

        // A client that disconnects midway, and four that send nothing more.
        let head = format!(
            "POST /graphql HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {}\r\nGraphQL-Preflight: 1\r\n\
             Expect: 100-continue\r\n\
             Content-Type: multipart/form-data; boundary=frontier\r\nContent-Length: {}\r\n\r\n",
            pupil.token,
            whole.len()
        );
        // One that the server has begun to read, or its rejection.
        let begin = async || {
            let mut stream = TcpStream::connect(wire.address).await.unwrap();
            stream.write_all(head.as_bytes()).await.unwrap();
            let mut status = [0; 12];
            stream.read_exact(&mut status).await.unwrap();
            stream.write_all(&whole[..whole.len() / 2]).await.unwrap();
            (status.ends_with(b" 100"), stream)
        };
        let (begun, midway) = begin().await;
        assert!(begun);
        drop(midway);
        let mut streams = Vec::new();
        let deadline = Instant::now() + Duration::from_secs(30);
        while streams.len() < 4 {
            assert!(Instant::now() < deadline, "who went away still counts");
            let (begun, stream) = begin().await;
            if begun {
                streams.push(stream);
            }
        }
        assert_eq!(outcome(token, whole.clone()).await, (429, "RATE_LIMITED".into()));
        until("they are given up", async || outcome(token, b"bees".to_vec()).await.0 == 400).await;
        assert_eq!(files(&app).len(), stored);
        // Nor does one that sends a little from time to time get on with it.
        let mut trickling = begin().await.1;
        let mut answer = Vec::new();
        let (mut from, mut to) = trickling.split();
        let trickle = async {
            for byte in whole[whole.len() / 2..whole.len() - 1].chunks(1) {
                tokio::time::sleep(Duration::from_millis(50)).await;
                if to.write_all(byte).await.is_err() {
                    break;
                }
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = trickle => {}
            read = from.read_to_end(&mut answer) => drop(read),
            () = tokio::time::sleep(Duration::from_secs(15)) => panic!("it goes on"),
        }
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.contains("HTTP/1.1 408") && answer.contains("TIMEOUT"), "{answer}");
        assert_eq!(outcome(token, whole).await, (200, "OK".into()));
    }
}

//! Uploaded files: images, films, documents, texts (T-03).

use std::{
    env,
    fs::File,
    io::{Read, Seek, Write},
    time::{Duration, Instant},
};

use arbtest::arbitrary::Unstructured;
use twinspace::media::content::{Content, Refusal, examine};

use super::{broken, corpus, explore};

/// What all files of the corpus reveal and none may keep.
const PLACE: &[u8] = b"52.2297N";

fn clean(name: &str, bytes: &[u8]) -> Result<(Vec<u8>, Content), Refusal> {
    let mut file: File = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let begun = Instant::now();
    let cleaned = examine(file, name, &env::temp_dir());
    assert!(begun.elapsed() < Duration::from_secs(20), "{name} takes too long");
    if let Err(Refusal::Fault(error)) = &cleaned {
        panic!("{name} is taken for a fault of ours: {error}");
    }
    let mut content = cleaned?;
    let mut stored = Vec::new();
    content.file.rewind().unwrap();
    content.file.read_to_end(&mut stored).unwrap();
    Ok((stored, content))
}

/// A sanitised file is accepted, and does not change.
fn stays(name: &str, stored: &[u8], content: &Content) {
    let (again, second) = clean(name, stored).unwrap_or_else(|error| panic!("{name}: {error:?}"));
    assert_eq!((content.content_type, content.size), (second.content_type, second.size), "{name}");
    assert!(again == stored, "{name} is cleaned twice");
}

fn fuzz(folder: &str) {
    let corpus = corpus(folder);
    for (name, bytes) in &corpus {
        let (stored, content) = clean(name, bytes).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        assert!(!stored.windows(PLACE.len()).any(|window| window == PLACE), "{name} tells a place");
        stays(name, &stored, &content);
    }
    let property = |u: &mut Unstructured<'_>| {
        let (name, bytes) = broken(u, &corpus)?;
        if let Ok((stored, content)) = clean(&name, &bytes) {
            stays(&name, &stored, &content);
        }
        Ok(())
    };
    explore(property);
}

#[test]
fn images_that_are_broken_are_refused_or_made_whole() {
    fuzz("image");
}

#[test]
fn films_that_are_broken_are_refused_or_made_whole() {
    fuzz("film");
}

/// Broken files that were once taken, and refused or changed when they were cleaned again.
#[test]
fn what_once_showed_a_fault_is_refused_or_made_whole() {
    for (name, bytes) in &corpus("broken") {
        if let Ok((stored, content)) = clean(name, bytes) {
            stays(name, &stored, &content);
        }
    }
}

#[test]
fn documents_that_are_broken_are_refused_or_kept() {
    fuzz("document");
}

//! The parts of an archive: its files as HTML, their names, the ZIP, and how many are made at once.

use std::{
    io::{Cursor, Read},
    time::Duration,
};

use chrono::DateTime;
use entity::AccountId;
use tokio::{sync::mpsc, time::timeout};
use twinspace::archive::{
    Turns,
    html::{Frame, Size},
    name,
    zip::{Packing, Zip},
};
use zip::ZipArchive;

#[test]
fn what_people_wrote_stays_text() {
    let evil = "<script>alert(1)</script>\"'&";
    let frame = Frame { project: evil.into(), language: evil.into() };
    let file = frame.begin(evil, "../") + &frame.heading(1, evil) + &frame.link(evil, evil);
    assert!(!file.contains("<script"), "{file}");
    assert!(!file.contains("\"'&") && !file.contains("</script>\""), "{file}");
}

#[test]
fn a_size_is_told_in_few_digits() {
    for (bytes, told) in [
        (999, "999 bytes"),
        (1_001, "2 kB"),
        (999_999, "1000 kB"),
        (1_250_000, "1.2 MB"),
        (209_715_200, "209.7 MB"),
    ] {
        assert_eq!(Size(bytes).to_string(), told);
    }
}

#[tokio::test]
async fn little_is_in_memory_however_slow_the_receiver() {
    const PARTS: usize = 100;
    let (to, mut from) = mpsc::channel(2);
    let part = vec![7; 1 << 20];
    let mut zip = Zip::new(to);
    let mut work = tokio::spawn(async move {
        for name in ["a.bin", "b.bin"] {
            zip.begin(name, Packing::Stored, DateTime::UNIX_EPOCH).unwrap();
            for _ in 0..PARTS {
                zip.add(&part).await.unwrap();
            }
        }
        zip.begin("c.html", Packing::Deflated, DateTime::UNIX_EPOCH).unwrap();
        zip.add(&part).await.unwrap();
        zip.end().await.unwrap();
    });
    // Nobody receives anything: it waits.
    assert!(timeout(Duration::from_millis(50), &mut work).await.is_err());
    let mut file = Vec::new();
    while let Some(sent) = from.recv().await {
        let sent = sent.unwrap();
        // It is all that was in memory.
        assert!(sent.len() <= 3 * (64 << 10), "{}", sent.len());
        file.extend_from_slice(&sent);
    }
    work.await.unwrap();
    let mut archive = ZipArchive::new(Cursor::new(file)).unwrap();
    for (n, parts) in [PARTS, PARTS, 1].into_iter().enumerate() {
        let mut content = Vec::new();
        archive.by_index(n).unwrap().read_to_end(&mut content).unwrap();
        assert_eq!((content.len(), content[0]), (parts << 20, 7));
    }
}

#[tokio::test]
async fn a_time_is_that_of_the_clock_and_none_is_too_early() {
    let (to, mut from) = mpsc::channel(2);
    let mut zip = Zip::new(to);
    for (name, at) in
        [("now.txt", "2026-11-30T23:59:58Z".parse().unwrap()), ("early.txt", DateTime::UNIX_EPOCH)]
    {
        zip.begin(name, Packing::Stored, at).unwrap();
    }
    zip.end().await.unwrap();
    let file = from.recv().await.unwrap().unwrap();
    let mut archive = ZipArchive::new(Cursor::new(file)).unwrap();
    let told = archive.by_name("now.txt").unwrap().last_modified().unwrap();
    assert_eq!((told.year(), told.month(), told.day(), told.hour()), (2026, 11, 30, 23));
    assert_eq!(archive.by_name("early.txt").unwrap().last_modified().unwrap().year(), 1980);
}

#[test]
fn a_few_accounts_have_a_turn_and_each_of_them_one() {
    let turns = Turns::default();
    let accounts: Vec<_> = (0..5).map(|_| AccountId::new()).collect();
    let mut held: Vec<_> = accounts[..4].iter().map(|&id| turns.begin(id)).collect();
    assert!(held.iter().all(Option::is_some));
    assert!(turns.begin(accounts[4]).is_none(), "too many");
    held.pop();
    assert!(turns.begin(accounts[0]).is_none(), "twice");
    assert!(turns.begin(accounts[4]).is_some());
    drop(held);
    assert_eq!(turns.count(), 0);
}

#[test]
fn a_name_is_safe_on_every_system_and_still_readable() {
    for (title, expected) in [
        ("Our bees", "0007-Our-bees.html"),
        ("Łąka i Ökologie", "0007-Łąka-i-Ökologie.html"),
        ("Юлия: Αθήνα?", "0007-Юлия-Αθήνα.html"),
        ("e\u{301}te\u{301}", "0007-été.html"),
        ("हिन्दी", "0007-हिन्दी.html"),
        ("../../etc/passwd", "0007-etc-passwd.html"),
        ("C:\\Windows\\con", "0007-C-Windows-con.html"),
        ("con", "0007-con.html"),
        ("evil\u{202e}fdp.exe", "0007-evil-fdp-exe.html"),
        ("a\u{200b}\u{0}\n<b>|*\"", "0007-a-b.html"),
        (" . ", "0007.html"),
        ("🐝", "0007.html"),
    ] {
        assert_eq!(name::page(7, title), expected, "{title:?}");
    }
    assert_eq!(name::page(7, &"ą".repeat(500)), format!("0007-{}.html", "ą".repeat(60)));
}

#[test]
fn the_content_decides_the_extension() {
    assert_eq!(name::media(1, "bees.JPG", "image/jpeg"), "0001-bees.jpg");
    assert_eq!(name::media(1, "bees.html", "image/png"), "0001-bees-html.png");
    assert_eq!(name::media(1, "bees", "text/html"), "0001-bees.bin");
}

#[test]
fn an_address_has_no_other_meaning() {
    assert_eq!(name::address("media/0001-Ł#%?.jpg"), "media/0001-%C5%81%23%25%3F.jpg");
}

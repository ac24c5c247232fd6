//! Films and documents tell nobody where they were taken.

use std::io::{Cursor, Read, Write};

use image::{ImageDecoder, ImageFormat};
use serde_json::json;
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::{
    inside::media::{atom, encoded, film, has, picture},
    support::{TestApp, on_both_databases},
};

use super::{Desk, TURNED, frames};

on_both_databases! {
    async fn films_of_cameras_are_taken_and_tell_no_place(app: TestApp) {
        let desk = Desk::of(&app).await;
        let whole = film();
        let head = atom(b"ftyp", b"isom\0\0\0\0isom").len();
        let inner = &whole[head..];
        let movie = u32::from_be_bytes(inner[..4].try_into().unwrap()) as usize;
        let (movie, frames) = inner.split_at(movie);
        for before in [&b""[..], &atom(b"wide", b""), &atom(b"free", b"52.2297"), &atom(b"skip", b"")] {
            for order in [[movie, frames], [frames, movie]] {
                let content = [before, order[0], order[1]].concat();
                let media = desk.takes("a.mov", &content, "video/quicktime").await;
                assert!(!has(&desk.serves(&media["url"]).await, "52.2297"));
            }
        }
        for after in [&[0; 4][..], &[0; 8], &[0; 5000], b"\0\0\0\x40trsh", b"made by a camera"] {
            let media = desk.takes("a.mp4", &[&whole[..], after].concat(), "video/mp4").await;
            assert_eq!(media["bytes"], json!(f64::from(u32::try_from(whole.len()).unwrap())), "{after:?}");
        }
        for cut in [whole.len() - 1, whole.len() - 4000, head + 50] {
            desk.refuses("a.mp4", &whole[..cut], "is truncated").await;
        }
        let begun = atom(b"moof", &[0; 90]);
        desk.refuses("a.mp4", &[&whole[..], &begun[..60]].concat(), "is truncated").await;
        // Subtitles, and texts of tracks and of fragments.
        for (name, content) in [
            ("subtitles.mp4", &include_bytes!("../../fuzz/corpus/film/subtitles.mp4")[..]),
            ("camera.mov", include_bytes!("../../fuzz/corpus/film/camera.mov")),
            ("fragments.mp4", include_bytes!("../../fuzz/corpus/film/fragments.mp4")),
        ] {
            assert!(has(content, "52.2297N"));
            let media = desk.adds(name, content).await.unwrap();
            let served = desk.serves(&media["url"]).await;
            assert_eq!(served.len(), content.len());
            assert!(!has(&served, "52.2297N"), "{name}");
            assert!(has(&served, &"\u{7}".repeat(40)), "{name} has lost its frames");
        }
    }

    // T-03
    async fn what_dashboard_cameras_write_between_the_frames_goes(app: TestApp) {
        let desk = Desk::of(&app).await;
        let block = |place: &[u8]| [&[0, 0, 0x40, 0][..], b"freeGPS ", place, &[9; 0x4000 - 12 - 8]].concat();
        let head = atom(b"ftyp", b"isom\0\0\0\0isom");
        let handler = [&[0; 8][..], b"vide", &[0; 12]].concat();
        let track = atom(b"trak", &atom(b"mdia", &atom(b"hdlr", &handler)));
        let place = u32::try_from(head.len() + 8 + 100).unwrap();
        // One is in the list, one begins with what all do, and one is across what is read at once.
        let listed = [&[6; 30][..], b"52.2297N"].concat();
        let mut frames = [&[7; 100][..], &listed, &[7; 50], &block(b"52.2297N"), &[7; 50]].concat();
        frames.resize((1 << 20) - 6, 7);
        frames.extend(block(b"52.2297N"));
        frames.extend([7; 50]);
        let list = [[0; 4], [0, 0, 0, 1], place.to_be_bytes(), [0, 0, 0, 38]].concat();
        let movie = [atom(b"mvhd", &[0; 100]), track, atom(b"gps ", &list)].concat();
        let content = [head, atom(b"mdat", &frames), atom(b"moov", &movie)].concat();
        let media = desk.takes("a.mp4", &content, "video/mp4").await;
        let served = desk.serves(&media["url"]).await;
        assert_eq!(served.len(), content.len());
        assert!(!has(&served, "52.2297N") && !has(&served, "GPS"));
        let sevens = |bytes: &[u8]| bytes.split(|byte| *byte == 7).count();
        assert_eq!(sevens(&served), sevens(&content), "frames are lost");
    }

    // T-03: which side is up stays, and the place goes.
    async fn photos_in_documents_tell_no_place(app: TestApp) {
        let desk = Desk::of(&app).await;
        let place = "52.2297N";
        // Turned, and taken somewhere.
        let exif = [TURNED, b"52.2297N"].concat();
        let segment = |content: &[u8]| {
            let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
            [b"\xff\xe1", &length[..], content].concat()
        };
        let jpeg = encoded(&picture(40, 20), ImageFormat::Jpeg);
        let xmp = segment(b"http://ns.adobe.com/xap/1.0/\0<exif:GPSLatitude>52.2297N");
        let photo = [&jpeg[..2], &segment(&[b"Exif\0\0", &exif[..]].concat()), &xmp, &jpeg[2..]].concat();
        assert_eq!(photo.windows(8).filter(|bytes| *bytes == place.as_bytes()).count(), 2);
        let upright = |photo: &[u8]| {
            assert!(!has(photo, place));
            let mut decoder = image::ImageReader::with_format(Cursor::new(photo), ImageFormat::Jpeg).into_decoder().unwrap();
            assert_eq!(decoder.orientation().unwrap(), image::metadata::Orientation::Rotate90);
        };
        let pack = |names: &[&str], kind: &str| {
            let mut package = ZipWriter::new(Cursor::new(Vec::new()));
            let options = |method| SimpleFileOptions::default().compression_method(method);
            if !kind.is_empty() {
                package.start_file("mimetype", options(CompressionMethod::Stored)).unwrap();
                package.write_all(kind.as_bytes()).unwrap();
            }
            for name in names {
                let (photo, method) = match name.rsplit_once('.') {
                    Some((_, "jpeg")) => (&photo[..], CompressionMethod::Stored),
                    Some((_, "dat")) => (&photo[..], CompressionMethod::Deflated),
                    _ => (&b"<?xml version='1.0'?><a>52 bees</a>"[..], CompressionMethod::Deflated),
                };
                package.start_file(*name, options(method)).unwrap();
                package.write_all(photo).unwrap();
            }
            package.finish().unwrap().into_inner()
        };
        let names = ["[Content_Types].xml", "word/document.xml", "word/media/image1.jpeg", "word/media/photo.dat"];
        let open = "application/vnd.oasis.opendocument.text";
        for (name, content, kind) in [
            ("a.docx", pack(&names, ""), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
            ("a.odt", pack(&["content.xml", "Pictures/1.jpeg", "Pictures/2.dat"], open), open),
        ] {
            let media = desk.takes(name, &content, kind).await;
            let served = desk.serves(&media["url"]).await;
            let mut package = ZipArchive::new(Cursor::new(&served)).unwrap();
            let mut before = ZipArchive::new(Cursor::new(&content)).unwrap();
            assert_eq!(package.len(), before.len());
            for at in 0..package.len() {
                let (mut kept, mut old) = (Vec::new(), Vec::new());
                let mut entry = package.by_index(at).unwrap();
                let name = entry.name().unwrap().into_owned();
                entry.read_to_end(&mut kept).unwrap();
                let mut entry = before.by_index(at).unwrap();
                assert_eq!(entry.name().unwrap(), name);
                entry.read_to_end(&mut old).unwrap();
                match old == photo {
                    true => upright(&kept),
                    false => assert_eq!(kept, old, "{name}"),
                }
            }
        }
        let begin = format!("%PDF-1.4\n1 0 obj\n<</Filter/DCTDecode/Length {}>>stream\n", photo.len());
        let pdf = [begin.as_bytes(), &photo, b"\nendstream endobj\nxref\n0 1\ntrailer\n<</Root 1 0 R>>\nstartxref\n45\n%%EOF\n"].concat();
        let media = desk.takes("a.pdf", &pdf, "application/pdf").await;
        let served = desk.serves(&media["url"]).await;
        assert_eq!(served.len(), pdf.len());
        upright(&served[begin.len()..begin.len() + photo.len()]);
        let sound = [b"ID3\x03\0\0\0\0\x10\0APIC", &photo[..], &[0; 3000], &frames(4)].concat();
        let media = desk.takes("a.mp3", &sound, "audio/mpeg").await;
        assert!(!has(&desk.serves(&media["url"]).await, place));

        // Where the bytes of the cover are not as they are in a photo, the tag goes.
        let frame = |id: &[u8], flags: u8| [id, &[0, 0, 7, 0, 0, flags], place.as_bytes()].concat();
        let hidden = [
            (3, 0x80, frame(b"APIC", 0)),
            (3, 0, frame(b"APIC", 0x80)),
            (3, 0, frame(b"GEOB", 0x40)),
            (4, 0, frame(b"APIC", 0x03)),
            (4, 0x10, frame(b"APIC", 0x08)),
            (4, 0, [frame(b"APIC", 0), b"\0\0\0\x08eXIf".to_vec()].concat()),
            (2, 0x80, [b"PIC\0\0\x20", place.as_bytes()].concat()),
        ];
        let tag = |version, flags, body: &[u8]| {
            [b"ID3", &[version, 0, flags, 0, 0, 16, 0][..], body, &vec![0; 2048 - body.len()]].concat()
        };
        for (version, flags, body) in hidden {
            let sound = [tag(version, flags, &body), frames(4), tag(version, flags, &body)].concat();
            let media = desk.takes("a.mp3", &sound, "audio/mpeg").await;
            let served = desk.serves(&media["url"]).await;
            assert_eq!(served.len(), sound.len());
            assert!(!has(&served, place), "{version} {flags} {body:?}");
        }
        // Other tags stay.
        let sound = [tag(3, 0x80, &frame(b"TIT2", 0)), frames(4)].concat();
        let media = desk.takes("a.mp3", &sound, "audio/mpeg").await;
        assert!(desk.serves(&media["url"]).await == sound);
    }
}

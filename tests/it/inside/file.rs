//! Files as written by phones, cameras, scanners and office programs (T-03): complete files are
//! accepted, truncated ones rejected, and orientation, animation and colours are preserved.

use std::{
    io::{Cursor, Read, Write},
    sync::Arc,
};

use image::{
    AnimationDecoder, DynamicImage, ImageDecoder, ImageEncoder, ImageFormat, Rgb, RgbImage,
    codecs::{jpeg::JpegEncoder, png::PngDecoder},
};
use moxcms::ColorProfile;
use serde_json::{Value, json};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::{
    inside::media::{add, atom, crc, encoded, film, has, here, people, picture},
    server::wire::Wire,
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
        play::verdict,
    },
};

struct Desk {
    wire: Wire,
    space: Space,
    pupil: Person,
}

impl Desk {
    async fn of(app: &TestApp) -> Self {
        let (space, pupil, _) = people(app).await;
        Self { wire: Wire::of(Arc::clone(app)).await, space, pupil }
    }

    /// Adds a file; returns the media, or what is wrong.
    async fn adds(&self, name: &str, content: &[u8]) -> Result<Value, String> {
        let mut answer = add(&self.wire, &self.pupil, &self.space, name, content, &[]).await;
        match verdict(&answer).as_str() {
            "OK" => Ok(answer["data"]["addMedia"]["media"].take()),
            _ => Err(answer["errors"].to_string()),
        }
    }

    async fn serves(&self, link: &Value) -> Vec<u8> {
        self.wire
            .client
            .get(here(&self.wire, link))
            .send()
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap()
            .to_vec()
    }

    async fn takes(&self, name: &str, content: &[u8], kind: &str) -> Value {
        let media = self.adds(name, content).await.unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(media["contentType"], kind, "{name}");
        media
    }

    async fn refuses(&self, name: &str, content: &[u8], why: &str) {
        let told = self.adds(name, content).await.expect_err(name);
        assert!(told.contains(why), "{name}: {told}");
    }
}

/// A TIFF structure with one entry: turned to the right.
const TURNED: &[u8] = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";

fn riff(name: &[u8], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_le_bytes();
    let odd = &[0][..content.len() % 2];
    [name, &length, content, odd].concat()
}

/// A WebP with these additional chunks.
fn webp(image: &DynamicImage, flags: u8, before: &[u8], after: &[u8]) -> Vec<u8> {
    let plain = encoded(image, ImageFormat::WebP);
    let side = |side: u32| (side - 1).to_le_bytes()[..3].to_vec();
    let head = [&[flags, 0, 0, 0][..], &side(image.width()), &side(image.height())].concat();
    let body = [b"WEBP", &riff(b"VP8X", &head)[..], before, &plain[12..], after].concat();
    riff(b"RIFF", &body)
}

fn chunk(name: &[u8], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let named = [name, content].concat();
    [&length[..], &named, &crc(&named).to_be_bytes()].concat()
}

/// An animated PNG with this number of frames.
fn moving(frames: u32) -> Vec<u8> {
    let still = encoded(&picture(20, 10), ImageFormat::Png);
    let mut png = still[..33].to_vec();
    png.extend(chunk(b"acTL", &[frames.to_be_bytes(), [0; 4]].concat()));
    let mut pixels = Vec::new();
    let mut at = 33;
    while at < still.len() {
        let length = u32::from_be_bytes(still[at..at + 4].try_into().unwrap()) as usize;
        if &still[at + 4..at + 8] == b"IDAT" {
            pixels.extend(&still[at + 8..at + 8 + length]);
        }
        at += length + 12;
    }
    let mut number = 0_u32;
    let mut next = || {
        number += 1;
        (number - 1).to_be_bytes()
    };
    for frame in 0..frames {
        let size =
            [20_u32.to_be_bytes(), 10_u32.to_be_bytes(), [0; 4], [0; 4], [0, 1, 0, 10]].concat();
        png.extend(chunk(b"fcTL", &[&next()[..], &size, &[0, 0]].concat()));
        match frame {
            0 => png.extend(chunk(b"IDAT", &pixels)),
            _ => png.extend(chunk(b"fdAT", &[&next()[..], &pixels].concat())),
        }
    }
    png.extend(chunk(b"tEXt", b"Place\x0052.2297N"));
    png.extend(chunk(b"IEND", b""));
    png
}

/// A JPEG with a wide-gamut profile, all green, rotated or not.
fn wide(profile: &[u8], turned: bool) -> Vec<u8> {
    let image = RgbImage::from_pixel(40, 20, Rgb([0, 200, 0]));
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 95);
    encoder.set_icc_profile(profile.to_vec()).unwrap();
    if turned {
        encoder.set_exif_metadata(TURNED.to_vec()).unwrap();
    }
    image.write_with_encoder(encoder).unwrap();
    bytes
}

/// So many frames of silence: MPEG 1, layer III, 128 kbit/s, 44.1 kHz.
fn frames(count: usize) -> Vec<u8> {
    [&[0xff, 0xfb, 0x90, 0][..], &[0; 413]].concat().repeat(count)
}

on_both_databases! {
    async fn what_is_whole_is_taken_and_what_is_broken_off_is_not(app: TestApp) {
        let desk = Desk::of(&app).await;
        let shot = picture(320, 240);
        let [jpeg, png, gif, webp] = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Gif, ImageFormat::WebP]
            .map(|format| encoded(&shot, format));
        let most = |bytes: &[u8]| bytes[..bytes.len() * 6 / 10].to_vec();
        for (name, whole, kind) in [
            ("a.jpg", &jpeg, "image/jpeg"),
            ("a.png", &png, "image/png"),
            ("a.gif", &gif, "image/gif"),
            ("a.webp", &webp, "image/webp"),
        ] {
            desk.takes(name, whole, kind).await;
            desk.refuses(name, &most(whole), "is truncated").await;
        }
        // Without their end markers.
        desk.takes("a.jpg", &jpeg[..jpeg.len() - 2], "image/jpeg").await;
        desk.takes("a.png", &png[..png.len() - 12], "image/png").await;
        desk.takes("a.gif", &gif[..gif.len() - 1], "image/gif").await;

        let pdf = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\nxref\n0 1\ntrailer\n<</Root 1 0 R>>\nstartxref\n45\n%%EOF\n";
        for (before, after) in [(&b""[..], 0), (b"\n", 0), (b"\xef\xbb\xbf", 0), (&[b'x'; 1000], 0), (b"", 7), (b"\n", 7)] {
            let content = [before, &pdf[..pdf.len() - after]].concat();
            desk.takes("a.pdf", &content, "application/pdf").await;
            desk.takes("a.pdf", &[&content[..], &[0; 4000]].concat(), "application/pdf").await;
        }
        desk.refuses("a.pdf", &most(pdf), "is truncated").await;
        desk.takes("a.txt", b"A PDF begins with %PDF-1.4.", "text/plain").await;
        desk.takes("a.txt", b"<3 our project", "text/plain").await;
        desk.takes("a.csv", b"bee;1\r\n\x1a\x1a", "text/csv").await;
        desk.refuses("a.txt", b"bee\x1a1", "neither plain text").await;
        // What to send instead is said.
        desk.refuses("a.bmp", b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0", "PNG").await;
        desk.refuses("a.doc", &[b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", &[0; 600][..]].concat(), "DOCX").await;
        desk.refuses("a.txt", b"<b>our project</b>", "file").await;
    }

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
            ("subtitles.mp4", &include_bytes!("../fuzz/corpus/film/subtitles.mp4")[..]),
            ("camera.mov", include_bytes!("../fuzz/corpus/film/camera.mov")),
            ("fragments.mp4", include_bytes!("../fuzz/corpus/film/fragments.mp4")),
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

    // T-03
    async fn what_only_begins_like_mp3_is_refused(app: TestApp) {
        let desk = Desk::of(&app).await;
        let tag = &b"ID3\x03\0\0\0\0\x01\0TIT2\0\0\0\x05\0\0\0Bees"[..];
        let noise: Vec<u8> = (0..50_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13).to_le_bytes()[0]).collect();
        for sound in [frames(4), frames(1), [tag, &[0; 100], &frames(4)].concat(), [&frames(4)[..], b"TAG", &[0; 125]].concat()] {
            desk.takes("a.mp3", &sound, "audio/mpeg").await;
        }
        for broken in [
            [tag, &[0; 9000]].concat(),
            [tag, &noise].concat(),
            [&frames(1)[..4], &noise].concat(),
            [&frames(1)[..], &noise[..500]].concat(),
            frames(1)[..300].to_vec(),
        ] {
            desk.refuses("a.mp3", &broken, "is not a readable MP3 recording").await;
        }
    }

    // T-03
    async fn a_film_whose_tracks_do_not_say_what_they_are_is_refused(app: TestApp) {
        let desk = Desk::of(&app).await;
        // What follows the box would be read as the kind, and is blanked then.
        let told = [atom(b"hdlr", &[0; 8]), atom(b"vide", b"soun")].concat();
        let track = atom(b"trak", &atom(b"mdia", &told));
        let movie = [atom(b"mvhd", &[0; 100]), track].concat();
        let content = [atom(b"ftyp", b"isom\0\0\0\0isom"), atom(b"moov", &movie), atom(b"mdat", &[7; 50])].concat();
        desk.refuses("a.mp4", &content, "is not a readable video").await;
    }

    async fn pictures_stand_upright_and_move_in_their_colours(app: TestApp) {
        let desk = Desk::of(&app).await;
        let shot = picture(40, 20);
        for prefix in [&b""[..], b"Exif\0\0"] {
            let exif = riff(b"EXIF", &[prefix, TURNED].concat());
            let media = desk.takes("a.webp", &webp(&shot, 8, b"", &exif), "image/png").await;
            assert_eq!((&media["width"], &media["height"]), (&json!(20), &json!(40)));
        }
        let png = encoded(&shot, ImageFormat::Png);
        let turned = [&png[..33], &chunk(b"eXIf", TURNED), &png[33..]].concat();
        let media = desk.takes("a.png", &turned, "image/png").await;
        assert_eq!(media["width"], 20);

        let media = desk.takes("a.png", &moving(3), "image/png").await;
        let served = desk.serves(&media["url"]).await;
        let frames = PngDecoder::new(Cursor::new(&served)).unwrap().apng().unwrap().into_frames();
        assert_eq!(frames.count(), 3);
        assert!(!has(&served, "52.2297N"));
        let three = moving(3);
        desk.refuses("a.png", &three[..three.len() - 60], "is truncated").await;
        let turned = [&three[..33], &chunk(b"eXIf", TURNED), &three[33..]].concat();
        desk.refuses("a.png", &turned, "would lose its animation").await;

        // Red and green are swapped, so that nobody can miss the profile.
        let mut swapped = ColorProfile::new_srgb();
        std::mem::swap(&mut swapped.red_colorant, &mut swapped.green_colorant);
        let profile = swapped.encode().unwrap();
        for turned in [false, true] {
            let media = desk.takes("a.jpg", &wide(&profile, turned), "image/jpeg").await;
            let served = desk.serves(&media["url"]).await;
            let mut decoder = image::ImageReader::with_format(Cursor::new(&served), ImageFormat::Jpeg)
                .into_decoder()
                .unwrap();
            assert_eq!(decoder.icc_profile().unwrap().as_ref(), Some(&profile));
            let thumbnail = desk.serves(&media["thumbnailUrl"]).await;
            let Rgb([red, green, _]) = image::load_from_memory(&thumbnail).unwrap().to_rgb8()[(5, 5)];
            assert!(red > 150 && green < 90, "the thumbnail is {red} red and {green} green");
        }
        let coloured = webp(&shot, 0x20, &riff(b"ICCP", &profile), b"");
        let media = desk.takes("a.webp", &coloured, "image/webp").await;
        assert!(has(&desk.serves(&media["url"]).await, "ICCP"));
    }

    async fn what_is_too_large_is_told_how_large_it_may_be(app: TestApp) {
        let desk = Desk::of(&app).await;
        let black = |width, height| {
            encoded(&DynamicImage::ImageLuma8(image::GrayImage::new(width, height)), ImageFormat::Png)
        };
        let media = desk.takes("wide.png", &black(13_000, 2_600), "image/png").await;
        assert_eq!((&media["width"], &media["height"]), (&json!(13_000), &json!(2_600)));
        desk.refuses("large.png", &black(9_000, 5_000), "45 megapixels").await;
        desk.refuses("large.png", &black(9_000, 5_000), "at most 44 megapixels").await;
        desk.refuses("long.png", &black(70_000, 1), "at most 65535").await;
    }

    async fn an_address_of_a_video_needs_no_scheme(app: TestApp) {
        let (space, pupil, _) = people(&app).await;
        for url in ["youtu.be/dQw4w9WgXcQ", "www.youtube.com/watch?v=dQw4w9WgXcQ"] {
            let input = json!({ "twinSpaceId": space.id.to_string(), "title": "Bees", "url": url, "picturedIds": [] });
            let added = app.does(&pupil, "addVideoLink", input, "media { videoUrl }").await;
            assert_eq!(added["media"]["videoUrl"], "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ");
        }
    }
}

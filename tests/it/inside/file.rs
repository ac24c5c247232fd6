//! Files as written by phones, cameras, scanners and office programs (T-03): complete files are
//! accepted, truncated ones rejected, and orientation, animation and colours are preserved.

use std::{io::Cursor, sync::Arc};

use image::{
    AnimationDecoder, DynamicImage, ImageDecoder, ImageEncoder, ImageFormat, Rgb, RgbImage,
    codecs::{jpeg::JpegEncoder, png::PngDecoder},
};
use moxcms::ColorProfile;
use serde_json::{Value, json};

use crate::{
    inside::media::{add, atom, crc, encoded, has, here, people, picture},
    server::wire::Wire,
    support::{
        TestApp,
        cast::{Person, Space},
        on_both_databases,
        play::verdict,
    },
};

mod place;

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

//! Determines the type of an uploaded file. The content decides, never the name (T-03); files of
//! listed types are sanitised, and all others are rejected.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, Read, Seek},
    path::Path,
};

use data_encoding::HEXLOWER;
use domain::{Error, error::Flaw};
use entity::MediaKind;
use sha2::{Digest, Sha256};

use super::{film, package, pdf, photo, picture, sound, words};

/// The maximum size of an image.
pub const IMAGE: u64 = 5 << 20;
/// The maximum size of a file that is neither image nor video.
pub const FILE: u64 = 20 << 20;
/// The maximum size of a video.
pub const VIDEO: u64 = 200 << 20;

/// A file that was inspected and sanitised.
#[derive(Debug)]
pub struct Content {
    /// The kind of media.
    pub kind: MediaKind,
    /// The media type.
    pub content_type: &'static str,
    /// What is stored.
    pub file: File,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 hash, in hexadecimal.
    pub sha256: String,
    /// Width and height of an image.
    pub size: Option<(u32, u32)>,
    /// A small JPEG of an image.
    pub thumbnail: Option<Vec<u8>>,
}

/// Why a file is rejected.
#[derive(Debug)]
pub enum Refusal {
    /// The file is unsuitable.
    Unfit(Flaw),
    /// The file cannot be read: an internal error.
    Fault(io::Error),
}

impl Refusal {
    /// The file is damaged, or ends too early.
    pub fn damaged(words: &'static str) -> Self {
        Self::Unfit(Flaw::Malformed(words.into()))
    }

    /// The file, or something in it, is of a kind that is not accepted.
    pub fn unsupported(words: impl Into<Cow<'static, str>>) -> Self {
        Self::Unfit(Flaw::Unsupported(words.into()))
    }

    /// The file would take too much memory or time, whatever its size.
    pub fn too_large(words: impl Into<Cow<'static, str>>) -> Self {
        Self::Unfit(Flaw::TooLarge { max: None, words: words.into() })
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // The file declares more than it contains.
            io::ErrorKind::UnexpectedEof => Self::damaged("is truncated"),
            _ => Self::Fault(error),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unfit(flaw) => Self::invalid("file", flaw),
            Refusal::Fault(error) => Self::internal(error),
        }
    }
}

/// The type suggested by the beginning of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guess {
    Image(picture::Format),
    /// MP4 and related formats: audio or video.
    Film,
    Typed(MediaKind, &'static str),
    /// PDF, with this number of bytes before it.
    Pdf(usize),
    Package,
    Words,
}

const UNKNOWN: &str = "has an unsupported format: send PNG, JPEG, GIF, WebP, MP4, WebM, Ogg, \
                       MP3, M4A, PDF, Office or OpenDocument files, text or CSV";

/// The beginning of Office files until 2003, and of newer ones with a password.
const OLD_OFFICE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Inspects and sanitises a file; `scratch` is the folder for rewritten files. Blocking.
pub fn examine(mut file: File, name: &str, scratch: &Path) -> Result<Content, Refusal> {
    let bytes = file.metadata()?.len();
    if bytes == 0 {
        return Err(Refusal::Unfit(Flaw::Missing("is empty".into())));
    }
    let mut head = Vec::new();
    file.rewind()?;
    (&mut file).take(8192).read_to_end(&mut head)?;
    let guess = guess(&head)?;
    let most = match guess {
        Guess::Image(_) => IMAGE,
        Guess::Film | Guess::Typed(MediaKind::Video, _) => VIDEO,
        _ => FILE,
    };
    fits(bytes, most)?;
    file.rewind()?;
    match guess {
        Guess::Image(format) => {
            let picture = picture::clean(&mut file, format, scratch)?;
            let size = Some((picture.width, picture.height));
            let thumbnail = Some(picture.thumbnail);
            let content = finish(picture.file, MediaKind::Image, picture.content_type)?;
            Ok(Content { size, thumbnail, ..content })
        }
        Guess::Film => {
            let (kind, content_type) = film::clean(&mut file, bytes)?;
            if kind == MediaKind::File {
                fits(bytes, FILE)?;
            }
            finish(file, kind, content_type)
        }
        Guess::Typed(kind, content_type) => {
            if content_type == "audio/mpeg" {
                sound::check(&mut file)?;
                // Its cover. What is stored is what would be taken: all is looked at again.
                let blank = |bytes: &mut [u8]| sound::empty_tags(bytes) | photo::blank(bytes);
                if photo::blank_in(&mut file, blank)? {
                    return examine(file, name, scratch);
                }
            }
            finish(file, kind, content_type)
        }
        Guess::Pdf(before) => match pdf::check(&mut file, bytes) {
            // A text about PDF.
            Err(_) if before > 0 && words::check(&mut file).is_ok() => {
                finish(file, MediaKind::File, words::content_type(name))
            }
            checked => {
                checked?;
                if photo::blank_in(&mut file, photo::blank)? {
                    return examine(file, name, scratch);
                }
                finish(file, MediaKind::File, "application/pdf")
            }
        },
        Guess::Package => {
            let content_type = package::check(&mut file, bytes, &head)?;
            match package::clean(&file, scratch)? {
                Some(anew) => examine(anew, name, scratch),
                None => finish(file, MediaKind::File, content_type),
            }
        }
        Guess::Words => {
            words::check(&mut file)?;
            finish(file, MediaKind::File, words::content_type(name))
        }
    }
}

/// A small JPEG of an image, for a person's picture; other files are rejected. Blocking.
pub fn portrait(mut file: File) -> Result<Vec<u8>, Refusal> {
    let bytes = file.metadata()?.len();
    if bytes == 0 {
        return Err(Refusal::Unfit(Flaw::Missing("is empty".into())));
    }
    let mut head = Vec::new();
    file.rewind()?;
    (&mut file).take(8192).read_to_end(&mut head)?;
    match guess(&head) {
        Ok(Guess::Image(format)) => {
            fits(bytes, IMAGE)?;
            picture::portrait(&mut file, format)
        }
        _ => Err(Refusal::unsupported("has an unsupported format: send PNG, JPEG, GIF or WebP")),
    }
}

fn fits(bytes: u64, most: u64) -> Result<(), Refusal> {
    if bytes <= most {
        return Ok(());
    }
    let words = format!("must not be larger than {} MiB", most >> 20).into();
    Err(Refusal::Unfit(Flaw::TooLarge { max: Some(most), words }))
}

fn guess(head: &[u8]) -> Result<Guess, Refusal> {
    use MediaKind::{File, Video};
    let starts = |magic: &[u8]| head.starts_with(magic);
    // Two letters prove nothing: a table may begin with BMW.
    let proof = |kind: &infer::Type| !matches!(kind.extension(), "bmp" | "exe" | "dll");
    let known = infer::get(head).filter(proof).map(|kind| kind.mime_type());
    Ok(match known {
        Some("image/png") => Guess::Image(picture::Format::Png),
        Some("image/jpeg") => Guess::Image(picture::Format::Jpeg),
        Some("image/gif") => Guess::Image(picture::Format::Gif),
        Some("image/webp") => Guess::Image(picture::Format::Webp),
        _ if film::begins(head) => Guess::Film,
        _ if starts(b"\x1a\x45\xdf\xa3") => match has(&head[..head.len().min(64)], b"webm") {
            true => Guess::Typed(Video, "video/webm"),
            false => return Err(Refusal::unsupported(UNKNOWN)),
        },
        _ if starts(b"OggS") => match head {
            page if has(page, b"\x80theora") => Guess::Typed(Video, "video/ogg"),
            page if has(page, b"\x01vorbis") || has(page, b"OpusHead") => {
                Guess::Typed(File, "audio/ogg")
            }
            _ => return Err(Refusal::unsupported(UNKNOWN)),
        },
        _ if starts(b"ID3") || is_mpeg_frame(head) => Guess::Typed(File, "audio/mpeg"),
        _ if starts(b"PK\x03\x04") => Guess::Package,
        _ if starts(OLD_OFFICE) => {
            return Err(Refusal::unsupported(
                "is in the format of old Office files and of those with a password: save it without \
                 one as DOCX, XLSX, PPTX or PDF",
            ));
        }
        None | Some("application/pdf") if pdf::begins(head).is_some() => {
            Guess::Pdf(pdf::begins(head).unwrap_or(0))
        }
        // Other known types are not accepted: programs, web pages, drawings with scripts.
        Some(_) => return Err(Refusal::unsupported(UNKNOWN)),
        None => Guess::Words,
    })
}

/// Whether some bytes contain others.
pub fn has(bytes: &[u8], searched: &[u8]) -> bool {
    position(bytes, searched).is_some()
}

/// The first position of some bytes within others.
pub fn position(bytes: &[u8], searched: &[u8]) -> Option<usize> {
    bytes.windows(searched.len()).position(|window| window == searched)
}

/// Whether this begins with an MPEG audio layer III frame.
fn is_mpeg_frame(head: &[u8]) -> bool {
    let [first, second, third, ..] = *head else { return false };
    let (bitrate, rate) = (third >> 4, (third >> 2) & 3);
    first == 0xff
        && second & 0xe6 == 0xe2
        && second & 0x18 != 0x08
        && !matches!(bitrate, 0 | 15)
        && rate != 3
}

/// Counts and hashes what is stored.
fn finish(mut file: File, kind: MediaKind, content_type: &'static str) -> Result<Content, Refusal> {
    file.rewind()?;
    let mut hash = Sha256::new();
    let mut bytes = 0;
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
    let sha256 = HEXLOWER.encode(&hash.finalize());
    Ok(Content { kind, content_type, file, bytes, sha256, size: None, thumbnail: None })
}

//! MP3: a file begins like one long before it is one, so that its first frames are read.

use std::{
    fs::File,
    io::{ErrorKind, Seek},
};

use symphonia_bundle_mp3::MpaReader;
use symphonia_core::{
    errors::Error,
    formats::{FormatOptions, FormatReader},
    io::{MediaSourceStream, MediaSourceStreamOptions},
};

use super::content::Refusal;

/// How many frames are read: each is followed by one like it, unless it is the last.
const FRAMES: usize = 3;

/// Reads the first frames, wherever they are behind the tags, and rejects what has none.
pub fn check(file: &mut File) -> Result<(), Refusal> {
    file.rewind()?;
    let source = Box::new(file.try_clone()?);
    let stream = MediaSourceStream::new(source, MediaSourceStreamOptions::default());
    let mut frames = MpaReader::try_new(stream, FormatOptions::default()).map_err(refusal)?;
    for _ in 0..FRAMES {
        if frames.next_packet().map_err(refusal)?.is_none() {
            break;
        }
    }
    Ok(file.rewind()?)
}

fn refusal(error: Error) -> Refusal {
    match error {
        Error::IoError(error) if error.kind() != ErrorKind::UnexpectedEof => error.into(),
        _ => Refusal::unfit("is not a readable MP3 recording"),
    }
}

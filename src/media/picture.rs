//! Images: decoded within limits, turned as they are meant to be seen, and written anew without
//! anything but the picture.
//!
//! JPEG and PNG are encoded again. GIF and WebP, which may move, keep their frames as they are and
//! lose every block that is no picture; that they can be decoded is tried.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Cursor, Read, Seek, Write},
    path::Path,
};

use image::{
    AnimationDecoder, DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits,
    codecs::{gif::GifDecoder, jpeg::JpegEncoder, png::PngEncoder, webp::WebPDecoder},
    metadata::Orientation,
};

use super::{
    content::{IMAGE, Refusal},
    gif, webp,
};

/// Most pixels of a side.
const SIDE: u32 = 12_000;
/// Most memory of a decoded image: 44 megapixels.
const MEMORY: u64 = 128 << 20;
/// Most pixels of all frames of a moving image.
const MOTION: u64 = 400_000_000;
/// The longer side of a thumbnail.
const THUMBNAIL: u32 = 320;
/// The longer side of the photo of a person.
const PORTRAIT: u32 = 256;

/// How an image is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF.
    Gif,
    /// WebP.
    Webp,
}

/// An image that holds nothing but the picture.
#[derive(Debug)]
pub struct Picture {
    /// The image.
    pub file: File,
    /// Its media type.
    pub content_type: &'static str,
    /// Its width.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// A small JPEG of it.
    pub thumbnail: Vec<u8>,
}

/// Reads an image and writes it anew, into a file without a name in `scratch`.
pub fn clean(file: &mut File, format: Format, scratch: &Path) -> Result<Picture, Refusal> {
    let source = read(file)?;
    let (image, orientation) = decode(&source, format)?;
    let mut file = BufWriter::new(tempfile::tempfile_in(scratch)?);
    let content_type = match (format, orientation) {
        (Format::Gif, _) => {
            let plain = gif::strip(&source)?;
            watch(GifDecoder::new(Cursor::new(&plain.bytes)), plain.frames, &image)?;
            file.write_all(&plain.bytes)?;
            "image/gif"
        }
        (Format::Webp, Orientation::NoTransforms) => {
            let plain = webp::strip(&source)?;
            if plain.frames > 0 {
                watch(WebPDecoder::new(Cursor::new(&plain.bytes)), plain.frames, &image)?;
            }
            file.write_all(&plain.bytes)?;
            "image/webp"
        }
        (Format::Jpeg, _) => {
            write_jpeg(&image, &mut file, 90)?;
            "image/jpeg"
        }
        // A WebP that lies on its side is turned, which only the decoded picture can be.
        (Format::Png | Format::Webp, _) => {
            image.write_with_encoder(PngEncoder::new(&mut file)).map_err(unreadable)?;
            "image/png"
        }
    };
    let file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    let (width, height) = (image.width(), image.height());
    Ok(Picture { file, content_type, width, height, thumbnail: small(&image, THUMBNAIL)? })
}

/// A small JPEG of an image, or of the first frame of a moving one.
pub fn portrait(file: &mut File, format: Format) -> Result<Vec<u8>, Refusal> {
    let (image, _) = decode(&read(file)?, format)?;
    small(&image, PORTRAIT)
}

fn read(file: &mut File) -> Result<Vec<u8>, Refusal> {
    let mut source = Vec::new();
    file.rewind()?;
    file.take(IMAGE + 1).read_to_end(&mut source)?;
    Ok(source)
}

/// Decodes the image, or the first frame of a moving one, and turns it the right way up.
fn decode(source: &[u8], format: Format) -> Result<(DynamicImage, Orientation), Refusal> {
    let format = match format {
        Format::Png => ImageFormat::Png,
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Gif => ImageFormat::Gif,
        Format::Webp => ImageFormat::WebP,
    };
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE);
    limits.max_image_height = Some(SIDE);
    limits.max_alloc = Some(MEMORY);
    let mut reader = ImageReader::with_format(BufReader::new(Cursor::new(source)), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    limits.check_dimensions(width, height).map_err(unreadable)?;
    limits.reserve(decoder.total_bytes()).map_err(unreadable)?;
    decoder.set_limits(limits).map_err(unreadable)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut image = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    image.apply_orientation(orientation);
    Ok((image, orientation))
}

/// Decodes every frame of a moving image once, within limits.
fn watch<'a>(
    decoder: image::ImageResult<impl AnimationDecoder<'a>>,
    frames: u64,
    first: &DynamicImage,
) -> Result<(), Refusal> {
    let area = u64::from(first.width()) * u64::from(first.height());
    if frames.saturating_mul(area) > MOTION {
        return Err(Refusal::unfit("has too many frames"));
    }
    for frame in decoder.map_err(unreadable)?.into_frames() {
        frame.map_err(unreadable)?;
    }
    Ok(())
}

/// A JPEG of an image, at most this long and wide; what is transparent becomes white.
fn small(image: &DynamicImage, side: u32) -> Result<Vec<u8>, Refusal> {
    let fits = image.width() <= side && image.height() <= side;
    let image = if fits { image.clone() } else { image.thumbnail(side, side) };
    let mut pixels = image.into_rgba8();
    for pixel in pixels.pixels_mut() {
        let [.., alpha] = pixel.0;
        for channel in &mut pixel.0[..3] {
            let over = u32::from(*channel) * u32::from(alpha) + 255 * u32::from(255 - alpha);
            *channel = u8::try_from(over / 255).unwrap_or(255);
        }
    }
    let mut jpeg = Vec::new();
    write_jpeg(&DynamicImage::ImageRgba8(pixels), &mut jpeg, 82)?;
    Ok(jpeg)
}

fn write_jpeg(image: &DynamicImage, to: impl Write, quality: u8) -> Result<(), Refusal> {
    let encoder = JpegEncoder::new_with_quality(to, quality);
    let written = match image {
        DynamicImage::ImageLuma8(gray) => gray.write_with_encoder(encoder),
        DynamicImage::ImageRgb8(colour) => colour.write_with_encoder(encoder),
        other => other.to_rgb8().write_with_encoder(encoder),
    };
    written.map_err(unreadable)
}

fn unreadable(error: image::ImageError) -> Refusal {
    use image::ImageError as E;
    match error {
        E::Limits(_) => Refusal::unfit("has more pixels than an image may have (44 megapixels)"),
        E::IoError(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            match error.raw_os_error() {
                Some(_) => Refusal::Fault(error),
                None => Refusal::unfit("is no image that can be read"),
            }
        }
        _ => Refusal::unfit("is no image that can be read"),
    }
}

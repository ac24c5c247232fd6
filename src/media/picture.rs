//! Images: decoded within limits, and stripped of everything but the picture and its colours.
//!
//! A rotated image is turned and encoded again; everything else keeps its pixels and frames
//! unchanged. All of them are decoded as a check.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Cursor, Read, Seek, Write},
    path::Path,
};

use image::{
    AnimationDecoder, DynamicImage, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits,
    codecs::{
        gif::GifDecoder,
        jpeg::JpegEncoder,
        png::{PngDecoder, PngEncoder},
        webp::WebPDecoder,
    },
    metadata::Orientation,
};
use zune_jpeg::zune_core::{bytestream::ZCursor, options::DecoderOptions};

use super::{
    colour::Profile,
    content::{IMAGE, Refusal},
    gif, jpeg, png, webp,
};

/// The maximum number of pixels per side: that of a JPEG.
const SIDE: u32 = 65_535;
/// The maximum number of pixels.
const PIXELS: u64 = 44_000_000;
/// The maximum memory of a decoded image: that many pixels with four channels of 8 bits.
const MEMORY: u64 = 4 * PIXELS;
/// The maximum number of pixels in all frames of an animation.
const MOTION: u64 = 400_000_000;
/// The longer side of a thumbnail.
const THUMBNAIL: u32 = 320;
/// The longer side of a person's photo.
const PORTRAIT: u32 = 256;

/// The encoding of an image.
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

/// An image stripped of everything but the picture.
#[derive(Debug)]
pub struct Picture {
    /// The image.
    pub file: File,
    /// The media type.
    pub content_type: &'static str,
    /// Its width.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// A small JPEG of the image.
    pub thumbnail: Vec<u8>,
}

/// An encoded image with nothing but its pixels, and what was removed.
pub struct Plain {
    /// The image.
    pub bytes: Vec<u8>,
    /// The number of frames, if it is animated.
    pub frames: u64,
    /// The EXIF data that was removed.
    pub exif: Option<Vec<u8>>,
    /// Whether the end marker was present.
    pub whole: bool,
}

struct Decoded {
    /// The image, or the first frame of an animation, upright.
    image: DynamicImage,
    /// Whether it had to be rotated.
    turned: bool,
    profile: Option<Profile>,
}

/// Reads an image and writes it without metadata, into an unnamed file in `scratch`.
pub fn clean(file: &mut File, format: Format, scratch: &Path) -> Result<Picture, Refusal> {
    let plain = strip(file, format)?;
    let Decoded { image, turned, profile } = decode(&plain, format)?;
    let mut file = BufWriter::new(tempfile::tempfile_in(scratch)?);
    let content_type = match format {
        Format::Jpeg if turned => {
            let profile = kept(profile.as_ref(), &image)?;
            write_jpeg(&image, &mut file, 90, profile)?;
            "image/jpeg"
        }
        // There is no encoder that preserves the quality of a WebP.
        Format::Png | Format::Webp if turned => {
            let mut encoder = PngEncoder::new(&mut file);
            if let Some(profile) = kept(profile.as_ref(), &image)? {
                encoder.set_icc_profile(profile).map_err(|_| lost("its colour profile"))?;
            }
            image.write_with_encoder(encoder).map_err(unreadable)?;
            "image/png"
        }
        _ => {
            file.write_all(&plain.bytes)?;
            match format {
                Format::Png => "image/png",
                Format::Jpeg => "image/jpeg",
                Format::Gif => "image/gif",
                Format::Webp => "image/webp",
            }
        }
    };
    let file = file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    let (width, height) = (image.width(), image.height());
    let thumbnail = small(&image, profile.as_ref(), THUMBNAIL)?;
    Ok(Picture { file, content_type, width, height, thumbnail })
}

/// A small JPEG of an image, or of the first frame of an animation.
pub fn portrait(file: &mut File, format: Format) -> Result<Vec<u8>, Refusal> {
    // The rest of the animation is not needed.
    let plain = Plain { frames: 0, ..strip(file, format)? };
    let Decoded { image, profile, .. } = decode(&plain, format)?;
    small(&image, profile.as_ref(), PORTRAIT)
}

fn strip(file: &mut File, format: Format) -> Result<Plain, Refusal> {
    let mut source = Vec::new();
    file.rewind()?;
    file.take(IMAGE + 1).read_to_end(&mut source)?;
    match format {
        Format::Png => png::strip(&source),
        Format::Jpeg => jpeg::strip(&source),
        Format::Gif => gif::strip(&source),
        Format::Webp => webp::strip(&source),
    }
}

/// Decodes the image and all its frames, and rotates it upright.
fn decode(plain: &Plain, format: Format) -> Result<Decoded, Refusal> {
    let kind = match format {
        Format::Png => ImageFormat::Png,
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Gif => ImageFormat::Gif,
        Format::Webp => ImageFormat::WebP,
    };
    let bytes = || BufReader::new(Cursor::new(&plain.bytes));
    let mut reader = ImageReader::with_format(bytes(), kind);
    reader.no_limits();
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    fits(&decoder)?;
    let mut limits = Limits::no_limits();
    // What decoders need besides the image.
    limits.max_alloc = Some(MEMORY * 2);
    decoder.set_limits(limits).map_err(unreadable)?;
    let profile = decoder.icc_profile().ok().flatten().and_then(Profile::read);
    let mut image = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    if !plain.whole {
        ends(&plain.bytes)?;
    }
    if plain.frames > 0 {
        let area = u64::from(image.width()) * u64::from(image.height());
        if plain.frames.saturating_mul(area) > MOTION {
            return Err(Refusal::too_large("has too many frames"));
        }
        match format {
            Format::Gif => watch(GifDecoder::new(bytes()).map_err(unreadable)?, plain)?,
            Format::Webp => watch(WebPDecoder::new(bytes()).map_err(unreadable)?, plain)?,
            Format::Png => {
                let decoder = PngDecoder::new(bytes()).and_then(PngDecoder::apng);
                watch(decoder.map_err(unreadable)?, plain)?;
            }
            Format::Jpeg => {}
        }
    }
    let orientation = orientation(plain);
    let turned = orientation != Orientation::NoTransforms;
    if turned && plain.frames > 1 {
        return Err(lost("its animation"));
    }
    image.apply_orientation(orientation);
    Ok(Decoded { image, turned, profile })
}

/// Rejects an image with more pixels than there is memory for.
fn fits(decoder: &impl ImageDecoder) -> Result<(), Refusal> {
    let (width, height) = decoder.dimensions();
    if width > SIDE || height > SIDE {
        let size = format!("has {width} × {height} pixels: each side must have at most {SIDE}");
        return Err(Refusal::too_large(size));
    }
    let (pixels, each) =
        (u64::from(width) * u64::from(height), u64::from(decoder.color_type().bytes_per_pixel()));
    let most = PIXELS.min(MEMORY / each);
    if pixels > most {
        let (has, most) = (pixels.div_ceil(1_000_000), most / 1_000_000);
        let kind = if each > 4 { " with 16 bits per channel" } else { "" };
        return Err(Refusal::too_large(format!(
            "has {width} × {height} pixels ({has} megapixels): an image{kind} must have at most \
             {most} megapixels"
        )));
    }
    Ok(())
}

/// The rotation of the image according to EXIF data, with or without the prefix that only JPEG
/// requires.
fn orientation(plain: &Plain) -> Orientation {
    let exif = plain.exif.as_deref().unwrap_or_default();
    let exif = exif.strip_prefix(b"Exif\0").map_or(exif, |exif| exif.get(1..).unwrap_or_default());
    Orientation::from_exif_chunk(exif).unwrap_or(Orientation::NoTransforms)
}

/// Rejects a JPEG that ends before its last pixel.
fn ends(jpeg: &[u8]) -> Result<(), Refusal> {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX);
    // Without the end marker, because otherwise an image with missing pixels would seem complete.
    let pixels = &jpeg[..jpeg.len() - 2];
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(pixels), options);
    decoder.decode().map(drop).map_err(|_| Refusal::damaged("is truncated"))
}

/// Decodes every frame of an animation once.
fn watch<'a>(decoder: impl AnimationDecoder<'a>, plain: &Plain) -> Result<(), Refusal> {
    let mut frames = 0;
    for frame in decoder.into_frames() {
        frame.map_err(unreadable)?;
        frames += 1;
    }
    match frames < plain.frames {
        true => Err(Refusal::damaged("is truncated")),
        false => Ok(()),
    }
}

/// The profile that a rotated image keeps.
fn kept(profile: Option<&Profile>, image: &DynamicImage) -> Result<Option<Vec<u8>>, Refusal> {
    match profile {
        Some(profile) if profile.is_print() => Err(lost("its colours for print (CMYK)")),
        Some(profile) if profile.fits(image.color()) => Ok(Some(profile.bytes.clone())),
        _ => Ok(None),
    }
}

/// What would be lost by rotating it.
fn lost(what: &str) -> Refusal {
    Refusal::unsupported(format!("is rotated, and would lose {what}: rotate it before sending it"))
}

/// A JPEG of an image in sRGB, at most this long and wide; transparent areas become white.
fn small(image: &DynamicImage, profile: Option<&Profile>, side: u32) -> Result<Vec<u8>, Refusal> {
    let fits = image.width() <= side && image.height() <= side;
    let image = if fits { image.clone() } else { image.thumbnail(side, side) };
    let shown = profile.and_then(|profile| profile.to_srgb(&image));
    let mut pixels = shown.unwrap_or_else(|| image.into_rgba8());
    for pixel in pixels.pixels_mut() {
        let [.., alpha] = pixel.0;
        for channel in &mut pixel.0[..3] {
            let over = u32::from(*channel) * u32::from(alpha) + 255 * u32::from(255 - alpha);
            *channel = u8::try_from(over / 255).unwrap_or(255);
        }
    }
    let mut jpeg = Vec::new();
    write_jpeg(&DynamicImage::ImageRgba8(pixels), &mut jpeg, 82, None)?;
    Ok(jpeg)
}

fn write_jpeg(
    image: &DynamicImage,
    to: impl Write,
    quality: u8,
    profile: Option<Vec<u8>>,
) -> Result<(), Refusal> {
    let mut encoder = JpegEncoder::new_with_quality(to, quality);
    if let Some(profile) = profile {
        encoder.set_icc_profile(profile).map_err(|_| lost("its colour profile"))?;
    }
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
        E::Limits(_) => Refusal::too_large("needs too much memory to be displayed"),
        E::IoError(error) if error.raw_os_error().is_some() => Refusal::Fault(error),
        E::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Refusal::damaged("is truncated")
        }
        _ => Refusal::damaged("is not a readable image"),
    }
}

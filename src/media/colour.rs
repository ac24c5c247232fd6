//! Colour profiles (ICC): they stay with their pictures, and images without one, such as
//! thumbnails, are converted to sRGB.

use image::{ColorType, DynamicImage, GrayAlphaImage, RgbaImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// The profile of a picture, as uploaded.
pub struct Profile {
    /// The bytes.
    pub bytes: Vec<u8>,
    read: ColorProfile,
}

impl Profile {
    /// A readable profile; an unreadable one is meaningless, and programs ignore it.
    pub fn read(bytes: Vec<u8>) -> Option<Self> {
        let read = ColorProfile::new_from_slice(&bytes).ok()?;
        Some(Self { bytes, read })
    }

    /// Whether it is for print.
    pub fn is_print(&self) -> bool {
        self.read.color_space == DataColorSpace::Cmyk
    }

    /// Whether it fits pixels of this type.
    pub fn fits(&self, pixels: ColorType) -> bool {
        match self.read.color_space {
            DataColorSpace::Rgb => pixels.has_color(),
            DataColorSpace::Gray => !pixels.has_color(),
            _ => false,
        }
    }

    /// A picture as it looks without a profile; `None` if this profile does not fit it.
    pub fn to_srgb(&self, image: &DynamicImage) -> Option<RgbaImage> {
        if !self.fits(image.color()) {
            return None;
        }
        let (layout, pixels) = match self.read.color_space {
            DataColorSpace::Gray => {
                (Layout::GrayAlpha, GrayAlphaImage::into_raw(image.to_luma_alpha8()))
            }
            _ => (Layout::Rgba, image.to_rgba8().into_raw()),
        };
        let srgb = ColorProfile::new_srgb();
        let options = TransformOptions::default();
        let transform =
            self.read.create_transform_8bit(layout, &srgb, Layout::Rgba, options).ok()?;
        let mut shown = RgbaImage::new(image.width(), image.height());
        transform.transform(&pixels, &mut shown).ok()?;
        Some(shown)
    }
}

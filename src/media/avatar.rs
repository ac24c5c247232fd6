//! Avatars: drawings to choose from instead of a photo. Six figures in four colours, each
//! drawn when it is first requested, and always the same: a URL always shows the same picture.

use std::{
    io::Cursor,
    sync::{LazyLock, OnceLock},
};

use image::{ImageFormat, Rgb, RgbImage};

/// The length of a side, in pixels.
const SIDE: u16 = 256;
/// The number of samples per pixel in each direction, for smooth edges.
const STEPS: u16 = 3;
/// The number of avatars.
const COUNT: usize = FIGURES.len() * COLOURS.len();

type Colour = [u8; 3];
/// Whether a point belongs to a figure. All are symmetrical: `x` is never negative. The centre is
/// (0, 0), and 1 is half a side; `y` grows downwards.
type Figure = fn(f32, f32) -> bool;

const FIGURES: [(&str, Figure); 6] = [
    ("bear", |x, y| disc(x, y, (0.0, 0.1, 0.62)) || disc(x, y, (0.46, -0.42, 0.23))),
    ("cat", |x, y| {
        let ear = x > 0.1 && y < 0.0 && y > -0.62 - (x - 0.5).abs() * 0.3 && x < 0.58;
        disc(x, y, (0.0, 0.1, 0.62)) || (ear && y > 0.15 - 1.65 * x)
    }),
    ("cloud", |x, y| {
        [(0.0, -0.2, 0.42), (0.42, 0.14, 0.36), (0.0, 0.16, 0.42)].iter().any(|&d| disc(x, y, d))
    }),
    ("flower", |x, y| x.hypot(y) < 0.6 + 0.16 * (5.0 * x.atan2(-y)).cos()),
    ("pebble", |x, y| (x / 0.74).powi(4) + (y / 0.6).powi(4) < 1.0),
    ("sun", |x, y| x.hypot(y) < 0.64 + 0.09 * (12.0 * x.atan2(-y)).cos()),
];

/// Colours: background, figure, cheeks.
const COLOURS: [(&str, [Colour; 3]); 4] = [
    ("coral", [[255, 228, 220], [240, 106, 90], [255, 168, 150]]),
    ("lagoon", [[214, 240, 242], [64, 168, 184], [150, 214, 222]]),
    ("meadow", [[230, 243, 212], [122, 178, 66], [190, 222, 140]]),
    ("plum", [[236, 222, 246], [146, 104, 196], [200, 168, 232]]),
];

const INK: Colour = [44, 40, 56];

/// The names of all avatars: `coral-bear`.
pub static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let name = |(figure, _): &(&str, Figure), (colour, _): &(&str, _)| format!("{colour}-{figure}");
    FIGURES.iter().flat_map(|figure| COLOURS.iter().map(move |c| name(figure, c))).collect()
});

/// Whether there is an avatar with this name.
pub fn is_known(name: &str) -> bool {
    NAMES.iter().any(|known| known == name)
}

/// An avatar as PNG.
pub fn png(name: &str) -> Option<&'static [u8]> {
    static DRAWN: [OnceLock<Vec<u8>>; COUNT] = [const { OnceLock::new() }; COUNT];
    let at = NAMES.iter().position(|known| known == name)?;
    let (_, figure) = FIGURES[at / COLOURS.len()];
    let (_, colours) = COLOURS[at % COLOURS.len()];
    Some(DRAWN[at].get_or_init(|| draw(figure, colours)))
}

fn draw(figure: Figure, colours: [Colour; 3]) -> Vec<u8> {
    let side = u32::from(SIDE);
    let image = RgbImage::from_fn(side, side, |x, y| {
        let mut sum = [0; 3];
        for (right, down) in (0..STEPS).flat_map(|r| (0..STEPS).map(move |d| (r, d))) {
            let colour = colour_at(along(x, right).abs(), along(y, down), figure, colours);
            for (sum, part) in sum.iter_mut().zip(colour) {
                *sum += u16::from(part);
            }
        }
        Rgb(sum.map(|sum| u8::try_from(sum / (STEPS * STEPS)).unwrap_or(u8::MAX)))
    });
    let mut png = Cursor::new(Vec::new());
    image.write_to(&mut png, ImageFormat::Png).expect("memory takes whatever is written to it");
    png.into_inner()
}

/// The position of a sample, from -1 to 1.
fn along(pixel: u32, step: u16) -> f32 {
    let steps = u16::try_from(pixel).unwrap_or(SIDE) * STEPS + step;
    (f32::from(steps) + 0.5) / f32::from(SIDE * STEPS) * 2.0 - 1.0
}

/// A figure with a face.
fn colour_at(x: f32, y: f32, figure: Figure, [ground, body, cheek]: [Colour; 3]) -> Colour {
    let smile = y > 0.2 && (0.2..0.27).contains(&x.hypot(y - 0.1));
    if smile || disc(x, y, (0.2, -0.02, 0.07)) {
        INK
    } else if disc(x, y, (0.36, 0.16, 0.08)) {
        cheek
    } else if figure(x, y) {
        body
    } else {
        ground
    }
}

/// Whether a point is in a disc with this centre and radius.
fn disc(x: f32, y: f32, (right, down, radius): (f32, f32, f32)) -> bool {
    (x - right).hypot(y - down) < radius
}

//! The media of the demo: pictures that are drawn here, a text, and a link to a video.

use std::{
    io::{Cursor, Write},
    sync::Arc,
};

use async_graphql::UploadValue;
use domain::{
    Error, Result, clock,
    inside::media::{self, Words},
};
use entity::{MediaId, ProjectId};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use super::people::People;
use crate::{app::App, media as objects};

/// Adds them to a TwinSpace. Returns what was uploaded, in the order below.
pub async fn add(app: &Arc<App>, people: &People, project: ProjectId) -> Result<Vec<MediaId>> {
    let mut added = Vec::new();
    for (who, title, description, file) in [
        (
            "zofia",
            "The comb of our first hive",
            "Golden cells, six-sided, seen from the front.",
            drawn(comb)?,
        ),
        (
            "angel",
            "Evening by the Guadalquivir",
            "The sun goes down over hills; one bee is late.",
            drawn(evening)?,
        ),
        (
            "maelle",
            "What we have counted",
            "Bees at the door in ten minutes, by the day.",
            b"day,bees\n1,212\n2,187\n3,240\n".to_vec(),
        ),
    ] {
        let words = Words { title: title.into(), description: description.into() };
        let mut content = app.storage.scratch().map_err(Error::internal)?;
        content.write_all(&file).map_err(Error::internal)?;
        let upload = UploadValue { filename: "bees.csv".into(), content_type: None, content };
        let who = people.actor(app, who, clock::now())?;
        let (id, _) = objects::add(app, who, project.into(), upload, words, &[], None).await?;
        added.push(id);
    }
    let words = Words {
        title: "How bees dance".into(),
        description: "A film in which a bee tells the others where the flowers are.".into(),
    };
    let player = "https://www.youtube-nocookie.com/embed/bFDGPgXtK-U".to_owned();
    let angel = people.actor(app, "angel", people.day(50))?;
    media::link(angel, project.into(), words, player, &[], None).await?;
    Ok(added)
}

const WIDTH: u32 = 800;
const HEIGHT: u32 = 500;

fn drawn(colour: fn(f32, f32) -> [f32; 3]) -> Result<Vec<u8>> {
    let mut image = RgbImage::new(WIDTH, HEIGHT);
    for (y, row) in (0_u16..).zip(image.rows_mut()) {
        for (x, pixel) in (0_u16..).zip(row) {
            let channels = colour(f32::from(x), f32::from(y));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is from 0 to 255"
            )]
            let channels = channels.map(|channel| (channel.clamp(0.0, 1.0) * 255.0) as u8);
            *pixel = Rgb(channels);
        }
    }
    let mut png = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(image).write_to(&mut png, ImageFormat::Png).map_err(Error::internal)?;
    Ok(png.into_inner())
}

/// The cells of a honeycomb, darker towards their walls.
fn comb(x: f32, y: f32) -> [f32; 3] {
    let (w, h) = (60.0, 104.0);
    let middle = |x: f32, y: f32| {
        let (dx, dy) = (x.rem_euclid(w) - w / 2.0, y.rem_euclid(h) - h / 2.0);
        dx.hypot(dy)
    };
    let wall = middle(x, y).min(middle(x + w / 2.0, y + h / 2.0)) / 36.0;
    let light = 1.0 - 0.55 * wall.powi(4);
    [0.98 * light, 0.72 * light, 0.16 * light]
}

/// A sun, hills, and a bee.
fn evening(x: f32, y: f32) -> [f32; 3] {
    let hill = 360.0 + 40.0 * (x / 130.0).sin() + 18.0 * (x / 47.0).cos();
    let far = |cx: f32, cy: f32| (x - cx).hypot(y - cy);
    if ((x - 240.0) / 13.0).hypot((y - 190.0) / 9.0) < 1.0 {
        let stripe = (x / 5.0).rem_euclid(2.0) < 1.0;
        return if stripe { [0.1, 0.08, 0.05] } else { [0.95, 0.75, 0.1] };
    }
    match y {
        y if y > hill => [0.16, 0.3 - (y - hill) / 900.0, 0.2],
        _ if far(560.0, 300.0) < 70.0 => [1.0, 0.86, 0.45],
        y => [0.95 - y / 2600.0, 0.45 + y / 1400.0, 0.42],
    }
}

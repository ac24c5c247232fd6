//! The diary entries of the demo's partners.

use domain::{Result, projects::diary};
use entity::{DiaryVisibility, ProjectId};

use super::people::People;
use crate::app::App;

/// The author, the visibility, the day, the title and the text.
type Entry = (&'static str, DiaryVisibility, i64, &'static str, &'static str);

const ENTRIES: &[Entry] = &[
    (
        "zofia",
        DiaryVisibility::Public,
        26,
        "The first flower",
        "The willow by the school gate is in bloom, and **the first bumblebee** is here.\n\n\
         We counted for ten minutes:\n\n\
         | who | how many |\n|---|---|\n| bumblebees | 3 |\n| honey bees | 11 |\n| flies that \
         pretend | 2 |\n\n\
         How to tell them apart: [a page of the museum](https://museum.example/bees).",
    ),
    (
        "angel",
        DiaryVisibility::Teachers,
        34,
        "What we would do differently",
        "## For teachers who plan the same\n\n\
         1. Agree on **one** way of counting before the first day.\n\
         2. Translate the names of the flowers together, it takes a whole lesson.\n\
         3. Keep a spare thermometer.",
    ),
    (
        "maelle",
        DiaryVisibility::Private,
        36,
        "For the support service",
        "We lost two weeks because of the move to the new building. The plan still holds.",
    ),
];

/// Writes the diary.
pub async fn write(app: &App, people: &People, project: ProjectId) -> Result<()> {
    for &(author, visibility, day, title, text) in ENTRIES {
        let author = people.actor(app, author, people.day(day))?;
        let words = [title.to_owned(), text.to_owned()];
        diary::write(author, project, words, visibility, None).await?;
    }
    Ok(())
}

//! The quality labels of the demo: one granted, one pending.

use domain::{Result, projects::label};
use entity::ProjectId;

use super::people::People;
use crate::app::App;

/// Two partners apply, and a support service decides.
pub async fn apply(app: &App, people: &People, project: ProjectId) -> Result<()> {
    let statement = "Both classes counted for eight weeks and compared what they found. The pupils \
                     wrote the pages themselves, in English, and presented them in the town hall.";
    let zofia = people.actor(app, "zofia", people.day(48))?;
    let id = label::apply(zofia, project, statement).await?;
    let word = Some("Careful work, and clearly the pupils' own.".to_owned());
    label::grant(people.actor(app, "katarzyna", people.day(52))?, id, word).await?;

    let statement = "The children of Sevilla and Gdynia worked in mixed groups from the first day.";
    let angel = people.actor(app, "angel", people.day(58))?;
    label::apply(angel, project, statement).await?;
    Ok(())
}

//! The quality labels of the demo: one granted, one pending.

use domain::{Result, projects::label};
use entity::ProjectId;

use super::people::People;
use crate::app::App;

/// Two partners apply, and a support service decides.
pub async fn apply(app: &App, people: &People, project: ProjectId) -> Result<()> {
    let seen = people.access(app, "zofia", project).await?;
    let statement = "Both classes counted for eight weeks and compared what they found. The pupils \
                     wrote the pages themselves, in English, and presented them in the town hall.";
    let id = label::apply(&app.db, &seen, statement, people.day(48)).await?;
    let seen = people.access(app, "katarzyna", project).await?;
    let word = Some("Careful work, and clearly the pupils' own.".to_owned());
    label::grant(&app.db, &seen, id, word, people.day(52)).await?;

    let seen = people.access(app, "angel", project).await?;
    let statement = "The children of Sevilla and Gdynia worked in mixed groups from the first day.";
    label::apply(&app.db, &seen, statement, people.day(58)).await?;
    Ok(())
}

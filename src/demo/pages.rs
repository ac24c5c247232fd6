//! The pages of the demo's TwinSpace: one public, two for members, one that pupils edit, a draft,
//! and an archived one.

use domain::{
    Error, Result,
    inside::page::{self, Change, Sharing},
};
use entity::{MediaId, PageId, PageVisibility, ProjectId, TwinSpaceRole};

use super::people::People;
use crate::app::App;

const WELCOME: &str = "\
Two schools, one on the **Baltic** and one on the **Guadalquivir**, watch the same insect for a
year: from the first flower to the last.

| | Gdynia | Sevilla |
|---|:-:|:-:|
| first bee seen | 3 April | 11 February |
| plants in flower | 14 | 31 |
| classes | 2 | 2 |

We write in English[^1]. More about bees: [Pollinators](https://en.wikipedia.org/wiki/Pollinator).

[^1]: And learn to count to ten in Polish and Spanish.
";

const PLAN: &str = "\
1. **February**: every class chooses a place to watch.
2. **March to May**: ten minutes a week, always at the same hour.
3. **June**: we compare, and draw the map.

- [x] choose the places
- [x] letters to the families
- [ ] first video call
- [ ] the map
";

const DIARY: &str = "\
*Write the date, the weather, and what you saw. First names only, no photos of faces.*

## 4 April, sunny, 12 °C

Three bees on the willow behind the school. One had yellow legs: pollen!

## 11 April, cloudy, 9 °C

No bees. ~~We were sad.~~ We counted flowers instead: 22.
";

/// Creates the pages, one of which shows media: a picture, and a table to download.
pub async fn make(app: &App, people: &People, project: ProjectId, media: &[MediaId]) -> Result<()> {
    use PageVisibility::{Draft, Members, Public};
    let [comb, _, counted, ..] = media else { return Err(Error::internal("no media to show")) };
    let welcome = write(app, people, project, ("zofia", 26), "Welcome", WELCOME, Public).await?;
    let change = Change {
        text: Some(format!(
            "{WELCOME}\n![Golden cells, six-sided](media:{comb} \"Our first hive\")\n\n\
             All numbers are in [a table](media:{counted}). ¡Bienvenidos! Witamy! Welcome!\n"
        )),
        ..Change::default()
    };
    page::edit(people.actor(app, "angel", people.day(27))?, welcome, 1, change).await?;

    write(app, people, project, ("angel", 28), "Our plan", PLAN, Members).await?;

    let diary = write(app, people, project, ("ioana", 40), "The bees' diary", DIARY, Draft).await?;
    let roles = vec![TwinSpaceRole::PupilAdmin, TwinSpaceRole::Pupil];
    let sharing = Sharing { visibility: Some(Members), members: None, roles: Some(roles) };
    page::share(people.actor(app, "ioana", people.day(40))?, diary, sharing).await?;

    let report = "## What we learned\n\n(To be written after the exhibition.)";
    write(app, people, project, ("zofia", 50), "Final report", report, Draft).await?;

    let call = "Monday at ten, Warsaw time. Bring *one* question.";
    let old = write(app, people, project, ("zofia", 44), "First video call", call, Members).await?;
    page::archive(people.actor(app, "zofia", people.day(52))?, old).await.map(drop)
}

async fn write(
    app: &App,
    people: &People,
    project: ProjectId,
    (author, day): (&str, i64),
    title: &str,
    text: &str,
    visibility: PageVisibility,
) -> Result<PageId> {
    let author = people.actor(app, author, people.day(day))?;
    let words = [title.to_owned(), text.trim().to_owned()];
    Ok(page::create(author, project.into(), words, visibility, None).await?.0)
}

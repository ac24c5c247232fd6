//! `twinspace recount`.

use domain::{accounts::password::Passwords, db::Db, members::member};
use serde::Serialize;

use super::{Failure, on_database, output::Output, refused};
use crate::config::Config;

/// What was corrected.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Corrected {
    twin_spaces: u64,
}

/// Counts the members of all TwinSpaces again, and copies their names, usernames and schools.
pub async fn run(config: Config, output: Output) -> Result<(), Failure> {
    let wrong = on_database(&config, async |db: &Db, _: &Passwords| {
        let wrong = member::stale(db).await?;
        member::renew(db).await?;
        Ok(wrong)
    });
    let text = |corrected: &Corrected| match corrected.twin_spaces {
        0 => "The kept numbers and names of members were right.".into(),
        wrong => format!(
            "The kept numbers or names of members were wrong for TwinSpaces: {wrong}. They are right now."
        ),
    };
    output.print(&Corrected { twin_spaces: wrong.await? }, text).map_err(refused)
}

//! `twinspace recount`.

use domain::{accounts::password::Passwords, db::Db, members::member};

use super::{Failure, on_database};
use crate::config::Config;

/// Counts the members of all TwinSpaces again, and copies their names and schools.
pub async fn run(config: Config) -> Result<(), Failure> {
    let wrong = on_database(&config, async |db: &Db, _: &Passwords| {
        let wrong = member::stale(db).await?;
        member::renew(db).await?;
        Ok(wrong)
    });
    match wrong.await? {
        0 => println!("The kept numbers and names of members were right."),
        wrong => println!(
            "The kept numbers or names of members were wrong for TwinSpaces: {wrong}. They are right now."
        ),
    }
    Ok(())
}

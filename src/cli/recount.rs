//! `twinspace recount`.

use domain::members::member;

use super::{Failure, open};
use crate::config::Config;

/// Counts the members of all TwinSpaces again, and copies their names and schools.
pub async fn run(config: Config) -> Result<(), Failure> {
    let (db, _) = open(&config).await?;
    let counted = async {
        let wrong = member::stale(&db).await?;
        member::renew(&db).await?;
        domain::Result::Ok(wrong)
    };
    match counted.await.map_err(|error| Failure::database(&error))? {
        0 => println!("The kept numbers and names of members were right."),
        wrong => println!(
            "The kept numbers or names of members were wrong for TwinSpaces: {wrong}. They are right now."
        ),
    }
    Ok(())
}

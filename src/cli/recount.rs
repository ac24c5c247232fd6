//! `twinspace recount`.

use domain::members::member;

use super::{Failure, open};
use crate::config::Config;

/// Counts the members of all TwinSpaces again.
pub async fn run(config: Config) -> Result<(), Failure> {
    let (db, _) = open(&config).await?;
    let counted = async {
        let wrong = member::miscounted(&db).await?;
        member::recount(&db).await?;
        domain::Result::Ok(wrong)
    };
    match counted.await.map_err(|error| Failure::database(&error))? {
        0 => println!("The numbers of members were right."),
        wrong => println!(
            "The numbers of members were wrong for TwinSpaces: {wrong}. They are right now."
        ),
    }
    Ok(())
}

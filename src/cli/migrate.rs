//! `twinspace migrate`.

use domain::db::Db;

use super::{Failure, output, refused};
use crate::config::Config;

/// Migrates the database.
pub async fn run(config: Config) -> Result<(), Failure> {
    let url = config.database.url(&config.data_dir);
    let migrated = async {
        let db = Db::open(&url, &config.database.settings()).await?;
        db.migrate().await?;
        db.close().await?;
        domain::Result::Ok(())
    };
    migrated.await.map_err(|error| Failure::database(&error))?;
    output::print("The database is up to date.\n").map_err(refused)
}

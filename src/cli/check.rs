//! `twinspace check`.

use domain::{
    db::{Damage, Db},
    members::member,
};

use super::{Failure, existing};
use crate::config::Config;

/// Checks the database for damage and reports it. Nothing is changed.
pub async fn run(config: Config) -> Result<(), Failure> {
    let url = existing(&config.database.url(&config.data_dir))?;
    let checked = async {
        let db = Db::open(&url, &config.database.settings()).await?;
        let found = db.check().await?;
        // What is damaged cannot be counted.
        let stale = if found.is_empty() { member::stale(&db).await? } else { 0 };
        db.close().await?;
        domain::Result::Ok((found, stale))
    };
    let (found, stale) = match checked.await {
        Ok(checked) => checked,
        Err(error) => (vec![Damage::behind(&error).ok_or_else(|| Failure::database(&error))?], 0),
    };
    if stale > 0 {
        return Err(Failure::found(format!(
            "The kept numbers or names of members are wrong for TwinSpaces: {stale}. Run `twinspace recount`."
        )));
    }
    for damage in &found {
        println!("{damage}");
    }
    match found.len() {
        0 if Db::file_of(&url).is_none() => println!(
            "The database responds and its indexes are valid. PostgreSQL checks its own files: \
             see data_checksums and pg_amcheck."
        ),
        0 => println!("The database is intact."),
        many => {
            let them =
                if many == 1 { "1 problem was".into() } else { format!("{many} problems were") };
            return Err(Failure::found(format!(
                "{them} found. Stop the server, keep a copy of the file, and restore the latest backup."
            )));
        }
    }
    Ok(())
}

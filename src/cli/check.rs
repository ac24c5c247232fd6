//! `twinspace check`.

use domain::db::{Damage, Db};

use super::Failure;
use crate::config::Config;

/// Checks the database for damage and reports it. Nothing is changed.
pub async fn run(config: Config) -> Result<(), Failure> {
    let url = config.database.url(&config.data_dir);
    if let Some(file) = Db::file_of(&url)
        && !file.is_file()
    {
        return Err(Failure::new(format!(
            "There is no database at {}. Check --database-url and --data-dir.",
            file.display()
        )));
    }
    let checked = async {
        let db = Db::open(&url, &config.database.settings()).await?;
        let found = db.check().await?;
        db.close().await?;
        domain::Result::Ok(found)
    };
    let found = match checked.await {
        Ok(found) => found,
        Err(error) => vec![Damage::behind(&error).ok_or_else(|| Failure::database(&error))?],
    };
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

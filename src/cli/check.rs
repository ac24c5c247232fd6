//! `twinspace check`.

use domain::{
    db::{Damage, Db},
    members::member,
};
use serde::Serialize;

use super::{DATABASE, Failure, existing, output::Output, refused};
use crate::config::Config;

/// What was found.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    /// Damage of the database, as sentences.
    damage: Vec<String>,
    /// The TwinSpaces whose kept numbers or names of members are wrong.
    stale_twin_spaces: u64,
}

/// Checks the database for damage and reports it. Nothing is changed.
pub async fn run(config: Config, output: Output) -> Result<(), Failure> {
    let url = existing(&config.database.url(&config.data_dir), DATABASE)?;
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
    let damage = found.iter().map(ToString::to_string).collect();
    let found = Found { damage, stale_twin_spaces: stale };
    let text = |found: &Found| match found.damage.is_empty() {
        true if stale > 0 => String::new(),
        true if Db::file_of(&url).is_none() => {
            "The database responds and its indexes are valid. PostgreSQL checks its own files: see \
             data_checksums and pg_amcheck."
                .into()
        }
        true => "The database is intact.".into(),
        false => found.damage.join("\n"),
    };
    output.print(&found, text).map_err(refused)?;
    if stale > 0 {
        return Err(Failure::found(format!(
            "The kept numbers or names of members are wrong for TwinSpaces: {stale}. Run `twinspace recount`."
        )));
    }
    let them = match found.damage.len() {
        0 => return Ok(()),
        1 => "1 problem was".to_owned(),
        many => format!("{many} problems were"),
    };
    Err(Failure::found(format!(
        "{them} found. Stop the server, keep a copy of the file, and restore the latest backup."
    )))
}

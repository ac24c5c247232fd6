//! `twinspace backup`, `twinspace restore` and `twinspace copy`.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Args;
use domain::{
    Error,
    db::{self, Db, Occupied},
};
use serde::Serialize;

use super::{
    DATABASE, Failure, existing,
    output::{Output, tell},
    refused,
};
use crate::{
    backup::{self, Manifest},
    config::Config,
    storage::Storage,
};

/// The flag that names what is copied.
const FROM: &str = "--from";

/// Where to write a backup.
#[derive(Args, Clone, Debug)]
pub struct Backup {
    /// The folder to create. Its parents are created as well.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// How to print the result.
    #[command(flatten)]
    pub output: Output,
}

/// What to restore.
#[derive(Args, Clone, Debug)]
pub struct Restore {
    /// The folder of the backup.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Check that the backup is complete and unchanged, and restore nothing.
    #[arg(long)]
    pub check: bool,
    /// How to print the result.
    #[command(flatten)]
    pub output: Output,
}

/// What to copy.
#[derive(Args, Clone, Debug)]
pub struct Copy {
    /// The URL of the database to copy: `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/NAME`.
    #[arg(long, env = "TWINSPACE_COPY_FROM", hide_env_values = true, value_name = "URL")]
    pub from: String,
    /// How to print the result.
    #[command(flatten)]
    pub output: Output,
}

/// What a backup contains.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Contents {
    created_at: DateTime<Utc>,
    version: String,
    tables: usize,
    rows: u64,
    media_files: u64,
    media_bytes: u64,
    media_missing: u64,
}

impl Contents {
    fn of(manifest: &Manifest) -> Self {
        Self {
            created_at: manifest.created_at,
            version: manifest.version.clone(),
            tables: manifest.tables.len(),
            rows: manifest.rows(),
            media_files: manifest.media.objects,
            media_bytes: manifest.media.bytes,
            media_missing: manifest.media.missing,
        }
    }
}

/// What was copied.
#[derive(Serialize)]
struct Copied {
    rows: u64,
}

impl Backup {
    /// Makes the backup.
    pub async fn run(self, config: Config) -> Result<(), Failure> {
        let url = existing(&config.database.url(&config.data_dir), DATABASE)?;
        let made = async {
            let storage = Storage::open(&config.media, &config.data_dir).await?;
            let db = Db::open(&url, &config.database.settings()).await?;
            let manifest = backup::write(&db, &storage, &self.folder, &say).await?;
            db.close().await?;
            domain::Result::Ok(manifest)
        };
        let manifest = made.await.map_err(|error| Failure::of("No backup was made", &error))?;
        let missing = manifest.media.missing;
        if missing > 0 {
            tell(&format!("Media files that are not in the storage: {missing}"));
        }
        let text = |made: &Contents| {
            let Contents { tables, rows, media_files, media_bytes, .. } = made;
            let folder = self.folder.display();
            format!(
                "{folder}: {rows} rows in {tables} tables, {media_files} media files ({media_bytes} bytes)"
            )
        };
        self.output.print(&Contents::of(&manifest), text).map_err(refused)
    }
}

impl Restore {
    /// Checks the backup, and restores it.
    pub async fn run(self, config: Config) -> Result<(), Failure> {
        let failed = |error| Failure::of("Nothing was restored", &error);
        let found = backup::Backup::open(&self.folder, &say).map_err(failed)?;
        let contents = Contents::of(found.manifest());
        let made = contents.created_at.format("%F %T UTC");
        if self.check {
            let text = |contents: &Contents| {
                format!("The backup of {made} by version {} is complete.", contents.version)
            };
            return self.output.print(&contents, text).map_err(refused);
        }
        let restored = async {
            let storage = Storage::open(&config.media, &config.data_dir).await?;
            let url = config.database.url(&config.data_dir);
            let db = Db::open(&url, &config.database.settings()).await?;
            let _alone = alone(&db)?;
            backup::restore(&found, &db, &storage, &say).await?;
            domain::Result::Ok(db)
        };
        bring_up_to_date(restored.await.map_err(failed)?).await?;
        let text = |contents: &Contents| {
            format!(
                "Restored the backup of {made}: {} rows and {} media files. Sessions and pending mails \
                 of that time are valid again.",
                contents.rows, contents.media_files
            )
        };
        self.output.print(&contents, text).map_err(refused)
    }
}

impl Copy {
    /// Copies the database.
    pub async fn run(self, config: Config) -> Result<(), Failure> {
        let (from, settings) = (existing(&self.from, FROM)?, config.database.settings());
        // What is set besides is about the other one.
        let of_source = db::Settings { flag: Some(FROM), direct_url: None, ..settings.clone() };
        let copied = async {
            let from = Db::open(&from, &of_source).await?;
            let _read_alone = alone(&from)?;
            let to = Db::open(&config.database.url(&config.data_dir), &settings).await?;
            let _written_alone = alone(&to)?;
            let rows = backup::transfer(&from, &to, &say).await?;
            from.close().await?;
            domain::Result::Ok((to, rows))
        };
        let (to, rows) = copied.await.map_err(|error| Failure::of("Nothing was copied", &error))?;
        bring_up_to_date(to).await?;
        let text = |copied: &Copied| format!("Copied {} rows. Media were not copied.", copied.rows);
        self.output.print(&Copied { rows }, text).map_err(refused)
    }
}

/// Reserves a SQLite file, which a server would not notice to have changed, or go on changing.
fn alone(db: &Db) -> domain::Result<Occupied> {
    let used = || Error::wrong("A server is using the SQLite file. Stop it first.");
    db.occupy()?.ok_or_else(used)
}

/// Migrates what was filled with rows of an older version.
async fn bring_up_to_date(db: Db) -> Result<(), Failure> {
    let done = async {
        db.migrate().await?;
        db.take_stock().await?;
        db.close().await
    };
    done.await.map_err(|error| {
        Failure::because(
            "All data is there, but it could not be brought up to date; try `twinspace migrate`",
            &error,
        )
    })
}

fn say(what: &str) {
    tell(what);
}

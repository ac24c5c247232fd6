//! A server with demo data, to try things out: people, projects in every state, a TwinSpace.
//!
//! Everything is done by the domain's own functions, as in real use, some days ago.

use std::{fs, path::PathBuf, sync::Arc};

use domain::{Result, db::Db};
use entity::account;
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::{
    app::App,
    config::{Config, database::Synchronous},
};

mod classes;
mod custody;
mod diary;
mod label;
mod media;
mod pages;
mod people;
mod story;
mod talk;

pub use classes::{PupilSignIn, SIGN_INS as PUPIL_SIGN_INS, count as pupil_count};
use people::People;
pub use people::{PASSWORD, SignIn, address, sign_ins};

/// What a database contains, as far as the demo is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// No data.
    Nothing,
    /// The demo, as it was created or as users have left it.
    Demo,
    /// A demo whose creation was interrupted.
    Unfinished,
    /// Other data.
    Strangers,
}

/// The settings of the demo: its own folder, in which mails and media remain.
pub fn settings(mut config: Config) -> Config {
    config.data_dir = config.data_dir.join("demo");
    // Its people do not exist, and their addresses receive nothing.
    config.mail.smtp_url = None;
    config.media.media_s3_bucket = None;
    config.database.sqlite_synchronous = Synchronous::Normal;
    config
}

/// Determines what the database contains.
pub async fn look(db: &Db) -> Result<Found> {
    let accounts = account::Entity::find().count(db.read()).await?;
    if accounts == 0 {
        return Ok(Found::Nothing);
    }
    let known = async |email: &str| -> Result<bool> {
        let of = account::Entity::with_email(email);
        Ok(of.count(db.read()).await? > 0)
    };
    Ok(match (known(people::FIRST).await?, known(people::LAST).await?) {
        (true, true) => Found::Demo,
        (true, false) => Found::Unfinished,
        (false, _) => Found::Strangers,
    })
}

/// The files of a demo on SQLite: the database, the mails and the media. `None` for another
/// database.
pub fn files(config: &Config) -> Option<Vec<PathBuf>> {
    let url = config.database.url(&config.data_dir);
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_suffix("?mode=rwc").unwrap_or(path);
    let path = path.strip_prefix("//").unwrap_or(path);
    let beside = ["", "-wal", "-shm"].map(|end| PathBuf::from(format!("{path}{end}")));
    let folders = ["mail", "media", "uploads"].map(|name| config.data_dir.join(name));
    Some(beside.into_iter().chain(folders).collect())
}

/// Deletes the files of a demo.
pub fn remove(files: &[PathBuf]) -> std::io::Result<()> {
    for path in files {
        let gone = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        match gone {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Fills an empty database, reporting with `progress` what it is doing.
pub async fn fill(app: &Arc<App>, progress: &(dyn Fn(&str) + Sync)) -> Result<()> {
    progress("people");
    let mut people = People::make(app).await?;
    progress("contacts and projects");
    let project = story::projects(app, &people).await?;
    progress("the TwinSpace");
    story::twin_space(app, &people, project).await?;
    progress(&format!("{} pupils", classes::count()));
    classes::invite(app, &people, project).await?;
    classes::ask(app, &people).await?;
    custody::colleagues(app, &people, project).await?;
    custody::takeover(app, &people).await?;
    progress("messages and pages");
    talk::talk(app, &people, project).await?;
    let media = media::add(app, &people, project).await?;
    pages::make(app, &people, project, &media).await?;
    diary::write(app, &people, project).await?;
    label::apply(app, &people, project).await?;
    progress("guests");
    story::guests(app, &mut people, project).await
}

//! The database and its clock.

use chrono::TimeDelta;
use domain::{
    clock,
    db::{About, Db, Schema},
};

use super::{Finding, Part, of_database};
use crate::{config::Config, proof::Prover};

/// What to do if it does not work.
pub const MEND: &str = "Check --database-url and --data-dir, and that the database is running.";

/// How far clocks may differ: links that expire would expire too early or too late.
const TOLERANCE: TimeDelta = TimeDelta::minutes(2);

/// Connections that the server needs besides those of the setting.
const OWN: u32 = 4;

/// Examines the database of the settings, if it exists; also returns its prover, if it has one.
pub async fn examine(config: &Config) -> (Vec<Finding>, Option<Prover>) {
    let url = config.database.url(&config.data_dir);
    if let Some(file) = Db::file_of(&url)
        && !file.exists()
    {
        let missing = Part::Database.warning(
            format!("There is no database at {} yet.", file.display()),
            "It is created by the first start. If there should be one, correct --database-url or \
             --data-dir.",
        );
        return (vec![missing], None);
    }
    let db = match Db::open(&url, &config.database.settings()).await {
        Ok(db) => db,
        Err(error) => return (vec![Part::Database.failed(&error, MEND)], None),
    };
    let found = of_database(&db, config).await;
    // Without tables there is none, which has been found.
    let prover = Prover::find(&db).await.ok().flatten();
    match db.close().await {
        Ok(()) => (found, prover),
        Err(error) => (vec![Part::Database.failed(&error.into(), MEND)], None),
    }
}

/// Judges what a database says about itself.
pub fn judge(about: &About, config: &Config) -> Vec<Finding> {
    let part = Part::Database;
    let version = &about.version;
    let mut found = match &about.schema {
        Schema::Ahead(step) => vec![part.problem(
            format!("A newer version of the server has migrated the database ({step})."),
            "Use that version again, or restore a backup that this version made.",
        )],
        Schema::Behind(steps) => vec![part.warning(
            format!("{version}: the database needs {steps} migrations."),
            "Back up; the next start migrates it, or `twinspace migrate`.",
        )],
        Schema::Empty => vec![part.ok(format!("{version}: the database has no tables yet."))],
        Schema::Current => vec![part.ok(format!("{version}: the tables are up to date."))],
    };
    if !about.writable {
        found.push(part.problem(
            "The database is read-only.",
            "Connect to the primary server and not to a standby; for SQLite, let the server's user \
             write the file, its folder and its disk.",
        ));
    } else if !about.owned {
        found.push(part.problem(
            "The user of the database may not create tables.",
            "Make it the owner: `ALTER DATABASE … OWNER TO …`.",
        ));
    }
    if !about.utf8 {
        found.push(part.problem(
            "The database cannot store all characters: its encoding is not UTF8.",
            "Recreate it with `createdb --encoding UTF8 --template template0`.",
        ));
    }
    let wanted = config.database.connections() + OWN;
    if let Some(most) = about.connections.filter(|&most| most < wanted) {
        found.push(part.problem(
            format!("The server may need {wanted} connections, and PostgreSQL accepts {most}."),
            "Lower --database-connections, or raise max_connections of PostgreSQL.",
        ));
    }
    found.extend(judge_clock(about));
    found
}

/// Compares the clock of this machine with the database's, and with the newest entry of the log.
fn judge_clock(about: &About) -> Option<Finding> {
    let now = clock::now();
    let mend = "Set the clock by a time server, such as with `timedatectl set-ntp true`.";
    if let Some(latest) = about.latest.filter(|&latest| latest - now > TOLERANCE) {
        return Some(Part::Clock.problem(
            format!("The clock says {now:.0?}, but something was already done at {latest:.0?}."),
            mend,
        ));
    }
    let theirs = about.clock?;
    Some(match (theirs - now).abs() {
        apart if apart > TOLERANCE => Part::Clock.problem(
            format!("The clock differs by {} s from the database's.", apart.num_seconds()),
            mend,
        ),
        _ => Part::Clock.ok("It agrees with the database's."),
    })
}

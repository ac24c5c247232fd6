//! Checks for damage in the database.

use std::collections::BTreeMap;

use futures_util::StreamExt;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, RuntimeErr, SqlxError, SqlxSqliteError,
    Statement, StreamTrait,
};

use crate::Error;

/// A finding of damage, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Damage(String);

impl Damage {
    /// The damage behind an error, where the file itself is the trouble.
    pub fn behind(error: &Error) -> Option<Self> {
        match error {
            Error::Internal(cause) | Error::Unavailable(_, cause) => {
                Self::of_database(cause.downcast_ref()?)
            }
            _ => None,
        }
    }

    /// The same of the database's error: the file is damaged, or no database.
    fn of_database(error: &DbErr) -> Option<Self> {
        let (DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause))) = error
        else {
            return None;
        };
        let SqlxError::Database(cause) = &**cause else { return None };
        cause.try_downcast_ref::<SqlxSqliteError>()?;
        let code = cause.code().and_then(|code| code.parse::<u32>().ok())?;
        // CORRUPT, NOTADB
        matches!(code & 0xff, 11 | 26)
            .then(|| Self(format!("The file cannot be read: {}.", cause.message())))
    }
}

/// SQLite checks its file, and for rows that refer to missing rows.
pub async fn sqlite(db: &DatabaseConnection) -> Result<Vec<Damage>, DbErr> {
    let ask =
        async |sql: &str| db.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await;
    let damaged = |error: DbErr| Damage::of_database(&error).ok_or(error);
    // The table or index to which a page belongs, by the number of its root page.
    let mut trees = BTreeMap::new();
    let known = ask("select rootpage, type, name from sqlite_schema where rootpage > 0").await;
    let known = match known {
        Ok(known) => known,
        Err(error) => return damaged(error).map(|damage| vec![damage]),
    };
    for row in known {
        let (kind, name): (String, String) = (row.try_get("", "type")?, row.try_get("", "name")?);
        trees.insert(row.try_get::<i64>("", "rootpage")?, format!("{kind} {name}"));
    }
    let (mut found, mut unread) = (Vec::new(), None);
    // What is damaged comes first; then the rows of each table are read, which fails on damage.
    let check = Statement::from_string(DbBackend::Sqlite, "pragma quick_check");
    let mut rows = db.stream_raw(check).await?;
    while let Some(row) = rows.next().await {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                unread = Some(damaged(error)?);
                break;
            }
        };
        let said: String = row.try_get_by_index(0)?;
        found.extend(said.lines().filter(|line| is_complaint(line)).map(|line| {
            Damage(match line.strip_prefix("Tree ").and_then(|tree| tree.split_once(' ')) {
                Some((tree, rest)) => match tree.parse().ok().and_then(|n| trees.get(&n)) {
                    Some(name) => format!("In the {name}: {rest}."),
                    None => format!("{line}."),
                },
                None => format!("{line}."),
            })
        }));
    }
    drop(rows);
    match ask("pragma foreign_key_check").await {
        Ok(rows) => {
            for row in rows {
                let (table, parent): (String, String) =
                    (row.try_get("", "table")?, row.try_get("", "parent")?);
                let sentence =
                    format!("In the table {table}: a row refers to a missing row in {parent}.");
                found.push(Damage(sentence));
            }
        }
        Err(error) => unread = Some(damaged(error)?),
    }
    if found.is_empty() {
        found.extend(unread);
    }
    Ok(found)
}

/// PostgreSQL checks what it reads, and enforces references itself; the broken objects that it
/// knows of are unfinished indexes.
pub async fn postgresql(db: &DatabaseConnection) -> Result<Vec<Damage>, DbErr> {
    let sql = "select indexrelid::regclass::text as name from pg_index where not indisvalid";
    let rows = db.query_all_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    rows.iter()
        .map(|row| {
            let name: String = row.try_get("", "name")?;
            Ok(Damage(format!("The index {name} is invalid: rebuild it with REINDEX.")))
        })
        .collect()
}

fn is_complaint(line: &str) -> bool {
    line != "ok" && !line.starts_with("***")
}

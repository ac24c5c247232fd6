//! Checks for damage in the database.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement};

/// A finding of damage, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Damage(String);

/// SQLite checks its file, and for rows that refer to missing rows.
pub async fn sqlite(db: &DatabaseConnection) -> Result<Vec<Damage>, DbErr> {
    let ask =
        async |sql: &str| db.query_all_raw(Statement::from_string(DbBackend::Sqlite, sql)).await;
    let damaged = |error: DbErr| vec![Damage(format!("The file could not be read: {error}."))];
    // The table or index to which a page belongs, by the number of its root page.
    let mut trees = BTreeMap::new();
    let known = ask("select rootpage, type, name from sqlite_schema where rootpage > 0").await;
    let known = match known {
        Ok(known) => known,
        Err(error) if is_damage(&error) => return Ok(damaged(error)),
        Err(error) => return Err(error),
    };
    for row in known {
        let (kind, name): (String, String) = (row.try_get("", "type")?, row.try_get("", "name")?);
        trees.insert(row.try_get::<i64>("", "rootpage")?, format!("{kind} {name}"));
    }
    let mut found = Vec::new();
    match ask("pragma quick_check").await {
        Ok(rows) => {
            for row in rows {
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
        }
        Err(error) if is_damage(&error) => found.extend(damaged(error)),
        Err(error) => return Err(error),
    }
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
        Err(error) if is_damage(&error) => found.extend(damaged(error)),
        Err(error) => return Err(error),
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

/// Whether the file itself is the problem: it is damaged, or not a database.
fn is_damage(error: &DbErr) -> bool {
    use sea_orm::{RuntimeErr, SqlxError};
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return false;
    };
    let SqlxError::Database(error) = &**error else { return false };
    let code = error.code().and_then(|code| code.parse::<u32>().ok());
    // CORRUPT, NOTADB
    code.is_some_and(|code| matches!(code & 0xff, 11 | 26))
}

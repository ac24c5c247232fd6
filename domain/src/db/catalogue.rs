//! What a database contains, by its own account: its migrations, tables and columns.

use std::collections::BTreeSet;

use entity::table::Table;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};

use crate::{Error, Result};

/// The table in which migrations are recorded.
const MIGRATIONS: &str = "seaql_migrations";

/// The columns of all tables; of what is computed, neither columns nor tables.
const SQLITE: &str = "select t.name, c.name from pragma_table_list t \
    join pragma_table_xinfo(t.name) c \
    where t.schema = 'main' and t.type = 'table' and t.name not like 'sqlite!_%' escape '!' \
    and c.hidden = 0";
const POSTGRESQL: &str = "select c.table_name::text, c.column_name::text \
    from information_schema.columns c join information_schema.tables t \
    using (table_schema, table_name) \
    where table_schema = current_schema() and table_type = 'BASE TABLE' \
    and is_generated = 'NEVER'";

/// The names of all migrations that this version of the program knows, in their order.
pub fn known_steps() -> Vec<String> {
    Migrator::get_migration_files().iter().map(|step| step.name().to_owned()).collect()
}

/// The names of the migrations that were applied to a database, in their order, and after them
/// those that this version does not know; none if it has no tables.
pub async fn steps(db: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    let backend = db.get_database_backend();
    let ask = async |sql: &str| db.query_all_raw(Statement::from_string(backend, sql)).await;
    let recorded = match backend {
        DbBackend::Postgres => "select 1 where to_regclass('seaql_migrations') is not null",
        _ => "select 1 from sqlite_schema where name = 'seaql_migrations'",
    };
    if ask(recorded).await?.is_empty() {
        return Ok(Vec::new());
    }
    let mut applied = Vec::new();
    for row in ask("select version from seaql_migrations order by version").await? {
        applied.push(row.try_get_by_index::<String>(0)?);
    }
    let known = known_steps();
    let place = |step: &String| known.iter().position(|name| name == step).unwrap_or(known.len());
    applied.sort_by_key(place);
    Ok(applied)
}

/// Checks that these are exactly the tables and columns of a database, so that none is left out.
pub async fn compare(db: &impl ConnectionTrait, tables: &[Table]) -> Result<()> {
    let found = columns(db).await?;
    let named = |table: &Table| {
        let name = table.name.clone();
        let columns: Vec<_> = table.columns.iter().map(|column| column.name.clone()).collect();
        columns.into_iter().map(move |column| (name.clone(), column))
    };
    let expected: BTreeSet<_> = tables.iter().flat_map(named).collect();
    match found.symmetric_difference(&expected).next() {
        None => Ok(()),
        Some((table, column)) => Err(Error::wrong(format!(
            "The tables of the database differ from those that this version knows, for example in \
             {table}.{column}. Use the version that last migrated the database, or run `twinspace \
             migrate` first."
        ))),
    }
}

/// A table that has rows; `None` if all are empty.
pub async fn filled(db: &impl ConnectionTrait) -> Result<Option<String>, DbErr> {
    let tables: BTreeSet<_> = columns(db).await?.into_iter().map(|(table, _)| table).collect();
    let backend = db.get_database_backend();
    for table in tables {
        let first = format!("select 1 from \"{}\" limit 1", table.replace('"', "\"\""));
        if db.query_one_raw(Statement::from_string(backend, first)).await?.is_some() {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

async fn columns(db: &impl ConnectionTrait) -> Result<BTreeSet<(String, String)>, DbErr> {
    let backend = db.get_database_backend();
    let sql = if backend == DbBackend::Postgres { POSTGRESQL } else { SQLITE };
    let rows = db.query_all_raw(Statement::from_string(backend, sql)).await?;
    let mut columns = BTreeSet::new();
    for row in rows {
        let (table, column): (String, String) =
            (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        if table != MIGRATIONS {
            columns.insert((table, column));
        }
    }
    Ok(columns)
}

//! Fills an empty database with rows, all of them or none.

use entity::table::Table;
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, Statement,
    sea_query::{Alias, Expr, Func, Query},
};

use super::{Db, Tx, catalogue, snapshot::Row};
use crate::{Error, Result};

/// The number of values in a statement: SQLite allows 32,766.
const VALUES: usize = 30_000;
/// The number of rows in a statement.
const ROWS: usize = 500;

/// An empty database that is being filled. Nothing remains unless it is finished.
#[derive(Debug)]
pub struct Load {
    tx: Tx,
}

impl Db {
    /// Begins to fill this database with rows from a database to which the migrations `steps` had
    /// been applied and which had these tables. Refuses a database that already has rows.
    pub async fn load(&self, steps: &[String], tables: &[Table]) -> Result<Load> {
        if !catalogue::known_steps().starts_with(steps) {
            return Err(Error::wrong(
                "The data is from a newer version of the program. Use that version or a later one.",
            ));
        }
        self.refuse_filled().await?;
        let applied = catalogue::steps(&self.reader).await?;
        let Some(missing) = steps.strip_prefix(&*applied) else {
            return Err(Error::wrong(
                "The data is from an older version of the program, and the database already has \
                 the tables of a newer one. Use a database without tables.",
            ));
        };
        self.migrate_by(u32::try_from(missing.len()).ok()).await?;
        let tx = self.begin().await?;
        catalogue::compare(&*tx, tables).await?;
        Ok(Load { tx })
    }

    /// Refuses a database that has rows.
    pub async fn refuse_filled(&self) -> Result<()> {
        match catalogue::filled(&self.reader).await? {
            None => Ok(()),
            Some(table) => Err(Error::wrong(format!(
                "The database is not empty: the table {table} has rows. Use a new one, or drop and \
                 recreate it if nothing in it is needed."
            ))),
        }
    }
}

impl Load {
    /// Prepares a table for its rows.
    pub async fn begin(&self, table: &Table) -> Result<()> {
        if table.kept_by_triggers {
            let mut delete = Query::delete();
            delete.from_table(Alias::new(&table.name));
            self.tx.execute(&delete).await?;
        }
        Ok(())
    }

    /// Writes rows of a table.
    pub async fn write(&self, table: &Table, rows: Vec<Row>) -> Result<()> {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let some = rows.by_ref().take(rows_at_once(table.columns.len()));
            let mut insert = Query::insert();
            insert.into_table(Alias::new(&table.name));
            insert.columns(table.columns.iter().map(|column| Alias::new(&column.name)));
            for row in some {
                let values = row.into_iter().map(Expr::val);
                insert.values(values).map_err(Error::internal)?;
            }
            self.tx.execute(&insert).await?;
        }
        Ok(())
    }

    /// The number of rows that a table now has.
    pub async fn count(&self, table: &Table) -> Result<u64> {
        let mut count = Query::select();
        count.expr(Func::count(Expr::col(sea_orm::sea_query::Asterisk)));
        count.from(Alias::new(&table.name));
        let row = self.tx.query_one(&count).await?;
        let row = row.ok_or_else(|| Error::internal("a count has a row"))?;
        u64::try_from(row.try_get_by_index::<i64>(0)?).map_err(Error::internal)
    }

    /// Keeps what was written. It may have to be migrated to the latest step.
    pub async fn finish(self) -> Result<()> {
        if self.tx.get_database_backend() == DbBackend::Postgres {
            continue_sequences(&self.tx).await?;
        }
        Ok(self.tx.commit().await?)
    }
}

/// The number of rows of so many columns in one statement.
pub(crate) fn rows_at_once(columns: usize) -> usize {
    (VALUES / columns.max(1)).clamp(1, ROWS)
}

/// PostgreSQL numbers rows by sequences, which have yet to learn of the rows that were written.
async fn continue_sequences(tx: &Tx) -> Result<(), DbErr> {
    let sql = "select format('select setval(%L, coalesce(max(%I), 0) + 1, false) from %I', \
         pg_get_serial_sequence(quote_ident(table_name), column_name), column_name, table_name) \
         from information_schema.columns where table_schema = current_schema() \
         and pg_get_serial_sequence(quote_ident(table_name), column_name) is not null";
    let ask = |sql: String| tx.query_all_raw(Statement::from_string(DbBackend::Postgres, sql));
    for row in ask(sql.into()).await? {
        ask(row.try_get_by_index(0)?).await?;
    }
    Ok(())
}

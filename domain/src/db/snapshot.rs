//! The rows of all tables at one moment, while others go on writing.

use std::ops::Deref;

use chrono::{DateTime, NaiveDate, Utc};
use entity::table::{self, Column, Kind, Table};
use futures_util::{StreamExt, stream::BoxStream};
use sea_orm::{
    AccessMode, DatabaseTransaction, DbErr, IsolationLevel, QueryResult, StreamTrait,
    TransactionOptions, TransactionTrait, Value,
    sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement},
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{Db, Engine, catalogue};
use crate::{Error, Result};

/// The values of a row, in the order of its table's columns.
pub type Row = Vec<Value>;

/// A database as it was at one moment.
#[derive(Debug)]
pub struct Snapshot {
    tx: DatabaseTransaction,
    steps: Vec<String>,
    tables: Vec<Table>,
}

impl Db {
    /// The database as it is now. It must have been migrated by this version.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        let options = match self.engine {
            // A transaction of SQLite sees what it saw first.
            Engine::Sqlite(_) => TransactionOptions::default(),
            Engine::Postgresql(_) => TransactionOptions {
                isolation_level: Some(IsolationLevel::RepeatableRead),
                access_mode: Some(AccessMode::ReadOnly),
                sqlite_transaction_mode: None,
            },
        };
        let tx = self.reader.begin_with_options(options).await?;
        let (steps, tables) = (catalogue::steps(&tx).await?, table::all());
        if steps.is_empty() {
            return Err(Error::wrong(
                "The database has no tables of TwinSpace. Check the URL of the database.",
            ));
        }
        catalogue::compare(&tx, &tables).await?;
        Ok(Snapshot { tx, steps, tables })
    }
}

impl Snapshot {
    /// The names of the migrations that were applied.
    pub fn steps(&self) -> &[String] {
        &self.steps
    }

    /// The tables, each after those to which it refers.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The rows of a table, read on demand.
    pub async fn rows<'a>(&'a self, table: &'a Table) -> Result<BoxStream<'a, Result<Row>>> {
        let rows = self.tx.stream(&select(table)).await?;
        Ok(rows.map(move |row| Ok(read(&row?, &table.columns)?)).boxed())
    }
}

impl Deref for Snapshot {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.tx
    }
}

fn select(table: &Table) -> SelectStatement {
    let mut select = Query::select();
    select.from(Alias::new(&table.name));
    select.columns(table.columns.iter().map(|column| Alias::new(&column.name)));
    if let Some(parent) = &table.parent {
        select.order_by_expr(Expr::col(Alias::new(parent)).is_not_null(), Order::Asc);
    }
    select
}

fn read(row: &QueryResult, columns: &[Column]) -> Result<Row, DbErr> {
    columns.iter().enumerate().map(|(at, column)| value(row, at, column.kind)).collect()
}

fn value(row: &QueryResult, at: usize, kind: Kind) -> Result<Value, DbErr> {
    Ok(match kind {
        Kind::Uuid => row.try_get_by_index::<Option<Uuid>>(at)?.into(),
        Kind::Text => row.try_get_by_index::<Option<String>>(at)?.into(),
        Kind::Integer => row.try_get_by_index::<Option<i32>>(at)?.into(),
        Kind::BigInteger => row.try_get_by_index::<Option<i64>>(at)?.into(),
        Kind::Boolean => row.try_get_by_index::<Option<bool>>(at)?.into(),
        Kind::Time => row.try_get_by_index::<Option<DateTime<Utc>>>(at)?.into(),
        Kind::Date => row.try_get_by_index::<Option<NaiveDate>>(at)?.into(),
        Kind::Json => row.try_get_by_index::<Option<Json>>(at)?.into(),
        Kind::Bytes => row.try_get_by_index::<Option<Vec<u8>>>(at)?.into(),
    })
}

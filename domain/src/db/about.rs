//! What a database says about itself, for whoever looks for what is wrong with it.

use chrono::{DateTime, Utc};
use entity::audit;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryOrder, Statement};

use super::{Db, Engine, catalogue};
use crate::Result;

const POSTGRESQL: &str = "select 'PostgreSQL ' || current_setting('server_version'), \
    current_setting('server_encoding') = 'UTF8', \
    current_setting('max_connections')::integer, \
    not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off', \
    coalesce(has_schema_privilege(current_schema(), 'create'), false), \
    clock_timestamp()";

/// What a database says about itself.
#[derive(Clone, Debug)]
pub struct About {
    /// The program and its version.
    pub version: String,
    /// Whether it has the tables that this version of the server needs.
    pub schema: Schema,
    /// Whether it can be written to.
    pub writable: bool,
    /// Whether tables can be created in it.
    pub owned: bool,
    /// Whether it can store all characters.
    pub utf8: bool,
    /// The number of connections that it accepts from all its users; `None` if it is a file.
    pub connections: Option<u32>,
    /// Its own clock, if it may have another than this process.
    pub clock: Option<DateTime<Utc>>,
    /// When something was last recorded in the audit log.
    pub latest: Option<DateTime<Utc>>,
}

/// The tables of a database, compared with what this version of the server needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schema {
    /// It has none yet.
    Empty,
    /// It needs this number of migrations.
    Behind(usize),
    /// It is as it should be.
    Current,
    /// A newer version has applied this migration.
    Ahead(String),
}

impl Db {
    /// What the database says about itself. Changes nothing.
    pub async fn about(&self) -> Result<About> {
        let schema = schema(&self.reader).await?;
        let latest = match schema {
            Schema::Current => latest(&self.reader).await?,
            _ => None,
        };
        match &self.engine {
            Engine::Sqlite(file) => {
                let version = "select 'SQLite ' || sqlite_version()";
                let version = Statement::from_string(DbBackend::Sqlite, version);
                let row = self.reader.query_one_raw(version).await?;
                let row = row.ok_or_else(|| DbErr::RecordNotFound("version".into()))?;
                let writable = file.try_to_write(&self.writer).await.is_ok();
                Ok(About {
                    version: row.try_get_by_index(0)?,
                    schema,
                    writable,
                    owned: writable,
                    utf8: true,
                    connections: None,
                    clock: None,
                    latest,
                })
            }
            Engine::Postgresql(_) => {
                let facts = Statement::from_string(DbBackend::Postgres, POSTGRESQL);
                let row = self.writer.query_one_raw(facts).await?;
                let row = row.ok_or_else(|| DbErr::RecordNotFound("settings".into()))?;
                Ok(About {
                    version: row.try_get_by_index(0)?,
                    schema,
                    utf8: row.try_get_by_index(1)?,
                    connections: u32::try_from(row.try_get_by_index::<i32>(2)?).ok(),
                    writable: row.try_get_by_index(3)?,
                    owned: row.try_get_by_index(4)?,
                    clock: Some(row.try_get_by_index(5)?),
                    latest,
                })
            }
        }
    }
}

async fn schema(db: &impl ConnectionTrait) -> Result<Schema, DbErr> {
    let (known, applied) = (catalogue::known_steps(), catalogue::steps(db).await?);
    Ok(match applied.iter().find(|step| !known.contains(step)) {
        Some(newer) => Schema::Ahead(newer.clone()),
        None if applied.is_empty() => Schema::Empty,
        None if applied.len() < known.len() => Schema::Behind(known.len() - applied.len()),
        None => Schema::Current,
    })
}

async fn latest(db: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>, DbErr> {
    let newest = audit::Entity::find().order_by_desc(audit::Column::Id).one(db).await?;
    Ok(newest.map(|entry| entry.at))
}

//! Confirmations of the schools that teachers name, and schools that were entered twice: how
//! they are found, and where one was merged into another.

use std::collections::BTreeSet;

use sea_orm_migration::{
    prelude::*,
    schema::*,
    sea_orm::{DbBackend, prelude::Uuid},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The number of schools that are read at once.
const SOME: u64 = 1000;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // SQLite migrations run without a transaction unless they request one.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let reference = |column| crate::reference("school_confirmation", column, "account");
        m.create_table(
            Table::create()
                .table("school_confirmation")
                .col(uuid("account_id").primary_key())
                .col(boolean("confirmed"))
                .col(uuid_null("decided_by"))
                .col(timestamp_with_time_zone("decided_at"))
                .col(boolean("unread"))
                .foreign_key(&mut reference("account_id"))
                .foreign_key(&mut reference("decided_by"))
                .to_owned(),
        )
        .await?;
        let (uuid, order) = match m.get_database_backend() {
            DbBackend::Sqlite => ("uuid_text", ""),
            // In byte order, as in SQLite: schools are listed by it.
            _ => ("uuid", " collate \"C\""),
        };
        let alike =
            format!("alter table school add column alike_key text{order} not null default ''");
        // SQLite adds a reference only with its column.
        let merged =
            format!("alter table school add column merged_into_id {uuid} references school (id)");
        crate::run(m, &[&alike, &merged]).await?;
        fill(m).await?;
        crate::run(
            m,
            &[
                "create index school_confirmation_decided_by on school_confirmation (decided_by)",
                "create index school_alike on school (country, alike_key, id)",
                "create index school_merged_into on school (merged_into_id)",
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::drop_tables(m, &["school_confirmation"]).await?;
        crate::run(
            m,
            &[
                "drop index school_alike",
                "drop index school_merged_into",
                "alter table school drop column alike_key",
                "alter table school drop column merged_into_id",
            ],
        )
        .await
    }
}

/// The words of the town and the name in a school's key, each once and in alphabetical order, as of
/// this step.
fn alike(key: &str) -> String {
    let place = key.splitn(3, '\n').nth(2).unwrap_or_default();
    let plain = place.replace(['.', '\''], "");
    let words = plain.split(|letter: char| !letter.is_alphanumeric());
    let words: BTreeSet<&str> = words.filter(|word| !word.is_empty()).collect();
    words.into_iter().collect::<Vec<_>>().join(" ")
}

/// Gives every school its key.
async fn fill(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    let db = m.get_connection();
    let mut last = Uuid::nil();
    loop {
        let mut some = Query::select();
        some.columns(["id", "identity_key"])
            .from("school")
            .and_where(Expr::col("id").gt(last))
            .order_by("id", Order::Asc)
            .limit(SOME);
        let rows = db.query_all(&some).await?;
        for row in &rows {
            let (id, key): (Uuid, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let mut update = Query::update();
            update
                .table("school")
                .value("alike_key", alike(&key))
                .and_where(Expr::col("id").eq(id));
            db.execute(&update).await?;
            last = id;
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

//! The chat room of a TwinSpace, and whether it is open to pupils.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // SQLite migrations run without a transaction unless they request one.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        m.create_table(
            Table::create()
                .table("chat_message")
                .col(uuid("id").primary_key())
                .col(uuid("project_id"))
                .col(uuid("author_id"))
                .col(text("text"))
                .col(text_null("key"))
                .col(timestamp_with_time_zone("sent_at"))
                .foreign_key(&mut crate::reference("chat_message", "project_id", "project"))
                .foreign_key(&mut crate::reference("chat_message", "author_id", "account"))
                .to_owned(),
        )
        .await?;
        crate::run(
            m,
            &[
                "alter table project add column chat_open_to_pupils boolean not null default true",
                "create index chat_message_page on chat_message (project_id, id)",
                // A message that is sent again is stored only once; the index also finds an
                // author's messages.
                "create unique index chat_message_key on chat_message (author_id, project_id, key)",
                "create index chat_message_age on chat_message (sent_at)",
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::drop_tables(m, &["chat_message"]).await?;
        crate::run(m, &["alter table project drop column chat_open_to_pupils"]).await
    }
}

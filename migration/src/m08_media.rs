//! Media of TwinSpaces, whom they show, and the server's own secrets.

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
                .table("media")
                .col(uuid("id").primary_key())
                .col(uuid("project_id"))
                .col(uuid("uploader_id"))
                .col(string_len("kind", 8))
                .col(string_len("state", 8))
                .col(text("title"))
                .col(text("title_key"))
                .col(text("description"))
                .col(text("content_type"))
                .col(big_integer("bytes"))
                .col(integer_null("width"))
                .col(integer_null("height"))
                .col(string_len("sha256", 64))
                // Several rows may share an object; null for links.
                .col(text_null("object_key"))
                .col(text_null("thumbnail_key"))
                .col(text_null("video_url"))
                .col(timestamp_with_time_zone("created_at"))
                .foreign_key(&mut crate::reference("media", "project_id", "project"))
                .foreign_key(&mut crate::reference("media", "uploader_id", "account"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("media_pictured")
                .col(uuid("media_id"))
                .col(uuid("account_id"))
                .primary_key(Index::create().col("media_id").col("account_id"))
                .foreign_key(&mut crate::reference("media_pictured", "media_id", "media"))
                .foreign_key(&mut crate::reference("media_pictured", "account_id", "account"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("secret")
                .col(text("name").primary_key())
                .col(text("value"))
                .to_owned(),
        )
        .await?;
        crate::run(
            m,
            &[
                "create index media_page on media (project_id, state, id)",
                "create index media_uploader on media (uploader_id)",
                "create index media_object on media (object_key)",
                // For housekeeping: rows that did not become what they should.
                "create index media_unsettled on media (state, created_at) where state <> 'ready'",
                "create index media_pictured_account on media_pictured (account_id)",
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::drop_tables(m, &["secret", "media_pictured", "media"]).await
    }
}

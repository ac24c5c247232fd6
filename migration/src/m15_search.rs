//! The search index: pages, diary entries, media.
//!
//! Nothing needs to be filled in: no release had any of these without this table.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

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
                .table("search_entry")
                // A number by which SQLite's index refers to the row. The implicit row ID would not
                // do, because vacuuming may change it.
                .col(big_pk_auto("id"))
                .col(string_len("kind", 16))
                // No foreign key: it refers to one of several tables.
                .col(uuid("subject_id"))
                .col(uuid("project_id"))
                .col(text("words"))
                .foreign_key(&mut crate::reference("search_entry", "project_id", "project"))
                .to_owned(),
        )
        .await?;
        crate::run(
            m,
            &[
                "create unique index search_entry_subject on search_entry (subject_id)",
                "create index search_entry_page on search_entry (project_id, subject_id)",
            ],
        )
        .await?;
        if m.get_database_backend() == DbBackend::Postgres {
            // The words are already split: no parser mistakes `a.b` for a host.
            return crate::run(
                m,
                &[
                    "alter table search_entry add column vector tsvector not null \
                     generated always as (array_to_tsvector(string_to_array(words, ' '))) stored",
                    "create index search_entry_vector on search_entry using gin (vector)",
                ],
            )
            .await;
        }
        // For words that occur once and are searched one by one, no positions are stored.
        crate::run(
            m,
            &[
                "create virtual table search_word using fts5 (words, content='search_entry', \
                 content_rowid='id', tokenize='ascii', detail=none, columnsize=0)",
                "create trigger search_entry_inserted after insert on search_entry begin \
                 insert into search_word (rowid, words) values (new.id, new.words); end",
                "create trigger search_entry_deleted after delete on search_entry begin \
                 insert into search_word (search_word, rowid, words) \
                 values ('delete', old.id, old.words); end",
                "create trigger search_entry_updated after update on search_entry begin \
                 insert into search_word (search_word, rowid, words) \
                 values ('delete', old.id, old.words); \
                 insert into search_word (rowid, words) values (new.id, new.words); end",
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        if m.get_database_backend() == DbBackend::Sqlite {
            crate::run(
                m,
                &[
                    "drop trigger search_entry_inserted",
                    "drop trigger search_entry_deleted",
                    "drop trigger search_entry_updated",
                    "drop table search_word",
                ],
            )
            .await?;
        }
        crate::drop_tables(m, &["search_entry"]).await
    }
}

//! Pages of TwinSpaces, their versions, and who else may edit them.

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
        // The text is in the versions, so that a page that is moved or listed is a short row.
        m.create_table(
            Table::create()
                .table("page")
                .col(uuid("id").primary_key())
                .col(uuid("project_id"))
                .col(text("title"))
                .col(string_len("visibility", 16))
                .col(big_integer("position"))
                .col(big_integer("version"))
                .col(uuid("author_id"))
                .col(uuid("editor_id"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("edited_at"))
                .col(timestamp_with_time_zone_null("archived_at"))
                .foreign_key(&mut crate::reference("page", "project_id", "project"))
                .foreign_key(&mut crate::reference("page", "author_id", "account"))
                .foreign_key(&mut crate::reference("page", "editor_id", "account"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("page_version")
                .col(uuid("id").primary_key())
                .col(uuid("page_id"))
                .col(big_integer("number"))
                .col(text("title"))
                .col(text("text"))
                .col(text("html"))
                .col(integer("renderer"))
                .col(uuid("editor_id"))
                .col(timestamp_with_time_zone("edited_at"))
                .foreign_key(&mut crate::reference("page_version", "page_id", "page"))
                .foreign_key(&mut crate::reference("page_version", "editor_id", "account"))
                .to_owned(),
        )
        .await?;
        // A member's permission ends with the membership, however that ends (T-02).
        let mut member = crate::reference("page_grant", "member_id", "member");
        member.on_delete(ForeignKeyAction::Cascade);
        m.create_table(
            Table::create()
                .table("page_grant")
                .col(uuid("id").primary_key())
                .col(uuid("page_id"))
                .col(uuid_null("member_id"))
                .col(string_len_null("role", 16))
                .check(Expr::cust("(member_id is null) <> (role is null)"))
                .foreign_key(&mut crate::reference("page_grant", "page_id", "page"))
                .foreign_key(&mut member)
                .to_owned(),
        )
        .await?;
        crate::run(
            m,
            &[
                "create index page_order on page (project_id, position, id)",
                "create index page_author on page (author_id)",
                "create index page_editor on page (editor_id)",
                "create unique index page_version_number on page_version (page_id, number)",
                "create index page_version_order on page_version (page_id, number, id)",
                "create index page_version_editor on page_version (editor_id)",
                // Output of an older renderer is found and rendered again.
                "create index page_version_renderer on page_version (renderer)",
                "create unique index page_grant_member on page_grant (page_id, member_id)",
                "create unique index page_grant_role on page_grant (page_id, role)",
                "create index page_grant_of on page_grant (member_id)",
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::drop_tables(m, &["page_grant", "page_version", "page"]).await
    }
}

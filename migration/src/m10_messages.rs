//! Messages between members, and reports on them and on chat messages.

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
                .table("message")
                .col(uuid("id").primary_key())
                .col(uuid("project_id"))
                .col(uuid("sender_id"))
                .col(uuid("recipient_id"))
                .col(text("subject"))
                .col(text("text"))
                // No foreign key: the original may have been deleted from both mailboxes.
                .col(uuid_null("in_reply_to"))
                .col(text_null("key"))
                .col(timestamp_with_time_zone("sent_at"))
                .col(timestamp_with_time_zone_null("read_at"))
                .col(boolean("mailed"))
                .col(boolean("sender_deleted"))
                .col(boolean("recipient_deleted"))
                .foreign_key(&mut crate::reference("message", "project_id", "project"))
                .foreign_key(&mut crate::reference("message", "sender_id", "account"))
                .foreign_key(&mut crate::reference("message", "recipient_id", "account"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("report")
                .col(uuid("id").primary_key())
                .col(uuid("project_id"))
                .col(string_len("kind", 16))
                // No foreign key: the report outlives the message.
                .col(uuid("message_id"))
                .col(uuid("author_id"))
                .col(uuid_null("recipient_id"))
                .col(uuid("reporter_id"))
                .col(text("subject"))
                .col(text("text"))
                .col(timestamp_with_time_zone("sent_at"))
                .col(text("reason"))
                .col(timestamp_with_time_zone("reported_at"))
                .col(timestamp_with_time_zone_null("settled_at"))
                .col(uuid_null("settled_by"))
                .foreign_key(&mut crate::reference("report", "project_id", "project"))
                .foreign_key(&mut crate::reference("report", "author_id", "account"))
                .foreign_key(&mut crate::reference("report", "recipient_id", "account"))
                .foreign_key(&mut crate::reference("report", "reporter_id", "account"))
                .foreign_key(&mut crate::reference("report", "settled_by", "account"))
                .to_owned(),
        )
        .await?;
        crate::run(
            m,
            &[
                "create index message_inbox on message (recipient_id, id)",
                "create index message_unread on message (recipient_id, id) where read_at is null",
                "create index message_mailed on message (recipient_id, sent_at) where mailed",
                "create index message_sent on message (sender_id, id)",
                "create index message_project on message (project_id)",
                // A message that is sent again is stored only once.
                "create unique index message_key on message (sender_id, project_id, key)",
                "create index report_page on report (project_id, id)",
                // A person can report a message only once.
                "create unique index report_once on report (reporter_id, message_id)",
                "create index report_author on report (author_id)",
                "create index report_recipient on report (recipient_id)",
                "create index report_settled_by on report (settled_by)",
                "create index report_settled on report (settled_at)",
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::drop_tables(m, &["report", "message"]).await
    }
}

//! Members of TwinSpaces and invitations.

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
                .table("member")
                .col(uuid("id").primary_key())
                .col(uuid("project_id"))
                .col(uuid("account_id"))
                .col(string_len("role", 16))
                .col(uuid_null("inviter_id"))
                .col(crate::sort_key(m, "name_key"))
                .col(timestamp_with_time_zone("joined_at"))
                .col(timestamp_with_time_zone_null("last_seen_at"))
                .col(date("last_access_on"))
                .foreign_key(&mut crate::reference("member", "project_id", "project"))
                .foreign_key(&mut crate::reference("member", "account_id", "account"))
                .foreign_key(&mut crate::reference("member", "inviter_id", "account"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("invitation")
                .col(uuid("id").primary_key())
                .col(uuid("project_id"))
                .col(string_len("kind", 16))
                .col(text("email"))
                .col(uuid_null("account_id"))
                .col(string_len("role", 16))
                .col(uuid("inviter_id"))
                .col(string_len("state", 16))
                .col(timestamp_with_time_zone("sent_at"))
                .col(timestamp_with_time_zone("expires_at"))
                .col(timestamp_with_time_zone_null("ended_at"))
                .foreign_key(&mut crate::reference("invitation", "project_id", "project"))
                .foreign_key(&mut crate::reference("invitation", "account_id", "account"))
                .foreign_key(&mut crate::reference("invitation", "inviter_id", "account"))
                .to_owned(),
        )
        .await?;
        crate::run(
            m,
            &[
                "create unique index member_place on member (project_id, account_id)",
                // The members page in each of its orders, and the counts (M-01, M-03).
                "create index member_by_name on member (project_id, name_key, id)",
                "create index member_by_joining on member (project_id, id)",
                "create index member_by_access on member (project_id, last_access_on, id)",
                "create index member_by_role on member (project_id, role, id)",
                "create index member_account on member (account_id, id)",
                "create index member_inviter on member (inviter_id)",
                // One pending invitation per person and space (M-05).
                "create unique index invitation_pending on invitation (project_id, email) \
                 where state = 'pending'",
                "create index invitation_page on invitation (project_id, id)",
                "create index invitation_email on invitation (email, state, id)",
                "create index invitation_account on invitation (account_id)",
                "create index invitation_inviter on invitation (inviter_id)",
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::drop_tables(m, &["invitation", "member"]).await
    }
}

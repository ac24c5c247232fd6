//! People: schools, services, accounts, sessions, mailed tokens, contacts.

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
                .table("school")
                .col(uuid("id").primary_key())
                .col(text("name"))
                .col(text("town"))
                .col(text("region"))
                .col(string_len("country", 2))
                .col(text("identity_key").unique_key())
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("service")
                .col(uuid("id").primary_key())
                .col(text("name"))
                .col(string_len("country", 2))
                .col(text("region"))
                .col(text("region_key"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("account")
                .col(uuid("id").primary_key())
                .col(string_len("kind", 16))
                .col(text_null("email").unique_key())
                .col(text_null("username").unique_key())
                .col(text("password_hash"))
                .col(text("name"))
                .col(crate::sort_key(m, "name_key"))
                .col(uuid_null("school_id"))
                .col(uuid_null("service_id"))
                .col(uuid_null("custodian_id"))
                .col(text("profile"))
                .col(timestamp_with_time_zone_null("verified_at"))
                .col(timestamp_with_time_zone("created_at"))
                .foreign_key(&mut crate::reference("account", "school_id", "school"))
                .foreign_key(&mut crate::reference("account", "service_id", "service"))
                .foreign_key(&mut crate::reference("account", "custodian_id", "account"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("account_tag")
                .col(uuid("account_id"))
                .col(string_len("kind", 16))
                .col(text("value"))
                .primary_key(Index::create().col("account_id").col("kind").col("value"))
                .foreign_key(&mut crate::reference("account_tag", "account_id", "account"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("session")
                .col(uuid("id").primary_key())
                .col(uuid("account_id"))
                .col(text("token_hash").unique_key())
                .col(uuid_null("project_id"))
                .col(text("user_agent"))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone("last_used_at"))
                .col(timestamp_with_time_zone("expires_at"))
                .foreign_key(&mut crate::reference("session", "account_id", "account"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("token")
                .col(text("hash").primary_key())
                .col(string_len("purpose", 24))
                .col(uuid("subject_id"))
                .col(timestamp_with_time_zone("expires_at"))
                .to_owned(),
        )
        .await?;
        m.create_table(
            Table::create()
                .table("contact")
                .col(uuid("id").primary_key())
                .col(uuid("requester_id"))
                .col(uuid("addressee_id"))
                .col(text("pair_key").unique_key())
                .col(string_len("state", 16))
                .col(timestamp_with_time_zone("created_at"))
                .col(timestamp_with_time_zone_null("accepted_at"))
                .foreign_key(&mut crate::reference("contact", "requester_id", "account"))
                .foreign_key(&mut crate::reference("contact", "addressee_id", "account"))
                .to_owned(),
        )
        .await?;
        crate::run(
            m,
            &[
                "create unique index service_place on service (country, region_key)",
                // Finding teachers (C-01): verified ones, ordered by name.
                "create index account_kind_name on account (kind, name_key, id)",
                "create index account_school on account (school_id, kind, name_key)",
                "create index account_service on account (service_id)",
                "create index account_custodian on account (custodian_id)",
                "create index school_country on school (country)",
                "create index account_tag_value on account_tag (kind, value, account_id)",
                "create index session_account on session (account_id, id)",
                "create index session_expiry on session (expires_at)",
                "create index token_subject on token (subject_id, purpose)",
                "create index token_expiry on token (expires_at)",
                "create index contact_requester on contact (requester_id, state, id)",
                "create index contact_addressee on contact (addressee_id, state, id)",
            ],
        )
        .await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let tables = ["contact", "token", "session", "account_tag", "account", "service", "school"];
        crate::drop_tables(m, &tables).await
    }
}

//! The history of the tables: one file per step, never edited once released.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::{
    ColumnDef, ConnectionTrait, DbErr, ForeignKey, ForeignKeyCreateStatement, MigrationTrait,
    SchemaManager, Table,
};
use sea_orm_migration::sea_orm::DbBackend;

mod m01_accounts;
mod m02_projects;
mod m03_members;
mod m04_audit;
mod m05_mail;
mod m06_pupils;
mod m07_pages;
mod m08_media;
mod m09_chat;
mod m10_messages;
mod m11_diary;
mod m12_labels;
mod m13_succession;
mod m14_profile;
mod m15_search;
mod m16_diary_renderer;
mod m17_former_teachers;
mod m18_order;
mod m19_account_changes;
mod m20_plans;
mod m21_registrations;
mod m22_rate_limits;
mod m23_undeliverable;
mod m24_custody;
mod m25_withdrawals;
mod m26_addresses;
mod m26_free_space;
mod m26_regions;
mod m26_registrations;
mod m27_brought_in;
mod m28_request_services;
mod m29_member_counts;
mod m30_office;
mod m31_administration;
mod m32_admissions;
mod m33_acts;
mod m34_chat_marks;
mod m35_lists;
mod m36_school_confirmations;
mod m37_teachers;
mod m38_threads;
mod m39_member_names;
mod m40_languages;
mod m41_member_usernames;

/// Migrates a database from any earlier step to the latest.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m01_accounts::Migration),
            Box::new(m02_projects::Migration),
            Box::new(m03_members::Migration),
            Box::new(m04_audit::Migration),
            Box::new(m05_mail::Migration),
            Box::new(m06_pupils::Migration),
            Box::new(m09_chat::Migration),
            Box::new(m10_messages::Migration),
            Box::new(m11_diary::Migration),
            Box::new(m12_labels::Migration),
            Box::new(m13_succession::Migration),
            Box::new(m07_pages::Migration),
            Box::new(m08_media::Migration),
            Box::new(m14_profile::Migration),
            Box::new(m15_search::Migration),
            Box::new(m16_diary_renderer::Migration),
            Box::new(m17_former_teachers::Migration),
            Box::new(m18_order::Migration),
            Box::new(m19_account_changes::Migration),
            Box::new(m20_plans::Migration),
            Box::new(m21_registrations::Migration),
            Box::new(m22_rate_limits::Migration),
            Box::new(m23_undeliverable::Migration),
            Box::new(m24_custody::Migration),
            Box::new(m25_withdrawals::Migration),
            Box::new(m26_addresses::Migration),
            Box::new(m26_registrations::Migration),
            Box::new(m26_regions::Migration),
            Box::new(m26_free_space::Migration),
            Box::new(m27_brought_in::Migration),
            Box::new(m28_request_services::Migration),
            Box::new(m29_member_counts::Migration),
            Box::new(m30_office::Migration),
            Box::new(m31_administration::Migration),
            Box::new(m32_admissions::Migration),
            Box::new(m33_acts::Migration),
            Box::new(m34_chat_marks::Migration),
            Box::new(m35_lists::Migration),
            Box::new(m36_school_confirmations::Migration),
            Box::new(m37_teachers::Migration),
            Box::new(m38_threads::Migration),
            Box::new(m39_member_names::Migration),
            Box::new(m40_languages::Migration),
            Box::new(m41_member_usernames::Migration),
        ]
    }
}

/// A foreign key from `table.column` to `to.id`.
fn reference(
    table: &'static str,
    column: &'static str,
    to: &'static str,
) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(to, "id").to_owned()
}

/// A text column to sort by, in the same byte order on every database.
fn sort_key(manager: &SchemaManager<'_>, name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.text().not_null();
    if manager.get_database_backend() == DbBackend::Postgres {
        column.extra("collate \"C\"");
    }
    column
}

/// Runs statements that are valid on both SQLite and PostgreSQL.
async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

/// Drops tables, latest first.
async fn drop_tables(manager: &SchemaManager<'_>, tables: &[&'static str]) -> Result<(), DbErr> {
    for &table in tables {
        manager.drop_table(Table::drop().table(table).to_owned()).await?;
    }
    Ok(())
}

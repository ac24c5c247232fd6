//! Who answers a request for a pupil whose custodian no longer has an account: the support services
//! of the pupil's school, with the consent that came with the request (M-11, M-16).
//!
//! Requests from before have no such consent. They cannot be granted, and are made again.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The columns that refer to another table, with that table and their index.
const REFERENCES: [(&str, &str, &str); 3] = [
    ("service_id", "service", "pupil_request_service"),
    ("region_service_id", "service", "pupil_request_region"),
    ("decided_by", "account", "pupil_request_decided_by"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    // SQLite migrations run without a transaction unless they request one.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let uuid = match m.get_database_backend() {
            DbBackend::Sqlite => "uuid_text",
            _ => "uuid",
        };
        let mut statements =
            vec!["alter table pupil_request add column consent_given_by varchar(16)".to_owned()];
        for (column, table, index) in REFERENCES {
            // SQLite adds a reference only with its column.
            statements.push(format!(
                "alter table pupil_request add column {column} {uuid} references {table} (id)"
            ));
            let and_state = if table == "service" { ", state" } else { "" };
            statements.push(format!("create index {index} on pupil_request ({column}{and_state})"));
        }
        crate::run(m, &statements.iter().map(String::as_str).collect::<Vec<_>>()).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        let mut statements = vec!["alter table pupil_request drop column consent_given_by".into()];
        for (column, _, index) in REFERENCES {
            statements.push(format!("drop index {index}"));
            statements.push(format!("alter table pupil_request drop column {column}"));
        }
        crate::run(m, &statements.iter().map(String::as_str).collect::<Vec<_>>()).await
    }
}

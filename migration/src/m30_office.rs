//! What officers read: their decisions as one list, and indexes for it and for the schools of a
//! country.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The decisions of each support service. What a country's service or a region's may decide has a
/// row for each, so that an index serves each part. SQLite merges the parts in the order of their
/// indexes if their columns have the same types, also where they are null.
const DECISIONS: &str = "create view decision as \
    select id, 'label' as kind, service_id, project_id, applicant_id as person_id, \
        state = 'granted' as granted, reason, decided_by, decided_at \
    from label_application where service_id is not null and decided_at is not null \
    union all \
    select id, 'label', region_service_id, project_id, applicant_id, \
        state = 'granted', reason, decided_by, decided_at \
    from label_application where region_service_id is not null and decided_at is not null \
    union all \
    select id, 'project', service_id, project_id, cast(null as UUID), \
        decision = 'approved', reason, decided_by, decided_at \
    from approval where service_id is not null and decided_at is not null \
    union all \
    select id, 'succession', service_id, project_id, successor_id, \
        state = 'approved', reason, decided_by, decided_at \
    from succession where service_id is not null and decided_at is not null \
    union all \
    select id, 'succession', region_service_id, project_id, successor_id, \
        state = 'approved', reason, decided_by, decided_at \
    from succession where region_service_id is not null and decided_at is not null \
    union all \
    select project_id, 'nomination', service_id, project_id, cast(null as UUID), \
        project_id is not null, cast(null as text), nominated_by, nominated_at \
    from nomination where service_id is not null \
    union all \
    select id, 'custody_transfer', service_id, project_id, to_id, \
        state = 'accepted', cast(null as text), decided_by, ended_at \
    from custody_transfer where service_id is not null and ended_at is not null \
        and kind = 'takeover' and state in ('accepted', 'declined') \
        and decided_by <> from_id and decided_by <> to_id \
    union all \
    select id, 'custody_transfer', region_service_id, project_id, to_id, \
        state = 'accepted', cast(null as text), decided_by, ended_at \
    from custody_transfer where region_service_id is not null and ended_at is not null \
        and kind = 'takeover' and state in ('accepted', 'declined') \
        and decided_by <> from_id and decided_by <> to_id \
    union all \
    select id, 'pupil_request', service_id, project_id, asked_by, \
        state = 'accepted', cast(null as text), decided_by, ended_at \
    from pupil_request where service_id is not null and ended_at is not null \
        and decided_by is not null \
    union all \
    select id, 'pupil_request', region_service_id, project_id, asked_by, \
        state = 'accepted', cast(null as text), decided_by, ended_at \
    from pupil_request where region_service_id is not null and ended_at is not null \
        and decided_by is not null";

/// The parts of the view: index, table, service and time.
const PARTS: [(&str, &str, &str, &str); 10] = [
    ("label_application_decided", "label_application", "service_id", "decided_at"),
    ("label_application_region_decided", "label_application", "region_service_id", "decided_at"),
    ("approval_decided", "approval", "service_id", "decided_at"),
    ("succession_decided", "succession", "service_id", "decided_at"),
    ("succession_region_decided", "succession", "region_service_id", "decided_at"),
    ("nomination_decided", "nomination", "service_id", "nominated_at"),
    ("custody_transfer_decided", "custody_transfer", "service_id", "ended_at"),
    ("custody_transfer_region_decided", "custody_transfer", "region_service_id", "ended_at"),
    ("pupil_request_decided", "pupil_request", "service_id", "ended_at"),
    ("pupil_request_region_decided", "pupil_request", "region_service_id", "ended_at"),
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
        crate::run(m, &[&DECISIONS.replace("UUID", uuid)]).await?;
        for (index, table, service, at) in PARTS {
            let rest = match table {
                "nomination" => format!("({service}, {at}, project_id)"),
                _ => format!("({service}, {at}, id) where {at} is not null"),
            };
            crate::run(m, &[&format!("create index {index} on {table} {rest}")]).await?;
        }
        if m.get_database_backend() == DbBackend::Postgres {
            // In byte order, as in SQLite: schools are listed by it.
            let key = "alter table school alter column identity_key type text collate \"C\"";
            crate::run(m, &[key]).await?;
        }
        crate::run(m, &["create index school_place on school (country, identity_key, id)"]).await
    }

    async fn down(&self, m: &SchemaManager) -> Result<(), DbErr> {
        crate::run(m, &["drop view decision", "drop index school_place"]).await?;
        for (index, ..) in PARTS {
            crate::run(m, &[&format!("drop index {index}")]).await?;
        }
        if m.get_database_backend() == DbBackend::Postgres {
            let key = "alter table school alter column identity_key type text";
            crate::run(m, &[key]).await?;
        }
        Ok(())
    }
}

//! The audit log of the whole server as CSV, with the API's names and IDs: `act`, `subject.id` and
//! `details` are those of an `AuditEntry`. Whose act it was, and whom it affected, is not shown of
//! pupils (M-20).

use async_graphql::InputType;
use domain::{Error, Result, care::audit::AuditRow, list::cell, members::export::write_csv};

use super::{AuditDetails, subject};

/// The columns.
const HEADER: [&str; 8] = ["ID", "At", "Act", "Actor", "Person", "Project", "Subject", "Details"];

/// Entries as CSV: IDs, and no names.
pub fn csv(rows: &[AuditRow]) -> Result<Vec<u8>> {
    let show = |id: Option<String>| id.unwrap_or_default();
    write_csv(
        HEADER,
        rows.iter().map(|row| {
            let (act, details) = (cell(&row.act)?, cell(&row.details)?);
            let told = AuditDetails::of(act, &details).map(|told| told.json());
            Ok([
                cell(&row.id)?.to_string(),
                cell(&row.at)?.to_rfc3339(),
                InputType::to_value(&act).to_string(),
                show(row.actor(false)?.map(|(id, _)| id.to_string())),
                show(row.person(false)?.map(|(id, _)| id.to_string())),
                show(cell(&row.project_id)?.map(|id| id.to_string())),
                show(subject(row)?),
                show(told.transpose().map_err(Error::internal)?),
            ])
        }),
    )
}

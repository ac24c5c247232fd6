//! A report that is settled, as a decision finds it.

use entity::{ReportId, report};
use policy::ReportFacts;

use super::ReportRow;
use crate::{
    Result,
    list::cell,
    permit::{Actor, OfProject, Row},
};

/// A report to which something is done.
pub type FoundReport = Row<report::Model>;

impl OfProject for report::Model {
    type Facts = ReportFacts;
    type Id = ReportId;

    const NAME: &'static str = "report";
    const PROJECT: report::Column = report::Column::ProjectId;

    fn facts(&self, _: &[bool], _: &Actor<'_>) -> ReportFacts {
        ReportFacts { author: self.author_id, settled: self.settled_at.is_some() }
    }
}

impl ReportRow {
    /// What the policy decides on.
    pub fn facts(&self) -> Result<ReportFacts> {
        let settled = cell(&self.settled_at)?.is_some();
        Ok(ReportFacts { author: cell(&self.author_id)?, settled })
    }
}

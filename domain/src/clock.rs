//! The current time.

use chrono::{DateTime, SubsecRound, Utc};

/// The current time, to the microsecond: the precision of PostgreSQL, so that a row reads back as
/// it was written.
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

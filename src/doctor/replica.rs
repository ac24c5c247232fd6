//! The standby from which queries are read. Without it, everything works: the primary answers.

use domain::{
    Result,
    db::{AboutReplica, Unfit},
};

use super::{Finding, Part};

/// How many bytes it may be behind: a file of the log.
const TOLERANCE: u64 = 16 << 20;

/// Judges what was found out about the replica.
pub fn judge(about: &Result<AboutReplica>) -> Finding {
    let part = Part::Replica;
    let about = match about {
        Ok(about) => about,
        Err(error) => {
            let said = match error.as_wrong() {
                Some(wrong) => wrong.to_string(),
                None => format!("It cannot be asked: {error:?}."),
            };
            return part.warning(said, "Meanwhile, the primary answers all queries.");
        }
    };
    let wrong = |unfit: Unfit| format!("It is not used: {unfit}.");
    match (about.unfit, about.behind) {
        (Some(unfit @ Unfit::Foreign), _) => part.problem(
            wrong(unfit),
            "Let --database-replica-url lead to a standby of the server of --database-url, and to \
             the same database there.",
        ),
        (Some(unfit @ Unfit::Primary), _) => part.problem(
            wrong(unfit),
            "Let --database-replica-url lead to a standby; after a failover, to another one, or \
             remove it.",
        ),
        (Some(unfit @ Unfit::Unreadable), _) => part.problem(
            wrong(unfit),
            "Use the user of --database-url in --database-replica-url as well.",
        ),
        (None, None) => part.warning(
            "It is not used: it has no restartpoint yet since the last failover.",
            "Wait for as long as its checkpoint_timeout, or run CHECKPOINT on it. If that does not \
             help, it does not follow the new primary.",
        ),
        (None, Some(behind)) if behind > TOLERANCE => part.warning(
            format!("It is {} MiB behind, and hardly used.", behind >> 20),
            "Look at pg_stat_replication of the primary, and whether the replay is paused.",
        ),
        (None, Some(behind)) => {
            part.ok(format!("It is a standby of the database, {behind} bytes behind."))
        }
    }
}

//! The standby from which queries are read. Without it, everything works: the primary answers.

use domain::db::{AboutReplica, Unfit, Unreached};

use super::{Finding, Part};

/// How many bytes it may be behind: a file of the log.
const TOLERANCE: u64 = 16 << 20;

/// Judges what was found out about the replica, of a database that may still be empty.
pub fn judge(about: &Result<AboutReplica, Unreached>, empty: bool) -> Finding {
    let part = Part::Replica;
    let about = match about {
        Ok(about) => about,
        Err(unreached) => {
            let (said, mend) =
                (unreached.to_string(), "Meanwhile, the primary answers all queries.");
            return match unreached.lasting {
                true => part.problem(said, mend),
                false => part.warning(said, mend),
            };
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
        (Some(unfit @ Unfit::Unreadable), _) if !empty => part.problem(
            wrong(unfit),
            "Use the user of --database-url in --database-replica-url as well.",
        ),
        _ if about.paused => part.warning(
            "Its replay is paused, so that it is hardly used.",
            "Let it go on with `select pg_wal_replay_resume()`, unless its log says that a setting is \
             lower than on the primary: then raise that, and restart it.",
        ),
        (_, None) => part.warning(
            "It is not used: it has no restartpoint yet since the last failover.",
            "Wait for as long as its checkpoint_timeout, or run CHECKPOINT on it. If that does not \
             help, it does not follow the new primary.",
        ),
        (_, Some(behind)) if behind > TOLERANCE => part.warning(
            format!("It is {} MiB behind, and hardly used.", behind >> 20),
            "Look at its log, and at pg_stat_replication of the primary. If it asks for a WAL segment \
             that has been removed, copy it again, with a replication slot (docs/operating.md).",
        ),
        (_, Some(behind)) => {
            part.ok(format!("It is a standby of the database, {behind} bytes behind."))
        }
    }
}

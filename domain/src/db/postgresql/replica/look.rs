//! What the replica and the primary say about themselves, and how far they are.

use std::{error::Error, num::ParseIntError, str::FromStr};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Statement,
    sqlx::{Error as SqlxError, PgConnection, Row, query, query_scalar},
};

use super::super::{Unreached, lasts, reach};
use crate::{db::Trouble, error::causes};

/// The name of the setting.
pub const SETTING: &str = "--database-replica-url";

/// The position of a primary's log before which all is that can be seen; null on a standby.
///
/// That is what is on its disk, which a standby gets at once. What only notifies, and writes nothing, is
/// not waited for: it may take PostgreSQL 200 ms to write it. But with `synchronous_commit = off`, for this
/// connection, or for those of any role or database, commits can be seen before they are on the disk.
pub const POSITION: &str = "(select left(pg_walfile_name(lsn), 8) || ' ' || (lsn - '0/0')::bigint \
    from (select case when pg_is_in_recovery() then null \
        when current_setting('synchronous_commit') = 'off' or exists(\
            select from pg_db_role_setting, unnest(setconfig) as setting \
            where setting ~ '^synchronous_commit=' \
            and setting !~ '=(on|true|yes|1|local|remote_write|remote_apply)$') \
        then pg_current_wal_insert_lsn() else pg_current_wal_flush_lsn() end as lsn) as log)";

/// Whether it is a standby, which database it is, whether its tables can be read, since when it is
/// running, and the position up to which it has replayed the primary's log. Its timeline is that of
/// its latest restartpoint: after a failover, that is one at which it already follows the new primary.
const LOOK: &str = "select pg_is_in_recovery(), \
    concat_ws(' ', system_identifier, \
        (select oid from pg_database where datname = current_database()), current_schema()), \
    coalesce(has_table_privilege(to_regclass('session'), 'select'), false), \
    extract(epoch from pg_postmaster_start_time())::text, \
    lpad(to_hex(timeline_id), 8, '0') || ' ' || (pg_last_wal_replay_lsn() - '0/0')::bigint \
    from pg_control_system(), pg_control_checkpoint()";

/// Whether somebody has paused the replay, or a setting that is lower than on the primary.
const PAUSED: &str =
    "select case when pg_is_in_recovery() then pg_is_wal_replay_paused() else false end";

/// A position in the log of a primary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// It changes with each failover.
    pub(super) timeline: u32,
    /// The number of bytes before it.
    pub(super) lsn: u64,
}

impl FromStr for Position {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let (timeline, lsn) = text.split_once(' ').unwrap_or_default();
        Ok(Self { timeline: u32::from_str_radix(timeline, 16)?, lsn: lsn.parse()? })
    }
}

/// Why something that responds cannot be used as the replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It is of another cluster, or another database or schema of the same one.
    #[error("it is not a copy of the database")]
    Foreign,
    /// It is a primary: the one itself, or a standby that was promoted.
    #[error("it is not a standby, but a primary")]
    Primary,
    /// Its user may not read the tables.
    #[error("its user may not read the tables")]
    Unreadable,
}

/// What was found out about the replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AboutReplica {
    /// Why it cannot be used, if so.
    pub unfit: Option<Unfit>,
    /// The number of bytes of the primary's log that it has yet to replay; `None` if it does not follow
    /// the same primary yet, as after a failover.
    pub behind: Option<u64>,
    /// Whether its replay is paused.
    pub paused: bool,
}

/// What the replica says about itself.
pub struct Look {
    standby: bool,
    identity: String,
    readable: bool,
    /// When the server was started.
    pub started: String,
    /// How far it is.
    pub position: Option<Position>,
}

impl Look {
    /// Asks a server.
    pub async fn of(connection: &mut PgConnection) -> Result<Self, SqlxError> {
        let row = query(LOOK).fetch_one(connection).await?;
        let position: Option<String> = row.try_get(4)?;
        Ok(Self {
            standby: row.try_get(0)?,
            identity: row.try_get(1)?,
            readable: row.try_get(2)?,
            started: row.try_get(3)?,
            position: position.and_then(|position| position.parse().ok()),
        })
    }

    /// Why it cannot be the replica of this database, if so.
    pub fn unfit(&self, identity: &str) -> Option<Unfit> {
        match self {
            _ if self.identity != identity => Some(Unfit::Foreign),
            Self { standby: false, .. } => Some(Unfit::Primary),
            Self { readable: false, .. } => Some(Unfit::Unreadable),
            _ => None,
        }
    }
}

/// Which database the primary is.
pub async fn identity(primary: &DatabaseConnection) -> Result<String, DbErr> {
    let row = primary.query_one_raw(Statement::from_string(DbBackend::Postgres, LOOK)).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("identity".into()))?.try_get_by_index(1)
}

/// The position up to which the primary has written its log.
pub async fn position(primary: &DatabaseConnection) -> Result<Option<Position>, DbErr> {
    let statement = Statement::from_string(DbBackend::Postgres, format!("select {POSITION}"));
    let row = primary.query_one_raw(statement).await?;
    let text: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?.flatten();
    Ok(text.and_then(|text| text.parse().ok()))
}

/// Examines the replica with this URL.
pub async fn examine(url: &str, primary: &DatabaseConnection) -> Result<AboutReplica, Unreached> {
    let (_, mut connection) = reach(url, SETTING).await?;
    let of_primary = |error: DbErr| unasked(&error, Trouble::behind(&error).is_none());
    let of_replica = |error: SqlxError| unasked(&error, lasts(&error));
    let identity = identity(primary).await.map_err(of_primary)?;
    let committed = position(primary).await.map_err(of_primary)?;
    let look = Look::of(&mut connection).await.map_err(of_replica)?;
    let paused = query_scalar(PAUSED).fetch_one(&mut connection).await.map_err(of_replica)?;
    let behind = look.position.zip(committed).and_then(|(replayed, committed)| {
        let same = replayed.timeline == committed.timeline;
        same.then(|| committed.lsn.saturating_sub(replayed.lsn))
    });
    Ok(AboutReplica { unfit: look.unfit(&identity), behind, paused })
}

fn unasked(error: &(dyn Error + 'static), lasting: bool) -> Unreached {
    Unreached { sentence: format!("It cannot be asked: {}.", causes(error)), lasting }
}

//! What makes the database or the media storage temporarily unavailable, as opposed to errors, and what
//! errors of the database mean to the operator.

use std::{error::Error, io, iter};

use sea_orm::{
    ConnAcquireErr, DbErr, RuntimeErr, SqlxError, SqlxPostgresError, sqlx::error::DatabaseError,
};

/// What to do if the user of the database may not do what the server does.
const OWN: &str = "Let the user in --database-url own the database: `alter database … owner to …`; if \
    there are tables in it already, also these.";

/// What to do if each transaction gets another connection, which does not know what was prepared before.
const POOLER: &str = "The URL leads to a pooler in transaction mode. It has to be PgBouncer 1.21 or later \
    with max_prepared_statements = 200, and --database-direct-url has to lead to PostgreSQL itself.";

/// What the operator can do about an error of the database whose own words do not say it.
pub fn advice(error: &(dyn Error + 'static)) -> Option<&'static str> {
    match of_postgresql(error)?.code() {
        // insufficient_privilege
        "42501" => Some(OWN),
        // duplicate_prepared_statement, invalid_sql_statement_name
        "42P05" | "26000" => Some(POOLER),
        _ => None,
    }
}

/// What one of the causes of an error says, without the line of PostgreSQL's own source that the driver
/// adds.
pub(crate) fn said(cause: &(dyn Error + 'static)) -> String {
    let text = cause.to_string();
    match of_postgresql(cause) {
        Some(error) => text.replace(&error.to_string(), error.message()),
        None => text,
    }
}

/// What PostgreSQL answered, if that caused an error.
fn of_postgresql<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a SqlxPostgresError> {
    let mut causes = iter::successors(Some(error), |&error| error.source());
    causes.find_map(|cause| {
        let of_driver = match cause.downcast_ref() {
            // It does not say that this is its cause.
            Some(RuntimeErr::SqlxError(error)) => Some(&**error),
            _ => cause.downcast_ref(),
        };
        match of_driver {
            Some(SqlxError::Database(error)) => error.try_downcast_ref(),
            _ => cause.downcast_ref::<Box<dyn DatabaseError>>()?.try_downcast_ref(),
        }
    })
}

/// Why the database, the media storage, or the disk beneath is temporarily unavailable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The database does not respond, or its connection was lost.
    #[error("The database is currently unavailable. Try again shortly.")]
    Away,
    /// Others have held what is needed for too long.
    #[error("The server is currently too busy. Try again shortly.")]
    Busy,
    /// There is no space left.
    #[error("The server's disk is full. Nothing can be saved until space is available.")]
    Full,
    /// The disk cannot be read or written.
    #[error("The server's disk cannot currently be read or written. Try again later.")]
    Disk,
    /// The media storage does not respond.
    #[error("The media storage is currently unavailable. Try again shortly.")]
    Store,
}

impl Trouble {
    /// The trouble that caused an error, if any.
    pub fn behind(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut cause = Some(error);
        while let Some(error) = cause {
            let found = if let Some(error) = error.downcast_ref() {
                Self::of_database(error)
            } else if let Some(error) = error.downcast_ref::<io::Error>() {
                Self::of_disk(error)
            } else {
                None
            };
            if found.is_some() {
                return found;
            }
            cause = error.source();
        }
        None
    }

    fn of_disk(error: &io::Error) -> Option<Self> {
        let full =
            matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
        full.then_some(Self::Full)
    }

    fn of_database(error: &DbErr) -> Option<Self> {
        match error {
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => Some(Self::Busy),
            DbErr::Conn(RuntimeErr::SqlxError(error)) => {
                Some(Self::of_driver(error).unwrap_or(Self::Away))
            }
            DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed) | DbErr::Conn(_) => {
                Some(Self::Away)
            }
            DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => Self::of_driver(error),
            _ => None,
        }
    }

    /// The trouble that an error of the driver is, if any.
    pub(super) fn of_driver(error: &SqlxError) -> Option<Self> {
        match error {
            SqlxError::Io(error) => Some(Self::of_disk(error).unwrap_or(Self::Away)),
            SqlxError::Tls(_)
            | SqlxError::PoolClosed
            | SqlxError::WorkerCrashed
            | SqlxError::BeginFailed => Some(Self::Away),
            SqlxError::PoolTimedOut => Some(Self::Busy),
            SqlxError::Database(error) => {
                let code = error.code()?;
                match error.try_downcast_ref::<sea_orm::SqlxSqliteError>() {
                    Some(_) => Self::of_sqlite(code.parse().ok()?),
                    None => Self::of_postgresql(&code),
                }
            }
            _ => None,
        }
    }

    /// By the result codes of SQLite, <https://www.sqlite.org/rescode.html>.
    fn of_sqlite(code: u32) -> Option<Self> {
        // The extended code has more in its higher bits.
        match code & 0xff {
            // BUSY, LOCKED, NOMEM
            5..=7 => Some(Self::Busy),
            // IOERR, CANTOPEN
            10 | 14 => Some(Self::Disk),
            // FULL
            13 => Some(Self::Full),
            _ => None,
        }
    }

    /// By the error codes of PostgreSQL, <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
    fn of_postgresql(code: &str) -> Option<Self> {
        match code {
            "53100" => Some(Self::Full),
            // lock_not_available, idle_in_transaction_session_timeout, deadlock_detected
            "55P03" | "25P03" | "40P01" => Some(Self::Busy),
            "58030" => Some(Self::Disk),
            // read_only_sql_transaction: a standby; and an operator's intervention
            "25006" | "57P01" | "57P02" | "57P03" | "57P05" => Some(Self::Away),
            _ if code.starts_with("53") => Some(Self::Busy),
            _ if code.starts_with("08") => Some(Self::Away),
            _ => None,
        }
    }
}

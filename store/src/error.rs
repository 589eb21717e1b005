//! What can go wrong, told in one sentence, and whether trying again can help.

use std::fmt::Display;

/// What can go wrong with the store itself.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, or answers too slowly. Trying again can help.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A disk is full. Trying again helps when somebody has made room.
    #[error("{operation}: there is no room: {reason}")]
    NoRoom {
        /// What was being done.
        operation: &'static str,
        /// What the disk said.
        reason: String,
    },
    /// Anything else: a fault of ours or of the data.
    #[error("{operation}: {reason}")]
    Failed {
        /// What was being done.
        operation: &'static str,
        /// What the database said.
        reason: String,
    },
}

/// Result of a store operation.
pub type Result<T> = std::result::Result<T, StoreError>;

/// SQLSTATEs of Postgres after which trying again can help, by their beginning.
const PASSING_STATES: [&str; 7] = [
    "08",    // the connection broke
    "53",    // out of connections, memory or disk
    "57P",   // shutting down, starting up, or cut off by an administrator
    "40001", // serialisation failure
    "40P01", // deadlock
    "55P03", // lock not available
    "25006", // read-only: a standby that is about to be promoted
];

/// Primary result codes of SQLite after which trying again can help: busy, locked, disk full.
const PASSING_CODES: [i32; 3] = [5, 6, 13];

impl StoreError {
    /// The same for another who suffers from it.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Unavailable(reason) => Self::Unavailable(reason.clone()),
            Self::NoRoom { operation, reason } => Self::NoRoom {
                operation,
                reason: reason.clone(),
            },
            Self::Failed { operation, reason } => Self::Failed {
                operation,
                reason: reason.clone(),
            },
        }
    }

    pub(crate) fn failed(operation: &'static str, reason: impl Display) -> Self {
        Self::Failed {
            operation,
            reason: reason.to_string(),
        }
    }

    /// Sorts an error of the driver. `place` says which database, without its password.
    pub(crate) fn from_driver(operation: &'static str, place: &str, error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Self::Unavailable(format!(
                "{place}: no connection was free, or could be made, in time"
            )),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(format!("{place}: {error}")),
            sqlx::Error::Database(database) if is_passing(&**database) => {
                Self::Unavailable(format!("{place}: {}", database.message()))
            }
            sqlx::Error::Database(database) => Self::failed(operation, database.message()),
            other => Self::failed(operation, other),
        }
    }
}

fn is_passing(error: &dyn sqlx::error::DatabaseError) -> bool {
    let Some(code) = error.code() else { return false };
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        // The low byte is the primary code; the rest refines it.
        return code
            .parse::<i32>()
            .is_ok_and(|code| PASSING_CODES.contains(&(code & 0xff)));
    }
    PASSING_STATES.iter().any(|state| code.starts_with(state))
}

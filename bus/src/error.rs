//! What can go wrong with the bus.

use ::redis::{ErrorKind, RedisError, ServerErrorKind};

/// What can go wrong with the bus.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// Redis cannot be reached, or answers too slowly; whether the operation took place is unknown. Trying again can
    /// help.
    #[error("Redis is unavailable: {0}")]
    Unavailable(String),
    /// Redis answers, and says no: not our data under our key, no memory left, a command that we may not use. An
    /// operator has to act.
    #[error("Redis refuses {operation}: {reason}")]
    Refused {
        /// The command.
        operation: &'static str,
        /// What Redis said.
        reason: String,
    },
}

/// Result of a bus operation.
pub type Result<T> = std::result::Result<T, BusError>;

impl BusError {
    /// The failure of an operation, from what the client library makes of it. Neither holds the address or password.
    pub(crate) fn of(operation: &'static str, error: &RedisError) -> Self {
        match error.kind() {
            ErrorKind::Server(
                ServerErrorKind::BusyLoading
                | ServerErrorKind::TryAgain
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::MasterDown
                | ServerErrorKind::ReadOnly,
            )
            | ErrorKind::Io => Self::Unavailable(format!("{operation}: {error}")),
            _ if error.code() == Some("NOAUTH") => Self::Refused {
                operation,
                reason: "it wants a password, and the address has none".to_owned(),
            },
            _ => Self::Refused {
                operation,
                reason: error.to_string(),
            },
        }
    }

    /// No answer within the time that an operation is given.
    pub(crate) fn silent(operation: &'static str) -> Self {
        Self::Unavailable(format!("no answer to {operation} in time"))
    }
}

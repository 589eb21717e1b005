//! The two engines behind one store, and how long either may take to answer.

use std::future::Future;
use std::time::Duration;

use crate::postgres::Server;
use crate::sqlite::File;
use crate::{Result, StoreError};

/// How long a statement may take, waiting for a connection included. A database that needs longer is as good as away:
/// callers hold sockets and leases meanwhile.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// A connected database. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) enum Engine {
    Postgres(Server),
    Sqlite(File),
}

impl Engine {
    /// Connects to the database that a URL names.
    pub(crate) async fn open(url: &str, max_connections: u32) -> Result<Self> {
        let operation = "open the database";
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return File::open(path, max_connections).await.map(Self::Sqlite);
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Server::open(url, max_connections).await.map(Self::Postgres);
        }
        // Only the scheme is repeated: what follows it may hold a password.
        let scheme = url
            .split_once(':')
            .map_or("nothing like it", |(scheme, _)| scheme);
        Err(StoreError::failed(
            operation,
            format_args!("its URL begins with postgres:// or sqlite:, not with {scheme:?}"),
        ))
    }

    /// Which database, for people; never its password.
    pub(crate) fn place(&self) -> &str {
        match self {
            Self::Postgres(server) => &server.place,
            Self::Sqlite(file) => &file.place,
        }
    }

    /// Waits for the database's answer, but not for ever, and sorts its errors.
    pub(crate) async fn answer<T>(
        &self,
        operation: &'static str,
        answer: impl Future<Output = sqlx::Result<T>>,
    ) -> Result<T> {
        match tokio::time::timeout(ANSWER_WITHIN, answer).await {
            Ok(answer) => answer.map_err(|error| StoreError::from_driver(operation, self.place(), &error)),
            Err(_) => Err(StoreError::Unavailable(format!(
                "{}: no answer within {} s ({operation})",
                self.place(),
                ANSWER_WITHIN.as_secs()
            ))),
        }
    }

    /// Closes every connection, after what they are doing.
    pub(crate) async fn close(&self) {
        match self {
            Self::Postgres(server) => server.close().await,
            Self::Sqlite(file) => file.close().await,
        }
    }
}

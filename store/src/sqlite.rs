//! Opening a SQLite file.
//!
//! SQLite has one writer at a time, whatever we do. So there is one writing connection, and whoever wants it waits for it
//! in the pool, in order, instead of in SQLite's busy loop; several readers see the last committed state beside it (WAL).
//! A transaction that writes begins as IMMEDIATE: one that began by reading could not be upgraded.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::{Result, StoreError};

/// How a transaction that writes begins.
pub(crate) const BEGIN: &str = "BEGIN IMMEDIATE";

/// How long to wait for another process, or for one's turn at the writer.
const BUSY_FOR: Duration = Duration::from_secs(5);

/// Readers at most: they are threads, and more of them than cores only take turns.
const MOST_READERS: u32 = 8;

const OPERATION: &str = "open the database";

/// A SQLite file: its writer and its readers.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) write: SqlitePool,
    pub(crate) read: SqlitePool,
    pub(crate) place: Arc<str>,
}

impl File {
    pub(crate) async fn open(path: &str, max_connections: u32) -> Result<Self> {
        if path.is_empty() || path.starts_with(':') || path.contains('?') {
            return Err(StoreError::failed(
                OPERATION,
                format_args!("sqlite: is followed by the path of a file, not by {path:?}"),
            ));
        }
        make_directory(Path::new(path)).await?;
        let options = options(path);
        let place = format!("SQLite file {path}");
        let write = pool(1)
            .connect_with(options.clone().create_if_missing(true))
            .await
            .map_err(|error| explain(&place, &error))?;
        // Readers connect when they are first needed: opening stays quick.
        let read = pool(max_connections.clamp(1, MOST_READERS))
            .connect_lazy_with(options.pragma("query_only", "ON"));
        Ok(Self {
            write,
            read,
            place: place.into(),
        })
    }

    /// Readers first: the writer, the last to go, then folds the log into the file.
    pub(crate) async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

fn options(path: &str) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .foreign_keys(true)
        .busy_timeout(BUSY_FOR)
        // 8 MiB of pages a connection (negative: in KiB), and a log that shrinks again after a burst.
        .pragma("cache_size", "-8192")
        .pragma("journal_size_limit", "67108864")
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(BUSY_FOR)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
}

async fn make_directory(path: &Path) -> Result<()> {
    let Some(directory) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) else {
        return Ok(());
    };
    tokio::fs::create_dir_all(directory).await.map_err(|error| {
        StoreError::failed(
            OPERATION,
            format_args!("the directory {} cannot be made: {error}", directory.display()),
        )
    })
}

/// What SQLite's refusal to open a file means to whoever has to mend it.
fn explain(place: &str, error: &sqlx::Error) -> StoreError {
    const READ_ONLY: i32 = 8;
    const CANNOT_OPEN: i32 = 14;
    const NOT_A_DATABASE: i32 = 26;
    let sqlx::Error::Database(database) = error else {
        return StoreError::from_driver(OPERATION, place, error);
    };
    let code = database.code().and_then(|code| code.parse::<i32>().ok());
    let reason = match code.map(|code| code & 0xff) {
        Some(NOT_A_DATABASE) => "it is not a SQLite database",
        Some(CANNOT_OPEN) => "it cannot be opened or made; is its directory writable, and is it a file?",
        Some(READ_ONLY) => "it, or its directory, is not writable",
        _ => return StoreError::from_driver(OPERATION, place, error),
    };
    StoreError::failed(OPERATION, format_args!("{place}: {reason}"))
}

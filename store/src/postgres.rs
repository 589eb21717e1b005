//! Connecting to Postgres.

use std::io::ErrorKind;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgPool};

use crate::{Result, StoreError};

/// How long the first connection may take, and later a wait for a free one.
const CONNECT_WITHIN: Duration = Duration::from_secs(4);

/// How long a server that refuses connections is asked again: it may be just starting beside us.
const STARTING_WITHIN: Duration = Duration::from_secs(2);

/// Statements are planned once a connection and kept, perhaps while the tables are as good as empty: then a plan that reads a whole
/// table looks cheap, and is still followed when there are a million rows in it. Every table that grows has an index for whatever is
/// asked often. Without the last, a plan that has no index to go by looks so dear that it is compiled, which takes longer than it.
const PLAN_BY_INDEX: &str = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET jit = off";

/// A Postgres server.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) pool: PgPool,
    pub(crate) place: Arc<str>,
}

impl Server {
    pub(crate) async fn open(url: &str, max_connections: u32) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| StoreError::failed("read the database URL", error))?
            .application_name("gavel");
        let place = place(&options);
        try_out(&options, &place).await?;
        let pool = PgPoolOptions::new()
            .max_connections(max_connections.max(1))
            .acquire_timeout(CONNECT_WITHIN)
            // Every connection is tested when it comes back; testing it again would be a round trip more a statement.
            .test_before_acquire(false)
            .after_connect(|connection, _| {
                Box::pin(async move { sqlx::raw_sql(PLAN_BY_INDEX).execute(connection).await.map(drop) })
            })
            .connect_lazy_with(options);
        Ok(Self {
            pool,
            place: place.into(),
        })
    }
}

/// Which database, for people: host, port and name, never the password.
fn place(options: &PgConnectOptions) -> String {
    let host = options.get_socket().map_or_else(
        || format!("{}:{}", options.get_host(), options.get_port()),
        |socket| socket.display().to_string(),
    );
    let database = options.get_database().unwrap_or(options.get_username());
    format!("Postgres at {host}, database {database}")
}

/// Connects once by hand: the pool would hide the reason of a failure behind a timeout.
async fn try_out(options: &PgConnectOptions, place: &str) -> Result<()> {
    let started = tokio::time::Instant::now();
    loop {
        let error = match tokio::time::timeout(CONNECT_WITHIN, options.connect()).await {
            Ok(Ok(connection)) => {
                // Nothing depends on a polite goodbye.
                drop(connection.close().await);
                return Ok(());
            }
            Ok(Err(error)) => error,
            Err(_) => {
                return Err(StoreError::Unavailable(format!(
                    "{place}: no connection within {} s",
                    CONNECT_WITHIN.as_secs()
                )));
            }
        };
        if !may_be_starting(&error) || started.elapsed() > STARTING_WITHIN {
            return Err(explain(place, &error));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn may_be_starting(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::NotFound),
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code == "57P03"),
        _ => false,
    }
}

/// What a failed connection means to whoever has to mend it.
fn explain(place: &str, error: &sqlx::Error) -> StoreError {
    let operation = "connect to the database";
    match error {
        // Wrong password, unknown role, missing database: trying again does not help.
        sqlx::Error::Database(database)
            if database
                .code()
                .is_some_and(|code| code.starts_with("28") || code.starts_with("3D")) =>
        {
            StoreError::failed(operation, format_args!("{place}: {}", database.message()))
        }
        sqlx::Error::Configuration(reason) => {
            StoreError::failed(operation, format_args!("{place}: {reason}"))
        }
        sqlx::Error::Io(reason) => StoreError::Unavailable(format!("{place}: {reason}")),
        other => StoreError::from_driver(operation, place, other),
    }
}

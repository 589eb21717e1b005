//! Connecting to Postgres.

use std::io::ErrorKind;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow};
use sqlx::query::QueryAs;
use sqlx::{ConnectOptions, Connection, FromRow, PgPool, Postgres};
use tokio::sync::Semaphore;

use crate::{Result, StoreError};

/// How long the first connection may take, and later a wait for a free one.
const CONNECT_WITHIN: Duration = Duration::from_secs(4);

/// How long a server that refuses connections is asked again: it may be just starting beside us.
const STARTING_WITHIN: Duration = Duration::from_secs(2);

/// Statements are planned once a connection and kept, perhaps while the tables are as good as empty: then a plan that reads a whole
/// table looks cheap, and is still followed when there are a million rows in it. Every table that grows has an index for whatever is
/// asked often. Without the last, a plan that has no index to go by looks so dear that it is compiled, which takes longer than it.
const PLAN_BY_INDEX: &str = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET jit = off";

/// How long a connection is kept for [`Server::fetch_all`] before it goes back to the pool, which looks after its age.
const KEPT_FOR: Duration = Duration::from_secs(30);

/// Connections for [`Server::fetch_all`] at most; half of what there may be is left to everybody else.
const MOST_QUICK: u32 = 8;

/// The same for statements on the way of every submission, and they are planned once a connection indeed: left to itself, the server
/// compares what plans would cost by what it guesses of how long a list will be, and then plans some of them anew each time, which
/// takes longer than to run them.
const PLAN_ONCE: &str = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET jit = off; \
                         SET plan_cache_mode = force_generic_plan";

/// A Postgres server.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) pool: PgPool,
    pub(crate) place: Arc<str>,
    /// For what is on the way of every submission, and as many turns as it has connections.
    quick: PgPool,
    turns: Arc<Semaphore>,
    kept: Arc<Mutex<Kept>>,
}

/// Connections between two statements that are asked all the time.
#[derive(Debug)]
struct Kept {
    most: usize,
    connections: Vec<(PoolConnection<Postgres>, Instant)>,
}

impl Server {
    pub(crate) async fn open(url: &str, max_connections: u32) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| StoreError::failed("read the database URL", error))?
            .application_name("gavel");
        let place = place(&options);
        try_out(&options, &place).await?;
        let most_quick = (max_connections / 2).min(MOST_QUICK);
        let pool = pool(
            &options,
            max_connections.saturating_sub(most_quick),
            PLAN_BY_INDEX,
        );
        let quick = if most_quick == 0 {
            pool.clone()
        } else {
            self::pool(&options, most_quick, PLAN_ONCE)
        };
        let turns = if most_quick == 0 {
            max_connections.max(1)
        } else {
            most_quick
        };
        Ok(Self {
            pool,
            place: place.into(),
            quick,
            turns: Arc::new(Semaphore::new(turns as usize)),
            kept: Arc::new(Mutex::new(Kept {
                most: most_quick as usize,
                connections: Vec::new(),
            })),
        })
    }

    /// Asks a statement that is on the way of every submission. The pool asks each connection that comes back to it for a sign of life;
    /// here, that would be as many round trips again as there are statements, each just when the next one could begin. So their
    /// connections come back only now and then, and when something went wrong.
    pub(crate) async fn fetch_all<R>(
        &self,
        query: QueryAs<'_, Postgres, R, PgArguments>,
    ) -> sqlx::Result<Vec<R>>
    where
        R: Send + Unpin + for<'r> FromRow<'r, PgRow>,
    {
        // The pool wakes those who wait for it when a connection comes back to it, which these do not: who has its turn finds one that is
        // kept, or one that the pool can give.
        let turn = tokio::time::timeout(CONNECT_WITHIN, self.turns.acquire());
        let _turn = turn.await.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let kept = self.kept().connections.pop();
        let (mut connection, since) = match kept {
            Some(kept) => kept,
            // In a box: it happens seldom, and all who ask would hold the memory for it.
            None => (Box::pin(self.quick.acquire()).await?, Instant::now()),
        };
        let answer = query.fetch_all(&mut *connection).await;
        match &answer {
            Ok(_) if since.elapsed() < KEPT_FOR => self.keep(connection, since),
            Ok(_) | Err(sqlx::Error::Database(_)) => {}
            // What has cut this one off has cut the others off, too.
            Err(_) => self.kept().connections.clear(),
        }
        answer
    }

    fn keep(&self, connection: PoolConnection<Postgres>, since: Instant) {
        let mut kept = self.kept();
        if kept.connections.len() < kept.most {
            kept.connections.push((connection, since));
        }
    }

    /// Closes every connection, after what they are doing.
    pub(crate) async fn close(&self) {
        {
            let mut kept = self.kept();
            kept.most = 0;
            kept.connections.clear();
        }
        self.quick.close().await;
        self.pool.close().await;
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Connections that each begin with some settings.
fn pool(options: &PgConnectOptions, connections: u32, settings: &'static str) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections.max(1))
        .acquire_timeout(CONNECT_WITHIN)
        // Every connection is tested when it comes back; testing it again would be a round trip more a statement.
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            Box::pin(async move { sqlx::raw_sql(settings).execute(connection).await.map(drop) })
        })
        .connect_lazy_with(options.clone())
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

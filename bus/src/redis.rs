//! Connections to one Redis.
//!
//! A shared connection carries every short command of the process, pipelined. It is our own slot around a multiplexed
//! connection and not the client library's `ConnectionManager`, for three reasons: a command that finds the connection
//! broken is tried once more on a new one (all our shared commands can be repeated); a connection that does not answer
//! is replaced (a link that swallows packets reports no error for many minutes); and the first command after an outage
//! works, where the manager answers it with the failure of its last attempt to connect.
//!
//! Every command is bounded by [`OPERATION_LIMIT`], connecting included.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::io::tcp::TcpSettings;
use ::redis::{
    AsyncConnectionConfig, Client, FromRedisValue, IntoConnectionInfo, Pipeline, ProtocolVersion, RedisError,
    Script, ToRedisArgs,
};
use tokio::time::{Instant, timeout, timeout_at};

use crate::{BusError, Result};

/// How long a command may take, connecting included, before Redis counts as unavailable.
pub(crate) const OPERATION_LIMIT: Duration = Duration::from_millis(1900);

/// The oldest major version that has what we use (`BZMPOP`).
const OLDEST_MAJOR: u32 = 7;

/// Connections to one Redis: what the fleet's queue and events are made of. Cheap to clone.
#[derive(Clone)]
pub struct Redis {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    address: String,
    shared: Mutex<Option<Shared>>,
    /// Held while connecting, so that those who find no connection make one, not one each.
    connecting: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct Shared {
    number: u64,
    connection: MultiplexedConnection,
}

/// A script that Redis runs, in Lua.
#[derive(Debug)]
pub(crate) struct Lua {
    text: &'static str,
    hash: OnceLock<String>,
}

impl Lua {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self {
            text,
            hash: OnceLock::new(),
        }
    }

    /// What Redis knows it by.
    fn hash(&self) -> &str {
        self.hash
            .get_or_init(|| Script::new(self.text).get_hash().to_owned())
    }
}

impl Redis {
    /// Connects; `wait` bounds the first attempt. Afterwards it reconnects by itself.
    ///
    /// `url` is `redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`, `rediss://…` for TLS, or `redis+unix:///SOCKET`. No
    /// error repeats it, because of the password in it.
    pub async fn connect(url: &str, wait: Duration) -> Result<Self> {
        let redis = Self::of_url(url)?;
        let probe = async {
            let shared = redis.shared(Instant::now() + wait).await?;
            redis.check_version(shared).await
        };
        match timeout(wait, probe).await {
            Ok(Ok(())) => Ok(redis),
            Ok(Err(BusError::Unavailable(reason))) => Err(BusError::Unavailable(format!(
                "cannot connect to {}: {reason}",
                redis.inner.address
            ))),
            Ok(Err(refused)) => Err(refused),
            Err(_) => Err(BusError::Unavailable(format!(
                "{} did not answer within {} s",
                redis.inner.address,
                wait.as_secs_f32()
            ))),
        }
    }

    fn of_url(url: &str) -> Result<Self> {
        let malformed = |error: RedisError| BusError::Refused {
            operation: "the address",
            reason: format!(
                "{} (it looks like redis://user:password@host:6379/0)",
                error.category()
            ),
        };
        let info = url.into_connection_info().map_err(malformed)?;
        let address = info.addr().to_string();
        // RESP3, so that messages and confirmations share a connection with pings.
        let settings = info
            .redis_settings()
            .clone()
            .set_protocol(ProtocolVersion::RESP3)
            .set_lib_name("gavel", env!("CARGO_PKG_VERSION"));
        let info = info
            .set_redis_settings(settings)
            .set_tcp_settings(TcpSettings::default().set_nodelay(true));
        let client = Client::open(info).map_err(malformed)?;
        Ok(Self {
            inner: Arc::new(Inner {
                client,
                address,
                shared: Mutex::new(None),
                connecting: tokio::sync::Mutex::new(()),
            }),
        })
    }

    /// Refuses a server that is too old in words, before it refuses our commands one by one.
    async fn check_version(&self, mut shared: Shared) -> Result<()> {
        let info: String = ::redis::cmd("INFO")
            .arg("server")
            .query_async(&mut shared.connection)
            .await
            .map_err(|error| BusError::of("INFO", &error))?;
        let version = info.lines().find_map(|line| line.strip_prefix("redis_version:"));
        let major = version.and_then(|version| version.split('.').next()?.parse::<u32>().ok());
        match (version, major) {
            (Some(version), Some(major)) if major < OLDEST_MAJOR => Err(BusError::Refused {
                operation: "to work with us",
                reason: format!(
                    "{} is version {version}, and {OLDEST_MAJOR}.0 or newer is needed",
                    self.inner.address
                ),
            }),
            _ => Ok(()),
        }
    }

    /// Runs commands that can be repeated without harm, on the shared connection, in one round trip.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        operation: &'static str,
        commands: &Pipeline,
    ) -> Result<T> {
        let answer = self.ask(operation, commands).await?;
        answer.map_err(|error| BusError::of(operation, &error))
    }

    /// Runs a script that can be repeated without harm. Redis is sent its text only where it does not know it yet.
    pub(crate) async fn script<T: FromRedisValue>(
        &self,
        operation: &'static str,
        script: &Lua,
        keys: &[&str],
        arguments: &[impl ToRedisArgs],
    ) -> Result<T> {
        let call = |command: &str, script: &str| {
            let mut call = ::redis::cmd(command);
            call.arg(script).arg(keys.len()).arg(keys).arg(arguments);
            let mut commands = ::redis::pipe();
            commands.add_command(call);
            commands
        };
        let answer: std::result::Result<(T,), _> =
            match self.ask(operation, &call("EVALSHA", script.hash())).await? {
                Err(error) if error.code() == Some("NOSCRIPT") => {
                    self.ask(operation, &call("EVAL", script.text)).await?
                }
                answer => answer,
            };
        answer
            .map(|(value,)| value)
            .map_err(|error| BusError::of(operation, &error))
    }

    /// Runs commands; what Redis says to them is for the caller, unless it says nothing.
    async fn ask<T: FromRedisValue>(
        &self,
        operation: &'static str,
        commands: &Pipeline,
    ) -> Result<std::result::Result<T, RedisError>> {
        let deadline = Instant::now() + OPERATION_LIMIT;
        let mut is_first = true;
        loop {
            let mut shared = self.shared(deadline).await?;
            match timeout_at(deadline, commands.query_async(&mut shared.connection)).await {
                Ok(Err(error)) if error.is_unrecoverable_error() => {
                    self.forget(shared.number);
                    if !is_first {
                        return Ok(Err(error));
                    }
                    is_first = false;
                }
                Ok(answer) => return Ok(answer),
                Err(_) => {
                    self.forget(shared.number);
                    return Err(BusError::silent(operation));
                }
            }
        }
    }

    /// A connection of one's own, whose answers may take as long as the caller waits.
    pub(crate) async fn dedicated(
        &self,
        config: AsyncConnectionConfig,
        deadline: Instant,
    ) -> Result<MultiplexedConnection> {
        let config = config
            .set_connection_timeout(Some(OPERATION_LIMIT))
            .set_response_timeout(None);
        let connect = self
            .inner
            .client
            .get_multiplexed_async_connection_with_config(&config);
        match timeout_at(deadline, connect).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(BusError::of("the connection", &error)),
            Err(_) => Err(BusError::silent("the connection")),
        }
    }

    async fn shared(&self, deadline: Instant) -> Result<Shared> {
        if let Some(shared) = self.current() {
            return Ok(shared);
        }
        let Ok(_guard) = timeout_at(deadline, self.inner.connecting.lock()).await else {
            return Err(BusError::silent("the connection"));
        };
        if let Some(shared) = self.current() {
            return Ok(shared);
        }
        let connection = self.dedicated(AsyncConnectionConfig::new(), deadline).await?;
        Ok(self.install(connection))
    }

    fn current(&self) -> Option<Shared> {
        self.slot().clone()
    }

    fn install(&self, connection: MultiplexedConnection) -> Shared {
        use std::sync::atomic::{AtomicU64, Ordering};
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let shared = Shared { number, connection };
        *self.slot() = Some(shared.clone());
        shared
    }

    /// Lets go of a connection that failed, unless somebody has replaced it already.
    fn forget(&self, number: u64) {
        let mut slot = self.slot();
        if slot.as_ref().is_some_and(|shared| shared.number == number) {
            *slot = None;
        }
    }

    fn slot(&self) -> std::sync::MutexGuard<'_, Option<Shared>> {
        self.inner.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("address", &self.inner.address)
            .finish_non_exhaustive()
    }
}

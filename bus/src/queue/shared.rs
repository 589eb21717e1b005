//! The queue in Redis: one sorted set, `{gavel}:queue`.
//!
//! | operation | command | cost |
//! |---|---|---|
//! | push | `ZADD NX`, all entries in one | log n each |
//! | pop | `BZMPOP … MIN COUNT max` on a connection of its own | log n each |
//! | remove, position | `ZREM`, `ZRANK` | log n |
//! | depth | three `ZCOUNT` in one round trip | log n |
//!
//! A pop runs in a task of its own, which ends only when Redis has answered: a caller that goes away in the middle
//! would otherwise take entries with it. The task is told, unblocks its connection with `CLIENT UNBLOCK`, and puts back
//! what it got. Only a connection that breaks, or a process that dies, between Redis' answer and ours loses entries;
//! the sweeper puts these in again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, Cmd, Pipeline, RedisError, cmd, pipe};
use domain::{Band, JudgementId};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};
use tokio_util::task::TaskTracker;

use super::Entry;
use super::score::Score;
use crate::redis::OPERATION_LIMIT;
use crate::{BusError, Redis, Result};

/// The hash tag keeps all keys of Gavel on one node of a Redis Cluster.
const KEY: &str = "{gavel}:queue";

/// How much later than asked for a blocking pop may answer. The client library would give up after half a second.
const GRACE: Duration = Duration::from_secs(5);

/// Idle connections that are kept for the next pop: one for each loop that pops, and a process has few of them.
const IDLE: usize = 8;

/// Entries in one `ZADD`, so that a sweep of many does not block Redis for others.
const CHUNK: usize = 1000;

#[derive(Debug)]
pub(super) struct SharedQueue {
    redis: Redis,
    idle: Mutex<Vec<Blocking>>,
    tasks: TaskTracker,
}

/// A connection on which commands may block.
#[derive(Debug)]
struct Blocking {
    connection: MultiplexedConnection,
    /// Redis' number for it.
    client: u64,
}

type Member = (Vec<u8>, f64);

/// What a pop took out; put back when it is dropped without having been taken.
struct Popped {
    members: Vec<Member>,
    queue: Arc<SharedQueue>,
}

impl SharedQueue {
    pub(super) fn new(redis: Redis) -> Self {
        Self {
            redis,
            idle: Mutex::default(),
            tasks: TaskTracker::new(),
        }
    }

    pub(super) async fn push(&self, entries: &[Entry]) -> Result<()> {
        for entries in entries.chunks(CHUNK) {
            let mut add = cmd("ZADD");
            add.arg(KEY).arg("NX");
            for entry in entries {
                add.arg(Score::of(entry).0).arg(entry.judgement.to_string());
            }
            self.redis.run::<()>("ZADD", only(add).ignore()).await?;
        }
        Ok(())
    }

    pub(super) async fn pop(self: &Arc<Self>, max: usize, wait: Duration) -> Result<Vec<JudgementId>> {
        let (answer, heard) = oneshot::channel();
        let queue = Arc::clone(self);
        self.tasks
            .spawn(async move { queue.answer(answer, max, wait).await });
        match heard.await {
            Ok(popped) => Ok(popped?.take()),
            Err(_) => Err(BusError::Unavailable("the runtime is stopping".to_owned())),
        }
    }

    pub(super) async fn remove(&self, judgement: JudgementId) -> Result<bool> {
        let mut remove = cmd("ZREM");
        remove.arg(KEY).arg(judgement.to_string());
        let (removed,): (u64,) = self.redis.run("ZREM", &only(remove)).await?;
        Ok(removed > 0)
    }

    pub(super) async fn position(&self, judgement: JudgementId) -> Result<Option<u64>> {
        let mut rank = cmd("ZRANK");
        rank.arg(KEY).arg(judgement.to_string());
        let (rank,) = self.redis.run("ZRANK", &only(rank)).await?;
        Ok(rank)
    }

    pub(super) async fn depth(&self) -> Result<[u64; 3]> {
        let mut commands = pipe();
        for band in Band::ALL {
            let end = format!("({}", Score::end_of(band).0);
            commands
                .cmd("ZCOUNT")
                .arg(KEY)
                .arg(Score::first_of(band).0)
                .arg(end);
        }
        let (contest, interactive, bulk) = self.redis.run("ZCOUNT", &commands).await?;
        Ok([contest, interactive, bulk])
    }

    pub(super) async fn ping(&self) -> Result<()> {
        self.redis.run("PING", only(cmd("PING")).ignore()).await
    }

    /// Pops, and answers with what came of it.
    async fn answer(
        self: Arc<Self>,
        mut answer: oneshot::Sender<Result<Popped>>,
        max: usize,
        wait: Duration,
    ) {
        let result = self.pop_members(&mut answer, max, wait).await;
        let popped = result.map(|members| Popped { members, queue: self });
        // A caller that is gone leaves the answer here, and its drop puts the entries back.
        drop(answer.send(popped));
    }

    /// Tries an idle connection first; if that turns out to be broken, a new one.
    async fn pop_members(
        &self,
        answer: &mut oneshot::Sender<Result<Popped>>,
        max: usize,
        wait: Duration,
    ) -> Result<Vec<Member>> {
        let deadline = Instant::now() + wait;
        if let Some(idle) = self.take_idle() {
            match self.block(idle, answer, max, wait).await {
                Err(Broken::Connection(_)) => {}
                Err(Broken::Refusal(error)) => return Err(error),
                Ok(members) => return Ok(members),
            }
        }
        let blocking = self.connect().await?;
        let left = deadline.saturating_duration_since(Instant::now());
        self.block(blocking, answer, max, left)
            .await
            .map_err(|broken| match broken {
                Broken::Connection(error) | Broken::Refusal(error) => error,
            })
    }

    async fn block(
        &self,
        mut blocking: Blocking,
        answer: &mut oneshot::Sender<Result<Popped>>,
        max: usize,
        wait: Duration,
    ) -> std::result::Result<Vec<Member>, Broken> {
        let command = pop_command(max, wait);
        let client = blocking.client;
        let popped = {
            let query = command.query_async(&mut blocking.connection);
            let mut pop = std::pin::pin!(timeout(wait + GRACE, query));
            tokio::select! {
                popped = &mut pop => popped,
                () = answer.closed() => {
                    self.unblock(client).await;
                    pop.await
                }
            }
        };
        let popped: Option<(String, Vec<Member>)> = match popped {
            Ok(Ok(popped)) => popped,
            Ok(Err(error)) => return Err(Broken::of(&error)),
            Err(_) => return Err(Broken::Refusal(BusError::silent("BZMPOP"))),
        };
        self.give_idle(blocking);
        Ok(popped.map(|(_, members)| members).unwrap_or_default())
    }

    /// Ends the wait of a connection. Where that fails, the wait ends in its own time.
    async fn unblock(&self, client: u64) {
        let mut unblock = cmd("CLIENT");
        unblock.arg("UNBLOCK").arg(client);
        if let Err(error) = self
            .redis
            .run::<()>("CLIENT UNBLOCK", only(unblock).ignore())
            .await
        {
            tracing::debug!(%error, "a pop that nobody waits for any more blocks until its time is over");
        }
    }

    async fn connect(&self) -> Result<Blocking> {
        let deadline = Instant::now() + OPERATION_LIMIT;
        let mut connection = self
            .redis
            .dedicated(AsyncConnectionConfig::new(), deadline)
            .await?;
        let mut number = cmd("CLIENT");
        number.arg("ID");
        match tokio::time::timeout_at(deadline, number.query_async(&mut connection)).await {
            Ok(Ok(client)) => Ok(Blocking { connection, client }),
            Ok(Err(error)) => Err(BusError::of("CLIENT ID", &error)),
            Err(_) => Err(BusError::silent("CLIENT ID")),
        }
    }

    fn take_idle(&self) -> Option<Blocking> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn give_idle(&self, blocking: Blocking) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(blocking);
        }
    }

    /// Puts members back where they were.
    async fn put_back(&self, members: Vec<Member>) {
        let mut add = cmd("ZADD");
        add.arg(KEY).arg("NX");
        for (member, score) in &members {
            add.arg(*score).arg(member.as_slice());
        }
        if let Err(error) = self.redis.run::<()>("ZADD", only(add).ignore()).await {
            tracing::warn!(%error, entries = members.len(), "entries are left to the sweeper");
        }
    }
}

/// Why a blocking pop failed.
enum Broken {
    /// The connection is no good; a new one may be.
    Connection(BusError),
    /// Redis said no, or nothing.
    Refusal(BusError),
}

impl Broken {
    fn of(error: &RedisError) -> Self {
        let is_connection = error.is_unrecoverable_error();
        let error = BusError::of("BZMPOP", error);
        if is_connection {
            Self::Connection(error)
        } else {
            Self::Refusal(error)
        }
    }
}

impl Popped {
    /// The judgements; members that are none are dropped, and said so once, because they are no longer in the set.
    fn take(mut self) -> Vec<JudgementId> {
        let members = std::mem::take(&mut self.members);
        let mut judgements = Vec::with_capacity(members.len());
        for (member, _) in members {
            let text = String::from_utf8_lossy(&member);
            if let Ok(judgement) = text.parse() {
                judgements.push(judgement);
            } else {
                let member: String = text.chars().take(64).collect();
                tracing::warn!(
                    member,
                    key = KEY,
                    "dropped an entry of the queue that names no judgement"
                );
            }
        }
        judgements
    }
}

impl Drop for Popped {
    fn drop(&mut self) {
        if self.members.is_empty() {
            return;
        }
        // Without a runtime the process is ending, and the sweeper of another one finds them.
        if let Ok(runtime) = Handle::try_current() {
            let members = std::mem::take(&mut self.members);
            let queue = Arc::clone(&self.queue);
            self.queue
                .tasks
                .spawn_on(async move { queue.put_back(members).await }, &runtime);
        }
    }
}

/// `BZMPOP` takes a wait of zero as "for ever", so that not to wait is another command.
fn pop_command(max: usize, wait: Duration) -> Cmd {
    let mut pop = if wait.is_zero() {
        cmd("ZMPOP")
    } else {
        let mut pop = cmd("BZMPOP");
        pop.arg(wait.as_secs_f64().max(0.001));
        pop
    };
    pop.arg(1).arg(KEY).arg("MIN").arg("COUNT").arg(max);
    pop
}

fn only(command: Cmd) -> Pipeline {
    let mut commands = pipe();
    commands.add_command(command);
    commands
}

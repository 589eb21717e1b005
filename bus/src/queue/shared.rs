//! The queue in Redis: sorted sets whose names all begin with `{gavel}:queue`, and scripts.
//!
//! | key | members | scores |
//! |---|---|---|
//! | `{gavel}:queue:lane:1:python3` | the judgements of a lane | their places: see `fairness` |
//! | `{gavel}:queue:lanes` | the lanes that have any | that of their first, or less |
//! | `{gavel}:queue:clock` | bands | what their clock shows |
//! | `{gavel}:queue:users` | band and user, as long as it matters | the place of their last judgement |
//!
//! | operation | what | cost |
//! |---|---|---|
//! | push | one script for all entries | log n each |
//! | pop | one script; where it finds nothing, `BZMPOP` of all lanes on a connection of its own | log n each |
//! | remove, position, depth | one script | log n for each lane that is not empty |
//!
//! There are as many lanes as bands, languages and tags in use; nothing depends on how many judgements wait but a logarithm.
//!
//! A pop runs in a task of its own, which ends only when Redis has answered: a caller that goes away in the middle
//! would otherwise take entries with it. The task is told, unblocks its connection with `CLIENT UNBLOCK`, and puts back
//! what it got. Only a connection that breaks, or a process that dies, between Redis' answer and ours loses entries;
//! the sweeper puts these in again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, Cmd, FromRedisValue, Pipeline, RedisError, cmd, pipe};
use domain::JudgementId;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};
use tokio_util::task::TaskTracker;

use super::{Entry, Scope, Weights};
use crate::redis::{Lua, OPERATION_LIMIT};
use crate::{BusError, Redis, Result};

/// The hash tag keeps all keys of Gavel on one node of a Redis Cluster.
const LANE: &str = "{gavel}:queue:lane:";
const LANES: &str = "{gavel}:queue:lanes";
const CLOCK: &str = "{gavel}:queue:clock";
const USERS: &str = "{gavel}:queue:users";

static PUSH: Lua = Lua::new(include_str!("scripts/push.lua"));
static POP: Lua = Lua::new(include_str!("scripts/pop.lua"));
static PUT_BACK: Lua = Lua::new(include_str!("scripts/put_back.lua"));
static REMOVE: Lua = Lua::new(include_str!("scripts/remove.lua"));
static POSITION: Lua = Lua::new(include_str!("scripts/position.lua"));
static DEPTH: Lua = Lua::new(include_str!("scripts/depth.lua"));

/// How much later than asked for a blocking pop may answer. The client library would give up after half a second.
const GRACE: Duration = Duration::from_secs(5);

/// Idle connections that are kept for the next pop: one for each loop that pops, and a process has few of them.
const IDLE: usize = 8;

/// Entries in one script, so that a push or pop of many does not block Redis for others.
const CHUNK: usize = 250;

#[derive(Debug)]
pub(super) struct SharedQueue {
    redis: Redis,
    idle: Mutex<Vec<Blocking>>,
    /// What a blocking pop has served last, until the clock is told: its band, and its place.
    served: Mutex<Option<(String, String)>>,
    tasks: TaskTracker,
}

/// A connection on which commands may block.
#[derive(Debug)]
struct Blocking {
    connection: MultiplexedConnection,
    /// Redis' number for it.
    client: u64,
}

/// A lane without its prefix, a judgement and its score, each as Redis has it.
type Member = (String, Vec<u8>, String);

/// A judgement and its score, as `BZMPOP` has them.
type Scored = (Vec<u8>, f64);

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
            served: Mutex::default(),
            tasks: TaskTracker::new(),
        }
    }

    pub(super) async fn push(&self, entries: &[Entry], weights: &Weights) -> Result<usize> {
        let mut added = 0;
        for entries in entries.chunks(CHUNK) {
            let mut arguments = vec![LANE.to_owned()];
            for entry in entries {
                arguments.extend([
                    entry.judgement.to_string(),
                    entry.lane.to_string(),
                    entry.user.to_string(),
                    weights.turn(&entry.user).to_string(),
                ]);
            }
            let keys = [LANES, CLOCK, USERS];
            let new: usize = self.redis.script("push", &PUSH, &keys, &arguments).await?;
            added += new;
        }
        Ok(added)
    }

    pub(super) async fn pop(
        self: &Arc<Self>,
        scope: &Scope,
        max: usize,
        wait: Duration,
    ) -> Result<Vec<JudgementId>> {
        let (answer, heard) = oneshot::channel();
        let (queue, scope) = (Arc::clone(self), scope.clone());
        self.tasks
            .spawn(async move { queue.answer(answer, scope, max, wait).await });
        match heard.await {
            Ok(popped) => Ok(popped?.take()),
            Err(_) => Err(BusError::Unavailable("the runtime is stopping".to_owned())),
        }
    }

    pub(super) async fn remove(&self, judgement: JudgementId) -> Result<bool> {
        let removed: u64 = self.ask("remove", &REMOVE, &[judgement.to_string()]).await?;
        Ok(removed > 0)
    }

    pub(super) async fn position(&self, judgement: JudgementId) -> Result<Option<u64>> {
        let before: i64 = self.ask("position", &POSITION, &[judgement.to_string()]).await?;
        Ok(before.try_into().ok())
    }

    pub(super) async fn depth(&self) -> Result<[u64; 3]> {
        self.ask("depth", &DEPTH, &[]).await
    }

    /// Runs a script that takes the lanes and a few words.
    async fn ask<T: FromRedisValue>(
        &self,
        operation: &'static str,
        script: &Lua,
        words: &[String],
    ) -> Result<T> {
        let arguments = [&[LANE.to_owned()], words].concat();
        self.redis.script(operation, script, &[LANES], &arguments).await
    }

    pub(super) async fn ping(&self) -> Result<()> {
        self.redis.run("PING", only(cmd("PING")).ignore()).await
    }

    /// Pops, and answers with what came of it.
    async fn answer(
        self: Arc<Self>,
        mut answer: oneshot::Sender<Result<Popped>>,
        scope: Scope,
        max: usize,
        wait: Duration,
    ) {
        let result = self.pop_members(&mut answer, &scope, max, wait).await;
        let popped = result.map(|members| Popped { members, queue: self });
        // A caller that is gone leaves the answer here, and its drop puts the entries back.
        drop(answer.send(popped));
    }

    /// Takes what is there. Where nothing is, waits on a connection of its own: an idle one first; if that turns out to be
    /// broken, a new one.
    async fn pop_members(
        &self,
        answer: &mut oneshot::Sender<Result<Popped>>,
        scope: &Scope,
        max: usize,
        wait: Duration,
    ) -> Result<Vec<Member>> {
        let deadline = Instant::now() + wait;
        let members = self.take(scope, max).await?;
        if !members.is_empty() || wait.is_zero() {
            return Ok(members);
        }
        let Some(command) = blocking_pop(scope, max, wait) else {
            // Nothing to serve yet.
            tokio::time::sleep_until(deadline).await;
            return Ok(members);
        };
        if let Some(idle) = self.take_idle() {
            match self.block(idle, answer, &command, wait).await {
                Err(Broken::Connection(_)) => {}
                Err(Broken::Refusal(error)) => return Err(error),
                Ok(members) => return Ok(members),
            }
        }
        let blocking = self.connect().await?;
        self.block(blocking, answer, &command, wait)
            .await
            .map_err(|broken| match broken {
                Broken::Connection(error) | Broken::Refusal(error) => error,
            })
    }

    /// Takes what is there, in the right order.
    async fn take(&self, scope: &Scope, max: usize) -> Result<Vec<Member>> {
        let bands: String = scope.bands.iter().map(|band| band.rank().to_string()).collect();
        let (band, score) = self.served().take().unwrap_or_default();
        let mut arguments = vec![LANE.to_owned(), max.min(CHUNK).to_string(), bands, band, score];
        arguments.extend(scope.kinds());
        let flat: Vec<(String, Vec<u8>, String)> = self
            .redis
            .script("pop", &POP, &[LANES, CLOCK], &arguments)
            .await?;
        Ok(flat)
    }

    /// Waits for the first that comes into any of the lanes.
    async fn block(
        &self,
        mut blocking: Blocking,
        answer: &mut oneshot::Sender<Result<Popped>>,
        command: &Cmd,
        wait: Duration,
    ) -> std::result::Result<Vec<Member>, Broken> {
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
        let popped: Option<(String, Vec<Scored>)> = match popped {
            Ok(Ok(popped)) => popped,
            Ok(Err(error)) => return Err(Broken::of(&error)),
            Err(_) => return Err(Broken::Refusal(BusError::silent("BZMPOP"))),
        };
        self.give_idle(blocking);
        let Some((key, members)) = popped else {
            return Ok(Vec::new());
        };
        let lane = key.strip_prefix(LANE).unwrap_or_default();
        if let (Some(band), Some((_, score))) = (lane.get(..1), members.last()) {
            *self.served() = Some((band.to_owned(), score.to_string()));
        }
        let member = |(judgement, score): Scored| (lane.to_owned(), judgement, format!("{score}"));
        Ok(members.into_iter().map(member).collect())
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

    /// The next pop lets the clock show it, as it does with what it serves itself: until then nobody was served after it but by other
    /// workers, which tell the clock of theirs.
    fn served(&self) -> MutexGuard<'_, Option<(String, String)>> {
        self.served.lock().unwrap_or_else(PoisonError::into_inner)
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
        let mut arguments = vec![LANE.as_bytes().to_vec()];
        for (lane, judgement, score) in &members {
            arguments.extend([
                lane.as_bytes().to_vec(),
                judgement.clone(),
                score.as_bytes().to_vec(),
            ]);
        }
        let put_back = self.redis.script("put back", &PUT_BACK, &[LANES], &arguments);
        let put_back: Result<()> = put_back.await;
        if let Err(error) = put_back {
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
        for (lane, member, _) in members {
            let text = String::from_utf8_lossy(&member);
            if let Ok(judgement) = text.parse() {
                judgements.push(judgement);
            } else {
                let member: String = text.chars().take(64).collect();
                tracing::warn!(
                    member,
                    lane,
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

/// Waits for the first that comes; `None` where there is no lane to wait for.
fn blocking_pop(scope: &Scope, max: usize, wait: Duration) -> Option<Cmd> {
    let lanes: Vec<String> = scope.lanes().map(|lane| format!("{LANE}{lane}")).collect();
    if lanes.is_empty() {
        return None;
    }
    let mut pop = cmd("BZMPOP");
    // A wait of zero would be for ever.
    pop.arg(wait.as_secs_f64().max(0.001)).arg(lanes.len()).arg(lanes);
    pop.arg("MIN").arg("COUNT").arg(max.min(CHUNK));
    Some(pop)
}

fn only(command: Cmd) -> Pipeline {
    let mut commands = pipe();
    commands.add_command(command);
    commands
}

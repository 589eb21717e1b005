//! What one judgement costs the database and Redis while others wait: statements, their time, and commands, at queues of three lengths.
//!
//! What waits is in the same band as what is measured, of a thousand users, in a language that no worker here takes; so the queue
//! keeps its length. Everything that the database and Redis do is counted, by themselves: what sweeps, heartbeats and announcements
//! cost in the same time is measured first, with nothing submitted, and taken off.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::gavel::{Client, GavelProcess};
use e2e::services::{Postgres, Redis};

use crate::delivery;
use crate::show;

/// How many wait.
const LENGTHS: [u64; 3] = [10, 10_000, 1_000_000];
/// Judgements that are measured at each length.
const MEASURED: usize = 4000;
/// Clients at once.
const CONNECTIONS: u32 = 16;
/// How long it is watched what is done while nothing is submitted.
const QUIET: Duration = Duration::from_secs(4);
/// No queue takes longer to come into Redis.
const FILLED_WITHIN: Duration = Duration::from_mins(4);

/// What the database and Redis have done since they began.
#[derive(Debug, Clone, Copy, Default)]
struct Done {
    statements: f64,
    statement_ms: f64,
    commits: f64,
    commands: f64,
    command_us: f64,
}

pub(crate) async fn run(home: &Path) -> Result<()> {
    let (postgres, redis) = (Postgres::start_counted()?, Redis::start()?);
    postgres.sql("CREATE EXTENSION pg_stat_statements")?;
    let environment = delivery::environment(home, &postgres, &redis);
    let (api, client) = delivery::start_api(home, &environment)?;
    let arguments = [
        "worker",
        "--judge-nothing",
        "--slots",
        "16",
        "--only-languages",
        "python3",
    ];
    let mut worker = GavelProcess::start(&arguments, &environment, home.join("worker.log"))?;
    worker.printed(|line| line.contains("started").then_some(()))?;
    // Caches and prepared statements.
    delivery::post(&client, CONNECTIONS, Duration::from_secs(2)).await?;
    delivery::drain(&client).await?;
    show(&format!(
        "{:<12} {:>10} {:>11} {:>9} {:>10} {:>11} {:>12} {:>10}",
        "waiting", "statements", "their time", "commits", "commands", "their time", "count them", "a second"
    ));
    let mut waiting = 0;
    for length in LENGTHS {
        fill(&postgres, waiting, length)?;
        waiting = length;
        wait_for_depth(&client, length).await?;
        row(&postgres, &redis, &client, length).await?;
    }
    worker.stop()?;
    api.stop()
}

/// Puts judgements into the database, past the interface: the sweeper puts them into the queue.
fn fill(postgres: &Postgres, from: u64, to: u64) -> Result<()> {
    postgres.sql(&format!(
        "SET session_replication_role = replica;
         INSERT INTO submissions (id, user_id, problem_id, package, language_id, band, created_at, files)
             SELECT CAST('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0') AS uuid), 'waiting' || n % 1000, 'aplusb',
                    (SELECT package FROM problems WHERE id = 'aplusb'), 'cpp', 1, n, '[]'
             FROM generate_series({from} + 1, {to}) AS n;
         INSERT INTO judgements (id, submission_id, package, band, user_id, language_id, state, created_at, queued_at)
             SELECT id, id, package, band, user_id, language_id, 'queued', created_at, created_at FROM submissions
             WHERE language_id = 'cpp' AND created_at > {from} AND created_at <= {to};
         UPDATE outstanding SET queued = queued + {to} - {from} WHERE shard = 0;
         ANALYZE"
    ))?;
    Ok(())
}

async fn wait_for_depth(client: &Client, length: u64) -> Result<()> {
    let begin = Instant::now();
    loop {
        let (_, queue) = client.get("/api/v1/queue").await?;
        if queue["depth"]["interactive"].as_u64() == Some(length) {
            return Ok(());
        }
        ensure!(
            begin.elapsed() < FILLED_WITHIN,
            "the queue does not fill: {queue}"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn row(postgres: &Postgres, redis: &Redis, client: &Client, length: u64) -> Result<()> {
    let before = Done::now(postgres, redis).await?;
    tokio::time::sleep(QUIET).await;
    let quiet = Done::now(postgres, redis).await?.since(before);

    let before = Done::now(postgres, redis).await?;
    let begin = Instant::now();
    delivery::post_so_many(client, CONNECTIONS, MEASURED).await?;
    delivery::drain_to(client, length).await?;
    let span = begin.elapsed();
    let done = Done::now(postgres, redis).await?.since(before);
    let share = span.as_secs_f64() / QUIET.as_secs_f64();
    let count = f64::from(u32::try_from(MEASURED)?);
    let each = |all: f64, quiet: f64| (all - quiet * share).max(0.0) / count;

    let counting = Instant::now();
    postgres.sql("SELECT SUM(queued + running) FROM outstanding")?;
    let counting = counting.elapsed();
    show(&format!(
        "{length:<12} {:>10.2} {:>8.0} µs {:>9.2} {:>10.2} {:>8.1} µs {:>9.1} ms {:>10.0}",
        each(done.statements, quiet.statements),
        each(done.statement_ms, quiet.statement_ms) * 1000.0,
        each(done.commits, quiet.commits),
        each(done.commands, quiet.commands),
        each(done.command_us, quiet.command_us),
        counting.as_secs_f64() * 1000.0,
        count / span.as_secs_f64(),
    ));
    Ok(())
}

impl Done {
    async fn now(postgres: &Postgres, redis: &Redis) -> Result<Self> {
        let text = postgres.sql(
            "SELECT (SELECT SUM(calls) FROM pg_stat_statements WHERE toplevel), \
             (SELECT SUM(total_exec_time + total_plan_time) FROM pg_stat_statements WHERE toplevel), \
             (SELECT xact_commit FROM pg_stat_database WHERE datname = current_database())",
        )?;
        let figures: Vec<f64> = text.split('|').map(str::parse).collect::<Result<_, _>>()?;
        let [statements, statement_ms, commits] = figures[..] else {
            anyhow::bail!("not three figures: {text}");
        };
        let (commands, command_us) = commands(redis).await?;
        Ok(Self {
            statements,
            statement_ms,
            commits,
            commands,
            command_us,
        })
    }

    fn since(self, before: Self) -> Self {
        Self {
            statements: self.statements - before.statements,
            statement_ms: self.statement_ms - before.statement_ms,
            commits: self.commits - before.commits,
            commands: self.commands - before.commands,
            command_us: self.command_us - before.command_us,
        }
    }
}

/// All commands, those in scripts, too; and the time of those that clients sent: the time of a script has that of its commands in it.
async fn commands(redis: &Redis) -> Result<(f64, f64)> {
    let info = redis.info("commandstats").await?;
    let (mut calls, mut micros) = (0.0, 0.0);
    for line in info.lines() {
        let Some((name, figures)) = line
            .strip_prefix("cmdstat_")
            .and_then(|rest| rest.split_once(':'))
        else {
            continue;
        };
        let figure = |label: &str| -> Result<f64> {
            let text = figures.split(',').find_map(|part| part.strip_prefix(label));
            Ok(text
                .with_context(|| format!("no {label} in {line}"))?
                .trim()
                .parse()?)
        };
        calls += figure("calls=")?;
        if matches!(
            name,
            "evalsha" | "eval" | "publish" | "bzmpop" | "subscribe" | "ping"
        ) {
            micros += figure("usec=")?;
        }
    }
    Ok((calls, micros))
}

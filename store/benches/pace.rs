//! How fast the store is: opening, and what a judgement costs with few and with many waiting.
//!
//! `cargo bench -p store`. Postgres runs beside it without fsync, as for tests: the figures are round trips and CPU, not disks.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops where it cannot measure"
)]

use std::time::{Duration, Instant};

use domain::{
    Band, Conclusion, JudgementId, PackageHash, Run, SourceFile, Submission, SubmissionId, Timestamp,
    Verdict, WorkerId,
};
use futures_util::StreamExt;
use futures_util::stream::iter;
use store::{Store, StoreConfig, Submitted};

const HOUR: Duration = Duration::from_hours(1);

/// Connections, and submissions or judgements in flight.
const ABREAST: usize = 8;

/// Judgements that are measured in each row.
const MEASURED: usize = 2000;

fn submission() -> Submission {
    Submission {
        id: SubmissionId::new(),
        user: "ann".parse().unwrap(),
        problem: "sum".parse().unwrap(),
        package: PackageHash([7; 32]),
        language: "python3".parse().unwrap(),
        files: vec![SourceFile {
            name: "main.py".into(),
            content: "print(sum(map(int, input().split())))\n".repeat(20),
        }],
        entry_point: None,
        band: Band::Interactive,
        tag: domain::WorkerTag::default(),
        created_at: Timestamp(0),
        trial: None,
    }
}

fn conclusion(runs: u32) -> Conclusion {
    let run = |ordinal| Run {
        ordinal,
        case: format!("secret/{ordinal:02}"),
        verdict: Verdict::Ac,
        score: None,
        cpu_us: 1000,
        wall_us: 2000,
        memory_bytes: 1 << 20,
        message: None,
    };
    Conclusion {
        runs: (1..=runs).map(run).collect(),
        cases_total: runs,
        ..Conclusion::of(Verdict::Ac)
    }
}

async fn submit(store: &Store, many: usize) -> Vec<JudgementId> {
    iter(0..many)
        .map(|_| async {
            match store.submit(&submission(), None, None).await.unwrap() {
                Submitted::New(view) => Some(view.judgement.id),
                Submitted::Before(_)
                | Submitted::KeyReused
                | Submitted::TooMany
                | Submitted::ProblemChanged => None,
            }
        })
        .buffer_unordered(ABREAST)
        .filter_map(async |judgement| judgement)
        .collect()
        .await
}

/// Claims and commits `together` at a time.
async fn judge(store: &Store, ids: &[JudgementId], together: usize, runs: u32) {
    let (worker, end) = (WorkerId::new(), conclusion(runs));
    iter(ids.chunks(together))
        .map(async |chunk| {
            let work = store.claim(chunk, worker, HOUR).await.unwrap();
            let ended: Vec<_> = work.iter().map(|work| (work.lease, &end)).collect();
            assert_eq!(store.commit_many(&ended).await.unwrap().len(), chunk.len());
        })
        .buffer_unordered(ABREAST)
        .collect::<Vec<()>>()
        .await;
}

fn report(what: &str, many: usize, started: Instant) {
    let took = started.elapsed();
    let rate = f64::from(u32::try_from(many).unwrap()) / took.as_secs_f64();
    println!("{what:<66} {rate:>8.0}/s");
}

async fn measure(name: &str, config: &StoreConfig) {
    let started = Instant::now();
    let store = Store::open(config).await.unwrap();
    store.migrate().await.unwrap();
    println!(
        "{name}: open and migrate an empty database {:>20.1?}",
        started.elapsed()
    );
    store.close().await;
    let started = Instant::now();
    let store = Store::open(config).await.unwrap();
    println!("{name}: open it again {:>41.1?}", started.elapsed());
    let started = Instant::now();
    store.migrate().await.unwrap();
    println!("{name}: find it up to date {:>36.1?}", started.elapsed());

    submit(&store, 500).await;
    let mut waiting = 500;
    for length in [500, 10_000, 100_000] {
        submit(&store, length - waiting).await;
        let started = Instant::now();
        let ids = submit(&store, 3 * MEASURED).await;
        report(&format!("{name}: submit, {length} waiting"), ids.len(), started);
        for (ids, together, runs) in [
            (&ids[..MEASURED], 1, 1),
            (&ids[MEASURED..2 * MEASURED], 1, 20),
            (&ids[2 * MEASURED..], 8, 1),
        ] {
            let started = Instant::now();
            judge(&store, ids, together, runs).await;
            let what =
                format!("{name}: claim and commit, {length} waiting, {together} together, {runs} runs");
            report(&what, ids.len(), started);
        }
        let started = Instant::now();
        let outstanding = store.outstanding().await.unwrap();
        println!(
            "{name}: count {} outstanding in {:.1?}",
            outstanding.queued,
            started.elapsed()
        );
        waiting = length;
    }
    store.close().await;
}

fn main() {
    let directory = tempfile::tempdir().unwrap();
    let postgres = e2e::services::Postgres::start_private().unwrap();
    let config = |database_url| StoreConfig {
        database_url,
        objects: directory.path().join("objects"),
        max_connections: u32::try_from(ABREAST).unwrap(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let file = directory.path().join("gavel.db");
    runtime.block_on(measure("SQLite", &config(format!("sqlite:{}", file.display()))));
    runtime.block_on(measure("Postgres", &config(postgres.url())));
}

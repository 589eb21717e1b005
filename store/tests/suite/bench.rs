//! A store on a fresh database of either engine, and the few things that every test does with it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use domain::{
    Band, Conclusion, JudgementId, Lease, PackageHash, Run, SourceFile, Submission, SubmissionId, Timestamp,
    Verdict, Work, WorkerId,
};
use e2e::services::Postgres;
use store::{Store, StoreConfig, Submitted};
use tempfile::TempDir;

/// Long enough for any test.
pub(crate) const HOUR: Duration = Duration::from_hours(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Postgres,
    Sqlite,
}

/// A store on a fresh database; everything goes when it is dropped.
pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) config: StoreConfig,
    pub(crate) directory: TempDir,
    pub(crate) postgres: Option<Postgres>,
}

impl Bench {
    /// With the schema.
    pub(crate) async fn new(kind: Kind) -> Self {
        let bench = Self::empty(kind).await;
        bench.store.migrate().await.unwrap();
        bench
    }

    /// Without.
    pub(crate) async fn empty(kind: Kind) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let postgres = (kind == Kind::Postgres).then(|| Postgres::start().unwrap());
        let config = StoreConfig {
            database_url: postgres.as_ref().map_or_else(
                || format!("sqlite:{}", directory.path().join("gavel.db").display()),
                Postgres::url,
            ),
            objects: directory.path().join("objects"),
            max_connections: 8,
        };
        Self {
            store: Store::open(&config).await.unwrap(),
            config,
            directory,
            postgres,
        }
    }

    /// Runs SQL past the store.
    pub(crate) async fn sql(&self, text: &'static str) {
        self.try_sql(text).await.unwrap();
    }

    /// The same, where it may be refused.
    pub(crate) async fn try_sql(&self, text: &'static str) -> Result<(), String> {
        if let Some(postgres) = &self.postgres {
            return postgres.sql(text).map(drop).map_err(|error| error.to_string());
        }
        let path = self.config.database_url.strip_prefix("sqlite:").unwrap();
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path);
        let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
        let done = sqlx::query(text).execute(&mut connection).await;
        sqlx::Connection::close(connection).await.unwrap();
        done.map(|_| ()).map_err(|error| error.to_string())
    }

    /// A new submission's judgement, queued.
    pub(crate) async fn queued(&self) -> (SubmissionId, JudgementId) {
        let submission = submission("ann");
        (submission.id, self.submit(&submission).await)
    }

    pub(crate) async fn submit(&self, submission: &Submission) -> JudgementId {
        match self.store.submit(submission, None, None).await.unwrap() {
            Submitted::New(view) => view.judgement.id,
            other => panic!("{other:?}"),
        }
    }

    /// Claims one that must be there to be claimed.
    pub(crate) async fn claim(&self, judgement: JudgementId, lease: Duration) -> Work {
        let mut work = self
            .store
            .claim(&[judgement], WorkerId::new(), lease)
            .await
            .unwrap();
        assert_eq!(work.len(), 1, "{judgement} was not there to be claimed");
        work.remove(0)
    }

    /// A new judgement, running.
    pub(crate) async fn running(&self, lease: Duration) -> (SubmissionId, Lease) {
        let (submission, judgement) = self.queued().await;
        (submission, self.claim(judgement, lease).await.lease)
    }
}

/// A submission of that user to the problem `sum`.
pub(crate) fn submission(user: &str) -> Submission {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    Submission {
        id: SubmissionId::new(),
        user: user.parse().unwrap(),
        problem: "sum".parse().unwrap(),
        package: PackageHash([7; 32]),
        language: "python3".parse().unwrap(),
        files: vec![SourceFile {
            name: "main.py".into(),
            content: format!("print({})", COUNT.fetch_add(1, Ordering::Relaxed)),
        }],
        entry_point: Some("Main".to_owned()),
        band: Band::Interactive,
        tag: domain::WorkerTag::default(),
        created_at: Timestamp(1_700_000_000_000_000),
        trial: None,
    }
}

/// A verdict after so many runs.
pub(crate) fn conclusion(verdict: Verdict, runs: u32) -> Conclusion {
    Conclusion {
        message: Some("exit code 1 in case 3".into()),
        runs: (1..=runs).map(run).collect(),
        cases_total: runs,
        ..Conclusion::of(verdict)
    }
}

pub(crate) fn run(ordinal: u32) -> Run {
    Run {
        ordinal,
        case: format!("secret/{ordinal:02}"),
        verdict: Verdict::Ac,
        score: None,
        cpu_us: 1000 * u64::from(ordinal),
        wall_us: 2000 * u64::from(ordinal),
        memory_bytes: 1 << 20,
        message: None,
    }
}

//! A judge without its outside: a store with one problem, a queue and events.

use std::path::PathBuf;
use std::time::Duration;

use bus::{Entry, Events, Heard, Lane, Listener, Queue, Topic};
use domain::{
    Band, JudgementId, PackageHash, Phase, ProblemRecord, State, Submission, SubmissionId, SubmissionView,
    Timestamp, Update, UserId, WorkerTag,
};
use e2e::services::{Postgres, Redis};
use judge::{Examiner, WorkerConfig, work_with};
use problems::Package;
use store::{Store, StoreConfig, Submitted};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::support::{SUM, package, source};

pub(crate) const SUM_CODE: &str = "print(sum(map(int, input().split())))";
pub(crate) const SLEEP: &str = "import time; time.sleep(600)";
/// Far longer than anything takes; a test that waits for so long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A judge without its outside: a store with one problem, a queue and events.
pub(crate) struct World {
    pub(crate) directory: TempDir,
    pub(crate) store: Store,
    pub(crate) queue: Queue,
    pub(crate) events: Events,
    listener: Listener,
    pub(crate) package: PackageHash,
}

impl World {
    /// As embedded.
    pub(crate) async fn embedded() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("db").display());
        Self::new(directory, url, Queue::in_process(), Events::in_process()).await
    }

    /// As in a fleet.
    pub(crate) async fn fleet(postgres: &Postgres, redis: &Redis) -> Self {
        let redis = bus::Redis::connect(&redis.url(), PATIENCE).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        Self::new(
            directory,
            postgres.url(),
            Queue::redis(&redis),
            Events::redis(&redis),
        )
        .await
    }

    async fn new(directory: TempDir, database_url: String, queue: Queue, events: Events) -> Self {
        let config = StoreConfig {
            database_url,
            objects: directory.path().join("objects"),
            max_connections: 4,
        };
        let store = Store::open(&config).await.unwrap();
        store.migrate().await.unwrap();
        let listener = events.listen(Topic::User(user())).await.unwrap();
        let mut world = Self {
            directory,
            store,
            queue,
            events,
            listener,
            package: PackageHash([0; 32]),
        };
        world.package = world.put("sum", "{time_limit: 20}").await;
        world
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Stores a problem.
    pub(crate) async fn put(&self, id: &str, limits: &str) -> PackageHash {
        let package = package(&self.path(id), limits, &SUM);
        let mut zip = tempfile::tempfile().unwrap();
        package.zip(&mut zip).unwrap();
        let record = record(id, &package);
        self.store
            .put_problem(&record, tokio::fs::File::from_std(zip))
            .await
            .unwrap();
        record.package
    }

    /// Stores a submission, without a word to the queue.
    pub(crate) async fn store_only(
        &self,
        language: &str,
        package: PackageHash,
        code: &str,
    ) -> (SubmissionId, Entry) {
        self.store_for(WorkerTag::default(), language, package, code)
            .await
    }

    /// The same, for the workers that serve a tag.
    pub(crate) async fn store_for(
        &self,
        tag: WorkerTag,
        language: &str,
        package: PackageHash,
        code: &str,
    ) -> (SubmissionId, Entry) {
        let submission = Submission {
            id: SubmissionId::new(),
            user: user(),
            problem: "sum".parse().unwrap(),
            package,
            language: language.parse().unwrap(),
            files: source("main.py", code),
            entry_point: None,
            band: Band::Interactive,
            tag,
            created_at: Timestamp(0),
            trial: None,
        };
        let Submitted::New(view) = self.store.submit(&submission, None, None).await.unwrap() else {
            unreachable!("it was stored before");
        };
        let entry = Entry {
            judgement: view.judgement.id,
            lane: Lane::of(&submission),
            user: submission.user,
        };
        (submission.id, entry)
    }

    /// Submits as the API does.
    pub(crate) async fn submit(&self, code: &str) -> (SubmissionId, JudgementId) {
        let (id, entry) = self.store_only("python3", self.package, code).await;
        let judgement = entry.judgement;
        self.queue.push(&[entry]).await.unwrap();
        (id, judgement)
    }

    pub(crate) fn config(&self) -> WorkerConfig {
        WorkerConfig {
            name: "test".to_owned(),
            slots: 2,
            bands: Band::ALL.to_vec(),
            tags: vec![WorkerTag::default()],
            only_languages: None,
            cache: self.path("cache"),
            cache_bytes: 1 << 30,
            lease: Duration::from_secs(30),
            max_attempts: 2,
            sweep_every: Duration::from_millis(200),
            grace: Duration::from_secs(10),
            metrics: metrics::WorkerMetrics::default(),
            self_tests: false,
            own_languages: None,
        }
    }

    pub(crate) fn work(&self, config: WorkerConfig, examiner: impl Into<Examiner>) -> Running {
        let stop = CancellationToken::new();
        let parts = (
            self.store.clone(),
            self.queue.clone(),
            self.events.clone(),
            stop.clone(),
        );
        let work = work_with(config, examiner.into(), parts.0, parts.1, parts.2, parts.3);
        let working = TaskTracker::new().spawn(work);
        Running { stop, working }
    }

    pub(crate) async fn next(&mut self) -> Update {
        match timeout(PATIENCE, self.listener.next()).await.unwrap() {
            Heard::Update(event) => event.update().clone(),
            Heard::Resync => unreachable!("the listener did not keep up"),
        }
    }

    /// Everything that is told about a submission up to the first that satisfies `is_last`.
    pub(crate) async fn told(&mut self, id: SubmissionId, is_last: impl Fn(&Update) -> bool) -> Vec<Update> {
        let mut told = Vec::new();
        loop {
            let update = self.next().await;
            if update.submission != id {
                continue;
            }
            let is_over = is_last(&update);
            told.push(update);
            if is_over {
                return told;
            }
        }
    }

    /// Waits until nothing is outstanding. What is told only hurries it: in an outage nothing is told.
    pub(crate) async fn settled(&mut self) {
        let settled = async {
            loop {
                let outstanding = self.store.outstanding().await;
                if outstanding.is_ok_and(|outstanding| outstanding.queued + outstanding.running == 0) {
                    return;
                }
                let _ = timeout(Duration::from_millis(200), self.listener.next()).await;
            }
        };
        timeout(PATIENCE, settled).await.unwrap();
    }

    /// The row, once it is told that it is done.
    pub(crate) async fn done(&mut self, id: SubmissionId) -> SubmissionView {
        self.told(id, |update| update.state == State::Done).await;
        self.view(id).await
    }

    pub(crate) async fn view(&self, id: SubmissionId) -> SubmissionView {
        self.store.submission(id).await.unwrap().unwrap()
    }
}

pub(crate) struct Running {
    pub(crate) stop: CancellationToken,
    working: JoinHandle<Result<(), domain::Fault>>,
}

impl Running {
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        timeout(PATIENCE, self.working).await.unwrap().unwrap().unwrap();
    }
}

pub(crate) fn user() -> UserId {
    "ann".parse().unwrap()
}

fn record(id: &str, package: &Package) -> ProblemRecord {
    ProblemRecord {
        id: id.parse().unwrap(),
        name: package.name.clone(),
        types: package.types.clone(),
        limits: package.limits.clone(),
        code_bytes: package.code_bytes,
        languages: None,
        test_cases: 3,
        max_score: None,
        keywords: Vec::new(),
        package: package.hash().unwrap(),
        owner: user(),
        is_hidden: false,
        band: domain::Band::Interactive,
        tag: WorkerTag::default(),
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
    }
}

pub(crate) fn is_testing(update: &Update) -> bool {
    update.phase == Some(Phase::Testing)
}

//! The worker: the loops around the [`Grader`], or around nothing ([`Examiner`]).
//!
//! ```text
//! dispatch   queue.pop ─► store.claim ─► a task each: package ─► grade ─► store.commit ─► tell
//! leases     extends all leases, and stops the work on those that are lost
//! sweeper    what waits goes into the queue again; leases that ran out are taken back
//! announce   says who is here and what is offered
//! ```
//!
//! On `stop`, nothing new is taken. What runs may finish within the grace period, and is handed back after it. All loops
//! survive the store and the queue being away; each says so once an outage.

mod dispatch;
mod examiner;
mod failed_here;
mod judging;
mod leases;
mod offer;
mod pace;
mod patience;
mod room;
mod sweeper;
mod teller;
mod upkeep;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bus::{Events, Queue, Scope};
use domain::{Band, Fault, Language, LanguageId, Timestamp, WorkerId, WorkerTag};
use metrics::WorkerMetrics;
use store::{Store, WorkerRecord};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use crate::package_cache::PackageCache;
use crate::{Grader, Languages};
pub use examiner::{Examiner, Nothing};
use failed_here::FailedHere;
use leases::Leases;
use offer::Offer;
use pace::Pace;
use patience::Patience;
use teller::Teller;

/// How often a worker says that it is still there.
const ANNOUNCE_EVERY: Duration = Duration::from_secs(5);
/// How long handing back and the last events may take once the grace period is over.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Settings of a worker.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// Host name and process id, for people.
    pub name: String,
    /// Concurrent executions.
    pub slots: usize,
    /// The bands that are served.
    pub bands: Vec<Band>,
    /// The tags that are served.
    pub tags: Vec<WorkerTag>,
    /// The languages that are served, of those that can be; `None` for all.
    pub only_languages: Option<Vec<LanguageId>>,
    /// Where packages are cached. Processes that share it keep a directory each in it.
    pub cache: PathBuf,
    /// The cache's size, in bytes, for each process.
    pub cache_bytes: u64,
    /// Length of a lease.
    pub lease: Duration,
    /// Attempts before a judgement ends as `JE`.
    pub max_attempts: u32,
    /// How often the sweeper looks.
    pub sweep_every: Duration,
    /// How long running judgements may still take once the worker is asked to stop; then they are handed back.
    pub grace: Duration,
    /// What is counted.
    pub metrics: WorkerMetrics,
    /// Whether languages are offered only once their self-tests have passed here. What passed is kept in the cache. Without it, those
    /// are offered whose tools tell their versions.
    pub self_tests: bool,
    /// The operator's directory of languages, which is read again when it has changed.
    pub own_languages: Option<PathBuf>,
}

/// What the loops share.
#[derive(Debug)]
struct Worker {
    id: WorkerId,
    config: WorkerConfig,
    /// Replaced where the languages have changed.
    examiner: watch::Sender<Examiner>,
    /// What is known of the languages, where they are tried out.
    offer: Option<Offer>,
    store: Store,
    queue: Queue,
    teller: Teller,
    packages: PackageCache,
    leases: Leases,
    /// What it can judge, as far as that is known.
    scope: watch::Sender<Scope>,
    pace: Pace,
    failed_here: FailedHere,
    /// Cancelled when the grace period is over.
    hurry: CancellationToken,
}

/// Works until `stop` is cancelled, then finishes or hands back what it holds.
pub async fn work(
    config: WorkerConfig,
    languages: Arc<Languages>,
    store: Store,
    queue: Queue,
    events: Events,
    stop: CancellationToken,
) -> Result<(), Fault> {
    let grader = Grader::start(languages, config.slots).await?;
    let result = work_with(config, grader.clone(), store, queue, events, stop).await;
    grader.close().await;
    result
}

/// The same with a grader that was started before, and is the caller's to close. It should have as many slots as the configuration
/// says. Or with [`Nothing`].
pub async fn work_with(
    config: WorkerConfig,
    examiner: impl Into<Examiner>,
    store: Store,
    queue: Queue,
    events: Events,
    stop: CancellationToken,
) -> Result<(), Fault> {
    let packages = open_cache(&config, &store).await?;
    let hurry = CancellationToken::new();
    let worker = Arc::new(Worker {
        id: WorkerId::new(),
        teller: Teller::new(events),
        leases: Leases::new(config.metrics.clone()),
        scope: watch::Sender::new(Scope::new([], [], [])),
        pace: Pace::default(),
        failed_here: FailedHere::default(),
        hurry: hurry.clone(),
        offer: config
            .self_tests
            .then(|| Offer::open(config.cache.join("self-tests.toml"))),
        config,
        examiner: watch::Sender::new(examiner.into()),
        store,
        queue,
        packages,
    });
    let (helpers, judging, quit) = (TaskTracker::new(), TaskTracker::new(), CancellationToken::new());
    // Where this future is dropped instead of stopped, nothing is left running.
    let _guards = (hurry.clone().drop_guard(), quit.clone().drop_guard());
    let (leases, lease) = (worker.leases.clone(), worker.config.lease);
    helpers.spawn(leases.keep(worker.store.clone(), lease, quit.clone()));
    helpers.spawn(Arc::clone(&worker).announce_on(quit.clone()));
    helpers.spawn(Arc::clone(&worker).sweep_on(stop.clone()));
    helpers.spawn(Arc::clone(&worker).try_out_on(stop.clone()));
    info!(worker = %worker.id, name = worker.config.name, slots = worker.config.slots, "a worker is ready");

    worker.dispatch(&judging, &stop).await;

    worker.drain(&judging).await;
    quit.cancel();
    helpers.close();
    helpers.wait().await;
    if let Err(error) = worker.store.retire_worker(worker.id).await {
        warn!(%error, "cannot say that this worker has stopped; it will be missed after a while");
    }
    Ok(())
}

async fn open_cache(config: &WorkerConfig, store: &Store) -> Result<PackageCache, Fault> {
    let (directory, max_bytes, store) = (config.cache.clone(), config.cache_bytes, store.clone());
    let open = move || PackageCache::open(&directory, max_bytes, store);
    let opened = tokio::task::spawn_blocking(open).await;
    let opened =
        opened.map_err(|error| Fault::system(format!("opening the package cache failed: {error}")))?;
    opened.map_err(|error| {
        Fault::system(format!(
            "cannot use {} as the package cache: {error}",
            config.cache.display()
        ))
    })
}

impl Worker {
    /// Lets what runs finish, within bounds.
    async fn drain(&self, judging: &TaskTracker) {
        judging.close();
        if judging.is_empty() {
            return;
        }
        info!(running = judging.len(), "stopping; waiting for what runs");
        if tokio::time::timeout(self.config.grace, judging.wait())
            .await
            .is_ok()
        {
            return;
        }
        warn!(
            running = judging.len(),
            "the grace period is over; handing back what still runs"
        );
        self.hurry.cancel();
        if tokio::time::timeout(LAST_WORDS, judging.wait()).await.is_err() {
            warn!(
                running = judging.len(),
                "not everything could be handed back; its leases will run out"
            );
        }
    }

    /// Says who is here, at once and then now and then, until `quit`. At once means with the languages at first sight; run-times
    /// take their time to tell their versions.
    async fn announce_on(self: Arc<Self>, quit: CancellationToken) {
        let mut record = WorkerRecord {
            id: self.id,
            name: self.config.name.clone(),
            slots: u32::try_from(self.config.slots).unwrap_or(u32::MAX),
            languages: self.serve(self.languages_at_once()),
            bands: self.config.bands.clone(),
            tags: self.config.tags.clone(),
            service_us: None,
            // The store takes the database's clock.
            seen_at: Timestamp(0),
        };
        let mut patience = Patience::new("announce this worker");
        let mut is_first = true;
        let own = self.config.own_languages.as_deref();
        let mut stamp = own.map(upkeep::stamp_of).unwrap_or_default();
        loop {
            record.service_us = self.pace.mean_us();
            let pause = match self.store.announce_worker(&record).await {
                Ok(()) if is_first => {
                    is_first = false;
                    if self.offer.is_none() {
                        record.languages = self.serve(self.examiner().languages().await);
                        warn_of_missing(&record.languages);
                    }
                    continue;
                }
                Ok(()) => {
                    patience.worked();
                    ANNOUNCE_EVERY
                }
                Err(error) => patience.failed(&error),
            };
            if quit.run_until_cancelled(self.pause_for(pause)).await.is_none() {
                return;
            }
            self.clean_host().await;
            self.reload(&mut stamp).await;
            record.languages = self.serve(match self.offer {
                Some(_) => self.languages_at_once(),
                // It asks those alone whose tools have changed.
                None => self.examiner().languages().await,
            });
        }
    }

    /// Waits so long, or until more is known of the languages.
    async fn pause_for(&self, pause: Duration) {
        let changed = async {
            match &self.offer {
                Some(offer) => offer.changed.notified().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = changed => {}
            () = tokio::time::sleep(pause) => {}
        }
    }

    /// What is offered, as far as it is known without asking a tool.
    fn languages_at_once(&self) -> Vec<Language> {
        match (&self.offer, self.examiner()) {
            (Some(offer), Examiner::Grader(grader)) => offer.languages(&grader),
            (_, examiner) => examiner.languages_at_first_sight(),
        }
    }

    fn examiner(&self) -> Examiner {
        self.examiner.borrow().clone()
    }

    fn is_served(&self, id: &LanguageId) -> bool {
        let only = self.config.only_languages.as_deref();
        only.is_none_or(|only| only.contains(id))
    }

    /// Takes from now on what is in those of these languages that this worker is to serve; returns these. Text is no language of
    /// the table, and takes nothing.
    fn serve(&self, mut languages: Vec<Language>) -> Vec<Language> {
        languages.retain(|language| self.is_served(&language.id));
        let usable = languages.iter().filter(|language| language.unavailable.is_none());
        let text = Some(LanguageId::text()).filter(|text| self.is_served(text));
        let usable = usable.map(|language| language.id.clone()).chain(text);
        let (bands, tags) = (
            self.config.bands.iter().copied(),
            self.config.tags.iter().cloned(),
        );
        self.scope.send_replace(Scope::new(bands, usable, tags));
        languages
    }
}

fn warn_of_missing(languages: &[Language]) {
    for language in languages {
        if let Some(reason) = &language.unavailable {
            warn!(language = %language.id, reason, "a language is not available");
        }
    }
}

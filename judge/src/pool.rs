//! The warm slots: one thread each, which takes the next request as soon as its slot is free.
//!
//! A thread keeps its slot for life, because a slot's init process may die with the thread that started it. A slot that
//! errs is thrown away, replaced and counted, and the run is tried once more on the fresh one: a program is never judged
//! by the state of a slot. Where nobody waits for a run any more, its slot is stopped in its middle and given up, and another
//! thread with another slot steps in at once.
//!
//! Two programs that talk to each other take two slots. So that no two of them wait for each other's, each thread has a second slot of
//! its own, which it starts when it first needs one.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};
use std::{io, thread};

use domain::Fault;
use metrics::SlotMetrics;
use sandbox::{Outcome, Pair, PairError, PairOutcome, SandboxError, Side, Slot, SlotConfig, Spec, Stopper};
use tokio::sync::oneshot;
use tracing::warn;

/// How long closing waits for a slot whose program nobody waits for any more.
const CLOSING: Duration = Duration::from_secs(5);

/// How often it is looked for an idle slot.
const IDLE_EVERY: Duration = Duration::from_millis(50);

/// A number of warm slots. Cheap to clone; the slots end with the last clone.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    /// Nothing instead of a request ends one thread.
    requests: mpsc::Sender<Option<Request>>,
    shared: Arc<Shared>,
}

/// What the threads share.
#[derive(Debug)]
struct Shared {
    config: SlotConfig,
    queue: Mutex<mpsc::Receiver<Option<Request>>>,
    replaced: AtomicU64,
    /// CPU time of all that has run, in microseconds.
    cpu_us: AtomicU64,
    metrics: SlotMetrics,
    threads: Mutex<usize>,
    /// How many slots there are to be.
    slots: usize,
    /// Runs that are wanted and not over.
    wanted: Arc<AtomicUsize>,
    ended: Condvar,
}

#[derive(Debug)]
struct Request {
    job: Job,
    stage: Arc<Stage>,
    wanted: Wanted,
}

/// Counts a run until it is dropped.
#[derive(Debug)]
struct Wanted {
    count: Arc<AtomicUsize>,
    metrics: SlotMetrics,
}

impl Wanted {
    fn new(shared: &Shared) -> Self {
        shared.wanted.fetch_add(1, Ordering::Relaxed);
        shared.metrics.begins();
        Self {
            count: Arc::clone(&shared.wanted),
            metrics: shared.metrics.clone(),
        }
    }
}

impl Drop for Wanted {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
        self.metrics.ends();
    }
}

/// What is to be run, and who wants to know what became of it.
#[derive(Debug)]
enum Job {
    One(Box<Spec>, oneshot::Sender<Result<Outcome, SandboxError>>),
    Two(Box<Pair>, oneshot::Sender<Result<PairOutcome, PairError>>),
}

/// The slots of a thread.
#[derive(Debug, Default)]
struct Lane {
    slot: Option<Slot>,
    /// For the other side of a pair.
    second: Option<Slot>,
}

impl Pool {
    /// Starts the slots, all at once; none is left behind where one fails.
    pub(crate) async fn start(config: SlotConfig, slots: usize) -> Result<Self, Fault> {
        let (requests, queue) = mpsc::channel();
        let pool = Self {
            requests,
            shared: Arc::new(Shared {
                config,
                queue: Mutex::new(queue),
                replaced: AtomicU64::new(0),
                cpu_us: AtomicU64::new(0),
                metrics: SlotMetrics::default(),
                threads: Mutex::new(0),
                slots: slots.max(1),
                wanted: Arc::default(),
                ended: Condvar::new(),
            }),
        };
        pool.shared.metrics.set_total(pool.shared.slots);
        let mut starting = Vec::with_capacity(slots);
        for _ in 0..slots.max(1) {
            let (started, is_started) = oneshot::channel();
            pool.add_thread(started)
                .map_err(|error| Fault::system(format!("cannot start a thread for a slot: {error}")))?;
            starting.push(is_started);
        }
        for is_started in starting {
            match is_started.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return Err(Fault::system(format!("cannot start the sandbox: {error}"))),
                Err(_) => return Err(Fault::system("cannot start the sandbox: its thread ended")),
            }
        }
        Ok(pool)
    }

    /// Runs one program as soon as a slot is free. Dropping the future gives the run up.
    pub(crate) async fn run(&self, spec: Spec) -> Result<Outcome, SandboxError> {
        let (reply, outcome) = oneshot::channel();
        let _waiting = self.request(Job::One(Box::new(spec), reply))?;
        outcome.await.map_err(|_| broken("the slot's thread ended"))?
    }

    /// Runs two programs that talk to each other as soon as a slot is free. Dropping the future gives the run up.
    pub(crate) async fn run_pair(&self, pair: Pair) -> Result<PairOutcome, PairError> {
        let of_program = |error| PairError {
            side: Side::Program,
            error,
        };
        let (reply, outcome) = oneshot::channel();
        let _waiting = self
            .request(Job::Two(Box::new(pair), reply))
            .map_err(of_program)?;
        let outcome = outcome
            .await
            .map_err(|_| of_program(broken("the slot's thread ended")));
        outcome?
    }

    fn request(&self, job: Job) -> Result<Waiting<'_>, SandboxError> {
        let stage = Arc::new(Stage::default());
        let waiting = Waiting {
            pool: self,
            stage: Arc::clone(&stage),
        };
        let request = Request {
            job,
            stage,
            wanted: Wanted::new(&self.shared),
        };
        self.requests
            .send(Some(request))
            .map_err(|_| broken("no slot is left"))?;
        Ok(waiting)
    }

    /// How many slots there are.
    pub(crate) fn slots(&self) -> usize {
        self.shared.slots
    }

    /// How many slots nobody wants anything of at this moment.
    pub(crate) fn idle(&self) -> usize {
        let wanted = self.shared.wanted.load(Ordering::Relaxed);
        self.shared.slots.saturating_sub(wanted)
    }

    /// Waits until a slot is idle.
    pub(crate) async fn has_idle(&self) {
        while self.idle() == 0 {
            tokio::time::sleep(IDLE_EVERY).await;
        }
    }

    /// Another pool of one slot like these.
    pub(crate) async fn aside(&self) -> Result<Self, Fault> {
        Self::start(self.shared.config.clone(), 1).await
    }

    /// What is counted of the slots.
    pub(crate) fn metrics(&self) -> SlotMetrics {
        self.shared.metrics.clone()
    }

    /// CPU time of all lone programs that have run.
    pub(crate) fn cpu_used(&self) -> Duration {
        Duration::from_micros(self.shared.cpu_us.load(Ordering::Relaxed))
    }

    /// How many slots had to be replaced.
    pub(crate) fn replaced(&self) -> u64 {
        self.shared.replaced.load(Ordering::Relaxed)
    }

    /// Ends the slots and waits until they have gone, up to a bound: what a slot leaves in the kernel goes only with it.
    pub(crate) async fn close(&self) {
        let pool = self.clone();
        let closing = tokio::task::spawn_blocking(move || {
            let threads = pool.shared.threads.lock().unwrap_or_else(PoisonError::into_inner);
            for _ in 0..*threads {
                let _ = pool.requests.send(None);
            }
            let waited = pool
                .shared
                .ended
                .wait_timeout_while(threads, CLOSING, |threads| *threads > 0);
            if waited.is_ok_and(|(_, waited)| waited.timed_out()) {
                warn!("some slots are still busy: they end with the process");
            }
        });
        let _ = closing.await;
    }

    fn add_thread(&self, started: oneshot::Sender<Result<(), SandboxError>>) -> io::Result<()> {
        let present = Present::new(Arc::clone(&self.shared));
        let thread = thread::Builder::new().name("slot".to_owned());
        thread.spawn(move || present.0.serve(started)).map(drop)
    }
}

/// A thread that is there; counted until it is dropped, after its slot.
#[derive(Debug)]
struct Present(Arc<Shared>);

impl Present {
    fn new(shared: Arc<Shared>) -> Self {
        *shared.threads.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Self(shared)
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        *self.0.threads.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.ended.notify_all();
    }
}

/// How far a run is, so that either side knows whether the other has let go.
#[derive(Debug, Default)]
struct Stage {
    state: AtomicU8,
    /// What ends the slots that it runs in.
    stoppers: Mutex<Vec<Stopper>>,
}

impl Stage {
    const WAITING: u8 = 0;
    const RUNNING: u8 = 1;
    const OVER: u8 = 2;

    /// `false` where nobody waits any more.
    fn begin(&self) -> bool {
        let (from, to, order) = (Self::WAITING, Self::RUNNING, Ordering::AcqRel);
        self.state
            .compare_exchange(from, to, order, Ordering::Acquire)
            .is_ok()
    }

    /// `true` for the side that ends it while it runs, which is the first of the two.
    fn end(&self) -> bool {
        self.state.swap(Self::OVER, Ordering::AcqRel) == Self::RUNNING
    }

    fn is_over(&self) -> bool {
        self.state.load(Ordering::Acquire) == Self::OVER
    }

    /// Lets the run be stopped from now on. Whoever has let go before finds no stopper, and is found out here.
    fn runs_in(&self, slot: &Slot) {
        let stopper = slot.stopper();
        self.stoppers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(stopper.clone());
        if self.is_over() {
            stopper.stop();
        }
    }

    fn stop(&self) {
        let stoppers = std::mem::take(&mut *self.stoppers.lock().unwrap_or_else(PoisonError::into_inner));
        for stopper in stoppers {
            stopper.stop();
        }
    }
}

/// Somebody who waits for a run.
struct Waiting<'a> {
    pool: &'a Pool,
    stage: Arc<Stage>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.stage.end() {
            // The run is given up in its middle, and its slot with it.
            self.stage.stop();
            let (started, _) = oneshot::channel();
            if let Err(error) = self.pool.add_thread(started) {
                warn!(%error, "cannot start a thread for another slot");
            }
        }
    }
}

impl Shared {
    fn serve(&self, started: oneshot::Sender<Result<(), SandboxError>>) {
        match self.fresh() {
            Ok(slot) => {
                let _ = started.send(Ok(()));
                self.serve_with(Some(slot));
            }
            // Whoever starts the pool is told; a thread that only steps in tries again at the next run.
            Err(error) => {
                if started.send(Err(error)).is_err() {
                    self.serve_with(None);
                }
            }
        }
    }

    fn serve_with(&self, slot: Option<Slot>) {
        let mut lane = Lane { slot, second: None };
        while let Some(request) = self.next() {
            if !request.stage.begin() {
                continue;
            }
            if !self.answer(&mut lane, request) {
                return;
            }
            // After the answer, so that nobody waits for the replacement.
            if lane.slot.is_none() {
                lane.slot = self
                    .fresh()
                    .inspect_err(|error| warn!(%error, "cannot replace a slot"))
                    .ok();
            }
        }
    }

    /// False where the run was given up in its middle, and another thread has stepped in.
    fn answer(&self, lane: &mut Lane, request: Request) -> bool {
        let Request { job, stage, wanted } = request;
        match job {
            Job::One(spec, reply) => {
                let outcome = twice(
                    &stage,
                    |error: &SandboxError| error,
                    || self.run_once(lane, &spec, &stage),
                );
                drop(wanted); // Before the answer, or whoever gets it does not see that this slot is idle.
                stage.end() && {
                    let _ = reply.send(outcome);
                    true
                }
            }
            Job::Two(pair, reply) => {
                let outcome = twice(
                    &stage,
                    |error: &PairError| &error.error,
                    || self.run_pair_once(lane, &pair, &stage),
                );
                drop(wanted);
                stage.end() && {
                    let _ = reply.send(outcome);
                    true
                }
            }
        }
    }

    /// The lock is held while waiting: the other idle threads wait for the lock instead, which comes to the same.
    fn next(&self) -> Option<Request> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.recv().ok().flatten()
    }

    fn run_once(&self, lane: &mut Lane, spec: &Spec, stage: &Stage) -> Result<Outcome, SandboxError> {
        let mut usable = self.taken(&mut lane.slot)?;
        stage.runs_in(&usable);
        let outcome = catch_unwind(AssertUnwindSafe(|| usable.run(spec)));
        let outcome = outcome.unwrap_or_else(|panic| Err(panicked(&*panic)));
        if let Ok(outcome) = &outcome {
            let micros = u64::try_from(outcome.cpu.as_micros()).unwrap_or(u64::MAX);
            self.cpu_us.fetch_add(micros, Ordering::Relaxed);
        }
        lane.slot = self.kept(usable, matches!(outcome, Err(SandboxError::Host { .. })), stage);
        outcome
    }

    fn run_pair_once(&self, lane: &mut Lane, pair: &Pair, stage: &Stage) -> Result<PairOutcome, PairError> {
        let on = |side| move |error| PairError { side, error };
        let mut program = self.taken(&mut lane.slot).map_err(on(Side::Program))?;
        let mut peer = match self.taken(&mut lane.second) {
            Ok(peer) => peer,
            Err(error) => {
                lane.slot = Some(program);
                return Err(on(Side::Peer)(error));
            }
        };
        stage.runs_in(&program);
        stage.runs_in(&peer);
        let outcome = catch_unwind(AssertUnwindSafe(|| Slot::run_pair(&mut program, &mut peer, pair)));
        let has_panicked = outcome.is_err();
        let outcome = outcome.unwrap_or_else(|panic| Err(on(Side::Program)(panicked(&*panic))));
        let is_bad = |slot: &Slot| has_panicked || !slot.is_usable();
        let (is_program_bad, is_peer_bad) = (is_bad(&program), is_bad(&peer));
        lane.slot = self.kept(program, is_program_bad, stage);
        lane.second = self.kept(peer, is_peer_bad, stage);
        outcome
    }

    fn taken(&self, slot: &mut Option<Slot>) -> Result<Slot, SandboxError> {
        slot.take().map_or_else(|| self.fresh(), Ok)
    }

    /// The slot, where it can be used again.
    fn kept(&self, slot: Slot, is_bad: bool, stage: &Stage) -> Option<Slot> {
        if stage.is_over() {
            // Nobody waits: the slot was stopped, and has not misbehaved.
            return None;
        }
        if is_bad {
            self.replaced.fetch_add(1, Ordering::Relaxed);
            self.metrics.replaced();
            return None;
        }
        Some(slot)
    }

    fn fresh(&self) -> Result<Slot, SandboxError> {
        let (config, begin) = (&self.config, Instant::now());
        let slot = catch_unwind(|| Slot::start(config)).unwrap_or_else(|panic| Err(panicked(&*panic)))?;
        self.metrics.made(begin.elapsed());
        Ok(slot)
    }
}

/// Runs, and once more where a slot failed.
fn twice<T, E: std::fmt::Display>(
    stage: &Stage,
    cause: impl Fn(&E) -> &SandboxError,
    mut run: impl FnMut() -> Result<T, E>,
) -> Result<T, E> {
    match run() {
        Err(error) if matches!(cause(&error), SandboxError::Host { .. }) && !stage.is_over() => {
            warn!(%error, "a slot failed; trying again on a fresh one");
            run()
        }
        done => done,
    }
}

fn panicked(panic: &(dyn Any + Send)) -> SandboxError {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    broken(text.unwrap_or("a panic without words"))
}

fn broken(what: &str) -> SandboxError {
    SandboxError::Host {
        operation: "run in a slot",
        subject: "sandbox".to_owned(),
        source: io::Error::other(what.to_owned()),
    }
}

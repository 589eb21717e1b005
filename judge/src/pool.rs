//! The warm slots: one thread each, which takes the next request as soon as its slot is free.
//!
//! A thread keeps its slot for life, because a slot's init process may die with the thread that started it. A slot that
//! errs is thrown away, replaced and counted, and the run is tried once more on the fresh one: a program is never judged
//! by the state of a slot.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use domain::Fault;
use sandbox::{Outcome, SandboxError, Slot, SlotConfig, Spec};
use tokio::sync::oneshot;
use tracing::warn;

/// A number of warm slots. Cheap to clone; the slots end with the last clone.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    requests: mpsc::Sender<Request>,
    replaced: Arc<AtomicU64>,
}

#[derive(Debug)]
struct Request {
    spec: Spec,
    reply: oneshot::Sender<Result<Outcome, SandboxError>>,
}

impl Pool {
    /// Starts the slots, all at once; none is left behind where one fails.
    pub(crate) async fn start(config: SlotConfig, slots: usize) -> Result<Self, Fault> {
        let (requests, queue) = mpsc::channel();
        let queue = Arc::new(Mutex::new(queue));
        let replaced = Arc::new(AtomicU64::new(0));
        let mut ready = Vec::with_capacity(slots);
        for number in 0..slots.max(1) {
            let keeper = Keeper {
                config: config.clone(),
                queue: Arc::clone(&queue),
                replaced: Arc::clone(&replaced),
            };
            let (started, is_started) = oneshot::channel();
            thread::Builder::new()
                .name(format!("slot-{number}"))
                .spawn(move || keeper.serve(started))
                .map_err(|error| Fault::system(format!("cannot start a thread for a slot: {error}")))?;
            ready.push(is_started);
        }
        for is_started in ready {
            match is_started.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return Err(Fault::system(format!("cannot start the sandbox: {error}"))),
                Err(_) => return Err(Fault::system("cannot start the sandbox: its thread ended")),
            }
        }
        Ok(Self { requests, replaced })
    }

    /// Runs one program as soon as a slot is free.
    pub(crate) async fn run(&self, spec: Spec) -> Result<Outcome, SandboxError> {
        let (reply, outcome) = oneshot::channel();
        self.requests
            .send(Request { spec, reply })
            .map_err(|_| broken("no slot is left"))?;
        outcome.await.map_err(|_| broken("the slot's thread ended"))?
    }

    /// How many slots had to be replaced.
    pub(crate) fn replaced(&self) -> u64 {
        self.replaced.load(Ordering::Relaxed)
    }
}

/// The thread of one slot.
struct Keeper {
    config: SlotConfig,
    queue: Arc<Mutex<mpsc::Receiver<Request>>>,
    replaced: Arc<AtomicU64>,
}

impl Keeper {
    fn serve(self, started: oneshot::Sender<Result<(), SandboxError>>) {
        let mut slot = match self.fresh() {
            Ok(slot) => Some(slot),
            Err(error) => {
                let _ = started.send(Err(error));
                return;
            }
        };
        let _ = started.send(Ok(()));
        while let Some(request) = self.next() {
            // Nobody waits any more: the judgement was given up meanwhile.
            if request.reply.is_closed() {
                continue;
            }
            let outcome = self.run(&mut slot, &request.spec);
            let _ = request.reply.send(outcome);
            // After the answer, so that nobody waits for the replacement.
            if slot.is_none() {
                slot = self
                    .fresh()
                    .inspect_err(|error| warn!(%error, "cannot replace a slot"))
                    .ok();
            }
        }
    }

    /// The lock is held while waiting: the other idle threads wait for the lock instead, which comes to the same.
    fn next(&self) -> Option<Request> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.recv().ok()
    }

    fn run(&self, slot: &mut Option<Slot>, spec: &Spec) -> Result<Outcome, SandboxError> {
        match self.run_once(slot, spec) {
            Err(error @ SandboxError::Host { .. }) => {
                warn!(%error, "a slot failed; trying again on a fresh one");
                self.run_once(slot, spec)
            }
            done => done,
        }
    }

    fn run_once(&self, slot: &mut Option<Slot>, spec: &Spec) -> Result<Outcome, SandboxError> {
        let mut usable = match slot.take() {
            Some(slot) => slot,
            None => self.fresh()?,
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| usable.run(spec)))
            .unwrap_or_else(|panic| Err(panicked(&*panic)));
        if matches!(outcome, Err(SandboxError::Host { .. })) {
            self.replaced.fetch_add(1, Ordering::Relaxed);
        } else {
            *slot = Some(usable);
        }
        outcome
    }

    fn fresh(&self) -> Result<Slot, SandboxError> {
        catch_unwind(|| Slot::start(&self.config)).unwrap_or_else(|panic| Err(panicked(&*panic)))
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
        source: std::io::Error::other(what.to_owned()),
    }
}

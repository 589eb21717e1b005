//! Judges cases of a judgement before their turn, where slots have nothing better to do.
//!
//! Which case is needed next follows from the verdicts before it; it is guessed that all that follow are. What turns out
//! not to be needed is given up or forgotten. A case that takes too long beside others of its judgement is judged again, alone:
//! neighbours share caches and memory, and must not cost a verdict.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Fault, Verdict};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, select_all};
use problems::Case;

use crate::case::{Judged, Runner};

/// The cases of one judgement that run or have run before their turn.
pub(crate) struct Ahead<'a> {
    runner: &'a Runner<'a>,
    /// How many cases may run at once.
    most: usize,
    running: Vec<BoxFuture<'a, Done>>,
    /// Which ones these are.
    started: BTreeSet<usize>,
    /// Those that had others beside them.
    accompanied: BTreeSet<usize>,
    done: BTreeMap<usize, Done>,
}

/// A case that was judged.
struct Done {
    case: usize,
    /// Its place in the order of judging, as it was guessed.
    ordinal: u32,
    judged: Result<Judged, Fault>,
}

impl<'a> Ahead<'a> {
    pub(crate) fn new(runner: &'a Runner<'a>, most: usize) -> Self {
        Self {
            runner,
            most,
            running: Vec::new(),
            started: BTreeSet::new(),
            accompanied: BTreeSet::new(),
            done: BTreeMap::new(),
        }
    }

    /// Judges the case whose turn it is, as number `ordinal`. Turns only go forward. Faults are the problem's or the system's.
    pub(crate) async fn judge(&mut self, ordinal: u32, case: usize) -> Result<Judged, Fault> {
        self.forget_before(case);
        loop {
            if let Some(done) = self.done.remove(&case) {
                return self.settle(done, ordinal).await;
            }
            self.start(ordinal, case);
            self.wait_for_one().await;
        }
    }

    fn forget_before(&mut self, case: usize) {
        self.done.retain(|done, _| *done >= case);
        if self.started.first().is_some_and(|first| *first < case) {
            // Turns have jumped, so what runs was guessed wrong.
            self.running.clear();
            self.started.clear();
        }
    }

    /// Starts the case, and as many of the next as there are idle slots.
    fn start(&mut self, ordinal: u32, case: usize) {
        let mut idle = self.runner.pool.idle();
        for next in case..self.runner.package.cases.len() {
            if self.started.contains(&next) || self.done.contains_key(&next) {
                continue;
            }
            let is_room = idle > 0 && self.running.len() + self.done.len() < self.most;
            if next > case && !is_room {
                break;
            }
            idle = idle.saturating_sub(1);
            let offset = u32::try_from(next - case).unwrap_or(u32::MAX);
            self.launch(ordinal.saturating_add(offset), next);
        }
        if self.started.len() > 1 {
            self.accompanied.extend(&self.started);
        }
    }

    fn launch(&mut self, ordinal: u32, case: usize) {
        let runner = self.runner;
        let judging = async move {
            let judged = run(runner, ordinal, case).await;
            Done {
                case,
                ordinal,
                judged,
            }
        };
        self.running.push(judging.boxed());
        self.started.insert(case);
    }

    async fn wait_for_one(&mut self) {
        if self.running.is_empty() {
            return;
        }
        let (done, _, running) = select_all(std::mem::take(&mut self.running)).await;
        self.running = running;
        self.started.remove(&done.case);
        self.done.insert(done.case, done);
    }

    /// What holds of a case, now that it is known to be needed, and as which.
    async fn settle(&mut self, done: Done, ordinal: u32) -> Result<Judged, Fault> {
        let is_slow = matches!(&done.judged, Ok(judged) if judged.run.verdict == Verdict::Tle);
        // A fault names the place in the order.
        let is_misnamed = done.judged.is_err() && done.ordinal != ordinal;
        if (is_slow && self.accompanied.contains(&done.case)) || is_misnamed {
            while !self.running.is_empty() {
                self.wait_for_one().await;
            }
            return run(self.runner, ordinal, done.case).await;
        }
        let mut judged = done.judged?;
        judged.run.ordinal = ordinal;
        Ok(judged)
    }
}

async fn run(runner: &Runner<'_>, ordinal: u32, case: usize) -> Result<Judged, Fault> {
    let no_such = || Fault::system("the package's groups name cases that it has not");
    let case: &Case = runner.package.cases.get(case).ok_or_else(no_such)?;
    runner.run(ordinal, case).await
}

//! One judgement: from its claim to its commit, or back into the queue.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use bus::{Entry, Lane};
use domain::{Conclusion, Fault, SubmissionView, Timeline, Timestamp, Update, Work};
use store::{StoreError, WorkerRecord};
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::leases::Held;
use super::patience::{Patience, jittered};
use super::room::Place;
use super::teller::{Steps, queued_again};
use super::{Examiner, Worker};

/// How long a judgement is kept after a fault of the system, times the attempt: what is wrong may pass.
const FAULT_PAUSE: Duration = Duration::from_millis(200);

/// No such pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A worker that was not heard of for longer is gone.
const WORKER_LIFE: Duration = Duration::from_secs(30);

/// How the work on a judgement ended.
enum End {
    Concluded(Box<Conclusion>),
    Fault(Fault),
    /// Its language is not here; the reason.
    NotOffered(String),
    /// Another worker may have it by now.
    LeaseLost,
    /// This worker stops.
    OutOfTime,
}

impl Worker {
    /// Judges what was claimed and sees to what becomes of it.
    pub(super) async fn judge(self: Arc<Self>, work: Work, held: Held, mut place: Place) {
        let metrics = &self.config.metrics;
        let claimed = Instant::now();
        let in_work = metrics.claimed(work.submission.band.id(), since(work.submission.created_at));
        let judging = async {
            let slot = place.slot().await;
            metrics.slot_taken(slot.idle);
            let begin = Instant::now();
            let end = self.grade(&work, claimed).await;
            if matches!(end, End::Concluded(_)) {
                self.pace.took(begin.elapsed());
            }
            end
        };
        let end = tokio::select! {
            biased;
            () = held.lost() => End::LeaseLost,
            () = self.hurry.cancelled() => End::OutOfTime,
            end = judging => end,
        };
        // The next one may begin: to commit and to tell is not to judge.
        place.graded();
        match end {
            End::Concluded(conclusion) => {
                let committed = self.commit(&work, &conclusion).await;
                if committed.is_some() {
                    let language = work.submission.language.as_str();
                    metrics.concluded(language, conclusion.verdict.id(), claimed.elapsed());
                }
                drop((in_work, held, place));
                if let Some(view) = committed
                    && !work.is_preview
                {
                    self.teller.tell(&Update::from(&view)).await;
                }
            }
            End::Fault(fault) => {
                warn!(judgement = %work.lease.judgement, attempt = work.lease.attempt, reason = fault.reason, "a judgement failed");
                metrics.returned("fault");
                self.failed_here
                    .note(work.lease.judgement, Lane::of(&work.submission), Instant::now());
                if let Some(offer) = &self.offer {
                    offer.doubt(&work.submission.language);
                }
                self.pause(&work).await;
                self.hand_back(&work, &fault.reason).await;
            }
            End::NotOffered(reason) => {
                metrics.returned("language");
                self.pause(&work).await;
                if self.is_served_elsewhere(&Lane::of(&work.submission)).await {
                    self.release(&work).await;
                } else {
                    self.hand_back(&work, &reason).await;
                }
            }
            End::OutOfTime => {
                metrics.returned("stopping");
                self.release(&work).await;
            }
            End::LeaseLost => {}
        }
    }

    /// Waits a moment before a judgement is given back, longer from attempt to attempt.
    async fn pause(&self, work: &Work) {
        let pause = FAULT_PAUSE.saturating_mul(work.lease.attempt).min(LONGEST_PAUSE);
        self.hurry
            .run_until_cancelled(tokio::time::sleep(jittered(pause)))
            .await;
    }

    /// Whether another live worker takes such: then it is no fault that this one cannot.
    pub(super) async fn is_served_elsewhere(&self, lane: &Lane) -> bool {
        let serves = |worker: &WorkerRecord| worker.serves(lane.band, &lane.tag, &lane.language);
        match self.store.workers(WORKER_LIFE).await {
            Ok(workers) => workers.iter().filter(|worker| worker.id != self.id).any(serves),
            Err(error) => {
                debug!(%error, "cannot ask which workers there are");
                true
            }
        }
    }

    /// Grades, and tells meanwhile how it gets on. The spans of the timeline begin at `claimed`.
    async fn grade(&self, work: &Work, claimed: Instant) -> End {
        let (examiner, language) = (self.examiner(), &work.submission.language);
        let missing = match (&self.offer, &examiner) {
            (Some(offer), Examiner::Grader(grader)) => offer.missing(grader, language).await,
            _ => examiner.missing(language).await,
        };
        if let Some(reason) = missing {
            return End::NotOffered(reason);
        }
        let (mut steps, heard) = Steps::new(work);
        let grading = async {
            let mut timeline = Timeline::UNKNOWN;
            timeline.start(claimed.elapsed());
            let noted = |phase, progress| {
                timeline.step(phase, progress, claimed.elapsed());
                steps.next(phase, progress);
            };
            let mut conclusion = examiner.judge(&work.submission, &self.packages, noted).await?;
            timeline.end(conclusion.timeline.compiled, claimed.elapsed());
            conclusion.timeline = timeline;
            Ok(conclusion)
        };
        let grading = Box::pin(grading);
        let graded = if work.is_preview {
            grading.await
        } else {
            tokio::select! {
                biased;
                graded = grading => graded,
                never = self.teller.follow(heard) => match never {},
            }
        };
        graded.map_or_else(End::Fault, |conclusion| End::Concluded(Box::new(conclusion)))
    }

    /// Writes the verdict, however long the store is away. `None` where it was not ours to write any more.
    async fn commit(&self, work: &Work, conclusion: &Conclusion) -> Option<SubmissionView> {
        let mut patience = Patience::new("commit a verdict");
        let mut may_be_written = false;
        loop {
            match self.store.commit(&work.lease, conclusion).await {
                Ok(Some(view)) => return Some(view),
                Ok(None) if may_be_written => return self.committed_before(work).await,
                Ok(None) => {
                    info!(judgement = %work.lease.judgement, attempt = work.lease.attempt, "the lease was lost; the verdict is dropped");
                    return None;
                }
                Err(error @ StoreError::Unavailable(_)) => {
                    may_be_written = true;
                    let pause = patience.failed(&error);
                    self.hurry.run_until_cancelled(tokio::time::sleep(pause)).await?;
                }
                Err(error) => {
                    self.hand_back(work, &format!("the verdict cannot be stored: {error}"))
                        .await;
                    return None;
                }
            }
        }
    }

    /// An attempt to commit whose answer was lost may have been written: then it is to be told.
    async fn committed_before(&self, work: &Work) -> Option<SubmissionView> {
        let view = self.store.submission(work.submission.id).await.ok().flatten()?;
        let is_ours = view.judgement.id == work.lease.judgement
            && view.judgement.attempt == work.lease.attempt
            && view.judgement.state.is_final();
        is_ours.then_some(view)
    }

    /// Gives the judgement back because of a fault, which counts as a failed attempt.
    async fn hand_back(&self, work: &Work, reason: &str) {
        let returned = self.store.hand_back(&work.lease, reason).await;
        // Whether its attempts are used up is for the sweeper to say, which also puts it into the queue otherwise.
        let is_last = work.lease.attempt >= self.config.max_attempts;
        self.returned(work, returned, !is_last).await;
    }

    /// Gives the judgement back because this worker stops, which is nobody's fault.
    pub(super) async fn release(&self, work: &Work) {
        let released = self.store.release(&[work.lease]).await;
        self.returned(work, released.map(|leases| !leases.is_empty()), true)
            .await;
    }

    /// Tells that it waits again, so that another worker can take it at once. Where it cannot be given back, its lease
    /// runs out.
    async fn returned(&self, work: &Work, returned: Result<bool, StoreError>, is_wanted: bool) {
        match returned {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                warn!(judgement = %work.lease.judgement, %error, "cannot give a judgement back; its lease will run out");
                return;
            }
        }
        if !work.is_preview {
            self.teller.tell(&queued_again(work)).await;
        }
        let entry = Entry {
            judgement: work.lease.judgement,
            lane: Lane::of(&work.submission),
            user: work.submission.user.clone(),
        };
        if is_wanted && let Err(error) = self.queue.push(&[entry]).await {
            debug!(judgement = %work.lease.judgement, %error, "the sweeper will put it into the queue");
        }
    }
}

/// How long ago that was, by this host's clock; only for statistics.
#[expect(
    clippy::disallowed_methods,
    reason = "nothing that is judged or leased depends on it"
)]
fn since(time: Timestamp) -> Duration {
    let now = std::time::SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let then = Duration::from_micros(u64::try_from(time.0).unwrap_or(0));
    now.saturating_sub(then)
}

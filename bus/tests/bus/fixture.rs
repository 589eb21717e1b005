//! What the tests of the bus share: the two backends, and entries and updates to put through them.

use std::time::Duration;

use bus::{Entry, Events, Heard, Lane, Listener, Queue, Redis, Scope};
use domain::{Band, JudgementId, Progress, Sequence, State, SubmissionId, Update, UserId, Verdict};

/// Longer than anything here takes; a test that waits so long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A Redis of our own, and connections to it.
pub(crate) async fn redis() -> (e2e::services::Redis, Redis) {
    let server = e2e::services::Redis::start().unwrap();
    let redis = Redis::connect(&server.url(), PATIENCE).await.unwrap();
    (server, redis)
}

/// Asserts the same of both queues.
pub(crate) async fn for_both_queues<F: Future<Output = ()>>(check: impl Fn(Queue) -> F) {
    in_time(check(Queue::in_process())).await;
    let (_server, redis) = redis().await;
    in_time(check(Queue::redis(&redis))).await;
}

/// Asserts the same of both kinds of events.
pub(crate) async fn for_both_events<F: Future<Output = ()>>(check: impl Fn(Events) -> F) {
    in_time(check(Events::in_process())).await;
    let (_server, redis) = redis().await;
    in_time(check(Events::redis(&redis))).await;
}

/// Waits, but not for ever.
pub(crate) async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("it hangs")
}

/// An entry of a user.
pub(crate) fn entry_of(user: &str, band: Band, language: &str) -> Entry {
    Entry {
        judgement: JudgementId::new(),
        lane: Lane {
            band,
            language: language.parse().unwrap(),
            tag: domain::WorkerTag::default(),
        },
        user: user.parse().unwrap(),
    }
}

/// An entry of some user.
pub(crate) fn entry(band: Band) -> Entry {
    entry_of("ann", band, "python3")
}

/// Every band, in the languages of the tests.
pub(crate) fn everything() -> Scope {
    Scope::new(
        Band::ALL,
        ["c", "python3"].map(|language| language.parse().unwrap()),
        [domain::WorkerTag::default()],
    )
}

/// An update of a submission that runs.
pub(crate) fn update(user: &str, submission: SubmissionId, step: u32) -> Update {
    Update {
        seq: Sequence::of_progress(1, step),
        submission,
        judgement: JudgementId(submission.0),
        user: user.parse().unwrap(),
        problem: "aplusb".parse().unwrap(),
        language: "python3".parse().unwrap(),
        state: State::Running,
        phase: None,
        verdict: None,
        message: None,
        is_trial: false,
        is_contest: false,
        progress: Progress::default(),
        recent: domain::RecentRuns::default(),
    }
}

/// The update of its end.
pub(crate) fn done(user: &str, submission: SubmissionId, verdict: Verdict) -> Update {
    Update {
        seq: Sequence::of_row(State::Done, 1),
        state: State::Done,
        verdict: Some(verdict),
        ..update(user, submission, 1)
    }
}

pub(crate) fn user(id: &str) -> UserId {
    id.parse().unwrap()
}

/// The next thing, which must be an update.
pub(crate) async fn hear(listener: &mut Listener) -> Update {
    match in_time(listener.next()).await {
        Heard::Update(event) => event.update().clone(),
        Heard::Resync => panic!("heard Resync where an update was expected"),
    }
}

/// The next thing, which must be a request to read the store again.
pub(crate) async fn hear_resync(listener: &mut Listener) {
    match in_time(listener.next()).await {
        Heard::Resync => {}
        Heard::Update(event) => panic!("heard {event:?} where Resync was expected"),
    }
}

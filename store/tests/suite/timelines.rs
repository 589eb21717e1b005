//! When a judgement was where, as the database and its worker tell.

use domain::{Compiled, Conclusion, JudgementId, Timeline, Verdict};

use crate::bench::{Bench, HOUR, conclusion};

on_both_engines!(
    a_timeline_is_committed_with_the_verdict,
    failed_attempts_are_told_one_by_one,
);

async fn a_timeline_is_committed_with_the_verdict(bench: Bench) {
    let (_, judgement) = bench.queued().await;
    let waiting = bench.store.timeline(judgement).await.unwrap().unwrap();
    assert_eq!(waiting.claimed_at, None);
    assert_eq!(waiting.finished_at, None);
    assert!(waiting.timeline.is_unknown() && waiting.story.is_empty());

    let lease = bench.claim(judgement, HOUR).await.lease;
    let timeline = Timeline {
        started_us: Some(0),
        compiled: Some(Compiled {
            took_us: 1_234_567,
            was_cached: true,
        }),
        testing_us: Some(2_000_000),
        first_case_us: None,
        cases_us: vec![2_500_000, u64::MAX],
        last_case_us: Some(u64::MAX),
        graded_us: Some(3_000_000),
    };
    let written = Conclusion {
        timeline: timeline.clone(),
        ..conclusion(Verdict::Ac, 1)
    };
    let view = bench.store.commit(&lease, &written).await.unwrap().unwrap();
    let read = bench.store.timeline(judgement).await.unwrap().unwrap();
    assert_eq!(read.timeline, timeline);
    assert_eq!(read.queued_at, waiting.queued_at);
    assert_eq!(read.claimed_at, view.judgement.started_at);
    assert_eq!(read.finished_at, view.judgement.finished_at);
    assert!(read.queued_at <= read.claimed_at.unwrap() && read.claimed_at <= read.finished_at);
    assert_eq!(bench.store.timeline(JudgementId::new()).await.unwrap(), None);
}

async fn failed_attempts_are_told_one_by_one(bench: Bench) {
    let (_, judgement) = bench.queued().await;
    for reason in ["no room; there will be", "the compiler is gone"] {
        let lease = bench.claim(judgement, HOUR).await.lease;
        assert!(bench.store.hand_back(&lease, reason).await.unwrap());
    }
    let lease = bench.claim(judgement, HOUR).await.lease;
    bench
        .store
        .commit(&lease, &conclusion(Verdict::Ac, 1))
        .await
        .unwrap()
        .unwrap();
    let read = bench.store.timeline(judgement).await.unwrap().unwrap();
    assert_eq!(read.failures, 2);
    assert_eq!(
        read.story,
        [
            "attempt 1: no room; there will be",
            "attempt 2: the compiler is gone"
        ]
    );
    let first = bench.store.judgement(judgement).await.unwrap().unwrap();
    assert!(
        read.queued_at > first.created_at,
        "the last time it was put into the queue"
    );
    assert!(read.timeline.is_unknown(), "a worker that tells nothing");
}

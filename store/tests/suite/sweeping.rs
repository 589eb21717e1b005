//! The sweep: what was lost comes back, and what cannot be judged ends.

use std::time::Duration;

use domain::{Band, Blame, State, Verdict};
use store::Store;

use crate::bench::{Bench, HOUR, submission};

on_both_engines!(
    expired_leases_return_and_wait,
    what_fails_too_often_ends_as_a_judging_error,
    the_waiting_are_listed_by_urgency_and_age,
    two_sweepers_return_each_judgement_once,
);

async fn expired_leases_return_and_wait(bench: Bench) {
    let (_, live) = bench.running(HOUR).await;
    let (_, expired) = bench.running(Duration::ZERO).await;
    let swept = bench.store.sweep(3, HOUR, 10).await.unwrap();
    assert_eq!(swept.returned, [expired.judgement]);
    assert_eq!(
        swept
            .waiting
            .iter()
            .map(|waiting| waiting.judgement)
            .collect::<Vec<_>>(),
        [expired.judgement]
    );
    assert!(swept.given_up.is_empty());

    let judgement = bench.store.judgement(expired.judgement).await.unwrap().unwrap();
    assert_eq!((judgement.state, judgement.attempt), (State::Queued, 1));
    assert_eq!(bench.claim(expired.judgement, HOUR).await.lease.attempt, 2);
    assert_eq!(bench.store.heartbeat(&[live], HOUR).await.unwrap(), [live]);
}

async fn what_fails_too_often_ends_as_a_judging_error(bench: Bench) {
    let (id, judgement) = bench.queued().await;
    for attempt in 1..=3 {
        assert_eq!(
            bench.claim(judgement, Duration::ZERO).await.lease.attempt,
            attempt
        );
        let swept = bench.store.sweep(3, Duration::ZERO, 10).await.unwrap();
        if attempt < 3 {
            assert_eq!(
                (swept.returned.len(), swept.given_up.len(), swept.waiting.len()),
                (1, 0, 1)
            );
        } else {
            assert_eq!((swept.returned.len(), swept.waiting.len()), (0, 0));
            assert_eq!(swept.given_up, [id]);
        }
    }
    let judgement = bench.store.judgement(judgement).await.unwrap().unwrap();
    assert_eq!(
        (judgement.state, judgement.verdict, judgement.blame),
        (State::Done, Some(Verdict::Je), Some(Blame::System))
    );
    assert!(judgement.finished_at.is_some());
    let expected = "the judging system failed at it 3 times and gave up: attempt 1: the worker went silent; \
                    attempt 2: the worker went silent; attempt 3: the worker went silent";
    assert_eq!(judgement.message.as_deref(), Some(expected));
    let empty = bench.store.sweep(3, Duration::ZERO, 10).await.unwrap();
    assert!(empty.given_up.is_empty() && empty.returned.is_empty() && empty.waiting.is_empty());
}

async fn the_waiting_are_listed_by_urgency_and_age(bench: Bench) {
    let mut expected = Vec::new();
    for band in [Band::Bulk, Band::Contest, Band::Interactive, Band::Contest] {
        let mut submission = submission("ann");
        submission.band = band;
        expected.push((band, bench.submit(&submission).await));
    }
    expected.sort_by_key(|(band, judgement)| (band.rank(), *judgement));
    let swept = bench.store.sweep(3, Duration::ZERO, 10).await.unwrap();
    let listed: Vec<_> = swept
        .waiting
        .iter()
        .map(|waiting| (waiting.band, waiting.judgement))
        .collect();
    assert_eq!(listed, expected);
    let first = bench.store.sweep(3, Duration::ZERO, 2).await.unwrap();
    assert_eq!(first.waiting, swept.waiting[..2]);
    // Nothing has waited that long.
    assert!(bench.store.sweep(3, HOUR, 10).await.unwrap().waiting.is_empty());
}

async fn two_sweepers_return_each_judgement_once(bench: Bench) {
    for _ in 0..100 {
        bench.running(Duration::ZERO).await;
    }
    let other = Store::open(&bench.config).await.unwrap();
    let (one, two) = tokio::join!(bench.store.sweep(9, HOUR, 100), other.sweep(9, HOUR, 100));
    let (one, two) = (one.unwrap().returned, two.unwrap().returned);
    assert!(
        one.iter().all(|judgement| !two.contains(judgement)),
        "returned twice"
    );
    assert_eq!(one.len() + two.len(), 100);
    other.close().await;
}

//! The sweep: what was lost comes back, and what cannot be judged ends.

use std::time::Duration;

use domain::{Band, Blame, JudgementId, State, Verdict, WorkerId};
use store::{Store, WaitingKey};

use crate::bench::{Bench, HOUR, submission};

on_both_engines!(
    expired_leases_return_and_wait,
    what_fails_too_often_ends_as_a_judging_error,
    what_kills_two_workers_is_not_tried_on_a_third,
    the_waiting_are_listed_by_urgency_and_age,
    two_sweepers_return_each_judgement_once,
    a_row_that_cannot_be_read_keeps_nobody_else_waiting,
);

async fn expired_leases_return_and_wait(bench: Bench) {
    let (_, live) = bench.running(HOUR).await;
    let (_, expired) = bench.running(Duration::ZERO).await;
    let swept = bench.store.sweep(3, 10).await.unwrap();
    let returned: Vec<_> = swept.returned.iter().map(|waiting| waiting.judgement).collect();
    assert_eq!(returned, [expired.judgement]);
    assert_eq!(swept.returned[0].user.as_str(), "ann");
    assert_eq!(swept.returned[0].language.as_str(), "python3");
    assert!(swept.given_up.is_empty());

    let judgement = bench.store.judgement(expired.judgement).await.unwrap().unwrap();
    assert_eq!((judgement.state, judgement.attempt), (State::Queued, 1));
    let work = bench.claim(expired.judgement, HOUR).await;
    assert_eq!((work.lease.attempt, work.failures), (2, 1));
    assert_eq!(bench.store.heartbeat(&[live], HOUR).await.unwrap(), [live]);
}

/// A worker goes silent that holds a judgement and another one.
async fn silent_with_another(bench: &Bench, judgement: JudgementId) {
    let (_, other) = bench.queued().await;
    let worker = WorkerId::new();
    let taken = bench
        .store
        .claim(&[judgement, other], worker, Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(taken.len(), 2);
    let swept = bench.store.sweep(9, 10).await.unwrap();
    assert_eq!(swept.returned.len(), 2);
    assert!(swept.given_up.is_empty());
    bench.store.cancel(other).await.unwrap().unwrap();
}

async fn what_fails_too_often_ends_as_a_judging_error(bench: Bench) {
    let (id, judgement) = bench.queued().await;
    silent_with_another(&bench, judgement).await;
    silent_with_another(&bench, judgement).await;
    let lease = bench.claim(judgement, HOUR).await.lease;
    assert!(bench.store.hand_back(&lease, "no memory").await.unwrap());
    let swept = bench.store.sweep(3, 10).await.unwrap();
    assert_eq!(swept.given_up, [id]);
    let judgement = bench.store.judgement(judgement).await.unwrap().unwrap();
    assert_eq!(
        (judgement.state, judgement.verdict, judgement.blame),
        (State::Done, Some(Verdict::Je), Some(Blame::System))
    );
    assert!(judgement.finished_at.is_some());
    let expected = "the judging system failed at it 3 times and gave up: attempt 1: the worker went silent; \
                    attempt 2: the worker went silent; attempt 3: no memory";
    assert_eq!(judgement.message.as_deref(), Some(expected));
    let empty = bench.store.sweep(3, 10).await.unwrap();
    assert!(empty.given_up.is_empty() && empty.returned.is_empty());
}

async fn what_kills_two_workers_is_not_tried_on_a_third(bench: Bench) {
    let (id, judgement) = bench.queued().await;
    silent_with_another(&bench, judgement).await;
    for is_last in [false, true] {
        let lease = bench.claim(judgement, HOUR).await.lease;
        // One that stops is no victim.
        assert_eq!(bench.store.release(&[lease]).await.unwrap(), [lease]);
        bench.claim(judgement, Duration::ZERO).await;
        let swept = bench.store.sweep(9, 10).await.unwrap();
        assert_eq!(swept.given_up, if is_last { vec![id] } else { vec![] });
    }
    let judgement = bench.store.judgement(judgement).await.unwrap().unwrap();
    assert_eq!(
        (judgement.state, judgement.verdict, judgement.blame),
        (State::Done, Some(Verdict::Je), Some(Blame::System))
    );
    let expected = "quarantined: 2 workers went silent that judged this and nothing else; it is not tried again: \
                    attempt 1: the worker went silent; attempt 3: the worker went silent, which judged nothing else; \
                    attempt 5: the worker went silent, which judged nothing else";
    assert_eq!(judgement.message.as_deref(), Some(expected));
}

async fn the_waiting_are_listed_by_urgency_and_age(bench: Bench) {
    let mut expected = Vec::new();
    for band in [Band::Bulk, Band::Contest, Band::Interactive, Band::Contest] {
        let mut submission = submission("ann");
        submission.band = band;
        if band == Band::Contest {
            submission.tag = "quiet".parse().unwrap();
        }
        expected.push((band, bench.submit(&submission).await));
    }
    expected.sort_by_key(|(band, judgement)| (band.rank(), *judgement));
    let waiting = async |after, limit| bench.store.waiting(after, Duration::ZERO, limit).await.unwrap();
    let all = waiting(WaitingKey::START, 10).await;
    assert_eq!(all.next, None);
    let all = all.readable;
    let listed: Vec<_> = all
        .iter()
        .map(|waiting| (waiting.band, waiting.judgement))
        .collect();
    assert_eq!(listed, expected);
    let tags: Vec<_> = all.iter().map(|waiting| waiting.tag.as_str()).collect();
    assert_eq!(tags, ["quiet", "quiet", "general", "general"]);
    let first = waiting(WaitingKey::START, 2).await;
    assert_eq!(first.readable, all[..2]);
    let second = waiting(first.next.unwrap(), 2).await;
    assert_eq!(second.readable, all[2..]);
    assert_eq!(waiting(second.next.unwrap(), 2).await.readable, []);
    // Nothing has waited that long.
    let patient = bench.store.waiting(WaitingKey::START, HOUR, 10).await.unwrap();
    assert_eq!(patient.readable, []);
}

async fn a_row_that_cannot_be_read_keeps_nobody_else_waiting(bench: Bench) {
    let (bad, good) = (
        bench.submit(&submission("bad")).await,
        bench.submit(&submission("good")).await,
    );
    let sources = "UPDATE submissions SET files = '{' WHERE user_id = 'bad'";
    bench.sql(sources).await;
    for _ in 0..3 {
        let work = bench
            .store
            .claim(&[bad, good], WorkerId::new(), HOUR)
            .await
            .unwrap();
        assert_eq!(work.len(), 1, "the good one alone");
        assert_eq!(work[0].lease.judgement, good);
        bench.store.release(&[work[0].lease]).await.unwrap();
    }
    let swept = bench.store.sweep(3, 10).await.unwrap();
    assert_eq!(swept.given_up.len(), 1);
    let ended = bench.store.judgement(bad).await.unwrap().unwrap();
    assert_eq!(ended.verdict, Some(Verdict::Je));
    let message = ended.message.unwrap();
    assert!(message.contains("submissions.files"), "{message}");

    // The same of those that wait, and of pages of them.
    let (worse, best) = (
        bench.submit(&submission("worse")).await,
        bench.submit(&submission("best")).await,
    );
    bench
        .sql("UPDATE judgements SET language_id = ' ' WHERE user_id = 'worse'")
        .await;
    bench.claim(worse, Duration::ZERO).await;
    let swept = bench.store.sweep(3, 10).await.unwrap();
    assert_eq!(swept.returned, []);
    let mut found = Vec::new();
    let mut after = Some(WaitingKey::START);
    while let Some(key) = after {
        let page = bench.store.waiting(key, Duration::ZERO, 1).await.unwrap();
        found.extend(page.readable.iter().map(|waiting| waiting.judgement));
        after = page.next;
    }
    assert_eq!(found, [good, best]);
}

async fn two_sweepers_return_each_judgement_once(bench: Bench) {
    for _ in 0..100 {
        bench.running(Duration::ZERO).await;
    }
    let other = Store::open(&bench.config).await.unwrap();
    let (one, two) = tokio::join!(bench.store.sweep(9, 100), other.sweep(9, 100));
    let (one, two) = (one.unwrap().returned, two.unwrap().returned);
    assert!(
        one.iter().all(|judgement| !two.contains(judgement)),
        "returned twice"
    );
    assert_eq!(one.len() + two.len(), 100);
    other.close().await;
}

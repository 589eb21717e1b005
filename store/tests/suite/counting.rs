//! How much is outstanding is kept, not counted: it has to be what a count would say, whatever has happened.

use std::time::Duration;

use domain::{Timestamp, Trial, Verdict, WorkerId};
use store::Outstanding;

use crate::bench::{Bench, HOUR, conclusion, submission};

on_both_engines!(
    what_is_outstanding_is_what_a_count_would_say,
    a_weight_is_kept_until_it_is_the_usual_one,
);

async fn check(bench: &Bench, queued: u64, running: u64, after: &str) {
    let found = bench.store.outstanding().await.unwrap();
    assert_eq!(found, Outstanding { queued, running }, "after {after}");
}

async fn what_is_outstanding_is_what_a_count_would_say(bench: Bench) {
    let store = &bench.store;
    check(&bench, 0, 0, "nothing").await;
    let mut ids = Vec::new();
    for user in ["ann", "bob", "cid", "dan", "eve", "fay"] {
        ids.push(bench.submit(&submission(user)).await);
    }
    check(&bench, 6, 0, "six submissions").await;
    let worker = WorkerId::new();
    let work = store.claim(&ids[..5], worker, HOUR).await.unwrap();
    check(&bench, 1, 5, "five claims at once").await;
    let leases: Vec<_> = work.iter().map(|work| work.lease).collect();
    store.heartbeat(&leases, HOUR).await.unwrap();
    check(&bench, 1, 5, "a heartbeat").await;
    let end = conclusion(Verdict::Wa, 2);
    store
        .commit_many(&[(leases[0], &end), (leases[1], &end)])
        .await
        .unwrap();
    check(&bench, 1, 3, "two verdicts").await;
    store.commit(&leases[0], &end).await.unwrap();
    check(&bench, 1, 3, "a verdict that is repeated").await;
    assert!(store.hand_back(&leases[2], "a fault").await.unwrap());
    check(&bench, 2, 2, "a hand-back").await;
    store.release(&leases[3..4]).await.unwrap();
    check(&bench, 3, 1, "a release").await;
    store.cancel(leases[4].judgement).await.unwrap().unwrap();
    store.cancel(leases[3].judgement).await.unwrap().unwrap();
    check(&bench, 2, 0, "two that were cancelled").await;
    let swept = store.sweep(1, 1000).await.unwrap();
    assert_eq!(swept.given_up.len(), 1);
    check(&bench, 1, 0, "one that was given up").await;
    let lost = store.claim(&ids[5..], worker, Duration::ZERO).await.unwrap();
    check(&bench, 0, 1, "a claim that runs out at once").await;
    store.sweep(9, 1000).await.unwrap();
    check(&bench, 1, 0, "its return").await;
    let package = lost[0].submission.package;
    store
        .rejudge(lost[0].submission.id, &package, domain::Band::Bulk)
        .await
        .unwrap();
    check(&bench, 2, 0, "a rejudge").await;
    let trial = domain::Submission {
        trial: Some(Trial::Input(String::new())),
        created_at: Timestamp(1),
        ..submission("ann")
    };
    bench.submit(&trial).await;
    check(&bench, 3, 0, "a trial").await;
    assert_eq!(store.forget_trials(Duration::ZERO, 10).await.unwrap(), 1);
    check(&bench, 2, 0, "a trial that is forgotten while it waits").await;
}

async fn a_weight_is_kept_until_it_is_the_usual_one(bench: Bench) {
    let (store, ann) = (&bench.store, "ann".parse().unwrap());
    for (weight, kept) in [(3, Some(3)), (7, Some(7)), (1, None), (1, None), (100, Some(100))] {
        store.set_weight(&ann, weight).await.unwrap();
        assert_eq!(store.weights().await.unwrap().get(&ann).copied(), kept);
    }
    for wrong in [0, 101] {
        store.set_weight(&ann, wrong).await.unwrap_err();
    }
    assert_eq!(store.weights().await.unwrap().len(), 1);
}

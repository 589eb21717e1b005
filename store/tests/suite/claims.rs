//! Leases: who holds a judgement, and what a worker that lost one can still do (nothing).

use std::collections::HashMap;
use std::time::Duration;

use domain::{Blame, JudgementId, Lease, State, Verdict, WorkerId};
use futures_util::future::join_all;
use store::Store;

use crate::bench::{Bench, HOUR, conclusion, submission};

on_both_engines!(
    many_who_claim_at_once_share_without_loss,
    an_expired_lease_passes_on_and_its_late_commit_bounces,
    a_heartbeat_keeps_what_is_held_and_tells_what_is_lost,
    a_commit_writes_everything_once,
    those_that_end_together_commit_together,
    heartbeats_and_commits_do_not_wait_for_each_other,
    a_claim_of_what_is_not_there_is_empty,
);

async fn many_who_claim_at_once_share_without_loss(bench: Bench) {
    let mut ids = Vec::new();
    for _ in 0..200 {
        ids.push(bench.queued().await.1);
    }
    // Two processes, ten workers each, all of which heard of all judgements, in pieces.
    let other = Store::open(&bench.config).await.unwrap();
    let stores = [&bench.store, &other];
    let claims = (0..20).map(|number| {
        let (store, mut ids) = (stores[number % 2], ids.clone());
        ids.rotate_left(number * 10);
        async move {
            let worker = WorkerId::new();
            let mut taken = Vec::new();
            for piece in ids.chunks(7) {
                taken.extend(store.claim(piece, worker, HOUR).await.unwrap());
            }
            assert!(
                taken
                    .iter()
                    .all(|work| work.lease.worker == worker && work.lease.attempt == 1)
            );
            taken
                .into_iter()
                .map(|work| work.lease.judgement)
                .collect::<Vec<_>>()
        }
    });
    let taken = join_all(claims).await;
    let mut times: HashMap<JudgementId, u32> = HashMap::new();
    for id in taken.iter().flatten() {
        *times.entry(*id).or_default() += 1;
    }
    assert!(
        times.values().all(|times| *times == 1),
        "one judgement was given twice"
    );
    assert_eq!(times.len(), ids.len(), "some were given to nobody");
    let outstanding = bench.store.outstanding().await.unwrap();
    assert_eq!((outstanding.queued, outstanding.running), (0, 200));
    other.close().await;
}

async fn an_expired_lease_passes_on_and_its_late_commit_bounces(bench: Bench) {
    let (id, late) = bench.running(Duration::ZERO).await;
    let held = bench.claim(late.judgement, HOUR).await.lease;
    assert_eq!((late.attempt, held.attempt), (1, 2));

    let wrong = conclusion(Verdict::Wa, 3);
    assert_eq!(bench.store.commit(&late, &wrong).await.unwrap(), None);
    assert!(!bench.store.hand_back(&late, "too late").await.unwrap());
    assert!(bench.store.release(&[late]).await.unwrap().is_empty());
    assert!(bench.store.runs(late.judgement).await.unwrap().is_empty());
    // The right attempt of the wrong worker, and the other way round.
    for forged in [
        Lease {
            worker: late.worker,
            ..held
        },
        Lease { attempt: 3, ..held },
    ] {
        assert_eq!(
            bench.store.commit(&forged, &wrong).await.unwrap(),
            None,
            "{forged:?}"
        );
    }
    let view = bench
        .store
        .commit(&held, &conclusion(Verdict::Ac, 1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((view.id, view.judgement.verdict), (id, Some(Verdict::Ac)));
    assert_eq!(bench.store.runs(held.judgement).await.unwrap().len(), 1);
    let story = bench.store.story(held.judgement).await.unwrap();
    assert_eq!(
        story.as_deref(),
        Some("attempt 1: the worker went silent, which judged nothing else")
    );
}

async fn a_heartbeat_keeps_what_is_held_and_tells_what_is_lost(bench: Bench) {
    let (_, held) = bench.running(Duration::ZERO).await;
    let (_, lost) = bench.running(Duration::ZERO).await;
    let (_, done) = bench.running(HOUR).await;
    bench.claim(lost.judgement, HOUR).await;
    bench
        .store
        .commit(&done, &conclusion(Verdict::Ac, 0))
        .await
        .unwrap()
        .unwrap();

    // A lease that ran out and that nobody took over comes back to life.
    assert_eq!(
        bench.store.heartbeat(&[held, lost, done], HOUR).await.unwrap(),
        [held]
    );
    assert!(
        bench
            .store
            .claim(&[held.judgement], WorkerId::new(), HOUR)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(bench.store.sweep(5, 10).await.unwrap().returned.is_empty());
    assert!(bench.store.heartbeat(&[], HOUR).await.unwrap().is_empty());
    // The length is an argument, so a heartbeat can also end a lease.
    assert_eq!(
        bench.store.heartbeat(&[held], Duration::ZERO).await.unwrap(),
        [held]
    );
    let returned = bench.store.sweep(5, 10).await.unwrap().returned;
    assert_eq!(returned.len(), 1);
    assert_eq!(returned[0].judgement, held.judgement);
}

async fn a_commit_writes_everything_once(bench: Bench) {
    let (id, lease) = bench.running(HOUR).await;
    let mut ended = conclusion(Verdict::Je, 300);
    ended.blame = Some(Blame::Problem);
    ended.compiler_output = Some("warning: unused".into());
    ended.cases_total = 400;
    let view = bench.store.commit(&lease, &ended).await.unwrap().unwrap();

    assert_eq!(bench.store.submission(id).await.unwrap().as_ref(), Some(&view));
    let judgement = view.judgement;
    assert_eq!(
        (judgement.id, judgement.state, judgement.attempt),
        (lease.judgement, State::Done, 1)
    );
    assert_eq!(
        (judgement.verdict, judgement.blame),
        (Some(Verdict::Je), Some(Blame::Problem))
    );
    assert_eq!(
        (judgement.message, judgement.compiler_output),
        (ended.message.clone(), ended.compiler_output.clone())
    );
    assert_eq!(
        (judgement.cpu_us, judgement.memory_bytes),
        (Some(300_000), Some(1 << 20))
    );
    assert_eq!((judgement.cases_done, judgement.cases_total), (300, 400));
    let (created, started, finished) = (
        judgement.created_at,
        judgement.started_at.unwrap(),
        judgement.finished_at.unwrap(),
    );
    assert!(
        created <= started && started <= finished,
        "{created} {started} {finished}"
    );
    assert_eq!(bench.store.runs(lease.judgement).await.unwrap(), ended.runs);
    // A second try, because the first one's answer was lost, finds what stands, and writes nothing.
    let again = bench
        .store
        .commit(&lease, &conclusion(Verdict::Ac, 0))
        .await
        .unwrap();
    assert_eq!(again.unwrap(), bench.store.submission(id).await.unwrap().unwrap());
    assert_eq!(bench.store.runs(lease.judgement).await.unwrap().len(), 300);
}

async fn those_that_end_together_commit_together(bench: Bench) {
    let mut leases = Vec::new();
    for _ in 0..5 {
        leases.push(bench.running(Duration::ZERO).await.1);
    }
    bench.claim(leases[1].judgement, HOUR).await;
    let ends: Vec<_> = (0..5).map(|runs| conclusion(Verdict::Ac, runs)).collect();
    let mut batch: Vec<_> = leases.iter().copied().zip(&ends).collect();
    batch.push((leases[0], &ends[4]));

    let views = bench.store.commit_many(&batch).await.unwrap();
    let verdicts: Vec<_> = views
        .iter()
        .map(|view| view.as_ref().map(|view| view.judgement.cases_done))
        .collect();
    // The second was lost, and a judgement that is named twice ends once.
    assert_eq!(verdicts, [Some(0), None, Some(2), Some(3), Some(4), None]);
    for (lease, expected) in leases.iter().zip([0, 0, 2, 3, 4]) {
        assert_eq!(bench.store.runs(lease.judgement).await.unwrap().len(), expected);
    }
    assert!(bench.store.commit_many(&[]).await.unwrap().is_empty());
}

async fn heartbeats_and_commits_do_not_wait_for_each_other(bench: Bench) {
    let mut leases = Vec::new();
    for _ in 0..100 {
        leases.push(bench.running(HOUR).await.1);
    }
    let end = conclusion(Verdict::Ac, 1);
    let backwards: Vec<_> = leases.iter().rev().copied().collect();
    let beats = async {
        for _ in 0..20 {
            bench.store.heartbeat(&backwards, HOUR).await.unwrap();
        }
    };
    let commits = async {
        for chunk in leases.chunks(10) {
            let batch: Vec<_> = chunk.iter().map(|lease| (*lease, &end)).collect();
            let views = bench.store.commit_many(&batch).await.unwrap();
            assert!(views.iter().all(Option::is_some));
        }
    };
    tokio::join!(beats, commits);
}

async fn a_claim_of_what_is_not_there_is_empty(bench: Bench) {
    let worker = WorkerId::new();
    assert!(bench.store.claim(&[], worker, HOUR).await.unwrap().is_empty());
    assert!(
        bench
            .store
            .claim(&[JudgementId::new()], worker, HOUR)
            .await
            .unwrap()
            .is_empty()
    );
    // Named twice, taken once; the most urgent first, whatever the order of asking.
    let (_, interactive) = bench.queued().await;
    let mut urgent = submission("bob");
    urgent.band = domain::Band::Contest;
    let urgent = bench.submit(&urgent).await;
    let work = bench
        .store
        .claim(&[interactive, urgent, interactive], worker, HOUR)
        .await
        .unwrap();
    let order: Vec<_> = work.iter().map(|work| work.lease.judgement).collect();
    assert_eq!(order, [urgent, interactive]);
}

//! The life of a judgement: what the SQL does is what `domain::State::after` says.

use std::time::Duration;

use domain::{JudgementId, Lease, State, Step, Verdict, WorkerId};

use crate::bench::{Bench, HOUR, conclusion};

on_both_engines!(
    every_step_from_every_state_follows_the_rules,
    a_hand_back_and_a_release_differ_in_blame
);

/// How a step is asked of the store.
#[derive(Debug, Clone, Copy)]
enum Move {
    Claim,
    Commit,
    HandBack,
    Release,
    Sweep,
    Cancel,
}

const STEPS: [(Step, Move); 7] = [
    (Step::Claim { expired: false }, Move::Claim),
    (Step::Claim { expired: true }, Move::Claim),
    (Step::Commit, Move::Commit),
    (Step::HandBack, Move::HandBack),
    (Step::HandBack, Move::Release),
    (Step::GiveUp, Move::Sweep),
    (Step::Cancel, Move::Cancel),
];

/// A judgement in that state whose attempt 1 had failed, and a lease that names its worker and attempt.
async fn in_state(bench: &Bench, state: State, is_expired: bool) -> Lease {
    let (_, failed) = bench.running(HOUR).await;
    assert!(bench.store.hand_back(&failed, "no reason").await.unwrap());
    if state == State::Queued {
        return failed;
    }
    let length = if is_expired { Duration::ZERO } else { HOUR };
    let lease = bench.claim(failed.judgement, length).await.lease;
    match state {
        State::Done => {
            let wrong = conclusion(Verdict::Wa, 1);
            bench.store.commit(&lease, &wrong).await.unwrap().unwrap();
        }
        State::Cancelled => {
            bench.store.cancel(lease.judgement).await.unwrap().unwrap();
        }
        State::Queued | State::Running => {}
    }
    lease
}

async fn attempt_move(bench: &Bench, lease: &Lease, step: Move) -> bool {
    let store = &bench.store;
    match step {
        Move::Claim => {
            let taken = store
                .claim(&[lease.judgement], WorkerId::new(), HOUR)
                .await
                .unwrap();
            !taken.is_empty()
        }
        Move::Commit => {
            let right = conclusion(Verdict::Ac, 1);
            let stands = store.commit(lease, &right).await.unwrap();
            // A commit that is repeated is told what stands: no move, and never the new verdict.
            stands.is_some_and(|view| view.judgement.verdict == Some(Verdict::Ac))
        }
        Move::HandBack => store.hand_back(lease, "asked to").await.unwrap(),
        Move::Release => !store.release(&[*lease]).await.unwrap().is_empty(),
        Move::Sweep => !store.sweep(1, 1000).await.unwrap().given_up.is_empty(),
        Move::Cancel => store.cancel(lease.judgement).await.unwrap().is_some(),
    }
}

async fn state_of(bench: &Bench, judgement: JudgementId) -> State {
    bench.store.judgement(judgement).await.unwrap().unwrap().state
}

async fn every_step_from_every_state_follows_the_rules(bench: Bench) {
    for from in State::ALL {
        for (step, asked) in STEPS {
            // The sweep gives up what is queued or whose lease has run out, not what is being judged.
            let is_expired = matches!(step, Step::Claim { expired: true } | Step::GiveUp);
            let lease = in_state(&bench, from, is_expired).await;
            assert_eq!(state_of(&bench, lease.judgement).await, from, "before {asked:?}");

            let has_moved = attempt_move(&bench, &lease, asked).await;
            let expected = from.after(step);
            assert_eq!(has_moved, expected.is_ok(), "{asked:?} ({step:?}) from {from:?}");
            let now = state_of(&bench, lease.judgement).await;
            assert_eq!(
                now,
                expected.unwrap_or(from),
                "{asked:?} ({step:?}) from {from:?}"
            );
            // Nothing is left for the next row of the table to trip over.
            bench.store.cancel(lease.judgement).await.unwrap();
        }
    }
}

async fn a_hand_back_and_a_release_differ_in_blame(bench: Bench) {
    let (_, mut lease) = bench.running(HOUR).await;
    // Workers that merely stop pass it on for ever.
    for _ in 0..5 {
        assert_eq!(bench.store.release(&[lease]).await.unwrap(), [lease]);
        assert!(bench.store.sweep(2, 10).await.unwrap().given_up.is_empty());
        let next = bench.claim(lease.judgement, HOUR).await.lease;
        assert_eq!(next.attempt, lease.attempt + 1, "attempts only grow");
        lease = next;
    }
    assert_eq!(
        bench.store.story(lease.judgement).await.unwrap().as_deref(),
        Some("")
    );
    for reason in ["no memory for the sandbox", "no process for the sandbox"] {
        assert!(bench.store.hand_back(&lease, reason).await.unwrap());
        let swept = bench.store.sweep(2, 10).await.unwrap();
        if swept.given_up.is_empty() {
            lease = bench.claim(lease.judgement, HOUR).await.lease;
        }
    }
    let judgement = bench.store.judgement(lease.judgement).await.unwrap().unwrap();
    assert_eq!((judgement.verdict, judgement.attempt), (Some(Verdict::Je), 7));
    let story = "attempt 6: no memory for the sandbox; attempt 7: no process for the sandbox";
    assert_eq!(
        bench.store.story(lease.judgement).await.unwrap().as_deref(),
        Some(story)
    );
    let message = judgement.message.unwrap();
    assert!(
        message.contains("2 times") && message.ends_with(story),
        "{message}"
    );
}

//! Taking submissions in.

use domain::{Band, ProblemRecord, State, Submission, SubmissionId};
use futures_util::future::join_all;
use store::{Idempotency, Submitted};

use crate::bench::{Bench, HOUR, submission};
use crate::problems::{record, zip};

on_both_engines!(
    a_submission_comes_back_as_it_was_sent,
    a_key_is_good_for_one_body_of_one_user,
    of_many_with_one_key_one_is_stored,
    a_rejudge_is_what_is_shown,
    a_problem_is_looked_at_again_while_it_is_submitted_to,
);

fn key(key: &str, request: u8) -> Idempotency {
    Idempotency {
        key: key.into(),
        request: [request; 32],
    }
}

async fn a_submission_comes_back_as_it_was_sent(bench: Bench) {
    let sent = submission("ann");
    let judgement = bench.submit(&sent).await;

    let view = bench.store.submission(sent.id).await.unwrap().unwrap();
    assert_eq!(
        (view.id, &view.user, &view.problem),
        (sent.id, &sent.user, &sent.problem)
    );
    assert_eq!(
        (&view.language, view.created_at),
        (&sent.language, sent.created_at)
    );
    assert_eq!(view.judgement.id, judgement);
    assert_eq!((view.judgement.state, view.judgement.attempt), (State::Queued, 0));
    assert_eq!(
        bench.store.judgement(judgement).await.unwrap(),
        Some(view.judgement)
    );
    assert_eq!(
        bench.store.source(sent.id).await.unwrap(),
        Some(sent.files.clone())
    );
    assert_eq!(bench.claim(judgement, HOUR).await.submission, sent);

    assert_eq!(bench.store.submission(SubmissionId::new()).await.unwrap(), None);
    assert_eq!(bench.store.source(SubmissionId::new()).await.unwrap(), None);
    // The same id again is a fault of the caller, and changes nothing.
    bench.store.submit(&sent, None, None).await.unwrap_err();
    assert_eq!(bench.store.outstanding().await.unwrap().running, 1);
    assert_eq!(bench.store.outstanding().await.unwrap().queued, 0);
}

async fn a_key_is_good_for_one_body_of_one_user(bench: Bench) {
    let first = submission("ann");
    let stored = bench
        .store
        .submit(&first, Some(&key("k", 1)), None)
        .await
        .unwrap();
    assert!(matches!(stored, Submitted::New(_)), "{stored:?}");

    let again = bench
        .store
        .submit(&submission("ann"), Some(&key("k", 1)), None)
        .await
        .unwrap();
    assert_eq!(again, Submitted::Before(first.id));
    let reused = bench
        .store
        .submit(&submission("ann"), Some(&key("k", 2)), None)
        .await
        .unwrap();
    assert_eq!(reused, Submitted::KeyReused);
    for (user, name) in [("bob", "k"), ("ann", "other")] {
        let other = bench
            .store
            .submit(&submission(user), Some(&key(name, 1)), None)
            .await
            .unwrap();
        assert!(matches!(other, Submitted::New(_)), "{user} {name}: {other:?}");
    }
    assert_eq!(bench.store.outstanding().await.unwrap().queued, 3);
}

async fn of_many_with_one_key_one_is_stored(bench: Bench) {
    let answers = join_all((0..16).map(|_| async {
        let sent = submission("ann");
        (
            sent.id,
            bench.store.submit(&sent, Some(&key("k", 1)), None).await.unwrap(),
        )
    }))
    .await;
    let new: Vec<_> = answers
        .iter()
        .filter(|(_, answer)| matches!(answer, Submitted::New(_)))
        .map(|(id, _)| *id)
        .collect();
    assert_eq!(new.len(), 1, "{answers:?}");
    let before = answers
        .iter()
        .filter(|(_, answer)| *answer == Submitted::Before(new[0]));
    assert_eq!(before.count(), 15, "{answers:?}");
    assert_eq!(bench.store.outstanding().await.unwrap().queued, 1);
}

async fn a_rejudge_is_what_is_shown(bench: Bench) {
    use domain::{Band, PackageHash, Verdict};
    let (id, lease) = bench.running(HOUR).await;
    let old = crate::bench::conclusion(Verdict::Wa, 2);
    bench.store.commit(&lease, &old).await.unwrap().unwrap();

    let package = PackageHash([9; 32]);
    let rejudged = bench
        .store
        .rejudge(id, &package, Band::Bulk)
        .await
        .unwrap()
        .unwrap();
    let view = bench.store.submission(id).await.unwrap().unwrap();
    assert_eq!(
        (view.judgement.id, view.judgement.state),
        (rejudged, State::Queued)
    );
    let work = bench.claim(rejudged, HOUR).await;
    assert_eq!(
        (work.submission.package, work.submission.band),
        (package, Band::Bulk)
    );
    // What the older judgement found stays.
    let older = bench.store.judgement(lease.judgement).await.unwrap().unwrap();
    assert_eq!(older.verdict, Some(Verdict::Wa));
    assert_eq!(bench.store.runs(lease.judgement).await.unwrap(), old.runs);
    assert_eq!(
        bench
            .store
            .rejudge(SubmissionId::new(), &package, Band::Bulk)
            .await
            .unwrap(),
        None
    );
}

async fn a_problem_is_looked_at_again_while_it_is_submitted_to(bench: Bench) {
    let put = |package| {
        let record = record("sum", package);
        let store = &bench.store;
        async move { store.put_problem(&record, zip(&[package])).await.unwrap() }
    };
    let submit = |problem: ProblemRecord, most| {
        let sent = Submission {
            problem: problem.id.clone(),
            package: problem.package,
            tag: problem.tag.clone(),
            ..submission("ann")
        };
        let store = &bench.store;
        async move { store.submit_to(&problem, &sent, None, most).await.unwrap() }
    };
    let first = put(7).await;
    let new = submit(first.clone(), Some(1)).await;
    assert!(matches!(new, Submitted::New(_)), "{new:?}");
    assert_eq!(submit(first.clone(), Some(1)).await, Submitted::TooMany);

    let hidden = bench.store.set_hidden(&first.id, true).await.unwrap().unwrap();
    assert_eq!(submit(first.clone(), None).await, Submitted::ProblemChanged);
    assert_eq!(submit(first.clone(), Some(1)).await, Submitted::ProblemChanged);
    let new = submit(hidden.clone(), None).await;
    assert!(matches!(new, Submitted::New(_)), "{new:?}");

    let tag = "quiet".parse().unwrap();
    let routed = bench.store.route_problem(&first.id, Band::Contest, &tag).await;
    let routed = routed.unwrap().unwrap();
    assert_eq!((routed.band, &routed.tag), (Band::Contest, &tag));
    assert_eq!(submit(hidden.clone(), None).await, Submitted::ProblemChanged);
    let sooner = ProblemRecord {
        tag: tag.clone(),
        ..hidden.clone()
    };
    assert_eq!(submit(sooner, None).await, Submitted::ProblemChanged);

    put(8).await;
    assert_eq!(submit(routed.clone(), None).await, Submitted::ProblemChanged);
    let nobody = ProblemRecord {
        id: "nothing".parse().unwrap(),
        ..first
    };
    assert_eq!(submit(nobody, None).await, Submitted::ProblemChanged);
    assert_eq!(bench.store.outstanding().await.unwrap().queued, 2);
}

//! Trials: shown to whoever asks for them, counted nowhere, and forgotten.

use std::time::Duration;

use domain::{SubmissionId, Timestamp, Trial, TrialOutput, Verdict};
use store::SubmissionFilter;

use crate::bench::{Bench, HOUR, conclusion, submission};

on_both_engines!(
    a_trial_is_judged_and_in_no_list,
    old_trials_are_forgotten_and_nothing_else,
);

async fn tried(bench: &Bench, trial: Option<Trial>, created_at: Timestamp) -> SubmissionId {
    let submission = domain::Submission {
        trial,
        created_at,
        ..submission("ann")
    };
    bench.store.submit(&submission, None, None).await.unwrap();
    submission.id
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    Timestamp(i64::try_from(since.as_micros()).unwrap())
}

async fn a_trial_is_judged_and_in_no_list(bench: Bench) {
    let trial = Trial::Input("1 2\0\n".to_owned());
    let id = tried(&bench, Some(trial.clone()), now()).await;
    let view = bench.store.submission(id).await.unwrap().unwrap();
    assert!(view.is_trial);
    let work = bench.claim(view.judgement.id, HOUR).await;
    assert_eq!(work.submission.trial, Some(trial));
    let mut written = conclusion(Verdict::Ac, 1);
    written.trial_outputs = vec![TrialOutput {
        ordinal: 1,
        stdout: "3\n".to_owned(),
        stderr: "\u{7}".to_owned(),
        is_cut: true,
    }];
    let view = bench.store.commit(&work.lease, &written).await.unwrap().unwrap();
    assert!(view.is_trial);
    let outputs = bench.store.trial_outputs(view.judgement.id).await.unwrap();
    assert_eq!(outputs, Some(written.trial_outputs));

    let counted = tried(&bench, None, now()).await;
    let filters = [
        SubmissionFilter::default(),
        SubmissionFilter {
            user: Some("ann".parse().unwrap()),
            problem: Some("sum".parse().unwrap()),
            ..SubmissionFilter::default()
        },
    ];
    for filter in filters {
        let listed = bench.store.submissions(&filter, None, 10).await.unwrap();
        assert_eq!(listed.iter().map(|view| view.id).collect::<Vec<_>>(), [counted]);
    }
}

async fn old_trials_are_forgotten_and_nothing_else(bench: Bench) {
    let long_ago = Timestamp(1_700_000_000_000_000);
    let old = tried(&bench, Some(Trial::Samples), long_ago).await;
    let other = tried(&bench, Some(Trial::Samples), long_ago).await;
    let recent = tried(&bench, Some(Trial::Samples), now()).await;
    let counted = tried(&bench, None, long_ago).await;
    let judgement = bench.store.submission(old).await.unwrap().unwrap().judgement.id;
    let lease = bench.claim(judgement, HOUR).await.lease;
    bench
        .store
        .commit(&lease, &conclusion(Verdict::Ac, 2))
        .await
        .unwrap();

    let forget = |limit| bench.store.forget_trials(Duration::from_mins(10), limit);
    assert_eq!(forget(1).await.unwrap(), 1);
    assert_eq!(forget(10).await.unwrap(), 1);
    assert_eq!(forget(10).await.unwrap(), 0);
    let left = bench
        .store
        .submissions_by_id(&[old, other, recent, counted])
        .await
        .unwrap();
    assert_eq!(
        left.iter().map(|view| view.id).collect::<Vec<_>>(),
        [recent, counted]
    );
    assert_eq!(bench.store.runs(judgement).await.unwrap(), []);
    assert_eq!(bench.store.judgement(judgement).await.unwrap(), None);
}

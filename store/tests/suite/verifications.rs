//! Verifications: trials that are kept, with what was expected of them.

use std::time::Duration;

use domain::{ExamplePart, Submission, SubmissionId, Timestamp, Trial, Verdict, VerificationId};
use store::{ExampleRecord, SubmissionFilter, VerificationRecord};

use crate::bench::{Bench, HOUR, conclusion, submission};

on_both_engines!(a_verification_knows_what_became_of_its_examples,);

fn example(path: &str) -> Submission {
    Submission {
        trial: Some(Trial::Example(ExamplePart::Submission(path.to_owned()))),
        band: domain::Band::Bulk,
        tag: domain::WorkerTag::default(),
        ..submission("ann")
    }
}

fn expected(path: &str, judged: Result<SubmissionId, String>) -> ExampleRecord {
    ExampleRecord {
        path: path.to_owned(),
        expected: vec![Verdict::Ac, Verdict::Wa],
        language: judged.is_ok().then(|| "python3".parse().unwrap()),
        judged,
    }
}

async fn a_verification_knows_what_became_of_its_examples(bench: Bench) {
    let store = &bench.store;
    let (good, other) = (example("accepted/a.py"), example("wrong_answer/\0b.py"));
    let judgement = bench.submit(&good).await;
    bench.submit(&other).await;
    let records = [
        expected("accepted/a.py", Ok(good.id)),
        expected("accepted/c.xyz", Err("no language\0 here".to_owned())),
        expected("wrong_answer/b.py", Ok(other.id)),
        expected("wrong_answer/lost.py", Ok(SubmissionId::new())),
    ];
    let head = VerificationRecord {
        id: VerificationId::new(),
        problem: "sum".parse().unwrap(),
        version: 3,
        by: "ann".parse().unwrap(),
        created_at: Timestamp(1_700_000_000_000_000),
    };
    store.add_verification(&head, &records).await.unwrap();
    assert_eq!(store.verification(head.id).await.unwrap(), Some(head.clone()));
    assert_eq!(store.verification(VerificationId::new()).await.unwrap(), None);
    assert_eq!(
        store.verifications(&head.problem, None, 10).await.unwrap(),
        std::slice::from_ref(&head)
    );
    assert_eq!(
        store
            .verifications(&head.problem, Some(head.id), 10)
            .await
            .unwrap(),
        []
    );

    let work = bench.claim(judgement, HOUR).await;
    assert_eq!(work.submission.trial, good.trial);
    let mut missed = conclusion(Verdict::Wa, 1);
    missed.missed = Some("WA is not permitted\0".to_owned());
    let view = store.commit(&work.lease, &missed).await.unwrap().unwrap();
    assert!(view.is_trial && view.is_example);

    let found = store.examples(head.id).await.unwrap();
    let records_found: Vec<_> = found.iter().map(|(record, _)| record.path.as_str()).collect();
    assert_eq!(
        records_found,
        [
            "accepted/a.py",
            "accepted/c.xyz",
            "wrong_answer/b.py",
            "wrong_answer/lost.py"
        ]
    );
    assert_eq!(found[0].0, records[0]);
    assert_eq!(found[1].0.judged, Err("no language\u{fffd} here".to_owned()));
    let views: Vec<_> = found
        .iter()
        .map(|(_, view)| view.as_ref().map(|view| view.id))
        .collect();
    assert_eq!(views, [Some(good.id), None, Some(other.id), None]);
    let judged = &found[0].1.as_ref().unwrap().judgement;
    assert_eq!(judged.verdict, Some(Verdict::Wa));
    assert_eq!(judged.missed.as_deref(), Some("WA is not permitted\u{fffd}"));

    // They are in no list, in nobody's way, and unlike other trials they are kept.
    let listed = store
        .submissions(&SubmissionFilter::default(), None, 10)
        .await
        .unwrap();
    assert_eq!(listed, []);
    assert_eq!(store.problem_counts().await.unwrap(), []);
    assert_eq!(store.tried_by(&head.by).await.unwrap(), []);
    assert_eq!(store.forget_trials(Duration::from_mins(1), 10).await.unwrap(), 0);
    let one_more = store.submit(&submission("ann"), None, Some(1)).await.unwrap();
    assert!(matches!(one_more, store::Submitted::New(_)), "{one_more:?}");
}

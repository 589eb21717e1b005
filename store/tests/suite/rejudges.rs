//! Rejudges: nothing counts before it is applied, and then everything does.

use domain::{
    Band, Conclusion, JudgementId, LanguageId, PackageHash, ProblemId, RejudgeId, Score, State, Submission,
    SubmissionId, Timestamp, UserId, Verdict,
};
use store::{Decision, NewRejudge, RejudgeFilter, RejudgeState, Started, SubmissionFilter, Waiting};

use crate::bench::{Bench, HOUR, conclusion, submission};
use crate::problems::{record, zip};

on_both_engines!(
    nothing_counts_before_it_is_applied,
    it_goes_to_the_workers_that_the_problem_asks_for_now,
    what_is_discarded_is_forgotten,
    a_filter_names_what_is_rejudged,
    a_failure_of_the_system_never_counts,
    a_problem_has_one_at_a_time,
    ten_thousand_are_rejudged_at_once,
);

const NEW: PackageHash = PackageHash([9; 32]);

fn problem() -> ProblemId {
    "sum".parse().unwrap()
}

fn root() -> UserId {
    "root".parse().unwrap()
}

fn wish(filter: RejudgeFilter) -> NewRejudge {
    NewRejudge {
        problem: problem(),
        version: 2,
        package: NEW,
        filter,
        judged_with: None,
        by: root(),
        at: Timestamp(1_800_000_000_000_000),
        most: 10_000,
    }
}

/// A submission that has the verdict.
async fn judged(bench: &Bench, sent: &Submission, verdict: Verdict) -> SubmissionId {
    let judgement = bench.submit(sent).await;
    judge(bench, judgement, &conclusion(verdict, 2)).await;
    sent.id
}

async fn judge(bench: &Bench, judgement: JudgementId, conclusion: &Conclusion) {
    let work = bench.claim(judgement, HOUR).await;
    bench
        .store
        .commit(&work.lease, conclusion)
        .await
        .unwrap()
        .unwrap();
}

async fn started(bench: &Bench, filter: RejudgeFilter) -> (RejudgeId, Vec<Waiting>) {
    match bench.store.start_rejudge(&wish(filter)).await.unwrap() {
        Started::New(record, waiting) => (record.id, waiting),
        other => panic!("{other:?}"),
    }
}

async fn verdict(bench: &Bench, id: SubmissionId) -> Option<Verdict> {
    let view = bench.store.submission(id).await.unwrap().unwrap();
    view.judgement.verdict
}

async fn nothing_counts_before_it_is_applied(bench: Bench) {
    let store = &bench.store;
    let first = judged(&bench, &submission("ann"), Verdict::Wa).await;
    let second = judged(&bench, &submission("bob"), Verdict::Ac).await;
    let (unjudged, _) = bench.queued().await;
    let (id, waiting) = started(&bench, RejudgeFilter::default()).await;
    assert_eq!(waiting.len(), 2, "what has no verdict will get one");
    let summary = store.rejudge_summary(id).await.unwrap();
    assert_eq!((summary.total, summary.done), (2, 0));
    assert_eq!(
        store.apply_rejudge(id, &root()).await.unwrap(),
        Decision::Unfinished
    );

    let work = bench.claim(waiting[0].judgement, HOUR).await;
    assert!(work.is_preview);
    assert_eq!(
        (work.submission.package, work.submission.band),
        (NEW, domain::Band::Bulk)
    );
    let mut better = conclusion(Verdict::Ac, 3);
    better.score = Score::new(7.5);
    store.commit(&work.lease, &better).await.unwrap().unwrap();
    assert_eq!(
        store.apply_rejudge(id, &root()).await.unwrap(),
        Decision::Unfinished
    );
    judge(&bench, waiting[1].judgement, &conclusion(Verdict::Ac, 3)).await;

    assert_eq!(verdict(&bench, first).await, Some(Verdict::Wa));
    let accepted = SubmissionFilter {
        verdict: Some(Verdict::Ac),
        ..SubmissionFilter::default()
    };
    assert_eq!(store.submissions(&accepted, None, 10).await.unwrap().len(), 1);
    assert_eq!(store.problem_counts().await.unwrap()[0].1.solved, 1);
    let summary = store.rejudge_summary(id).await.unwrap();
    assert_eq!((summary.total, summary.done), (2, 2));
    let turns: Vec<_> = summary
        .turns
        .iter()
        .map(|turn| (turn.before, turn.after, turn.is_change(), turn.count))
        .collect();
    assert_eq!(
        turns,
        [
            (Verdict::Ac, Verdict::Ac, false, 1),
            (Verdict::Wa, Verdict::Ac, true, 1)
        ]
    );
    let changes = store.rejudge_changes(id, None, 10).await.unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].submission, changes[0].user.as_str()), (first, "ann"));
    assert_eq!(
        (changes[0].score_before, changes[0].score_after),
        (None, Score::new(7.5))
    );
    assert_eq!(store.rejudge_changes(id, Some(first), 10).await.unwrap(), []);

    assert_eq!(store.applied(id, None, 10).await.unwrap(), []);
    assert_eq!(store.apply_rejudge(id, &root()).await.unwrap(), Decision::Done);
    assert_eq!(store.apply_rejudge(id, &root()).await.unwrap(), Decision::Before);
    assert_eq!(
        store.discard_rejudge(id, &root()).await.unwrap(),
        Decision::Otherwise
    );
    assert_eq!(verdict(&bench, first).await, Some(Verdict::Ac));
    assert_eq!(verdict(&bench, unjudged).await, None);
    assert_eq!(store.submissions(&accepted, None, 10).await.unwrap().len(), 2);
    assert_eq!(store.problem_counts().await.unwrap()[0].1.solved, 2);
    let told = store.applied(id, None, 1).await.unwrap();
    assert_eq!(told[0].judgement.id, waiting[0].judgement);
    assert_eq!(store.applied(id, Some(first), 10).await.unwrap()[0].id, second);
    // What it changed can still be seen.
    assert_eq!(store.rejudge_changes(id, None, 10).await.unwrap().len(), 1);
    decided_by_root(&bench, id).await;
}

async fn decided_by_root(bench: &Bench, id: RejudgeId) {
    let store = &bench.store;
    let record = store.rejudge_record(id).await.unwrap().unwrap();
    assert_eq!(
        (record.state, record.decided_by),
        (RejudgeState::Applied, Some(root()))
    );
    assert_eq!(
        store.apply_rejudge(RejudgeId::new(), &root()).await.unwrap(),
        Decision::Missing
    );
}

async fn what_is_discarded_is_forgotten(bench: Bench) {
    let store = &bench.store;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(judged(&bench, &submission("ann"), Verdict::Wa).await);
    }
    let (id, waiting) = started(&bench, RejudgeFilter::default()).await;
    judge(&bench, waiting[0].judgement, &conclusion(Verdict::Ac, 2)).await;
    let held = bench.claim(waiting[1].judgement, HOUR).await;
    assert_eq!(store.discard_rejudge(id, &root()).await.unwrap(), Decision::Done);
    assert_eq!(
        store.discard_rejudge(id, &root()).await.unwrap(),
        Decision::Before
    );
    assert_eq!(
        store.apply_rejudge(id, &root()).await.unwrap(),
        Decision::Otherwise
    );
    // Whoever judges one finds out at once.
    assert_eq!(store.heartbeat(&[held.lease], HOUR).await.unwrap(), []);
    let late = store.commit(&held.lease, &conclusion(Verdict::Ac, 1)).await;
    assert_eq!(late.unwrap(), None);
    assert_eq!(store.outstanding().await.unwrap(), store::Outstanding::default());
    assert_eq!(store.forget_previews(3).await.unwrap(), 3);
    assert_eq!(store.forget_previews(3).await.unwrap(), 1);
    assert_eq!(store.forget_previews(3).await.unwrap(), 0);
    assert_eq!(store.forget_previews(3).await.unwrap(), 0);
    for waiting in &waiting {
        assert_eq!(store.judgement(waiting.judgement).await.unwrap(), None);
        assert_eq!(store.runs(waiting.judgement).await.unwrap(), []);
    }
    for id in ids {
        assert_eq!(verdict(&bench, id).await, Some(Verdict::Wa));
    }
    assert_eq!(store.rejudge_summary(id).await.unwrap().total, 0);
    let record = store.rejudge_record(id).await.unwrap().unwrap();
    assert_eq!(record.state, RejudgeState::Discarded);
}

async fn a_filter_names_what_is_rejudged(bench: Bench) {
    let cpp: LanguageId = "cpp".parse().unwrap();
    let one = judged(&bench, &submission("ann"), Verdict::Wa).await;
    let in_cpp = Submission {
        language: cpp.clone(),
        package: NEW,
        created_at: Timestamp(1_750_000_000_000_000),
        ..submission("bob")
    };
    let two = judged(&bench, &in_cpp, Verdict::Tle).await;
    let elsewhere = Submission {
        problem: "other".parse().unwrap(),
        ..submission("ann")
    };
    judged(&bench, &elsewhere, Verdict::Wa).await;
    let tried = Submission {
        trial: Some(domain::Trial::Samples),
        ..submission("ann")
    };
    judged(&bench, &tried, Verdict::Wa).await;
    let by = |change: fn(&mut RejudgeFilter)| {
        let mut filter = RejudgeFilter::default();
        change(&mut filter);
        filter
    };
    for (filter, expected) in [
        (RejudgeFilter::default(), vec![one, two]),
        (by(|filter| filter.verdicts = vec![Verdict::Wa]), vec![one]),
        (
            by(|filter| filter.verdicts = vec![Verdict::Wa, Verdict::Tle]),
            vec![one, two],
        ),
        (by(|filter| filter.verdicts = vec![Verdict::Ac]), vec![]),
        (
            by(|filter| filter.language = Some("cpp".parse().unwrap())),
            vec![two],
        ),
        (by(|filter| filter.user = Some("ann".parse().unwrap())), vec![one]),
        (
            by(|filter| filter.since = Some(Timestamp(1_750_000_000_000_000))),
            vec![two],
        ),
        (by(|filter| filter.judged_with = Some(2)), vec![two]),
    ] {
        let mut new = wish(filter);
        new.judged_with = new.filter.judged_with.map(|_| NEW);
        let found = match bench.store.start_rejudge(&new).await.unwrap() {
            Started::New(record, waiting) => {
                assert_eq!(record.filter, new.filter);
                let read = bench.store.rejudge_record(record.id).await.unwrap();
                assert_eq!(read, Some(*record.clone()));
                bench.store.discard_rejudge(record.id, &root()).await.unwrap();
                waiting.len()
            }
            Started::Nothing => 0,
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expected.len(), "{:?}", new.filter);
    }
    let single = RejudgeFilter {
        submission: Some(two),
        ..RejudgeFilter::default()
    };
    let (_, waiting) = started(&bench, single).await;
    let view = bench
        .store
        .judgement(waiting[0].judgement)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((view.submission, view.state), (two, State::Queued));
    assert_eq!((&waiting[0].language, waiting[0].user.as_str()), (&cpp, "bob"));
}

async fn a_failure_of_the_system_never_counts(bench: Bench) {
    let id = judged(&bench, &submission("ann"), Verdict::Ac).await;
    let (rejudge, waiting) = started(&bench, RejudgeFilter::default()).await;
    let failed = Conclusion {
        blame: Some(domain::Blame::System),
        ..Conclusion::of(Verdict::Je)
    };
    judge(&bench, waiting[0].judgement, &failed).await;
    let summary = bench.store.rejudge_summary(rejudge).await.unwrap();
    assert!(summary.turns[0].is_failure && !summary.turns[0].is_change());
    assert_eq!(bench.store.rejudge_changes(rejudge, None, 10).await.unwrap(), []);
    assert_eq!(
        bench.store.apply_rejudge(rejudge, &root()).await.unwrap(),
        Decision::Done
    );
    assert_eq!(verdict(&bench, id).await, Some(Verdict::Ac));
}

async fn it_goes_to_the_workers_that_the_problem_asks_for_now(bench: Bench) {
    let tag = "quiet".parse().unwrap();
    let ended = judged(&bench, &submission("ann"), Verdict::Wa).await;
    bench
        .store
        .put_problem(&record("sum", 7), zip(b"zip"))
        .await
        .unwrap();
    bench
        .store
        .route_problem(&problem(), Band::Contest, &tag)
        .await
        .unwrap();
    let again = bench
        .store
        .rejudge(ended, &PackageHash([7; 32]), Band::Bulk)
        .await
        .unwrap()
        .unwrap();
    let work = bench.claim(again, HOUR).await;
    assert_eq!((work.submission.band, &work.submission.tag), (Band::Bulk, &tag));
    bench.store.cancel(again).await.unwrap();

    judged(&bench, &submission("bob"), Verdict::Wa).await;
    let (_, waiting) = started(&bench, RejudgeFilter::default()).await;
    let at: Vec<_> = waiting
        .iter()
        .map(|waiting| (waiting.band, &waiting.tag))
        .collect();
    assert_eq!(at, [(Band::Bulk, &tag)]);
    let work = bench.claim(waiting[0].judgement, HOUR).await;
    assert_eq!(work.submission.tag, tag);
}

async fn a_problem_has_one_at_a_time(bench: Bench) {
    judged(&bench, &submission("ann"), Verdict::Wa).await;
    let starts = (0..4).map(|_| async {
        let new = wish(RejudgeFilter::default());
        bench.store.start_rejudge(&new).await.unwrap()
    });
    let answers = futures_util::future::join_all(starts).await;
    let new = answers.iter().filter(|answer| matches!(answer, Started::New(..)));
    assert_eq!(new.count(), 1, "{answers:?}");
    let open = bench.store.open_rejudge(&problem()).await.unwrap().unwrap();
    let again = bench.store.start_rejudge(&wish(RejudgeFilter::default())).await;
    assert!(matches!(again.unwrap(), Started::Busy(busy) if busy == open.id));
    assert_eq!(bench.store.outstanding().await.unwrap().queued, 1);
    bench.store.discard_rejudge(open.id, &root()).await.unwrap();
    assert_eq!(bench.store.open_rejudge(&problem()).await.unwrap(), None);
    started(&bench, RejudgeFilter::default()).await;
    assert_eq!(bench.store.rejudges(&problem(), None, 10).await.unwrap().len(), 2);
}

async fn ten_thousand_are_rejudged_at_once(bench: Bench) {
    let ended = judged(&bench, &submission("ann"), Verdict::Wa).await;
    // As many as a busy course has, made past the store: it would take long to judge them.
    let many = if bench.postgres.is_some() {
        "INSERT INTO submissions (id, user_id, problem_id, package, language_id, band, created_at, files) \
         SELECT gen_random_uuid(), 'bob', 'sum', '\\x07', 'python3', 1, n, '[]' FROM generate_series(1, 9999) AS n; \
         INSERT INTO judgements (id, submission_id, package, band, state, verdict, created_at, queued_at) \
         SELECT gen_random_uuid(), s.id, s.package, 1, 'done', 'WA', 1, 1 FROM submissions s WHERE s.user_id = 'bob'"
    } else {
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 9999) \
         INSERT INTO submissions (id, user_id, problem_id, package, language_id, band, created_at, files) \
         SELECT randomblob(16), 'bob', 'sum', x'07', 'python3', 1, n, '[]' FROM n; \
         INSERT INTO judgements (id, submission_id, package, band, state, verdict, created_at, queued_at) \
         SELECT randomblob(16), s.id, s.package, 1, 'done', 'WA', 1, 1 FROM submissions s WHERE s.user_id = 'bob'"
    };
    bench.sql(many).await;
    let mut too_many = wish(RejudgeFilter::default());
    too_many.most = 9999;
    let refused = bench.store.start_rejudge(&too_many).await.unwrap();
    assert!(matches!(refused, Started::TooMany), "{refused:?}");
    assert_eq!(bench.store.outstanding().await.unwrap().queued, 0);
    let (id, waiting) = started(&bench, RejudgeFilter::default()).await;
    assert_eq!(waiting.len(), 10_000);
    assert_eq!(bench.store.rejudge_summary(id).await.unwrap().total, 10_000);
    bench
        .sql("UPDATE judgements SET state = 'done', verdict = 'AC' WHERE is_preview")
        .await;
    assert_eq!(
        bench.store.apply_rejudge(id, &root()).await.unwrap(),
        Decision::Done
    );
    assert_eq!(verdict(&bench, ended).await, Some(Verdict::Ac));
    let summary = bench.store.rejudge_summary(id).await.unwrap();
    assert_eq!(summary.turns.len(), 1);
    assert_eq!(summary.turns[0].count, 10_000);
}

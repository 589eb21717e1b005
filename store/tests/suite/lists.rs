//! Lists: complete whatever happens between two pages, and filtered by what is newest.

use domain::{State, SubmissionId, Verdict};
use futures_util::future::join_all;
use store::{NewestOf, SubmissionFilter};

use crate::bench::{Bench, HOUR, conclusion, submission};

on_both_engines!(
    pages_miss_nothing_while_submissions_arrive,
    filters_hold_together,
    many_are_read_by_id_in_the_order_asked_for,
    those_who_want_the_newest_together_get_their_own,
);

async fn pages_miss_nothing_while_submissions_arrive(bench: Bench) {
    let mut there = Vec::new();
    for _ in 0..30 {
        there.push(bench.queued().await.0);
    }
    there.reverse();
    let (mut seen, mut before): (Vec<SubmissionId>, _) = (Vec::new(), None);
    loop {
        let page = bench
            .store
            .submissions(&SubmissionFilter::default(), before, 7)
            .await
            .unwrap();
        assert!(page.len() <= 7);
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        seen.extend(page.iter().map(|view| view.id));
        bench.queued().await;
    }
    assert_eq!(seen, there);
    let all = bench
        .store
        .submissions(&SubmissionFilter::default(), None, u32::MAX)
        .await
        .unwrap();
    assert_eq!(all.len(), 30 + 5);
    assert!(
        bench
            .store
            .submissions(&SubmissionFilter::default(), None, 0)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn filters_hold_together(bench: Bench) {
    // (user, problem, verdict)
    let rows = [
        ("ann", "sum", None),
        ("ann", "sum", Some(Verdict::Ac)),
        ("ann", "max", Some(Verdict::Wa)),
        ("bob", "sum", Some(Verdict::Ac)),
        ("bob", "max", None),
    ];
    let mut ids = Vec::new();
    for (user, problem, verdict) in rows {
        let mut sent = submission(user);
        sent.problem = problem.parse().unwrap();
        ids.push(sent.id);
        let judgement = bench.submit(&sent).await;
        if let Some(verdict) = verdict {
            let lease = bench.claim(judgement, HOUR).await.lease;
            bench
                .store
                .commit(&lease, &conclusion(verdict, 1))
                .await
                .unwrap()
                .unwrap();
        }
    }
    let check = async |user: &str, problem: &str, state, verdict, expected: &[usize]| {
        let filter = SubmissionFilter {
            language: None,
            user: user.parse().ok(),
            problem: problem.parse().ok(),
            state,
            verdict,
        };
        let found = bench.store.submissions(&filter, None, 100).await.unwrap();
        let mut found: Vec<_> = found
            .iter()
            .map(|view| ids.iter().position(|id| *id == view.id).unwrap())
            .collect();
        found.reverse();
        assert_eq!(found, expected, "{filter:?}");
    };
    check("", "", None, None, &[0, 1, 2, 3, 4]).await;
    check("ann", "", None, None, &[0, 1, 2]).await;
    check("", "sum", None, None, &[0, 1, 3]).await;
    check("ann", "sum", None, None, &[0, 1]).await;
    check("ann", "sum", Some(State::Done), None, &[1]).await;
    check("", "", Some(State::Queued), None, &[0, 4]).await;
    check("", "", None, Some(Verdict::Ac), &[1, 3]).await;
    check("", "max", Some(State::Done), Some(Verdict::Wa), &[2]).await;
    check("bob", "", Some(State::Queued), Some(Verdict::Ac), &[]).await;
    check("carl", "", None, None, &[]).await;
}

async fn those_who_want_the_newest_together_get_their_own(bench: Bench) {
    let mut of = std::collections::HashMap::<&str, Vec<SubmissionId>>::new();
    for user in ["ann", "bob", "ann", "ann", "bob"] {
        let submission = submission(user);
        bench.submit(&submission).await;
        of.entry(user).or_default().insert(0, submission.id);
        of.entry("sum").or_default().insert(0, submission.id);
    }
    let wanted = ["ann", "bob", "sum", "carl"].into_iter().cycle().take(200);
    let asks = wanted.map(async |name| {
        let newest = match name {
            "sum" => NewestOf::Problem(name.parse().unwrap()),
            user => NewestOf::User(user.parse().unwrap()),
        };
        let found = bench.store.newest(newest, 2).await.unwrap();
        (name, found.iter().map(|view| view.id).collect::<Vec<_>>())
    });
    for (name, found) in join_all(asks).await {
        let expected = of.get(name).map_or(&[][..], |ids| &ids[..2]);
        assert_eq!(found, expected, "{name}");
    }
}

async fn many_are_read_by_id_in_the_order_asked_for(bench: Bench) {
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(bench.queued().await.0);
    }
    ids.rotate_left(2);
    let mut asked = ids.clone();
    asked.insert(1, SubmissionId::new());
    let found = bench.store.submissions_by_id(&asked).await.unwrap();
    assert_eq!(found.iter().map(|view| view.id).collect::<Vec<_>>(), ids);
    assert!(bench.store.submissions_by_id(&[]).await.unwrap().is_empty());
}

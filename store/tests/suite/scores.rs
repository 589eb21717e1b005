//! Scores come back as they were written, to the last bit, on both engines.

use domain::{Conclusion, GroupResult, JudgeMessage, Score, Verdict};

use crate::bench::{Bench, HOUR, conclusion, run};

on_both_engines!(
    scores_are_stored_to_the_last_bit,
    what_was_said_for_judges_is_read_apart
);

fn score(points: f64) -> Option<Score> {
    Score::new(points)
}

async fn scores_are_stored_to_the_last_bit(bench: Bench) {
    let all = [
        0.0,
        100.0,
        0.1 + 0.2,
        100.0 / 3.0,
        -2.5,
        1e-7 / 3.0,
        5e-324,
        f64::MAX,
        9_007_199_254_740_993.0,
    ];
    for (points, ordinal) in all.into_iter().zip(1..) {
        let (_, lease) = bench.running(HOUR).await;
        let group = |name: &str, verdict, score| GroupResult {
            name: name.to_owned(),
            verdict,
            score,
            max_score: Score::new(60.0),
        };
        let written = Conclusion {
            score: score(points),
            max_score: score(points * 0.7),
            groups: vec![
                group("secret/1", Some(Verdict::Wa), score(points)),
                group("secret/2", None, None),
            ],
            runs: vec![domain::Run {
                score: score(points),
                ..run(ordinal)
            }],
            ..conclusion(Verdict::Ac, 0)
        };
        let view = bench.store.commit(&lease, &written).await.unwrap().unwrap();
        let read = bench.store.judgement(lease.judgement).await.unwrap().unwrap();
        assert_eq!(view.judgement, read);
        assert_eq!(read.score, written.score);
        assert_eq!(read.max_score, written.max_score);
        assert_eq!(read.groups, written.groups);
        assert_eq!(bench.store.runs(lease.judgement).await.unwrap(), written.runs);
    }
}

async fn what_was_said_for_judges_is_read_apart(bench: Bench) {
    let (_, lease) = bench.running(HOUR).await;
    let message = JudgeMessage {
        case: "secret/1".to_owned(),
        validator: "check".to_owned(),
        text: "line 3: \u{0}'4' instead of \"5\" — 日本".to_owned(),
    };
    let written = Conclusion {
        judge_messages: vec![message; 2],
        ..conclusion(Verdict::Wa, 1)
    };
    bench.store.commit(&lease, &written).await.unwrap().unwrap();
    let read = bench.store.judge_messages(lease.judgement).await.unwrap();
    assert_eq!(read, Some(written.judge_messages));
    let (_, third) = bench.running(HOUR).await;
    let long = JudgeMessage {
        text: "x".repeat(100 << 10),
        ..read_first(&bench, &lease).await
    };
    let too_many = Conclusion {
        judge_messages: vec![long; 5],
        ..conclusion(Verdict::Wa, 1)
    };
    bench.store.commit(&third, &too_many).await.unwrap().unwrap();
    let kept = bench
        .store
        .judge_messages(third.judgement)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(kept.len(), 2, "what is kept is bounded");
    let (_, other) = bench.running(HOUR).await;
    let nothing = bench.store.judge_messages(other.judgement).await.unwrap();
    assert_eq!(nothing, Some(Vec::new()));
    let unknown = domain::JudgementId(uuid::Uuid::nil());
    assert_eq!(bench.store.judge_messages(unknown).await.unwrap(), None);
}

async fn read_first(bench: &Bench, lease: &domain::Lease) -> JudgeMessage {
    let mut messages = bench
        .store
        .judge_messages(lease.judgement)
        .await
        .unwrap()
        .unwrap();
    messages.remove(0)
}

//! Texts from programs and people: any character, any length, and NUL.

use domain::{Run, Verdict, WorkerId};
use store::{Idempotency, NewToken, Submitted, WorkerRecord};

use crate::bench::{Bench, HOUR, conclusion, run, submission};

on_both_engines!(
    any_text_survives,
    a_nul_is_replaced_wherever_programs_or_people_speak
);

async fn any_text_survives(bench: Bench) {
    let texts = [
        "",
        "naïve 日本語 🦀 \u{202e}rtl",
        "'; DROP TABLE runs; --",
        "$1 {} \\ \" \u{1}\u{7f}",
        "a\r\nb\tc",
    ];
    let large = "é".repeat(1 << 20);
    for text in texts.into_iter().chain([large.as_str()]) {
        let mut sent = submission("ann");
        sent.files[0].content = text.into();
        let judgement = bench.submit(&sent).await;
        let work = bench.claim(judgement, HOUR).await;
        assert_eq!(work.submission.files, sent.files);

        let mut ended = conclusion(Verdict::Ce, 1);
        ended.message = Some(text.into());
        ended.compiler_output = Some(text.into());
        ended.runs[0].message = Some(text.into());
        ended.runs[0].case = text.into();
        let view = bench.store.commit(&work.lease, &ended).await.unwrap().unwrap();
        assert_eq!(view.judgement.message.as_deref(), Some(text));
        assert_eq!(view.judgement.compiler_output.as_deref(), Some(text));
        assert_eq!(bench.store.runs(judgement).await.unwrap(), ended.runs);
    }
}

async fn a_nul_is_replaced_wherever_programs_or_people_speak(bench: Bench) {
    let (spoken, heard) = ("a\0b", Some("a\u{fffd}b"));
    let mut sent = submission("ann");
    sent.files[0].content = spoken.into();
    let key = Idempotency {
        key: spoken.into(),
        request: [0; 32],
    };
    let Submitted::New(view) = bench.store.submit(&sent, Some(&key), None).await.unwrap() else {
        panic!("the key is new");
    };
    let judgement = view.judgement.id;
    let again = bench
        .store
        .submit(&submission("ann"), Some(&key), None)
        .await
        .unwrap();
    assert_eq!(again, Submitted::Before(sent.id));
    // A source is kept as it is: the border of the API refuses a NUL.
    assert_eq!(bench.store.source(sent.id).await.unwrap(), Some(sent.files));

    let lease = bench.claim(judgement, HOUR).await.lease;
    assert!(bench.store.hand_back(&lease, spoken).await.unwrap());
    let story = bench.store.story(judgement).await.unwrap();
    assert_eq!(story.as_deref(), Some("attempt 1: a\u{fffd}b"));

    let lease = bench.claim(judgement, HOUR).await.lease;
    let mut ended = conclusion(Verdict::Wa, 0);
    ended.message = Some(spoken.into());
    ended.compiler_output = Some(spoken.into());
    ended.runs = vec![Run {
        case: spoken.into(),
        message: Some(spoken.into()),
        ..run(1)
    }];
    let view = bench.store.commit(&lease, &ended).await.unwrap().unwrap();
    assert_eq!(view.judgement.message.as_deref(), heard);
    assert_eq!(view.judgement.compiler_output.as_deref(), heard);
    let runs = bench.store.runs(judgement).await.unwrap();
    assert_eq!(
        (Some(runs[0].case.as_str()), runs[0].message.as_deref()),
        (heard, heard)
    );

    let token = NewToken {
        user: "ann".parse().unwrap(),
        role: domain::Role::User,
        label: spoken.into(),
        expires_at: None,
    };
    bench.store.create_token(&token).await.unwrap();
    let tokens = bench.store.tokens(&token.user).await.unwrap();
    assert_eq!(Some(tokens[0].label.as_str()), heard);
    let worker = WorkerRecord {
        id: WorkerId::new(),
        name: spoken.into(),
        slots: 1,
        languages: Vec::new(),
        bands: domain::Band::ALL.to_vec(),
        tags: vec![domain::WorkerTag::default()],
        service_us: None,
        seen_at: domain::Timestamp(0),
    };
    bench.store.announce_worker(&worker).await.unwrap();
    assert_eq!(
        Some(bench.store.workers(HOUR).await.unwrap()[0].name.as_str()),
        heard
    );
}

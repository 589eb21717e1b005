//! The long poll.

use std::pin::pin;
use std::time::Duration;

use axum::http::StatusCode;
use domain::{Conclusion, Progress, Sequence, State, Update, Verdict, WorkerId};
use tokio::time::{Instant, timeout};

use crate::app::TestApp;

/// Less than the poll's own interval: what arrives within it was heard.
const HEARD: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_long_poll_ends_with_the_verdict() {
    let app = TestApp::open().await;
    let view = app.submit("ann").await;
    let path = format!("/api/v1/submissions/{}?wait=25", view.id);
    let mut poll = pin!(app.get(&path).send());
    assert!(
        timeout(Duration::from_millis(100), &mut poll).await.is_err(),
        "it waits"
    );
    let progress = Update {
        seq: Sequence::of_progress(1, 1),
        state: State::Running,
        progress: Progress::default(),
        ..Update::from(&view)
    };
    app.events.publish(&progress).await.unwrap();
    assert!(
        timeout(Duration::from_millis(100), &mut poll).await.is_err(),
        "progress is not the end"
    );
    app.judge(&view, Verdict::Ac).await;
    let answer = timeout(HEARD, poll).await.expect("it is woken by the event");
    assert_eq!(answer.json()["judgement"]["verdict"], "AC");
    assert_eq!(answer.json()["runs"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_long_poll_of_something_done_does_not_wait() {
    let app = TestApp::open().await;
    let view = app.submit("ann").await;
    app.judge(&view, Verdict::Ac).await;
    let path = format!("/api/v1/submissions/{}?wait=25", view.id);
    let answer = timeout(HEARD, app.get(&path).send()).await.unwrap();
    assert_eq!(answer.json()["judgement"]["state"], "done");
}

#[tokio::test]
async fn a_long_poll_ends_with_its_time_or_the_server() {
    let app = TestApp::open().await;
    let view = app.submit("ann").await;
    let started = Instant::now();
    let answer = app
        .get(&format!("/api/v1/submissions/{}?wait=1", view.id))
        .send()
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["judgement"]["state"], "queued");
    assert!(started.elapsed() >= Duration::from_secs(1));

    let path = format!("/api/v1/submissions/{}?wait=25", view.id);
    let mut poll = pin!(app.get(&path).send());
    assert!(timeout(Duration::from_millis(50), &mut poll).await.is_err());
    app.stop.cancel();
    let answer = timeout(HEARD, poll).await.expect("draining ends it");
    assert_eq!(answer.json()["judgement"]["state"], "queued");
}

#[tokio::test]
async fn a_verdict_without_an_event_is_found_by_polling() {
    let app = TestApp::open().await;
    let view = app.submit("ann").await;
    let path = format!("/api/v1/submissions/{}?wait=25", view.id);
    let mut poll = pin!(app.get(&path).send());
    assert!(timeout(Duration::from_millis(50), &mut poll).await.is_err());
    let ids = [view.judgement.id];
    let work = app.store.claim(&ids, WorkerId::new(), HEARD).await.unwrap();
    let conclusion = Conclusion {
        runs: Vec::new(),
        cases_total: 3,
        ..Conclusion::of(Verdict::Tle)
    };
    app.store
        .commit(&work[0].lease, &conclusion)
        .await
        .unwrap()
        .unwrap();
    let answer = timeout(Duration::from_secs(15), poll)
        .await
        .expect("the row is read again");
    assert_eq!(answer.json()["judgement"]["verdict"], "TLE");
}

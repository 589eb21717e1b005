//! The long poll: an answer as soon as a submission has its verdict.

use std::time::Duration;

use bus::{Heard, Listener, Topic};
use domain::{SubmissionId, SubmissionView};
use tokio::time::{Instant, sleep_until, timeout};

use crate::app::App;
use crate::failure::{Failure, Result};

/// How long the events may take to begin to be heard.
const LISTENING: Duration = Duration::from_secs(1);

/// How often the row is read beside listening: events are hints.
const POLL: Duration = Duration::from_secs(5);

/// How often the row is read where nothing can be heard.
const DEAF_POLL: Duration = Duration::from_millis(500);

/// The submission as soon as its newest judgement is final, or as it is after `span` or when the server stops.
pub(crate) async fn until_final(app: &App, id: SubmissionId, span: Duration) -> Result<SubmissionView> {
    let deadline = Instant::now() + span;
    // First listen, then read: what is committed in between is heard.
    let mut listener = listen(app, id, span).await;
    loop {
        let view = app.store.submission(id).await?;
        let view = view.ok_or_else(|| Failure::not_found("submission", id))?;
        if view.judgement.state.is_final() || Instant::now() >= deadline || app.stop.is_cancelled() {
            return Ok(view);
        }
        let pause = if listener.is_some() { POLL } else { DEAF_POLL };
        let wake = deadline.min(Instant::now() + spread(pause, id));
        tokio::select! {
            () = news(listener.as_mut()) => {}
            () = sleep_until(wake) => {}
            () = app.stop.cancelled() => {}
        }
    }
}

async fn listen(app: &App, id: SubmissionId, span: Duration) -> Option<Listener> {
    match timeout(LISTENING.min(span), app.events.listen(Topic::Submission(id))).await {
        Ok(Ok(listener)) => Some(listener),
        Ok(Err(error)) => {
            tracing::debug!(submission = %id, %error, "nothing can be heard: polling");
            None
        }
        Err(_) => None,
    }
}

/// Returns when the row is worth reading again: progress is not, the end is.
async fn news(listener: Option<&mut Listener>) {
    let Some(listener) = listener else {
        return std::future::pending().await;
    };
    loop {
        match listener.next().await {
            Heard::Update(update) if !update.state.is_final() => {}
            Heard::Update(_) | Heard::Resync => return,
        }
    }
}

/// From three quarters to five quarters of a pause, so that those who wait together do not all read together.
fn spread(pause: Duration, id: SubmissionId) -> Duration {
    let share = f64::from(id.0.as_bytes()[15]) / 255.0;
    pause.mul_f64(0.75 + share / 2.0)
}

//! When a judgement was where, and who may read what went wrong on its way.

use domain::{Principal, SubmissionView, Timestamp};
use serde::Serialize;
use store::TimelineRecord;
use utoipa::ToSchema;

use crate::app::App;
use crate::failure::{Failure, Result};
use crate::reading::knows_secrets;

/// When the newest judgement was where. Points in time are by the database's clock; spans (`_us`) are by the worker's, in microseconds
/// since it took the judgement, and null where that did not happen or was not told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Timeline)]
pub(crate) struct TimelineBody {
    /// When it was put into the queue, the last time.
    #[schema(value_type = String, format = "date-time")]
    queued_at: Timestamp,
    /// When a worker took it, the last time.
    #[schema(value_type = Option<String>, format = "date-time")]
    claimed_at: Option<Timestamp>,
    /// Until a slot was free for it.
    started_us: Option<u64>,
    /// How long its program took to compile; null where nothing is compiled.
    compile_us: Option<u64>,
    /// Whether the compiled program came from the cache; null where nothing is compiled.
    compile_cached: Option<bool>,
    /// Until program and validators were ready, and the test cases began.
    testing_us: Option<u64>,
    /// Until the first test case was judged.
    first_case_us: Option<u64>,
    /// Until one, two and more test cases were judged, the first 200 of them; several may be judged at once.
    cases_us: Vec<u64>,
    /// Until the last test case was judged that the verdict needed.
    last_case_us: Option<u64>,
    /// Until the verdict was known.
    graded_us: Option<u64>,
    /// When the verdict was committed, after which listeners are told; or when it was cancelled.
    #[schema(value_type = Option<String>, format = "date-time")]
    committed_at: Option<Timestamp>,
    /// How many attempts failed through the judging system.
    failed_attempts: u32,
    /// What happened in them; null but for administrators and the problem's owner.
    story: Option<Vec<String>>,
}

/// The timeline of the newest judgement; what happened in failed attempts only for those who know the problem's secrets.
pub(crate) async fn readable(
    app: &App,
    principal: &Principal,
    view: &SubmissionView,
) -> Result<TimelineRecord> {
    let found = app.store.timeline(view.judgement.id).await?;
    let mut record = found.ok_or_else(|| Failure::not_found("submission", view.id))?;
    if !record.story.is_empty() && !knows_secrets(app, principal, view).await? {
        record.story.clear();
    }
    Ok(record)
}

impl From<TimelineRecord> for TimelineBody {
    fn from(record: TimelineRecord) -> Self {
        let TimelineRecord {
            queued_at,
            claimed_at,
            timeline,
            finished_at,
            failures,
            story,
        } = record;
        Self {
            queued_at,
            claimed_at,
            started_us: timeline.started_us,
            compile_us: timeline.compiled.map(|compiled| compiled.took_us),
            compile_cached: timeline.compiled.map(|compiled| compiled.was_cached),
            testing_us: timeline.testing_us,
            first_case_us: timeline.first_case_us,
            cases_us: timeline.cases_us,
            last_case_us: timeline.last_case_us,
            graded_us: timeline.graded_us,
            committed_at: finished_at,
            failed_attempts: failures,
            story: Some(story).filter(|story| !story.is_empty()),
        }
    }
}

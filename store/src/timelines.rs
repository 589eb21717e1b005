//! Reading the timelines of judgements; they are written where a judgement is committed.

use domain::{JudgementId, Timeline, Timestamp};

use crate::sql::{fetch_optional, statements};
use crate::{Result, Store, row};

/// When a judgement was where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineRecord {
    /// When it was put into the queue, the last time.
    pub queued_at: Timestamp,
    /// When a worker took it, the last time.
    pub claimed_at: Option<Timestamp>,
    /// What that worker told of its work.
    pub timeline: Timeline,
    /// When it ended: its verdict was committed, or it was cancelled.
    pub finished_at: Option<Timestamp>,
    /// How many attempts failed.
    pub failures: u32,
    /// What happened in them, a sentence each; for operators.
    pub story: Vec<String>,
}

#[derive(Debug, sqlx::FromRow)]
struct TimelineRow {
    queued_at: i64,
    started_at: Option<i64>,
    timeline: Option<String>,
    finished_at: Option<i64>,
    failures: i64,
    story: String,
}

impl TryFrom<TimelineRow> for TimelineRecord {
    type Error = crate::StoreError;

    fn try_from(row: TimelineRow) -> Result<Self> {
        let timeline = match &row.timeline {
            Some(text) => {
                serde_json::from_str(text).map_err(|error| row::impossible("judgements.timeline", error))?
            }
            None => Timeline::UNKNOWN,
        };
        Ok(Self {
            queued_at: Timestamp(row.queued_at),
            claimed_at: row.started_at.map(Timestamp),
            timeline,
            finished_at: row.finished_at.map(Timestamp),
            failures: row::number("judgements.failures", row.failures)?,
            story: chapters(&row.story),
        })
    }
}

/// The attempts that a story tells of.
fn chapters(story: &str) -> Vec<String> {
    let mut chapters: Vec<String> = Vec::new();
    for part in story.split("; ").filter(|part| !part.is_empty()) {
        match chapters.last_mut() {
            // A reason may have a semicolon of its own.
            Some(last) if !part.starts_with("attempt ") => {
                last.push_str("; ");
                last.push_str(part);
            }
            _ => chapters.push(part.to_owned()),
        }
    }
    chapters
}

impl Store {
    /// The timeline of a judgement; `None` where there is no such judgement.
    pub async fn timeline(&self, judgement: JudgementId) -> Result<Option<TimelineRecord>> {
        let row: Option<TimelineRow> = fetch_optional!(self, read, TIMELINE, judgement.0)?;
        row.map(TryInto::try_into).transpose()
    }
}

statements! {
    TIMELINE(1) = "read the timeline of a judgement" [
        "SELECT queued_at, started_at, timeline, finished_at, failures, story FROM judgements WHERE id = $1"
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_story_is_told_attempt_by_attempt() {
        assert_eq!(chapters(""), Vec::<String>::new());
        assert_eq!(
            chapters("attempt 1: no room; try later; attempt 2: the worker went silent; "),
            [
                "attempt 1: no room; try later",
                "attempt 2: the worker went silent"
            ]
        );
    }
}

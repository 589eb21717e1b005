//! The timeline of a judgement in words: what took how long.

use domain::{State, SubmissionView, Timeline, Timestamp, Verdict};
use store::TimelineRecord;

use crate::words;

/// The course of a judgement, as it is shown.
#[derive(Debug)]
pub(crate) struct Course {
    /// Points in time, in order.
    pub(crate) moments: Vec<Moment>,
    /// What took how long, in order.
    pub(crate) spans: Vec<Span>,
    /// How long after the beginning of the tests one, two and more test cases were judged; none where the spans say it all.
    pub(crate) cases: Vec<String>,
    /// From the queue to the verdict; empty before.
    pub(crate) whole: String,
    pub(crate) failed_attempts: u32,
    /// What happened in them, for whom may read it.
    pub(crate) story: Vec<String>,
}

/// A moment in the life of a judgement.
#[derive(Debug)]
pub(crate) struct Moment {
    pub(crate) what: &'static str,
    pub(crate) at: String,
    pub(crate) exactly: String,
}

/// A part of the way to the verdict.
#[derive(Debug)]
pub(crate) struct Span {
    pub(crate) what: String,
    pub(crate) took: String,
    /// Its share of the whole, in thousandths.
    pub(crate) share: u64,
}

/// Of a submission's newest judgement.
pub(crate) fn of(view: &SubmissionView, record: TimelineRecord) -> Course {
    let judgement = &view.judgement;
    let whole = record.finished_at.map(|end| micros(judgement.created_at, end));
    let mut spans = Spans {
        whole: whole.unwrap_or(0),
        spans: Vec::new(),
    };
    if record.queued_at != judgement.created_at {
        spans.add("Earlier attempts", micros(judgement.created_at, record.queued_at));
    }
    if let Some(claimed) = record.claimed_at.filter(|claimed| *claimed >= record.queued_at) {
        spans.add("Waited in the queue", micros(record.queued_at, claimed));
        spans.worked(&record, judgement.cases_done);
        if let (Some(end), Some(graded)) = (record.finished_at, record.timeline.graded_us) {
            spans.add("Stored", micros(claimed, end).saturating_sub(graded));
        }
    }
    Course {
        moments: moments(view, &record),
        cases: cases(&record.timeline),
        whole: whole.map(words::time).unwrap_or_default(),
        spans: spans.spans,
        failed_attempts: record.failures,
        story: record.story,
    }
}

fn cases(timeline: &Timeline) -> Vec<String> {
    let (Some(testing), true) = (timeline.testing_us, timeline.cases_us.len() > 1) else {
        return Vec::new();
    };
    let after = |judged: &u64| words::time(judged.saturating_sub(testing));
    timeline.cases_us.iter().map(after).collect()
}

/// Collects spans.
struct Spans {
    whole: u64,
    spans: Vec<Span>,
}

impl Spans {
    fn add(&mut self, what: impl Into<String>, took: u64) {
        let share = took.min(self.whole).saturating_mul(1000).checked_div(self.whole);
        self.spans.push(Span {
            what: what.into(),
            took: words::time(took),
            share: share.unwrap_or(0),
        });
    }

    /// What the worker told.
    fn worked(&mut self, record: &TimelineRecord, cases: u32) {
        let timeline = &record.timeline;
        let Some(started) = timeline.started_us else {
            return;
        };
        self.add("Waited for a free slot", started);
        let compile = timeline.compiled.map_or(0, |compiled| compiled.took_us);
        if let Some(compiled) = timeline.compiled {
            let how = if compiled.was_cached {
                "Compiled before: taken from the cache"
            } else {
                "Compiled"
            };
            self.add(how, compile);
        }
        let Some(testing) = timeline.testing_us else {
            return;
        };
        self.add(
            "Got ready: the problem’s files and programs",
            testing.saturating_sub(started).saturating_sub(compile),
        );
        if let (Some(first), Some(last)) = (timeline.first_case_us, timeline.last_case_us) {
            self.add("First test case", first.saturating_sub(testing));
            match cases {
                0 | 1 => {}
                2 => self.add("One more test case", last.saturating_sub(first)),
                _ => self.add(
                    format!("{} more test cases", cases - 1),
                    last.saturating_sub(first),
                ),
            }
        }
    }
}

fn moments(view: &SubmissionView, record: &TimelineRecord) -> Vec<Moment> {
    let judgement = &view.judgement;
    // The two are told by different clocks.
    let is_later = judgement.created_at.since(view.created_at) > std::time::Duration::from_secs(2);
    let end = match (judgement.state, judgement.verdict) {
        (State::Cancelled, _) => "cancelled",
        (_, Some(Verdict::Je)) => "given up",
        _ => "judged, and told to whoever listens",
    };
    let moments = [
        ("sent", Some(view.created_at)),
        (
            "put into the queue to be judged",
            is_later.then_some(judgement.created_at),
        ),
        ("taken by a worker", record.claimed_at),
        (end, record.finished_at),
    ];
    moments
        .into_iter()
        .filter_map(|(what, at)| at.map(|at| (what, at)))
        .map(|(what, at)| Moment {
            what,
            at: words::moment(at),
            exactly: at.to_string(),
        })
        .collect()
}

fn micros(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.since(from).as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use domain::{Compiled, Judgement, JudgementId, SubmissionId};

    use super::*;

    #[test]
    fn spans_are_told_in_order() {
        let sent = Timestamp(1_700_000_000_000_000);
        let id = SubmissionId::new();
        let mut judgement = Judgement::queued(JudgementId::new(), id, sent);
        judgement.cases_done = 3;
        let view = SubmissionView {
            id,
            user: "ann".parse().unwrap(),
            problem: "aplusb".parse().unwrap(),
            language: "cpp".parse().unwrap(),
            created_at: sent,
            is_trial: false,
            is_example: false,
            is_contest: false,
            judgement,
        };
        let record = TimelineRecord {
            queued_at: sent,
            claimed_at: Some(Timestamp(sent.0 + 2_000)),
            timeline: Timeline {
                started_us: Some(100),
                compiled: Some(Compiled {
                    took_us: 500_000,
                    was_cached: false,
                }),
                testing_us: Some(510_100),
                first_case_us: Some(530_100),
                cases_us: vec![530_100, 700_100, 900_000],
                last_case_us: Some(900_000),
                graded_us: Some(900_000),
            },
            finished_at: Some(Timestamp(sent.0 + 1_000_000)),
            failures: 0,
            story: Vec::new(),
        };
        let course = of(&view, record);
        let told: Vec<_> = course
            .spans
            .iter()
            .map(|span| (span.what.as_str(), span.took.as_str(), span.share))
            .collect();
        assert_eq!(
            told,
            [
                ("Waited in the queue", "2.0 ms", 2),
                ("Waited for a free slot", "100 µs", 0),
                ("Compiled", "500.0 ms", 500),
                ("Got ready: the problem’s files and programs", "10.0 ms", 10),
                ("First test case", "20.0 ms", 20),
                ("2 more test cases", "369.9 ms", 369),
                ("Stored", "98.0 ms", 98),
            ]
        );
        assert_eq!(course.whole, "1.00 s");
        assert_eq!(course.cases, ["20.0 ms", "190.0 ms", "389.9 ms"]);
    }
}

//! Times, sizes and verdicts in words.

use std::time::Duration;

use domain::{State, SubmissionView, Timestamp, Verdict};

/// A time in microseconds, such as `14.5 ms` or `2.03 s`.
pub(crate) fn time(us: u64) -> String {
    match us {
        0..1000 => format!("{us} µs"),
        1000..1_000_000 => format!("{}.{} ms", us / 1000, us % 1000 / 100),
        _ => format!("{}.{:02} s", us / 1_000_000, us % 1_000_000 / 10_000),
    }
}

/// A limit on time, without digits that say nothing: `2 s`, `0.5 s`.
pub(crate) fn limit(us: u64) -> String {
    let text = format!("{}.{:03}", us / 1_000_000, us % 1_000_000 / 1000);
    format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A size, such as `3.0 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut unit = 1024_u64;
    for name in ["KiB", "MiB", "GiB"] {
        if bytes < unit.saturating_mul(1024) || name == "GiB" {
            let (whole, tenth) = (bytes / unit, bytes % unit * 10 / unit);
            return if tenth == 0 || whole >= 100 {
                format!("{whole} {name}")
            } else {
                format!("{whole}.{tenth} {name}")
            };
        }
        unit *= 1024;
    }
    String::new()
}

/// A point in time for people: `2026-11-21 00:10`, in UTC.
pub(crate) fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(time)) => format!("{day} {time}"),
        _ => text,
    }
}

/// A span for people who wait: `12 s`, `3 min`, `5 h`, `2 d`.
pub(crate) fn age(span: Duration) -> String {
    match span.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

/// A text as a value of a query.
pub(crate) fn query(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// A verdict as it is shown: never by colour alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Badge {
    /// Names it for the stylesheet.
    pub(crate) class: &'static str,
    /// A sign that can be told apart without colour.
    pub(crate) icon: &'static str,
    /// The short form: `AC`.
    pub(crate) short: &'static str,
    /// In words.
    pub(crate) words: &'static str,
}

impl Badge {
    pub(crate) fn of(verdict: Verdict) -> Self {
        let (class, icon) = match verdict {
            Verdict::Ac => ("ac", "✓"),
            Verdict::Wa => ("wa", "✗"),
            Verdict::Tle => ("tle", "◷"),
            Verdict::Mle => ("mle", "▤"),
            Verdict::Ole => ("ole", "≡"),
            Verdict::Rte => ("rte", "⚡"),
            Verdict::Ce => ("ce", "⚒"),
            Verdict::Je => ("je", "⚠"),
        };
        Self {
            class,
            icon,
            short: verdict.id(),
            words: verdict.name(),
        }
    }

    /// The verdict of a submission, or where it is on its way there.
    pub(crate) fn of_submission(view: &SubmissionView) -> Self {
        let pending = |short, words| Self {
            class: "pending",
            icon: "…",
            short,
            words,
        };
        match (view.judgement.state, view.judgement.verdict) {
            (_, Some(verdict)) => Self::of(verdict),
            (State::Queued, None) => pending("queued", "waiting to be judged"),
            (State::Running, None) => pending("running", "being judged"),
            (State::Cancelled, None) => Self {
                icon: "–",
                ..pending("cancelled", "not judged: cancelled")
            },
            (State::Done, None) => pending("ended", "not judged"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_told_in_fitting_units() {
        assert_eq!(time(999), "999 µs");
        assert_eq!(time(14_560), "14.5 ms");
        assert_eq!(time(2_034_000), "2.03 s");
        assert_eq!(limit(2_000_000), "2 s");
        assert_eq!(limit(500_000), "0.5 s");
        assert_eq!(size(0), "0 B");
        assert_eq!(size(256 << 20), "256 MiB");
        assert_eq!(size(3_200_000), "3 MiB");
        assert_eq!(size(3_700_000), "3.5 MiB");
        assert_eq!(size(u64::MAX), "17179869183 GiB");
        assert_eq!(age(Duration::from_millis(119_999)), "119 s");
        assert_eq!(age(Duration::from_hours(3)), "3 h");
        assert_eq!(moment(Timestamp(1_700_000_000_000_001)), "2023-11-14 22:13");
    }
}

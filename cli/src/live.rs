//! Live progress: a bar where a person watches, plain lines where the output is piped.

use std::time::{Duration, Instant};

use domain::{Phase, Progress, State};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::interval;

use crate::terminal;

/// Shows how far a judgement has come.
#[derive(Debug)]
pub(crate) struct Live {
    bar: Option<ProgressBar>,
    last: String,
    label: String,
}

impl Live {
    /// Begins to show; `label` names what is judged.
    pub(crate) fn new(label: &str) -> Self {
        let bar = terminal::is_live().then(|| {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self {
            bar,
            last: String::new(),
            label: label.to_owned(),
        }
    }

    /// Shows a change.
    pub(crate) fn show(&mut self, state: State, phase: Option<Phase>, progress: Progress) {
        let Progress {
            cases_done: done,
            cases_total: total,
            ..
        } = progress;
        let words = match (state, phase) {
            (State::Running, Some(Phase::Compiling)) => "compiling".to_owned(),
            (State::Running, _) if total > 0 => format!("{done} of {total} cases"),
            (state, _) => state.id().to_owned(),
        };
        if words == self.last {
            return;
        }
        match &self.bar {
            Some(bar) if total > 0 => {
                bar.set_style(style("{spinner} {prefix} {bar:30} {pos}/{len}"));
                bar.set_length(total.into());
                bar.set_position(done.into());
                bar.set_prefix(self.label.clone());
            }
            Some(bar) => {
                bar.set_style(style("{spinner} {prefix} {msg}"));
                bar.set_prefix(self.label.clone());
                bar.set_message(words.clone());
            }
            None => terminal::error(&format!("{}: {words}", self.label)),
        }
        self.last = words;
    }

    /// Clears the bar, so that the result stands alone.
    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Does something that takes about that long, and shows a bar of it where a person watches.
pub(crate) async fn timed<T>(name: &'static str, span: Duration, work: impl Future<Output = T>) -> T {
    let bar = counted(name, span.as_millis().try_into().unwrap_or(u64::MAX));
    let (begin, mut ticks) = (Instant::now(), interval(Duration::from_millis(100)));
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            done = work.as_mut() => {
                bar.finish_and_clear();
                return done;
            }
            _ = ticks.tick() => bar.set_position(begin.elapsed().as_millis().try_into().unwrap_or(u64::MAX)),
        }
    }
}

/// A bar of so many steps; invisible where nobody watches.
pub(crate) fn counted(name: &'static str, steps: u64) -> ProgressBar {
    if !terminal::is_live() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(steps).with_prefix(name);
    bar.with_style(style("{prefix:<10} {bar:40} {percent:>3} %  {elapsed}"))
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

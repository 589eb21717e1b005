//! Live progress: a bar where a person watches, plain lines where the output is piped.

use std::time::Duration;

use domain::{Phase, Progress, State};
use indicatif::{ProgressBar, ProgressStyle};

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

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

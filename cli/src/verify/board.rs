//! What a person who watches sees: lines as they come, and bars of what is being judged.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::{Phase, Progress};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::terminal;

/// Shows lines, and bars below them.
#[derive(Debug)]
pub(super) struct Board {
    has_lines: bool,
    bars: Option<MultiProgress>,
    all: Mutex<Option<ProgressBar>>,
}

/// The bar of one submission; it goes when this is dropped.
#[derive(Debug)]
pub(super) struct Bar<'a> {
    board: &'a Board,
    bar: Option<ProgressBar>,
}

impl Board {
    /// Lines are left out where the result is one object at the end.
    pub(super) fn new(has_lines: bool) -> Self {
        Self {
            has_lines,
            bars: terminal::is_live().then(MultiProgress::new),
            all: Mutex::default(),
        }
    }

    /// Prints a line of the result.
    pub(super) fn line(&self, text: &str) {
        if !self.has_lines {
            return;
        }
        match &self.bars {
            Some(bars) => bars.suspend(|| terminal::line(text)),
            None => terminal::line(text),
        }
    }

    /// Begins a package with so many submissions.
    pub(super) fn begin(&self, label: &str, count: usize) {
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new(count as u64));
            bar.set_style(style("{prefix} {bar:30} {pos}/{len} submissions"));
            bar.set_prefix(label.to_owned());
            bar
        });
        *self.all() = bar;
    }

    /// Ends it.
    pub(super) fn end(&self) {
        if let Some(bar) = self.all().take() {
            bar.finish_and_clear();
        }
    }

    fn all(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a submission.
    pub(super) fn bar(&self, label: &str) -> Bar<'_> {
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new_spinner());
            bar.set_style(style("  {spinner} {prefix} {msg}"));
            bar.set_prefix(label.to_owned());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Bar { board: self, bar }
    }
}

impl Bar<'_> {
    pub(super) fn show(&self, phase: Phase, progress: Progress) {
        let Some(bar) = &self.bar else { return };
        bar.set_message(match phase {
            Phase::Compiling => "compiling".to_owned(),
            Phase::Testing => format!("{} of {} cases", progress.cases_done, progress.cases_total),
        });
    }
}

impl Drop for Bar<'_> {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        if let Some(all) = &*self.board.all() {
            all.inc(1);
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

//! Samples, and a table of them.

use std::time::Duration;

use sandbox::Guarantees;

/// The columns of all rows.
pub(crate) const HEAD: &str = "| | bare: median | p95 | slot: median | p95 | ratio | goal | | bubblewrap |\n\
                               |---|---|---|---|---|---|---|---|---|";

/// Where this was measured.
pub(crate) fn machine(guarantees: Guarantees) -> String {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    let date = crate::programs::command("date").arg("+%F").output();
    format!(
        "Measured on {}: {} processors ({model}), Linux {}, load {}, {guarantees:?}.",
        String::from_utf8_lossy(&date.map(|output| output.stdout).unwrap_or_default()).trim(),
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        read("/proc/sys/kernel/osrelease").trim(),
        read("/proc/loadavg").split(' ').next().unwrap_or_default(),
    )
}

/// Samples of one quantity, in the order of their rounds.
#[derive(Debug, Default)]
pub(crate) struct Samples(Vec<Duration>);

impl Samples {
    pub(crate) fn add(&mut self, sample: Duration) {
        self.0.push(sample);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn median(&self) -> Duration {
        self.percentile(50)
    }

    /// The value that this share of the samples does not exceed, by nearest rank; zero where there are none.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        percentile(self.0.clone(), percent)
    }

    /// The median of the samples from `first` on.
    pub(crate) fn median_from(&self, first: usize) -> Duration {
        percentile(self.0[first..].to_vec(), 50)
    }

    /// Standard deviation by mean of the samples from `first` on.
    pub(crate) fn variation_from(&self, first: usize) -> f64 {
        let seconds: Vec<f64> = self.0[first..].iter().map(Duration::as_secs_f64).collect();
        #[expect(clippy::cast_precision_loss, reason = "a count of samples")]
        let count = seconds.len() as f64;
        let mean = seconds.iter().sum::<f64>() / count;
        let squares: f64 = seconds.iter().map(|one| (one - mean).powi(2)).sum();
        (squares / (count - 1.0)).sqrt() / mean
    }

    /// Two cells: median and 95th percentile.
    pub(crate) fn cells(&self) -> String {
        if self.0.is_empty() {
            return " | ".to_owned();
        }
        format!("{} | {}", time(self.median()), time(self.percentile(95)))
    }
}

fn percentile(mut samples: Vec<Duration>, percent: usize) -> Duration {
    samples.sort();
    let rank = (samples.len() * percent).div_ceil(100).saturating_sub(1);
    samples.get(rank).copied().unwrap_or_default()
}

/// The median of a figure that was taken once a round.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A time for people.
pub(crate) fn time(time: Duration) -> String {
    if time < Duration::from_millis(10) {
        format!("{} µs", time.as_micros())
    } else {
        format!("{:.1} ms", time.as_secs_f64() * 1000.0)
    }
}

/// Whether a goal is met.
pub(crate) fn verdict(is_met: bool) -> &'static str {
    if is_met { "met" } else { "**missed**" }
}

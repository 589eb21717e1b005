//! What Gavel counts for those who run it, in the text format of Prometheus.
//!
//! Each part of Gavel has a struct of its counters here, which is cheap to clone and counts whether or not anybody asks. The
//! binary puts those of a process on one [`Page`] and serves it. Names begin with `gavel_` and end in their unit; there are
//! no labels with users, problems or anything else that a stranger can make more of.

mod gateway;
mod http;
mod process;
mod queue;
mod worker;

use std::fmt;
use std::sync::{Mutex, PoisonError};

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

pub use crate::gateway::{GatewayMetrics, Listening, Transport};
pub use crate::http::HttpMetrics;
pub use crate::process::{ProcessFigures, ProcessMetrics};
pub use crate::queue::{QueueFigures, QueueMetrics};
pub use crate::worker::{InWork, SlotMetrics, WorkerMetrics};

/// Everything that a process counts.
pub struct Page {
    registry: Mutex<Registry>,
}

/// Something that can be put on a page.
pub trait Part {
    /// Puts every counter on it.
    fn register(&self, registry: &mut Registry);
}

impl Page {
    /// An empty page.
    pub fn new() -> Self {
        Self {
            registry: Mutex::new(Registry::with_prefix("gavel")),
        }
    }

    /// Adds a part. Each kind once.
    pub fn add(&self, part: &impl Part) {
        part.register(&mut self.registry.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The page as text, `application/openmetrics-text; version=1.0.0; charset=utf-8`.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(
            &mut text,
            &self.registry.lock().unwrap_or_else(PoisonError::into_inner),
        )?;
        Ok(text)
    }
}

impl Default for Page {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").finish_non_exhaustive()
    }
}

/// From a quarter of a millisecond to about two minutes, each twice the one before.
fn seconds() -> Histogram {
    Histogram::new(exponential_buckets(0.000_25, 2.0, 20))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_name_has_its_prefix_and_unit_and_no_label_names_a_person() {
        let page = Page::new();
        let (gateway, http, worker, slots) = (
            GatewayMetrics::default(),
            HttpMetrics::default(),
            WorkerMetrics::default(),
            SlotMetrics::default(),
        );
        gateway.closed(1008);
        http.answered("GET", "/api/v1/queue", 200, Duration::from_millis(3));
        worker.concluded("python3", "AC", Duration::from_secs(1));
        slots.made(Duration::from_millis(4));
        let (queue, process) = (QueueMetrics::default(), ProcessMetrics::new("1.2.3", "api"));
        queue.set(&QueueFigures {
            depth: Some([1, 2, 3]),
            ..QueueFigures::default()
        });
        process.set(&ProcessFigures::default());
        for part in [
            &gateway as &dyn Register,
            &http,
            &worker,
            &slots,
            &queue,
            &process,
        ] {
            part.register_on(&page);
        }
        let text = page.text().unwrap();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            assert!(line.starts_with("gavel_"), "{line}");
            assert!(!line.contains("user=") && !line.contains("problem="), "{line}");
        }
        for expected in [
            "gavel_socket_ends_total{code=\"1008\"} 1",
            "gavel_http_requests_total{method=\"GET\",route=\"/api/v1/queue\",status=\"200\"} 1",
            "gavel_verdicts_total{language=\"python3\",verdict=\"AC\"} 1",
            "gavel_sandbox_setup_seconds_count 1",
            "gavel_queue_depth{band=\"bulk\"} 3",
            "gavel_build_info{version=\"1.2.3\",role=\"api\"} 1",
        ] {
            assert!(text.contains(expected), "{expected} is not in\n{text}");
        }
    }

    /// [`Part`], for a list of different ones.
    trait Register {
        fn register_on(&self, page: &Page);
    }

    impl<T: Part> Register for T {
        fn register_on(&self, page: &Page) {
            page.add(self);
        }
    }
}

//! What waits. Asked for when somebody looks, and the same from every process of a fleet.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::Part;

/// The bands, in the order of the figures.
const BANDS: [&str; 3] = ["contest", "interactive", "bulk"];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Band {
    band: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Depended {
    part: &'static str,
}

/// What waits, runs and works at this moment.
#[derive(Debug, Clone, Default)]
pub struct QueueFigures {
    /// In the queue, by band; nothing where the queue does not answer.
    pub depth: Option<[u64; 3]>,
    /// How long the oldest of each band has waited, by the database; nothing where the database does not answer.
    pub oldest: Option<[Duration; 3]>,
    /// Judgements that wait and run, by the database.
    pub outstanding: Option<(u64, u64)>,
    /// Workers that were heard of lately, and their slots.
    pub workers: Option<(u64, u64)>,
    /// Messages on our channels that were none of ours.
    pub refused_events: u64,
}

/// What a process that knows queue and store tells about them.
#[derive(Debug, Clone, Default)]
pub struct QueueMetrics {
    depth: Family<Band, Gauge>,
    oldest: Family<Band, Gauge<f64, AtomicU64>>,
    outstanding: Family<State, Gauge>,
    workers: Gauge,
    slots: Gauge,
    answers: Family<Depended, Gauge>,
    refused: Gauge,
}

impl QueueMetrics {
    /// Tells these from now on. What is not known keeps its last value, and `gavel_up` says so.
    pub fn set(&self, figures: &QueueFigures) {
        let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        for (at, band) in BANDS.into_iter().enumerate() {
            let band = Band { band };
            if let Some(depth) = figures.depth {
                self.depth.get_or_create(&band).set(whole(depth[at]));
            }
            if let Some(oldest) = figures.oldest {
                self.oldest.get_or_create(&band).set(oldest[at].as_secs_f64());
            }
        }
        if let Some((queued, running)) = figures.outstanding {
            for (state, count) in [("queued", queued), ("running", running)] {
                self.outstanding.get_or_create(&State { state }).set(whole(count));
            }
        }
        if let Some((workers, slots)) = figures.workers {
            self.workers.set(whole(workers));
            self.slots.set(whole(slots));
        }
        for (part, is_up) in [
            ("queue", figures.depth.is_some()),
            ("database", figures.outstanding.is_some()),
        ] {
            self.answers.get_or_create(&Depended { part }).set(is_up.into());
        }
        self.refused.set(whole(figures.refused_events));
    }
}

impl Part for QueueMetrics {
    fn register(&self, registry: &mut Registry) {
        registry.register("queue_depth", "Judgements in the queue", self.depth.clone());
        registry.register(
            "queue_oldest_seconds",
            "How long the oldest judgement of a band has waited",
            self.oldest.clone(),
        );
        registry.register(
            "judgements_outstanding",
            "Judgements without a verdict, by the database",
            self.outstanding.clone(),
        );
        registry.register(
            "workers",
            "Workers that were heard of lately",
            self.workers.clone(),
        );
        registry.register("workers_slots", "Slots of these workers", self.slots.clone());
        registry.register(
            "up",
            "Whether a part that is depended on has answered just now",
            self.answers.clone(),
        );
        registry.register(
            "refused_events",
            "Messages on the channels of events that were no events of this version, since the start",
            self.refused.clone(),
        );
    }
}

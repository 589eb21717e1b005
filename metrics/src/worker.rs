//! Judging.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::{Part, seconds};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Band {
    band: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Language {
    language: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Concluded {
    language: String,
    verdict: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

/// What the loops of a worker count.
#[derive(Debug, Clone)]
pub struct WorkerMetrics {
    wait: Family<Band, Histogram>,
    judging: Family<Language, Histogram>,
    verdicts: Family<Concluded, Counter>,
    running: Gauge,
    leases_lost: Counter,
    returned: Family<Reason, Counter>,
    idle: Histogram,
}

impl Default for WorkerMetrics {
    fn default() -> Self {
        Self {
            wait: Family::new_with_constructor(seconds),
            judging: Family::new_with_constructor(seconds),
            verdicts: Family::default(),
            running: Gauge::default(),
            leases_lost: Counter::default(),
            returned: Family::default(),
            idle: Histogram::new(exponential_buckets(0.000_031_25, 2.0, 20)),
        }
    }
}

/// A judgement in work, counted until it is dropped.
#[derive(Debug)]
pub struct InWork(Gauge);

impl Drop for InWork {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl WorkerMetrics {
    /// A judgement was claimed, after it had waited so long.
    pub fn claimed(&self, band: &'static str, waited: Duration) -> InWork {
        self.wait
            .get_or_create(&Band { band })
            .observe(waited.as_secs_f64());
        self.running.inc();
        InWork(self.running.clone())
    }

    /// A verdict was committed, so long after the claim.
    pub fn concluded(&self, language: &str, verdict: &'static str, took: Duration) {
        let language = language.to_owned();
        let concluded = Concluded {
            language: language.clone(),
            verdict,
        };
        self.verdicts.get_or_create(&concluded).inc();
        self.judging
            .get_or_create(&Language { language })
            .observe(took.as_secs_f64());
    }

    /// A slot was taken that had been free for so long.
    pub fn slot_taken(&self, idle: Option<Duration>) {
        if let Some(idle) = idle {
            self.idle.observe(idle.as_secs_f64());
        }
    }

    /// A lease was lost: another worker may have the judgement.
    pub fn lost_lease(&self) {
        self.leases_lost.inc();
    }

    /// A judgement was given back: `fault`, `language` or `stopping`.
    pub fn returned(&self, reason: &'static str) {
        self.returned.get_or_create(&Reason { reason }).inc();
    }
}

impl Part for WorkerMetrics {
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "queue_wait_seconds",
            "From the making of a judgement to its claim, between the clocks of their hosts",
            self.wait.clone(),
        );
        registry.register(
            "judging_seconds",
            "From the claim of a judgement to its committed verdict",
            self.judging.clone(),
        );
        registry.register("verdicts", "Verdicts committed", self.verdicts.clone());
        registry.register(
            "running",
            "Judgements in work in this process",
            self.running.clone(),
        );
        registry.register(
            "slot_idle_seconds",
            "How long a slot had been free when a judgement took it",
            self.idle.clone(),
        );
        registry.register("leases_lost", "Leases lost", self.leases_lost.clone());
        registry.register("returned", "Judgements given back", self.returned.clone());
    }
}

/// What the slots of a worker count.
#[derive(Debug, Clone)]
pub struct SlotMetrics {
    total: Gauge,
    busy: Gauge,
    replaced: Counter,
    setup: Histogram,
}

impl Default for SlotMetrics {
    fn default() -> Self {
        Self {
            total: Gauge::default(),
            busy: Gauge::default(),
            replaced: Counter::default(),
            setup: seconds(),
        }
    }
}

impl SlotMetrics {
    /// How many slots there are.
    pub fn set_total(&self, slots: usize) {
        self.total.set(i64::try_from(slots).unwrap_or(i64::MAX));
    }

    /// A run is wanted, and has or waits for a slot.
    pub fn begins(&self) {
        self.busy.inc();
    }

    /// A run is over, or not wanted any more.
    pub fn ends(&self) {
        self.busy.dec();
    }

    /// A slot was set up in this time.
    pub fn made(&self, took: Duration) {
        self.setup.observe(took.as_secs_f64());
    }

    /// A slot has erred and is replaced.
    pub fn replaced(&self) {
        self.replaced.inc();
    }
}

impl Part for SlotMetrics {
    fn register(&self, registry: &mut Registry) {
        registry.register("slots", "Sandbox slots of this process", self.total.clone());
        registry.register(
            "slots_busy",
            "Runs that have a slot or wait for one",
            self.busy.clone(),
        );
        registry.register(
            "slots_replaced",
            "Slots that erred and were replaced",
            self.replaced.clone(),
        );
        registry.register("sandbox_setup_seconds", "Making a slot", self.setup.clone());
    }
}

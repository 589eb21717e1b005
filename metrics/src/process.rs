//! The process itself.

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::Part;

/// What a process uses at this moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProcessFigures {
    /// Resident memory, in bytes.
    pub resident_bytes: u64,
    /// Open file descriptors.
    pub descriptors: u64,
    /// How many there may be.
    pub most_descriptors: u64,
}

/// What is told of the process.
#[derive(Debug, Clone)]
pub struct ProcessMetrics {
    version: &'static str,
    role: &'static str,
    resident: Gauge,
    descriptors: Gauge,
    most_descriptors: Gauge,
}

impl ProcessMetrics {
    /// Of a process of this version and role.
    pub fn new(version: &'static str, role: &'static str) -> Self {
        Self {
            version,
            role,
            resident: Gauge::default(),
            descriptors: Gauge::default(),
            most_descriptors: Gauge::default(),
        }
    }

    /// Tells these from now on.
    pub fn set(&self, figures: &ProcessFigures) {
        for (gauge, value) in [
            (&self.resident, figures.resident_bytes),
            (&self.descriptors, figures.descriptors),
            (&self.most_descriptors, figures.most_descriptors),
        ] {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
    }
}

impl Part for ProcessMetrics {
    fn register(&self, registry: &mut Registry) {
        let labels = vec![("version", self.version), ("role", self.role)];
        registry.register("build", "Version and role of the process", Info::new(labels));
        registry.register("resident_bytes", "Resident memory", self.resident.clone());
        registry.register("descriptors", "Open file descriptors", self.descriptors.clone());
        registry.register(
            "descriptors_most",
            "File descriptors that there may be",
            self.most_descriptors.clone(),
        );
    }
}

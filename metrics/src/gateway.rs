//! Sockets, streams and what is told over them.

use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::{Part, seconds};

/// How somebody listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, EncodeLabelValue)]
pub enum Transport {
    /// A WebSocket, of either protocol.
    WebSocket,
    /// Server-sent events.
    Stream,
    /// A long poll.
    Poll,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct TransportLabel {
    transport: Transport,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CodeLabel {
    code: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabel {
    kind: &'static str,
}

/// What a gateway counts.
#[derive(Debug, Clone)]
pub struct GatewayMetrics {
    listeners: Family<TransportLabel, Gauge>,
    messages: Counter,
    resyncs: Counter,
    ends: Family<CodeLabel, Counter>,
    refused: Family<KindLabel, Counter>,
    lag: Histogram,
}

impl Default for GatewayMetrics {
    fn default() -> Self {
        Self {
            listeners: Family::default(),
            messages: Counter::default(),
            resyncs: Counter::default(),
            ends: Family::default(),
            refused: Family::default(),
            lag: seconds(),
        }
    }
}

/// Somebody who listens, counted until it is dropped.
#[derive(Debug)]
pub struct Listening(Gauge);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl GatewayMetrics {
    /// One more listens.
    pub fn listens(&self, transport: Transport) -> Listening {
        let gauge = self
            .listeners
            .get_or_create(&TransportLabel { transport })
            .clone();
        gauge.inc();
        Listening(gauge)
    }

    /// Messages that a client's side has taken.
    pub fn sent(&self, messages: usize) {
        self.messages.inc_by(messages as u64);
    }

    /// How long an event was on its way from its arrival here to a client's side.
    pub fn told(&self, lag: Duration) {
        self.lag.observe(lag.as_secs_f64());
    }

    /// Somebody may have missed something, and gets a snapshot.
    pub fn resynchronised(&self) {
        self.resyncs.inc();
    }

    /// A socket was ended by us, with this code.
    pub fn closed(&self, code: u16) {
        self.ends.get_or_create(&CodeLabel { code }).inc();
    }

    /// A message or request was refused. `kind` is one of the API's few kinds of refusals.
    pub fn refused(&self, kind: &'static str) {
        self.refused.get_or_create(&KindLabel { kind }).inc();
    }
}

impl Part for GatewayMetrics {
    fn register(&self, registry: &mut Registry) {
        registry.register("listeners", "Who is connected to listen", self.listeners.clone());
        registry.register(
            "messages",
            "Messages that clients' sides have taken",
            self.messages.clone(),
        );
        registry.register(
            "resyncs",
            "Times that a client may have missed something and was sent a snapshot",
            self.resyncs.clone(),
        );
        registry.register(
            "socket_ends",
            "WebSockets ended by the gateway",
            self.ends.clone(),
        );
        registry.register(
            "refused_messages",
            "Messages and requests of listeners that were refused",
            self.refused.clone(),
        );
        registry.register(
            "event_lag_seconds",
            "From the arrival of an event at the gateway to a client's side",
            self.lag.clone(),
        );
    }
}

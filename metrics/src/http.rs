//! HTTP requests.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::{Part, seconds};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

/// What a server of HTTP counts.
#[derive(Debug, Clone)]
pub struct HttpMetrics {
    requests: Family<Answered, Counter>,
    seconds: Family<Route, Histogram>,
}

impl Default for HttpMetrics {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            seconds: Family::new_with_constructor(seconds),
        }
    }
}

impl HttpMetrics {
    /// A request was answered. `route` is the pattern of the path, never the path itself.
    pub fn answered(&self, method: &str, route: &str, status: u16, time: Duration) {
        // Anybody can make methods up.
        let method = match method {
            "GET" => "GET",
            "HEAD" => "HEAD",
            "POST" => "POST",
            "PUT" => "PUT",
            "PATCH" => "PATCH",
            "DELETE" => "DELETE",
            "OPTIONS" => "OPTIONS",
            _ => "other",
        };
        let route = route.to_owned();
        let answered = Answered {
            method,
            route: route.clone(),
            status,
        };
        self.requests.get_or_create(&answered).inc();
        self.seconds
            .get_or_create(&Route { route })
            .observe(time.as_secs_f64());
    }
}

impl Part for HttpMetrics {
    fn register(&self, registry: &mut Registry) {
        registry.register("http_requests", "HTTP requests answered", self.requests.clone());
        registry.register(
            "http_request_seconds",
            "From the head of a request to the head of its answer",
            self.seconds.clone(),
        );
    }
}

//! What operators see of a process: `/metrics` on a listener of its own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bus::{Events, Queue};
use metrics::{
    GatewayMetrics, HttpMetrics, Page, ProcessFigures, ProcessMetrics, QueueFigures, QueueMetrics,
    WorkerMetrics,
};
use store::Store;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::arguments::Watched as Arguments;
use crate::failure::{Doing, Failure};
use crate::{serve, terminal};

/// How long a part may take to answer before it counts as down.
const PATIENCE: Duration = Duration::from_secs(2);

/// A worker that was not heard of for longer is gone.
const WORKER_LIFE: Duration = Duration::from_secs(30);

/// What this process counts, and the page that it is shown on.
#[derive(Debug)]
pub(crate) struct Watched {
    page: Page,
    pub(crate) gateway: GatewayMetrics,
    pub(crate) worker: WorkerMetrics,
    http: HttpMetrics,
    queue: QueueMetrics,
    process: ProcessMetrics,
}

/// Where the figures come from that nobody counts.
#[derive(Debug, Clone)]
struct Sources {
    watched: Arc<Watched>,
    store: Store,
    queue: Queue,
    events: Events,
}

impl Watched {
    /// Of a process of this role.
    pub(crate) fn new(role: &'static str) -> Arc<Self> {
        let watched = Self {
            page: Page::new(),
            gateway: GatewayMetrics::default(),
            worker: WorkerMetrics::default(),
            http: HttpMetrics::default(),
            queue: QueueMetrics::default(),
            process: ProcessMetrics::new(env!("CARGO_PKG_VERSION"), role),
        };
        watched.page.add(&watched.process);
        watched.page.add(&watched.queue);
        Arc::new(watched)
    }

    /// Adds a part to the page.
    pub(crate) fn show(&self, part: &impl metrics::Part) {
        self.page.add(part);
    }

    /// Counts the requests of a router.
    pub(crate) fn count(self: &Arc<Self>, router: Router) -> Router {
        self.page.add(&self.http);
        router.layer(from_fn_with_state(Arc::clone(self), count))
    }

    /// Serves the page, where it is asked for.
    pub(crate) async fn serve(
        self: &Arc<Self>,
        arguments: &Arguments,
        parts: (Store, Queue, Events),
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) -> Result<(), Failure> {
        let Some(address) = arguments.address()? else {
            return Ok(());
        };
        let listener = serve::listen(address).await?;
        let address = listener.local_addr().doing("learn the address")?;
        terminal::error(&format!("gavel: metrics at http://{address}/metrics"));
        let sources = Sources {
            watched: Arc::clone(self),
            store: parts.0,
            queue: parts.1,
            events: parts.2,
        };
        let router = Router::new().route("/metrics", get(page)).with_state(sources);
        tasks.spawn(serve::serve(listener, router, tasks.clone(), stop.clone()));
        Ok(())
    }
}

async fn count(State(watched): State<Arc<Watched>>, request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    // What is no route of ours is one line, whatever strangers try.
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let status = response.status().as_u16();
    watched
        .http
        .answered(method.as_str(), route, status, begin.elapsed());
    response
}

async fn page(State(sources): State<Sources>) -> Response {
    let watched = &sources.watched;
    watched.queue.set(&sources.figures().await);
    watched.process.set(&of_this_process());
    match watched.page.text() {
        Ok(text) => {
            let media =
                HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
            ([(CONTENT_TYPE, media)], text).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Sources {
    async fn figures(&self) -> QueueFigures {
        let from_store = async {
            let outstanding = self.store.outstanding().await.ok()?;
            let oldest = self.store.oldest_waiting().await.ok()?;
            let workers = self.store.workers(WORKER_LIFE).await.ok()?;
            Some((outstanding, oldest, workers))
        };
        let (depth, stored) = tokio::join!(
            timeout(PATIENCE, self.queue.depth()),
            timeout(PATIENCE, from_store)
        );
        let mut figures = QueueFigures {
            depth: depth.ok().and_then(Result::ok),
            refused_events: self.events.refused(),
            ..QueueFigures::default()
        };
        if let Ok(Some((outstanding, oldest, workers))) = stored {
            let slots = workers.iter().map(|worker| u64::from(worker.slots)).sum();
            figures.outstanding = Some((outstanding.queued, outstanding.running));
            figures.oldest = Some(oldest);
            figures.workers = Some((workers.len() as u64, slots));
        }
        figures
    }
}

/// What cannot be read is told as nothing.
fn of_this_process() -> ProcessFigures {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let number = |text: &str, label: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(label));
        let word = line.and_then(|line| line.split_whitespace().next());
        word.and_then(|word| word.parse::<u64>().ok()).unwrap_or(0)
    };
    let descriptors = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    ProcessFigures {
        resident_bytes: number(&read("/proc/self/status"), "VmRSS:") << 10,
        descriptors: descriptors as u64,
        most_descriptors: number(&read("/proc/self/limits"), "Max open files"),
    }
}

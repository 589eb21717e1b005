//! The roles, each a composition of the same parts over the backends that are named here.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bus::{Events, Queue, Redis};
use judge::{Examiner, Grader, GraderConfig, Nothing, WorkerConfig};
use store::{Store, StoreConfig};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::arguments::{self, Data, Fleet, Judging, Listen, OwnLanguages, Said};
use crate::failure::{Doing, Failure};
use crate::watched::Watched;
use crate::{samples, serve, settings, shutdown, terminal, token};

/// How long connections and tasks may take to end after they were asked to.
const GRACE: Duration = Duration::from_secs(20);
/// How long the first connection to Redis may take.
const REDIS_PATIENCE: Duration = Duration::from_secs(5);

/// How soon a change of a user's weight is known.
const WEIGHTS_EVERY: Duration = Duration::from_secs(5);

/// With fewer descriptors an operator is warned.
const FEW_DESCRIPTORS: u64 = 4096;

/// What every role stands on.
struct Base {
    store: Store,
    queue: Queue,
    events: Events,
    tasks: TaskTracker,
    stop: CancellationToken,
    watched: Arc<Watched>,
}

impl Base {
    async fn embedded(data: &Data, role: &'static str) -> Result<Self, Failure> {
        let store = open(&settings::embedded_store(data)?, true).await?;
        Self::new(role, store, Queue::in_process(), Events::in_process())
    }

    async fn fleet(fleet: &Fleet, data: &Data, role: &'static str) -> Result<Self, Failure> {
        // Both addresses are asked for before either is tried, so that a missing one is said at once.
        let (config, redis_url) = (fleet.database.store(data)?, fleet.redis()?);
        settings::make_private(&data.data)?;
        let store = open(&config, !fleet.no_migrate).await?;
        let redis = Redis::connect(&redis_url, REDIS_PATIENCE)
            .await
            .map_err(Failure::new)?;
        Self::new(role, store, Queue::redis(&redis), Events::redis(&redis))
    }

    fn new(role: &'static str, store: Store, queue: Queue, events: Events) -> Result<Self, Failure> {
        let descriptors = serve::raise_descriptors();
        if descriptors < FEW_DESCRIPTORS {
            tracing::warn!(
                descriptors,
                "this process may open few files; each socket is one: raise its limit"
            );
        }
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        shutdown::on_signals(&stop)?;
        tasks.spawn(keep_weights(store.clone(), queue.clone(), stop.clone()));
        Ok(Self {
            store,
            queue,
            events,
            tasks,
            stop,
            watched: Watched::new(role),
        })
    }

    /// Shows operators what they want to see.
    async fn expose(&self, arguments: &arguments::Watched) -> Result<(), Failure> {
        let parts = (self.store.clone(), self.queue.clone(), self.events.clone());
        self.watched
            .serve(arguments, parts, &self.tasks, &self.stop)
            .await
    }

    fn api(
        &self,
        listen: &Listen,
        data: &Data,
        languages: &OwnLanguages,
        said: Said,
    ) -> Result<Router, Failure> {
        let config = api_config(listen, data, languages.load()?.list(), said)?;
        let parts = (
            self.store.clone(),
            self.queue.clone(),
            self.events.clone(),
            self.stop.clone(),
        );
        let pages = web::WebConfig {
            scratch: config.scratch.clone(),
        };
        let desk = api::Desk::new(config, parts.0, parts.1, parts.2, parts.3);
        Ok(desk.router(web::router(pages, desk.clone())))
    }

    fn health(&self, listen: &Listen, data: &Data) -> Result<Router, Failure> {
        let config = api_config(listen, data, Vec::new(), Said::default())?;
        let parts = (
            self.store.clone(),
            self.queue.clone(),
            self.events.clone(),
            self.stop.clone(),
        );
        Ok(api::health_router(config, parts.0, parts.1, parts.2, parts.3))
    }

    /// The live sockets; beside pages, where they are served by the same process.
    fn gateway(&self, listen: &Listen, pages: Option<Router>) -> Router {
        let config = gateway::GatewayConfig {
            open: listen.is_open(),
            allowed_origins: listen.origins.iter().cloned().chain(listen.any_host()).collect(),
            hello_timeout: Duration::from_secs(10),
            ping_every: Duration::from_secs(20),
            max_topics: 1000,
            recheck_every: Duration::from_secs(20),
            metrics: self.watched.gateway.clone(),
        };
        self.watched.show(&self.watched.gateway);
        let gateway = gateway::Gateway::new(
            config,
            self.store.clone(),
            self.queue.clone(),
            self.events.clone(),
            self.stop.clone(),
        );
        let router = match pages {
            Some(pages) => gateway.router_beside(pages),
            None => gateway.router(),
        };
        self.tasks.spawn(async move { gateway.drained().await });
        router
    }

    /// Starts the slots and gives the work that is done with them.
    async fn work(
        &self,
        judging: &Judging,
        data: &Data,
    ) -> Result<impl Future<Output = Result<(), Failure>> + use<>, Failure> {
        let config = WorkerConfig {
            metrics: self.watched.worker.clone(),
            ..judging.worker(data)?
        };
        self.watched.show(&config.metrics);
        // Before anybody hears that we are there: a host on which no program can be run is said at once.
        let examiner = examiner(judging, config.slots, data).await?;
        if let Some(slots) = examiner.slot_metrics() {
            self.watched.show(&slots);
        }
        let parts = (
            self.store.clone(),
            self.queue.clone(),
            self.events.clone(),
            self.stop.clone(),
        );
        Ok(async move {
            let work = judge::work_with(config, examiner.clone(), parts.0, parts.1, parts.2, parts.3);
            let result = work.await.map_err(Failure::new);
            examiner.close().await;
            result
        })
    }

    /// Waits for the end of `main_task`, which the first signal brings about, and then for everything else.
    async fn finish(self, main_task: impl Future<Output = Result<(), Failure>>) -> Result<ExitCode, Failure> {
        let result = main_task.await;
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(GRACE, self.tasks.wait()).await.is_err() {
            tracing::warn!("some connections did not end within {} s", GRACE.as_secs());
        }
        self.store.close().await;
        result.map(|()| ExitCode::SUCCESS)
    }
}

/// Keeps the queue informed of who weighs how much, until `stop`.
async fn keep_weights(store: Store, queue: Queue, stop: CancellationToken) {
    let keep = async {
        loop {
            match store.weights().await {
                Ok(weights) => queue.set_weights(weights),
                Err(error) => tracing::debug!(%error, "the weights of users stay as they were"),
            }
            tokio::time::sleep(WEIGHTS_EVERY).await;
        }
    };
    stop.run_until_cancelled(keep).await;
}

/// What a worker is to judge with: warm slots, unless it was told to judge nothing.
async fn examiner(judging: &Judging, slots: usize, data: &Data) -> Result<Examiner, Failure> {
    let languages = judging.languages.load()?;
    judging.check_only(&languages)?;
    if judging.judge_nothing {
        settings::need_load_test()?;
        tracing::warn!("this worker runs no program and accepts everything: --judge-nothing");
        return Ok(Examiner::Nothing(Nothing::new(languages)));
    }
    let config = GraderConfig {
        slots,
        compiled: Some(data.directory("compiled")?),
        prepare_in: judging.prepare_in(data),
        ..GraderConfig::default()
    };
    let mut grader = Grader::start_with(languages, config)
        .await
        .map_err(Failure::new)?;
    if let Some(most) = judging.cases_at_once {
        grader = grader.with_cases_at_once(most.into());
    }
    Ok(Examiner::Grader(grader))
}

fn api_config(
    listen: &Listen,
    data: &Data,
    languages: Vec<domain::Language>,
    said: Said,
) -> Result<api::ApiConfig, Failure> {
    Ok(api::ApiConfig {
        open: listen.is_open(),
        allowed_hosts: listen.any_host().into_iter().collect(),
        body_bytes: 1 << 20,
        package_bytes: 512 << 20,
        operator: api::Operator {
            choices: listen.choices(),
            flags: said.0,
        },
        max_wait_seconds: 60,
        scratch: data.directory("scratch")?,
        languages,
    })
}

/// Everything in one process.
pub(crate) async fn up(arguments: arguments::Up, said: Said) -> Result<ExitCode, Failure> {
    let listener = serve::listen(arguments.listen.address).await?;
    let address = listener.local_addr().doing("learn the address")?;
    let base = Base::embedded(&arguments.data, "up").await?;
    base.expose(&arguments.watched).await?;
    samples::seed(&base.store, &arguments.data.directory("scratch")?).await?;
    let admin = token::admin(&base.store, &arguments.data.data).await?;

    let worker = base.work(&arguments.judging, &arguments.data).await?;
    let languages = &arguments.judging.languages;
    let api = base.api(&arguments.listen, &arguments.data, languages, said)?;
    let router = api.clone().merge(base.gateway(&arguments.listen, Some(api)));
    base.tasks.spawn(serve::serve(
        listener,
        base.watched.count(router),
        base.tasks.clone(),
        base.stop.clone(),
    ));
    greet(address, &admin, arguments.listen.is_open());
    base.finish(worker).await
}

/// The HTTP interface of a fleet.
pub(crate) async fn api(arguments: arguments::Api, said: Said) -> Result<ExitCode, Failure> {
    let base = Base::fleet(&arguments.fleet, &arguments.data, "api").await?;
    base.expose(&arguments.watched).await?;
    let listener = serve::listen(arguments.listen.address).await?;
    let router = base.api(&arguments.listen, &arguments.data, &arguments.languages, said)?;
    serve_only(base, listener, router, "api").await
}

/// The live sockets of a fleet.
pub(crate) async fn gateway(arguments: arguments::Gateway) -> Result<ExitCode, Failure> {
    let base = Base::fleet(&arguments.fleet, &arguments.data, "gateway").await?;
    base.expose(&arguments.watched).await?;
    let listener = serve::listen(arguments.listen.address).await?;
    let health = base.health(&arguments.listen, &arguments.data)?;
    let router = health.merge(base.gateway(&arguments.listen, None));
    serve_only(base, listener, router, "gateway").await
}

async fn serve_only(
    base: Base,
    listener: tokio::net::TcpListener,
    router: Router,
    role: &str,
) -> Result<ExitCode, Failure> {
    let address = listener.local_addr().doing("learn the address")?;
    terminal::line(&format!("gavel {role}: listening on http://{address}"));
    let serving = serve::serve(
        listener,
        base.watched.count(router),
        base.tasks.clone(),
        base.stop.clone(),
    );
    base.finish(async {
        serving.await;
        Ok(())
    })
    .await
}

/// A worker of a fleet.
pub(crate) async fn worker(arguments: arguments::Worker) -> Result<ExitCode, Failure> {
    let base = Base::fleet(&arguments.fleet, &arguments.data, "worker").await?;
    base.expose(&arguments.watched).await?;
    let worker = base.work(&arguments.judging, &arguments.data).await?;
    terminal::line("gavel worker: started");
    base.finish(worker).await
}

/// Brings the database of a fleet up to date.
pub(crate) async fn migrate(arguments: arguments::Migrate) -> Result<ExitCode, Failure> {
    let config = arguments.database.store(&arguments.data)?;
    let store = open(&config, false).await?;
    let pending = store
        .pending_migrations()
        .await
        .doing("look at the database's schema");
    let done = store.migrate().await.doing("bring the database up to date");
    store.close().await;
    let (pending, ()) = (pending?, done?);
    terminal::line(&match pending {
        0 => "The database is up to date.".to_owned(),
        n => format!(
            "The database is up to date: {n} migration{} done.",
            if n == 1 { "" } else { "s" }
        ),
    });
    Ok(ExitCode::SUCCESS)
}

async fn open(config: &StoreConfig, migrate: bool) -> Result<Store, Failure> {
    let store = Store::open(config).await.map_err(Failure::new)?;
    if migrate {
        store.migrate().await.doing("bring the database up to date")?;
    }
    Ok(store)
}

/// What `gavel up` prints: where it is, who is admin, and a first submission to copy.
fn greet(address: std::net::SocketAddr, admin: &str, open: bool) {
    let url = format!("http://{address}");
    let header = if open {
        String::new()
    } else {
        format!(" \\\n    -H 'Authorization: Bearer {admin}'")
    };
    let mode = if open {
        "open: no token is needed to submit"
    } else {
        "every request needs a token; `gavel token` makes more"
    };
    terminal::line(&format!(
        "\
Gavel is up at {url} ({mode})

  Admin token   {admin}
  A first submission, to copy:

  curl -s '{url}/api/v1/submissions'{header} -H 'Content-Type: application/json' \\
    -d '{{\"problem\": \"aplusb\", \"language\": \"python3\", \"source\": \"a, b = map(int, input().split())\\nprint(a + b)\"}}'

  Then ask for its verdict with the id of the answer (or `gavel watch ID`):

  curl -s '{url}/api/v1/submissions/ID?wait=10'{header}
"
    ));
}

//! Gavel as it is deployed: one process on SQLite, or a fleet on Postgres and Redis.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::client::Client;
use super::process::{GavelProcess, gavel};
use crate::services::{Postgres, Redis};

/// A running Gavel with the sample problems.
#[derive(Debug)]
pub struct Deployment {
    client: Client,
    gateways: Vec<Client>,
    admin: String,
    servers: Vec<GavelProcess>,
    /// Its parts, where it is a fleet.
    pub fleet: Option<Fleet>,
    home: TempDir,
}

/// The parts of a fleet that a test may break.
#[derive(Debug)]
pub struct Fleet {
    /// Its workers.
    pub workers: Vec<GavelProcess>,
    /// Its database.
    pub postgres: Postgres,
    /// Its Redis.
    pub redis: Redis,
    environment: Vec<(&'static str, String)>,
    started: usize,
}

impl Deployment {
    /// One process on its embedded default.
    pub fn embedded() -> Result<Self> {
        Self::embedded_with(&[])
    }

    /// The same that asks for tokens.
    pub fn closed() -> Result<Self> {
        Self::embedded_with(&["--tokens"])
    }

    fn embedded_with(flags: &[&str]) -> Result<Self> {
        let home = home()?;
        let environment = [("GAVEL_DATA", home.path().join("data").display().to_string())];
        let mut up = GavelProcess::start(
            &[&["up", "--listen", "127.0.0.1:0"], flags].concat(),
            &environment,
            home.path().join("up.log"),
        )?;
        let client = Client::new(&up.address()?)?;
        let admin = up.printed(|line| {
            line.trim()
                .strip_prefix("Admin token")
                .map(|token| token.trim().to_owned())
        })?;
        Ok(Self {
            gateways: vec![client.clone()],
            client,
            admin,
            servers: vec![up],
            fleet: None,
            home,
        })
    }

    /// One api, two gateways and two workers on a Postgres and a Redis of their own.
    pub fn fleet() -> Result<Self> {
        Self::fleet_on(Postgres::start()?)
    }

    /// The same that asks for tokens.
    pub fn closed_fleet() -> Result<Self> {
        Self::fleet_with(Postgres::start()?, &[("GAVEL_TOKENS", "true")])
    }

    /// The same on that Postgres.
    pub fn fleet_on(postgres: Postgres) -> Result<Self> {
        Self::fleet_with(postgres, &[])
    }

    fn fleet_with(postgres: Postgres, more: &[(&'static str, &str)]) -> Result<Self> {
        let (home, redis) = (home()?, Redis::start()?);
        let mut environment = vec![
            ("GAVEL_DATA", home.path().join("data").display().to_string()),
            ("DATABASE_URL", postgres.url()),
            ("REDIS_URL", redis.url()),
            // Short, so that a test which kills a worker need not wait long.
            ("GAVEL_LEASE", "3".to_owned()),
        ];
        environment.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let admin = run(&environment, &["token", "--user", "admin", "--role", "admin"])?
            .trim()
            .to_owned();
        let mut servers = Vec::new();
        let mut serve = |role: &str, log: &str| -> Result<Client> {
            let log = home.path().join(log);
            let mut server = GavelProcess::start(&[role, "--listen", "127.0.0.1:0"], &environment, log)?;
            let client = Client::new(&server.address()?)?;
            servers.push(server);
            Ok(client)
        };
        let client = serve("api", "api.log")?;
        let gateways = vec![
            serve("gateway", "gateway1.log")?,
            serve("gateway", "gateway2.log")?,
        ];
        let library = library();
        let library: Vec<&str> = library.iter().map(String::as_str).collect();
        let mut upload = vec![
            "upload",
            "--no-verify",
            "--server",
            client.address(),
            "--token",
            &admin,
        ];
        upload.extend(library);
        run(&environment, &upload)?;
        let fleet = Fleet {
            workers: Vec::new(),
            postgres,
            redis,
            environment,
            started: 0,
        };
        let mut this = Self {
            client,
            gateways,
            admin,
            servers,
            fleet: Some(fleet),
            home,
        };
        this.start_worker()?;
        this.start_worker()?;
        Ok(this)
    }

    /// The HTTP interface.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The gateways.
    pub fn gateways(&self) -> &[Client] {
        &self.gateways
    }

    /// An admin's token.
    pub fn admin(&self) -> &str {
        &self.admin
    }

    /// A directory that goes with the deployment.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The processes that serve HTTP; the only one of an embedded deployment.
    pub fn servers(&self) -> &[GavelProcess] {
        &self.servers
    }

    /// Stops the gateways, or all that an embedded deployment is, and starts them again; their addresses change.
    pub fn restart_gateways(&mut self) -> Result<()> {
        let home = self.home.path();
        if let Some(fleet) = &self.fleet {
            // The first is the api.
            for (at, gateway) in self
                .servers
                .drain(1..)
                .collect::<Vec<_>>()
                .into_iter()
                .enumerate()
            {
                gateway.stop()?;
                let log = home.join(format!("gateway{}-again.log", at + 1));
                let mut server =
                    GavelProcess::start(&["gateway", "--listen", "127.0.0.1:0"], &fleet.environment, log)?;
                if let Some(client) = self.gateways.get_mut(at) {
                    *client = Client::new(&server.address()?)?;
                }
                self.servers.push(server);
            }
            return Ok(());
        }
        self.servers.drain(..).try_for_each(GavelProcess::stop)?;
        let environment = [("GAVEL_DATA", home.join("data").display().to_string())];
        let arguments = ["up", "--listen", "127.0.0.1:0"];
        let mut up = GavelProcess::start(&arguments, &environment, home.join("up-again.log"))?;
        self.client = Client::new(&up.address()?)?;
        self.gateways = vec![self.client.clone()];
        self.servers.push(up);
        Ok(())
    }

    /// Starts one more worker.
    pub fn start_worker(&mut self) -> Result<()> {
        self.start_worker_with(&[])
    }

    /// The same with more arguments.
    pub fn start_worker_with(&mut self, more: &[&str]) -> Result<()> {
        let home = self.home.path();
        let fleet = self
            .fleet
            .as_mut()
            .context("only a fleet has workers of its own")?;
        fleet.started += 1;
        let log = home.join(format!("worker{}.log", fleet.started));
        let arguments = [&["worker", "--slots", "2"], more].concat();
        let mut worker = GavelProcess::start(&arguments, &fleet.environment, log)?;
        worker.printed(|line| line.contains("started").then_some(()))?;
        fleet.workers.push(worker);
        Ok(())
    }

    /// Stops all workers, gently.
    pub fn stop_workers(&mut self) -> Result<()> {
        let fleet = self
            .fleet
            .as_mut()
            .context("only a fleet has workers of its own")?;
        fleet.workers.drain(..).try_for_each(GavelProcess::stop)
    }

    /// Ends it; fails unless the queue is empty, nothing is unjudged and nothing is left behind.
    pub async fn finish(mut self) -> Result<()> {
        let request = self.client.request(reqwest::Method::GET, "/api/v1/queue");
        let (status, queue) = self.client.send(request.bearer_auth(&self.admin)).await?;
        ensure!(status == 200, "{status}: {queue}");
        let (queued, running) = (&queue["outstanding"]["queued"], &queue["outstanding"]["running"]);
        ensure!(queued == 0 && running == 0, "not everything was judged: {queue}");
        if self.fleet.is_some() {
            self.stop_workers()?;
        }
        self.servers.drain(..).try_for_each(GavelProcess::stop)
    }
}

fn home() -> Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("gavel-e2e-").tempdir()?)
}

/// The sample packages.
pub(super) fn library() -> Vec<String> {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../problems/library");
    let mut packages: Vec<String> = std::fs::read_dir(library)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.path().display().to_string())
        .collect();
    packages.sort();
    packages
}

/// Runs the binary to its end; gives what it printed.
fn run(environment: &[(&str, String)], arguments: &[&str]) -> Result<String> {
    let output = gavel(arguments)?
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .output()?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    ensure!(
        output.status.success(),
        "gavel {arguments:?}: {}: {}",
        output.status,
        text(&output.stderr)
    );
    Ok(text(&output.stdout))
}

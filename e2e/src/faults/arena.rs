//! The deployment that is broken: every process has links of its own, and clients reach it by a front that survives it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::disk::Disks;
use super::link::{Link, Network, Target};
use super::plan::Judging;
use super::remains;
use crate::gavel::{Client, GavelProcess, gavel};
use crate::services::{Postgres, Redis};

/// Length of a lease in seconds: short, so that what a dead worker held is soon taken by another.
pub const LEASE_SECONDS: u64 = 3;

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The HTTP interface.
    Api,
    /// The live sockets.
    Gateway,
    /// Judging.
    Worker,
    /// All of these in one.
    Up,
}

impl Role {
    const fn command(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Gateway => "gateway",
            Self::Worker => "worker",
            Self::Up => "up",
        }
    }
}

/// One process, through all its lives.
#[derive(Debug)]
pub struct Part {
    /// Its name, such as `worker2`.
    pub name: String,
    /// What it does.
    pub role: Role,
    /// A command that becomes it.
    pub prefix: Vec<String>,
    /// Its environment.
    pub environment: Vec<(&'static str, String)>,
    /// Its way to Postgres; leads nowhere in an embedded deployment.
    pub postgres: Link,
    /// Its way to Redis; the same.
    pub redis: Link,
    /// The way to it.
    front: Link,
    arguments: Vec<String>,
    /// The directory of its own files.
    home: PathBuf,
    process: Option<GavelProcess>,
    lives: usize,
}

/// How an arena is made.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// What the workers judge with.
    pub judging: Judging,
    /// Whether its Postgres is to be broken: then it is nobody else's.
    pub breaks_postgres: bool,
    /// Whether the packages, and the files of `worker1`, are on disks that are soon full.
    pub has_small_disks: bool,
    /// Changes a part before it starts for the first time.
    pub adapt: Option<fn(&mut Part) -> Result<()>>,
}

/// A deployment with the problem `aplusb`.
#[derive(Debug)]
pub struct Arena {
    parts: Vec<Part>,
    /// The services of a fleet.
    pub services: Option<Services>,
    disks: Option<Disks>,
    admin: String,
    // Goes before the files, and after everything that uses it.
    _network: Network,
    home: TempDir,
}

/// The services of a fleet.
#[derive(Debug)]
pub struct Services {
    /// Its database.
    pub postgres: Postgres,
    /// Its Redis.
    pub redis: Redis,
}

impl Arena {
    /// Two apis, two gateways and three workers on a Postgres and a Redis.
    pub fn fleet(setup: Setup) -> Result<Self> {
        let home = tempfile::Builder::new().prefix("gavel-faults-").tempdir()?;
        let postgres = if setup.breaks_postgres {
            Postgres::start_private()?
        } else {
            Postgres::start()?
        };
        let (redis, network) = (Redis::start()?, Network::new()?);
        let admin = make_admin(&postgres, home.path())?;
        let disks = if setup.has_small_disks {
            Some(Disks::mount(&[
                home.path().join("objects"),
                home.path().join("worker1/data"),
            ])?)
        } else {
            None
        };
        let roles = [(Role::Api, 2), (Role::Gateway, 2), (Role::Worker, 3)];
        let mut parts = Vec::new();
        for (role, count) in roles {
            for number in 1..=count {
                let links = (
                    network.link(Target::Socket(postgres.socket()))?,
                    network.link(Target::Port(redis.port()))?,
                );
                let name = format!("{}{number}", role.command());
                let mut part = Part::new(role, name, links, &network, home.path(), setup.judging)?;
                part.environment.extend([
                    ("DATABASE_URL", postgres.url_by_port(part.postgres.port())),
                    ("REDIS_URL", format!("redis://127.0.0.1:{}/", part.redis.port())),
                ]);
                if let Some(disks) = &disks {
                    part.prefix = disks.prefix();
                }
                if let Some(adapt) = setup.adapt {
                    adapt(&mut part)?;
                }
                parts.push(part);
            }
        }
        let mut this = Self {
            parts,
            services: Some(Services { postgres, redis }),
            disks,
            admin,
            _network: network,
            home,
        };
        this.start_all()?;
        this.upload(&aplusb())?;
        Ok(this)
    }

    /// One process on SQLite.
    pub fn embedded(judging: Judging) -> Result<Self> {
        let home = tempfile::Builder::new().prefix("gavel-faults-").tempdir()?;
        let network = Network::new()?;
        let links = (network.link(Target::Port(1))?, network.link(Target::Port(1))?);
        let part = Part::new(Role::Up, "up".to_owned(), links, &network, home.path(), judging)?;
        let mut this = Self {
            parts: vec![part],
            services: None,
            disks: None,
            admin: String::new(),
            _network: network,
            home,
        };
        this.start_all()?;
        let up = this.part("up")?.process()?;
        this.admin = up.printed(|line| {
            let token = line.trim().strip_prefix("Admin token")?;
            Some(token.trim().to_owned())
        })?;
        Ok(this)
    }

    /// A part by its name.
    pub fn part(&mut self, name: &str) -> Result<&mut Part> {
        let mut parts = self.parts.iter_mut();
        parts
            .find(|part| part.name == name)
            .with_context(|| format!("there is no {name}"))
    }

    /// All parts.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// All parts of a role.
    pub fn of(&self, role: Role) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(move |part| part.role == role)
    }

    /// The services of a fleet, to break them.
    pub fn services(&mut self) -> Result<&mut Services> {
        self.services
            .as_mut()
            .context("an embedded deployment has no services")
    }

    /// The disks that are soon full.
    pub fn disks(&self) -> Result<&Disks> {
        self.disks.as_ref().context("there are no small disks")
    }

    /// Runs SQL on the database of a fleet.
    pub fn sql(&self, text: &str) -> Result<String> {
        let services = self.services.as_ref();
        services
            .context("an embedded deployment has no services")?
            .postgres
            .sql(text)
    }

    /// The addresses of the apis.
    pub fn apis(&self) -> Vec<String> {
        self.addresses(Role::Api)
    }

    /// The addresses of the gateways.
    pub fn gateways(&self) -> Vec<String> {
        self.addresses(Role::Gateway)
    }

    /// A client of the first api, and an admin's token.
    pub fn client(&self) -> Result<(Client, &str)> {
        let api = self.apis();
        let api = api.first().context("there is no api")?;
        Ok((Client::new(api)?, &self.admin))
    }

    /// A directory that goes with the arena.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Ends everything; fails unless nothing is left behind.
    pub fn finish(mut self) -> Result<()> {
        remains::assert_no_connections(&self.parts)?;
        for part in &mut self.parts {
            part.stop().with_context(|| part.name.clone())?;
        }
        for part in &self.parts {
            part.assert_nothing_left()?;
        }
        if let Some(services) = &self.services {
            remains::assert_services_empty(services)?;
        }
        Ok(())
    }

    fn addresses(&self, role: Role) -> Vec<String> {
        let parts = self.parts.iter();
        let parts = parts.filter(|part| part.role == role || part.role == Role::Up);
        parts.map(|part| part.front.url()).collect()
    }

    fn start_all(&mut self) -> Result<()> {
        for part in &mut self.parts {
            part.spawn()?;
        }
        for part in &mut self.parts {
            part.wait_until_ready()?;
        }
        Ok(())
    }

    /// Uploads a package; where that fails, the error is what was said.
    pub fn upload(&self, package: &Path) -> Result<()> {
        let api = self.apis();
        let arguments = [
            "upload",
            "--no-verify",
            "--server",
            &api[0],
            "--token",
            &self.admin,
        ];
        let output = gavel(&arguments)?.arg(package).output()?;
        ensure!(
            output.status.success(),
            "cannot upload: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }
}

/// The package of the problem that everything is submitted for.
pub fn aplusb() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../problems/library/aplusb")
}

fn make_admin(postgres: &Postgres, home: &Path) -> Result<String> {
    let output = gavel(&["token", "--user", "admin", "--role", "admin"])?
        .env("DATABASE_URL", postgres.url())
        .env("GAVEL_DATA", home.join("admin"))
        .output()?;
    ensure!(
        output.status.success(),
        "cannot make a token: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

impl Part {
    fn new(
        role: Role,
        name: String,
        (postgres, redis): (Link, Link),
        network: &Network,
        home: &Path,
        judging: Judging,
    ) -> Result<Self> {
        let mut arguments = vec![role.command().to_owned()];
        if role != Role::Worker {
            arguments.extend(["--listen".to_owned(), "127.0.0.1:0".to_owned()]);
        }
        let is_judging = matches!(role, Role::Worker | Role::Up);
        if is_judging {
            let slots = if judging == Judging::Named { "8" } else { "2" };
            arguments.extend(["--slots".to_owned(), slots.to_owned()]);
        }
        if is_judging && judging == Judging::Named {
            arguments.push("--judge-nothing".to_owned());
        }
        let objects = home.join("objects");
        let home = home.join(&name);
        std::fs::create_dir_all(home.join("temporary"))?;
        let environment = vec![
            ("GAVEL_DATA", home.join("data").display().to_string()),
            ("GAVEL_OBJECTS", objects.display().to_string()),
            ("GAVEL_LEASE", LEASE_SECONDS.to_string()),
            ("GAVEL_LOAD_TEST", "yes".to_owned()),
            ("TMPDIR", home.join("temporary").display().to_string()),
        ];
        Ok(Self {
            name,
            role,
            prefix: Vec::new(),
            environment,
            postgres,
            redis,
            front: network.link(Target::Port(1))?,
            arguments,
            home,
            process: None,
            lives: 0,
        })
    }

    /// The directory of its own files.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The process.
    pub fn process(&mut self) -> Result<&mut GavelProcess> {
        let name = &self.name;
        self.process
            .as_mut()
            .with_context(|| format!("{name} does not run"))
    }

    /// Its process id.
    pub fn id(&self) -> Result<u32> {
        let process = self.process.as_ref();
        Ok(process
            .with_context(|| format!("{} does not run", self.name))?
            .id())
    }

    /// Starts it, and waits until it serves.
    pub fn start(&mut self) -> Result<()> {
        self.spawn()?;
        self.wait_until_ready()
    }

    /// Kills it; fails if something of it is left behind.
    pub fn kill(&mut self) -> Result<()> {
        let process = self.process.take();
        let process = process.with_context(|| format!("{} does not run", self.name))?;
        process.kill().with_context(|| self.name.clone())
    }

    /// Sends it a signal, such as `STOP`.
    pub fn signal(&mut self, signal: &str) -> Result<()> {
        self.process()?.signal(signal)
    }

    /// Ends it gently, where it runs.
    pub fn stop(&mut self) -> Result<()> {
        self.process.take().map_or(Ok(()), GavelProcess::stop)
    }

    /// What it has logged, in all its lives.
    pub fn log(&self) -> String {
        let log = |life: usize| std::fs::read_to_string(self.log_file(life)).unwrap_or_default();
        (1..=self.lives).map(log).collect()
    }

    /// How often it has logged that.
    pub fn logged(&self, words: &str) -> usize {
        self.log().matches(words).count()
    }

    /// The port that it listens on; nothing for a worker.
    pub fn port(&self) -> Option<u16> {
        match *self.front.target() {
            Target::Port(port) if self.role != Role::Worker => Some(port),
            _ => None,
        }
    }

    fn log_file(&self, life: usize) -> PathBuf {
        self.home.join(format!("log.{life}"))
    }

    fn spawn(&mut self) -> Result<()> {
        self.lives += 1;
        let prefix: Vec<&str> = self.prefix.iter().map(String::as_str).collect();
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let log = self.log_file(self.lives);
        self.process = Some(GavelProcess::start_under(
            &prefix,
            &arguments,
            &self.environment,
            log,
        )?);
        Ok(())
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        if self.role == Role::Worker {
            return self
                .process()?
                .printed(|line| line.contains("started").then_some(()));
        }
        let address = self.process()?.address()?;
        let port = address.rsplit_once(':').context("an address without a port")?.1;
        self.front.aim(Target::Port(port.parse()?));
        Ok(())
    }

    fn assert_nothing_left(&self) -> Result<()> {
        for link in [&self.postgres, &self.redis] {
            remains::until_none(&format!("connections of {} to a service", self.name), || {
                Ok((0..link.open()).map(|_| "one".to_owned()).collect())
            })?;
        }
        for place in ["temporary", "data/scratch"] {
            let left = remains::files_below(&self.home.join(place));
            ensure!(left.is_empty(), "{} left {left:?}", self.name);
        }
        Ok(())
    }
}

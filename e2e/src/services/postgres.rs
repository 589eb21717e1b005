//! A private Postgres, and a fresh database in it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::process::{Server, as_user, command};

/// Names a server that is already running, so that a test run starts only one: the directory of its socket.
pub(super) const SHARED: &str = "GAVEL_TEST_POSTGRES";

/// What lets a server count its statements.
const COUNTING: [&str; 2] = [
    "shared_preload_libraries=pg_stat_statements",
    "pg_stat_statements.track_planning=on",
];

/// A fresh database, on a server of its own or on the shared one that the environment names.
#[derive(Debug)]
pub struct Postgres {
    server: Option<PostgresServer>,
    socket: PathBuf,
    database: String,
}

impl Postgres {
    /// A fresh database, on the shared server if there is one.
    pub fn start() -> Result<Self> {
        #[expect(
            clippy::disallowed_methods,
            reason = "how the test run names its shared server to each test"
        )]
        match std::env::var_os(SHARED) {
            Some(socket) => Self::on(None, socket.into()),
            None => Self::start_private(),
        }
    }

    /// A fresh database on a server that nobody else uses, for tests that break the server.
    pub fn start_private() -> Result<Self> {
        let server = PostgresServer::start()?;
        let socket = server.socket().to_owned();
        Self::on(Some(server), socket)
    }

    /// The same that waits for the disk at every commit, as a real one does: for benchmarks.
    pub fn start_durable() -> Result<Self> {
        let server = PostgresServer::start_with("on", &[])?;
        let socket = server.socket().to_owned();
        Self::on(Some(server), socket)
    }

    /// The same that can count its statements and their time, with the extension `pg_stat_statements`.
    pub fn start_counted() -> Result<Self> {
        let server = PostgresServer::start_with("on", &COUNTING)?;
        let socket = server.socket().to_owned();
        Self::on(Some(server), socket)
    }

    /// How many bare rows of two small columns so many connections store in a second, each row with a commit of its own: what
    /// `pgbench` measures over so many seconds.
    pub fn bare_commits(&self, connections: u32, seconds: u32) -> Result<f64> {
        self.sql("CREATE TABLE IF NOT EXISTS bare (id BIGSERIAL PRIMARY KEY, text TEXT NOT NULL)")?;
        let mut script = tempfile::NamedTempFile::new()?;
        std::io::Write::write_all(&mut script, b"INSERT INTO bare (text) VALUES ('print(1)');\n")?;
        let (connections, seconds) = (connections.to_string(), seconds.to_string());
        let script = script.path().display().to_string();
        let report = self.tool(
            "pgbench",
            &[
                "-n",
                "-M",
                "prepared",
                "-c",
                &connections,
                "-j",
                "2",
                "-T",
                &seconds,
                "-f",
                &script,
                &self.database,
            ],
        )?;
        let rate = report.lines().find_map(|line| line.strip_prefix("tps = "));
        let rate = rate.and_then(|rate| rate.split_whitespace().next());
        rate.context("pgbench told no rate")?
            .parse()
            .context("pgbench told a rate that is none")
    }

    fn on(server: Option<PostgresServer>, socket: PathBuf) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let database = format!(
            "t{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let this = Self {
            server,
            socket,
            database,
        };
        this.tool("createdb", &[&this.database])?;
        Ok(this)
    }

    /// Its address, as `DATABASE_URL` has it.
    pub fn url(&self) -> String {
        format!(
            "postgres://gavel@localhost/{}?host={}",
            self.database,
            self.socket.display()
        )
    }

    /// The same by way of a port of the loopback interface, where somebody passes on what comes to [`Self::socket`].
    pub fn url_by_port(&self, port: u16) -> String {
        format!(
            "postgres://gavel@127.0.0.1:{port}/{}?sslmode=disable",
            self.database
        )
    }

    /// The socket that the server listens on.
    pub fn socket(&self) -> PathBuf {
        self.socket.join(".s.PGSQL.5432")
    }

    /// Runs SQL with `psql`; the rows come back as text, fields separated by `|`.
    pub fn sql(&self, text: &str) -> Result<String> {
        self.tool(
            "psql",
            &["-XAtq", "-v", "ON_ERROR_STOP=1", "-c", text, &self.database],
        )
    }

    /// The private server; fails on a shared one.
    pub fn server(&mut self) -> Result<&mut PostgresServer> {
        self.server
            .as_mut()
            .context("the Postgres server is shared: start a private one to break it")
    }

    fn tool(&self, name: &str, arguments: &[&str]) -> Result<String> {
        let output = command(bin(name)?)
            .arg("-h")
            .arg(&self.socket)
            .args(["-U", "gavel"])
            .args(arguments)
            .output()
            .with_context(|| format!("cannot run {name}"))?;
        if !output.status.success() {
            bail!(
                "{name} {arguments:?}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.server.is_none() {
            // A shared server is cleared as far as possible; what remains goes with its directory.
            let _ = self.tool("dropdb", &["--force", "--if-exists", &self.database]);
        }
    }
}

/// A server of our own: its files in a temporary directory, reached only by a socket in it.
#[derive(Debug)]
pub struct PostgresServer {
    process: Server,
    home: TempDir,
    fsync: &'static str,
    settings: &'static [&'static str],
}

impl PostgresServer {
    /// Makes a cluster and starts a server on it.
    pub fn start() -> Result<Self> {
        Self::start_with("off", &[])
    }

    /// The same, with or without waiting for the disk, and with further settings.
    fn start_with(fsync: &'static str, settings: &'static [&'static str]) -> Result<Self> {
        let home = tempfile::Builder::new().prefix("gavel-pg-").tempdir()?;
        let user = if is_root() { Some("postgres") } else { None };
        if let Some(user) = user {
            // Postgres refuses to run as root.
            let owner = format!("{user}:{user}");
            let status = command("chown").arg(owner).arg(home.path()).status()?;
            if !status.success() {
                bail!("cannot give {} to the user {user}", home.path().display());
            }
        }
        let data = home.path().join("data");
        let output = as_user(user, &[])
            .arg(bin("initdb")?)
            .args([
                "--no-sync",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--username=gavel",
                "-D",
            ])
            .arg(&data)
            .output()
            .context("cannot run initdb")?;
        if !output.status.success() {
            bail!("initdb: {}", String::from_utf8_lossy(&output.stderr));
        }
        let process = Self::run(home.path(), user, fsync, settings)?;
        let mut server = Self {
            process,
            home,
            fsync,
            settings,
        };
        server.wait_until_ready()?;
        Ok(server)
    }

    fn run(home: &Path, user: Option<&str>, fsync: &str, settings: &[&str]) -> Result<Server> {
        let fsync = format!("fsync={fsync}");
        let data = home.join("data");
        let socket = format!("unix_socket_directories={}", home.display());
        let data = data.to_string_lossy();
        let mut arguments = vec!["-D", &data];
        let own = [&*socket, "listen_addresses=", &fsync, "max_connections=200"];
        for setting in own.into_iter().chain(settings.iter().copied()) {
            arguments.extend(["-c", setting]);
        }
        let log = home.join("log");
        // SIGQUIT: immediate shutdown; the children go too.
        Server::start(&bin("postgres")?, &arguments, user, "QUIT", log)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let ready = bin("pg_isready")?;
        let socket = self.home.path().to_owned();
        self.process.wait_until(|| {
            command(&ready)
                .arg("-q")
                .arg("-h")
                .arg(&socket)
                .status()
                .is_ok_and(|status| status.success())
        })
    }

    /// The directory of its socket.
    pub fn socket(&self) -> &Path {
        self.home.path()
    }

    /// Stops it at once, as a crash would.
    pub fn crash(&mut self) -> Result<()> {
        self.process.stop("QUIT")
    }

    /// Starts it again on the same data.
    pub fn restart(&mut self) -> Result<()> {
        self.process.stop("INT")?;
        let user = if is_root() { Some("postgres") } else { None };
        self.process = Self::run(self.home.path(), user, self.fsync, self.settings)?;
        self.wait_until_ready()
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        let _ = self.process.stop("QUIT");
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// A program of the newest Postgres installed: Debian keeps them off the search path.
fn bin(name: &str) -> Result<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin").join(name)))
        })
        .filter(|(_, path)| path.exists())
        .collect();
    found.sort();
    found.pop().map(|(_, path)| path).with_context(|| {
        format!("there is no {name} in /usr/lib/postgresql/*/bin: install the package postgresql")
    })
}

//! From flags, environment and files to the typed settings of each component.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use domain::{Band, Choices, LanguageId};
use judge::{Languages, WorkerConfig};
use store::StoreConfig;
use tracing_subscriber::EnvFilter;

use crate::arguments::{
    self, BandName, Data, Database, Fleet, Judging, Listen, Log, LogFormat, OwnLanguages, Watched,
};
use crate::failure::{Doing, Failure};

/// Log lines go to standard error; without `RUST_LOG`, what an operator should know.
pub(crate) fn start_log(log: &Log) {
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn,cli=info,judge=info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match log.log_format {
        LogFormat::Text => lines.with_ansi(crate::terminal::is_live()).init(),
        LogFormat::Json => lines.json().init(),
    }
}

impl Listen {
    /// Whether requests need no token: said so, or not said and only reachable from this machine.
    pub(crate) fn is_open(&self) -> bool {
        self.open || !self.tokens && self.address.ip().is_loopback()
    }

    /// What is said of the settings that administrators can change otherwise.
    pub(crate) fn choices(&self) -> Choices {
        let is_open = |registration| registration == arguments::Registration::Open;
        Choices {
            registration: self.registration.map(is_open),
            most_waiting: self.most_waiting,
            ..Choices::default()
        }
    }

    /// Whoever said `--open` has thought about who can reach this address, and by whatever name.
    pub(crate) fn any_host(&self) -> Option<String> {
        self.open.then(|| "*".to_owned())
    }
}

impl Watched {
    /// Where metrics are served, if anywhere.
    pub(crate) fn address(&self) -> Result<Option<SocketAddr>, Failure> {
        let Some(text) = &self.metrics else {
            return Ok(None);
        };
        let port = text
            .parse::<u16>()
            .map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let address = port.or_else(|_| text.parse::<SocketAddr>());
        address.map(Some).map_err(|_| {
            Failure::new(format!(
                "--metrics (GAVEL_METRICS) must be PORT or ADDRESS:PORT, not {text:?}"
            ))
        })
    }
}

impl Data {
    /// The directory of the packages.
    pub(crate) fn objects(&self) -> PathBuf {
        self.objects.clone().unwrap_or_else(|| self.data.join("objects"))
    }

    /// A directory below the data directory, made if it is missing, for this process' owner alone.
    pub(crate) fn directory(&self, name: &str) -> Result<PathBuf, Failure> {
        let path = self.data.join(name);
        make_private(&path)?;
        Ok(path)
    }
}

/// Makes a directory that only its owner can look into.
pub(crate) fn make_private(path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt as _;
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path);
    made.doing(format!("make the directory {}", path.display()))
}

impl Database {
    /// The settings of the store.
    pub(crate) fn store(&self, data: &Data) -> Result<StoreConfig, Failure> {
        let database_url = required(self.database_url.clone(), "DATABASE_URL", "--database-url")?;
        Ok(StoreConfig {
            database_url,
            objects: data.objects(),
            max_connections: self.database_connections,
        })
    }

    /// The settings of the store that is named, or else of the embedded judge in the data directory, where there is one.
    pub(crate) fn store_or_embedded(&self, data: &Data) -> Result<StoreConfig, Failure> {
        let is_named = or_from_file(self.database_url.clone(), "DATABASE_URL")?.is_some();
        if !is_named && data.data.join(EMBEDDED).exists() {
            return embedded_store(data);
        }
        self.store(data)
    }
}

impl Fleet {
    /// The address of Redis.
    pub(crate) fn redis(&self) -> Result<String, Failure> {
        required(self.redis_url.clone(), "REDIS_URL", "--redis-url")
    }
}

/// The embedded database, below the data directory.
const EMBEDDED: &str = "gavel.sqlite";

/// The settings of the embedded store.
pub(crate) fn embedded_store(data: &Data) -> Result<StoreConfig, Failure> {
    make_private(&data.data)?;
    let file = data.data.join(EMBEDDED);
    Ok(StoreConfig {
        database_url: format!("sqlite:{}", file.display()),
        objects: data.objects(),
        max_connections: 8,
    })
}

impl Judging {
    /// Refuses to be bound to a language that there is not: nobody would notice that it is never served.
    pub(crate) fn check_only(&self, languages: &Languages) -> Result<(), Failure> {
        let known: Vec<_> = languages.list().into_iter().map(|language| language.id).collect();
        let is_known = |id: &LanguageId| known.contains(id) || *id == LanguageId::text();
        match self.only_languages.iter().find(|id| !is_known(id)) {
            Some(unknown) => Err(Failure::new(format!(
                "--only-languages: there is no language {unknown}; there are {}",
                known
                    .iter()
                    .map(LanguageId::as_str)
                    .collect::<Vec<_>>()
                    .join(", ")
            ))),
            None => Ok(()),
        }
    }

    fn bands(&self) -> Vec<Band> {
        let band = |name: &BandName| match name {
            BandName::Contest => Band::Contest,
            BandName::Interactive => Band::Interactive,
            BandName::Bulk => Band::Bulk,
        };
        self.bands.iter().map(band).collect()
    }

    /// The settings of a worker.
    pub(crate) fn worker(&self, data: &Data) -> Result<WorkerConfig, Failure> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(WorkerConfig {
            name: format!("{}:{}", host_name(), std::process::id()),
            slots: self.slots.map_or(cores, usize::from),
            bands: self.bands(),
            tags: self.tags.clone(),
            only_languages: (!self.only_languages.is_empty()).then(|| self.only_languages.clone()),
            cache: data.directory("cache")?,
            cache_bytes: 4 << 30,
            lease: Duration::from_secs(self.lease.into()),
            max_attempts: 3,
            sweep_every: Duration::from_secs(1),
            grace: Duration::from_secs(10),
            metrics: metrics::WorkerMetrics::default(),
            self_tests: !self.no_self_tests,
            own_languages: self.languages.directory.clone(),
        })
    }
}

impl Judging {
    /// Where languages may prepare something. The data directory is often its owner's alone.
    pub(crate) fn prepare_in(&self, data: &Data) -> Vec<PathBuf> {
        if self.no_prepare {
            return Vec::new();
        }
        vec![data.data.clone(), std::env::temp_dir()]
    }
}

impl OwnLanguages {
    /// The language table.
    pub(crate) fn load(&self) -> Result<Arc<Languages>, Failure> {
        match &self.directory {
            None => Ok(Arc::new(Languages::builtin())),
            Some(directory) => Languages::with_directory(directory)
                .map(Arc::new)
                .map_err(Failure::new),
        }
    }
}

/// A value that may also stand in a file that the environment names, for secrets: `NAME` or `NAME_FILE`.
pub(crate) fn or_from_file(value: Option<String>, name: &str) -> Result<Option<String>, Failure> {
    if value.is_some() {
        return Ok(value);
    }
    let variable = format!("{name}_FILE");
    #[expect(
        clippy::disallowed_methods,
        reason = "the binary is where the environment is read"
    )]
    let Some(path) = std::env::var_os(&variable) else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(&path).doing(format!("read {variable} ({})", path.display()))?;
    Ok(Some(text.trim_end().to_owned()))
}

/// Refuses what only a load test may do, unless the environment says that this is one.
pub(crate) fn need_load_test() -> Result<(), Failure> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the binary is where the environment is read"
    )]
    let allowed = std::env::var_os("GAVEL_LOAD_TEST");
    if allowed.is_some_and(|value| value == "yes") {
        return Ok(());
    }
    Err(Failure::new(
        "--judge-nothing accepts everything without running it: it is for load tests, and wants GAVEL_LOAD_TEST=yes",
    ))
}

fn required(value: Option<String>, name: &str, flag: &str) -> Result<String, Failure> {
    or_from_file(value, name)?.ok_or_else(|| {
        Failure::new(format!(
            "{name} is not set: set it, {name}_FILE or {flag} (`gavel up` needs neither)"
        ))
    })
}

fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map_or_else(|_| "worker".into(), |name| name.trim().into())
}

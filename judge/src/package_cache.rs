//! Packages on this worker's disk, by content hash: fetched once, checked, bounded in size.
//!
//! ```text
//! CACHE/0/lock           held by the process that owns CACHE/0; a second process takes CACHE/1, and so on
//! CACHE/0/loading-…/     a download, a package being unpacked, or one being deleted; deleted at the next start
//! CACHE/0/HASH/          a package, complete: it gets this name by a rename
//! ```
//!
//! One process owns a directory, so nothing has to be agreed on between processes, and a restarted worker finds its
//! packages again. A package is checked against its hash when a process uses it for the first time; one that is not what
//! it should be is fetched again. A package that a judgement uses is never deleted: the bound is exceeded instead.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{Fault, PackageHash};
use problems::{Caps, Package};
use store::Store;
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tracing::{info, warn};

/// So many processes may share a cache directory.
const MOST_OWNERS: u32 = 256;

/// Beginning of the name of everything that is not a complete package.
const LOADING: &str = "loading-";

/// Packages were checked when they were uploaded; this only keeps a broken object store from filling the disk.
const CAPS: Caps = Caps {
    entries: 1_000_000,
    file_bytes: 16 << 30,
    total_bytes: 64 << 30,
};

/// The packages of one process. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct PackageCache {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    directory: PathBuf,
    max_bytes: u64,
    store: Store,
    entries: Mutex<Entries>,
    /// Keeps the directory ours.
    _lock: File,
}

#[derive(Debug, Default)]
struct Entries {
    by_hash: HashMap<PackageHash, Entry>,
    /// Counts uses: the entry with the smallest number was used the longest ago.
    clock: u64,
}

#[derive(Debug)]
struct Entry {
    /// Filled by the first who needs it, while the others wait. Empty also for a package of an earlier process.
    package: Arc<OnceCell<Arc<Package>>>,
    bytes: u64,
    used: u64,
}

impl PackageCache {
    /// Opens a cache below `directory` of at most `max_bytes`. Blocking.
    pub(crate) fn open(directory: &Path, max_bytes: u64, store: Store) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        let (directory, lock) = own_one(directory)?;
        let mut entries = Entries::default();
        for found in fs::read_dir(&directory)? {
            let found = found?;
            let name = found.file_name();
            let Some(name) = name.to_str() else { continue };
            if let Ok(hash) = name.parse::<PackageHash>() {
                entries.remember(hash, size_of(&found.path())?);
            } else if name.starts_with(LOADING) {
                fs::remove_dir_all(found.path())?;
            }
        }
        let inner = Inner {
            directory,
            max_bytes,
            store,
            entries: Mutex::new(entries),
            _lock: lock,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The package of that hash, from the disk or the store. Faults are the system's.
    pub(crate) async fn get(&self, hash: PackageHash) -> Result<Arc<Package>, Fault> {
        let cell = self.inner.entries().cell(hash);
        let package = cell
            .get_or_try_init(|| self.clone().load(hash))
            .await
            .map(Arc::clone);
        if package.is_err() {
            drop(cell);
            self.inner.entries().forget_if_empty(hash);
        }
        package
    }

    async fn load(self, hash: PackageHash) -> Result<Arc<Package>, Fault> {
        let fault = |error: &dyn std::fmt::Display| Fault::system(format!("package {hash}: {error}"));
        let inner = Arc::clone(&self.inner);
        let cached = blocking(move || inner.check(hash)).await?;
        if let Some(package) = cached {
            return Ok(package);
        }
        let inner = Arc::clone(&self.inner);
        let loading = blocking(move || inner.loading())
            .await?
            .map_err(|error| fault(&error))?;
        let zip = self
            .fetch(hash, loading.path())
            .await
            .map_err(|error| fault(&error))?;
        let inner = Arc::clone(&self.inner);
        let package = blocking(move || inner.unpack(hash, loading, zip))
            .await?
            .map_err(|error| fault(&error))?;
        info!(package = %hash, "fetched a package");
        let inner = Arc::clone(&self.inner);
        blocking(move || inner.make_room(hash)).await?;
        Ok(Arc::new(package))
    }

    async fn fetch(&self, hash: PackageHash, into: &Path) -> Result<File, LoadError> {
        let path = into.join("zip");
        let zip = tokio::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)
            .await;
        let mut zip = zip.map_err(|source| LoadError::disk("create", &path, source))?;
        if !self.inner.store.fetch_package(&hash, &mut zip).await? {
            return Err(LoadError::Unknown);
        }
        Ok(zip.into_std().await)
    }
}

/// Why a package could not be loaded.
#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error("the store has none of that hash")]
    Unknown,
    #[error(transparent)]
    Store(#[from] store::StoreError),
    #[error("what the store has is no package: {0}")]
    Refused(String),
    #[error("what the store has is another package, {0}")]
    Other(PackageHash),
    #[error("cannot {operation} {}: {source}", path.display())]
    Disk {
        operation: &'static str,
        path: PathBuf,
        source: io::Error,
    },
}

impl LoadError {
    fn disk(operation: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Disk {
            operation,
            path: path.to_owned(),
            source,
        }
    }
}

impl Inner {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self, hash: PackageHash) -> PathBuf {
        self.directory.join(hash.to_string())
    }

    fn loading(&self) -> Result<TempDir, LoadError> {
        let made = tempfile::Builder::new()
            .prefix(LOADING)
            .tempdir_in(&self.directory);
        made.map_err(|source| LoadError::disk("make a directory in", &self.directory, source))
    }

    /// The package on the disk, if it is there and what it should be; anything else of that name is put away.
    fn check(&self, hash: PackageHash) -> Option<Arc<Package>> {
        let place = self.place(hash);
        if !place.exists() {
            return None;
        }
        let problem = match Package::open(&place) {
            Ok(package) => match package.hash() {
                Ok(found) if found == hash => return Some(Arc::new(package)),
                Ok(found) => format!("its hash is {found}"),
                Err(error) => error.to_string(),
            },
            Err(refused) => words(&refused),
        };
        warn!(package = %hash, problem, "a cached package is corrupt; fetching it again");
        self.put_away(hash);
        None
    }

    fn unpack(&self, hash: PackageHash, loading: TempDir, zip: File) -> Result<Package, LoadError> {
        let unpacked = loading.path().join("package");
        fs::create_dir(&unpacked).map_err(|source| LoadError::disk("make", &unpacked, source))?;
        let refused = |refused: problems::Refused| LoadError::Refused(words(&refused));
        let package = Package::unzip(zip, &unpacked, &CAPS).map_err(refused)?;
        let found = package
            .hash()
            .map_err(|source| LoadError::disk("read", &unpacked, source))?;
        if found != hash {
            return Err(LoadError::Other(found));
        }
        let place = self.place(hash);
        fs::rename(&unpacked, &place).map_err(|source| LoadError::disk("rename", &unpacked, source))?;
        // Its paths were those before the renaming.
        let package = Package::open(&place).map_err(refused)?;
        let bytes = size_of(&place).map_err(|source| LoadError::disk("look through", &place, source))?;
        self.entries().set_bytes(hash, bytes);
        Ok(package)
    }

    /// Deletes what was used the longest ago and by nobody now, until the rest fits.
    fn make_room(&self, but: PackageHash) {
        loop {
            match self.evict_one(but) {
                Ok(None) => return,
                Ok(Some(hash)) => info!(package = %hash, "dropped a package from the cache"),
                Err(error) => return warn!(%error, "cannot make room in the package cache"),
            }
        }
    }

    fn evict_one(&self, but: PackageHash) -> Result<Option<PackageHash>, LoadError> {
        if self.entries().surplus(self.max_bytes, but).is_none() {
            return Ok(None);
        }
        let grave = self.loading()?;
        // Locked up to the renaming: whoever wants the package afterwards does not find it and loads it anew.
        let mut entries = self.entries();
        let Some(hash) = entries.surplus(self.max_bytes, but) else {
            return Ok(None);
        };
        self.bury(hash, &grave)?;
        entries.by_hash.remove(&hash);
        drop(entries);
        close(grave)?;
        Ok(Some(hash))
    }

    /// Takes a package's name away at once, so that nobody finds half of it.
    fn bury(&self, hash: PackageHash, grave: &TempDir) -> Result<(), LoadError> {
        let place = self.place(hash);
        fs::rename(&place, grave.path().join("package"))
            .map_err(|source| LoadError::disk("rename", &place, source))
    }

    /// Deletes a package that nobody else can want now: only its loader comes here.
    fn put_away(&self, hash: PackageHash) {
        let put_away = || {
            let grave = self.loading()?;
            self.bury(hash, &grave)?;
            close(grave)
        };
        if let Err(error) = put_away() {
            warn!(package = %hash, %error, "cannot delete a cached package");
        }
    }
}

fn close(directory: TempDir) -> Result<(), LoadError> {
    let path = directory.path().to_owned();
    directory
        .close()
        .map_err(|source| LoadError::disk("delete", &path, source))
}

impl Entries {
    fn cell(&mut self, hash: PackageHash) -> Arc<OnceCell<Arc<Package>>> {
        self.clock += 1;
        let used = self.clock;
        let entry = self.by_hash.entry(hash).or_insert_with(Entry::new);
        entry.used = used;
        Arc::clone(&entry.package)
    }

    fn remember(&mut self, hash: PackageHash, bytes: u64) {
        self.by_hash.insert(
            hash,
            Entry {
                bytes,
                ..Entry::new()
            },
        );
    }

    fn set_bytes(&mut self, hash: PackageHash, bytes: u64) {
        if let Some(entry) = self.by_hash.get_mut(&hash) {
            entry.bytes = bytes;
        }
    }

    fn forget_if_empty(&mut self, hash: PackageHash) {
        let is_empty = |entry: &Entry| entry.bytes == 0 && entry.is_idle();
        if self.by_hash.get(&hash).is_some_and(is_empty) {
            self.by_hash.remove(&hash);
        }
    }

    /// What to delete next, if all together is too much.
    fn surplus(&self, max_bytes: u64, but: PackageHash) -> Option<PackageHash> {
        let total: u64 = self.by_hash.values().map(|entry| entry.bytes).sum();
        if total <= max_bytes {
            return None;
        }
        let idle = self
            .by_hash
            .iter()
            .filter(|(hash, entry)| **hash != but && entry.is_idle());
        idle.min_by_key(|(_, entry)| entry.used).map(|(hash, _)| *hash)
    }
}

impl Entry {
    fn new() -> Self {
        Self {
            package: Arc::default(),
            bytes: 0,
            used: 0,
        }
    }

    /// Nobody loads it, waits for it or uses it. Clones are made under the lock or of such clones, so while the lock is
    /// held this cannot become wrong.
    fn is_idle(&self) -> bool {
        let is_unused = |package: &Arc<Package>| Arc::strong_count(package) == 1;
        Arc::strong_count(&self.package) == 1 && self.package.get().is_none_or(is_unused)
    }
}

/// Takes the first directory `0`, `1`, … that no other process has.
fn own_one(parent: &Path) -> io::Result<(PathBuf, File)> {
    for number in 0..MOST_OWNERS {
        let directory = parent.join(number.to_string());
        fs::create_dir_all(&directory)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(directory.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => return Ok((directory, lock)),
            Err(fs::TryLockError::WouldBlock) => {}
            Err(fs::TryLockError::Error(error)) => return Err(error),
        }
    }
    Err(io::Error::other(format!("{MOST_OWNERS} other processes use it")))
}

/// All files of a directory together, in bytes.
fn size_of(directory: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() {
            size_of(&entry.path())?
        } else {
            metadata.len()
        };
    }
    Ok(bytes)
}

fn words(refused: &problems::Refused) -> String {
    let first = refused.0.first();
    let first = first.map_or_else(String::new, |complaint| {
        format!("{}: {}", complaint.file, complaint.what)
    });
    format!("{first} ({} complaints)", refused.0.len())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Fault::system(format!("work on the package cache failed: {error}")))
}

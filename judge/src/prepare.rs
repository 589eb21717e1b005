//! What languages prepare once for each version of their tools, so that compilers and programs start sooner: precompiled
//! headers, archives of classes.
//!
//! ```text
//! gavel-prepared-…/lock            held by the process that uses it; where nobody holds it, the next that starts deletes it all
//! gavel-prepared-…/shown/          what every slot sees read-only at /prepared
//! gavel-prepared-…/shown/ID-HASH/  the outputs of a language, complete: it gets this name by a rename
//! ```
//!
//! It is made in the background, by the tools themselves, in a sandbox of its own with no file of any submission beside it, and kept
//! on the compiler's shelf, from where the next process has it. Nothing waits for it, and whatever goes wrong costs time and
//! nothing else: until a language's outputs are in place, and where they never get there, its commands are used without them.

use std::collections::HashMap;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use domain::LanguageId;
use sandbox::{Bind, Collect, Content, End, InputFile, SlotConfig};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

use crate::case::PATIENCE;
use crate::compile::{Artefacts, Compiler, Kept, copy};
use crate::languages::{Definition, Languages, Preparation};
use crate::plan;
use crate::pool::Pool;
use crate::tools::Tools;

/// Where slots see it.
const SHOWN_AT: &str = "/prepared";

/// The beginning of the name of every such directory.
const NAME: &str = "gavel-prepared-";
const LOCK: &str = "lock";
const SHOWN: &str = "shown";

/// So long at most, it waits for an idle slot.
const POLITE: Duration = Duration::from_secs(10);

/// What is prepared, and what is ready. Cheap to clone; the directory goes with the last clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Prepared {
    /// `None` where nothing is to be prepared, or can be.
    inner: Option<Arc<Inner>>,
}

#[derive(Debug)]
struct Inner {
    directory: PathBuf,
    ready: RwLock<HashMap<LanguageId, String>>,
    tasks: TaskTracker,
    stop: CancellationToken,
    started: AtomicU64,
    home: Mutex<Option<TempDir>>,
    /// Goes last.
    _lock: File,
}

impl Prepared {
    /// Makes an empty directory below one of these, the first that can be seen from slots. Blocking.
    pub(crate) fn in_one_of(parents: &[PathBuf]) -> Self {
        let Some(parent) = parents.iter().find(|parent| is_within_reach(parent)) else {
            warn!(
                ?parents,
                "nothing is prepared: these directories cannot be seen by others"
            );
            return Self::default();
        };
        bury_dead(parent);
        let inner = Inner::new(parent)
            .inspect_err(|error| warn!(%error, ?parent, "nothing is prepared: cannot make a directory"));
        Self {
            inner: inner.ok().map(Arc::new),
        }
    }

    /// Lets slots see it.
    pub(crate) fn show(&self, config: &mut SlotConfig) {
        if let Some(inner) = &self.inner {
            config.bind_roots.push(inner.directory.clone());
            config.binds.push(Bind {
                source: inner.directory.clone(),
                target: SHOWN_AT.into(),
            });
        }
    }

    /// Begins to prepare, in slots like these.
    pub(crate) fn begin(
        &self,
        languages: &Arc<Languages>,
        tools: &Arc<Tools>,
        compiler: &Compiler,
        config: SlotConfig,
    ) {
        let Some(inner) = &self.inner else { return };
        let (languages, tools) = (Arc::clone(languages), Arc::clone(tools));
        let work = Work {
            inner: Arc::clone(inner),
            compiler: compiler.clone(),
            config,
        };
        let stop = inner.stop.clone();
        inner.tasks.spawn(async move {
            let mut pool = None;
            let all = work.prepare_all(&languages, &tools, &mut pool);
            stop.run_until_cancelled(all).await;
            if let Some(pool) = pool {
                pool.close().await;
            }
        });
        inner.tasks.close();
    }

    /// Where a language's outputs are, as compilers and programs see it; `None` where they are not.
    pub(crate) fn place(&self, language: &LanguageId) -> Option<String> {
        let ready = self.inner.as_ref()?.ready.read();
        let ready = ready.unwrap_or_else(PoisonError::into_inner);
        ready.get(language).cloned()
    }

    /// Waits until all is prepared that can be, and tells of which languages it is.
    pub(crate) async fn finished(&self) -> Vec<LanguageId> {
        let Some(inner) = &self.inner else {
            return Vec::new();
        };
        inner.tasks.wait().await;
        let ready = inner.ready.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = ready.keys().cloned().collect();
        all.sort_unstable();
        all
    }

    /// How many languages have begun to prepare what was not on the shelf.
    pub(crate) fn started(&self) -> u64 {
        let inner = self.inner.as_ref();
        inner.map_or(0, |inner| inner.started.load(Ordering::Relaxed))
    }

    /// Deletes the directory, once no slot is left to look into it.
    pub(crate) async fn remove(&self) {
        if let Some(inner) = self.inner.clone() {
            let _ = tokio::task::spawn_blocking(move || inner.remove()).await;
        }
    }

    /// Gives up what is not prepared yet.
    pub(crate) async fn stop(&self) {
        if let Some(inner) = &self.inner {
            inner.stop.cancel();
            inner.tasks.close();
            inner.tasks.wait().await;
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.remove();
    }
}

impl Inner {
    fn remove(&self) {
        let home = self.home.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(home) = home
            && let Err(error) = home.close()
        {
            warn!(%error, "cannot delete what was prepared");
        }
    }

    fn new(parent: &Path) -> io::Result<Self> {
        let home = tempfile::Builder::new().prefix(NAME).tempdir_in(parent)?;
        let lock = File::create_new(home.path().join(LOCK))?;
        lock.lock()?;
        let directory = home.path().join(SHOWN);
        fs::create_dir(&directory)?;
        for path in [home.path(), &directory] {
            fs::set_permissions(path, Permissions::from_mode(0o755))?;
        }
        Ok(Self {
            directory: directory.canonicalize()?,
            ready: RwLock::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            started: AtomicU64::new(0),
            home: Mutex::new(Some(home)),
            _lock: lock,
        })
    }

    /// Puts the outputs of a language in place. Blocking.
    fn put(&self, definition: &Definition, key: [u8; 32], made: &Artefacts) -> io::Result<()> {
        let hash = blake3::Hash::from_bytes(key).to_hex();
        let name = format!("{}-{}", definition.id, &hash[..16]);
        let new = tempfile::Builder::new()
            .prefix("new-")
            .tempdir_in(&self.directory)?;
        for file in &made.files {
            let path = new.path().join(&file.name);
            make_directories(new.path(), &file.name)?;
            let target = File::create_new(&path)?;
            copy(&file.content, &target)?;
            target.set_permissions(Permissions::from_mode(if file.executable {
                0o755
            } else {
                0o644
            }))?;
        }
        fs::set_permissions(new.path(), Permissions::from_mode(0o755))?;
        fs::rename(new.path(), self.directory.join(&name))?;
        let mut ready = self.ready.write().unwrap_or_else(PoisonError::into_inner);
        ready.insert(definition.id.clone(), format!("{SHOWN_AT}/{name}"));
        Ok(())
    }
}

/// Directories for a file, which everybody may look into.
fn make_directories(root: &Path, name: &str) -> io::Result<()> {
    for (slash, _) in name.match_indices('/') {
        let directory = root.join(&name[..slash]);
        match fs::create_dir(&directory) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => fs::set_permissions(&directory, Permissions::from_mode(0o755))?,
        }
    }
    Ok(())
}

/// Whether users who own nothing of it may look into a directory: the init of a slot is one of these.
fn is_within_reach(directory: &Path) -> bool {
    directory.canonicalize().is_ok_and(|real| {
        real.ancestors()
            .all(|above| fs::metadata(above).is_ok_and(|found| found.mode() & 0o001 != 0))
    })
}

/// Deletes the directories of processes that were killed.
fn bury_dead(parent: &Path) {
    for found in fs::read_dir(parent).into_iter().flatten().flatten() {
        let is_one = found.file_name().as_encoded_bytes().starts_with(NAME.as_bytes());
        // Of another user, it cannot be opened for writing; of a process that lives, it is locked.
        let lock = is_one.then(|| File::options().write(true).open(found.path().join(LOCK)));
        if let Some(Ok(lock)) = lock
            && lock.try_lock().is_ok()
            && let Err(error) = fs::remove_dir_all(found.path())
        {
            debug!(%error, path = ?found.path(), "cannot delete what another process had prepared");
        }
    }
}

/// What preparing needs.
struct Work {
    inner: Arc<Inner>,
    compiler: Compiler,
    config: SlotConfig,
}

impl Work {
    async fn prepare_all(&self, languages: &Languages, tools: &Tools, pool: &mut Option<Pool>) {
        for definition in languages.by_popularity() {
            let Some(preparation) = &definition.prepare else {
                continue;
            };
            // It takes some seconds of a processor, which those who wait for a verdict need more.
            let _ = tokio::time::timeout(POLITE, self.compiler.pool().has_idle()).await;
            let Ok(tools) = tools.of(definition).await else {
                continue;
            };
            match self.prepare(definition, preparation, &tools, pool).await {
                Ok(()) => info!(language = %definition.id, "prepared"),
                Err(reason) => warn!(language = %definition.id, reason, "not prepared"),
            }
        }
    }

    /// From the shelf, or made in a slot of its own, so that no submission waits for it.
    async fn prepare(
        &self,
        definition: &Definition,
        preparation: &Preparation,
        tools: &plan::Tools<'_>,
        pool: &mut Option<Pool>,
    ) -> Result<(), String> {
        let steps = plan::preparation(definition, preparation, tools);
        let make = async {
            self.inner.started.fetch_add(1, Ordering::Relaxed);
            let pool = match pool {
                Some(pool) => pool,
                None => pool.insert(
                    Pool::start(self.config.clone(), 1)
                        .await
                        .map_err(|fault| fault.reason)?,
                ),
            };
            Ok::<_, String>(Arc::new(Ok(run(&steps.specs, preparation, pool).await?)))
        };
        let kept: Arc<Kept> = self.compiler.shelved(steps.key, make).await?;
        let (inner, definition) = (Arc::clone(&self.inner), definition.clone());
        let put = tokio::task::spawn_blocking(move || match &*kept {
            Ok(made) => inner.put(&definition, steps.key, made),
            Err(rejected) => Err(io::Error::other(rejected.message.clone())),
        });
        let put = put.await.map_err(|error| error.to_string())?;
        put.map_err(|error| format!("cannot put it in place: {error}"))
    }
}

/// Runs the commands, and gives what the last of them has left of the outputs.
async fn run(specs: &[sandbox::Spec], preparation: &Preparation, pool: &Pool) -> Result<Artefacts, String> {
    let mut files: Vec<InputFile> = Vec::new();
    for spec in specs {
        let mut spec = spec.clone();
        // Nobody waits for it, and whoever is judged meanwhile goes before.
        spec.limits.wall *= PATIENCE;
        spec.files
            .retain(|file| files.iter().all(|new| new.name != file.name));
        spec.files.append(&mut files);
        spec.collect = vec![Collect {
            name: Collect::ALL.to_owned(),
            max_bytes: plan::OUTPUT_BYTES,
        }];
        let program = spec.argv.first().cloned().unwrap_or_default();
        let outcome = pool.run(spec).await.map_err(|error| error.to_string())?;
        if outcome.end != End::Exited(0) {
            let said = String::from_utf8_lossy(&outcome.stderr.bytes);
            let last: Vec<&str> = said.lines().rev().take(3).collect();
            let program = program.display();
            return Err(format!("{program} ended with {:?}: {last:?}", outcome.end));
        }
        for collected in outcome.collected {
            let file = collected
                .file
                .map_err(|error| format!("{}: {error}", collected.name))?;
            files.push(InputFile {
                name: collected.name,
                content: Content::File(file),
                executable: collected.executable,
            });
        }
    }
    files.retain(|file| preparation.outputs.contains(&file.name));
    let is_missing = |name: &&String| files.iter().all(|file| file.name != **name);
    match preparation.outputs.iter().find(is_missing) {
        Some(missing) => Err(format!("the commands left no file {missing}")),
        None => Ok(Artefacts::of(files)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_process_left_is_deleted_and_what_a_living_one_has_is_not() {
        let parent = tempfile::tempdir().unwrap();
        let make = || {
            let inner = Inner::new(parent.path()).unwrap();
            let home = inner.home.lock().unwrap().take().unwrap().keep();
            (home, inner)
        };
        let (dead, inner) = make();
        drop(inner);
        let (living, _inner) = make();
        let other = parent.path().join("gavel-prepared-file");
        fs::write(&other, "").unwrap();
        bury_dead(parent.path());
        assert!(!dead.exists() && living.exists() && other.exists());
    }

    #[test]
    fn a_directory_that_others_cannot_reach_is_not_taken() {
        let parent = tempfile::tempdir().unwrap();
        let below = parent.path().join("below");
        fs::create_dir(&below).unwrap();
        let set = |mode| fs::set_permissions(parent.path(), Permissions::from_mode(mode)).unwrap();
        set(0o700);
        assert!(!is_within_reach(&below));
        assert!(Prepared::in_one_of(std::slice::from_ref(&below)).inner.is_none());
        set(0o711);
        assert!(is_within_reach(&below));
        let prepared = Prepared::in_one_of(&[parent.path().join("missing"), below.clone()]);
        let mut config = SlotConfig::default();
        prepared.show(&mut config);
        assert!(config.binds[0].source.starts_with(below.canonicalize().unwrap()));
        drop(prepared);
        assert_eq!(fs::read_dir(&below).unwrap().count(), 0);
    }
}

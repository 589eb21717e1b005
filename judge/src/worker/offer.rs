//! What a worker offers: the languages whose tools are here and whose self-tests pass.
//!
//! A language is tried out once for each definition and each file of its tools; what passed is kept in a file for the next start.
//! Until then it is offered untried, and what is submitted in it waits for its self-tests, which go before all others then. One
//! that fails is not offered, and tried again after a while; one in which a judgement ends in a fault of the system is doubted.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::{Fault, Language, LanguageId};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tracing::{info, warn};

use crate::languages::Definition;
use crate::tools::{at_first_sight, places};
use crate::{Grader, Languages};

/// What failed is tried again so long after.
const AGAIN: Duration = Duration::from_mins(1);
/// What was tried so lately is not doubted.
const FRESH: Duration = Duration::from_secs(10);
/// A file that is larger is not ours.
const LARGEST: u64 = 1 << 20;

/// What is known of the languages.
#[derive(Debug)]
pub(super) struct Offer {
    file: PathBuf,
    standings: Mutex<BTreeMap<LanguageId, Standing>>,
    trying: Mutex<HashMap<LanguageId, Arc<tokio::sync::Mutex<()>>>>,
    /// Something is known that was not.
    pub(super) changed: Notify,
    /// Something is doubted.
    pub(super) doubted: Notify,
}

/// What came of trying a language out.
#[derive(Debug, Clone)]
struct Standing {
    fingerprint: String,
    /// The version, or what is wrong.
    result: Result<Option<String>, String>,
    since: Instant,
    is_doubted: bool,
}

/// A language that passed, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Passed {
    fingerprint: String,
    version: Option<String>,
}

impl Standing {
    fn is_due(&self) -> bool {
        self.is_doubted || self.result.is_err() && self.since.elapsed() >= AGAIN
    }
}

impl Offer {
    /// What was known when this file was written; nothing where there is none, or none of ours.
    pub(super) fn open(file: PathBuf) -> Self {
        let is_ours = fs::metadata(&file).is_ok_and(|found| found.is_file() && found.len() <= LARGEST);
        let text = is_ours.then(|| fs::read_to_string(&file).ok()).flatten();
        let passed: BTreeMap<String, Passed> = text
            .and_then(|text| toml::from_str(&text).ok())
            .unwrap_or_default();
        let standing = |(id, passed): (String, Passed)| {
            let standing = Standing {
                fingerprint: passed.fingerprint,
                result: Ok(passed.version),
                since: Instant::now(),
                is_doubted: false,
            };
            Some((id.parse().ok()?, standing))
        };
        Self {
            file,
            standings: Mutex::new(passed.into_iter().filter_map(standing).collect()),
            trying: Mutex::default(),
            changed: Notify::new(),
            doubted: Notify::new(),
        }
    }

    /// All languages of the table, as they are to be announced. No tool is asked.
    pub(super) fn languages(&self, grader: &Grader) -> Vec<Language> {
        let definitions = grader.languages_table().definitions();
        definitions.map(|definition| self.announced(definition)).collect()
    }

    fn announced(&self, definition: &Definition) -> Language {
        let mut language = at_first_sight(definition);
        if language.unavailable.is_none() {
            match self.standing(definition).map(|standing| standing.result) {
                Some(Ok(version)) => language.version = version,
                Some(Err(reason)) => language.unavailable = Some(reason),
                None => language.is_untried = true,
            }
        }
        let builtin = Languages::builtin();
        if builtin.get(&definition.id).map(AsRef::as_ref) == Some(definition) {
            language.guide = None;
        }
        language
    }

    /// The languages that are to be tried out: their tools are here, and nothing is known of them, or not for sure. Those that most
    /// people wait for come first.
    pub(super) fn due(&self, grader: &Grader) -> Vec<LanguageId> {
        let is_due = |definition: &&Arc<Definition>| {
            at_first_sight(definition).unavailable.is_none()
                && self.standing(definition).is_none_or(|standing| standing.is_due())
        };
        let definitions = grader.languages_table().by_popularity();
        definitions
            .filter(is_due)
            .map(|definition| definition.id.clone())
            .collect()
    }

    /// Why a language cannot be judged here; `None` where it can. It is tried out first where that is to be done.
    pub(super) async fn missing(&self, grader: &Grader, id: &LanguageId) -> Option<String> {
        if *id == LanguageId::text() {
            return None;
        }
        let Some(definition) = grader.languages_table().get(id) else {
            return Some(format!("the language {id} is not in this worker's table"));
        };
        let trying = Arc::clone(lock(&self.trying).entry(id.clone()).or_default());
        let _alone = trying.lock().await;
        if let Some(standing) = self.standing(definition).filter(|standing| !standing.is_due()) {
            return standing.result.err();
        }
        let fingerprint = fingerprint(definition);
        match try_out(grader, id).await {
            Ok(result) => {
                let reason = result.as_ref().err().cloned();
                self.record(id, fingerprint, result);
                reason
            }
            Err(fault) => {
                // Whoever needs it finds out; nothing is known of the language by this.
                warn!(language = %id, reason = fault.reason, "a language could not be tried out");
                None
            }
        }
    }

    /// A judgement in this language ended in a fault of the system: it is to be tried out again.
    pub(super) fn doubt(&self, id: &LanguageId) {
        if let Some(standing) = lock(&self.standings).get_mut(id)
            && standing.since.elapsed() >= FRESH
        {
            standing.is_doubted = true;
            self.doubted.notify_one();
        }
    }

    fn standing(&self, definition: &Definition) -> Option<Standing> {
        let standings = lock(&self.standings);
        let standing = standings.get(&definition.id)?;
        (standing.fingerprint == fingerprint(definition)).then(|| standing.clone())
    }

    fn record(&self, id: &LanguageId, fingerprint: String, result: Result<Option<String>, String>) {
        match &result {
            Ok(version) => info!(language = %id, version, "a language passed its self-tests"),
            Err(reason) => warn!(language = %id, reason, "a language is not available"),
        }
        let standing = Standing {
            fingerprint,
            result,
            since: Instant::now(),
            is_doubted: false,
        };
        lock(&self.standings).insert(id.clone(), standing);
        self.changed.notify_one();
        if let Err(error) = self.save() {
            warn!(%error, file = %self.file.display(), "cannot keep what passed; it is tried out again at the next start");
        }
    }

    /// Whoever shares the file replaces it as a whole, too.
    fn save(&self) -> std::io::Result<()> {
        let standings = lock(&self.standings).clone();
        let passed = standings.into_iter().filter_map(|(id, standing)| {
            let version = standing.result.ok()?;
            let fingerprint = standing.fingerprint;
            Some((id.to_string(), Passed { fingerprint, version }))
        });
        let passed: BTreeMap<String, Passed> = passed.collect();
        let text = toml::to_string(&passed).map_err(std::io::Error::other)?;
        let directory = self.file.parent().unwrap_or(&self.file);
        let mut next = tempfile::NamedTempFile::new_in(directory)?;
        std::io::Write::write_all(&mut next, text.as_bytes())?;
        next.persist(&self.file)?;
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Names all that a language's self-tests depend on and that can be seen from here: the definition, the files of its tools, and
/// the version of this program.
fn fingerprint(definition: &Definition) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(env!("CARGO_PKG_VERSION").as_bytes());
    hasher.update(format!("{definition:?}").as_bytes());
    for tool in &definition.tools {
        hasher.update(format!("{:?}", places(tool)).as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// The version of a language whose self-tests pass, or what is wrong. `Err` where it cannot be said.
async fn try_out(grader: &Grader, id: &LanguageId) -> Result<Result<Option<String>, String>, Fault> {
    let Some(language) = grader.language(id).await else {
        return Err(Fault::system(format!("the language {id} is not in the table")));
    };
    if let Some(reason) = language.unavailable {
        return Ok(Err(reason));
    }
    let tests = grader.self_test(id).await?;
    let failed = tests
        .iter()
        .find_map(|test| Some((test.name, test.failure.as_ref()?)));
    Ok(match failed {
        Some((name, failure)) => Err(format!("its self-test {name} fails: {failure}")),
        None => Ok(language.version),
    })
}

//! Who works on what next.

mod fairness;
mod local;
mod ranked;
mod shared;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use domain::{Band, JudgementId, LanguageId, Submission, UserId, WorkerTag};

use crate::{Redis, Result};
use local::LocalQueue;
use shared::SharedQueue;

/// Judgements that any worker can judge that can judge one of them: a pop takes from the lanes that its worker serves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane {
    /// How urgent.
    pub band: Band,
    /// What it takes.
    pub language: LanguageId,
    /// What its workers have beside it.
    pub tag: WorkerTag,
}

impl Lane {
    /// The lane of what was submitted.
    pub fn of(submission: &Submission) -> Self {
        Self {
            band: submission.band,
            language: submission.language.clone(),
            tag: submission.tag.clone(),
        }
    }

    fn kind(&self) -> String {
        if self.tag == WorkerTag::default() {
            self.language.to_string()
        } else {
            format!("{}+{}", self.language, self.tag)
        }
    }
}

impl fmt::Display for Lane {
    /// The band's number, the language, and the tag where it is not the usual one: `1:python3`, `1:python3+quiet`. Those of one
    /// tag sort as the lanes do: no id has a `+`, and what it may have sorts behind it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.band.rank(), self.kind())
    }
}

/// A judgement to be put into the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub judgement: JudgementId,
    /// Who can judge it, and how urgent it is.
    pub lane: Lane,
    /// Within a band, users take turns.
    pub user: UserId,
}

/// The lanes that a worker serves: each of its bands, in each of its languages, with each of its tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    bands: BTreeSet<Band>,
    languages: BTreeSet<LanguageId>,
    tags: BTreeSet<WorkerTag>,
}

impl Scope {
    /// Of these bands, in these languages, with these tags.
    pub fn new(
        bands: impl IntoIterator<Item = Band>,
        languages: impl IntoIterator<Item = LanguageId>,
        tags: impl IntoIterator<Item = WorkerTag>,
    ) -> Self {
        Self {
            bands: bands.into_iter().collect(),
            languages: languages.into_iter().collect(),
            tags: tags.into_iter().collect(),
        }
    }

    /// Whether a lane is among them.
    pub fn has(&self, lane: &Lane) -> bool {
        self.bands.contains(&lane.band)
            && self.languages.contains(&lane.language)
            && self.tags.contains(&lane.tag)
    }

    /// Every lane, the most urgent band first.
    fn lanes(&self) -> impl Iterator<Item = Lane> {
        self.bands.iter().flat_map(|band| self.lanes_of(*band))
    }

    /// What lanes of this scope are called, without their bands.
    fn kinds(&self) -> impl Iterator<Item = String> {
        // Any band will do.
        self.lanes_of(Band::Contest).map(|lane| lane.kind())
    }

    fn lanes_of(&self, band: Band) -> impl Iterator<Item = Lane> {
        self.languages.iter().flat_map(move |language| {
            self.tags.iter().map(move |tag| Lane {
                band,
                language: language.clone(),
                tag: tag.clone(),
            })
        })
    }
}

/// Who works on what next. A hint: the store's row is the truth. Cheap to clone; all clones are the same queue.
#[derive(Debug, Clone)]
pub struct Queue {
    place: Place,
    weights: Arc<RwLock<Arc<Weights>>>,
}

/// The weights of those who do not weigh as much as everybody else.
#[derive(Debug, Default)]
struct Weights(HashMap<UserId, u32>);

impl Weights {
    /// The length of a user's turn.
    fn turn(&self, user: &UserId) -> u64 {
        fairness::turn(self.0.get(user).copied().unwrap_or(1))
    }
}

#[derive(Debug, Clone)]
enum Place {
    Local(Arc<LocalQueue>),
    Shared(Arc<SharedQueue>),
}

impl Queue {
    /// A queue within this process.
    pub fn in_process() -> Self {
        Self::at(Place::Local(Arc::default()))
    }

    /// The queue in Redis.
    pub fn redis(redis: &Redis) -> Self {
        Self::at(Place::Shared(Arc::new(SharedQueue::new(redis.clone()))))
    }

    fn at(place: Place) -> Self {
        Self {
            place,
            weights: Arc::default(),
        }
    }

    /// From now on, these users weigh so much, and all others 1: who weighs 3 has three turns within a band where others have one. At
    /// most 100. What is in the queue already stays where it is.
    pub fn set_weights(&self, weights: HashMap<UserId, u32>) {
        *self.weights.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Weights(weights));
    }

    fn weights(&self) -> Arc<Weights> {
        Arc::clone(&self.weights.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts judgements in, those of one user a turn apart; those that are in already stay where they are. Returns how many
    /// were not.
    pub async fn push(&self, entries: &[Entry]) -> Result<usize> {
        match &self.place {
            Place::Local(queue) => Ok(queue.push(entries, &self.weights())),
            Place::Shared(queue) => queue.push(entries, &self.weights()).await,
        }
    }

    /// Takes up to `max` from the lanes of a scope, the most urgent band first and within it by turns of the users; waits for
    /// the first up to `wait`; an empty answer is no error.
    ///
    /// Dropping the future takes nothing out. While Redis is away this fails at once: a caller that asks again and again
    /// pauses after an error.
    pub async fn pop(&self, scope: &Scope, max: usize, wait: Duration) -> Result<Vec<JudgementId>> {
        if max == 0 {
            return Ok(Vec::new());
        }
        match &self.place {
            Place::Local(queue) => Ok(queue.pop(scope, max, wait).await),
            Place::Shared(queue) => queue.pop(scope, max, wait).await,
        }
    }

    /// Takes one out that is no longer wanted; `false` where it was not in it.
    pub async fn remove(&self, judgement: JudgementId) -> Result<bool> {
        match &self.place {
            Place::Local(queue) => Ok(queue.remove(judgement)),
            Place::Shared(queue) => queue.remove(judgement).await,
        }
    }

    /// How many are before it, of those that ask for the same workers; `None` where it is not in the queue.
    pub async fn position(&self, judgement: JudgementId) -> Result<Option<u64>> {
        match &self.place {
            Place::Local(queue) => Ok(queue.position(judgement)),
            Place::Shared(queue) => queue.position(judgement).await,
        }
    }

    /// How many are in it, by band, in the order of [`Band::ALL`].
    pub async fn depth(&self) -> Result<[u64; 3]> {
        match &self.place {
            Place::Local(queue) => Ok(queue.depth()),
            Place::Shared(queue) => queue.depth().await,
        }
    }

    /// Asks for a sign of life.
    pub async fn ping(&self) -> Result<()> {
        match &self.place {
            Place::Local(_) => Ok(()),
            Place::Shared(queue) => queue.ping().await,
        }
    }
}

//! Who solved what: counted by the store, and kept for a while, as it is asked for by every look at the list of problems.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::{ProblemId, UserId};
use moka::future::Cache;
use store::{ProblemCount, Store};

/// How old the counts of all may be.
const FRESH: Duration = Duration::from_secs(15);

/// The counts. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Standings {
    store: Store,
    counts: Cache<(), Arc<HashMap<ProblemId, ProblemCount>>>,
}

/// Whether somebody has solved a problem, or tried to.
pub(crate) type Solved = HashMap<ProblemId, bool>;

impl Standings {
    pub(crate) fn new(store: Store) -> Self {
        let counts = Cache::builder().max_capacity(1).time_to_live(FRESH).build();
        Self { store, counts }
    }

    /// How many tried and solved each problem. What cannot be counted now is told as nothing.
    pub(crate) async fn counts(&self) -> Arc<HashMap<ProblemId, ProblemCount>> {
        let counted = self.counts.try_get_with((), async {
            let counts = self.store.problem_counts().await?;
            Ok::<_, store::StoreError>(Arc::new(counts.into_iter().collect()))
        });
        counted.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "who solved what is not known now");
            Arc::default()
        })
    }

    /// Which problems somebody has tried, and whether they were solved.
    pub(crate) async fn of(&self, user: Option<&UserId>) -> Solved {
        let Some(user) = user else {
            return Solved::new();
        };
        match self.store.tried_by(user).await {
            Ok(tried) => tried.into_iter().collect(),
            Err(error) => {
                tracing::warn!(%error, "what somebody solved is not known now");
                Solved::new()
            }
        }
    }
}

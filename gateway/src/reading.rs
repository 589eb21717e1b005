//! Reading the store: a few at a time, in bounded time, with failures as refusals.

use std::time::Duration;

use domain::{ProblemId, ProblemRecord, Refusal, RefusalKind, SubmissionId, SubmissionView};
use store::{NewestOf, StoreError};
use tokio::time::timeout;

use crate::Gateway;

/// Submissions in a snapshot of a user or a problem.
const NEWEST: u32 = 20;

/// How long a read may take, waiting for its turn included.
const LIMIT: Duration = Duration::from_secs(5);

impl Gateway {
    /// One submission.
    pub(crate) async fn view(&self, id: SubmissionId) -> Result<Option<SubmissionView>, Refusal> {
        self.read("submission", self.shared.store.submission(id)).await
    }

    /// Those of many submissions that exist.
    pub(crate) async fn views(&self, ids: &[SubmissionId]) -> Result<Vec<SubmissionView>, Refusal> {
        // No turn is waited for: those who ask at the same time ask together, and so they must be able to.
        bounded("submissions by id", self.shared.store.submissions_by_id(ids)).await
    }

    /// The newest submissions of a user, a problem or contests, the newest first.
    pub(crate) async fn newest(&self, of: NewestOf) -> Result<Vec<SubmissionView>, Refusal> {
        // No turn is waited for: see above.
        let views = bounded("newest submissions", self.shared.store.newest(of, NEWEST)).await?;
        Ok(views.to_vec())
    }

    /// One problem.
    pub(crate) async fn problem(&self, id: &ProblemId) -> Result<Option<ProblemRecord>, Refusal> {
        self.read("problem", self.shared.store.problem(id)).await
    }

    /// Runs one read when it is its turn. Says in the log what it does not tell the client.
    pub(crate) async fn read<T>(
        &self,
        what: &'static str,
        read: impl Future<Output = store::Result<T>>,
    ) -> Result<T, Refusal> {
        let in_turn = async {
            let _turn = self.shared.reads.acquire().await;
            read.await
        };
        bounded(what, in_turn).await
    }
}

async fn bounded<T>(what: &'static str, read: impl Future<Output = store::Result<T>>) -> Result<T, Refusal> {
    match timeout(LIMIT, read).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(StoreError::Unavailable(reason))) => {
            tracing::warn!(what, reason, "cannot read from the store");
            Err(unavailable())
        }
        Ok(Err(error)) => {
            tracing::error!(what, %error, "cannot read from the store");
            Err(Refusal::new(RefusalKind::Internal, "the store could not be read"))
        }
        Err(_) => {
            tracing::warn!(
                what,
                seconds = LIMIT.as_secs(),
                "the store did not answer in time"
            );
            Err(unavailable())
        }
    }
}

fn unavailable() -> Refusal {
    Refusal::new(
        RefusalKind::Unavailable,
        "the store is unavailable; try again in a moment",
    )
}

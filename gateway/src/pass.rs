//! Tokens in use: whoever came in with a token that is revoked or expires has to leave, within a bounded time.
//!
//! The tokens of all connections of the process are looked at again every now and then, many in one statement. While the
//! store is away, nobody has to leave.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use store::Store;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The tokens in use. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Passes {
    table: Arc<Mutex<HashMap<Uuid, InUse>>>,
}

#[derive(Debug)]
struct InUse {
    over: CancellationToken,
    holders: usize,
}

/// The right of one connection to stay, while its token is good.
#[derive(Debug)]
pub(crate) struct Pass {
    token: Uuid,
    /// Cancelled when the token is no good any more, and when the server stops.
    pub(crate) over: CancellationToken,
    passes: Passes,
}

impl Passes {
    /// One more connection with this token.
    pub(crate) fn issue(&self, token: Uuid, stop: &CancellationToken) -> Pass {
        let mut table = self.table();
        let in_use = table.entry(token).or_insert_with(|| InUse {
            over: stop.child_token(),
            holders: 0,
        });
        in_use.holders += 1;
        Pass {
            token,
            over: in_use.over.clone(),
            passes: self.clone(),
        }
    }

    /// Looks at them again and again, until `stop`.
    pub(crate) async fn keep(self, store: Store, every: Duration, stop: CancellationToken) {
        let keep = async {
            loop {
                tokio::time::sleep(every).await;
                self.look(&store).await;
            }
        };
        stop.run_until_cancelled(keep).await;
    }

    async fn look(&self, store: &Store) {
        let tokens: Vec<Uuid> = self.table().keys().copied().collect();
        if tokens.is_empty() {
            return;
        }
        let good = match store.good_tokens(&tokens).await {
            Ok(good) => good.into_iter().collect::<std::collections::HashSet<_>>(),
            Err(error) => {
                tracing::warn!(%error, "cannot look at tokens again");
                return;
            }
        };
        let table = self.table();
        for token in tokens.iter().filter(|token| !good.contains(token)) {
            if let Some(in_use) = table.get(token) {
                in_use.over.cancel();
            }
        }
    }

    fn table(&self) -> MutexGuard<'_, HashMap<Uuid, InUse>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut table = self.passes.table();
        if let Some(in_use) = table.get_mut(&self.token) {
            in_use.holders -= 1;
            if in_use.holders == 0 {
                table.remove(&self.token);
            }
        }
    }
}

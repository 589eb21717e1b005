//! What failed on this worker through a fault of the system, such as a full disk: for a while it is left to other workers, so
//! that one that is broken cannot use up the attempts of a judgement by itself.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bus::Lane;
use domain::JudgementId;
use tokio::time::Instant;

/// How long others have time for it. Longer than it takes the sweeper to put it into the queue a few times; where all workers
/// have failed at it, the first takes it again after this time.
const FOR_OTHERS: Duration = Duration::from_secs(10);

/// So many are remembered. Who fails more often than that fails at everything, and nobody is helped by a longer list.
const MOST: usize = 1000;

/// The judgements that failed here, and their lanes.
#[derive(Debug, Default)]
pub(crate) struct FailedHere {
    table: Mutex<HashMap<JudgementId, (Lane, Instant)>>,
}

impl FailedHere {
    /// It has failed at this moment.
    pub(crate) fn note(&self, judgement: JudgementId, lane: Lane, now: Instant) {
        let mut table = self.table();
        table.retain(|_, (_, failed)| now.duration_since(*failed) < FOR_OTHERS);
        if table.len() < MOST {
            table.insert(judgement, (lane, now));
        }
    }

    /// The lane of a judgement that failed here not long ago.
    pub(crate) fn lately(&self, judgement: JudgementId, now: Instant) -> Option<Lane> {
        let table = self.table();
        let (lane, failed) = table.get(&judgement)?;
        (now.duration_since(*failed) < FOR_OTHERS).then(|| lane.clone())
    }

    fn table(&self) -> MutexGuard<'_, HashMap<JudgementId, (Lane, Instant)>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use domain::{Band, WorkerTag};

    use super::*;

    fn lane() -> Lane {
        Lane {
            band: Band::Interactive,
            language: "c".parse().unwrap(),
            tag: WorkerTag::default(),
        }
    }

    #[test]
    fn it_is_left_to_others_for_a_while() {
        let (failed, judgement, now) = (FailedHere::default(), JudgementId::new(), Instant::now());
        assert_eq!(failed.lately(judgement, now), None);
        failed.note(judgement, lane(), now);
        assert_eq!(failed.lately(judgement, now), Some(lane()));
        assert_eq!(failed.lately(JudgementId::new(), now), None);
        assert_eq!(failed.lately(judgement, now + FOR_OTHERS), None);
    }

    #[test]
    fn it_does_not_grow_for_ever() {
        let (failed, now) = (FailedHere::default(), Instant::now());
        for _ in 0..2 * MOST {
            failed.note(JudgementId::new(), lane(), now);
        }
        assert_eq!(failed.table().len(), MOST);
        failed.note(JudgementId::new(), lane(), now + FOR_OTHERS);
        assert_eq!(failed.table().len(), 1);
    }
}

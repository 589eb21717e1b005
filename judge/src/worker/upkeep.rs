//! Keeps what a worker offers up to date: tries languages out while it has nothing better to do, and reads the operator's
//! directory of languages again when that has changed. And removes what killed workers of this host could not.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::offer::Offer;
use super::{Examiner, Worker};
use crate::Languages;

/// How often it is looked whether something is to be tried out.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// So long at most, self-tests wait for an idle slot.
const PATIENCE: Duration = Duration::from_secs(10);

/// What an operator's directory looks like from outside: its files with their sizes and times of change.
pub(super) type Stamp = Vec<(std::ffi::OsString, u64, i64, i64)>;

impl Worker {
    /// Tries out what is due, one language after the other, until `stop`.
    pub(super) async fn try_out_on(self: Arc<Self>, stop: CancellationToken) {
        let Some(offer) = &self.offer else { return };
        while !stop.is_cancelled() {
            self.try_out_all(offer, &stop).await;
            let pause = async {
                tokio::select! {
                    () = offer.doubted.notified() => {}
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                }
            };
            if stop.run_until_cancelled(pause).await.is_none() {
                return;
            }
        }
    }

    /// In a slot of its own, so that no submission waits for one.
    async fn try_out_all(&self, offer: &Offer, stop: &CancellationToken) {
        let Examiner::Grader(grader) = self.examiner() else {
            return;
        };
        let mut due = offer.due(&grader);
        due.retain(|id| self.is_served(id));
        if due.is_empty() {
            return;
        }
        let aside = match grader.aside().await {
            Ok(aside) => aside,
            Err(fault) => return warn!(reason = fault.reason, "no language can be tried out"),
        };
        let trying = async {
            for id in due {
                // Processors are shared all the same. Whoever is busy all the time has to know, too.
                let _ = tokio::time::timeout(PATIENCE, grader.pool().has_idle()).await;
                offer.missing(&aside, &id).await;
            }
        };
        stop.run_until_cancelled(trying).await;
        aside.pool().close().await;
    }

    /// Removes what a worker that was killed on this host has left: nobody else may start a slot here for long.
    pub(super) async fn clean_host(&self) {
        if let Examiner::Grader(_) = self.examiner() {
            // It says itself what it cannot do, and the next round tries again.
            let _ = tokio::task::spawn_blocking(sandbox::remove_left_behind).await;
        }
    }

    /// Reads the operator's languages again where their directory has changed since `stamp`. A table that is wrong changes
    /// nothing, and is complained of once.
    pub(super) async fn reload(&self, stamp: &mut Stamp) {
        let Some(directory) = self.config.own_languages.clone() else {
            return;
        };
        let read = tokio::task::spawn_blocking(move || (stamp_of(&directory), directory)).await;
        let Ok((found, directory)) = read else { return };
        if found == *stamp {
            return;
        }
        *stamp = found;
        let shown = directory.display().to_string();
        let read = tokio::task::spawn_blocking(move || Languages::with_directory(&directory)).await;
        let read = read.unwrap_or_else(|error| Err(error.to_string()));
        let changed = read.and_then(|languages| self.examiner().with_languages(Arc::new(languages)));
        match changed {
            Ok(examiner) => {
                self.examiner.send_replace(examiner);
                info!(directory = shown, "the languages were read again");
            }
            Err(error) => warn!(
                error,
                "the languages have changed and cannot be used; those of before stay"
            ),
        }
    }
}

/// Nothing stands for a directory that cannot be read.
pub(super) fn stamp_of(directory: &Path) -> Stamp {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let stamp = |entry: fs::DirEntry| {
        // Links are followed: what they lead to is what is read.
        let metadata = fs::metadata(entry.path()).ok()?;
        Some((
            entry.file_name(),
            metadata.size(),
            metadata.ctime(),
            metadata.ctime_nsec(),
        ))
    };
    let mut stamps: Stamp = entries.filter_map(stamp).collect();
    stamps.sort();
    stamps
}

//! The audit log: who did what to what, when and from where.
//!
//! Whoever does something that belongs there says so in one line, right after it is done:
//!
//! ```text
//! audit::note(app, principal, Action::ProblemHidden, &problem.id, json!({"package": problem.package})).await;
//! ```
//!
//! and the pages, at the desk: `desk.note(&principal, Action::…, subject, details).await`. The token, the address and the
//! request's id are those of the request that is served (`circumstances`). A new kind of action is a variant of
//! [`domain::Action`]. Details are for people, bounded by the store, and hold no secrets.
//!
//! What is done is not undone where the log cannot be written: then the entry is in the log of the process, as an error.
//!
//! What anybody can cause without being let in, a wrong password, is bounded (`Sparingly`): so many entries a minute, and the
//! next one says how many were left out.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::{Action, Principal};
use serde_json::{Value, json};
use store::{AuditEntry, AuditFilter, NewAuditEntry};
use tokio::time::Instant;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::app::App;
use crate::asker::lacks_right;
use crate::circumstances::Circumstances;
use crate::failure::Result;

/// How often old entries are looked for.
const FORGET_EVERY: Duration = Duration::from_hours(1);

/// Entries of what anybody can cause, at once and for each span, of one process.
const AT_ONCE: u32 = 60;
const ONE_MORE_AFTER: Duration = Duration::from_secs(5);

/// Writes down that somebody did something.
pub(crate) async fn note(
    app: &App,
    principal: &Principal,
    action: Action,
    subject: impl Display,
    details: Value,
) {
    let circumstances = Circumstances::current();
    let entry = NewAuditEntry {
        user: principal.user().cloned(),
        token: circumstances.token(),
        address: circumstances.address.map(|address| address.to_string()),
        request: circumstances.request,
        action,
        subject: subject.to_string(),
        details,
    };
    let inner = app.clone();
    let writing = async move { write(&inner, &entry).await };
    // Goes on where the client leaves in between.
    let written = app.tasks.spawn(writing.in_current_span()).await;
    if let Err(error) = written {
        tracing::error!(%error, "writing into the audit log was broken off");
    }
}

async fn write(app: &App, entry: &NewAuditEntry) {
    if let Err(error) = app.store.note(entry).await {
        tracing::error!(%error, ?entry, "an entry of the audit log could not be stored");
    }
    if app.audit.is_time_to_forget() {
        forget(app).await;
    }
}

/// Writes down what anybody can cause, as far as it is not too much.
pub(crate) async fn note_sparingly(app: &App, action: Action, subject: impl Display) {
    if let Some(left_out) = app.audit.sparingly(Instant::now()) {
        let details = match left_out {
            0 => json!({}),
            left_out => json!({ "left_out_before": left_out }),
        };
        note(app, &Principal::Anonymous, action, subject, details).await;
    }
}

/// The log, for administrators: the newest first.
pub(crate) async fn read(
    app: &App,
    principal: &Principal,
    filter: &AuditFilter,
    before: Option<Uuid>,
    limit: u32,
) -> Result<Vec<AuditEntry>> {
    if !principal.may_administer() {
        return Err(lacks_right(principal, "only administrators read the audit log"));
    }
    Ok(app.store.audit_log(filter, before, limit).await?)
}

async fn forget(app: &App) {
    let days = app.settings.current(app).await.audit_days;
    let age = Duration::from_hours(24 * u64::from(days));
    match app.store.forget_audit(age).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(count, days, "old entries of the audit log are forgotten"),
        Err(error) => tracing::warn!(%error, "the audit log could not be shortened"),
    }
}

/// What a process remembers of the log.
#[derive(Debug, Default)]
pub(crate) struct Keeping {
    forgotten: Mutex<Option<Instant>>,
    bucket: Mutex<Option<Bucket>>,
}

/// How many more entries may come of what anybody can cause.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: u32,
    filled: Instant,
    left_out: u64,
}

impl Keeping {
    fn is_time_to_forget(&self) -> bool {
        let mut forgotten = self.forgotten.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = forgotten.is_none_or(|when| when.elapsed() >= FORGET_EVERY);
        if is_time {
            *forgotten = Some(Instant::now());
        }
        is_time
    }

    /// Whether there may be one more entry: then how many were left out since the last.
    fn sparingly(&self, now: Instant) -> Option<u64> {
        let mut kept = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = kept.get_or_insert(Bucket {
            left: AT_ONCE,
            filled: now,
            left_out: 0,
        });
        let spans = now.duration_since(bucket.filled).as_secs() / ONE_MORE_AFTER.as_secs();
        if spans > 0 {
            let more = u32::try_from(spans).unwrap_or(u32::MAX);
            bucket.left = bucket.left.saturating_add(more).min(AT_ONCE);
            bucket.filled = now;
        }
        if bucket.left == 0 {
            bucket.left_out += 1;
            return None;
        }
        bucket.left -= 1;
        Some(std::mem::take(&mut bucket.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_anybody_can_cause_does_not_fill_the_log() {
        let (keeping, now) = (Keeping::default(), Instant::now());
        let written = (0..10_000).filter(|_| keeping.sparingly(now).is_some()).count();
        assert_eq!(written, AT_ONCE as usize);
        let later = now + ONE_MORE_AFTER;
        assert_eq!(keeping.sparingly(later), Some(10_000 - u64::from(AT_ONCE)));
        assert_eq!(keeping.sparingly(later), None);
        let much_later = later + 1000 * ONE_MORE_AFTER;
        assert_eq!(keeping.sparingly(much_later), Some(1));
        assert_eq!(keeping.sparingly(much_later), Some(0));
    }
}

//! The one place where the interface looks at the clock.

use std::time::UNIX_EPOCH;

use domain::Timestamp;

/// Now.
#[expect(
    clippy::disallowed_methods,
    reason = "a request gets its time at the edge; everything further in takes it as an argument"
)]
pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

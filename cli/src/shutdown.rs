//! Stopping: the first signal asks everybody to finish, the second ends the process at once.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::failure::{Doing, Failure};
use crate::terminal;

/// Cancels `stop` on SIGINT or SIGTERM; the second such signal exits with code 130.
pub(crate) fn on_signals(stop: &CancellationToken) -> Result<(), Failure> {
    let mut interrupt = signal(SignalKind::interrupt()).doing("watch for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).doing("watch for SIGTERM")?;
    let stop = stop.clone();
    #[expect(
        clippy::disallowed_methods,
        reason = "it waits for signals as long as the process lives"
    )]
    tokio::spawn(async move {
        for is_first in [true, false] {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if is_first {
                tracing::info!("stopping: finishing what is being judged; a second signal stops at once");
                stop.cancel();
            }
        }
        terminal::error("gavel: stopped at once");
        #[expect(clippy::exit, reason = "the second signal means: now")]
        std::process::exit(130);
    });
    Ok(())
}

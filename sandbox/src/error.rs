//! What can go wrong on our side of the fence.

use std::io;

/// A fault of the sandbox, the host or the caller, never of the program that ran in it.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The program cannot be started as asked: the caller's mistake (no such file, not executable, …).
    #[error("cannot execute {program}: {reason}")]
    Exec {
        /// What was to be executed.
        program: String,
        /// Why it cannot.
        reason: String,
    },
    /// The request contradicts itself or exceeds what a slot takes: the caller's mistake.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which field of the [`Spec`](crate::Spec) or [`SlotConfig`](crate::SlotConfig).
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The host lacks something that a slot cannot do without; trying again cannot help.
    #[error("{missing}; {remedy}")]
    Unsupported {
        /// What is missing.
        missing: String,
        /// How to mend it.
        remedy: String,
    },
    /// Anything else. The slot must be thrown away.
    #[error("{operation} ({subject}): {source}")]
    Host {
        /// What was being done.
        operation: &'static str,
        /// To what.
        subject: String,
        /// What the kernel said.
        source: io::Error,
    },
}

impl SandboxError {
    /// Builds the function that turns what the kernel said into a [`SandboxError::Host`].
    pub(crate) fn host<E: Into<io::Error>>(
        operation: &'static str,
        subject: impl Into<String>,
    ) -> impl FnOnce(E) -> Self {
        let subject = subject.into();
        move |source| Self::Host {
            operation,
            subject,
            source: source.into(),
        }
    }
}

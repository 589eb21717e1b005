//! The bus, held to the same behaviour in process and over a real Redis; and what only Redis can do to it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod events;
mod fixture;
mod queue;
mod redis;

//! Tests of slots on the real kernel. See `docs/sandbox.md` for which test stands for which defence.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of tests end a test as the tests do"
)]

mod again;
mod binds;
mod counts;
mod hostile_files;
mod hosts;
mod lifetime;
mod limits;
mod neighbours;
mod ordinary;
mod pairs;
mod pairs_generated;
mod programs;
mod stopping;
mod trees;
mod unified;
mod walls;

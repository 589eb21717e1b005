//! The worker over a real store: on SQLite with queue and events in process, and on Postgres and Redis.

#![expect(clippy::unwrap_used, reason = "this is test code")]

#[path = "../support/mod.rs"]
mod support;

mod embedded;
mod fleet;
mod offer;
mod world;

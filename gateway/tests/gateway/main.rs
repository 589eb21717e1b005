//! The gateway as clients see it: real sockets, a real store, and events in process and over a real Redis.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod client;
mod fleet;
mod handshake;
mod live;
mod queue;
mod resume;
mod rights;
mod rude;
mod site;
mod sse;
mod tickets;
mod tutorial;

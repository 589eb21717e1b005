//! The interface from outside: requests through the real router, over a real store and bus.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod administration;
mod app;
mod fleet;
mod languages;
mod packages;
mod refusals;
mod rejudges;
mod routing;
mod server;
mod setters;
mod submissions;
mod trials;
mod tutorial;
mod waiting;

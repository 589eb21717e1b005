//! What breaks the real deployment while it judges, and shows that nothing is lost, doubled, wrong or undelivered.
//!
//! ```text
//!   load ──► front ──► api ────┬─ link ─► Postgres      load       submits until it has seen 202, with one key each
//!   watchers ► front ► gateway ┤                        watchers   follow each submission to its end, and leave on the way
//!                      worker ─┴─ link ─► Redis         links      every process' own way to either service
//! ```
//!
//! - [`link`]: proxies that can stop passing bytes on, slow them down, and break off.
//! - [`arena`]: two apis, two gateways and three workers between links, or one embedded process; and what they leave behind.
//! - [`plan`]: what is submitted, by seed: the number of a submission says all about it.
//! - [`load`], [`watch`]: those who submit, and those who want to know.
//! - [`ledger`]: what was promised and what was told; every contradiction is noted at once.
//! - [`trial`]: all of these together, and the audit after each fault.
//! - [`scenarios`]: the faults. Each proves that it has broken something.
//!
//! Everything waits for conditions, with generous deadlines. What is drawn by lot is drawn from the seed, which is printed; what
//! the kernel's scheduler does is not repeated, so the same seed breaks the same things in the same order and no more than that.

pub mod arena;
mod audit;
pub mod disk;
pub mod ledger;
pub mod link;
pub mod load;
mod overhear;
pub mod plan;
mod remains;
pub mod scenarios;
pub mod trial;
pub mod watch;

/// The seed that the environment gives as `GAVEL_TEST_SEED`, or one of chance.
pub fn seed() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "how a test run is told its seed")]
    let given = std::env::var("GAVEL_TEST_SEED").ok();
    given
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or_else(|| rand::random_range(0..1_000_000))
}

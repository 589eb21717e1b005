//! The faults, each in the middle of a load, and an audit after each of them.
//!
//! A scenario also fails where its fault did nothing: it looks for what the fault must have caused.

mod clock;
mod embedded;
mod links;
mod postgres;
mod processes;
mod queue;
mod real;
mod redis;

use std::pin::Pin;

use anyhow::Result;

use super::arena::Setup;
use super::plan::Judging;
use super::trial::{Scale, Tally};

/// A scenario, to be run.
pub type Run = fn(Scale) -> Pin<Box<dyn Future<Output = Result<Tally>>>>;

/// Every scenario: its name, and how to run it.
pub const ALL: [(&str, Run); 14] = [
    ("killed processes", |scale| Box::pin(processes::killed(scale))),
    ("stopped workers", |scale| Box::pin(processes::stopped(scale))),
    ("a lost Redis", |scale| Box::pin(redis::lost(scale))),
    ("a restarted Postgres", |scale| {
        Box::pin(postgres::restarted(scale))
    }),
    ("slow services", |scale| Box::pin(postgres::slow(scale))),
    ("no way to Postgres", |scale| {
        Box::pin(links::without_postgres(scale))
    }),
    ("no way to Redis", |scale| Box::pin(links::without_redis(scale))),
    ("reset connections", |scale| Box::pin(links::reset(scale))),
    ("double deliveries", |scale| {
        Box::pin(queue::delivered_twice(scale))
    }),
    ("several sweepers", |scale| Box::pin(queue::swept(scale))),
    ("wrong clocks", |scale| Box::pin(clock::wrong(scale))),
    ("an embedded judge killed", |scale| {
        Box::pin(embedded::killed(scale))
    }),
    ("real programs", |scale| Box::pin(real::killed(scale))),
    ("full disks", |scale| Box::pin(real::full_disks(scale))),
];

/// Real programs take their time: of so many submissions where nothing is judged, one.
const REAL_SHARE: u64 = 8;

/// A fleet that judges nothing, on a Postgres that others may use too.
const NAMED: Setup = Setup {
    judging: Judging::Named,
    breaks_postgres: false,
    has_small_disks: false,
    adapt: None,
};

//! The end-to-end harness: real services and the real binary, started and stopped by the tests themselves.
//!
//! - [`services`]: a private Postgres and a private Redis under a temporary directory. `store` and `bus` use them too.
//! - [`gavel`]: the binary, embedded or as a fleet, with a client; at its end it asserts that nothing is left behind.
//! - [`browser`]: Chromium before a running Gavel.
//! - [`programs`]: what is submitted.
//! - [`faults`]: what breaks all of these while they judge.

pub mod browser;
pub mod faults;
pub mod gavel;
pub mod programs;
pub mod services;

//! A running Gavel, embedded or as a fleet.

mod client;
mod deployment;
mod left_behind;
mod process;

pub use client::{Client, Socket};
pub use deployment::{Deployment, Fleet};
pub use process::{GavelProcess, binary, gavel};

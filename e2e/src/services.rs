//! A private Postgres and a private Redis for tests, gone when dropped, and when the test is killed.

mod postgres;
mod process;
mod redis;

pub use postgres::Postgres;
pub use process::{Server, free_port};
pub(crate) use process::{command, pause};
pub use redis::Redis;

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Context, Result};

/// Runs a command while one Postgres server is there that all tests in it share; its exit code is ours.
pub fn run_beside(mut words: impl Iterator<Item = OsString>) -> Result<ExitCode> {
    let program = words.next().context("no command was given")?;
    let server = postgres::PostgresServer::start()?;
    let status = process::command(&program)
        .args(words)
        .env(postgres::SHARED, server.socket())
        .status()?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

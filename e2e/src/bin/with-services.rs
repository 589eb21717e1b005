//! `with-services COMMAND…`: runs a command beside one Postgres server that all tests share.

use std::process::ExitCode;

use anyhow::{Context, Result};

fn main() -> Result<ExitCode> {
    e2e::services::run_beside(std::env::args_os().skip(1))
        .context("cannot run the command beside its services")
}

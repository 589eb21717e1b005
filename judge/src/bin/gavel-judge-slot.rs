//! The init program of a slot, for those who use this crate as a library without a `main` of their own, such as its tests.

use std::process::ExitCode;

fn main() -> ExitCode {
    sandbox::init_if_requested();
    // Started by hand: there is nothing to do.
    ExitCode::from(2)
}

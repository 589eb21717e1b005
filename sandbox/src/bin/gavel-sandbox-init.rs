//! The init of slots, for programs that cannot be it themselves, such as test binaries: name its path in
//! `SlotConfig::init_program`.

use std::process::ExitCode;

fn main() -> ExitCode {
    sandbox::init_if_requested();
    // Started by hand it has nothing to do.
    ExitCode::from(2)
}

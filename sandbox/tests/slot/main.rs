//! Tests of slots on the real kernel. See `docs/sandbox.md` for which test stands for which defence.

mod limits;
mod ordinary;
mod programs;
mod walls;

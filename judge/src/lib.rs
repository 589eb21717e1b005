//! The worker: claim, compile, run, check, commit. And the language table.
//!
//! - [`Languages`]: the table, data in TOML (`languages/`), and how to look for its tools (`tools`)
//! - [`Grader`]: judges one submission with warm slots (`pool`): a `plan` (with what is `included`), `compile`, then each
//!   `case`, whose output a `validator` looks at, or talks to the program (`interaction`); where outputs are submitted, there is
//!   no program (`answers`). A package can have a grader of its own for groups of cases (`own_grader`). The `workshop` makes a
//!   package's own programs; what they say for judges is `said`. Languages `prepare` what makes them start sooner. Needs no server
//! - [`Grader::self_test`]: whether a language works here
//! - [`Grader::run_trial`] (`trial`): runs a program without judging it, and shows what it writes
//! - [`Grader::check_data`] (`verify`): what a package's own validators say of its test data
//! - [`work`]: the worker's loops around it (`worker`)
//!
//! Every failure has an owner. The submitter's is a verdict; the problem's is `JE`; the system's is an `Err`, is tried
//! again elsewhere and never becomes a contestant's verdict.

mod ahead;
mod answers;
mod case;
mod case_files;
mod class_file;
mod compile;
mod example;
mod grader;
mod included;
mod interaction;
mod languages;
mod own_grader;
mod package_cache;
mod plan;
mod pool;
mod prepare;
mod said;
mod self_test;
mod tools;
mod trial;
mod validator;
mod verify;
mod worker;
mod workshop;

pub use example::Depth;
pub use grader::{Grader, GraderConfig, Job};
pub use languages::{Install, Languages};
pub use self_test::{SelfTest, Usage};
pub use verify::Finding;
pub use worker::{Examiner, Nothing, WorkerConfig, work, work_with};

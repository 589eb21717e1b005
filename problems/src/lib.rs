//! Problem packages: read, check, pack; and the default comparator.
//!
//! A package is a directory (or a zip of one) in the Kattis/ICPC problem package format: version 2025-09, read by the letter,
//! or one of the versions before it, read as leniently as verdicts allow.
//!
//! - [`Package`] (`package`) puts together what the others read: `layout` (what is at the top), `problem_yaml` with
//!   `limits` and `credits`, `test_data` with `settings` (what cases inherit) and `self_test`, `example` (the example
//!   submissions) with `expectation` and `demand` (which verdicts they should get), `glob` and `expected_results` (DOMjudge's tags).
//! - `version` tells the versions apart; `legacy_yaml`, `domjudge` and `tex_name` read what only the older ones have.
//! - [`Presentation`] (`presentation`) is what people are shown of a package: statements, samples, attachments.
//! - [`Group`] and [`Grading`] (`grading`) make one verdict, and one score, of those of the cases.
//!   `scoring` reads what packages say of scores, `score_demand` what they expect.
//! - [`Program`]s (`program`) are validators (`validation`), perhaps written with [`Testlib`] (`testlib`); `include` has what is added to submissions, and
//!   [`Constants`] (`constants`) stand for words in all of them.
//! - `tree` knows the files: names that the format allows, links that stay inside (`link`). Everything else reads
//!   through it. `hash` and `pack` write it down, `archive` makes one of a zip that nobody trusts.
//! - `yaml` is a tree with line numbers, and the one place that knows the library; `fields` reads it with types.
//! - `trial` is what is left of a package when a program is merely tried.
//! - [`Complaint`]s (`complaint`) are collected: an author reads everything that is wrong at once.
//! - [`Comparator`] (`comparator`) is the format's default output validator.
//!
//! Nothing here runs a program, and nothing is judged that is not understood: what the format has and this crate does
//! not do yet is refused.

mod archive;
mod comparator;
mod complaint;
mod constants;
mod credits;
mod demand;
mod domjudge;
mod example;
mod example_source;
mod expectation;
mod expected_results;
mod fields;
mod glob;
mod grading;
mod hash;
mod include;
mod language;
mod layout;
mod legacy_yaml;
mod limits;
mod link;
mod name;
mod pack;
mod package;
mod presentation;
mod problem_yaml;
mod program;
mod score_demand;
mod scoring;
mod self_test;
mod settings;
mod test_data;
mod testlib;
mod tex_name;
mod text_file;
mod tree;
mod trial;
mod validation;
mod version;
mod yaml;

pub use archive::Caps;
pub use comparator::{Comparator, Difference};
pub use complaint::{Complaint, Refused};
pub use constants::Constants;
pub use demand::{Bound, Seen, Standing};
pub use example::Example;
pub use grading::{
    CaseResult, CaseScore, Child, Combine, Given, Grading, Group, ImpossibleScore, Mode, OnReject, Outcome,
    Range, Reported, Scores, StaticCase, Step, score_of,
};
pub use include::Includes;
pub use layout::{Statement, StatementFormat};
pub use limits::{Inference, ValidationLimits};
pub use package::Package;
pub use presentation::{Presentation, Sample, Shown};
pub use program::{Program, ProgramFile, Start};
pub use scoring::Objective;
pub use self_test::KnownOutput;
pub use test_data::{Case, Interaction, InvalidInput};
pub use testlib::Testlib;
pub use validation::ValidatorArgs;
pub use version::Version;

//! Problem packages: read, check, pack; and the default comparator.
//!
//! A package is a directory (or a zip of one) in the Kattis/ICPC problem package format, version 2025-09.
//!
//! - [`Package`] (`package`) puts together what the others read: `layout` (what is at the top), `problem_yaml` with
//!   `limits` and `credits`, `test_data` with `settings` (what cases inherit) and `self_test`, `example` (the example
//!   submissions) with `expectation` (which verdicts they should get) and `glob`.
//! - `tree` knows the files: names that the format allows, links that stay inside (`link`). Everything else reads
//!   through it. `hash` and `pack` write it down, `archive` makes one of a zip that nobody trusts.
//! - `yaml` is a tree with line numbers, and the one place that knows the library; `fields` reads it with types.
//! - [`Complaint`]s (`complaint`) are collected: an author reads everything that is wrong at once.
//! - [`Comparator`] (`comparator`) is the format's default output validator.
//!
//! Nothing here runs a program, and nothing is judged that is not understood: what the format has and this crate does
//! not do yet is refused.

mod archive;
mod comparator;
mod complaint;
mod credits;
mod example;
mod expectation;
mod fields;
mod glob;
mod hash;
mod language;
mod layout;
mod limits;
mod link;
mod name;
mod pack;
mod package;
mod problem_yaml;
mod self_test;
mod settings;
mod test_data;
mod text_file;
mod tree;
mod yaml;

pub use archive::Caps;
pub use comparator::{Comparator, Difference};
pub use complaint::{Complaint, Refused};
pub use example::Example;
pub use layout::{Statement, StatementFormat};
pub use package::Package;
pub use test_data::Case;

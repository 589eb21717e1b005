//! What the tests share: packages made on the spot, and slots whose init is this crate's own program.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "this is test code, and each test binary uses a part of it"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use domain::SourceFile;
use judge::{Grader, Languages};
use problems::Package;
use sandbox::SlotConfig;

/// A test case: name below `data/`, input, answer.
pub(crate) type Case<'a> = (&'a str, &'a str, &'a str);

/// A + B, with a sample and two secrets.
pub(crate) const SUM: [Case<'static>; 3] = [
    ("sample/1", "1 2\n", "3\n"),
    ("secret/1", "10 20\n", "30\n"),
    ("secret/2", "-5 5\n", "0\n"),
];

/// Writes a package with these limits (a YAML map) and cases, and opens it.
pub(crate) fn package(root: &Path, limits: &str, cases: &[Case<'_>]) -> Package {
    let yaml = format!(
        "problem_format_version: 2025-09\nname: Test\nuuid: 11111111-2222-4333-8444-555555555555\nlimits: {limits}\n"
    );
    write_package(root, &yaml, cases);
    Package::open(root).unwrap()
}

/// Writes a package of any version with those files beside its cases, and opens it.
pub(crate) fn package_of(root: &Path, yaml: &str, files: &[(&str, &str)], cases: &[Case<'_>]) -> Package {
    for (name, content) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        let is_script = content.starts_with("#!");
        let mode = if is_script { 0o755 } else { 0o644 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    write_package(root, yaml, cases);
    Package::open(root).unwrap()
}

fn write_package(root: &Path, yaml: &str, cases: &[Case<'_>]) {
    let write = |name: &str, content: &str| {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    write("problem.yaml", yaml);
    write("statement/problem.en.md", "Add.\n");
    write("input_validators/accept.py", "import sys\nsys.exit(42)\n");
    write(
        "submissions/accepted/sum.py",
        "print(sum(map(int, input().split())))\n",
    );
    for (name, input, answer) in cases {
        write(&format!("data/{name}.in"), input);
        write(&format!("data/{name}.ans"), answer);
    }
}

/// Warm slots with the built-in languages.
pub(crate) async fn grader(slots: usize) -> Grader {
    grader_with(Languages::builtin(), slots).await
}

/// Warm slots with other languages.
pub(crate) async fn grader_with(languages: Languages, slots: usize) -> Grader {
    Grader::start_in(Arc::new(languages), slots, slot_config())
        .await
        .unwrap()
}

/// Slots for a test binary, whose `main` is not ours.
pub(crate) fn slot_config() -> SlotConfig {
    SlotConfig {
        init_program: Some(env!("CARGO_BIN_EXE_gavel-judge-slot").into()),
        ..SlotConfig::default()
    }
}

/// A lone source file.
pub(crate) fn source(name: &str, content: &str) -> Vec<SourceFile> {
    vec![SourceFile {
        name: name.to_owned(),
        content: content.to_owned(),
    }]
}

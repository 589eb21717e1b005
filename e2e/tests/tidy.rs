//! The house rules that no compiler checks: who may use whom, who may name which foreign crate, equal migrations.

#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Who may use whom: a crate, and the crates of ours that its code may name.
const ARROWS: [(&str, &[&str]); 13] = [
    ("domain", &[]),
    ("sandbox", &[]),
    ("metrics", &[]),
    ("store", &["domain"]),
    ("bus", &["domain"]),
    ("problems", &["domain"]),
    (
        "judge",
        &["domain", "store", "bus", "problems", "sandbox", "metrics"],
    ),
    ("api", &["domain", "store", "bus", "problems"]),
    ("gateway", &["domain", "store", "bus", "metrics"]),
    // The pages call the use cases of `api`, so that no rule is written twice.
    ("web", &["domain", "store", "problems", "api"]),
    (
        "cli",
        &[
            "domain", "store", "bus", "problems", "sandbox", "judge", "api", "gateway", "web", "metrics",
        ],
    ),
    ("e2e", &[]),
    ("bench", &["e2e"]),
];

/// Foreign crates that have one owner. The end-to-end harness looks from outside and may talk to Redis itself.
const OWNERS: [(&str, &[&str]); 9] = [
    ("sqlx", &["store"]),
    ("object_store", &["store"]),
    ("redis", &["bus", "e2e"]),
    ("rustix", &["sandbox"]),
    ("nix", &["sandbox"]),
    ("libc", &["sandbox"]),
    ("seccompiler", &["sandbox"]),
    ("clap", &["cli"]),
    ("prometheus-client", &["metrics"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names below `[dependencies]` of a manifest.
fn dependencies(package: &str) -> BTreeSet<String> {
    read(&root().join(package).join("Cargo.toml"))
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty() && !name.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

/// Every file of ours below `directory` that ends so, apart from what is built.
fn files(directory: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).unwrap().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            if path.is_dir() && name != "target" && name != "library" {
                open.push(path);
            } else if name.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn crates_use_only_those_below_them() {
    let members: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    let declared = read(&root().join("Cargo.toml"));
    for member in &members {
        assert!(
            declared.contains(&format!("\"{member}\"")),
            "{member} is no member of the workspace"
        );
    }
    for (name, allowed) in ARROWS {
        for used in dependencies(name)
            .iter()
            .filter(|used| members.contains(used.as_str()))
        {
            assert!(allowed.contains(&used.as_str()), "{name} may not use {used}");
        }
    }
}

#[test]
fn foreign_crates_stay_with_their_owners() {
    for (name, _) in ARROWS {
        let used = dependencies(name);
        for (foreign, owners) in OWNERS {
            assert!(
                !used.contains(foreign) || owners.contains(&name),
                "{name} may not use {foreign}"
            );
        }
    }
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |engine: &str| -> Vec<String> {
        files(&root().join("migrations").join(engine), ".sql")
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect()
    };
    let postgres = names("postgres");
    assert_eq!(postgres, names("sqlite"));
    assert!(!postgres.is_empty(), "there are no migrations");
}

#[test]
fn unsafe_code_lives_in_one_room() {
    for (name, _) in ARROWS {
        for path in files(&root().join(name), ".rs") {
            let is_sys =
                path.starts_with(root().join("sandbox/src/sys")) || path.ends_with("sandbox/src/sys.rs");
            let names_it = read(&path).lines().any(|line| {
                let code = line.split("//").next().unwrap_or_default();
                code.contains(concat!("unsafe", " {")) || code.contains(concat!("unsafe", "_code,"))
            });
            assert!(
                !names_it || is_sys,
                "{} has unsafe code outside sandbox/src/sys",
                path.display()
            );
        }
    }
}

#[test]
fn no_test_is_ignored() {
    for (name, _) in ARROWS {
        for path in files(&root().join(name), ".rs") {
            let ignores = read(&path).contains(concat!("#[", "ignore"));
            assert!(!ignores, "{} ignores a test", path.display());
        }
    }
}

#[test]
fn every_shared_dependency_is_used() {
    let declared = read(&root().join("Cargo.toml"));
    let names: Vec<&str> = declared
        .lines()
        .skip_while(|line| *line != "[workspace.dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" = ").map(|(name, _)| name))
        .filter(|name| !name.starts_with('#'))
        .collect();
    assert!(names.len() > 20, "the manifest is not read rightly: {names:?}");
    let mut uses: BTreeMap<&str, usize> = names.iter().map(|name| (*name, 0)).collect();
    for (member, _) in ARROWS {
        let manifest = read(&root().join(member).join("Cargo.toml"));
        for (name, count) in &mut uses {
            let used = manifest
                .lines()
                .any(|line| line.starts_with(&format!("{name}.")) || line.starts_with(&format!("{name} ")));
            *count += usize::from(used);
        }
    }
    let unused: Vec<_> = uses
        .into_iter()
        .filter(|(_, count)| *count == 0)
        .map(|(name, _)| name)
        .collect();
    assert!(
        unused.is_empty(),
        "declared for the workspace and used by nobody: {unused:?}"
    );
}

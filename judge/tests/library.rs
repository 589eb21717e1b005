//! The sample packages and their example submissions: every kind of problem, judged with every kind of run-time.

#![cfg(test)]

mod support;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{LanguageId, SourceFile, Verdict};
use judge::{Job, Languages};
use problems::{Example, Package};
use support::grader;
use tokio::task::JoinSet;

/// Languages whose tools are on every machine that runs the tests: `e2e/install-tools.sh` sees to it.
const EVERYWHERE: [&str; 8] = ["c", "cpp", "java", "javascript", "lua", "perl", "python3", "ruby"];

/// A test for each package, so that a machine with many processors does not judge them one after another.
macro_rules! the_example_submissions_get_what_is_expected_of_them_in {
    ($($package:ident)*) => {
        const PACKAGES: &[&str] = &[$(stringify!($package)),*];

        mod the_example_submissions_get_what_is_expected_of_them_in {
            $(
                #[tokio::test]
                async fn $package() {
                    super::judge_examples(stringify!($package)).await;
                }
            )*
        }
    };
}

the_example_submissions_get_what_is_expected_of_them_in! {
    aplusb backpack circlearea divisors inversions mirrorline numberhunt roman stairs treasurenote twoprimes twosquares
    withoutplus zerosum
}

fn library() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../problems/library")
}

async fn judge_examples(name: &str) {
    let grader = grader(2).await;
    let package = Arc::new(Package::open(&library().join(name)).unwrap());
    assert!(!package.submissions.is_empty());
    let mut grading = JoinSet::new();
    for example in &package.submissions {
        let (grader, example, job) = (grader.clone(), example.clone(), job(&package, example));
        grading.spawn(async move {
            let found = grader.grade(&job, |_, _| {}).await.unwrap();
            let what = format!("{}: {found:?}", example.path.display());
            assert!(example.expected.contains(&found.verdict), "{what}");
        });
    }
    grading.join_all().await;
}

fn job(package: &Arc<Package>, example: &Example) -> Job {
    let files = files(example);
    Job {
        package: Arc::clone(package),
        language: if package.takes_answers() {
            LanguageId::text()
        } else {
            Languages::builtin().guess(&files).unwrap()
        },
        files,
        entry_point: None,
    }
}

fn files(example: &Example) -> Vec<SourceFile> {
    let files = example.files.iter().map(|file| SourceFile {
        name: file.name.clone(),
        content: std::fs::read_to_string(&file.path).unwrap(),
    });
    files.collect()
}

#[test]
fn every_package_has_its_test() {
    let entries = std::fs::read_dir(library()).unwrap();
    let found: BTreeSet<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let tested: BTreeSet<_> = PACKAGES.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(found, tested);
}

#[test]
fn every_package_is_solved_in_eight_languages() {
    let languages = Languages::builtin();
    for name in PACKAGES {
        let package = Package::open(&library().join(name)).unwrap();
        // What is submitted there are answers, which no language is needed for.
        if package.takes_answers() {
            continue;
        }
        let accepted = package
            .submissions
            .iter()
            .filter(|example| example.path.starts_with("accepted") && example.expected == [Verdict::Ac]);
        let found: BTreeSet<String> = accepted
            .map(|example| languages.guess(&files(example)).unwrap().to_string())
            .collect();
        for language in EVERYWHERE {
            assert!(
                found.contains(language),
                "{name}: no accepted submission in {language}"
            );
        }
    }
}

/// What the installer reads of the table is what the table says.
#[test]
fn the_installer_installs_the_packages_of_the_table() {
    let table = Languages::builtin();
    let mut expected = BTreeSet::new();
    for language in table.list() {
        let install = table.install(&language.id).unwrap();
        let of = |manager: &str, packages: &[String]| -> Vec<String> {
            let lines = packages.iter().map(|package| format!("{manager} {package}"));
            lines.collect()
        };
        expected.extend(of("apt", &install.apt));
        expected.extend(of("npm", &install.npm));
        expected.extend(of("pip", &install.pip));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("languages/install.sh");
    #[expect(
        clippy::disallowed_methods,
        reason = "a script that developers run, not a submission"
    )]
    let told = std::process::Command::new("sh")
        .arg(script)
        .arg("--list")
        .output();
    let told = String::from_utf8(told.unwrap().stdout).unwrap();
    let found: BTreeSet<String> = told.lines().map(str::to_owned).collect();
    assert_eq!(found, expected);
}

/// The others are tried out by `gavel languages --check`, which takes minutes where all of them are.
#[tokio::test]
async fn the_self_tests_of_the_languages_of_every_machine_pass() {
    let grader = grader(2).await;
    let mut checking = JoinSet::new();
    for id in EVERYWHERE {
        let (grader, id) = (grader.clone(), id.parse::<LanguageId>().unwrap());
        checking.spawn(async move {
            let found = grader.language(&id).await.unwrap();
            assert_eq!(found.unavailable, None, "{id}");
            let tests = grader.self_test(&id).await.unwrap();
            let names: Vec<_> = tests.iter().map(|test| test.name).collect();
            assert_eq!(names, ["hello", "sum"], "{id}: {tests:?}");
            for test in tests {
                assert_eq!(test.failure, None, "{id}: {}", test.name);
            }
        });
    }
    checking.join_all().await;
}

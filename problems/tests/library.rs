//! The sample packages that come with the source.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

use std::fs::{self, File};
use std::io::{BufReader, Cursor};
use std::path::{Path, PathBuf};

use domain::Verdict;
use problems::{Caps, Comparator, Package, ProgramFile};

fn library() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("library");
    let mut packages: Vec<_> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    packages.sort();
    packages
}

fn open(root: &Path) -> Package {
    Package::open(root).unwrap_or_else(|refused| panic!("{}: {refused}", root.display()))
}

#[test]
fn every_package_is_valid_without_a_warning() {
    let packages = library();
    assert!(packages.len() >= 3);
    for root in packages {
        let package = open(&root);
        assert_eq!(package.warnings, [], "{}", root.display());
        assert!(package.cases.iter().any(|case| case.sample), "{}", root.display());
        assert!(
            package.cases.iter().any(|case| !case.sample),
            "{}",
            root.display()
        );
        assert_eq!(package.statements.len(), 1);
    }
}

#[test]
fn every_package_has_submissions_of_every_kind() {
    for root in library() {
        let package = open(&root);
        // What is no program is neither slow nor does it crash.
        let verdicts = if package.takes_answers() {
            &[Verdict::Ac, Verdict::Wa][..]
        } else {
            &[Verdict::Ac, Verdict::Wa, Verdict::Tle, Verdict::Rte]
        };
        for verdict in verdicts {
            let verdict = *verdict;
            let examples = package.submissions.iter();
            assert!(
                // Who is too slow somewhere may be wrong elsewhere, by the older versions; and where there are scores, a
                // part of them is enough to be accepted.
                examples.clone().any(|example| match verdict {
                    Verdict::Ac => example.expected == [Verdict::Ac],
                    _ => example.expected != [Verdict::Ac] && example.expected.contains(&verdict),
                }),
                "{}: {verdict}",
                root.display()
            );
        }
        if package.takes_answers() {
            continue;
        }
        for ending in ["c", "cpp", "py"] {
            let has_ending = |file: &ProgramFile| {
                file.name
                    .rsplit_once('.')
                    .is_some_and(|(_, found)| found == ending)
            };
            let accepted = package
                .submissions
                .iter()
                .filter(|example| example.agrees_with(Verdict::Ac));
            assert!(
                accepted.flat_map(|example| &example.files).any(has_ending),
                "{}: {ending}",
                root.display()
            );
        }
    }
}

#[test]
fn every_answer_agrees_with_itself_and_not_with_nothing() {
    for root in library() {
        for case in open(&root).cases {
            let answer = || BufReader::new(File::open(&case.answer).unwrap());
            assert_eq!(
                case.comparator.compare(answer(), answer()).unwrap(),
                None,
                "{}",
                case.name
            );
            let difference = case.comparator.compare(answer(), &b""[..]).unwrap();
            assert!(difference.is_some(), "{}", case.name);
        }
    }
}

#[test]
fn tolerances_reach_their_cases() {
    let root = library()
        .into_iter()
        .find(|root| root.ends_with("circlearea"))
        .unwrap();
    let expected = Comparator {
        float_relative_tolerance: Some(1e-6),
        float_absolute_tolerance: Some(1e-6),
        ..Comparator::default()
    };
    for case in open(&root).cases {
        assert_eq!(case.comparator, expected, "{}", case.name);
    }
}

#[test]
fn a_package_and_its_zip_are_the_same() {
    for root in library() {
        let package = open(&root);
        let mut zip = Vec::new();
        package.zip(Cursor::new(&mut zip)).unwrap();
        let mut again = Vec::new();
        package.zip(Cursor::new(&mut again)).unwrap();
        assert!(zip == again, "{}: two zips differ", root.display());

        let into = tempfile::tempdir().unwrap();
        let unzipped = Package::unzip(Cursor::new(&zip), into.path(), &Caps::default()).unwrap();
        assert_eq!(unzipped.hash().unwrap(), package.hash().unwrap());
        assert_eq!(unzipped.uuid, package.uuid);
        assert_eq!(unzipped.warnings, []);
        let names = |package: &Package| {
            package
                .cases
                .iter()
                .map(|case| case.name.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&unzipped), names(&package));
        assert!(names(&package).is_sorted());
    }
}

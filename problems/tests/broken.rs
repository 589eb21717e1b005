//! Every sample package, broken on purpose in many ways: each time its author reads what is wrong, and where.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use problems::{Complaint, Package};
use tempfile::TempDir;

const YAML: &str = "problem.yaml";

/// A copy of a sample package.
struct Sample {
    name: String,
    around: TempDir,
}

impl Sample {
    fn root(&self) -> PathBuf {
        self.around.path().join(&self.name)
    }

    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Replaces the line of `problem.yaml` that begins with a key, and gives its number.
    fn set(&self, key: &str, instead: &str) -> u32 {
        let path = self.root().join(YAML);
        let text = fs::read_to_string(&path).unwrap();
        let at = text.lines().position(|line| line.trim_start().starts_with(key));
        let at = at.unwrap_or_else(|| panic!("{}: no {key}", self.name));
        let lines = text.lines().enumerate();
        let lines = lines.map(|(index, line)| if index == at { instead } else { line });
        fs::write(path, lines.collect::<Vec<_>>().join("\n") + "\n").unwrap();
        u32::try_from(at + 1).unwrap()
    }

    /// A secret case, by its path without the ending.
    fn case(&self) -> String {
        let mut directory = "data/secret".to_owned();
        loop {
            let entries = fs::read_dir(self.root().join(&directory)).unwrap();
            let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let mut names: Vec<_> = names
                .filter(|name| name.strip_suffix(".yaml").is_none())
                .collect();
            names.sort();
            let cases = names.iter().filter_map(|name| name.strip_suffix(".ans"));
            match cases.min() {
                Some(case) => return format!("{directory}/{case}"),
                None => directory = format!("{directory}/{}", names[0]),
            }
        }
    }

    fn remove(&self, path: &str) {
        let path = self.root().join(path);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Breaks a package; gives file, line, key and words of what its author is to read.
type Break = fn(&Sample) -> (String, u32, &'static str, &'static str);

fn yaml(line: u32, key: &'static str, words: &'static str) -> (String, u32, &'static str, &'static str) {
    (YAML.to_owned(), line, key, words)
}

const BREAKS: [Break; 22] = [
    |sample| yaml(sample.set("name:", "name: x: y"), "", "is not YAML"),
    |sample| {
        yaml(
            sample.set("name:", "name: 5"),
            "name",
            "must be a string, not an integer",
        )
    },
    |sample| yaml(sample.set("name:", "name: {sv: Namn}"), "name.en", "is required"),
    |sample| {
        sample.set("uuid:", "# no name");
        yaml(1, "uuid", "is required")
    },
    |sample| yaml(sample.set("uuid:", "uuid: 7692f806"), "uuid", "must be a UUID"),
    |sample| {
        yaml(
            sample.set("license:", "license: mine"),
            "license",
            "is not one of unknown",
        )
    },
    |sample| yaml(sample.set("keywords:", "type: batch"), "type", "is not a type"),
    |sample| {
        yaml(
            sample.set("keywords:", "keywords: a, b"),
            "keywords",
            "must be a list",
        )
    },
    |sample| {
        yaml(
            sample.set("time_limit:", "  time_limit: fast"),
            "limits.time_limit",
            "must be a number",
        )
    },
    |sample| {
        yaml(
            sample.set("time_limit:", "  time_limit: 0"),
            "limits.time_limit",
            "more than 0",
        )
    },
    |sample| {
        yaml(
            sample.set("memory:", "  memory: 1.5"),
            "limits.memory",
            "must be an integer",
        )
    },
    |sample| {
        yaml(
            sample.set("memory:", "  time_limit: 9"),
            "limits.time_limit",
            "is there twice",
        )
    },
    |sample| {
        yaml(
            sample.set("problem_format_version:", "problem_format_version: 2031-01"),
            "problem_format_version",
            "is not a version of the format",
        )
    },
    |sample| {
        sample.write(YAML, b"problem_format_version: 2025-09\nname: \xe9\n");
        yaml(2, "", "is not UTF-8")
    },
    |sample| {
        let case = sample.case();
        sample.remove(&format!("{case}.ans"));
        (format!("{case}.in"), 0, "", "has no answer")
    },
    |sample| {
        let case = sample.case();
        sample.remove(&format!("{case}.in"));
        (format!("{case}.ans"), 0, "", "belongs to no test case")
    },
    |sample| {
        let file = "data/secret/test_group.yaml";
        sample.write(file, "\noutput_validator_args: {a: b}\n");
        (file.to_owned(), 2, "output_validator_args", "must be a list")
    },
    |sample| {
        let file = format!("{}.yaml", sample.case());
        sample.write(&file, "args: [x]\nfull_feedback: maybe\n");
        (file, 2, "full_feedback", "must be true or false")
    },
    |sample| {
        let file = "submissions/submissions.yaml";
        sample.write(file, "accepted:\n  permitted: [CORRECT]\n");
        (file.to_owned(), 2, "accepted.permitted[0]", "is not one of AC")
    },
    |sample| {
        symlink(
            "../../../../etc/passwd",
            sample.root().join("data/secret/link.in"),
        )
        .unwrap();
        ("data/secret/link.in".to_owned(), 0, "", "leaves the package")
    },
    |sample| {
        sample.write("data/testdata.yaml", "on_reject: continue\n");
        ("data/testdata.yaml".to_owned(), 0, "", "another version")
    },
    |sample| {
        sample.remove("statement");
        ("statement".to_owned(), 0, "", "is missing")
    },
];

/// Those of the newest version: older ones are read leniently.
fn samples() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("library");
    let paths = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let is_newest = |path: &PathBuf| fs::read_to_string(path.join(YAML)).unwrap().contains("2025-09");
    paths.filter(is_newest).collect()
}

fn sample(from: &Path) -> Sample {
    let around = tempfile::tempdir().unwrap();
    let name = from.file_name().unwrap().to_str().unwrap().to_owned();
    copy(from, &around.path().join(&name));
    Sample { name, around }
}

fn find<'a>(
    complaints: &'a [Complaint],
    file: &str,
    line: u32,
    key: &str,
    words: &str,
) -> Option<&'a Complaint> {
    complaints.iter().find(|complaint| {
        let place = (
            complaint.line.unwrap_or(0),
            complaint.key.as_deref().unwrap_or(""),
        );
        complaint.file == file && place == (line, key) && complaint.what.contains(words)
    })
}

#[test]
fn every_break_is_told_with_its_place() {
    // The smallest data only: that of the others is megabytes, and says no more.
    for package in samples().into_iter().filter(|path| !path.ends_with("inversions")) {
        for (index, make) in BREAKS.iter().enumerate() {
            let sample = sample(&package);
            let (file, line, key, words) = make(&sample);
            let refused = Package::open(&sample.root()).unwrap_err();
            assert!(
                find(&refused.0, &file, line, key, words).is_some(),
                "{} {index}: no {file}:{line}: {key}: {words} among:\n{refused}",
                sample.name
            );
        }
    }
}

#[test]
fn all_breaks_are_told_at_once() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("library/aplusb");
    let sample = sample(&root);
    let mut expected = Vec::new();
    for index in [1, 4, 5, 7, 8, 10, 14, 16, 18, 19, 20, 21] {
        expected.push(BREAKS[index](&sample));
    }
    let refused = Package::open(&sample.root()).unwrap_err();
    for (file, line, key, words) in expected {
        assert!(
            find(&refused.0, &file, line, key, words).is_some(),
            "no {file}:{line}: {key}: {words} among:\n{refused}"
        );
    }
}

#[test]
fn what_only_looks_odd_is_warned_of() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("library/aplusb");
    let sample = sample(&root);
    let last = fs::read_to_string(sample.root().join(YAML))
        .unwrap()
        .lines()
        .count()
        + 1;
    let text = fs::read_to_string(sample.root().join(YAML)).unwrap() + "colour: red\n";
    sample.write(YAML, format!("\u{feff}{}", text.replace('\n', "\r\n")));
    sample.write("notes.txt", "x");
    sample.write("data/secret/notes.md", "x");
    sample.write(".git/config", "x");
    sample.write("input_validators/format.ctd", "EOF\n");
    sample.write("submissions/ideas/a.py", "x\n");
    let odd = std::ffi::OsStr::from_bytes(b"pr\xfcfung.in");
    fs::write(sample.root().join("data/secret").join(odd), "x").unwrap();
    let package = Package::open(&sample.root()).unwrap();
    for (file, line, key, words) in [
        (YAML, 1, "", "byte order mark"),
        (
            YAML,
            u32::try_from(last).unwrap(),
            "colour",
            "is not a key of this format",
        ),
        ("notes.txt", 0, "", "is ignored"),
        ("data/secret/notes.md", 0, "", "is ignored"),
        (".git", 0, "", "is ignored"),
        ("input_validators/format.ctd", 0, "", "which is not run"),
        ("submissions/ideas/a.py", 0, "", "is ignored"),
        ("data/secret/pr\u{fffd}fung.in", 0, "", "is ignored"),
    ] {
        assert!(
            find(&package.warnings, file, line, key, words).is_some(),
            "no {file}:{line}: {key}: {words} among {:?}",
            package.warnings
        );
    }
}

//! `gavel problem verify`: the packages of the library are what they say, and broken ones are told what is wrong.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use e2e::gavel::gavel;
use serde_json::Value;

fn library() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../problems/library")
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Verifies a package; gives the exit code and the JSON of the package.
fn verify(package: &Path) -> Result<(Option<i32>, Value)> {
    let path = package.display().to_string();
    let done = gavel(&["problem", "verify", "--json", &path])?.output()?;
    let said: Value = serde_json::from_slice(&done.stdout).with_context(|| format!("{done:?}"))?;
    Ok((done.status.code(), said["packages"][0].clone()))
}

#[test]
fn the_sample_with_many_answers_is_what_it_says() -> Result<()> {
    let package = library().join("twoprimes");
    let (code, found) = verify(&package)?;
    ensure!(code == Some(0) && found["ok"] == true, "{code:?} {found}");
    ensure!(
        found["totals"]["submissions"] == 16 && found["totals"]["ok"] == 16,
        "{found}"
    );
    let submissions = found["submissions"].as_array().context("no submissions")?;
    let wrong = submissions
        .iter()
        .find(|row| row["path"] == "wrong_answer/always_three.c");
    let wrong = wrong.context("not there")?;
    ensure!(
        wrong["got"] == "WA" && wrong["first_failing"] == "secret/02-three-is-not-enough",
        "{wrong}"
    );
    ensure!(
        wrong["language"] == "c" && wrong["expected"][0] == "WA",
        "{wrong}"
    );
    Ok(())
}

#[test]
fn a_package_that_is_not_what_it_says_is_told_where() -> Result<()> {
    for (file, content, subject, words) in [
        (
            "data/secret/01-six.in",
            "7\n",
            "data/secret/01-six.in",
            "validate rejects it: 7 is odd",
        ),
        (
            "data/invalid_input/fine.in",
            "8\n",
            "data/invalid_input/fine.in",
            "every input validator accepts it",
        ),
        (
            "data/valid_output/other-pair.out",
            "4 6\n",
            "data/valid_output/other-pair.out",
            "but is rejected",
        ),
        (
            "data/invalid_output/not-prime.out",
            "7 3\n",
            "data/invalid_output/not-prime.out",
            "but is accepted",
        ),
        (
            "output_validator/validate.cpp",
            "int main() { return x; }\n",
            "output_validators",
            "does not compile",
        ),
        (
            "input_validators/validate.py",
            "x(\n",
            "data/sample/1.in",
            "exits with code 1",
        ),
    ] {
        let home = tempfile::tempdir()?;
        let package = home.path().join("twoprimes");
        copy(&library().join("twoprimes"), &package)?;
        fs::remove_dir_all(package.join("submissions"))?;
        fs::create_dir_all(package.join("submissions/accepted"))?;
        fs::copy(
            library().join("twoprimes/submissions/accepted/middle.c"),
            package.join("submissions/accepted/middle.c"),
        )?;
        let path = package.join(file);
        fs::create_dir_all(path.parent().context("no parent")?)?;
        fs::write(path, content)?;
        let (code, found) = verify(&package)?;
        ensure!(
            code == Some(1) && found["ok"] == false,
            "{file}: {code:?} {found}"
        );
        let findings = found["findings"].as_array().context("no findings")?;
        let is_told = findings.iter().any(|finding| {
            finding["subject"] == subject && finding["what"].as_str().is_some_and(|what| what.contains(words))
        });
        ensure!(is_told, "{file}: {found}");
    }
    Ok(())
}

#[test]
fn a_submission_with_another_verdict_is_a_mismatch_and_a_refused_package_too() -> Result<()> {
    let home = tempfile::tempdir()?;
    let package = home.path().join("aplusb");
    copy(&library().join("aplusb"), &package)?;
    fs::remove_dir_all(package.join("submissions"))?;
    for (path, content) in [
        ("accepted/good.py", "print(sum(map(int, input().split())))\n"),
        ("accepted/bad.py", "print(3)\n"),
        ("accepted/other.jl", "x\n"),
    ] {
        let path = package.join("submissions").join(path);
        fs::create_dir_all(path.parent().context("no parent")?)?;
        fs::write(path, content)?;
    }
    let path = package.display().to_string();
    let done = gavel(&["problem", "verify", &path])?.output()?;
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    ensure!(done.status.code() == Some(1), "{done:?}");
    ensure!(said.contains("! WA  AC           accepted/bad.py"), "{said}");
    ensure!(said.contains("  AC  AC           accepted/good.py"), "{said}");
    ensure!(
        said.contains("3 submissions, 1 not as expected, 1 skipped"),
        "{said}"
    );

    fs::remove_file(package.join("submissions/accepted/bad.py"))?;
    let looping = package.join("submissions/time_limit_exceeded/loop.py");
    fs::create_dir_all(looping.parent().context("no parent")?)?;
    fs::write(&looping, "while True: pass\n")?;
    fs::write(
        package.join("problem.yaml"),
        "name: Old\nlimits: {time_multiplier: 1}\n",
    )?;
    let (code, found) = verify(&package)?;
    ensure!(code == Some(0), "{found}");
    ensure!(found["inferred_time_limit_ms"] == 1000.0, "{found}");
    let last = found["submissions"]
        .as_array()
        .and_then(|rows| rows.last())
        .context("no rows")?;
    let slowest = last["slowest_ms"].as_f64().context("no time")?;
    ensure!(
        last["got"] == "TLE" && slowest < 5000.0, // Of 10 s that it could have had.
        "{last}"
    );

    fs::write(package.join("problem.yaml"), "type: batch\n")?;
    let (code, found) = verify(&package)?;
    ensure!(code == Some(1), "{found}");
    let refused = found["refused"].as_str().context("not refused")?;
    ensure!(
        refused.contains("problem.yaml:1: type: \"batch\" is not a type"),
        "{refused}"
    );
    Ok(())
}

/// A package that doubles numbers, with those files in it and nothing below `submissions`.
fn doubling(home: &Path, yaml: &str, files: &[(&str, &[u8])]) -> Result<PathBuf> {
    let package = home.join("double");
    let mut all: Vec<(String, Vec<u8>)> = vec![
        ("problem.yaml".to_owned(), yaml.as_bytes().to_vec()),
        ("problem_statement/problem.tex".to_owned(), b"x\n".to_vec()),
        (
            "input_validators/any.py".to_owned(),
            b"raise SystemExit(42)\n".to_vec(),
        ),
    ];
    for (name, input, answer) in [
        ("sample/1", "1", "2"),
        ("secret/a/1", "2", "4"),
        ("secret/a/2", "-2", "-4"),
        ("secret/b", "40", "80"),
    ] {
        all.push((format!("data/{name}.in"), input.into()));
        all.push((format!("data/{name}.ans"), answer.into()));
    }
    all.extend(
        files
            .iter()
            .map(|(path, content)| ((*path).to_owned(), content.to_vec())),
    );
    for (path, content) in all {
        let path = package.join(path);
        fs::create_dir_all(path.parent().context("no parent")?)?;
        fs::write(path, content)?;
    }
    Ok(package)
}

/// Prints the double, but for one input.
fn wrong_for(input: i32, instead: &str) -> String {
    format!("n = int(input())\nif n == {input}:\n    {instead}\nprint(2 * n)\n")
}

#[test]
fn expectations_are_looked_at_as_far_as_they_go() -> Result<()> {
    let home = tempfile::tempdir()?;
    let yaml = "\
mixed/first.py:
  permitted: [AC, WA]
  required: [WA]
  secret/a: {permitted: [WA]}
mixed/late.py:
  permitted: [AC, WA, RTE]
  required: [RTE]
mixed/never.py: {permitted: [AC, WA, RTE], required: [RTE]}
mixed/part.py:
  'secret/{a/2,b}': {permitted: [AC], message: nothing}
mixed/said.py:
  secret/b: {required: [WA], message: 'has \"0\"'}
";
    let wrong = wrong_for(1, "n = 0");
    let late = "n = int(input())\nif n == 40:\n    n = 1 // 0\nprint(2 * n if n != 1 else 0)\n";
    let said = wrong_for(40, "n = 0");
    let package = doubling(
        home.path(),
        "name: Double\nlimits: {time_limit: 10}\n",
        &[
            ("submissions/submissions.yaml", yaml.as_bytes()),
            ("submissions/mixed/first.py", wrong.as_bytes()),
            ("submissions/mixed/late.py", late.as_bytes()),
            ("submissions/mixed/never.py", wrong.as_bytes()),
            ("submissions/mixed/part.py", wrong.as_bytes()),
            ("submissions/mixed/said.py", said.as_bytes()),
            ("submissions/accepted/good.py", b"print(2 * int(input()))\n"),
        ],
    )?;
    let (code, found) = verify(&package)?;
    ensure!(code == Some(1), "{found}");
    for (path, got, cases_run, missed) in [
        ("accepted/good.py", "AC", 4, None),
        (
            "mixed/first.py",
            "WA",
            2,
            Some("AC is not permitted in secret/a/1"),
        ),
        ("mixed/late.py", "WA", 4, None),
        ("mixed/never.py", "WA", 4, Some("no case has RTE")),
        (
            "mixed/part.py",
            "WA",
            3,
            Some("no message to judges of secret/{a/2,b}"),
        ),
        ("mixed/said.py", "WA", 4, None),
    ] {
        let mut rows = found["submissions"].as_array().context("no submissions")?.iter();
        let row = rows.find(|row| row["path"] == path).context(path)?;
        ensure!(row["got"] == got && row["ok"] == missed.is_none(), "{row}");
        ensure!(row["cases_run"] == cases_run, "{row}");
        let reason = row["missed"].as_str();
        ensure!(
            reason.is_some() == missed.is_some()
                && reason.unwrap_or_default().contains(missed.unwrap_or_default()),
            "{row}"
        );
    }
    Ok(())
}

#[test]
fn programs_in_languages_that_are_not_here_are_nobodys_mistake() -> Result<()> {
    for (yaml, path, content, note, skipped) in [
        (
            "name: Double\n",
            "input_validators/old.py",
            "#!/usr/bin/env python2\nprint 1\n",
            "input_validators/old cannot be run here",
            0,
        ),
        (
            "name: Double\nvalidation: custom\n",
            "output_validators/check.swift",
            "x\n",
            "output_validators/check cannot be run here",
            1,
        ),
    ] {
        let home = tempfile::tempdir()?;
        let good = "submissions/accepted/good.py";
        let files = [
            (path, content.as_bytes()),
            (good, b"print(2 * int(input()))\n".as_slice()),
        ];
        let yaml = format!("{yaml}limits: {{time_limit: 10}}\n");
        let package = doubling(home.path(), &yaml, &files)?;
        let (code, found) = verify(&package)?;
        ensure!(code == Some(0) && found["ok"] == true, "{path}: {found}");
        let notes = found["notes"].to_string();
        ensure!(notes.contains(note), "{path}: {notes}");
        ensure!(found["totals"]["skipped"] == skipped, "{path}: {found}");
        ensure!(found["fault"].is_null(), "{path}: {found}");
    }
    Ok(())
}

#[test]
fn a_report_for_ci_has_every_submission_once() -> Result<()> {
    let home = tempfile::tempdir()?;
    let package = doubling(
        home.path(),
        "name: Double\nlimits: {time_limit: 10}\n",
        &[
            // In an encoding of old, with a header in a directory.
            (
                "submissions/accepted/deep/main.cpp",
                b"// \xe5\xe4\xf6\n#include \"lib/twice.h\"\n#include <iostream>\nint main() { int n; std::cin >> n; std::cout << twice(n); }\n",
            ),
            ("submissions/accepted/deep/lib/twice.h", b"inline int twice(int n) { return 2 * n; }\n"),
            ("submissions/accepted/bad.py", b"import sys\nsys.exit('\\x1b[31m<&>')\n"),
            ("submissions/accepted/old.py", b"#!/usr/bin/env python2\nprint 2 * input()\n"),
            ("submissions/accepted/other.jl", b"x\n"),
        ],
    )?;
    let junit = home.path().join("report.xml");
    let (path, file) = (package.display().to_string(), junit.display().to_string());
    let done = gavel(&[
        "problem",
        "verify",
        "--jobs",
        "2",
        "--all-cases",
        "--junit",
        &file,
        &path,
    ])?
    .output()?;
    ensure!(done.status.code() == Some(1), "{done:?}");
    let said = String::from_utf8_lossy(&done.stdout);
    ensure!(
        said.contains("4 submissions, 1 not as expected, 2 skipped"),
        "{said}"
    );
    ensure!(said.contains("- --- AC           accepted/old.py"), "{said}");
    let text = fs::read_to_string(junit)?;
    for words in [
        "tests=\"5\" skipped=\"2\" errors=\"0\" failures=\"1\"",
        "classname=\"double.submissions\"",
        "name=\"accepted/deep\"",
        "<failure message=\"got RTE, expected AC: exit code 1 in case 1; RTE is not permitted\" type=\"RTE\">",
        "is in Python 2, by its first line",
    ] {
        ensure!(text.contains(words), "{words}: {text}");
    }
    ensure!(!text.contains('\u{1b}'), "{text}");
    Ok(())
}

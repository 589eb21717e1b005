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
        found["totals"]["submissions"] == 11 && found["totals"]["ok"] == 11,
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
        ("accepted/other.zig", "x\n"),
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
        last["got"] == "TLE" && (1000.0..2000.0).contains(&slowest),
        "{last}"
    );

    fs::write(package.join("problem.yaml"), "type: scoring\n")?;
    let (code, found) = verify(&package)?;
    ensure!(code == Some(1), "{found}");
    let refused = found["refused"].as_str().context("not refused")?;
    ensure!(
        refused.contains("problem.yaml:1: type: scoring problems are not supported yet"),
        "{refused}"
    );
    Ok(())
}

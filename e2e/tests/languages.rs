//! `gavel languages`: what it says of what is here, of what is missing, and of what does not work.

#![cfg(test)]

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use e2e::gavel::gavel;
use serde_json::Value;

/// Runs it with a directory of languages of our own; tells its exit code and what it says.
fn run(own: &Path, arguments: &[&str]) -> Result<(Option<i32>, String)> {
    let own = own.display().to_string();
    let done = gavel(&[&["languages", "--languages", &own], arguments].concat())?.output()?;
    let said = String::from_utf8(done.stdout)? + &String::from_utf8(done.stderr)?;
    Ok((done.status.code(), said))
}

const MISSING: &str = "name = 'Missing'\nextensions = ['missing']\nmain = 'main.missing'\n\
    tools = [{ program = 'no-such-tool', version = [] }]\nrun.command = ['no-such-tool']\n\
    [install]\napt = ['tool-b', 'tool-a']\nnpm = ['@some/tool@1.2.3']\npip = ['tool==3']\n";

const BROKEN: &str = "name = 'Broken'\nextensions = ['broken']\nmain = 'main.broken'\n\
    tools = [{ program = 'python3', version = ['--version'] }]\nrun.command = ['python3', '-V']\n\
    self-test.hello = 'x'\n";

/// A table with one language that is missing and one that does not work, beside those that are built in.
fn own() -> Result<tempfile::TempDir> {
    let directory = tempfile::tempdir()?;
    std::fs::write(directory.path().join("missing.toml"), MISSING)?;
    std::fs::write(directory.path().join("broken.toml"), BROKEN)?;
    Ok(directory)
}

#[test]
fn what_is_here_is_told_with_its_version_and_what_is_missing_with_what_brings_it() -> Result<()> {
    let own = own()?;
    let (code, said) = run(own.path(), &["bash", "Missing"])?;
    ensure!(code == Some(1), "one that was named is missing: {said}");
    for expected in [
        "here     GNU bash, version",
        "missing  no-such-tool is not installed",
        "1 of 2 are here; what brings the others:",
        "apt-get install --no-install-recommends tool-a tool-b\n",
        "npm install --ignore-scripts --prefix /usr/local/lib/gavel/npm @some/tool@1.2.3\n",
        "pip install --no-deps --target /usr/local/lib/gavel/pip tool==3\n",
    ] {
        ensure!(said.contains(expected), "{expected:?} is not in {said}");
    }
    let (code, said) = run(own.path(), &["bash"])?;
    ensure!(code == Some(0) && !said.contains("what brings"), "{said}");
    for (manager, expected) in [("apt", "tool-a tool-b\n"), ("npm", "@some/tool@1.2.3\n")] {
        let (_, said) = run(own.path(), &["--missing", manager, "missing", "bash"])?;
        ensure!(said == expected, "{said}");
    }
    Ok(())
}

#[test]
fn a_check_that_fails_is_told_and_counts() -> Result<()> {
    let own = own()?;
    let (code, said) = run(own.path(), &["--check", "--json", "broken", "python3"])?;
    ensure!(code == Some(1), "{said}");
    let told: Value = serde_json::from_str(&said)?;
    let languages = told["languages"].as_array().context("there are no languages")?;
    ensure!(languages.len() == 2, "{told}");
    ensure!(languages[0]["passed"] == false, "{told}");
    let failure = languages[0]["self_tests"][0]["failure"]
        .as_str()
        .unwrap_or_default();
    ensure!(failure.starts_with("the program prints \"Python 3"), "{failure}");
    ensure!(languages[1]["passed"] == true, "{told}");
    ensure!(
        languages[1]["self_tests"][1]["memory_bytes"]
            .as_u64()
            .is_some_and(|bytes| bytes > 0),
        "{told}"
    );
    Ok(())
}

#[test]
fn a_tool_that_is_there_and_does_not_work_is_no_missing_one() -> Result<()> {
    let own = own()?;
    let silent = MISSING
        .replace("no-such-tool", "false")
        .replace("Missing", "Silent");
    std::fs::write(own.path().join("silent.toml"), silent)?;
    let (code, said) = run(own.path(), &["silent", "bash"])?;
    ensure!(code == Some(1), "{said}");
    for expected in [
        "BROKEN   ",
        "false does not tell its version: it exits with code 1",
        "1 of 2 are here, 1 broken",
    ] {
        ensure!(said.contains(expected), "{expected:?} is not in {said}");
    }
    ensure!(
        !said.contains("apt-get"),
        "what is installed need not be installed: {said}"
    );
    Ok(())
}

#[test]
fn bad_tables_and_names_are_explained() -> Result<()> {
    let own = own()?;
    let (code, said) = run(own.path(), &["klingon"])?;
    ensure!(
        code == Some(2) && said.contains("no language \"klingon\""),
        "{said}"
    );
    std::fs::write(own.path().join("cpp.toml"), "name = 'C++'\nrun.comand = ['x']\n")?;
    let (code, said) = run(own.path(), &[])?;
    ensure!(
        code == Some(2) && said.contains("cpp.toml:2: run.comand: unknown field"),
        "{said}"
    );
    Ok(())
}

//! `gavel problem new`: packages to begin with.

#![cfg(test)]

use std::fs;

use anyhow::{Context as _, Result, ensure};
use e2e::gavel::gavel;
use serde_json::Value;

/// The types there are templates of, with how many submissions each has.
const TEMPLATES: [(&[&str], u64); 6] = [
    (&[], 5),
    (&["--validator"], 5),
    (&["--scoring"], 5),
    (&["--type", "interactive"], 5),
    (&["--type", "multi-pass"], 5),
    (&["--type", "submit-answer"], 2),
];

#[test]
fn every_template_verifies_as_it_is() -> Result<()> {
    let home = tempfile::tempdir()?;
    let mut packages = Vec::new();
    for (index, (flags, _)) in TEMPLATES.iter().enumerate() {
        let package = home
            .path()
            .join(format!("deep/fresh{index}"))
            .display()
            .to_string();
        let mut arguments = vec!["problem", "new", package.as_str()];
        arguments.extend(*flags);
        let done = gavel(&arguments)?.output()?;
        ensure!(done.status.success(), "{flags:?}: {done:?}");
        packages.push(package);
    }
    let mut arguments = vec!["problem", "verify", "--json"];
    arguments.extend(packages.iter().map(String::as_str));
    let done = gavel(&arguments)?.output()?;
    let said: Value = serde_json::from_slice(&done.stdout).with_context(|| format!("{done:?}"))?;
    ensure!(done.status.success() && said["ok"] == true, "{said:#}");
    let found = said["packages"].as_array().context("no packages")?;
    for ((flags, submissions), report) in TEMPLATES.iter().zip(found) {
        ensure!(
            report["warnings"] == Value::Array(Vec::new()),
            "{flags:?}: {report:#}"
        );
        ensure!(report["totals"]["ok"] == *submissions, "{flags:?}: {report:#}");
        let name = report["name"].as_str().context("no name")?;
        ensure!(name.starts_with("fresh"), "{name}");
    }
    let uuids: Vec<String> = packages
        .iter()
        .map(|package| fs::read_to_string(format!("{package}/problem.yaml")))
        .collect::<Result<_, _>>()?;
    ensure!(uuids.iter().all(|text| !text.contains('{')), "{uuids:?}");
    Ok(())
}

#[test]
fn what_is_there_is_left_alone_and_names_are_those_of_packages() -> Result<()> {
    let home = tempfile::tempdir()?;
    fs::create_dir(home.path().join("there"))?;
    for (name, words) in [
        ("there", "File exists"),
        ("Upper", "is no name for a package"),
        ("with-dash", "is no name for a package"),
        ("deep/..", "is no name for a package"),
        ("", "is no name for a package"),
    ] {
        let path = if name.is_empty() {
            "/".to_owned()
        } else {
            home.path().join(name).display().to_string()
        };
        let done = gavel(&["problem", "new", &path])?.output()?;
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        ensure!(
            done.status.code() == Some(2) && said.contains(words),
            "{name}: {done:?}"
        );
    }
    let done = gavel(&["problem", "new", "x", "--scoring", "--type", "interactive"])?.output()?;
    ensure!(done.status.code() == Some(2), "{done:?}");
    ensure!(
        fs::read_dir(home.path().join("there"))?.next().is_none(),
        "not left alone"
    );
    Ok(())
}

//! `gavel doctor`: what it says of this host, of an ordinary user, and of a host that forbids namespaces.

#![cfg(test)]

use std::process::{Command, Output};

use anyhow::{Context as _, Result, ensure};
use e2e::gavel::{binary, gavel};
use serde_json::Value;

fn told(done: &Output) -> Result<Value> {
    serde_json::from_slice(&done.stdout).with_context(|| format!("{done:?}"))
}

/// Runs it through another command.
fn by(words: &[&str]) -> Result<Output> {
    #[expect(clippy::disallowed_methods, reason = "the binary as somebody else starts it")]
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).env("GAVEL", binary()?);
    Ok(command.output()?)
}

/// What holds of every answer.
fn check(done: &Output) -> Result<Value> {
    let told = told(done)?;
    let findings = told["findings"].as_array().context("there are no findings")?;
    let expected = match told["judging"].as_str() {
        Some("full") => (0, findings.is_empty(), true),
        Some("weakened") => (1, !findings.is_empty(), true),
        Some("impossible") => (2, !findings.is_empty(), told["guarantees"].is_null()),
        _ => (-1, false, false),
    };
    ensure!(done.status.code() == Some(expected.0), "{done:?}");
    ensure!(expected.1 && expected.2, "{told}");
    for finding in findings {
        for key in ["missing", "weakens", "remedy", "command"] {
            ensure!(
                finding[key].as_str().is_some_and(|text| !text.is_empty()),
                "{told}"
            );
        }
    }
    for key in ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"] {
        ensure!(told["host"]["namespaces"][key] == true, "{told}");
    }
    ensure!(told["host"]["seccomp"] == true, "{told}");
    Ok(told)
}

#[test]
fn it_tells_what_this_host_offers() -> Result<()> {
    let told = check(&gavel(&["doctor", "--json"])?.output()?)?;
    ensure!(told["judging"] != "impossible", "{told}");
    ensure!(told["guarantees"]["backend"].is_string(), "{told}");
    let languages = told["languages"].as_array().context("there are no languages")?;
    let python = languages.iter().find(|language| language["id"] == "python3");
    let version = python
        .and_then(|python| python["version"].as_str())
        .unwrap_or_default();
    ensure!(version.starts_with("Python 3"), "{told}");
    let text = gavel(&["doctor"])?.output()?;
    let said = String::from_utf8(text.stdout)?;
    ensure!(said.starts_with("kernel ") && said.contains(version), "{said}");
    ensure!(said.contains("\nprograms can be judged here, with "), "{said}");
    Ok(())
}

#[test]
fn an_ordinary_user_hears_what_is_weaker_and_the_command_that_mends_it() -> Result<()> {
    let words = [
        "unshare",
        "--user",
        "--map-user=1000",
        "--map-group=1000",
        "sh",
        "-c",
        "exec \"$GAVEL\" doctor --json",
    ];
    let told = check(&by(&words)?)?;
    ensure!(told["judging"] == "weakened", "{told}");
    ensure!(told["guarantees"]["own_user"] == false, "{told}");
    let commands = told["findings"].to_string();
    ensure!(commands.contains("\"sudo gavel doctor\""), "{told}");
    Ok(())
}

#[test]
fn a_host_without_user_namespaces_judges_nothing_and_hears_why() -> Result<()> {
    let script = "echo 0 >/proc/sys/user/max_user_namespaces && exec \"$GAVEL\" doctor --json";
    let words = ["unshare", "--user", "--map-root-user", "sh", "-c", script];
    let told = check(&by(&words)?)?;
    ensure!(told["judging"] == "impossible", "{told}");
    let command = told["findings"][0]["command"].as_str().unwrap_or_default();
    ensure!(command == "sysctl -w user.max_user_namespaces=15000", "{told}");
    Ok(())
}

#[test]
fn a_missing_language_comes_with_its_package() -> Result<()> {
    let directory = tempfile::tempdir()?;
    std::fs::write(
        directory.path().join("cpp.toml"),
        "tools = [{ program = \"no-such-compiler\", version = [\"--version\"] }]\n\
         [compile]\ncommand = [\"no-such-compiler\", \"{sources}\"]\n",
    )?;
    let path = directory.path().display().to_string();
    let told = check(&gavel(&["doctor", "--json", "--languages", &path])?.output()?)?;
    let languages = told["languages"].as_array().context("there are no languages")?;
    let cpp = languages
        .iter()
        .find(|language| language["id"] == "cpp")
        .context("no C++")?;
    ensure!(
        cpp["package"] == "g++" && cpp["unavailable"].is_string(),
        "{told}"
    );
    ensure!(
        cpp["command"]
            .as_str()
            .is_some_and(|command| command.ends_with(" g++")),
        "{told}"
    );
    let text = gavel(&["doctor", "--languages", &path])?.output()?;
    let said = String::from_utf8(text.stdout)?;
    ensure!(
        said.contains("missing: no-such-compiler is not installed"),
        "{said}"
    );
    Ok(())
}

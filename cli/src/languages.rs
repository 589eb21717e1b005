//! `gavel languages`: which languages are here, in which version, what is missing and how to bring it, and whether they work.

use std::fmt::Write as _;
use std::process::ExitCode;

use domain::{Language, LanguageId};
use futures_util::{StreamExt as _, stream};
use judge::{Grader, Install, SelfTest};
use serde_json::{Value, json};

use crate::arguments::{self, Manager};
use crate::failure::Failure;
use crate::grade::{bytes_to_mebibytes, micros_to_millis};
use crate::terminal;

/// Looks, checks if asked to, tells.
pub(crate) async fn run(arguments: arguments::Languages) -> Result<ExitCode, Failure> {
    let table = arguments.own.load()?;
    if arguments.manual {
        terminal::line(table.manual().trim_end());
        return Ok(ExitCode::SUCCESS);
    }
    let ids = chosen(&table, &arguments.names)?;
    let grader = Grader::start(table.clone(), arguments.jobs.get())
        .await
        .map_err(Failure::new)?;
    let found = stream::iter(ids)
        .map(|id| look(&grader, &table, id, &arguments))
        .buffered(arguments.jobs.get())
        .collect::<Vec<_>>()
        .await;
    grader.close().await;
    let found = found.into_iter().collect::<Result<Vec<_>, _>>()?;
    if let Some(manager) = arguments.missing {
        terminal::line(&missing_packages(&found).of(manager).join(" "));
    } else if arguments.json {
        let languages: Vec<Value> = found.iter().map(Found::as_json).collect();
        terminal::line(&json!({ "languages": languages }).to_string());
    } else {
        terminal::line(&summary(&found, arguments.check));
    }
    let is_bad = |found: &Found| {
        found.has_failed()
            || found.is_broken
            || !arguments.names.is_empty() && found.language.unavailable.is_some()
    };
    Ok(if found.iter().any(is_bad) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// A language, and what came of looking at it.
struct Found {
    language: Language,
    install: Install,
    /// Its tools are there and do not work.
    is_broken: bool,
    /// `None` where it was not checked.
    tests: Option<Vec<SelfTest>>,
}

fn chosen(table: &judge::Languages, names: &[String]) -> Result<Vec<LanguageId>, Failure> {
    if names.is_empty() {
        return Ok(table.list().into_iter().map(|language| language.id).collect());
    }
    let find = |name: &String| {
        table
            .find(name)
            .ok_or_else(|| Failure::new(format!("there is no language {name:?} in the table")))
    };
    names.iter().map(find).collect()
}

async fn look(
    grader: &Grader,
    table: &judge::Languages,
    id: LanguageId,
    arguments: &arguments::Languages,
) -> Result<Found, Failure> {
    let language = grader
        .language(&id)
        .await
        .ok_or_else(|| Failure::new(format!("there is no language {id} in the table")))?;
    let first_sight = grader.languages_at_first_sight();
    let is_installed = |seen: &Language| seen.id == id && seen.unavailable.is_none();
    let mut found = Found {
        install: table.install(&id).cloned().unwrap_or_default(),
        is_broken: language.unavailable.is_some() && first_sight.iter().any(is_installed),
        language,
        tests: None,
    };
    if arguments.check && found.language.unavailable.is_none() {
        let tests = grader.self_test(&id).await;
        found.tests = Some(tests.map_err(|fault| Failure::new(format!("{id}: {fault}")))?);
    }
    if !arguments.json && arguments.missing.is_none() {
        terminal::line(&found.as_text());
    }
    Ok(found)
}

impl Found {
    fn has_failed(&self) -> bool {
        self.failure().is_some()
    }

    fn failure(&self) -> Option<(&'static str, &str)> {
        let mut tests = self.tests.iter().flatten();
        tests.find_map(|test| Some((test.name, test.failure.as_deref()?)))
    }

    fn as_text(&self) -> String {
        let language = &self.language;
        let (mark, what) = match (&language.unavailable, &language.version, &self.tests) {
            (Some(reason), _, _) if self.is_broken => ("BROKEN", reason.clone()),
            (Some(reason), _, _) => ("missing", reason.clone()),
            (None, version, None) => ("here", version.clone().unwrap_or_default()),
            (None, version, Some(tests)) => match self.failure() {
                Some((name, failure)) => ("FAILED", format!("{name}: {failure}")),
                None if tests.is_empty() => ("untested", version.clone().unwrap_or_default()),
                None => (
                    "passed",
                    format!("{}{}", version.clone().unwrap_or_default(), usage(tests)),
                ),
            },
        };
        format!("{:<12} {:<20} {mark:<8} {what}", language.id, language.name)
    }

    fn as_json(&self) -> Value {
        let language = &self.language;
        let Install { apt, npm, pip } = &self.install;
        json!({
            "id": language.id,
            "name": language.name,
            "aliases": language.aliases,
            "extensions": language.extensions,
            "version": language.version,
            "unavailable": language.unavailable,
            "broken": self.is_broken,
            "packages": { "apt": apt, "npm": npm, "pip": pip },
            "install": language.unavailable.as_ref().map(|_| install_commands(&self.install)),
            "passed": self.tests.as_ref().map(|_| !self.has_failed()),
            "self_tests": self.tests.as_ref().map(|tests| tests.iter().map(test_as_json).collect::<Vec<_>>()),
        })
    }
}

fn test_as_json(test: &SelfTest) -> Value {
    let micros = |span: std::time::Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
    json!({
        "name": test.name,
        "failure": test.failure,
        "cpu_us": test.run.map(|run| micros(run.cpu)),
        "wall_us": test.run.map(|run| micros(run.wall)),
        "memory_bytes": test.run.map(|run| run.memory),
    })
}

/// The most that a self-test took.
fn usage(tests: &[SelfTest]) -> String {
    let runs = || tests.iter().filter_map(|test| test.run);
    let (Some(cpu), Some(memory)) = (
        runs().map(|run| run.cpu).max(),
        runs().map(|run| run.memory).max(),
    ) else {
        return String::new();
    };
    let micros = u64::try_from(cpu.as_micros()).unwrap_or(u64::MAX);
    format!(
        " ({:.0} ms, {:.0} MiB)",
        micros_to_millis(micros),
        bytes_to_mebibytes(memory)
    )
}

fn summary(found: &[Found], checked: bool) -> String {
    let here = found.iter().filter(|one| one.language.unavailable.is_none());
    let mut text = format!("\n{} of {} are here", here.count(), found.len());
    if checked {
        let failed = found.iter().filter(|one| one.has_failed()).count();
        let passed = found.iter().filter(|one| one.tests.is_some()).count() - failed;
        let _ = write!(text, ", {passed} passed, {failed} failed");
    }
    let broken = found.iter().filter(|one| one.is_broken).count();
    if broken > 0 {
        let _ = write!(text, ", {broken} broken");
    }
    let commands = install_commands(&missing_packages(found));
    if !commands.is_empty() {
        text.push_str("; what brings the others:\n");
        for command in commands {
            let _ = write!(text, "\n  {command}");
        }
    }
    text
}

/// The packages of all languages that are missing, each once.
fn missing_packages(found: &[Found]) -> Install {
    let mut all = Install::default();
    let is_missing = |one: &&Found| one.language.unavailable.is_some() && !one.is_broken;
    for one in found.iter().filter(is_missing) {
        all.apt.extend(one.install.apt.iter().cloned());
        all.npm.extend(one.install.npm.iter().cloned());
        all.pip.extend(one.install.pip.iter().cloned());
    }
    for packages in [&mut all.apt, &mut all.npm, &mut all.pip] {
        packages.sort();
        packages.dedup();
    }
    all
}

/// The commands that install packages, to be pasted into a shell.
pub(crate) fn install_commands(packages: &Install) -> Vec<String> {
    let sudo = if ::sandbox::Host::look().user == 0 {
        ""
    } else {
        "sudo "
    };
    // Where the table looks for what does not come from the system's packages, and `make languages` puts it.
    let managers = [
        ("apt-get install --no-install-recommends", &packages.apt),
        (
            "npm install --ignore-scripts --prefix /usr/local/lib/gavel/npm",
            &packages.npm,
        ),
        (
            "python3 -m pip install --no-deps --target /usr/local/lib/gavel/pip",
            &packages.pip,
        ),
    ];
    let managers = managers.into_iter().filter(|(_, packages)| !packages.is_empty());
    managers
        .map(|(command, packages)| format!("{sudo}{command} {}", packages.join(" ")))
        .collect()
}

trait OfManager {
    fn of(&self, manager: Manager) -> &[String];
}

impl OfManager for Install {
    fn of(&self, manager: Manager) -> &[String] {
        match manager {
            Manager::Apt => &self.apt,
            Manager::Npm => &self.npm,
            Manager::Pip => &self.pip,
        }
    }
}

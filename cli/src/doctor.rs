//! `gavel doctor`: what this host offers for judging, what is missing, what that weakens, and how to mend it.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use ::sandbox::{Finding, Guarantees, Host, Probe, SlotConfig};
use domain::Language;
use judge::{Grader, Install, Languages};
use serde_json::{Value, json};

use crate::arguments;
use crate::failure::Failure;
use crate::languages::install_commands;
use crate::sandbox::backend_in_words;
use crate::terminal;

/// Looks, tells, and says by its exit code how well programs can be judged.
pub(crate) async fn run(arguments: arguments::Doctor) -> Result<ExitCode, Failure> {
    let table = arguments.languages.load()?;
    let host = Host::look();
    let probed = tokio::task::spawn_blocking(|| ::sandbox::probe(&SlotConfig::default()))
        .await
        .map_err(Failure::new)?;
    // Each is asked inside a slot: what cannot be seen from there is of no use.
    let mut languages = Vec::new();
    if probed.is_ok() {
        let grader = Grader::start(table.clone(), 1).await.map_err(Failure::new)?;
        languages = grader.languages().await;
        grader.close().await;
    }
    let report = Report::new(host, probed, table, languages);
    terminal::line(&if arguments.json {
        report.as_json().to_string()
    } else {
        report.as_text()
    });
    Ok(ExitCode::from(report.judging.exit_code()))
}

/// How well programs can be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Judging {
    Full,
    Weakened,
    Impossible,
}

impl Judging {
    fn exit_code(self) -> u8 {
        match self {
            Self::Full => 0,
            Self::Weakened => 1,
            Self::Impossible => 2,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Weakened => "weakened",
            Self::Impossible => "impossible",
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Full => "programs can be judged here, with all guarantees",
            Self::Weakened => "programs can be judged here, with weaker guarantees",
            Self::Impossible => "no program can be judged here",
        }
    }
}

struct Report {
    host: Host,
    slot: Option<(Guarantees, u128)>,
    findings: Vec<Finding>,
    table: Arc<Languages>,
    languages: Vec<Language>,
    judging: Judging,
}

impl Report {
    fn new(
        host: Host,
        probed: Result<Probe, ::sandbox::SandboxError>,
        table: Arc<Languages>,
        languages: Vec<Language>,
    ) -> Self {
        let (slot, findings) = match probed {
            Ok(probe) => (Some((probe.guarantees, probe.start.as_micros())), probe.findings),
            Err(error) => (None, vec![Finding::fatal(&error, &host)]),
        };
        let has_language = languages.iter().any(|language| language.unavailable.is_none());
        let judging = if slot.is_none() || !has_language {
            Judging::Impossible
        } else if findings.is_empty() {
            Judging::Full
        } else {
            Judging::Weakened
        };
        Self {
            host,
            slot,
            findings,
            table,
            languages,
            judging,
        }
    }

    fn as_json(&self) -> Value {
        let host = &self.host;
        let namespaces: serde_json::Map<_, _> = host
            .namespaces
            .iter()
            .map(|(name, is_there)| ((*name).to_owned(), Value::from(*is_there)))
            .collect();
        json!({
            "judging": self.judging.name(),
            "host": {
                "kernel": host.kernel,
                "architecture": host.architecture,
                "processors": host.processors,
                "memory_bytes": host.memory_bytes,
                "user": host.user,
                "namespaces": namespaces,
                "seccomp": host.seccomp,
                "cgroup": host.cgroup.as_ref().ok(),
                "no_cgroup_because": host.cgroup.as_ref().err(),
            },
            "guarantees": self.slot.map(|(guarantees, _)| guarantees),
            "slot_start_us": self.slot.map(|(_, micros)| u64::try_from(micros).unwrap_or(u64::MAX)),
            "findings": self.findings.iter().map(finding_as_json).collect::<Vec<_>>(),
            "languages": self.languages.iter().map(|one| self.language_as_json(one)).collect::<Vec<_>>(),
        })
    }

    /// What brings a language that is not here; `None` where it is here or the table does not say.
    fn missing_packages(&self, language: &Language) -> Option<&Install> {
        language.unavailable.as_ref()?;
        let install = self.table.install(&language.id)?;
        (*install != Install::default()).then_some(install)
    }

    fn language_as_json(&self, language: &Language) -> Value {
        let install = self.missing_packages(language);
        json!({
            "id": language.id,
            "name": language.name,
            "version": language.version,
            "unavailable": language.unavailable,
            "package": install.map(|install| install.apt.join(" ")),
            "command": install.map(|install| install_commands(install).join(" && ")),
        })
    }

    fn as_text(&self) -> String {
        let host = &self.host;
        let mut text = String::new();
        let mut row = |name: &str, value: String| {
            let _ = writeln!(text, "{name:<12} {value}");
        };
        row("kernel", format!("{} on {}", host.kernel, host.architecture));
        let memory = crate::grade::bytes_to_mebibytes(host.memory_bytes) / 1024.0;
        row(
            "machine",
            format!("{} processors, {memory:.1} GiB of memory", host.processors),
        );
        let lacking: Vec<_> = host.namespaces.iter().filter(|(_, is_there)| !is_there).collect();
        row(
            "namespaces",
            if lacking.is_empty() {
                "all".to_owned()
            } else {
                let names: Vec<_> = lacking.iter().map(|(name, _)| *name).collect();
                format!("all but {}", names.join(", "))
            },
        );
        row("seccomp", if host.seccomp { "yes" } else { "no" }.to_owned());
        row(
            "cgroup",
            match &host.cgroup {
                Ok(backend) => backend_in_words(*backend).to_owned(),
                Err(reason) => format!("none: {reason}"),
            },
        );
        if let Some((guarantees, micros)) = self.slot {
            let millis = crate::grade::micros_to_millis(u64::try_from(micros).unwrap_or(u64::MAX));
            row("slot", format!("stands after {millis:.1} ms"));
            for (promise, is_kept) in [
                ("memory is limited by the kernel", guarantees.memory_enforced),
                ("CPU time is counted to the last child", guarantees.cpu_complete),
                ("programs have a user id of their own", guarantees.own_user),
                ("programs have a /proc of their own", guarantees.proc_mounted),
            ] {
                row("", format!("{} {promise}", if is_kept { "yes" } else { "NO " }));
            }
        }
        for language in &self.languages {
            let state = match (&language.unavailable, &language.version) {
                (Some(reason), _) => format!("missing: {reason}"),
                (None, version) => version.clone().unwrap_or_default(),
            };
            row(language.id.as_str(), state);
            for command in self
                .missing_packages(language)
                .iter()
                .flat_map(|one| install_commands(one))
            {
                row("", format!("bring it: {command}"));
            }
        }
        for finding in &self.findings {
            let _ = write!(
                text,
                "\nmissing:  {}\nweakens:  {}\nremedy:   {}\ncommand:  {}\n",
                finding.missing, finding.weakens, finding.remedy, finding.command
            );
        }
        let _ = write!(text, "\n{}", self.judging.in_words());
        text
    }
}

fn finding_as_json(finding: &Finding) -> Value {
    json!({
        "missing": finding.missing,
        "weakens": finding.weakens,
        "remedy": finding.remedy,
        "command": finding.command,
    })
}

//! What `gavel sandbox run` tells of an outcome: an object for programs, a table for people.

use std::fmt::Write as _;

use ::sandbox::{Captured, End, Guarantees, MemoryKind, Outcome};
use serde_json::{Value, json};

use super::quantity::{show_size, show_time};

/// A wanted file: its name, and where it was put, with its size in bytes, or why not.
pub(super) type Brought = (String, Result<(String, u64), String>);

/// The outcome as one object.
pub(super) fn as_json(outcome: &Outcome, brought: &[Brought]) -> Value {
    let (end, exit_code, signal) = match outcome.end {
        End::Exited(code) => ("exited", Some(code), None),
        End::Signalled(signal) => ("signalled", None, Some(signal)),
        End::CpuLimit => ("cpu_limit", None, None),
        End::WallLimit => ("wall_limit", None, None),
        End::MemoryLimit => ("memory_limit", None, None),
        End::OutputLimit => ("output_limit", None, None),
        End::Stopped => ("stopped", None, None),
    };
    let collected: Vec<_> = brought.iter().map(brought_as_json).collect();
    json!({
        "end": end,
        "exit_code": exit_code,
        "signal": signal,
        "cpu_us": micros(outcome.cpu),
        "cpu_user_us": micros(outcome.cpu_user()),
        "cpu_system_us": micros(outcome.cpu_system),
        "wall_us": micros(outcome.wall),
        "tasks": outcome.tasks,
        "memory_bytes": outcome.memory,
        "memory_kind": outcome.memory_kind,
        "guarantees": outcome.guarantees,
        "stdout": captured_as_json(&outcome.stdout),
        "stderr": captured_as_json(&outcome.stderr),
        "collected": collected,
    })
}

fn micros(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn captured_as_json(captured: &Captured) -> Value {
    let text = String::from_utf8_lossy(&captured.bytes);
    json!({
        "text": text,
        "is_lossy": matches!(text, std::borrow::Cow::Owned(_)),
        "kept_bytes": captured.bytes.len(),
        "written_bytes": captured.written,
    })
}

fn brought_as_json((name, brought): &Brought) -> Value {
    match brought {
        Ok((path, bytes)) => json!({ "name": name, "path": path, "bytes": bytes }),
        Err(reason) => json!({ "name": name, "error": reason }),
    }
}

/// The outcome as a table.
pub(super) fn as_table(outcome: &Outcome, brought: &[Brought]) -> String {
    let mut table = Table::default();
    table.row("end", end_in_words(outcome.end));
    table.row(
        "cpu",
        format!(
            "{} ({} user, {} system)",
            show_time(outcome.cpu),
            show_time(outcome.cpu_user()),
            show_time(outcome.cpu_system)
        ),
    );
    table.row("wall", show_time(outcome.wall));
    let what = match outcome.memory_kind {
        MemoryKind::Charged => "charged to the whole tree",
        MemoryKind::Resident => "resident, as looked at now and then",
    };
    table.row("memory", format!("{} ({what})", show_size(outcome.memory)));
    if let Some(tasks) = outcome.tasks {
        table.row("tasks", tasks);
    }
    for (name, captured) in [("stdout", &outcome.stdout), ("stderr", &outcome.stderr)] {
        let kept = captured.bytes.len() as u64;
        let kept = if kept < captured.written {
            format!(", the first {} kept", show_size(kept))
        } else {
            String::new()
        };
        table.row(name, format!("{}{kept}", show_size(captured.written)));
    }
    for (name, brought) in brought {
        match brought {
            Ok((path, bytes)) => table.row("file", format!("{path}, {}", show_size(*bytes))),
            Err(reason) => table.row("file", format!("{name}: {reason}")),
        }
    }
    table.row("held by", held_by(outcome.guarantees));
    table.0
}

/// Lines of a name and a value.
#[derive(Default)]
struct Table(String);

impl Table {
    fn row(&mut self, name: &str, value: impl std::fmt::Display) {
        let newline = if self.0.is_empty() { "" } else { "\n" };
        let _ = write!(self.0, "{newline}{name:<8} {value}");
    }
}

fn end_in_words(end: End) -> String {
    match end {
        End::Exited(code) => format!("exited with {code}"),
        End::Signalled(signal) => format!("ended by signal {signal}"),
        End::CpuLimit => "CPU limit".to_owned(),
        End::WallLimit => "wall limit".to_owned(),
        End::MemoryLimit => "memory limit".to_owned(),
        End::OutputLimit => "output limit".to_owned(),
        End::Stopped => "stopped".to_owned(),
    }
}

/// The backend, and which promises the host did not let us keep.
fn held_by(guarantees: Guarantees) -> String {
    let mut text = super::backend_in_words(guarantees.backend).to_owned();
    let missing = [
        (guarantees.memory_enforced, "memory limit not kept by the kernel"),
        (guarantees.cpu_complete, "CPU time may be incomplete"),
        (guarantees.own_user, "no user id of its own"),
        (guarantees.proc_mounted, "no /proc"),
    ];
    for (_, weakness) in missing.into_iter().filter(|(is_given, _)| !is_given) {
        let _ = write!(text, "; {weakness}");
    }
    text
}

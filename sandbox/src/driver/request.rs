//! What a [`Spec`] is on the wire.

use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;

use crate::wire::{PlacedFile, Run, RunLimits, RunWork, WantedFile};
use crate::{InputFile, Spec, Work};

/// The request for a run, with these input files, or `again` with those that are in place.
pub(super) fn request(spec: &Spec, files: &[InputFile], again: bool) -> Run {
    let limits = &spec.limits;
    Run {
        argv: spec.argv.iter().map(|word| c_string(word)).collect(),
        env: spec
            .env
            .iter()
            .map(|(key, value)| {
                let mut pair = key.clone();
                pair.push("=");
                pair.push(value);
                c_string(&pair)
            })
            .collect(),
        files: files
            .iter()
            .map(|file| PlacedFile {
                name: c_string(file.name.as_ref()),
                executable: file.executable,
            })
            .collect(),
        again,
        collect: spec
            .collect
            .iter()
            .map(|wanted| WantedFile {
                name: c_string(wanted.name.as_ref()),
                max_bytes: wanted.max_bytes,
            })
            .collect(),
        work: work_of(&spec.work),
        limits: RunLimits {
            cpu: limits.cpu,
            wall: limits.wall,
            memory: limits.memory,
            stack: limits.stack,
            processes: limits.processes.into(),
            descriptors: limits.descriptors.into(),
            work_bytes: limits.work_bytes,
            work_files: limits.work_files.into(),
        },
    }
}

fn work_of(work: &Work) -> RunWork {
    let start = work.start_in.as_ref();
    let mut directories: Vec<_> = work.directories.iter().chain(start).collect();
    directories.dedup();
    RunWork {
        directories: directories
            .into_iter()
            .map(|path| c_string(path.as_ref()))
            .collect(),
        start_in: c_string(
            start
                .map_or("/work".to_owned(), |path| format!("/work/{path}"))
                .as_ref(),
        ),
        fixed_files: work.fixed_files,
        read_only: work.read_only,
    }
}

/// `Spec::validate` has refused NUL bytes.
fn c_string(text: &OsStr) -> CString {
    CString::new(text.as_bytes()).unwrap_or_default()
}

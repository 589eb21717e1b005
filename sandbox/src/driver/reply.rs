//! What the init's reply means for whoever asked for a run.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use super::content;
use crate::outcome::{CollectError, Collected};
use crate::sys::EXEC;
use crate::wire::{Ended, Found, PLACE};
use crate::{SandboxError, Spec};

/// Why there was no run.
pub(super) fn not_started(spec: &Spec, step: &str, errno: i32) -> SandboxError {
    let source = io::Error::from_raw_os_error(errno);
    let program = spec
        .argv
        .first()
        .map_or_else(String::new, |program| program.display().to_string());
    if step == PLACE {
        return SandboxError::Invalid {
            field: "files",
            reason: "more files or bytes than limits.work_files and limits.work_bytes allow".to_owned(),
        };
    }
    if step != EXEC {
        return SandboxError::host("prepare a program", format!("{step}, {program}"))(source);
    }
    let reason = match errno {
        libc::ENOENT => "no such file in the sandbox, or its interpreter is missing".to_owned(),
        libc::EACCES => "not an executable file".to_owned(),
        libc::ENOEXEC => "not a program for this machine, nor a script with an interpreter".to_owned(),
        _ => source.to_string(),
    };
    SandboxError::Exec { program, reason }
}

/// Copies what was found into memory of its own: the files of a slot are charged to the slot.
pub(super) fn collected(
    spec: &Spec,
    ended: &Ended,
    files: Vec<OwnedFd>,
) -> Result<Vec<Collected>, SandboxError> {
    let out_of_turn =
        || SandboxError::host("receive", "the wanted files")(io::Error::from(io::ErrorKind::InvalidData));
    if ended.found.len() != spec.collect.len() {
        return Err(out_of_turn());
    }
    let mut files = files.into_iter().map(File::from);
    let mut copy = |name: &str, max_bytes| {
        let file = files.next().ok_or_else(out_of_turn)?;
        content::sealed_copy(&file, max_bytes)
            .map(Arc::new)
            .map_err(SandboxError::host("copy the wanted file", name))
    };
    let mut collected = Vec::new();
    let mut everything = None;
    for (wanted, found) in spec.collect.iter().zip(&ended.found) {
        let file = match *found {
            Found::Here if wanted.is_for_all() => {
                everything = Some(wanted.max_bytes);
                continue;
            }
            Found::Here => Ok(copy(&wanted.name, wanted.max_bytes)?),
            Found::Missing => Err(CollectError::Missing),
            Found::NotRegular => Err(CollectError::NotRegular),
            Found::TooLarge(found) => Err(CollectError::TooLarge {
                found,
                max: wanted.max_bytes,
            }),
            Found::TooMany => Err(CollectError::TooMany),
        };
        collected.push(Collected {
            name: wanted.name.clone(),
            executable: false,
            file,
        });
    }
    for (file, max_bytes) in ended.tree.iter().zip(std::iter::repeat(everything.unwrap_or(0))) {
        let name = file.name.to_string_lossy().into_owned();
        collected.push(Collected {
            file: Ok(copy(&name, max_bytes)?),
            executable: file.executable,
            name,
        });
    }
    Ok(collected)
}

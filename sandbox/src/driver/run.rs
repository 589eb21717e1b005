//! One run, as the driver sees it: a request, two pipes, a reply.

use std::ffi::{CString, OsStr};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags};
use rustix::time::Timespec;

use super::capture::{CHUNK, Capture};
use super::start::{ended, failed};
use super::{Slot, content};
use crate::outcome::{CollectError, Collected, End, Outcome};
use crate::socket;
use crate::sys::EXEC;
use crate::wire::{Ended, Found, Message, PLACE, PlacedFile, Run, RunLimits, RunWork, WantedFile};
use crate::{SandboxError, Spec, Work};

/// Memory that is reused from run to run.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    message: Vec<u8>,
    output: Vec<u8>,
}

pub(super) fn run(slot: &mut Slot, spec: &Spec) -> Result<Outcome, SandboxError> {
    let pipe = |cap| Capture::pipe(cap, slot.ids).map_err(SandboxError::host("make", "an output pipe"));
    let (mut stdout, stdout_end) = pipe(spec.limits.stdout)?;
    let (mut stderr, stderr_end) = pipe(spec.limits.stderr)?;
    let mut descriptors = vec![content::stdin(&spec.stdin, slot.ids)?, stdout_end, stderr_end];
    for file in &spec.files {
        descriptors.push(content::input(&file.name, &file.content)?);
    }
    let borrowed: Vec<_> = descriptors.iter().map(AsFd::as_fd).collect();
    socket::send(&slot.init.socket, &Message::Run(request(spec)), &borrowed)
        .map_err(SandboxError::host("send", "a run to the init"))?;
    drop(descriptors);

    let deadline = Instant::now() + spec.limits.wall + slot.patience;
    let reply = attend(slot, &mut stdout, &mut stderr, deadline)?;
    for capture in [&mut stdout, &mut stderr] {
        capture
            .drain(&mut slot.buffers.output)
            .map_err(SandboxError::host("read", "output"))?;
    }
    let (ended, files) = match reply {
        (Message::Ended(ended), files) => (ended, files),
        (Message::NotStarted { step, errno }, _) => return Err(not_started(spec, &step, errno)),
        (message, _) => return Err(failed(message)),
    };
    let by_itself = matches!(ended.end, End::Exited(_) | End::Signalled(_));
    let end = if by_itself && stdout.is_over() {
        End::OutputLimit
    } else {
        ended.end
    };
    Ok(Outcome {
        end,
        cpu: ended.cpu,
        cpu_system: ended.cpu_system.min(ended.cpu),
        wall: ended.wall,
        memory: ended.memory,
        memory_kind: ended.memory_kind,
        tasks: ended.tasks,
        guarantees: slot.guarantees,
        stdout: stdout.into_captured(),
        stderr: stderr.into_captured(),
        collected: collected(spec, &ended, files)?,
    })
}

/// Reads output until the init replies; tells it when standard output is over its limit.
fn attend(
    slot: &mut Slot,
    stdout: &mut Capture,
    stderr: &mut Capture,
    deadline: Instant,
) -> Result<(Message, Vec<OwnedFd>), SandboxError> {
    slot.buffers.output.resize(CHUNK, 0);
    let mut stopped = false;
    loop {
        let ready = wait(slot, stdout, stderr, deadline)
            .map_err(SandboxError::host("wait for", "the end of a run"))?;
        for (capture, ready) in [(&mut *stdout, ready.stdout), (&mut *stderr, ready.stderr)] {
            if ready {
                capture
                    .read(&mut slot.buffers.output)
                    .map_err(SandboxError::host("read", "output"))?;
            }
        }
        if stdout.is_over() && !stopped {
            stopped = true;
            socket::send(&slot.init.socket, &Message::Stop, &[])
                .map_err(SandboxError::host("send", "a stop to the init"))?;
        }
        if ready.reply {
            return socket::receive(&slot.init.socket, &mut slot.buffers.message)
                .map_err(SandboxError::host("receive", "the end of a run"))?
                .ok_or_else(|| ended("the init of a slot"));
        }
    }
}

#[derive(Default)]
struct Ready {
    reply: bool,
    stdout: bool,
    stderr: bool,
}

fn wait(slot: &Slot, stdout: &Capture, stderr: &Capture, deadline: Instant) -> io::Result<Ready> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(io::Error::new(io::ErrorKind::TimedOut, "the init does not reply"));
    }
    let timeout = Timespec {
        tv_sec: left.as_secs().cast_signed(),
        tv_nsec: left.subsec_nanos().into(),
    };
    let watched = [Some(slot.init.socket.as_fd()), stdout.watched(), stderr.watched()];
    let mut descriptors: Vec<_> = watched
        .iter()
        .flatten()
        .map(|one| PollFd::new(one, PollFlags::IN))
        .collect();
    rustix::io::retry_on_intr(|| rustix::event::poll(&mut descriptors, Some(&timeout)))?;
    let mut events = descriptors.iter().map(|one| !one.revents().is_empty());
    let mut next = |is_watched: bool| is_watched && events.next().unwrap_or(false);
    Ok(Ready {
        reply: next(true),
        stdout: next(watched[1].is_some()),
        stderr: next(watched[2].is_some()),
    })
}

fn request(spec: &Spec) -> Run {
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
        files: spec
            .files
            .iter()
            .map(|file| PlacedFile {
                name: c_string(file.name.as_ref()),
                executable: file.executable,
            })
            .collect(),
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
        read_only: work.read_only,
    }
}

/// `Spec::validate` has refused NUL bytes.
fn c_string(text: &OsStr) -> CString {
    CString::new(text.as_bytes()).unwrap_or_default()
}

fn not_started(spec: &Spec, step: &str, errno: i32) -> SandboxError {
    let source = io::Error::from_raw_os_error(errno);
    let program = spec
        .argv
        .first()
        .map_or_else(String::new, |program| program.display().to_string());
    if step == PLACE {
        let reason = if matches!(errno, libc::EEXIST | libc::ENOTDIR) {
            "two files of one name, or a file where a directory is to be"
        } else {
            "more files or bytes than limits.work_files and limits.work_bytes allow"
        };
        return SandboxError::Invalid {
            field: "files",
            reason: reason.to_owned(),
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
fn collected(spec: &Spec, ended: &Ended, files: Vec<OwnedFd>) -> Result<Vec<Collected>, SandboxError> {
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

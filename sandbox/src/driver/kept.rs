//! What the init of a slot still has in its work directory from the last run.
//!
//! Most runs of a submission have the same program beside them. What the init says the last run has left as it was need not
//! be sent and copied again. Two contents are the same here when they are the same object and cannot change: bytes, or a
//! sealed file, as a compiler's output is when it has been collected.

use std::fs::File;
use std::sync::{Arc, Weak};

use rustix::fs::SealFlags;

use crate::{Content, InputFile, Spec, Work};

/// What is in place, as the spec said that put it there.
#[derive(Debug)]
pub(super) struct Kept {
    files: Vec<KeptFile>,
    work: Work,
    room: (u64, u32),
}

#[derive(Debug)]
struct KeptFile {
    name: String,
    executable: bool,
    content: Identity,
}

/// As long as it is held, no other object can have this address.
#[derive(Debug)]
enum Identity {
    Bytes(Weak<[u8]>),
    Sealed(Weak<File>),
}

impl Kept {
    /// What the run of this spec leaves in place; `None` where that cannot be known again.
    pub(super) fn of(spec: &Spec) -> Option<Self> {
        let files = spec.files.iter().map(KeptFile::of).collect::<Option<_>>()?;
        Some(Self {
            files,
            work: spec.work.clone(),
            room: room(spec),
        })
    }

    /// Whether that is just what this spec wants there.
    pub(super) fn is_for(&self, spec: &Spec) -> bool {
        self.room == room(spec)
            && self.work == spec.work
            && self.files.len() == spec.files.len()
            && self
                .files
                .iter()
                .zip(&spec.files)
                .all(|(kept, file)| kept.is(file))
    }
}

fn room(spec: &Spec) -> (u64, u32) {
    (spec.limits.work_bytes, spec.limits.work_files)
}

impl KeptFile {
    fn of(file: &InputFile) -> Option<Self> {
        let content = match &file.content {
            Content::Bytes(bytes) => Identity::Bytes(Arc::downgrade(bytes)),
            Content::File(file) if is_sealed(file) => Identity::Sealed(Arc::downgrade(file)),
            Content::File(_) => return None,
        };
        Some(Self {
            name: file.name.clone(),
            executable: file.executable,
            content,
        })
    }

    fn is(&self, file: &InputFile) -> bool {
        let same = match (&self.content, &file.content) {
            (Identity::Bytes(kept), Content::Bytes(bytes)) => {
                std::ptr::addr_eq(kept.as_ptr(), Arc::as_ptr(bytes))
            }
            (Identity::Sealed(kept), Content::File(file)) => {
                std::ptr::addr_eq(kept.as_ptr(), Arc::as_ptr(file))
            }
            (Identity::Bytes(_), Content::File(_)) | (Identity::Sealed(_), Content::Bytes(_)) => false,
        };
        same && self.name == file.name && self.executable == file.executable
    }
}

fn is_sealed(file: &File) -> bool {
    let unchangeable = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW;
    rustix::fs::fcntl_get_seals(file).is_ok_and(|seals| seals.contains(unchangeable))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Limits, Stdin};

    fn spec(files: Vec<(&str, Content)>) -> Spec {
        let limits = Limits {
            cpu: Duration::from_secs(1),
            wall: Duration::from_secs(1),
            memory: 1 << 20,
            stdout: 0,
            stderr: 0,
            stack: 1 << 20,
            processes: 1,
            descriptors: 16,
            work_bytes: 1 << 20,
            work_files: 16,
        };
        let input = |(name, content): (&str, Content)| InputFile {
            name: name.to_owned(),
            content,
            executable: false,
        };
        Spec {
            argv: Vec::new(),
            env: Vec::new(),
            stdin: Stdin::Null,
            files: files.into_iter().map(input).collect(),
            work: Work::default(),
            collect: Vec::new(),
            limits,
        }
    }

    #[test]
    fn only_the_very_same_is_the_same() {
        let bytes = || Content::Bytes(b"text".as_slice().into());
        let one = bytes();
        let kept = Kept::of(&spec(vec![("a", one.clone()), ("b", bytes())]));
        assert!(
            !kept
                .unwrap()
                .is_for(&spec(vec![("a", one.clone()), ("b", bytes())]))
        );

        let kept = Kept::of(&spec(vec![("a", one.clone())])).unwrap();
        let same = || spec(vec![("a", one.clone())]);
        let mut executable = same();
        executable.files[0].executable = true;
        let mut roomier = same();
        roomier.limits.work_bytes += 1;
        let mut closed = same();
        closed.work.read_only = true;
        let rows = [
            (same(), true),
            (spec(vec![("a", bytes())]), false),
            (spec(vec![("b", one.clone())]), false),
            (spec(vec![("a", one.clone()), ("b", one.clone())]), false),
            (spec(vec![]), false),
            (executable, false),
            (roomier, false),
            (closed, false),
        ];
        for (spec, expected) in rows {
            assert_eq!(kept.is_for(&spec), expected, "{spec:?}");
        }
    }

    #[test]
    fn a_file_that_can_change_is_never_the_same() {
        let open = Arc::new(tempfile::tempfile().unwrap());
        assert!(Kept::of(&spec(vec![("a", Content::File(Arc::clone(&open)))])).is_none());
        let sealed = Arc::new(super::super::content::sealed_copy(&open, 0).unwrap());
        let sealed = spec(vec![("a", Content::File(sealed))]);
        assert!(Kept::of(&sealed).unwrap().is_for(&sealed));
    }
}

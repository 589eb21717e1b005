//! The work directory of one run: fresh, filled from descriptors, read back through descriptors, thrown away whole.
//!
//! Nothing in it is ever written, changed or removed by path once a payload has run in it.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags};
use rustix::thread::{Gid, Uid};

use super::collect::{self, Taken};
use super::{Failure, PAYLOAD_ID};
use crate::sys;
use crate::wire::{PlacedFile, RunLimits, WantedFile};

/// Where a payload starts, and the only place besides `/tmp` where it can write.
pub(super) const WORK: &CStr = c"/work";
const TMP: &CStr = c"/tmp";

/// The two writable places of a run, mounted.
#[derive(Debug)]
pub(super) struct Workspace {
    work: OwnedFd,
    tmp: Tmp,
}

/// A mounted `/tmp`.
#[derive(Debug, PartialEq, Eq)]
struct Tmp {
    /// Its limits, as mount options.
    room: String,
    /// When it was mounted, to the nanosecond.
    born: Time,
}

/// Seconds and nanoseconds.
type Time = (i64, u64);

/// A `/tmp` that the last run has left as it found it. The next run of the same limits may have it: most programs never write there, and taking a mount away is dear.
#[derive(Debug, Default)]
pub(super) struct Spare(Option<Tmp>);

impl Workspace {
    /// Mounts both places within the limits.
    pub(super) fn mount(limits: &RunLimits, spare: &mut Spare) -> Result<Self, Failure> {
        // The root directory is an inode of its own.
        let room = format!("size={},nr_inodes={}", limits.work_bytes, limits.work_files + 1);
        mount(
            WORK,
            &format!("{room},mode=0700,uid={PAYLOAD_ID},gid={PAYLOAD_ID}"),
        )?;
        let tmp = match spare.0.take() {
            Some(tmp) if tmp.room == room => tmp,
            old => {
                if old.is_some() {
                    unmount(TMP)?;
                }
                mount(TMP, &format!("{room},mode=1777"))?;
                Tmp {
                    room,
                    born: times(TMP).map_err(Failure::at("look at", "/tmp"))?[0],
                }
            }
        };
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let work = rustix::fs::open(WORK, flags, Mode::empty()).map_err(Failure::at("open", "/work"))?;
        Ok(Self { work, tmp })
    }

    /// Puts a file there, and the directories above it. Nothing has run here yet, so paths mean what they say.
    pub(super) fn place(&self, file: &PlacedFile, content: impl AsFd) -> Result<(), Failure> {
        let mode = Mode::from_raw_mode(if file.executable { 0o755 } else { 0o644 });
        let failed = |operation| Failure::at::<Errno>(operation, file.name.to_string_lossy());
        self.make_directories(&file.name)
            .map_err(failed("make room for"))?;
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let target = rustix::fs::openat(&self.work, &file.name, flags, mode).map_err(failed("create"))?;
        let mut offset = 0;
        while rustix::fs::sendfile(&target, content.as_fd(), Some(&mut offset), 1 << 30)
            .map_err(failed("fill"))?
            > 0
        {}
        let (user, group) = payload();
        rustix::fs::fchown(&target, user, group).map_err(failed("give away"))
    }

    /// Makes a directory there, and those above it, where they are not there yet.
    pub(super) fn make_directory(&self, path: &CStr) -> Result<(), Failure> {
        let inside = CString::new([path.to_bytes(), b"/."].concat()).unwrap_or_default();
        let made = self.make_directories(&inside).and_then(|()| {
            // A file that is in its place is told here.
            rustix::fs::statat(&self.work, &inside, AtFlags::SYMLINK_NOFOLLOW)
        });
        made.map(drop)
            .map_err(Failure::at("make directory", path.to_string_lossy()))
    }

    /// Nothing can be changed there from now on.
    pub(super) fn close(&self) -> Result<(), Failure> {
        sys::make_read_only(&self.work, libc::MOUNT_ATTR_NODEV)
            .map_err(Failure::at("make read-only", "/work"))
    }

    fn make_directories(&self, path: &CStr) -> Result<(), Errno> {
        let bytes = path.to_bytes();
        let (user, group) = payload();
        for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
            let directory = &bytes[..at];
            match rustix::fs::mkdirat(&self.work, directory, Mode::from_raw_mode(0o755)) {
                Ok(()) => {
                    let flags = AtFlags::SYMLINK_NOFOLLOW;
                    rustix::fs::chownat(&self.work, directory, user, group, flags)?;
                }
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Opens the wanted files. All processes must be dead.
    pub(super) fn collect(&self, wanted: &[WantedFile]) -> Taken {
        collect::take(self.work.as_fd(), wanted)
    }

    /// Bytes that the files occupy in memory.
    pub(super) fn occupied() -> u64 {
        let of = |path| {
            rustix::fs::statfs(path).map_or(0, |status| {
                let blocks = status.f_blocks.saturating_sub(status.f_bfree);
                blocks * u64::try_from(status.f_bsize).unwrap_or(4096)
            })
        };
        of(WORK) + of(TMP)
    }

    /// Takes both places away, with all that is in them.
    pub(super) fn unmount(self, spare: &mut Spare) -> Result<(), Failure> {
        drop(self.work);
        unmount(WORK)?;
        if self.tmp.is_untouched() {
            spare.0 = Some(self.tmp);
            return Ok(());
        }
        unmount(TMP)
    }
}

/// Whose everything is that is put into the work directory.
fn payload() -> (Option<Uid>, Option<Gid>) {
    (Some(Uid::from_raw(PAYLOAD_ID)), Some(Gid::from_raw(PAYLOAD_ID)))
}

impl Tmp {
    /// Whether it is as it was mounted: nothing is in it, and no time of its directory has moved, as it does when something
    /// comes and goes or is looked for. Nothing else can be changed about a directory that is not one's own.
    fn is_untouched(&self) -> bool {
        let empty = rustix::fs::statfs(TMP).is_ok_and(|status| status.f_files == status.f_ffree + 1);
        empty && times(TMP).is_ok_and(|times| times == [self.born; 3])
    }
}

/// When a place was read, written and changed.
fn times(place: &CStr) -> Result<[Time; 3], Errno> {
    let status = rustix::fs::stat(place)?;
    Ok([
        (status.st_atime, status.st_atime_nsec),
        (status.st_mtime, status.st_mtime_nsec),
        (status.st_ctime, status.st_ctime_nsec),
    ])
}

fn unmount(place: &CStr) -> Result<(), Failure> {
    rustix::mount::unmount(place, UnmountFlags::DETACH)
        .map_err(Failure::at("unmount", place.to_string_lossy()))
}

fn mount(place: &CStr, options: &str) -> Result<(), Failure> {
    let options = CString::new(options).unwrap_or_default();
    rustix::mount::mount(
        "gavel",
        place,
        "tmpfs",
        MountFlags::NOSUID | MountFlags::NODEV,
        &*options,
    )
    .map_err(Failure::at("mount", place.to_string_lossy()))
}

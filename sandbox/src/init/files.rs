//! The two writable places of a run: filled from descriptors, read back through descriptors, thrown away whole.
//!
//! Nothing in them is ever written, changed or removed by path once a payload has run there. What the last run has left
//! exactly as it found it, the next run may have: most programs of a contest write nowhere, and taking a mount away makes
//! the kernel wait for all processors. That it is as it was is not believed but seen, by three signs:
//!
//! - It has as many free blocks and inodes as before.
//! - No directory has changed. Whatever comes, goes or is renamed in a directory, and whatever else is done to it (mode,
//!   owner, times, attributes), moves its time of change, which nobody can set.
//! - Input files belong to the init, if that is wanted and it is another user than the payload, and are writable by nobody
//!   else; or the whole place is read-only. Where neither is so, a place with input files is not kept.
//!
//! Before Linux 6.13 a time of change moves by the tick only; there, what was made in the tick in which the run began is not kept.

use std::ffi::CStr;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, Mode, OFlags, StatVfs};
use rustix::io::Errno;
use rustix::thread::{Gid, Uid};
use rustix::time::{ClockId, clock_gettime};

use super::collect::{self, Taken};
use super::mounts::Mounts;
use super::{Failure, PAYLOAD_ID};
use crate::defence::Defence;
use crate::plan::{self, Step};
use crate::wire::{PlacedFile, RunLimits, RunWork, WantedFile};

/// Where a payload starts, and the only place besides `/tmp` where it can write.
const WORK: &CStr = c"/work";
const TMP: &CStr = c"/tmp";
const HERE: &[u8] = b".";

/// The two places, mounted from the first run on.
#[derive(Debug)]
pub(super) struct Workspace {
    mounts: Mounts,
    /// Whether init and payload are different users.
    two_ids: bool,
    places: Option<Places>,
}

#[derive(Debug)]
struct Places {
    room: Room,
    work: Place,
    tmp: Place,
    /// Bytes that the input files take of memory, where the work directory was filled with anything.
    filled: Option<u64>,
    /// Whether the payload has no way to change a file that was put there.
    is_fixed: bool,
    /// Whether a time of change differs from that of any change before, however soon.
    fine_times: bool,
}

/// The limits of both places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Room {
    bytes: u64,
    files: u64,
}

/// What a run has left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Left {
    /// Bytes that the files occupy in memory.
    pub(super) occupied: u64,
    /// Whether the work directory, with its input files, is as it was.
    pub(super) is_work_kept: bool,
    is_tmp_kept: bool,
}

impl Workspace {
    pub(super) fn new(mounts: Mounts, two_ids: bool) -> Self {
        Self {
            mounts,
            two_ids,
            places: None,
        }
    }

    /// Gets both places ready within the limits: empty, or `again` with the input files of the last run.
    pub(super) fn prepare(&mut self, limits: &RunLimits, again: bool) -> Result<(), Failure> {
        let room = Room {
            bytes: limits.work_bytes,
            files: limits.work_files,
        };
        match &mut self.places {
            Some(places) if places.room == room => {
                if again {
                    return Ok(());
                }
                if places.filled.take().is_some() {
                    places.work.renew(&self.mounts, room)?;
                }
            }
            // The driver knows what it was told is there.
            _ if again => return Err(super::unexpected()),
            other => {
                if other.take().is_some() {
                    for place in [WORK, TMP] {
                        unmount(&self.mounts, place)?;
                    }
                }
                let work = Place::mount(&self.mounts, WORK, room)?;
                let tmp = Place::mount(&self.mounts, TMP, room)?;
                let fine_times = work
                    .has_fine_times()
                    .map_err(Failure::at("try", "the times of /work"))?;
                *other = Some(Places {
                    room,
                    work,
                    tmp,
                    filled: None,
                    is_fixed: false,
                    fine_times,
                });
            }
        }
        Ok(())
    }

    /// Bytes that the input files take of memory, where they are there already.
    pub(super) fn inputs(&self) -> u64 {
        self.places.as_ref().and_then(|places| places.filled).unwrap_or(0)
    }

    /// Puts input files there that take so much memory, makes directories, and lets nothing be changed any more where that is
    /// wanted. `Err` inside tells why they cannot all be there, which is the caller's mistake.
    pub(super) fn fill(
        &mut self,
        files: &[PlacedFile],
        contents: &[OwnedFd],
        work: &RunWork,
        bytes: u64,
    ) -> Result<Result<(), Errno>, Failure> {
        if files.is_empty() && work.directories.is_empty() && !work.read_only {
            return Ok(Ok(()));
        }
        let places = self.places.as_mut().ok_or_else(super::unexpected)?;
        // Even if not all gets there.
        places.filled = Some(bytes);
        places.is_fixed = work.read_only || (work.fixed_files && self.two_ids);
        let place = &mut places.work;
        place.forget();
        // Whose a file is matters only where it could be written to.
        let is_given = work.read_only || !places.is_fixed;
        let mut fill = || {
            let paths = files.iter().map(|file| file.name.to_bytes());
            let directories = work.directories.iter().map(|path| path.to_bytes());
            // The driver has refused what cannot be.
            for step in plan::filling(paths, directories).map_err(|_| super::unexpected())? {
                match step {
                    Step::MakeDirectory(path) => place.make_directory(path)?,
                    Step::PutFile(number) => {
                        let content = contents.get(number).ok_or_else(super::unexpected)?;
                        place.put(&files[number], content, is_given)?;
                    }
                }
            }
            Ok(())
        };
        match fill() {
            Ok(()) if work.read_only => {
                let closed = self.mounts.make_read_only(WORK);
                closed.map(Ok).map_err(Failure::at("make read-only", "/work"))
            }
            Ok(()) => Ok(Ok(())),
            Err(Failure {
                errno: errno @ Errno::NOSPC,
                ..
            }) => Ok(Err(errno)),
            Err(failure) => Err(failure),
        }
    }

    /// Remembers how both places look, right before a payload is started.
    pub(super) fn remember(&mut self) -> Result<(), Failure> {
        let places = self.places.as_mut().ok_or_else(super::unexpected)?;
        for place in [&mut places.work, &mut places.tmp] {
            place.remember()?;
        }
        Ok(())
    }

    /// Looks at what the run has left. All its processes must be dead.
    pub(super) fn look(&self) -> Result<Left, Failure> {
        let places = self.places.as_ref().ok_or_else(super::unexpected)?;
        let (work, tmp) = (places.work.space()?, places.tmp.space()?);
        let is_fit = places.filled.is_none() || places.is_fixed;
        Ok(Left {
            occupied: occupied(&work) + occupied(&tmp),
            is_work_kept: is_fit && places.work.is_untouched(&work, places.fine_times),
            is_tmp_kept: places.tmp.is_untouched(&tmp, places.fine_times),
        })
    }

    /// Opens the wanted files. All processes must be dead.
    pub(super) fn collect(&self, wanted: &[WantedFile]) -> Taken {
        self.places.as_ref().map_or_else(Taken::default, |places| {
            collect::take(places.work.root.as_fd(), wanted)
        })
    }

    /// Takes away, with all that is in it, what is not to be kept, and puts a fresh one in its place.
    pub(super) fn settle(&mut self, left: Left) -> Result<(), Failure> {
        let places = self.places.as_mut().ok_or_else(super::unexpected)?;
        if !left.is_work_kept {
            places.filled = None;
            places.work.renew(&self.mounts, places.room)?;
        }
        if !left.is_tmp_kept {
            places.tmp.renew(&self.mounts, places.room)?;
        }
        Ok(())
    }
}

/// One of the two places.
#[derive(Debug)]
struct Place {
    path: &'static CStr,
    root: OwnedFd,
    /// The directories that were made for input files, by path below the root.
    made: Vec<Vec<u8>>,
    /// How it looked before the last run; `None` before the first.
    looked: Option<Looks>,
    /// Whether everything was there for a tick or longer when the last run began.
    had_settled: bool,
}

/// The signs of change.
#[derive(Debug, PartialEq, Eq)]
struct Looks {
    free_blocks: u64,
    free_files: u64,
    /// When each directory has last changed, the root first.
    changed: Vec<Time>,
}

/// Seconds and nanoseconds.
type Time = (i64, i64);

impl Place {
    fn mount(mounts: &Mounts, path: &'static CStr, room: Room) -> Result<Self, Failure> {
        let limit = |defence: Defence, limit: u64| if defence.stands() { limit } else { 0 }; // 0 is no limit.
        let limits = format!(
            "size={},nr_inodes={}",
            limit(Defence::WorkBytes, room.bytes),
            // The root directory is an inode of its own.
            limit(Defence::WorkFiles, room.files + 1)
        );
        let options = if path == WORK {
            format!("{limits},mode=0700,uid={PAYLOAD_ID},gid={PAYLOAD_ID}")
        } else {
            format!("{limits},mode=1777")
        };
        mounts
            .mount(path, &options)
            .map_err(Failure::at("mount", path.to_string_lossy()))?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(path, flags, Mode::empty())
            .map_err(Failure::at("open", path.to_string_lossy()))?;
        Ok(Self {
            path,
            root,
            made: Vec::new(),
            looked: None,
            had_settled: false,
        })
    }

    fn renew(&mut self, mounts: &Mounts, room: Room) -> Result<(), Failure> {
        unmount(mounts, self.path)?;
        // Closes the old root, the last that holds the old files.
        *self = Self::mount(mounts, self.path, room)?;
        Ok(())
    }

    /// Puts a file there. Nothing has run here yet, so paths mean what they say.
    fn put(&mut self, file: &PlacedFile, content: impl AsFd, is_given: bool) -> Result<(), Failure> {
        let mode = Mode::from_raw_mode(if file.executable { 0o755 } else { 0o644 });
        let failed = |operation| Failure::at::<Errno>(operation, file.name.to_string_lossy());
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let target = rustix::fs::openat(&self.root, &file.name, flags, mode).map_err(failed("create"))?;
        let mut offset = 0;
        while rustix::fs::sendfile(&target, content.as_fd(), Some(&mut offset), 1 << 30)
            .map_err(failed("fill"))?
            > 0
        {}
        if !is_given {
            return Ok(());
        }
        let (user, group) = payload();
        rustix::fs::fchown(&target, user, group).map_err(failed("give away"))
    }

    fn make_directory(&mut self, path: &[u8]) -> Result<(), Failure> {
        let failed = || Failure::at::<Errno>("make directory", String::from_utf8_lossy(path));
        rustix::fs::mkdirat(&self.root, path, Mode::from_raw_mode(0o755)).map_err(failed())?;
        let (user, group) = payload();
        rustix::fs::chownat(&self.root, path, user, group, AtFlags::SYMLINK_NOFOLLOW).map_err(failed())?;
        self.made.push(path.to_vec());
        Ok(())
    }

    fn space(&self) -> Result<StatVfs, Failure> {
        rustix::fs::fstatvfs(&self.root).map_err(Failure::at("look at", self.path.to_string_lossy()))
    }

    /// When each directory has last changed. A directory is found by its path: if that had come to mean another, the one
    /// above would have changed.
    fn changed(&self) -> Result<Vec<Time>, Errno> {
        let directories = std::iter::once(HERE).chain(self.made.iter().map(Vec::as_slice));
        let changed = |path: &[u8]| {
            let status = rustix::fs::statat(&self.root, path, AtFlags::SYMLINK_NOFOLLOW)?;
            Ok((status.st_ctime, i64::try_from(status.st_ctime_nsec).unwrap_or(0)))
        };
        directories.map(changed).collect()
    }

    /// It is about to be changed by us.
    fn forget(&mut self) {
        self.looked = None;
        self.had_settled = false;
    }

    fn remember(&mut self) -> Result<(), Failure> {
        if self.looked.is_none() {
            let space = self.space()?;
            let changed = self
                .changed()
                .map_err(Failure::at("look at", self.path.to_string_lossy()))?;
            self.looked = Some(Looks::of(&space, changed));
        }
        if !self.had_settled {
            let now = clock_gettime(ClockId::RealtimeCoarse);
            let newest = self.looked.iter().flat_map(|looks| &looks.changed).max();
            self.had_settled = newest.is_some_and(|newest| *newest < (now.tv_sec, now.tv_nsec));
        }
        Ok(())
    }

    /// Whether the run that began after [`Self::remember`] has left everything as it was.
    fn is_untouched(&self, space: &StatVfs, fine_times: bool) -> bool {
        !Defence::FreshWork.stands()
            || (fine_times || self.had_settled)
                && self
                    .changed()
                    .is_ok_and(|changed| self.looked == Some(Looks::of(space, changed)))
    }

    /// Whether a change that follows a look at once is told by a later time: so it is since Linux 6.13. A tick that
    /// happens to pass could show the same; not three times.
    fn has_fine_times(&self) -> Result<bool, Errno> {
        let mode = Mode::from_raw_mode(rustix::fs::fstat(&self.root)?.st_mode & 0o7777);
        for _ in 0..3 {
            let before = self.changed()?;
            rustix::fs::fchmod(&self.root, mode)?;
            if self.changed()? == before {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Looks {
    fn of(space: &StatVfs, changed: Vec<Time>) -> Self {
        Self {
            free_blocks: space.f_bfree,
            free_files: space.f_ffree,
            changed,
        }
    }
}

/// Whose everything is that a payload may change.
fn payload() -> (Option<Uid>, Option<Gid>) {
    (Some(Uid::from_raw(PAYLOAD_ID)), Some(Gid::from_raw(PAYLOAD_ID)))
}

fn occupied(space: &StatVfs) -> u64 {
    space.f_blocks.saturating_sub(space.f_bfree) * space.f_frsize
}

fn unmount(mounts: &Mounts, place: &'static CStr) -> Result<(), Failure> {
    mounts
        .unmount(place)
        .map_err(Failure::at("unmount", place.to_string_lossy()))
}

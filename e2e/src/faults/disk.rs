//! Small disks, in a mount namespace of their own: nobody else sees them, and they go with the process that holds them.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::services::Server;

/// Room on a disk: for a few packages of a few kilobytes.
const SIZE: &str = "size=4m";

/// The name of the file that takes up the room.
const FILLER: &str = "filler";

/// Memory file systems of a few megabytes.
#[derive(Debug)]
pub struct Disks {
    holder: Server,
    _log: tempfile::TempDir,
}

impl Disks {
    /// Mounts one on each of these directories, which are made.
    pub fn mount(places: &[PathBuf]) -> Result<Self> {
        let log = tempfile::Builder::new().prefix("gavel-disks-").tempdir()?;
        let mut script = vec!["set -e".to_owned()];
        for place in places {
            std::fs::create_dir_all(place)?;
            let place = place.display();
            script.push(format!("mount -t tmpfs -o {SIZE},mode=700 tmpfs '{place}'"));
        }
        script.push("echo mounted; exec sleep infinity".to_owned());
        let script = script.join("\n");
        let arguments = ["--mount", "--propagation", "private", "sh", "-c", &script];
        let mut holder = Server::start(
            Path::new("/usr/bin/unshare"),
            &arguments,
            None,
            "KILL",
            log.path().join("log"),
        )?;
        let said = log.path().join("log");
        holder.wait_until(|| std::fs::read_to_string(&said).is_ok_and(|text| text.contains("mounted")))?;
        Ok(Self { holder, _log: log })
    }

    /// What starts a command among the disks.
    pub fn prefix(&self) -> Vec<String> {
        let namespace = format!("--mount=/proc/{}/ns/mnt", self.holder.id());
        vec!["nsenter".to_owned(), namespace, "--".to_owned()]
    }

    /// Takes up all room that is left on the disk at that directory; how many bytes.
    pub fn fill(&self, place: &Path) -> Result<u64> {
        let path = self.seen(place).join(FILLER);
        let mut file = std::fs::File::create(&path).context("cannot fill a disk")?;
        let mut bytes = 0;
        while file.write_all(&[0; 4096]).is_ok() {
            bytes += 4096;
        }
        ensure!(bytes > 0, "the disk at {} was full before", place.display());
        Ok(bytes)
    }

    /// Gives the room back.
    pub fn free(&self, place: &Path) -> Result<()> {
        std::fs::remove_file(self.seen(place).join(FILLER)).context("cannot free a disk")
    }

    /// The files on the disk at that directory.
    pub fn files(&self, place: &Path) -> Vec<PathBuf> {
        super::remains::files_below(&self.seen(place))
    }

    /// Where we find what the namespace has at that place.
    fn seen(&self, place: &Path) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        root.join(place.strip_prefix("/").unwrap_or(place))
    }
}

impl Drop for Disks {
    fn drop(&mut self) {
        let _ = self.holder.stop("KILL");
    }
}

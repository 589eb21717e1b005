//! What a slot is given, the same for every run in it.

use std::path::PathBuf;
use std::time::Duration;

use crate::{Backend, Bind};

/// What a host offers and a slot is given, the same for every run in it.
#[derive(Debug, Clone)]
pub struct SlotConfig {
    /// Host directories and files shown read-only at the same place (`/usr`, `/bin`, `/lib`, …); missing ones are left
    /// out. They must be reachable by an ordinary user.
    pub tool_roots: Vec<PathBuf>,
    /// Further host directories and files, shown read-only at places of their own. Each must be there.
    pub binds: Vec<Bind>,
    /// The directories that `binds` may show something of; none by default.
    pub bind_roots: Vec<PathBuf>,
    /// The program that becomes the slot's init. `None` is this very program (`/proc/self/exe`), whose `main` must
    /// begin with [`init_if_requested`](crate::init_if_requested). A program that cannot do so, such as a test binary,
    /// names one that does: `gavel`, or the `gavel-sandbox-init` of this crate.
    pub init_program: Option<PathBuf>,
    /// How the process tree is held and counted: `None` takes the best that the host offers, anything else is an error
    /// where the host does not offer it.
    pub backend: Option<Backend>,
    /// How long the init may take for what is not the program's time: to stand, and to reply after the wall limit. Beyond
    /// it the slot is given up as broken.
    pub patience: Duration,
    /// Defences that are taken out, to test that they are missed.
    #[cfg(feature = "ablation")]
    pub without: Vec<crate::Defence>,
}

impl Default for SlotConfig {
    fn default() -> Self {
        Self {
            tool_roots: default_tool_roots(),
            binds: Vec::new(),
            bind_roots: Vec::new(),
            init_program: None,
            backend: None,
            patience: Duration::from_secs(20),
            #[cfg(feature = "ablation")]
            without: Vec::new(),
        }
    }
}

/// Programs and libraries, and what of `/etc` they need at run time. Nothing here names a person, a host or a secret.
fn default_tool_roots() -> Vec<PathBuf> {
    let fixed = [
        "/usr",
        "/bin",
        "/sbin",
        "/lib",
        "/lib32",
        "/lib64",
        "/libx32",
        // Where the dynamic loader finds libraries, and what `cc`, `java` and the like point at.
        "/etc/ld.so.cache",
        "/etc/alternatives",
        // Time zones are part of what a program may ask for.
        "/etc/localtime",
    ];
    let mut roots: Vec<PathBuf> = fixed.iter().map(PathBuf::from).collect();
    // A Debian JVM keeps its security and font configuration here, and does not start without it.
    let etc = std::fs::read_dir("/etc").into_iter().flatten().flatten();
    let mut java: Vec<_> = etc
        .filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b"java-"))
        .collect();
    java.sort_by_key(std::fs::DirEntry::file_name);
    roots.extend(java.into_iter().map(|entry| entry.path()));
    roots
}

//! The files of a package directory: those with valid names, and those that links inside it lead to.

use std::collections::BTreeMap;
use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::complaint::{Complaint, Report};
use crate::link::{self, BadLink, Kind};
use crate::{domjudge, name};

/// More files and directories than any package has: links to directories could multiply them without end.
const MOST_ENTRIES: usize = 100_000;

/// Deeper than any package is.
const DEEPEST: usize = 20;

/// A file of the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// Where its content is on disk: for a link, what it leads to.
    pub(crate) path: PathBuf,
    pub(crate) executable: bool,
    /// In bytes.
    pub(crate) length: u64,
}

/// The files and directories by their paths below the root, with `/` between the names.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) files: BTreeMap<String, File>,
    pub(crate) directories: BTreeMap<String, PathBuf>,
    /// Whether the walk was given up before its end: what is not here may be there all the same.
    pub(crate) is_cut: bool,
}

/// What stands in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry<'a> {
    File(&'a File),
    Directory,
}

impl Tree {
    /// Walks a directory. What cannot be read or followed becomes a complaint; names that break the rule, a warning.
    pub(crate) fn walk(root: &Path, report: &mut Report) -> Self {
        Self::walk_at_most(root, MOST_ENTRIES, report)
    }

    fn walk_at_most(root: &Path, most: usize, report: &mut Report) -> Self {
        let mut walk = Walk {
            root,
            most,
            tree: Self::default(),
            report,
            chain: Vec::new(),
        };
        walk.directory("", "");
        walk.tree
    }

    /// The entries of a directory by name, in order.
    pub(crate) fn children<'a>(&'a self, directory: &str) -> Vec<(&'a str, Entry<'a>)> {
        let prefix = if directory.is_empty() {
            String::new()
        } else {
            format!("{directory}/")
        };
        let files = Self::directly_below(&self.files, &prefix).map(|(name, file)| (name, Entry::File(file)));
        let directories =
            Self::directly_below(&self.directories, &prefix).map(|(name, _)| (name, Entry::Directory));
        let mut children: Vec<_> = files.chain(directories).collect();
        children.sort_by_key(|(name, _)| *name);
        children
    }

    /// The paths of all files at or below a path, in order.
    pub(crate) fn files_at(&self, path: &str) -> Vec<PathBuf> {
        if let Some(file) = self.files.get(path) {
            return vec![file.path.clone()];
        }
        let prefix = format!("{path}/");
        self.files
            .range(prefix.clone()..)
            .take_while(|(path, _)| path.starts_with(&prefix))
            .map(|(_, file)| file.path.clone())
            .collect()
    }

    pub(crate) fn has_directory(&self, path: &str) -> bool {
        self.directories.contains_key(path)
    }

    /// All files in a directory and below, in order, by their paths from there.
    pub(crate) fn below(&self, directory: &str) -> impl Iterator<Item = (&str, &File)> {
        let prefix = format!("{directory}/");
        self.files
            .range(prefix.clone()..)
            .map_while(move |(path, file)| Some((path.strip_prefix(&prefix)?, file)))
    }

    fn directly_below<'a, T>(
        map: &'a BTreeMap<String, T>,
        prefix: &str,
    ) -> impl Iterator<Item = (&'a str, &'a T)> {
        let owned = prefix.to_owned();
        map.range(prefix.to_owned()..)
            .map_while(move |(path, value)| path.strip_prefix(&owned).map(|name| (name, value)))
            .filter(|(name, _)| !name.contains('/'))
    }
}

struct Walk<'a> {
    root: &'a Path,
    /// Entries after which the walk is given up.
    most: usize,
    tree: Tree,
    report: &'a mut Report,
    /// The real directories (below the root) that we are inside of, to notice circles.
    chain: Vec<String>,
}

impl Walk<'_> {
    /// `path` is what the package calls the directory, `real` is where it is; they differ below a link.
    fn directory(&mut self, path: &str, real: &str) {
        if self.chain.len() > DEEPEST {
            let what = format!("is nested more than {DEEPEST} directories deep");
            self.report.complain(Complaint::about(path, what));
            self.tree.is_cut = true; // There may be any number of such.
            return;
        }
        let entries = match self.sorted_entries(real) {
            Ok(entries) => entries,
            Err(error) => {
                self.report
                    .complain(Complaint::about(path, format!("cannot be read: {error}")));
                return;
            }
        };
        self.chain.push(real.to_owned());
        for (file_name, entry) in entries {
            if self.tree.is_cut {
                break;
            }
            let path = name::join(path, &file_name);
            let real = name::join(real, &file_name);
            if let Err(error) = self.entry(&entry, &path, &real) {
                self.report
                    .complain(Complaint::about(path, format!("cannot be read: {error}")));
            }
        }
        self.chain.pop();
    }

    fn sorted_entries(&mut self, real: &str) -> io::Result<Vec<(String, DirEntry)>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(self.root.join(real))? {
            let entry = entry?;
            let file_name = entry.file_name();
            match file_name.to_str().filter(|file_name| is_read(real, file_name)) {
                Some(file_name) => entries.push((file_name.to_owned(), entry)),
                None => self
                    .report
                    .warn(ignored(&name::join(real, &file_name.to_string_lossy()))),
            }
        }
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(entries)
    }

    fn entry(&mut self, entry: &DirEntry, path: &str, real: &str) -> io::Result<()> {
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            return self.follow(path, real);
        }
        if kind.is_dir() {
            if self.add_directory(path, real) {
                self.directory(path, real);
            }
        } else if kind.is_file() {
            self.add_file(path, real, &entry.metadata()?);
        } else {
            let what = "is neither a file nor a directory nor a symbolic link";
            self.report.complain(Complaint::about(path, what));
        }
        Ok(())
    }

    fn follow(&mut self, path: &str, real: &str) -> io::Result<()> {
        match resolve_on_disk(self.root, real) {
            Ok(target) => {
                let metadata = fs::symlink_metadata(self.root.join(&target))?;
                if metadata.is_file() {
                    self.add_file(path, &target, &metadata);
                } else if self.chain.contains(&target) {
                    self.report
                        .complain(Complaint::about(path, BadLink::Circle.to_string()));
                } else if self.add_directory(path, &target) {
                    self.directory(path, &target);
                }
            }
            Err(bad) => self.report.complain(Complaint::about(path, bad.to_string())),
        }
        Ok(())
    }

    fn add_file(&mut self, path: &str, real: &str, metadata: &Metadata) {
        if !self.has_room() {
            return;
        }
        let file = File {
            path: self.root.join(real),
            executable: metadata.permissions().mode() & 0o111 != 0,
            length: metadata.len(),
        };
        self.tree.files.insert(path.to_owned(), file);
    }

    fn add_directory(&mut self, path: &str, real: &str) -> bool {
        let has_room = self.has_room();
        if has_room {
            self.tree
                .directories
                .insert(path.to_owned(), self.root.join(real));
        }
        has_room
    }

    fn has_room(&mut self) -> bool {
        if self.tree.files.len() + self.tree.directories.len() < self.most {
            return true;
        }
        if !self.tree.is_cut {
            let what = format!("has more than {} files and directories", self.most);
            self.report.complain(Complaint::about("", what));
        }
        self.tree.is_cut = true;
        false
    }
}

/// Whether what has that name in that directory counts: by the format's rule, and the one exception of DOMjudge's.
pub(crate) fn is_read(directory: &str, file_name: &str) -> bool {
    name::is_valid(file_name) || directory.is_empty() && file_name == domjudge::TIME_LIMIT_FILE
}

/// The warning that a file or directory is left out because of its name.
pub(crate) fn ignored(path: &str) -> Complaint {
    Complaint::about(
        path,
        "is ignored: a name has letters, digits, '_', '.' and '-', and begins with a letter, digit or '_'",
    )
}

fn resolve_on_disk(root: &Path, link: &str) -> Result<String, BadLink> {
    let look = |path: &str| {
        let full = root.join(path);
        let kind = fs::symlink_metadata(&full).ok()?.file_type();
        if kind.is_symlink() {
            let target = fs::read_link(&full).ok()?;
            Some(Kind::Link(target.to_str()?.to_owned()))
        } else if kind.is_dir() {
            Some(Kind::Directory)
        } else {
            kind.is_file().then_some(Kind::File)
        }
    };
    let (directory, file_name) = name::split(link);
    link::resolve(directory, file_name, look)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_to_directories_do_not_multiply() {
        let root = tempfile::tempdir().unwrap();
        for i in 0..10 {
            let directory = root.path().join(format!("d{i}"));
            fs::create_dir(&directory).unwrap();
            for name in ["a", "b", "c"] {
                symlink(format!("../d{}", i + 1), directory.join(name)).unwrap();
            }
        }
        fs::create_dir(root.path().join("d10")).unwrap();
        let mut report = Report::default();
        let tree = Tree::walk_at_most(root.path(), 500, &mut report);
        assert_eq!(tree.files.len() + tree.directories.len(), 500);
        let refused = report.finish().unwrap_err();
        assert_eq!(
            refused.0,
            [Complaint::about("", "has more than 500 files and directories")]
        );
    }
}

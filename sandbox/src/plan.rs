//! What a run comes to, worked out before anything is done. Both sides plan alike: the driver to refuse what cannot be done,
//! the init to do it, step by step.

use std::collections::BTreeSet;

use rustix::process::Resource;

use crate::wire::RunLimits;

/// A step in filling the work directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// Make the directory of this path; the one above it is there.
    MakeDirectory(&'a [u8]),
    /// Put the input file of this number into its directory, which is there.
    PutFile(usize),
}

/// A path that cannot be both things that it is to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Conflict<'a>(pub(crate) &'a [u8]);

/// The steps that fill an empty work directory with files and directories of these paths. Each path is a few plain names with
/// slashes between them; directories may be named more than once.
pub(crate) fn filling<'a>(
    files: impl IntoIterator<Item = &'a [u8]>,
    directories: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<Step<'a>>, Conflict<'a>> {
    let mut filling = Filling::default();
    for (number, path) in files.into_iter().enumerate() {
        filling.make_parents(path)?;
        filling.put_file(number, path)?;
    }
    for path in directories {
        filling.make_parents(path)?;
        filling.make_directory(path)?;
    }
    Ok(filling.steps)
}

#[derive(Default)]
struct Filling<'a> {
    files: BTreeSet<&'a [u8]>,
    directories: BTreeSet<&'a [u8]>,
    steps: Vec<Step<'a>>,
}

impl<'a> Filling<'a> {
    fn make_parents(&mut self, path: &'a [u8]) -> Result<(), Conflict<'a>> {
        let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        for (at, _) in slashes {
            self.make_directory(&path[..at])?;
        }
        Ok(())
    }

    fn make_directory(&mut self, path: &'a [u8]) -> Result<(), Conflict<'a>> {
        if self.files.contains(path) {
            return Err(Conflict(path));
        }
        if self.directories.insert(path) {
            self.steps.push(Step::MakeDirectory(path));
        }
        Ok(())
    }

    fn put_file(&mut self, number: usize, path: &'a [u8]) -> Result<(), Conflict<'a>> {
        if self.directories.contains(path) || !self.files.insert(path) {
            return Err(Conflict(path));
        }
        self.steps.push(Step::PutFile(number));
        Ok(())
    }
}

/// Who keeps the limits of the whole tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeper {
    /// A cgroup.
    Cgroup,
    /// The init, by looking now and then: so each process has the limits of the tree besides.
    Init {
        /// Tasks that the kernel counts with those of the payload.
        other_tasks: u64,
    },
}

/// The limits that each process of a run gets, none of them above the `highest` that the host allows. What is the same for
/// all runs is not among them.
pub(crate) fn rlimits(
    limits: &RunLimits,
    keeper: Keeper,
    highest: impl Fn(Resource) -> u64,
) -> Vec<(Resource, u64)> {
    let mut rlimits = vec![
        (Resource::Stack, limits.stack),
        (Resource::Nofile, limits.descriptors),
        // Files are limited by where they lie; this is for those in memory, and beyond the limit that these reach first.
        (
            Resource::Fsize,
            limits.work_bytes.max(limits.memory.saturating_mul(2)),
        ),
        // A belt for each process; the tree's limit is kept by looking.
        (Resource::Cpu, limits.cpu.as_secs().saturating_add(2)),
    ];
    if let Keeper::Init { other_tasks } = keeper {
        // Private writable memory, because address space alone is no memory: a JVM reserves gigabytes. Some room beyond,
        // so that what exceeds is seen and told as such before an allocation fails.
        rlimits.push((Resource::Data, limits.memory.saturating_add(32 << 20)));
        rlimits.push((Resource::Nproc, limits.processes.saturating_add(other_tasks)));
    }
    for (resource, limit) in &mut rlimits {
        *limit = (*limit).min(highest(*resource));
    }
    rlimits
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::wire::tests::seeded;

    #[test]
    fn directories_come_before_what_is_in_them() {
        use Step::{MakeDirectory, PutFile};
        type Expected<'a> = Result<&'a [Step<'a>], &'a str>;
        let check = |files: &[&str], directories: &[&str], expected: Expected<'_>| {
            let steps = filling(
                files.iter().map(|path| path.as_bytes()),
                directories.iter().map(|path| path.as_bytes()),
            );
            let expected = expected
                .map(<[Step<'_>]>::to_vec)
                .map_err(|path| Conflict(path.as_bytes()));
            assert_eq!(steps, expected, "{files:?} {directories:?}");
        };
        check(&[], &[], Ok(&[]));
        check(&["a", "b"], &[], Ok(&[PutFile(0), PutFile(1)]));
        check(
            &["d/e/a", "d/b"],
            &["d", "f/g"],
            Ok(&[
                MakeDirectory(b"d"),
                MakeDirectory(b"d/e"),
                PutFile(0),
                PutFile(1),
                MakeDirectory(b"f"),
                MakeDirectory(b"f/g"),
            ]),
        );
        check(&["a", "a"], &[], Err("a"));
        check(&["a", "a/b"], &[], Err("a"));
        check(&["a/b", "a"], &[], Err("a"));
        check(&["a/b"], &["a/b/c"], Err("a/b"));
        check(&["a"], &["a"], Err("a"));
        check(&["a.b", "a"], &["a.b"], Err("a.b"));
    }

    /// What a file system would say, told apart from the plan: a tree of names.
    #[derive(Default)]
    struct Tree(std::collections::BTreeMap<Vec<u8>, bool>);

    impl Tree {
        fn do_step(&mut self, step: Step<'_>, files: &[&str]) {
            let (path, is_file) = match step {
                Step::MakeDirectory(path) => (path, false),
                Step::PutFile(number) => (files[number].as_bytes(), true),
            };
            if let Some(at) = path.iter().rposition(|byte| *byte == b'/') {
                assert_eq!(self.0.get(&path[..at]), Some(&false), "{step:?}");
            }
            assert_eq!(self.0.insert(path.to_vec(), is_file), None, "{step:?}");
        }
    }

    fn paths() -> impl Strategy<Value = Vec<&'static str>> {
        vec(
            select(vec![
                "a", "b", "a/b", "a/b/c", "b/a", "c/d/e/f", "c/d", "c", "ab", "a.b/c",
            ]),
            0..6,
        )
    }

    proptest! {
        #![proptest_config(seeded(2000))]

        #[test]
        fn a_plan_can_be_carried_out_and_does_all_that_is_asked(files in paths(), directories in paths()) {
            let bytes = |paths: &[&'static str]| paths.iter().map(|path| path.as_bytes()).collect::<Vec<_>>();
            match filling(bytes(&files), bytes(&directories)) {
                Ok(steps) => {
                    let mut tree = Tree::default();
                    for step in steps {
                        tree.do_step(step, &files);
                    }
                    for (paths, is_file) in [(&files, true), (&directories, false)] {
                        for path in paths {
                            prop_assert_eq!(tree.0.get(path.as_bytes()), Some(&is_file));
                        }
                    }
                }
                Err(Conflict(path)) => {
                    let path = std::str::from_utf8(path).unwrap();
                    let below = format!("{path}/");
                    let times = files.iter().filter(|file| **file == path).count();
                    let is_directory = directories.contains(&path)
                        || files.iter().chain(&directories).any(|other| other.starts_with(&below));
                    prop_assert!(times > 1 || (times == 1 && is_directory), "{path}");
                }
            }
        }

        #[test]
        fn limits_of_processes_are_within_the_hosts_and_never_grow_when_less_is_allowed(
            numbers in vec((any::<u64>(), any::<u64>()), 8),
            highest in any::<u64>(),
            keeper in select(vec![
                Keeper::Cgroup,
                Keeper::Init { other_tasks: 0 },
                Keeper::Init { other_tasks: u64::MAX },
            ]),
        ) {
            let limits = |pick: fn(u64, u64) -> u64| {
                let number = |at: usize| pick(numbers[at].0, numbers[at].1);
                RunLimits {
                    cpu: Duration::from_nanos(number(0)),
                    wall: Duration::from_nanos(number(1)),
                    memory: number(2),
                    stack: number(3),
                    processes: number(4),
                    descriptors: number(5),
                    work_bytes: number(6),
                    work_files: number(7),
                }
            };
            let (less, more) = (limits(u64::min), limits(u64::max));
            let plan = |limits: &RunLimits| rlimits(limits, keeper, |_| highest);
            let (small, large) = (plan(&less), plan(&more));
            prop_assert_eq!(small.len(), large.len());
            for ((resource, small), (other, large)) in small.iter().zip(&large) {
                prop_assert_eq!(resource, other);
                prop_assert!(small <= large && *large <= highest);
                // None is below what the tree may have, or a process would fail within its limits.
                let least = match resource {
                    Resource::Stack => less.stack,
                    Resource::Nofile => less.descriptors,
                    Resource::Fsize => less.work_bytes.max(less.memory),
                    Resource::Cpu => less.cpu.as_secs() + 1,
                    Resource::Data => less.memory,
                    Resource::Nproc => less.processes,
                    _ => u64::MAX,
                };
                prop_assert!(*small >= least.min(highest), "{:?}", resource);
            }
        }
    }
}

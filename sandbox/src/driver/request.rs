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
    let directories = work.directories.iter().chain(start);
    RunWork {
        directories: directories.map(|path| c_string(path.as_ref())).collect(),
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;
    use crate::wire::tests::seeded;
    use crate::wire::{MAX_DESCRIPTORS, MAX_FILES, MAX_MESSAGE, Message};
    use crate::{Collect, Content, InputFile, Limits, SandboxError, Stdin};

    fn plain() -> Spec {
        Spec {
            argv: vec!["main".into()],
            env: Vec::new(),
            stdin: Stdin::Null,
            files: Vec::new(),
            work: Work::default(),
            collect: Vec::new(),
            limits: Limits {
                cpu: Duration::from_secs(1),
                wall: Duration::from_secs(2),
                memory: 1 << 26,
                stdout: 0,
                stderr: 0,
                stack: 1 << 20,
                processes: 1,
                descriptors: 16,
                work_bytes: 1 << 20,
                work_files: 16,
            },
        }
    }

    /// One wish of somebody who wants a run. Cheap to make and to print: what it stands for is made when it is applied.
    #[derive(Debug, Clone, Copy)]
    enum Wish {
        Word(&'static str, usize),
        Variable(&'static str, &'static str),
        Files(&'static str, usize),
        Directory(&'static str),
        Start(&'static str),
        Collect(&'static str, usize),
        Time(fn(&mut Limits) -> &mut Duration, &'static str, Duration),
        Size(fn(&mut Limits) -> &mut u64, &'static str, u64),
        Count(fn(&mut Limits) -> &mut u32, &'static str, u32),
    }

    impl Wish {
        /// Applies it, and tells which field is wrong by it alone.
        fn apply(self, spec: &mut Spec) -> Option<&'static str> {
            match self {
                Self::Word(word, times) => {
                    spec.argv.push(word.repeat(times).into());
                    word.contains('\0').then_some("argv, env")
                }
                Self::Variable(key, value) => {
                    spec.env.push((key.into(), value.into()));
                    if key.contains('\0') || value.contains('\0') {
                        return Some("argv, env");
                    }
                    (key.is_empty() || key.contains('=')).then_some("env")
                }
                Self::Files(name, count) => {
                    for number in 0..count {
                        spec.files.push(InputFile {
                            name: format!("{name}{number}"),
                            content: Content::Bytes(Arc::default()),
                            executable: number % 2 == 0,
                        });
                    }
                    (count > MAX_FILES || (count > 0 && is_bad(name))).then_some("files")
                }
                Self::Directory(path) => {
                    spec.work.directories.push(path.to_owned());
                    (path.is_empty() || is_bad(path)).then_some("work")
                }
                Self::Start(path) => {
                    spec.work.start_in = Some(path.to_owned());
                    (path.is_empty() || is_bad(path)).then_some("work")
                }
                Self::Collect(name, count) => {
                    for number in 0..count {
                        let name = format!("{name}{number}");
                        let max_bytes = number as u64;
                        spec.collect.push(Collect { name, max_bytes });
                    }
                    (count > MAX_FILES || (count > 0 && is_bad(name))).then_some("collect")
                }
                Self::Time(field, name, time) => {
                    *field(&mut spec.limits) = time;
                    (time.is_zero() || time > Duration::from_hours(24)).then_some(name)
                }
                Self::Size(field, name, size) => {
                    *field(&mut spec.limits) = size;
                    (size < 4096 || size > i64::MAX.unsigned_abs() / 2).then_some(name)
                }
                Self::Count(field, name, count) => {
                    *field(&mut spec.limits) = count;
                    (count < 4).then_some(name)
                }
            }
        }
    }

    fn is_bad(path: &str) -> bool {
        path.contains("..") || path.contains("//") || path.starts_with('/') || path.contains('\0')
    }

    fn wishes() -> impl Strategy<Value = Vec<Wish>> {
        let names = || select(vec!["a", "d/a", "ü", "../a", "/a", "a//b", "a\0b", "-"]);
        let counts = || select(vec![0_usize, 1, 2, 3, MAX_FILES, MAX_FILES + 1]);
        let texts = || select(vec!["", "x", "long word ", "a=b", "a\0b", "ü"]);
        let times = select(vec![
            0_u64,
            1,
            1_000_000,
            86_400_000_000_000,
            86_400_000_000_001,
            u64::MAX,
        ]);
        let sizes = select(vec![0_u64, 1, 4095, 1 << 20, 1 << 40, u64::MAX / 4, u64::MAX]);
        let paths = || select(vec!["d", "d/e", "a0", "a0/b", "..", "", "a/../b"]);
        let wish = prop_oneof![
            (texts(), select(vec![1_usize, 100, 8000])).prop_map(|(word, times)| Wish::Word(word, times)),
            (texts(), texts()).prop_map(|(key, value)| Wish::Variable(key, value)),
            (names(), counts()).prop_map(|(name, count)| Wish::Files(name, count)),
            paths().prop_map(Wish::Directory),
            paths().prop_map(Wish::Start),
            (names(), counts()).prop_map(|(name, count)| Wish::Collect(name, count)),
            (any::<bool>(), times).prop_map(|(which, time)| {
                let time = Duration::from_nanos(time);
                if which {
                    Wish::Time(|limits| &mut limits.cpu, "limits.cpu", time)
                } else {
                    Wish::Time(|limits| &mut limits.wall, "limits.wall", time)
                }
            }),
            (any::<bool>(), sizes).prop_map(|(which, size)| {
                if which {
                    Wish::Size(|limits| &mut limits.work_bytes, "limits.work_bytes", size)
                } else {
                    // Any output is as good as another.
                    Wish::Size(
                        |limits| &mut limits.stdout,
                        "limits.stdout",
                        size.clamp(4096, u64::MAX / 4),
                    )
                }
            }),
            select(vec![0_u32, 3, 4, u32::MAX]).prop_map(|count| Wish::Count(
                |limits| &mut limits.descriptors,
                "limits.descriptors",
                count
            )),
        ];
        vec(wish, 0..5)
    }

    proptest! {
        #![proptest_config(seeded(2000))]

        /// Whatever is asked for: it is refused by a field that is wrong, or it is told to the init whole and within bounds.
        #[test]
        fn a_spec_is_refused_by_field_or_told_whole(wishes in wishes()) {
            let mut spec = plain();
            // What a later wish for the same limit has overwritten is wrong no more.
            let mut wrong = std::collections::BTreeMap::new();
            for (at, wish) in wishes.iter().enumerate() {
                let key = match wish {
                    Wish::Time(_, name, _) | Wish::Size(_, name, _) | Wish::Count(_, name, _) => (*name, 0),
                    Wish::Start(_) => ("start_in", 0),
                    _ => ("", at),
                };
                wrong.insert(key, wish.apply(&mut spec));
            }
            let wrong: Vec<_> = wrong.into_values().flatten().collect();
            match spec.validate() {
                Ok(()) => {
                    prop_assert!(wrong.is_empty(), "{:?}", wrong);
                    check_request(&spec)?;
                }
                Err(SandboxError::Invalid { field, reason }) => {
                    // Together they can be too many, too long, or in each other's way.
                    let together = reason.contains("more than") || reason.contains("two files of one name");
                    prop_assert!(wrong.contains(&field) || together, "{field}: {reason}, {wrong:?}");
                }
                Err(other) => prop_assert!(false, "{other}"),
            }
        }
    }

    fn check_request(spec: &Spec) -> Result<(), TestCaseError> {
        let run = request(spec, &spec.files, false);
        let words: Vec<_> = run
            .argv
            .iter()
            .map(|word| OsStr::from_bytes(word.as_bytes()))
            .collect();
        prop_assert_eq!(words, spec.argv.iter().collect::<Vec<_>>());
        for (told, (key, value)) in run.env.iter().zip(&spec.env) {
            let pair = [key.as_bytes(), b"=", value.as_bytes()].concat();
            prop_assert_eq!(told.as_bytes(), pair);
        }
        prop_assert_eq!(run.env.len(), spec.env.len());
        let names = |names: Vec<&CString>| -> Vec<String> {
            names
                .into_iter()
                .map(|name| name.to_string_lossy().into_owned())
                .collect()
        };
        let told = names(run.files.iter().map(|file| &file.name).collect());
        prop_assert!(told.iter().eq(spec.files.iter().map(|file| &file.name)));
        let told = names(run.collect.iter().map(|wanted| &wanted.name).collect());
        prop_assert!(told.iter().eq(spec.collect.iter().map(|wanted| &wanted.name)));
        prop_assert!(3 + run.files.len() <= MAX_DESCRIPTORS);
        prop_assert_eq!(run.limits.cpu, spec.limits.cpu);
        prop_assert_eq!(run.limits.descriptors, u64::from(spec.limits.descriptors));

        let packet = Message::Run(run).encode();
        prop_assert!(packet.len() <= MAX_MESSAGE, "{}", packet.len());
        let again = Message::Run(request(spec, &spec.files, false));
        prop_assert_eq!(Message::decode(&packet).unwrap(), again);
        Ok(())
    }

    /// The longest of everything: none of it gets past the bounds of a message.
    #[test]
    fn what_does_not_fit_a_message_is_refused() {
        let long = |number: usize| format!("{}{number:03}", "d/".repeat(200));
        let mut fits = plain();
        for number in 0..MAX_FILES {
            fits.work.directories.push(long(number));
        }
        fits.validate().unwrap();
        check_request(&fits).unwrap();
        let mut too_long = [fits.clone(), fits.clone(), fits];
        too_long[0].argv.push("x".repeat(60_000).into());
        too_long[1].collect = (0..MAX_FILES)
            .map(|number| Collect {
                name: long(number),
                max_bytes: 0,
            })
            .collect();
        too_long[2].work.directories.extend((0..1000).map(long));
        for spec in too_long {
            let error = spec.validate().unwrap_err();
            assert!(
                error.to_string().starts_with("argv, env, files, work, collect: "),
                "{error}"
            );
        }
    }
}

//! One language of the table, checked: it cannot be wrong any more.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use domain::{Adjustments, EntryPoint, Guide, Language, LanguageId, Limits, SourceFile};
use serde::Deserialize;

use super::command::{Command, Names};
use super::naming::{self, Naming};
use super::preparation::Preparation;

/// A language as the table describes it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Definition {
    pub(crate) id: LanguageId,
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) extensions: Vec<String>,
    /// Endings that its files may have, too, though they suggest another language.
    pub(crate) also: Vec<String>,
    /// What a lone file is called whose own name has none of the endings.
    pub(crate) main: String,
    pub(crate) naming: Naming,
    /// One sentence for people: where a program begins.
    pub(crate) entry_rule: String,
    pub(crate) install: Install,
    /// At least one; the first one's version is the language's.
    pub(crate) tools: Vec<Tool>,
    pub(crate) environment: BTreeMap<String, String>,
    /// What of the host it sees read-only, beside what every program sees.
    pub(crate) directories: Vec<PathBuf>,
    pub(crate) prepare: Option<Preparation>,
    pub(crate) compile: Option<Compile>,
    pub(crate) run: Command,
    /// What a run that fails says on standard error where its run-time had no memory left.
    pub(crate) out_of_memory: Vec<String>,
    pub(crate) entry: Option<Entry>,
    pub(crate) adjust: Adjust,
    pub(crate) self_test: SelfTest,
}

/// The packages that bring a language's tools.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Install {
    /// Of Debian.
    pub apt: Vec<String>,
    /// Of npm, with `@VERSION`.
    pub npm: Vec<String>,
    /// Of `PyPI`, with `==VERSION`.
    pub pip: Vec<String>,
}

/// Programs that show whether a language works.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SelfTest {
    /// Prints `Hello, World!`.
    pub(crate) hello: Option<String>,
    /// Prints the sum of the two integers on its standard input.
    pub(crate) sum: Option<String>,
}

/// A program of the host that a language needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Tool {
    /// Its names in one of the fixed directories, or absolute paths; at least one. What commands call it comes first.
    pub(crate) programs: Vec<String>,
    /// Arguments that make it tell its version.
    pub(crate) version: Vec<String>,
    /// What it reads meanwhile.
    pub(crate) input: String,
}

impl Tool {
    /// What commands call it.
    pub(crate) fn program(&self) -> &str {
        self.programs.first().map_or("", String::as_str)
    }
}

/// How to compile.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Compile {
    pub(crate) command: Command,
    /// The files that the run needs. None: the compiler only checks, and the run gets the sources.
    pub(crate) outputs: Vec<String>,
    pub(crate) limits: CompileLimits,
    pub(crate) when: When,
}

/// How it is found out with what a run begins, where that is not the first source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Entry {
    /// The class with a main method among the compiled ones.
    MainClass,
}

/// When to compile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum When {
    /// Before anything else.
    #[default]
    First,
    /// Where the first test case ends in a runtime error: for compilers that only check what the run would find out, too,
    /// so that a program that runs does not pay for the check.
    FirstCaseFails,
}

/// What a compiler may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CompileLimits {
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
    /// In bytes.
    pub(crate) memory: u64,
    pub(crate) processes: u32,
    /// The work directory, in bytes.
    pub(crate) work_bytes: u64,
}

/// What a language changes in a problem's limits, to be fair to its run-time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Adjust {
    pub(crate) time_factor: f64,
    /// In bytes.
    pub(crate) extra_memory: u64,
    pub(crate) extra_processes: u32,
    /// Why; empty where nothing is changed.
    pub(crate) reason: String,
}

impl Definition {
    /// As people outside see it, before anybody has looked for its tools.
    pub(crate) fn describe(&self) -> Language {
        Language {
            id: self.id.clone(),
            name: self.name.clone(),
            aliases: self.aliases.clone(),
            extensions: self.extensions.clone(),
            version: None,
            unavailable: None,
            is_untried: false,
            guide: Some(Box::new(self.guide())),
        }
    }

    fn guide(&self) -> Guide {
        let Adjust {
            time_factor,
            extra_memory,
            extra_processes,
            reason,
        } = self.adjust.clone();
        Guide {
            entry_rule: self.entry_rule.clone(),
            entry_point: self.entry_point(),
            hello: self.self_test.hello.clone(),
            adjustments: Adjustments {
                time_factor,
                extra_memory_bytes: extra_memory,
                extra_processes,
                reason,
            },
        }
    }

    /// What a submission may name to begin with.
    fn entry_point(&self) -> Option<EntryPoint> {
        let compile = self.compile.as_ref().map(|compile| &compile.command);
        let mut commands = compile.into_iter().chain([&self.run]);
        match self.entry {
            Some(Entry::MainClass) => Some(EntryPoint::Class),
            None => commands
                .any(Command::begins_somewhere)
                .then_some(EntryPoint::File),
        }
    }

    /// The ending of `file` is one of this language's.
    pub(crate) fn has_ending_of(&self, file: &str) -> bool {
        let mut all = self.extensions.iter().chain(&self.also);
        ending(file).is_some_and(|found| all.any(|known| known == found))
    }

    /// The names that the files get in the work directory.
    pub(crate) fn file_names(&self, files: &[SourceFile]) -> Vec<String> {
        let mut names: Vec<String> = match files {
            [file] if !self.has_ending_of(&file.name) => vec![self.main.clone()],
            _ => files.iter().map(|file| file.name.clone()).collect(),
        };
        if self.naming == Naming::PublicType {
            for (at, file) in files.iter().enumerate() {
                self.name_by_type(&mut names, at, &file.content);
            }
        }
        names
    }

    /// Names a source as the type that it declares, where no other file has that name and it can be one.
    fn name_by_type(&self, names: &mut [String], at: usize, source: &str) {
        let Some(wanted) = naming::public_type(source) else {
            return;
        };
        let wanted = SourceFile {
            name: format!("{wanted}.{}", self.extensions.first().map_or("", String::as_str)),
            content: source.to_owned(),
        };
        let is_free = !names.contains(&wanted.name) && wanted.check().is_ok();
        if let Some(name) = names
            .get_mut(at)
            .filter(|name| is_free && self.has_ending_of(name))
        {
            *name = wanted.name;
        }
    }

    /// Which of the files are sources, and with which to begin: what `entry` names, else `main.*` (or `__main__.*`), else the
    /// first by name.
    pub(crate) fn sources<'a>(&self, files: &[&'a str], entry: Option<&str>) -> Sources<'a> {
        let mut all: Vec<&str> = files
            .iter()
            .copied()
            .filter(|name| self.has_ending_of(name))
            .collect();
        if all.is_empty() {
            all.extend(files);
        }
        all.sort_unstable();
        let is_main = |name: &&&str| stem(name).trim_matches('_').eq_ignore_ascii_case("main");
        let is_entry = |name: &&&str| entry.is_some_and(|entry| is_called(name, entry));
        let first = all
            .iter()
            .find(is_entry)
            .or(all.iter().find(is_main))
            .or(all.first())
            .copied();
        Sources {
            first: first.unwrap_or_default(),
            all,
        }
    }

    /// The problem's limits, adjusted.
    pub(crate) fn limits(&self, limits: &Limits) -> Limits {
        Limits {
            cpu_us: scaled(limits.cpu_us, self.adjust.time_factor),
            wall_us: scaled(limits.wall_us, self.adjust.time_factor),
            memory_bytes: limits.memory_bytes.saturating_add(self.adjust.extra_memory),
            output_bytes: limits.output_bytes,
            processes: limits.processes.saturating_add(self.adjust.extra_processes),
        }
    }
}

/// Whether an entry point means this file: by its name, or as a class, in whatever package.
fn is_called(file: &str, entry: &str) -> bool {
    file == entry || Some(stem(file)) == entry.rsplit('.').next()
}

/// The sources among the submitted files.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sources<'a> {
    first: &'a str,
    all: Vec<&'a str>,
}

impl Sources<'_> {
    /// As command lines want them.
    pub(crate) fn names(&self) -> Names<'_> {
        Names {
            source: self.first,
            sources: &self.all,
        }
    }
}

pub(super) fn ending(file: &str) -> Option<&str> {
    file.rsplit_once('.').map(|(_, ending)| ending)
}

fn stem(file: &str) -> &str {
    file.split_once('.').map_or(file, |(stem, _)| stem)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "microseconds of a limit are far below 2^53, and the factor is checked to be positive"
)]
fn scaled(us: u64, factor: f64) -> u64 {
    (us as f64 * factor).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Languages;

    fn check(language: &str, files: &[&str], names: &[&str], first: &str, all: &[&str]) {
        let definition = Languages::builtin()
            .get(&language.parse().unwrap())
            .unwrap()
            .clone();
        let files: Vec<_> = files
            .iter()
            .map(|name| SourceFile {
                name: (*name).to_owned(),
                content: "x".to_owned(),
            })
            .collect();
        let found = definition.file_names(&files);
        assert_eq!(found, names);
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        let sources = definition.sources(&found, None);
        assert_eq!((sources.names().source, sources.names().sources), (first, all));
    }

    #[test]
    fn files_are_named_and_the_first_is_chosen_by_rule() {
        check("cpp", &["a.cpp"], &["a.cpp"], "a.cpp", &["a.cpp"]);
        check("cpp", &["solution"], &["main.cpp"], "main.cpp", &["main.cpp"]);
        check("cpp", &["x.py"], &["main.cpp"], "main.cpp", &["main.cpp"]);
        check(
            "cpp",
            &["b.h", "b.cc", "a.cpp"],
            &["b.h", "b.cc", "a.cpp"],
            "a.cpp",
            &["a.cpp", "b.cc"],
        );
        check(
            "python3",
            &["z.py", "Main.py"],
            &["z.py", "Main.py"],
            "Main.py",
            &["Main.py", "z.py"],
        );
        check(
            "python3",
            &["__main__.py", "Lib.py"],
            &["__main__.py", "Lib.py"],
            "__main__.py",
            &["Lib.py", "__main__.py"],
        );
        check(
            "python3",
            &["b.py", "a.py", "c.txt"],
            &["b.py", "a.py", "c.txt"],
            "a.py",
            &["a.py", "b.py"],
        );
        check(
            "python3",
            &["b.txt", "a.txt"],
            &["b.txt", "a.txt"],
            "a.txt",
            &["a.txt", "b.txt"],
        );
    }

    #[test]
    fn an_entry_point_names_a_file_or_a_class() {
        let java = Languages::builtin();
        let java = java.get(&"java".parse().unwrap()).unwrap();
        let files = ["Alpha.java", "Beta.java", "Main.java"];
        for (entry, first) in [
            (None, "Main.java"),
            (Some("Beta.java"), "Beta.java"),
            (Some("Beta"), "Beta.java"),
            (Some("some.where.Alpha"), "Alpha.java"),
            (Some("Gamma"), "Main.java"),
        ] {
            assert_eq!(java.sources(&files, entry).names().source, first, "{entry:?}");
        }
    }

    #[test]
    fn limits_are_adjusted() {
        let limits = Limits {
            cpu_us: 1_000_001,
            wall_us: 3_000_000,
            memory_bytes: 5,
            ..Limits::default()
        };
        let mut definition = Languages::builtin()
            .get(&"c".parse().unwrap())
            .unwrap()
            .as_ref()
            .clone();
        assert_eq!(definition.limits(&limits), limits);
        definition.adjust = Adjust {
            time_factor: 1.5,
            extra_memory: 10,
            extra_processes: 3,
            reason: "a test".to_owned(),
        };
        let found = definition.limits(&limits);
        assert_eq!(
            (found.cpu_us, found.wall_us, found.memory_bytes),
            (1_500_002, 4_500_000, 15)
        );
        assert_eq!(found.processes, limits.processes + 3);
    }
}

//! Programs that are written with testlib, the library of Codeforces and Polygon.
//!
//! A program that includes `testlib.h` is called, and answers, as that header wants it. A header that was adapted to this
//! format is called like any other validator; the header as it comes from its author has its own arguments and exit codes.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::Program;

/// The header's name.
const HEADER: &str = "testlib.h";

/// What is looked at of a file, in bytes: testlib itself has some 200 KB.
const MOST_BYTES: u64 = 1 << 20;

/// Which testlib a program is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Testlib {
    /// It includes `testlib.h`, and does not bring it.
    Missing,
    /// It brings a header that was adapted to this format: arguments and the exit codes 42 and 43 as of any validator.
    Adapted,
    /// It brings the header as it comes from its author: `check INPUT OUTPUT ANSWER`, and 0 for right.
    Stock,
}

impl Program {
    /// Which testlib it is written with, if with any. A file that cannot be read is taken to be empty: whoever makes the
    /// program tells of it.
    pub fn testlib(&self) -> Option<Testlib> {
        let is_c = |name: &str| {
            let ending = name.rsplit_once('.').map(|(_, ending)| ending);
            ending.is_some_and(|ending| {
                matches!(ending, "c" | "cc" | "cpp" | "cxx" | "c++" | "C" | "h" | "hpp")
            })
        };
        let is_header = |name: &str| name.rsplit('/').next() == Some(HEADER);
        let sources = self
            .files
            .iter()
            .filter(|file| is_c(&file.name) && !is_header(&file.name));
        let sources: Vec<String> = sources.map(|file| read(&file.path)).collect();
        if !sources.iter().any(|source| source.lines().any(includes)) {
            return None;
        }
        let header = self.files.iter().find(|file| is_header(&file.name));
        let Some(header) = header.map(|file| read(&file.path)) else {
            return Some(Testlib::Missing);
        };
        let mut all = sources.iter().chain([&header]).flat_map(|text| text.lines());
        if all.any(accepts_by_42) {
            Some(Testlib::Adapted)
        } else {
            Some(Testlib::Stock)
        }
    }
}

fn read(path: &Path) -> String {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_end(&mut bytes));
    read.map_or(String::new(), |_| String::from_utf8_lossy(&bytes).into_owned())
}

/// `#include "testlib.h"`, with any white space, brackets and directories.
fn includes(line: &str) -> bool {
    let file = directive(line, "include").map(|rest| rest.trim_start_matches(['"', '<']));
    let file = file.and_then(|rest| rest.split(['"', '>']).next());
    file.is_some_and(|file| file.rsplit('/').next() == Some(HEADER))
}

/// `#define OK_EXIT_CODE 42`.
fn accepts_by_42(line: &str) -> bool {
    directive(line, "define").is_some_and(|rest| {
        let mut words = rest.split_whitespace();
        words.next() == Some("OK_EXIT_CODE") && words.next() == Some("42")
    })
}

/// What follows the name of that directive of the preprocessor.
fn directive<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let rest = line.trim_start().strip_prefix('#')?.trim_start();
    rest.strip_prefix(name).map(str::trim_start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Constants, ProgramFile, Start};

    fn check(files: &[(&str, &str)], expected: Option<Testlib>) {
        let directory = tempfile::tempdir().unwrap();
        let file = |(name, content): &(&str, &str)| {
            let path = directory.path().join(name.replace('/', "_"));
            std::fs::write(&path, content).unwrap();
            ProgramFile {
                name: (*name).to_owned(),
                path,
                executable: false,
            }
        };
        let program = Program {
            name: "check".to_owned(),
            files: files.iter().map(file).collect(),
            start: Start::Language("cpp".parse().unwrap()),
            constants: Constants::default(),
        };
        assert_eq!(program.testlib(), expected, "{files:?}");
    }

    #[test]
    fn a_program_is_known_by_what_it_includes_and_brings() {
        use Testlib::{Adapted, Missing, Stock};
        let stock = "#ifndef OK_EXIT_CODE\n#   define OK_EXIT_CODE 0\n#endif\n";
        let adapted =
            "#ifdef CONTESTER\n#define OK_EXIT_CODE 0xAC\n#else\n#       define OK_EXIT_CODE 42\n#endif";
        let include = "#include \"testlib.h\"\nint main() {}";
        check(&[("a.cpp", "int main() {}")], None);
        check(&[("a.cpp", "int main() {}"), ("testlib.h", stock)], None);
        check(&[("a.cpp", "// include testlib.h\nint x;")], None);
        check(&[("a.cpp", "#include \"mytestlib.h\"")], None);
        check(&[("a.py", "#include \"testlib.h\"")], None);
        check(&[("a.cpp", include)], Some(Missing));
        check(&[("a.cc", "  #  include <testlib.h>\n")], Some(Missing));
        check(&[("a.cpp", "#include \"../lib/testlib.h\"")], Some(Missing));
        check(
            &[("a.cpp", "#include \"own.h\""), ("own.h", include)],
            Some(Missing),
        );
        check(&[("a.cpp", include), ("testlib.h", stock)], Some(Stock));
        check(&[("a.cpp", include), ("lib/testlib.h", stock)], Some(Stock));
        check(&[("a.cpp", include), ("testlib.h", adapted)], Some(Adapted));
        check(
            &[
                ("a.cpp", &format!("#define OK_EXIT_CODE 42\n{include}")),
                ("testlib.h", stock),
            ],
            Some(Adapted),
        );
        check(
            &[("a.cpp", include), ("testlib.h", "#define OK_EXIT_CODE 420")],
            Some(Stock),
        );
    }
}

//! Problem packages: read, check, pack; and the default comparator.

use std::io::{BufRead, Read, Seek, Write};
use std::path::{Path, PathBuf};

use domain::{LanguageId, Limits, PackageHash, ProblemType, Verdict};

/// A problem package on disk, read and checked.
#[derive(Debug, Clone)]
pub struct Package {
    /// The directory that holds it.
    pub root: PathBuf,
    /// The directory's base name, or what `problem.yaml` says.
    pub short_name: String,
    /// Its name, in English where there is one.
    pub name: String,
    /// How it is judged.
    pub types: Vec<ProblemType>,
    /// What a run may use.
    pub limits: Limits,
    /// All submitted files together, in bytes.
    pub code_bytes: u64,
    /// Languages allowed; `None` for all.
    pub languages: Option<Vec<LanguageId>>,
    /// The arguments of the default comparator.
    pub cases: Vec<Case>,
    /// The example submissions.
    pub submissions: Vec<Example>,
    /// What is odd but not wrong.
    pub warnings: Vec<Complaint>,
}

/// A test case.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name below `data/`, without the ending, such as `secret/03-large`.
    pub name: String,
    /// Whether contestants may see it.
    pub sample: bool,
    /// The input.
    pub input: PathBuf,
    /// The answer.
    pub answer: PathBuf,
    /// How the output is compared.
    pub comparator: Comparator,
}

/// An example submission.
#[derive(Debug, Clone)]
pub struct Example {
    /// Its path below `submissions/`.
    pub path: PathBuf,
    /// Its files.
    pub files: Vec<PathBuf>,
    /// The verdicts that the package expects of it.
    pub expected: Vec<Verdict>,
}

/// One thing that is wrong, or odd, with a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The file or entry, relative to the package.
    pub file: String,
    /// The line, from 1, where it is known.
    pub line: Option<u32>,
    /// The key, such as `limits.memory`, where there is one.
    pub key: Option<String>,
    /// What is wrong, in one sentence.
    pub what: String,
}

/// Why a package is refused: everything that is wrong with it, not only the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub Vec<Complaint>);

impl Package {
    /// Reads and checks a package directory.
    pub fn open(_root: &Path) -> Result<Self, Refused> {
        todo!()
    }

    /// Reads a zip into `into` (an existing empty directory), then opens it.
    pub fn unzip<R: Read + Seek>(_zip: R, _into: &Path, _caps: &Caps) -> Result<Self, Refused> {
        todo!()
    }

    /// The content hash that names the package.
    pub fn hash(&self) -> std::io::Result<PackageHash> {
        todo!()
    }

    /// Writes the package as a zip that [`Package::unzip`] reads; the same bytes for the same files.
    pub fn zip<W: Write + Seek>(&self, _to: W) -> std::io::Result<()> {
        todo!()
    }
}

/// How much an archive may hold.
#[derive(Debug, Clone)]
pub struct Caps {
    /// Entries.
    pub entries: usize,
    /// Bytes of one file after inflating.
    pub file_bytes: u64,
    /// Bytes of all files after inflating.
    pub total_bytes: u64,
}

/// The default output validator's settings.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comparator {
    /// Letters must agree in case.
    pub case_sensitive: bool,
    /// White space must agree byte for byte.
    pub space_change_sensitive: bool,
    /// Relative tolerance of floats.
    pub float_relative_tolerance: Option<f64>,
    /// Absolute tolerance of floats.
    pub float_absolute_tolerance: Option<f64>,
}

/// Where an output first differs from the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Byte in the answer.
    pub answer_at: u64,
    /// Byte in the output.
    pub output_at: u64,
    /// In words, for judges: lines, both tokens, cut to a bounded length.
    pub what: String,
}

impl Comparator {
    /// Reads the settings from the words of `output_validator_args`.
    pub fn from_args(_args: &[String]) -> Result<Self, String> {
        todo!()
    }

    /// Compares an output with the answer: `None` where they agree.
    pub fn compare<A: BufRead, O: BufRead>(
        &self,
        _answer: A,
        _output: O,
    ) -> std::io::Result<Option<Difference>> {
        todo!()
    }
}

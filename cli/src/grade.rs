//! `gavel grade`: judges programs here, with no server at all.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use domain::{Conclusion, LanguageId, Score, SourceFile, State, Verdict};
use judge::{Grader, Job, Languages};
use problems::{Caps, Complaint, Example, Package, Refused};
use serde_json::json;
use tempfile::TempDir;

use crate::arguments;
use crate::failure::{Doing, Failure};
use crate::live::Live;
use crate::terminal;

/// Judges each program and prints a line for it.
pub(crate) async fn run(arguments: arguments::Grade) -> Result<ExitCode, Failure> {
    let languages = arguments.languages.load()?;
    let (package, _unpacked) = open(&arguments.package)?;
    for warning in package.warnings.iter().filter(|_| !arguments.json) {
        terminal::error(&format!("warning: {warning}"));
    }
    let package = Arc::new(package);
    let mut programs = Vec::new();
    for path in &arguments.files {
        programs.extend(Program::find(path, &package)?);
    }
    let jobs = programs
        .iter()
        .map(|program| program.job(&package, &languages, arguments.language.as_deref()))
        .collect::<Result<Vec<_>, _>>()?;
    let grader = Grader::start(languages, 1).await.map_err(Failure::new)?;
    let all_accepted = grade(&grader, &programs, &jobs, arguments.json).await;
    grader.close().await;
    Ok(if all_accepted? {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Judges one program after the other, so that none disturbs another's time; tells whether all were accepted.
async fn grade(grader: &Grader, programs: &[Program], jobs: &[Job], as_lines: bool) -> Result<bool, Failure> {
    let mut all_accepted = true;
    for (program, job) in programs.iter().zip(jobs) {
        // Each program has a line of its own in any case: more is for a person who watches.
        let mut live = terminal::is_live().then(|| Live::new(&program.label));
        let progress = |phase, progress| {
            if let Some(live) = &mut live {
                live.show(State::Running, Some(phase), progress);
            }
        };
        let conclusion = grader.grade(job, progress).await;
        if let Some(live) = live {
            live.finish();
        }
        let conclusion = conclusion.map_err(|fault| Failure::new(format!("{}: {fault}", program.label)))?;
        all_accepted &= conclusion.verdict.is_accepted();
        terminal::line(&if as_lines {
            as_json(program, job, &conclusion).to_string()
        } else {
            as_text(program, &conclusion)
        });
    }
    Ok(all_accepted)
}

/// Opens a package directory, or unpacks a zip for as long as the returned directory lives.
pub(crate) fn open(path: &Path) -> Result<(Package, Option<TempDir>), Failure> {
    unpack(path)?.map_err(|refused| {
        let complaints: Vec<String> = refused.0.iter().map(Complaint::to_string).collect();
        Failure::new(format!(
            "the package {} is refused:\n  {}",
            path.display(),
            complaints.join("\n  ")
        ))
    })
}

/// The same, where a refusal is a result.
pub(crate) fn unpack(path: &Path) -> Result<Result<(Package, Option<TempDir>), Refused>, Failure> {
    if path.is_dir() {
        return Ok(Package::open(path).map(|package| (package, None)));
    }
    let zip = std::fs::File::open(path).doing(format!("open the package {}", path.display()))?;
    let directory = tempfile::tempdir().doing("make a temporary directory")?;
    let package = Package::unzip(zip, directory.path(), &Caps::default());
    Ok(package.map(|package| (package, Some(directory))))
}

/// A program to judge.
struct Program {
    label: String,
    files: Vec<PathBuf>,
    /// The package's example submission that it is, if it is one.
    example: Option<Example>,
}

impl Program {
    /// The example submissions at or below `path`, or else what is there as one program.
    fn find(path: &Path, package: &Package) -> Result<Vec<Self>, Failure> {
        let canonical = path.canonicalize().doing(format!("read {}", path.display()))?;
        let submissions = package.root.canonicalize().map(|root| root.join("submissions"));
        let below = submissions
            .ok()
            .and_then(|root| canonical.strip_prefix(root).ok().map(Path::to_owned));
        if let Some(below) = below {
            let examples: Vec<Self> = package
                .submissions
                .iter()
                .filter(|example| example.path.starts_with(&below))
                .map(Self::example)
                .collect();
            if !examples.is_empty() {
                return Ok(examples);
            }
        }
        let files = if canonical.is_dir() {
            files_of(&canonical)?
        } else {
            vec![canonical]
        };
        Ok(vec![Self {
            label: path.display().to_string(),
            files,
            example: None,
        }])
    }

    fn example(example: &Example) -> Self {
        Self {
            label: example.path.display().to_string(),
            files: Vec::new(),
            example: Some(example.clone()),
        }
    }

    fn job(
        &self,
        package: &Arc<Package>,
        languages: &Languages,
        language: Option<&str>,
    ) -> Result<Job, Failure> {
        let files = if let Some(example) = &self.example {
            example.sources(package).map_err(Failure::new)?
        } else {
            let files = self.files.iter().map(|path| source(path));
            files.collect::<Result<Vec<_>, _>>()?
        };
        let language = match (&self.example, language) {
            _ if package.takes_answers() => LanguageId::text(),
            (Some(example), None) => example
                .language_of(&files, &languages.list())
                .map_err(|what| Failure::new(format!("{}: {what}", self.label)))?,
            _ => language_of(&self.label, &files, languages, language)?,
        };
        Ok(Job {
            package: package.clone(),
            language,
            files,
            entry_point: self
                .example
                .as_ref()
                .and_then(|example| example.entrypoint.clone()),
        })
    }
}

/// The language that was asked for, or the one that a file's ending suggests.
pub(crate) fn language_of(
    label: &str,
    files: &[SourceFile],
    languages: &Languages,
    asked: Option<&str>,
) -> Result<LanguageId, Failure> {
    match asked {
        Some(name) => languages.find(name).ok_or_else(|| {
            let known: Vec<String> = languages
                .list()
                .iter()
                .map(|language| language.id.to_string())
                .collect();
            Failure::new(format!(
                "there is no language {name:?}; there are {}",
                known.join(", ")
            ))
        }),
        None => languages
            .guess(files)
            .map_err(|error| Failure::new(format!("{label}: {error}: name it with --language"))),
    }
}

/// Reads a source file.
pub(crate) fn source(path: &Path) -> Result<SourceFile, Failure> {
    let bytes = std::fs::read(path).doing(format!("read {}", path.display()))?;
    let content = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::new(format!(
            "{} is not UTF-8: the first wrong byte is number {at}",
            path.display()
        ))
    })?;
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let file = SourceFile { name, content };
    file.check()
        .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    Ok(file)
}

fn files_of(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let reading = || format!("read the directory {}", directory.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).doing(reading())? {
        let path = entry.doing(reading())?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Failure::new(format!(
            "the directory {} has no file in it",
            directory.display()
        )));
    }
    Ok(files)
}

fn as_text(program: &Program, conclusion: &Conclusion) -> String {
    let cpu = conclusion.runs.iter().map(|run| run.cpu_us).max().unwrap_or(0);
    let memory = conclusion
        .runs
        .iter()
        .map(|run| run.memory_bytes)
        .max()
        .unwrap_or(0);
    let mut line = format!(
        "{:<3}  {:<44} {:>3}/{} cases  {:>7.1} ms  {:>6.1} MiB",
        conclusion.verdict.id(),
        program.label,
        conclusion
            .runs
            .iter()
            .filter(|run| run.verdict.is_accepted())
            .count(),
        conclusion.cases_total,
        micros_to_millis(cpu),
        bytes_to_mebibytes(memory),
    );
    line.push_str(&points(conclusion.score, conclusion.max_score));
    if let Some(message) = &conclusion.message {
        let _ = write!(line, "  {message}");
    }
    if let Some(example) = &program.example
        && !example.agrees_with(conclusion.verdict)
    {
        let expected: Vec<&str> = example.expected.iter().map(|verdict| verdict.id()).collect();
        let _ = write!(line, "  (the package expects {})", expected.join(" or "));
    }
    if let Some(example) = &program.example
        && conclusion.verdict.is_accepted()
        && let Some(missed) = example.missed_score(conclusion.score, &conclusion.groups)
    {
        let _ = write!(line, "  ({missed})");
    }
    for group in &conclusion.groups {
        let verdict = group.verdict.map_or("-", Verdict::id);
        let points = points(group.score, group.max_score);
        let _ = write!(line, "\n       {verdict:<3}  {}{points}", group.name);
    }
    if let (Verdict::Ce, Some(output)) = (conclusion.verdict, &conclusion.compiler_output) {
        line.push('\n');
        line.push_str(output.trim_end());
    }
    line
}

/// A score in words, after what it belongs to; nothing where there is none.
pub(crate) fn points(score: Option<Score>, max_score: Option<Score>) -> String {
    match (score, max_score) {
        (None, _) => String::new(),
        (Some(score), None) => format!("  {score} points"),
        (Some(score), Some(max)) => format!("  {score} of {max} points"),
    }
}

fn as_json(program: &Program, job: &Job, conclusion: &Conclusion) -> serde_json::Value {
    json!({
        "path": program.label,
        "language": job.language,
        "verdict": conclusion.verdict,
        "score": conclusion.score,
        "max_score": conclusion.max_score,
        "groups": conclusion.groups,
        "expected": program.example.as_ref().map(|example| &example.expected),
        "message": conclusion.message,
        "blame": conclusion.blame,
        "compiler_output": conclusion.compiler_output,
        "cpu_us": conclusion.runs.iter().map(|run| run.cpu_us).max(),
        "memory_bytes": conclusion.runs.iter().map(|run| run.memory_bytes).max(),
        "cases_total": conclusion.cases_total,
        "runs": conclusion.runs,
    })
}

#[expect(clippy::cast_precision_loss, reason = "for display with one decimal")]
pub(crate) fn micros_to_millis(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "for display with one decimal")]
pub(crate) fn bytes_to_mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

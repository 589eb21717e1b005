//! What is shown of packages, unpacked and rendered once, and kept as long as there is room.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use domain::{PackageHash, ProblemId, ProblemRecord};
use moka::future::Cache;
use problems::{Caps, Presentation, StatementFormat};
use store::Store;
use tempfile::TempDir;

use crate::statement::{self, Rendered};

/// What all booklets together may take on disk and in memory, in KiB.
const ROOM_KIB: u64 = 1 << 20;

/// What one may take on disk, in bytes.
const LARGEST: u64 = 256 << 20;

/// Files of one at most.
const MOST_FILES: usize = 50_000;

/// What is shown of one side of a sample, in bytes; the rest is cut.
const SAMPLE_BYTES: usize = 64 << 10;

/// Samples shown at most.
const MOST_SAMPLES: usize = 50;

/// The booklets of packages. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Booklets {
    /// By problem, too: pictures have addresses below it.
    cache: Cache<(ProblemId, PackageHash), Arc<Booklet>>,
    scratch: PathBuf,
    store: Store,
}

/// What is shown of a package.
#[derive(Debug, Default)]
pub(crate) struct Booklet {
    pub(crate) shown: Presentation,
    /// By language.
    pub(crate) statements: BTreeMap<String, Rendered>,
    pub(crate) samples: Vec<SampleText>,
    /// In KiB.
    weight: u32,
    /// Holds the files as long as the booklet is held.
    _directory: Directory,
}

/// A sample as it is shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct SampleText {
    pub(crate) input: Option<String>,
    pub(crate) answer: Option<String>,
    pub(crate) dialogue: Vec<Turn>,
}

/// A line of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) speaker: Speaker,
    pub(crate) text: String,
}

/// Who writes a line of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaker {
    Judge,
    Program,
    /// The line between two runs of the program.
    Pause,
}

impl Turn {
    pub(crate) fn class(&self) -> &'static str {
        match self.speaker {
            Speaker::Judge => "judge",
            Speaker::Program => "program",
            Speaker::Pause => "pause",
        }
    }

    pub(crate) fn who(&self) -> &'static str {
        match self.speaker {
            Speaker::Judge => "Judge",
            Speaker::Program => "Program",
            Speaker::Pause => "next run",
        }
    }
}

/// The directory of a booklet; removed beside the runtime's threads.
#[derive(Debug, Default)]
struct Directory(Option<TempDir>);

impl Drop for Directory {
    fn drop(&mut self) {
        let Some(directory) = self.0.take() else { return };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || drop(directory))),
            Err(_) => drop(directory),
        }
    }
}

impl Booklets {
    pub(crate) fn new(scratch: PathBuf, store: Store) -> Self {
        let cache = Cache::builder()
            .max_capacity(ROOM_KIB)
            .weigher(|_, booklet: &Arc<Booklet>| booklet.weight)
            .build();
        Self {
            cache,
            scratch,
            store,
        }
    }

    /// The booklet of a problem's package; `None` where it cannot be read, which is logged.
    pub(crate) async fn get(&self, problem: &ProblemRecord) -> Option<Arc<Booklet>> {
        let key = (problem.id.clone(), problem.package);
        let made = self
            .cache
            .try_get_with(key, self.make(&problem.id, problem.package))
            .await;
        made.inspect_err(|error| tracing::warn!(problem = %problem.id, %error, "a package cannot be shown"))
            .ok()
    }

    async fn make(&self, problem: &ProblemId, package: PackageHash) -> Result<Arc<Booklet>, String> {
        let scratch = self.scratch.clone();
        let (directory, zip) = blocking(move || {
            std::fs::create_dir_all(&scratch)?;
            let directory = tempfile::Builder::new().prefix("pages-").tempdir_in(&scratch)?;
            Ok((directory, tempfile::tempfile_in(&scratch)?))
        })
        .await?;
        let mut file = tokio::fs::File::from_std(zip);
        let found = self.store.fetch_package(&package, &mut file).await;
        if !found.map_err(|error| error.to_string())? {
            return Err("it is not there".to_owned());
        }
        let zip = file.into_std().await;
        let pictures = format!("/problems/{problem}/files/");
        blocking(move || read(directory, zip, &pictures))
            .await
            .map(Arc::new)
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, String> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| error.to_string())?
        .map_err(|error| error.to_string())
}

fn read(directory: TempDir, zip: std::fs::File, pictures: &str) -> std::io::Result<Booklet> {
    let caps = Caps {
        entries: MOST_FILES,
        file_bytes: LARGEST,
        total_bytes: LARGEST,
    };
    let shown = Presentation::unzip(zip, directory.path(), &caps)
        .map_err(|refused| std::io::Error::other(refused.to_string()))?;
    let mut statements = BTreeMap::new();
    for at in &shown.statements {
        if at.format == StatementFormat::Pdf {
            continue;
        }
        let text = read_text(&at.path, statement::LONGEST)?;
        let rendered = statement::render(at.format, &text, &shown.constants, pictures);
        statements.insert(at.language.clone(), rendered);
    }
    let samples: Vec<SampleText> = shown.samples.iter().take(MOST_SAMPLES).map(sample).collect();
    let files: u64 = shown
        .attachments
        .iter()
        .chain(&shown.pictures)
        .map(|file| file.length)
        .sum();
    Ok(Booklet {
        weight: u32::try_from(files / 1024 + 64).unwrap_or(u32::MAX),
        shown,
        statements,
        samples,
        _directory: Directory(Some(directory)),
    })
}

fn sample(sample: &problems::Sample) -> SampleText {
    let text = |path: &Option<PathBuf>| {
        let path = path.as_ref()?;
        read_text(path, SAMPLE_BYTES).ok()
    };
    if let Some(conversation) = text(&sample.interaction) {
        return SampleText {
            dialogue: conversation.lines().filter_map(turn).collect(),
            ..SampleText::default()
        };
    }
    SampleText {
        input: text(&sample.input),
        answer: text(&sample.answer),
        dialogue: Vec::new(),
    }
}

fn turn(line: &str) -> Option<Turn> {
    let (speaker, text) = match line.split_at_checked(1)? {
        ("<", text) => (Speaker::Judge, text),
        (">", text) => (Speaker::Program, text),
        _ if line == "---" => (Speaker::Pause, ""),
        _ => return None,
    };
    Some(Turn {
        speaker,
        text: text.to_owned(),
    })
}

/// The beginning of a file as text.
fn read_text(path: &std::path::Path, most: usize) -> std::io::Result<String> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    std::fs::File::open(path)?
        .take(most + 1)
        .read_to_end(&mut bytes)?;
    let is_cut = bytes.len() as u64 > most;
    bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    let mut text = String::from_utf8_lossy(&bytes).into_owned();
    if is_cut {
        text.push_str("\n… (cut here)\n");
    }
    Ok(text)
}

impl Booklet {
    /// The language to show to somebody who asks for `wanted`: that one, else English, else the first.
    pub(crate) fn language(&self, wanted: Option<&str>) -> Option<&problems::Statement> {
        let all = &self.shown.statements;
        let find = |language: &str| all.iter().find(|statement| statement.language == language);
        wanted
            .and_then(find)
            .or_else(|| find("en"))
            .or_else(|| all.first())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_is_told_by_its_speakers() {
        let turns: Vec<_> = "<evening 5\n>ask 3\n---\n\nnonsense"
            .lines()
            .filter_map(turn)
            .collect();
        let told: Vec<_> = turns
            .iter()
            .map(|turn| (turn.class(), turn.text.as_str()))
            .collect();
        assert_eq!(
            told,
            [("judge", "evening 5"), ("program", "ask 3"), ("pause", "")]
        );
    }
}

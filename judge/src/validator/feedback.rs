//! The feedback directory of a validator: what it leaves there for judges, for the team, and for itself.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use domain::Score;
use problems::Reported;
use sandbox::{Collect, CollectError, Content, InputFile, Outcome};

use crate::compile::storable;

/// The directory, below the work directory.
pub(crate) const DIRECTORY: &str = "feedback";

/// What is kept of a message, in bytes.
pub(crate) const MESSAGE_BYTES: usize = 4 << 10;

const JUDGE_MESSAGE: &str = "judgemessage.txt";
const TEAM_MESSAGE: &str = "teammessage.txt";
const NEXT_PASS: &str = "nextpass.in";

const SCORE: &str = "score.txt";
const MULTIPLIER: &str = "score_multiplier.txt";

/// What a validator has left so far, from pass to pass of one case.
#[derive(Debug, Default)]
pub(crate) struct Feedback {
    files: Vec<InputFile>,
}

/// What a run of a validator left.
#[derive(Debug)]
pub(crate) struct Left<'a> {
    outcome: &'a Outcome,
}

impl Feedback {
    /// The files that the next run of the validator finds.
    pub(crate) fn files(&self) -> &[InputFile] {
        &self.files
    }
}

/// What is taken out after a run of a validator; everything, where it may be run again and find it.
pub(crate) fn wanted(max_bytes: u64, is_everything: bool) -> Vec<Collect> {
    let one = |name: &str| Collect {
        name: format!("{DIRECTORY}/{name}"),
        max_bytes,
    };
    let mut wanted = [JUDGE_MESSAGE, TEAM_MESSAGE, NEXT_PASS, SCORE, MULTIPLIER]
        .map(one)
        .to_vec();
    if is_everything {
        wanted.push(Collect {
            name: Collect::all_in(DIRECTORY),
            max_bytes,
        });
    }
    wanted
}

impl<'a> Left<'a> {
    /// Of a run whose `collect` was [`wanted`].
    pub(crate) fn by(outcome: &'a Outcome) -> Self {
        Self { outcome }
    }

    /// What is for judges, cut to a bounded length.
    pub(crate) fn judge_message(&self) -> Option<String> {
        self.message(JUDGE_MESSAGE)
    }

    /// What is for the team, cut to a bounded length.
    pub(crate) fn team_message(&self) -> Option<String> {
        self.message(TEAM_MESSAGE)
    }

    /// The input of another pass, where it wants one; `Err` where that cannot be read.
    pub(crate) fn next_pass(&self) -> Result<Option<Arc<File>>, String> {
        match self.file(NEXT_PASS) {
            None => Ok(None),
            Some(Ok(file)) => Ok(Some(Arc::clone(file))),
            Some(Err(error)) => Err(format!("wrote a {NEXT_PASS} that cannot be used ({error})")),
        }
    }

    /// The score that it gave, or what is wrong with it.
    pub(crate) fn reported(&self) -> Result<Reported, String> {
        Ok(Reported {
            score: self.number(SCORE)?,
            multiplier: self.number(MULTIPLIER)?,
        })
    }

    /// The one number in a file, where there is one.
    fn number(&self, name: &str) -> Result<Option<Score>, String> {
        let Some(file) = self.file(name) else {
            return Ok(None);
        };
        let text = file.ok().and_then(|file| text_of(file)).unwrap_or_default();
        match problems::score_of(&text) {
            Some(score) => Ok(Some(score)),
            None => Err(format!(
                "wrote {name} with {}, which is not a number,",
                quoted(&text)
            )),
        }
    }

    /// All that is there for the next run, without the input of the pass; `most` files, or what is wrong with them.
    pub(crate) fn keep(&self, most: usize) -> Result<Feedback, String> {
        let beginning = format!("{DIRECTORY}/");
        let everything = self.outcome.collected.iter().skip(wanted(0, false).len());
        let mut files = Vec::new();
        for collected in everything {
            let file = match &collected.file {
                Ok(file) => Arc::clone(file),
                Err(CollectError::Missing) => continue,
                Err(error) => {
                    return Err(format!(
                        "left more in its feedback directory than can be kept ({error})"
                    ));
                }
            };
            if collected.name.strip_prefix(&beginning) != Some(NEXT_PASS) {
                files.push(InputFile {
                    name: collected.name.clone(),
                    content: Content::File(file),
                    executable: collected.executable,
                });
            }
        }
        if files.len() > most {
            return Err(format!(
                "left more in its feedback directory than can be kept ({} files)",
                files.len()
            ));
        }
        Ok(Feedback { files })
    }

    /// `None` where it is not there.
    fn file(&self, name: &str) -> Option<Result<&'a Arc<File>, &'a CollectError>> {
        let path = format!("{DIRECTORY}/{name}");
        let mut single = self.outcome.collected.iter().take(wanted(0, false).len());
        match single.find(|one| one.name == path)?.file.as_ref() {
            Err(CollectError::Missing) => None,
            found => Some(found),
        }
    }

    fn message(&self, name: &str) -> Option<String> {
        match self.file(name)? {
            Ok(file) => text_of(file),
            Err(error) => Some(format!("{name} is left out: {error}")),
        }
    }
}

/// The beginning of a file as text; `None` where there is nothing in it.
fn text_of(file: &File) -> Option<String> {
    let mut bytes = vec![0; MESSAGE_BYTES + 1];
    let mut length = 0;
    while let Some(rest) = bytes.get_mut(length..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, length as u64) {
            Ok(0) | Err(_) => break,
            Ok(count) => length += count,
        }
    }
    bytes.truncate(length);
    let text = String::from_utf8_lossy(&bytes).trim().to_owned();
    (!text.is_empty()).then(|| cut(text))
}

/// The beginning of a text, for a sentence.
pub(crate) fn quoted(text: &str) -> String {
    const MOST: usize = 60;
    let begin: String = text.chars().take(MOST).collect();
    let more = if begin.len() < text.len() { "…" } else { "" };
    format!("{begin:?}{more}")
}

/// Cut to what is kept of a message.
pub(crate) fn cut(text: String) -> String {
    let mut text = storable(text);
    if text.len() > MESSAGE_BYTES {
        text.truncate(text.floor_char_boundary(MESSAGE_BYTES));
        text.push('…');
    }
    text
}

//! Trials: a program is run on the samples, or on an input of its author's, and what it writes is shown.
//!
//! A trial goes the way of every judgement, on a package of which less is left; beside it, somebody notes what is written.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{Conclusion, Fault, Phase, Progress, Trial, TrialOutput, Verdict};
use sandbox::{Captured, Outcome, PairOutcome};

use crate::compile::storable;
use crate::grader::{Grader, Job};
use crate::interaction::text_of;

/// What is shown of each of the two streams of a run, in bytes: more than anybody reads.
const SHOWN_BYTES: usize = 16 << 10;

/// Runs that are shown at most.
const SHOWN_RUNS: usize = 32;

/// Notes what a program writes.
#[derive(Debug)]
pub(crate) struct Notes {
    outputs: Mutex<BTreeMap<u32, TrialOutput>>,
    /// Whether it is known what the program should have written.
    pub(crate) is_checked: bool,
}

impl Notes {
    fn new(is_checked: bool) -> Self {
        Self {
            outputs: Mutex::default(),
            is_checked,
        }
    }

    /// Forgets what a case wrote when it was run before.
    pub(crate) fn begin(&self, ordinal: u32) {
        self.lock().remove(&ordinal);
    }

    /// Notes one pass of a case.
    pub(crate) fn ran(&self, ordinal: u32, outcome: &Outcome) {
        let cut = is_cut(&outcome.stdout) || is_cut(&outcome.stderr);
        let stdout = String::from_utf8_lossy(&outcome.stdout.bytes);
        self.add(ordinal, &stdout, &outcome.stderr.bytes, cut);
    }

    /// Notes a conversation.
    pub(crate) fn talked(&self, ordinal: u32, outcome: &PairOutcome) {
        let cut = outcome.transcript.dropped > 0 || is_cut(&outcome.program.stderr);
        let talk = text_of(&outcome.transcript);
        self.add(ordinal, &talk, &outcome.program.stderr.bytes, cut);
    }

    fn add(&self, ordinal: u32, stdout: &str, stderr: &[u8], is_cut: bool) {
        let mut outputs = self.lock();
        if outputs.len() >= SHOWN_RUNS && !outputs.contains_key(&ordinal) {
            return;
        }
        let output = outputs.entry(ordinal).or_insert_with(|| TrialOutput {
            ordinal,
            stdout: String::new(),
            stderr: String::new(),
            is_cut: false,
        });
        let all_out = append(&mut output.stdout, stdout);
        let all_err = append(&mut output.stderr, &String::from_utf8_lossy(stderr));
        output.is_cut |= is_cut || !all_out || !all_err;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<u32, TrialOutput>> {
        self.outputs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn into_outputs(self) -> Vec<TrialOutput> {
        let outputs = self.outputs.into_inner().unwrap_or_else(PoisonError::into_inner);
        outputs.into_values().collect()
    }
}

fn is_cut(captured: &Captured) -> bool {
    captured.written > captured.bytes.len() as u64
}

/// Whether there was room for all of it.
fn append(text: &mut String, more: &str) -> bool {
    let room = SHOWN_BYTES.saturating_sub(text.len());
    let fits = more.len() <= room;
    text.push_str(&storable(more[..more.floor_char_boundary(room)].to_owned()));
    fits
}

impl Grader {
    /// Compiles a program and runs it on what it is to be tried on. A run on an input of one's own is accepted where it comes to
    /// its end. `Err` only for a fault of the system.
    pub async fn run_trial<F>(&self, job: &Job, trial: &Trial, progress: F) -> Result<Conclusion, Fault>
    where
        F: FnMut(Phase, Progress) + Send,
    {
        if job.package.takes_answers() && !matches!(trial, Trial::Example(_)) {
            return Ok(refused(
                "what is submitted to this problem is no program, and cannot be tried",
            ));
        }
        let (package, notes, input) = match trial {
            Trial::Example(part) => return self.grade_part(part, job, progress).await,
            Trial::Samples => (job.package.with_samples_only(), Notes::new(true), None),
            Trial::Input(_) if job.package.is_interactive() => {
                return Ok(refused(
                    "an input of one's own is of no use to a program that talks with another",
                ));
            }
            Trial::Input(text) => {
                let file =
                    kept(text).map_err(|error| Fault::system(format!("cannot write an input: {error}")))?;
                let package = job.package.with_input_only(file.path().to_owned());
                (package, Notes::new(false), Some(file))
            }
        };
        if package.cases.is_empty() {
            return Ok(Conclusion {
                message: Some("the problem has no samples".to_owned()),
                ..Conclusion::of(Verdict::Ac)
            });
        }
        let job = Job {
            package: Arc::new(package),
            ..job.clone()
        };
        let mut conclusion = self.grade_noting(&job, progress, Some(&notes)).await?;
        drop(input);
        conclusion.trial_outputs = notes.into_outputs();
        conclusion.trial_outputs.retain(|output| {
            let mut runs = conclusion.runs.iter();
            runs.any(|run| run.ordinal == output.ordinal)
        });
        Ok(conclusion)
    }
}

fn kept(text: &str) -> std::io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(text.as_bytes())?;
    Ok(file)
}

fn refused(message: &str) -> Conclusion {
    Conclusion {
        message: Some(message.to_owned()),
        ..Conclusion::of(Verdict::Ce)
    }
}

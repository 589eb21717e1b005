//! What a worker judges with: the [`Grader`], or nothing at all.

use std::sync::Arc;
use std::time::Duration;

use domain::{Conclusion, Fault, Language, LanguageId, Phase, Progress, Submission, Verdict};
use metrics::SlotMetrics;

use crate::package_cache::PackageCache;
use crate::{Grader, Job, Languages};

/// What begins the wish of a source that nobody runs.
const WISH: &str = "judge-nothing:";

/// No wish is granted for longer.
const LONGEST: Duration = Duration::from_mins(1);

/// What a worker judges with. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Examiner {
    /// Programs are compiled and run.
    Grader(Grader),
    /// Nothing is.
    Nothing(Nothing),
}

/// Judges without looking: every submission is accepted at once. For benchmarks and load tests of everything around the
/// judging, on hosts that may lack every compiler; never where a verdict means anything.
///
/// The first line of a source can wish for something else: `judge-nothing: WA`, or `judge-nothing: TLE 250` for a verdict after
/// so many milliseconds; what stands before these words does not matter, so that it can be a comment.
#[derive(Debug, Clone)]
pub struct Nothing {
    languages: Arc<Languages>,
}

/// What a source wishes for.
#[derive(Debug, PartialEq, Eq)]
struct Wish {
    verdict: Verdict,
    after: Duration,
}

impl From<Grader> for Examiner {
    fn from(grader: Grader) -> Self {
        Self::Grader(grader)
    }
}

impl Examiner {
    /// What is counted of its slots, where it has any.
    pub fn slot_metrics(&self) -> Option<SlotMetrics> {
        match self {
            Self::Grader(grader) => Some(grader.slot_metrics()),
            Self::Nothing(_) => None,
        }
    }

    /// The same with other languages; or why that cannot be.
    pub(crate) fn with_languages(self, languages: Arc<Languages>) -> Result<Self, String> {
        Ok(match self {
            Self::Grader(grader) => Self::Grader(grader.with_languages(languages)?),
            Self::Nothing(_) => Self::Nothing(Nothing::new(languages)),
        })
    }

    /// All languages, without asking any tool.
    pub(crate) fn languages_at_first_sight(&self) -> Vec<Language> {
        match self {
            Self::Grader(grader) => grader.languages_at_first_sight(),
            Self::Nothing(nothing) => nothing.languages.list(),
        }
    }

    /// All languages, with versions or the reason why one cannot be used.
    pub(crate) async fn languages(&self) -> Vec<Language> {
        match self {
            Self::Grader(grader) => grader.languages().await,
            Self::Nothing(nothing) => nothing.languages.list(),
        }
    }

    /// Why a language cannot be judged here; `None` where it can.
    pub(crate) async fn missing(&self, language: &LanguageId) -> Option<String> {
        match self {
            Self::Grader(grader) => grader.missing(language).await,
            Self::Nothing(_) => None,
        }
    }

    /// Judges. `Err` only for a fault of the system.
    pub(crate) async fn judge<F>(
        &self,
        submission: &Submission,
        packages: &PackageCache,
        progress: F,
    ) -> Result<Conclusion, Fault>
    where
        F: FnMut(Phase, Progress) + Send,
    {
        match self {
            Self::Grader(grader) => {
                let job = Job {
                    package: packages.get(submission.package).await?,
                    language: submission.language.clone(),
                    files: submission.files.clone(),
                    entry_point: submission.entry_point.clone(),
                };
                match &submission.trial {
                    None => grader.grade(&job, progress).await,
                    Some(trial) => grader.run_trial(&job, trial, progress).await,
                }
            }
            Self::Nothing(_) => Ok(grant(Wish::of(submission), progress).await),
        }
    }

    /// Ends what was started for judging, and returns when it has gone.
    pub async fn close(&self) {
        match self {
            Self::Grader(grader) => grader.close().await,
            Self::Nothing(_) => {}
        }
    }
}

impl Nothing {
    /// It claims to have all these languages.
    pub const fn new(languages: Arc<Languages>) -> Self {
        Self { languages }
    }
}

impl Wish {
    /// What the first line says; anything that cannot be understood is no wish.
    fn of(submission: &Submission) -> Self {
        let line = submission
            .files
            .first()
            .and_then(|file| file.content.lines().next());
        line.and_then(|line| line.split_once(WISH))
            .and_then(|(_, wish)| Self::read(wish))
            .unwrap_or(Self {
                verdict: Verdict::Ac,
                after: Duration::ZERO,
            })
    }

    fn read(wish: &str) -> Option<Self> {
        let mut words = wish.split_whitespace();
        let verdict = words.next()?.parse().ok()?;
        let after = words.next().map_or(Some(0), |millis| millis.parse().ok())?;
        Some(Self {
            verdict,
            after: Duration::from_millis(after).min(LONGEST),
        })
    }
}

async fn grant<F: FnMut(Phase, Progress)>(wish: Wish, mut progress: F) -> Conclusion {
    if !wish.after.is_zero() {
        progress(Phase::Testing, Progress::default());
        tokio::time::sleep(wish.after).await;
    }
    Conclusion::of(wish.verdict)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wish: &str, expected: Option<(Verdict, u64)>) {
        let read = Wish::read(wish).map(|wish| (wish.verdict, wish.after));
        let expected = expected.map(|(verdict, millis)| (verdict, Duration::from_millis(millis)));
        assert_eq!(read, expected, "{wish:?}");
    }

    #[test]
    fn a_wish_is_a_verdict_and_a_time() {
        check(" WA", Some((Verdict::Wa, 0)));
        check(" TLE 250 */", Some((Verdict::Tle, 250)));
        check("AC 99999999999", Some((Verdict::Ac, 60_000)));
        check("", None);
        check("maybe", None);
        check("WA soon", None);
        check("WA -1", None);
    }
}

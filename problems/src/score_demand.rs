//! Which scores are expected of example submissions, of all test data or of a group.

use domain::{GroupResult, Score};

use crate::complaint::Report;
use crate::fields::{self, Fields};
use crate::glob::Glob;
use crate::grading::{Group, Scores};
use crate::scoring::Objective;
use crate::settings::Rules;
use crate::version::Version;
use crate::yaml::Value;

/// The scores that are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The best, where it is known.
    Full,
    /// Less than that.
    Partial,
    /// From one to the other, both included.
    Between(Score, Score),
    /// One of these.
    OneOf(Vec<Score>),
}

/// The best score that a submission can get.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Best {
    /// `None` where it is not known.
    pub(crate) score: Option<Score>,
    /// Whether every submission gets it that is right in every test case: no validator says otherwise.
    pub(crate) is_certain: bool,
}

impl Best {
    /// `None` for a problem without scores. Of older versions the best score is not certain: their tools let an accepted
    /// submission have less.
    pub(crate) fn of(groups: &Group, rules: &Rules, version: Version) -> Option<Self> {
        let scheme = rules.scheme.as_ref()?;
        let score = match (scheme.objective, groups.scores) {
            (Objective::Max, _) => groups.max_score,
            (Objective::Min, Scores::Combined(_, range)) => range.least,
            (Objective::Min, _) => None,
        };
        Some(Self {
            score,
            is_certain: scheme.objective == Objective::Max && !rules.is_custom && !version.is_lenient(),
        })
    }
}

impl Wanted {
    /// Reads `score`: a number, or the two ends of a range.
    pub(crate) fn read(fields: &mut Fields<'_>, is_scoring: bool, report: &mut Report) -> Option<Self> {
        let (node, place) = fields.take("score", report)?;
        if !is_scoring {
            report.object(place.complaint(node.line, "is for scoring problems only"));
            return None;
        }
        let Value::List(items) = &node.value else {
            let points = fields::number(node, &place, report)?;
            return Score::new(points).map(|score| Self::Between(score, score));
        };
        let ends: Option<Vec<Score>> = items
            .iter()
            .map(|item| fields::number(item, &place, report).and_then(Score::new))
            .collect();
        match ends.as_deref() {
            Some([least, most]) if least <= most => Some(Self::Between(*least, *most)),
            _ => {
                let what = "must be a number, or a list of two, the smaller one first";
                report.complain(place.complaint(node.line, what));
                None
            }
        }
    }

    /// What is wrong with a score; `None` where it is as wanted.
    fn missed(&self, what: &str, score: Option<Score>, best: Best) -> Option<String> {
        let shown = score.map_or_else(|| "none".to_owned(), |score| score.to_string());
        let is_best = || score.zip(best.score).map(|(score, best)| score.is_about(best));
        let wanted = match self {
            Self::Full if is_best() != Some(false) || !best.is_certain => return None,
            Self::Full => best.score?.to_string(),
            Self::Partial if is_best() != Some(true) => return None,
            Self::Partial => format!("less than {}", best.score?),
            Self::Between(least, most) => {
                if score.is_some_and(|score| !least.exceeds(score) && !score.exceeds(*most)) {
                    return None;
                }
                if least == most {
                    least.to_string()
                } else {
                    format!("{least} to {most}")
                }
            }
            Self::OneOf(scores) => {
                if score.is_some_and(|score| scores.iter().any(|one| one.is_about(score))) {
                    return None;
                }
                let scores: Vec<String> = scores.iter().map(ToString::to_string).collect();
                scores.join(" or ")
            }
        };
        Some(format!("the score{what} is {shown}, and {wanted} is expected"))
    }

    /// The same for a judgement: of the groups that `cases` names, or of all.
    pub(crate) fn missed_by(
        &self,
        cases: Option<&(String, Glob)>,
        score: Option<Score>,
        groups: &[GroupResult],
        best: Best,
    ) -> Option<String> {
        let Some((text, glob)) = cases else {
            return self.missed("", score, best);
        };
        let named: Vec<&GroupResult> = groups.iter().filter(|group| glob.matches(&group.name)).collect();
        // Those in them are not meant.
        let is_below = |inner: &str, outer: &str| {
            inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        let mut outermost = named
            .iter()
            .filter(|group| !named.iter().any(|outer| is_below(&group.name, &outer.name)))
            .peekable();
        if outermost.peek().is_none() {
            return Some(format!(
                "a score of {text} is expected, and there is no such group"
            ));
        }
        outermost.find_map(|group| {
            let of_group = Best {
                score: group.max_score,
                is_certain: best.is_certain,
            };
            self.missed(&format!(" of {}", group.name), group.score, of_group)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(points: f64) -> Score {
        Score::new(points).unwrap()
    }

    #[test]
    fn scores_are_compared_with_what_is_wanted() {
        let best = |is_certain| Best {
            score: Some(score(100.0)),
            is_certain,
        };
        let unknown = Best::default();
        for (wanted, found, best, expected) in [
            (Wanted::Full, Some(100.0), best(true), None),
            (Wanted::Full, Some(100.0 - 1e-12), best(true), None),
            (
                Wanted::Full,
                Some(99.0),
                best(true),
                Some("the score is 99, and 100 is expected"),
            ),
            (Wanted::Full, Some(99.0), best(false), None),
            (Wanted::Full, Some(99.0), unknown, None),
            (Wanted::Partial, Some(99.0), best(false), None),
            (Wanted::Partial, Some(0.0), best(true), None),
            (
                Wanted::Partial,
                Some(100.0),
                best(false),
                Some("the score is 100, and less than 100 is expected"),
            ),
            (Wanted::Partial, Some(100.0), unknown, None),
            (Wanted::Between(score(3.0), score(5.0)), Some(3.0), unknown, None),
            (Wanted::Between(score(3.0), score(5.0)), Some(5.0), unknown, None),
            (
                Wanted::Between(score(3.0), score(5.0)),
                Some(5.5),
                unknown,
                Some("the score is 5.5, and 3 to 5 is expected"),
            ),
            (
                Wanted::Between(score(3.0), score(3.0)),
                None,
                unknown,
                Some("the score is none, and 3 is expected"),
            ),
            (
                Wanted::OneOf(vec![score(1.0), score(2.0)]),
                Some(2.0),
                unknown,
                None,
            ),
            (
                Wanted::OneOf(vec![score(1.0), score(2.0)]),
                Some(3.0),
                unknown,
                Some("the score is 3, and 1 or 2 is expected"),
            ),
        ] {
            let missed = wanted.missed_by(None, found.and_then(Score::new), &[], best);
            assert_eq!(missed.as_deref(), expected, "{wanted:?} {found:?}");
        }
    }

    #[test]
    fn a_group_is_meant_by_its_name() {
        let group = |name: &str, points: f64| GroupResult {
            name: name.to_owned(),
            verdict: None,
            score: Score::new(points),
            max_score: None,
        };
        let groups = [
            group("secret", 30.0),
            group("secret/a", 10.0),
            group("secret/b", 20.0),
        ];
        let thirty = Wanted::Between(score(30.0), score(30.0));
        for (wanted, glob, expected) in [
            (&thirty, "secret", None),
            (
                &thirty,
                "secret/a",
                Some("the score of secret/a is 10, and 30 is expected"),
            ),
            (&Wanted::OneOf(vec![score(10.0), score(20.0)]), "secret/*", None),
            (
                &thirty,
                "secret/c",
                Some("a score of secret/c is expected, and there is no such group"),
            ),
        ] {
            let cases = (glob.to_owned(), Glob::parse(glob).unwrap());
            let missed = wanted.missed_by(Some(&cases), None, &groups, Best::default());
            assert_eq!(missed.as_deref(), expected, "{glob}");
        }
    }
}

//! A package's own grader: a program that makes the verdict and the score of a group of those of its parts.
//!
//! It is called as `grader [ARGUMENT…]`, reads a line `VERDICT SCORE` for each part on standard input, writes one such line
//! and ends with 0. Anything else is its package's fault. It runs in a sandbox of its own.

use std::fmt::Write as _;

use domain::{Fault, Score, Verdict};
use problems::{CaseResult, Package};
use sandbox::{End, Outcome, Spec, Stdin, Work};

use crate::compile::Program;
use crate::pool::Pool;
use crate::said::Said;
use crate::validator::{not_started, quoted, sandbox_limits};
use crate::workshop::Workshop;

const KIND: &str = "grader";

/// The words that graders know.
const WORDS: [Verdict; 7] = [
    Verdict::Ac,
    Verdict::Wa,
    Verdict::Tle,
    Verdict::Rte,
    Verdict::Mle,
    Verdict::Ole,
    Verdict::Je,
];

/// A grader that can be run.
#[derive(Debug)]
pub(crate) struct OwnGrader<'a> {
    pool: &'a Pool,
    package: &'a Package,
    said: &'a Said,
    name: &'a str,
    program: Program,
}

impl<'a> OwnGrader<'a> {
    /// Compiles it, where the package has one. Faults are the problem's or the system's.
    pub(crate) async fn prepare(
        workshop: Workshop<'a>,
        package: &'a Package,
        said: &'a Said,
    ) -> Result<Option<Self>, Fault> {
        let Some(grader) = &package.grader else {
            return Ok(None);
        };
        let program = Box::pin(workshop.make(KIND, grader, said)).await?;
        Ok(Some(Self {
            pool: workshop.pool,
            package,
            said,
            name: &grader.name,
            program,
        }))
    }

    /// The verdict and the score of a group.
    pub(crate) async fn grade(
        &self,
        group: &str,
        args: &[String],
        parts: &[(Verdict, Score)],
    ) -> Result<CaseResult, Fault> {
        let mut lines = String::new();
        for (verdict, score) in parts {
            // Writing to a string does not fail.
            let _ = writeln!(lines, "{verdict} {score}");
        }
        let files = self.program.files.clone();
        let placed = files.iter().map(crate::grader::size).sum();
        let spec = Spec {
            argv: self.program.argv.iter().chain(args).map(Into::into).collect(),
            env: self.program.env.clone(),
            stdin: Stdin::Bytes(lines.into_bytes().into()),
            files,
            collect: Vec::new(),
            work: Work::default(),
            limits: sandbox_limits(&self.package.validation_limits, placed),
        };
        let outcome = match self.pool.run(spec).await {
            Ok(outcome) => outcome,
            Err(error) => return Err(not_started(KIND, self.name, &self.program, error)),
        };
        match answer(&outcome) {
            Ok((verdict, score)) => Ok(CaseResult {
                verdict,
                score: Some(score),
                is_given: false,
            }),
            Err(what) => {
                let errors = String::from_utf8_lossy(&outcome.stderr.bytes);
                self.said.add(group, self.name, errors.trim());
                let name = self.name;
                Err(Fault::problem(format!(
                    "the grader {name} {what} for the group {group:?}"
                )))
            }
        }
    }
}

fn answer(outcome: &Outcome) -> Result<(Verdict, Score), String> {
    match outcome.end {
        End::Exited(0) => line(&String::from_utf8_lossy(&outcome.stdout.bytes)),
        End::Exited(code) => Err(format!("exited with code {code}")),
        End::Signalled(signal) => Err(format!("was ended by {}", crate::case::signal_message(signal))),
        End::CpuLimit | End::WallLimit => Err("did not end in time".to_owned()),
        End::MemoryLimit => Err("used too much memory".to_owned()),
        End::OutputLimit => Err("wrote too much".to_owned()),
        End::Stopped => Err("was stopped".to_owned()),
    }
}

/// Reads the one line that a grader is to write.
fn line(text: &str) -> Result<(Verdict, Score), String> {
    let wrong = || {
        format!(
            "wrote {}, which is not one line of a verdict and a score,",
            quoted(text)
        )
    };
    let mut lines = text.trim_end().lines();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return Err(wrong());
    };
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let [verdict, score] = words.as_slice() else {
        return Err(wrong());
    };
    let verdict = WORDS.into_iter().find(|known| known.id() == *verdict);
    match (verdict, problems::score_of(score)) {
        (Some(Verdict::Je), Some(_)) => Err("gave up, with JE,".to_owned()),
        (Some(verdict), Some(score)) => Ok((verdict, score)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grader_writes_one_line() {
        for (text, verdict, points) in [
            ("AC 40\n", Verdict::Ac, 40.0),
            ("  WA \t 2.5  ", Verdict::Wa, 2.5),
            ("TLE -1e2\n", Verdict::Tle, -100.0),
            ("RTE 0", Verdict::Rte, 0.0),
            ("MLE 0", Verdict::Mle, 0.0),
            ("OLE 0", Verdict::Ole, 0.0),
            ("AC 40 \r\n\n", Verdict::Ac, 40.0),
        ] {
            assert_eq!(line(text), Ok((verdict, Score::new(points).unwrap())), "{text:?}");
        }
        for text in [
            "",
            "\n",
            "AC",
            "40",
            "40 AC",
            "ac 40",
            "CE 0",
            "AC 40 more",
            "AC 4 0",
            "AC forty",
            "AC inf",
            "AC nan",
            "AC 1e999",
            "AC 0x10",
            "AC 40\nAC 40\n",
            "AC 40\n\nAC 40\n",
            "\nAC 40\n",
        ] {
            let what = line(text).unwrap_err();
            assert!(
                what.contains("not one line of a verdict and a score"),
                "{text:?}: {what}"
            );
        }
        assert_eq!(line("JE 0\n"), Err("gave up, with JE,".to_owned()));
    }
}

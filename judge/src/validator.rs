//! Checks outputs: by the built-in comparator (`compare`), or by the package's own output validators in sandboxes of their own.
//!
//! A validator is called (`call`) as `validator INPUT ANSWER FEEDBACKDIR/ [ARGUMENT…] < OUTPUT` and ends with 42 (accept) or 43
//! (reject); those written with testlib may have other words (`answer`). Anything else is its package's fault. It runs on
//! copies, in a fresh work directory: what one run does, no other sees, but for what it leaves in its feedback directory
//! (`feedback`) for the next pass on the same case. It is compiled like a submission, and as seldom.
//!
//! What it writes for the team is shown to the team; what it writes for judges, and on standard error, may hold secrets and
//! is kept apart ([`domain::JudgeMessage`]).

mod answer;
mod call;
mod compare;
mod feedback;

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use domain::{Fault, Score};
use problems::{Case, Package, Reported, StaticCase, Testlib};
use sandbox::{Content, InputFile, Outcome, SandboxError, Spec, Stdin};

use crate::pool::Pool;
use crate::said::Said;
use crate::workshop::Workshop;

pub(crate) use answer::ACCEPTED;
use answer::{Allowed, Answer, Worth, answer};
use call::{Call, Prepared, Surroundings};
pub(crate) use call::{not_started, sandbox_limits};
pub(crate) use compare::open;
pub(crate) use feedback::{Feedback, cut, quoted};
use feedback::{Left, MESSAGE_BYTES};

/// Checks the outputs of one judgement.
#[derive(Debug)]
pub(crate) struct Checker<'a> {
    pool: &'a Pool,
    package: &'a Package,
    validators: Vec<Prepared<'a>>,
    static_validator: Option<Prepared<'a>>,
    submission: &'a [InputFile],
    said: &'a Said,
}

/// A run of a program on a case, whose output is to be checked.
#[derive(Debug)]
pub(crate) struct Round<'a> {
    /// The number of the case, from 1.
    pub(crate) ordinal: u32,
    pub(crate) case: &'a Case,
    /// What the program was given.
    pub(crate) input: Arc<File>,
    /// Whether no other run may follow.
    pub(crate) is_last: bool,
}

/// A validator that is about to talk to a program.
#[derive(Debug)]
pub(crate) struct Interactor<'a> {
    validator: &'a Prepared<'a>,
    /// How it is run.
    pub(crate) spec: Spec,
    /// The exit code after which the program may still go on.
    pub(crate) accepts_with: i32,
    allowed: Allowed<'a>,
}

/// What became of checking an output.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) is_accepted: bool,
    /// What the submitter may know.
    pub(crate) message: Option<String>,
    /// The score that it gave; whether it may, and what it comes to, is for `problems::CaseScore` to say.
    pub(crate) reported: Reported,
    /// The input of the next run of the program, where there is to be one.
    pub(crate) next: Option<Arc<File>>,
}

impl Checked {
    /// Rejected, with nothing said.
    pub(crate) fn rejected() -> Self {
        Self {
            is_accepted: false,
            message: None,
            reported: Reported::default(),
            next: None,
        }
    }
}

impl<'a> Checker<'a> {
    /// Compiles what has to be compiled. `submission` are the files of the submission, those that its compiler made included.
    /// Faults are the problem's or the system's.
    pub(crate) async fn prepare(
        workshop: Workshop<'a>,
        package: &'a Package,
        submission: &'a [InputFile],
        said: &'a Said,
    ) -> Result<Self, Fault> {
        let mut validators = Vec::with_capacity(package.output_validators.len());
        for validator in &package.output_validators {
            validators.push(prepare(workshop, "output validator", validator, said).await?);
        }
        let static_validator = match &package.static_validator {
            Some(validator) => Some(prepare(workshop, "static validator", validator, said).await?),
            None => None,
        };
        Ok(Self {
            pool: workshop.pool,
            package,
            validators,
            static_validator,
            submission,
            said,
        })
    }

    /// Checks an output. All validators must accept.
    pub(crate) async fn check(
        &self,
        round: &Round<'_>,
        output: Vec<u8>,
        feedback: &mut Feedback,
    ) -> Result<Checked, Fault> {
        if self.validators.is_empty() {
            return self.compare(round, output).await;
        }
        let output: Arc<[u8]> = output.into();
        let mut all = Checked {
            is_accepted: true,
            message: None,
            reported: Reported::default(),
            next: None,
        };
        for validator in &self.validators {
            let call = self.call(validator).on_output(round, output.clone(), feedback)?;
            let allowed = self.allowed(&call);
            let outcome = self.run(validator, call).await?;
            let checked = self.conclude(validator, allowed, round, &outcome, feedback)?;
            all.is_accepted = checked.is_accepted;
            all.message = all.message.or(checked.message);
            all.next = checked.next;
            // The last to give a score has it.
            if checked.reported.is_any() {
                all.reported = checked.reported;
            }
            if !all.is_accepted {
                break;
            }
        }
        Ok(all)
    }

    /// Lets the static validator look at the submission, in place of case `ordinal` and called `name`; `about` the submission it
    /// is told the language and what it begins with.
    pub(crate) async fn look(
        &self,
        ordinal: u32,
        name: &str,
        case: &StaticCase,
        about: [&str; 2],
    ) -> Result<Checked, Fault> {
        let Some(validator) = &self.static_validator else {
            return Err(Fault::problem(
                "there is no static validator, while a test group wants one",
            ));
        };
        let spec = self.call(validator).on_source(about, &case.args);
        let allowed = self.allowed(&spec);
        let outcome = self.run(validator, spec).await?;
        let left = Left::by(&outcome);
        self.say(validator, name, &outcome, &left);
        let answer =
            answer_of(validator, &outcome, allowed).and_then(|answer| Ok((answer, reported(answer, &left)?)));
        let (answer, reported) =
            answer.map_err(|what| self.fault(validator, &outcome, name, &what, ordinal))?;
        Ok(Checked {
            is_accepted: answer.is_accepted,
            message: left.team_message(),
            reported,
            next: None,
        })
    }

    /// The call of the validator that is to talk to the program; `wall` is how long the program may take.
    pub(crate) fn interactor(
        &self,
        round: &Round<'_>,
        feedback: &Feedback,
        wall: Duration,
    ) -> Result<Interactor<'_>, Fault> {
        let Some(validator) = self.validators.first() else {
            return Err(Fault::problem("there is no validator to talk to the program"));
        };
        let spec = self.call(validator).on_conversation(round, feedback, wall)?;
        let accepts_with = match validator.testlib {
            Some(Testlib::Stock) => 0,
            _ => ACCEPTED,
        };
        Ok(Interactor {
            validator,
            allowed: self.allowed(&spec),
            spec,
            accepts_with,
        })
    }

    /// What the end of the validator that talked to the program means for the case, unless the program decides by itself.
    pub(crate) fn conclude_talk(
        &self,
        interactor: &Interactor<'_>,
        round: &Round<'_>,
        outcome: &Outcome,
        feedback: &mut Feedback,
    ) -> Result<Checked, Fault> {
        self.conclude(interactor.validator, interactor.allowed, round, outcome, feedback)
    }

    /// The fault where a validator that was to talk to a program could not be started.
    pub(crate) fn not_talking(interactor: &Interactor<'_>, error: SandboxError) -> Fault {
        let Prepared {
            kind, name, program, ..
        } = interactor.validator;
        not_started(kind, name, program, error)
    }

    /// Notes for judges what was said.
    pub(crate) fn note_talk(&self, case: &Case, text: &str) {
        self.said.add(&case.name, "interaction", text);
    }

    async fn compare(&self, round: &Round<'_>, output: Vec<u8>) -> Result<Checked, Fault> {
        let difference = compare::compare(round.case, output, round.ordinal).await?;
        let is_accepted = difference.is_none();
        let what = difference.map(|difference| difference.what);
        if let Some(what) = &what {
            self.said.add(&round.case.name, "comparator", what);
        }
        Ok(Checked {
            is_accepted,
            // What the answer says, in words, is a secret, where the author does not give it away.
            message: what.filter(|_| round.case.full_feedback),
            reported: Reported::default(),
            next: None,
        })
    }

    async fn run(&self, validator: &Prepared<'_>, spec: Spec) -> Result<Outcome, Fault> {
        let ran = self.pool.run(spec).await;
        ran.map_err(|error| not_started(validator.kind, validator.name, &validator.program, error))
    }

    /// What the end of a validator means for a case.
    fn conclude(
        &self,
        validator: &Prepared<'_>,
        allowed: Allowed<'_>,
        round: &Round<'_>,
        outcome: &Outcome,
        feedback: &mut Feedback,
    ) -> Result<Checked, Fault> {
        let case = &round.case.name;
        let left = Left::by(outcome);
        self.say(validator, case, outcome, &left);
        let concluded = answer_of(validator, outcome, allowed).and_then(|answer| {
            let next = self.next_pass(answer, &left, round.is_last)?;
            if next.is_some() {
                let most = call::MOST_FILES.saturating_sub(validator.program.files.len());
                *feedback = left.keep(most)?;
            }
            Ok((answer, reported(answer, &left)?, next))
        });
        let (answer, reported, next) =
            concluded.map_err(|what| self.fault(validator, outcome, case, &what, round.ordinal))?;
        Ok(Checked {
            is_accepted: answer.is_accepted,
            message: left.team_message(),
            reported,
            next,
        })
    }

    fn allowed(&self, spec: &Spec) -> Allowed<'a> {
        Allowed {
            limits: &self.package.validation_limits,
            wall: spec.limits.wall,
            stdout: spec.limits.stdout,
        }
    }

    /// The input of the pass that it asks for; `Err` where it must not.
    fn next_pass(&self, answer: Answer, left: &Left<'_>, is_last: bool) -> Result<Option<Arc<File>>, String> {
        let Some(next) = left.next_pass()? else {
            return Ok(None);
        };
        if self.package.passes < 2 {
            Err("wrote input for another pass, which is for multi-pass problems,".to_owned())
        } else if !answer.is_accepted {
            Err("asked for another pass without accepting this one".to_owned())
        } else if is_last {
            Err(format!(
                "asked for another pass after the last one ({})",
                self.package.passes
            ))
        } else {
            Ok(Some(next))
        }
    }

    /// Notes what it says for judges: testlib, as its author made it, says that on standard error.
    fn say(&self, validator: &Prepared<'_>, case: &str, outcome: &Outcome, left: &Left<'_>) {
        if let Some(text) = left.judge_message() {
            self.said.add(case, validator.name, &text);
        } else if validator.testlib == Some(Testlib::Stock) {
            let text = String::from_utf8_lossy(&outcome.stderr.bytes);
            self.said.add(case, validator.name, text.trim());
        }
    }

    fn fault(
        &self,
        validator: &Prepared<'_>,
        outcome: &Outcome,
        case: &str,
        what: &str,
        ordinal: u32,
    ) -> Fault {
        let errors = String::from_utf8_lossy(&outcome.stderr.bytes);
        self.said.add(case, validator.name, errors.trim());
        let Prepared { kind, name, .. } = validator;
        Fault::problem(format!("the {kind} {name} {what} in case {ordinal}"))
    }

    fn call<'c>(&'c self, validator: &'c Prepared<'c>) -> Call<'c> {
        Call {
            validator,
            surroundings: Surroundings::of(self.package, self.submission),
        }
    }
}

async fn prepare<'a>(
    workshop: Workshop<'a>,
    kind: &'static str,
    validator: &'a problems::Program,
    said: &Said,
) -> Result<Prepared<'a>, Fault> {
    Ok(Prepared {
        kind,
        name: &validator.name,
        program: workshop.make(kind, validator, said).await?,
        testlib: validator.testlib(),
    })
}

fn answer_of(validator: &Prepared<'_>, outcome: &Outcome, allowed: Allowed<'_>) -> Result<Answer, String> {
    let said = match Left::by(outcome).judge_message() {
        Some(message) if outcome.stderr.bytes.is_empty() => message,
        _ => String::from_utf8_lossy(&outcome.stderr.bytes).into_owned(),
    };
    answer(outcome.end, &said, validator.testlib, allowed)
}

/// The score that a validator gave, or what is wrong with it.
fn reported(answer: Answer, left: &Left<'_>) -> Result<Reported, String> {
    let mut reported = left.reported()?;
    let score = |points: f64| Score::new(points).ok_or_else(|| "gave points that are no number,".to_owned());
    match answer.worth {
        Some(Worth::Points(points)) => reported.score = Some(score(points)?),
        Some(Worth::Part(part)) => reported.multiplier = Some(score(part)?),
        None => {}
    }
    Ok(reported)
}

//! What a package's own validators say of its test data: inputs that are not what they should be, known outputs that come out
//! otherwise than the package says.

use std::fs::File;
use std::sync::Arc;

use domain::{Blame, Fault};
use problems::{Package, ProgramFile, Start, ValidatorArgs};
use sandbox::{End, Outcome, Spec, Stdin, Work};

use crate::Grader;
use crate::case_files;
use crate::compile::Program;
use crate::said::Said;
use crate::validator::{ACCEPTED, Checker, Feedback, Round, cut, not_started, open, sandbox_limits};

/// Something that is wrong with a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file or program, below the package.
    pub subject: String,
    /// What is wrong, for the package's author: it may hold test data.
    pub what: String,
}

/// What came of checking a package's data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataCheck {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Programs that could not be asked, because their languages are not here: nobody's mistake.
    pub not_run: Vec<Finding>,
}

/// An input, with what comes with it.
struct Question<'a> {
    input: File,
    validator_args: &'a ValidatorArgs,
    /// What submissions are given.
    args: &'a [String],
    /// What submissions find where they run.
    files: &'a [ProgramFile],
}

impl Grader {
    /// Runs the package's input validators on all its inputs, and its output validators on the outputs that it knows. `Err`
    /// only for a fault of the system.
    pub async fn check_data(&self, package: &Package) -> Result<DataCheck, Fault> {
        let mut check = DataCheck::default();
        self.check_inputs(package, &mut check).await?;
        match self.lacking(package).await {
            Some(lacking) => check.not_run.push(lacking),
            None => self.check_outputs(package, &mut check.findings).await?,
        }
        Ok(check)
    }

    /// Which of the programs that decide about submissions cannot be run here, and why; `None` where all can.
    pub async fn lacking(&self, package: &Package) -> Option<Finding> {
        let validators = package.output_validators.iter();
        let validators = validators.map(|program| ("output_validators", program));
        let look = package.static_validator.iter();
        let look = look.map(|program| ("static_validator", program));
        let grader = package.grader.iter().map(|program| ("graders", program));
        for (directory, program) in validators.chain(look).chain(grader) {
            if let Some(reason) = self.missing_for(program).await {
                return Some(not_run(directory, program, &reason));
            }
        }
        None
    }

    async fn missing_for(&self, program: &problems::Program) -> Option<String> {
        match &program.start {
            Start::Language(language) => self.missing(language).await,
            Start::Run | Start::Build => None,
        }
    }

    async fn check_inputs(&self, package: &Package, check: &mut DataCheck) -> Result<(), Fault> {
        const DIRECTORY: &str = "input_validators";
        let DataCheck {
            findings,
            not_run: lacking,
        } = check;
        let said = Said::default();
        let mut validators = Vec::new();
        for validator in &package.input_validators {
            if let Some(reason) = self.missing_for(validator).await {
                lacking.push(not_run(DIRECTORY, validator, &reason));
                continue;
            }
            match self.workshop().make("input validator", validator, &said).await {
                Ok(program) => validators.push((validator, program)),
                Err(fault) => findings.push(finding(DIRECTORY, fault)?),
            }
        }
        for message in said.into_messages() {
            findings.push(Finding {
                subject: DIRECTORY.to_owned(),
                what: message.text,
            });
        }
        for (ordinal, case) in (1..).zip(&package.cases) {
            for (validator, program) in &validators {
                let question = Question {
                    input: open(&case.input, "input", ordinal)?,
                    validator_args: &case.input_validator_args,
                    args: &case.args,
                    files: &case.files,
                };
                if let Some(what) = self.ask(package, validator, program, question).await? {
                    findings.push(Finding {
                        subject: format!("data/{}.in", case.name),
                        what,
                    });
                }
            }
        }
        for (ordinal, invalid) in (1..).zip(&package.invalid_inputs) {
            let mut is_rejected = false;
            for (validator, program) in &validators {
                let question = Question {
                    input: open(&invalid.path, "input", ordinal)?,
                    validator_args: &invalid.validator_args,
                    args: &invalid.args,
                    files: &invalid.files,
                };
                is_rejected |= self.ask(package, validator, program, question).await?.is_some();
            }
            if !is_rejected && !validators.is_empty() {
                findings.push(Finding {
                    subject: invalid.name.clone(),
                    what: "is to be rejected, but every input validator accepts it".to_owned(),
                });
            }
        }
        Ok(())
    }

    /// What an input validator has against an input.
    async fn ask(
        &self,
        package: &Package,
        validator: &problems::Program,
        program: &Program,
        question: Question<'_>,
    ) -> Result<Option<String>, Fault> {
        let name = &validator.name;
        let limits = &package.validation_limits;
        let files = case_files::lay_over(&program.files, question.files)?;
        let placed: u64 = files.iter().map(crate::grader::size).sum();
        let args = question.validator_args.of(name).iter().chain(question.args);
        let words = program.argv.iter().chain(args);
        let spec = Spec {
            argv: words.map(Into::into).collect(),
            env: program.env.clone(),
            stdin: Stdin::File(Arc::new(question.input)),
            files,
            collect: Vec::new(),
            work: Work::default(),
            limits: sandbox_limits(limits, placed),
        };
        match self.pool().run(spec).await {
            Ok(outcome) => Ok(objection(validator, &outcome)),
            Err(error) => {
                let fault = not_started("input validator", name, program, error);
                Ok(Some(finding("", fault)?.what))
            }
        }
    }

    async fn check_outputs(&self, package: &Package, findings: &mut Vec<Finding>) -> Result<(), Fault> {
        // The comparator was asked when the package was opened; a conversation, or a pass of several, is no output.
        if package.output_validators.is_empty() || package.is_interactive() || package.passes > 1 {
            return Ok(());
        }
        let said = Said::default();
        let checker = match Checker::prepare(self.workshop(), package, &[], &said).await {
            Ok(checker) => checker,
            Err(fault) => {
                findings.push(finding("output_validators", fault)?);
                return Ok(());
            }
        };
        for (ordinal, known) in (1..).zip(&package.known_outputs) {
            let subject = format!("data/{}.out", known.case.name);
            let output = match std::fs::read(&known.output) {
                Ok(output) => output,
                Err(error) => {
                    let fault = Fault::problem(format!("cannot be read: {error}"));
                    findings.push(finding(&subject, fault)?);
                    continue;
                }
            };
            let round = Round {
                ordinal,
                case: &known.case,
                input: Arc::new(open(&known.case.input, "input", ordinal)?),
                is_last: true,
            };
            let what = match checker.check(&round, output, &mut Feedback::default()).await {
                Ok(checked) if checked.is_accepted == known.is_valid => continue,
                Ok(checked) if checked.is_accepted => "is to be rejected, but is accepted".to_owned(),
                Ok(_) => "is to be accepted, but is rejected".to_owned(),
                Err(fault) => finding(&subject, fault)?.what,
            };
            findings.push(Finding { subject, what });
        }
        Ok(())
    }
}

fn not_run(directory: &str, program: &problems::Program, reason: &str) -> Finding {
    Finding {
        subject: format!("{directory}/{}", program.name),
        what: format!("cannot be run here: {reason}"),
    }
}

/// A fault of the problem as a finding; others go on as what they are.
fn finding(subject: &str, fault: Fault) -> Result<Finding, Fault> {
    if fault.blame != Blame::Problem {
        return Err(fault);
    }
    Ok(Finding {
        subject: subject.to_owned(),
        what: fault.reason,
    })
}

fn objection(validator: &problems::Program, outcome: &Outcome) -> Option<String> {
    let name = &validator.name;
    let how = match outcome.end {
        End::Exited(ACCEPTED) => return None,
        // As testlib has it, however it was adapted.
        End::Exited(0) if validator.testlib().is_some() => return None,
        End::Exited(43) => "rejects it".to_owned(),
        End::Exited(code) => format!("exits with code {code}"),
        other => format!("ends otherwise than by itself ({other:?})"),
    };
    let said = [&outcome.stderr.bytes, &outcome.stdout.bytes].map(|bytes| String::from_utf8_lossy(bytes));
    let said = said.iter().map(|text| text.trim()).find(|text| !text.is_empty());
    let said = said.map_or(String::new(), |text| format!(": {}", cut(text.to_owned())));
    Some(format!("the input validator {name} {how}{said}"))
}

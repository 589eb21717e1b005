//! How outputs are checked, and with which arguments.

use std::collections::BTreeMap;

use domain::ProblemType;

use crate::complaint::{Complaint, Report};
use crate::name;
use crate::program::{self, Program};
use crate::tree::Tree;
use crate::version::Version;

/// Where the program is that looks at the source of submissions.
const STATIC: &str = "static_validator";

/// The arguments that a test case has for output validators.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ValidatorArgs {
    /// For those that are not named.
    pub(crate) all: Vec<String>,
    /// For those that are, by their base names.
    pub(crate) named: BTreeMap<String, Vec<String>>,
}

impl ValidatorArgs {
    /// The arguments of the validator of that name.
    pub fn of(&self, validator: &str) -> &[String] {
        let named = self.named.get(validator);
        // Some write the whole file name.
        let by_file = || {
            let mut named = self.named.iter();
            named
                .find(|(name, _)| program::stem(name) == validator)
                .map(|(_, args)| args)
        };
        named.or_else(by_file).unwrap_or(&self.all)
    }
}

/// How outputs are checked.
#[derive(Debug, Default)]
pub(crate) struct Validation {
    /// Whether by the package's own programs, be they right or not.
    pub(crate) is_custom: bool,
    /// The programs. In older versions several can be there, and all must accept.
    pub(crate) validators: Vec<Program>,
    /// The program that looks at the source of submissions.
    pub(crate) static_validator: Option<Program>,
}

impl Validation {
    fn custom(validators: Vec<Program>) -> Self {
        Self {
            is_custom: true,
            validators,
            static_validator: None,
        }
    }
}

/// Finds the validators. `is_custom` is what `problem.yaml` says, where it says anything.
pub(crate) fn read(
    tree: &Tree,
    version: Version,
    is_custom: Option<bool>,
    types: &[ProblemType],
    report: &mut Report,
) -> Validation {
    let needs_custom = needs_one_validator(types);
    let is_custom = is_custom.or(needs_custom.map(|_| true));
    let mut validation = read_output_validators(tree, version, is_custom, report);
    check_types(&validation, version, needs_custom, report);
    if matches!(version, Version::Y2025M09 | Version::Draft) {
        validation.static_validator = program::read_one(tree, STATIC, report);
        if validation.static_validator.is_some() && types.contains(&ProblemType::SubmitAnswer) {
            let what = "is for programs, and what is submitted to a submit-answer problem is none";
            report.complain(Complaint::about(STATIC, what));
        }
    }
    validation
}

/// Whether the samples of such a problem may show a conversation.
pub(crate) fn has_interactions(types: &[ProblemType]) -> bool {
    needs_one_validator(types).is_some()
}

/// The type that only a validator of the package's own makes sense of.
fn needs_one_validator(types: &[ProblemType]) -> Option<&'static str> {
    if types.contains(&ProblemType::Interactive) {
        Some("interactive")
    } else if types.contains(&ProblemType::MultiPass) {
        Some("multi-pass")
    } else {
        None
    }
}

fn check_types(validation: &Validation, version: Version, needs_custom: Option<&str>, report: &mut Report) {
    let Some(kind) = needs_custom else { return };
    let directory = match version {
        Version::Y2025M09 => "output_validator",
        _ => "output_validators",
    };
    // Without any, older versions have complained already.
    if validation.validators.is_empty() && !validation.is_custom {
        let what = format!("is missing: a problem that is {kind} has a validator of its own");
        report.complain(Complaint::about(directory, what));
    } else if validation.validators.len() > 1 {
        let what = format!("has several programs; a problem that is {kind} has one validator");
        report.complain(Complaint::about(directory, what));
    }
}

fn read_output_validators(
    tree: &Tree,
    version: Version,
    is_custom: Option<bool>,
    report: &mut Report,
) -> Validation {
    let has = |directory: &str| !tree.children(directory).is_empty();
    let (plural, singular) = ("output_validators", "output_validator");
    let one = |report: &mut Report| {
        let validator = program::read_one(tree, singular, report);
        Validation::custom(validator.into_iter().collect())
    };
    if version == Version::Y2025M09 {
        return if has(singular) {
            one(report)
        } else {
            Validation::default()
        };
    }
    let directory = match (has(plural), has(singular)) {
        (true, _) => plural,
        (false, true) => singular,
        (false, false) if is_custom == Some(true) => {
            let what = "is missing, while problem.yaml asks for a validator of the package's own";
            report.complain(Complaint::about(plural, what));
            return Validation::custom(Vec::new());
        }
        (false, false) => return Validation::default(),
    };
    // The drafts have no such key any more, or still.
    if !is_custom.unwrap_or(version == Version::Draft) {
        let what = "is not used: problem.yaml does not say `validation: custom`";
        report.warn(Complaint::about(directory, what));
        return Validation::default();
    }
    if directory == singular {
        one(report)
    } else {
        let validators = program::read_all(tree, plural, report);
        program::check_names(&validators, plural, report);
        Validation::custom(validators)
    }
}

/// The input validators. They have no say in a judgement, so what is wrong with one is told, and refuses nothing.
pub(crate) fn read_input_validators(tree: &Tree, report: &mut Report) -> Vec<Program> {
    let mut own = Report::default();
    let mut validators = Vec::new();
    for directory in ["input_validators", "input_format_validators"] {
        let found = program::read_all(tree, directory, &mut own);
        program::check_names(&found, directory, report);
        validators.extend(found);
        warn_of_scripts(tree, directory, report);
    }
    let (complaints, warnings) = own.into_parts();
    for mut complaint in complaints {
        complaint.what.push_str("; it is not run");
        report.warn(complaint);
    }
    for warning in warnings {
        report.warn(warning);
    }
    validators
}

/// Tells of descriptions of inputs in languages that are not here.
fn warn_of_scripts(tree: &Tree, directory: &str, report: &mut Report) {
    for (path, _) in tree.below(directory) {
        let language = match path.rsplit_once('.') {
            Some((_, "ctd")) => "Checktestdata",
            Some((_, "viva")) => "VIVA",
            _ => continue,
        };
        let what = format!("is a {language} script, which is not run");
        report.warn(Complaint::about(name::join(directory, path), what));
    }
}

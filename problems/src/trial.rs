//! What is left of a package when a program is merely tried.

use std::path::PathBuf;

use domain::ProblemType;

use crate::grading::{Child, Group, OnReject};
use crate::validation::ValidatorArgs;
use crate::{Case, Comparator, Package};

impl Package {
    /// The same with nothing but its samples, each judged whatever became of the others, and without scores.
    #[must_use]
    pub fn with_samples_only(&self) -> Self {
        let samples = self.cases.iter().filter(|case| case.sample);
        self.tried_on(samples.cloned().collect())
    }

    /// The same with one test case, whose input is that file, and of whose output nobody knows whether it is right.
    #[must_use]
    pub fn with_input_only(&self, input: PathBuf) -> Self {
        let case = Case {
            name: "input".to_owned(),
            sample: false,
            full_feedback: false,
            answer: input.clone(),
            input,
            comparator: Comparator::default(),
            validator_args: ValidatorArgs::default(),
            input_validator_args: ValidatorArgs::default(),
            args: Vec::new(),
            files: Vec::new(),
            shown_input: None,
            shown_answer: None,
        };
        Self {
            output_validators: Vec::new(),
            passes: 1,
            ..self.tried_on(vec![case])
        }
    }

    fn tried_on(&self, cases: Vec<Case>) -> Self {
        let types = self.types.iter().copied();
        Self {
            types: types.filter(|kind| *kind != ProblemType::Scoring).collect(),
            groups: Group {
                on_reject: OnReject::Continue,
                children: (0..cases.len()).map(Child::Case).collect(),
                ..Group::default()
            },
            cases,
            grader: None,
            static_validator: None,
            ..self.clone()
        }
    }
}

//! Files that a test case puts where the submission runs.

use std::fs::File;
use std::sync::Arc;

use domain::Fault;
use problems::ProgramFile;
use sandbox::{Content, InputFile};

use crate::grader::size;

/// The program's files with those of the case, which replace those of the same name. Faults are the problem's.
pub(crate) fn lay_over(program: &[InputFile], case: &[ProgramFile]) -> Result<Vec<InputFile>, Fault> {
    let is_replaced = |file: &InputFile| case.iter().any(|other| other.name == file.name);
    let mut files: Vec<InputFile> = program
        .iter()
        .filter(|file| !is_replaced(file))
        .cloned()
        .collect();
    for file in case {
        let content = File::open(&file.path)
            .map_err(|error| Fault::problem(format!("the file {} of a case: {error}", file.name)))?;
        files.push(InputFile {
            name: file.name.clone(),
            content: Content::File(Arc::new(content)),
            executable: file.executable,
        });
    }
    Ok(files)
}

/// How many more bytes the files have, with those of a case.
pub(crate) fn added(program: &[InputFile], all: &[InputFile]) -> u64 {
    let sum = |files: &[InputFile]| files.iter().map(size).sum::<u64>();
    sum(all).saturating_sub(sum(program))
}

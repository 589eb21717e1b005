//! The built-in comparator, on a thread that may block: outputs and answers can be large.

use std::fs::File;
use std::io::{BufReader, Cursor, ErrorKind};
use std::path::Path;

use domain::Fault;
use problems::{Case, Comparator, Difference};

/// The first difference between an output and the answer of its case; `ordinal` counts from 1.
pub(super) async fn compare(case: &Case, output: Vec<u8>, ordinal: u32) -> Result<Option<Difference>, Fault> {
    let (comparator, path) = (case.comparator.clone(), case.answer.clone());
    let compared =
        tokio::task::spawn_blocking(move || compare_now(&comparator, &path, output, ordinal)).await;
    compared.unwrap_or_else(|error| Err(Fault::system(format!("comparing failed: {error}"))))
}

fn compare_now(
    comparator: &Comparator,
    answer: &Path,
    output: Vec<u8>,
    ordinal: u32,
) -> Result<Option<Difference>, Fault> {
    let answer = BufReader::new(open(answer, "answer", ordinal)?);
    comparator
        .compare(answer, Cursor::new(output))
        .map_err(|error| unreadable("answer", ordinal, &error))
}

/// Opens a file of a test case.
pub(crate) fn open(path: &Path, what: &str, ordinal: u32) -> Result<File, Fault> {
    File::open(path).map_err(|error| unreadable(what, ordinal, &error))
}

/// A file of the package that is not there or holds no data is the package's fault; anything else (no descriptor left,
/// a broken disk) is the machine's.
fn unreadable(what: &str, ordinal: u32, error: &std::io::Error) -> Fault {
    let reason = format!("the {what} of case {ordinal} cannot be read: {error}");
    match error.kind() {
        ErrorKind::NotFound
        | ErrorKind::PermissionDenied
        | ErrorKind::IsADirectory
        | ErrorKind::NotADirectory
        | ErrorKind::InvalidData => Fault::problem(reason),
        _ => Fault::system(reason),
    }
}

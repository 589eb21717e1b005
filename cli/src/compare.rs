//! `gavel compare`: the default output validator with the standard protocol, for whoever calls validators.
//!
//! `gavel compare INPUT ANSWER FEEDBACKDIR [FLAG…] < OUTPUT` exits with 42 where the output says the same as the answer and
//! with 43 where it does not; then the feedback directory has `judgemessage.txt` (the first difference in words) and
//! `diffposition.txt` (its place: byte of the answer, byte of the output). Anything else is a failure: exit code 2.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Write as _};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::ExitCode;

use problems::{Comparator, Difference};

use crate::arguments;
use crate::failure::{Doing, Failure};

const ACCEPTED: u8 = 42;
const WRONG_ANSWER: u8 = 43;

/// Larger than a pipe, so that a call of the kernel is worth it; in bytes.
const BUFFER: usize = 256 << 10;

/// Compares standard input with the answer.
pub(crate) fn run(arguments: &arguments::Compare) -> Result<ExitCode, Failure> {
    let comparator = Comparator::from_args(&arguments.flags).map_err(Failure::new)?;
    // The comparator has no use for it. Whoever names a file that is not there has made a mistake all the same.
    open("INPUT", &arguments.input)?;
    let answer = open("ANSWER", &arguments.answer)?;
    let feedback = &arguments.feedback;
    if !feedback.is_dir() {
        let what = format!("FEEDBACKDIR: {} is not a directory", feedback.display());
        return Err(Failure::new(what));
    }
    let output = output().doing("read standard input")?;
    let buffered = |file| BufReader::with_capacity(BUFFER, file);
    let difference = comparator
        .compare(buffered(answer), buffered(output))
        .doing(format!(
            "compare {} with standard input",
            arguments.answer.display()
        ))?;
    let Some(difference) = difference else {
        return Ok(ExitCode::from(ACCEPTED));
    };
    write(feedback, &difference).doing(format!("write feedback into {}", feedback.display()))?;
    Ok(ExitCode::from(WRONG_ANSWER))
}

fn open(argument: &str, path: &Path) -> Result<File, Failure> {
    let what = format!("open {argument}, {}", path.display());
    let file = File::open(path).doing(&what)?;
    if file.metadata().doing(&what)?.is_dir() {
        return Err(Failure::new(format!("cannot {what}: it is a directory")));
    }
    Ok(file)
}

/// Standard input without the library's own small buffer.
fn output() -> io::Result<File> {
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

/// Messages are appended, as a later pass finds those of an earlier one; the position is that of the last.
fn write(directory: &Path, difference: &Difference) -> io::Result<()> {
    let message = directory.join("judgemessage.txt");
    let mut message = OpenOptions::new().create(true).append(true).open(message)?;
    writeln!(message, "{}", difference.what)?;
    let position = format!("{} {}\n", difference.answer_at, difference.output_at);
    std::fs::write(directory.join("diffposition.txt"), position)
}

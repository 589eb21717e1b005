//! Reading the small text files of a package.

use std::fs;
use std::io::Read;

use crate::complaint::{Complaint, Report};
use crate::constants::Constants;
use crate::tree::File;
use crate::yaml::{self, Node};

/// Longer than any settings file is, in bytes.
const LONGEST: u64 = 1 << 20;

/// Reads a YAML file. `None` means that the report has a complaint.
pub(crate) fn read_yaml(file: &File, path: &str, report: &mut Report) -> Option<Node> {
    let text = read(file, path, report)?;
    parse_yaml(&text, path, report)
}

/// Reads a YAML file in which constants stand for words.
pub(crate) fn read_yaml_with(
    constants: &Constants,
    file: &File,
    path: &str,
    report: &mut Report,
) -> Option<Node> {
    let text = read(file, path, report)?;
    let filled = constants.fill(text.as_bytes());
    parse_yaml(&String::from_utf8_lossy(&filled), path, report)
}

fn parse_yaml(text: &str, path: &str, report: &mut Report) -> Option<Node> {
    match yaml::parse(text) {
        Ok(node) => Some(node),
        Err(error) => {
            let complaint = Complaint::about(path, format!("is not YAML: {error}"));
            report.complain(match error.line {
                Some(line) => complaint.at_line(line),
                None => complaint,
            });
            None
        }
    }
}

/// Reads a small text. `None` means that the report has a complaint.
pub(crate) fn read(file: &File, path: &str, report: &mut Report) -> Option<String> {
    if file.length > LONGEST {
        let what = format!("has {} bytes; at most {LONGEST} are read", file.length);
        report.complain(Complaint::about(path, what));
        return None;
    }
    let mut bytes = Vec::new();
    let read = fs::File::open(&file.path).and_then(|open| open.take(LONGEST).read_to_end(&mut bytes));
    if let Err(error) = read {
        report.complain(Complaint::about(path, format!("cannot be read: {error}")));
        return None;
    }
    match String::from_utf8(bytes) {
        Ok(text) => match text.strip_prefix('\u{feff}') {
            Some(rest) => {
                report.warn(
                    Complaint::about(path, "begins with a byte order mark; texts have none").at_line(1),
                );
                Some(rest.to_owned())
            }
            None => Some(text),
        },
        Err(error) => {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = before.split(|byte| *byte == b'\n').count();
            let complaint = Complaint::about(path, "is not UTF-8");
            report.complain(complaint.at_line(u32::try_from(line).unwrap_or(u32::MAX)));
            None
        }
    }
}

//! What is wrong, or odd, with a package; collected, so that an author reads everything at once.

use std::fmt;

/// One thing that is wrong, or odd, with a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The file or entry, relative to the package; empty for the package as a whole.
    pub file: String,
    /// The line, from 1, where it is known.
    pub line: Option<u32>,
    /// The key, such as `limits.memory`, where there is one.
    pub key: Option<String>,
    /// What is wrong, in one sentence.
    pub what: String,
}

impl Complaint {
    /// A complaint about a whole file (or, with an empty name, the whole package).
    pub(crate) fn about(file: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: None,
            key: None,
            what: what.into(),
        }
    }

    /// The same at a line.
    pub(crate) fn at_line(mut self, line: u32) -> Self {
        self.line = Some(line);
        self
    }
}

impl fmt::Display for Complaint {
    /// `file:line: key: what`, leaving out what is not known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.file.is_empty() {
            "package"
        } else {
            &self.file
        })?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(key) = &self.key {
            write!(f, ": {key}")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// Why a package is refused: everything that is wrong with it, not only the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused(pub Vec<Complaint>);

impl Refused {
    pub(crate) fn because(complaint: Complaint) -> Self {
        Self(vec![complaint])
    }
}

impl fmt::Display for Refused {
    /// One complaint a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, complaint) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            complaint.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}

/// Collects complaints while a package is read.
///
/// Both lists are bounded: a package of a hundred thousand misnamed files is told so once, not that often.
#[derive(Debug, Default)]
pub(crate) struct Report {
    complaints: Vec<Complaint>,
    warnings: Vec<Complaint>,
    unlisted: [usize; 2],
    is_lenient: bool,
}

impl Report {
    const MOST: usize = 200;

    /// Something is wrong: the package will be refused.
    pub(crate) fn complain(&mut self, complaint: Complaint) {
        Self::push(&mut self.complaints, &mut self.unlisted[0], complaint);
    }

    /// From now on, what [`Report::object`] is told is odd at most.
    pub(crate) fn be_lenient(&mut self) {
        self.is_lenient = true;
    }

    /// Whether the package is read leniently.
    pub(crate) fn is_lenient(&self) -> bool {
        self.is_lenient
    }

    /// Something is against the letter of the format and changes no verdict.
    pub(crate) fn object(&mut self, complaint: Complaint) {
        if self.is_lenient {
            self.warn(complaint);
        } else {
            self.complain(complaint);
        }
    }

    /// Something is odd.
    pub(crate) fn warn(&mut self, warning: Complaint) {
        Self::push(&mut self.warnings, &mut self.unlisted[1], warning);
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.complaints.is_empty()
    }

    /// The complaints, and the warnings.
    pub(crate) fn into_parts(mut self) -> (Vec<Complaint>, Vec<Complaint>) {
        for (list, unlisted) in [
            (&mut self.complaints, self.unlisted[0]),
            (&mut self.warnings, self.unlisted[1]),
        ] {
            if unlisted > 0 {
                list.push(Complaint::about("", format!("and {unlisted} more like these")));
            }
        }
        (self.complaints, self.warnings)
    }

    /// The warnings, or the refusal.
    pub(crate) fn finish(self) -> Result<Vec<Complaint>, Refused> {
        let (complaints, warnings) = self.into_parts();
        if complaints.is_empty() {
            Ok(warnings)
        } else {
            Err(Refused(complaints))
        }
    }

    fn push(list: &mut Vec<Complaint>, unlisted: &mut usize, complaint: Complaint) {
        if list.len() < Self::MOST {
            list.push(complaint);
        } else {
            *unlisted += 1;
        }
    }
}

//! The test cases below `data/`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::comparator::Comparator;
use crate::complaint::{Complaint, Report};
use crate::name;
use crate::settings::{self, Settings};
use crate::text_file;
use crate::tree::{Entry, Tree};

/// A test case.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name below `data/`, without the ending, such as `secret/03-large`.
    pub name: String,
    /// Whether contestants may see it.
    pub sample: bool,
    /// The input.
    pub input: PathBuf,
    /// The answer.
    pub answer: PathBuf,
    /// How the output is compared.
    pub comparator: Comparator,
    /// What a contestant is shown instead of the input, where the author wants that.
    pub shown_input: Option<PathBuf>,
    /// What a contestant is shown instead of the answer, where the author wants that.
    pub shown_answer: Option<PathBuf>,
}

const GROUP_FILE: &str = "test_group.yaml";

/// What a file of a case can end in; an ending stands before its own tails (`.in.statement` before `.statement`).
const ENDINGS: [&str; 13] = [
    ".in.statement",
    ".ans.statement",
    ".in.download",
    ".ans.download",
    ".interaction",
    ".in",
    ".ans",
    ".out",
    ".yaml",
    ".png",
    ".jpg",
    ".jpeg",
    ".svg",
];

/// The cases in the order of judging: those of `sample`, then those of `secret`, each in the order of their names.
pub(crate) fn read(tree: &Tree, report: &mut Report) -> Vec<Case> {
    for (child, entry) in tree.children("data") {
        let path = name::join("data", child);
        match (child, entry) {
            ("sample" | "secret" | "invalid_input" | "invalid_output" | "valid_output", Entry::Directory) => {
            }
            (GROUP_FILE, Entry::File(_)) => {
                let what =
                    "counts for sample and secret; the format wants such a file in each of them instead";
                report.warn(Complaint::about(path, what));
            }
            ("testdata.yaml", Entry::File(_)) => report.complain(other_version(&path)),
            _ => report.warn(Complaint::about(path, "is not part of the format and is ignored")),
        }
    }
    let inherited = group_settings(tree, "data", &Settings::default(), report);
    let mut reader = Reader {
        tree,
        report,
        cases: Vec::new(),
    };
    reader.directory("data/sample", &inherited, Depth::Top);
    let samples = reader.cases.len();
    reader.directory("data/secret", &inherited, Depth::Top);
    let (cases, secrets) = (reader.cases, samples);
    if cases.len() == secrets && report.is_clean() {
        report.complain(Complaint::about("data/secret", "has no test case"));
    }
    cases
}

/// The cases of another directory below `data/`, such as `valid_output`.
pub(crate) fn read_other(tree: &Tree, directory: &str, report: &mut Report) -> Vec<Case> {
    let inherited = group_settings(tree, "data", &Settings::default(), &mut Report::default());
    let mut reader = Reader {
        tree,
        report,
        cases: Vec::new(),
    };
    reader.directory(&name::join("data", directory), &inherited, Depth::Top);
    reader.cases
}

/// How far below `sample` or `secret` a directory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// `sample` or `secret` itself.
    Top,
    /// A test group.
    Group,
    /// A plain directory.
    Plain,
}

struct Reader<'a> {
    tree: &'a Tree,
    report: &'a mut Report,
    cases: Vec<Case>,
}

/// The files of one case by their endings.
type Files<'a> = BTreeMap<&'static str, &'a str>;

impl<'a> Reader<'a> {
    fn directory(&mut self, directory: &str, inherited: &Settings, depth: Depth) {
        let settings = group_settings(self.tree, directory, inherited, self.report);
        let mut cases: BTreeMap<&str, Files<'a>> = BTreeMap::new();
        let mut below = Vec::new();
        for (child, entry) in self.tree.children(directory) {
            match entry {
                Entry::Directory => below.push(child),
                Entry::File(_) => self.sort_file(directory, child, &mut cases),
            }
        }
        let has_groups = self.check_groups(directory, &below, depth);
        if has_groups && !cases.is_empty() {
            let what = "has test cases beside its test groups; they belong into a group";
            self.report.complain(Complaint::about(directory, what));
        }
        let mut names: Vec<(&str, bool)> = cases.keys().map(|case| (*case, false)).collect();
        names.extend(below.iter().map(|child| (*child, true)));
        names.sort_unstable();
        for (child, is_directory) in names {
            let path = name::join(directory, child);
            if !is_directory {
                self.case(directory, child, &cases[child], &settings);
            } else if child.strip_suffix(".files").is_some() {
                let what = "files for the submission are not supported yet";
                self.report.complain(Complaint::about(path, what));
            } else {
                let depth = if has_groups { Depth::Group } else { Depth::Plain };
                self.directory(&path, &settings, depth);
            }
        }
    }

    /// Whether the subdirectories are test groups. Complains where the rules on groups are broken.
    fn check_groups(&mut self, directory: &str, below: &[&str], depth: Depth) -> bool {
        let is_group = |child: &&&str| {
            let file = name::join(&name::join(directory, child), GROUP_FILE);
            self.tree.files.contains_key(&file)
        };
        let (groups, plain): (Vec<&&str>, Vec<&&str>) = below.iter().partition(is_group);
        if groups.is_empty() {
            return false;
        }
        if depth != Depth::Top || directory != "data/secret" {
            for group in groups {
                let what = "makes a test group, which only a direct subdirectory of secret can be";
                let path = name::join(&name::join(directory, group), GROUP_FILE);
                self.report.complain(Complaint::about(path, what));
            }
            return false;
        }
        for child in plain {
            let what = format!("has no {GROUP_FILE}, while other subdirectories of secret are test groups");
            self.report
                .complain(Complaint::about(name::join(directory, child), what));
        }
        true
    }

    fn sort_file(&mut self, directory: &str, file: &'a str, cases: &mut BTreeMap<&'a str, Files<'a>>) {
        let path = name::join(directory, file);
        match file {
            GROUP_FILE => return,
            "testdata.yaml" => return self.report.complain(other_version(&path)),
            _ => {}
        }
        let split = ENDINGS
            .into_iter()
            .find_map(|ending| Some((file.strip_suffix(ending)?, ending)));
        match split {
            Some(("test_group", _)) => {
                let what = "belongs to a test case of a name that is reserved";
                self.report.complain(Complaint::about(path, what));
            }
            Some((case, ending)) => {
                cases.entry(case).or_default().insert(ending, file);
            }
            None => self.report.warn(Complaint::about(
                path,
                "is not part of any test case and is ignored",
            )),
        }
    }

    fn case(&mut self, directory: &str, case: &str, files: &Files<'_>, inherited: &Settings) {
        let full = |ending: &str| name::join(directory, &format!("{case}{ending}"));
        if !files.contains_key(".in") {
            for ending in files.keys() {
                let what = format!("belongs to no test case: there is no {case}.in");
                self.report.complain(Complaint::about(full(ending), what));
            }
            return;
        }
        if !files.contains_key(".ans") {
            let what = format!("has no answer: there is no {case}.ans");
            self.report.complain(Complaint::about(full(".in"), what));
            return;
        }
        self.check_display(&full(".in"), files);
        let settings = self.case_settings(&full(".yaml"), inherited);
        let path = |ending: &str| self.tree.files.get(&full(ending)).map(|file| file.path.clone());
        let (Some(input), Some(answer)) = (path(".in"), path(".ans")) else {
            return;
        };
        let name = name::join(directory, case);
        self.cases.push(Case {
            name: name.strip_prefix("data/").unwrap_or(&name).to_owned(),
            sample: directory == "data/sample" || directory.starts_with("data/sample/"),
            input,
            answer,
            comparator: settings.comparator,
            shown_input: path(".in.statement"),
            shown_answer: path(".ans.statement").or_else(|| path(".out")),
        });
    }

    fn case_settings(&mut self, path: &str, inherited: &Settings) -> Settings {
        let Some(file) = self.tree.files.get(path) else {
            return inherited.clone();
        };
        match text_file::read_yaml(file, path, self.report) {
            Some(node) => settings::read_case(&node, path, inherited, self.report),
            None => inherited.clone(),
        }
    }

    /// The rules on what is shown and downloaded instead of a case's input and answer.
    fn check_display(&mut self, path: &str, files: &Files<'_>) {
        let has = |ending: &str| files.contains_key(ending);
        let mut complain = |what: &str| self.report.complain(Complaint::about(path, what));
        if has(".interaction") {
            complain("has an interaction, which is for interactive problems only");
        }
        if has(".out") && has(".ans.statement") {
            complain("has both .out and .ans.statement; the answer is shown in one way");
        }
        if has(".out") && has(".ans.download") {
            complain("has both .out and .ans.download; the answer is downloaded in one way");
        }
        if has(".in.statement") && !has(".in.download") {
            complain("has .in.statement without .in.download");
        }
        if has(".ans.statement") && !has(".ans.download") {
            complain("has .ans.statement without .ans.download");
        }
        let images = [".png", ".jpg", ".jpeg", ".svg"];
        if images.into_iter().filter(|ending| has(ending)).count() > 1 {
            complain("has more than one image");
        }
    }
}

fn group_settings(tree: &Tree, directory: &str, inherited: &Settings, report: &mut Report) -> Settings {
    let path = name::join(directory, GROUP_FILE);
    let Some(file) = tree.files.get(&path) else {
        return inherited.clone();
    };
    match text_file::read_yaml(file, &path, report) {
        Some(node) => settings::read_group(&node, &path, inherited, report),
        None => inherited.clone(),
    }
}

fn other_version(path: &str) -> Complaint {
    Complaint::about(
        path,
        "belongs to another version of the format; 2025-09 has test_group.yaml",
    )
}

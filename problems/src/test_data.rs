//! The test cases below `data/`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::comparator::Comparator;
use crate::complaint::{Complaint, Report};
use crate::grading::{Child, Group};
use crate::program::ProgramFile;
use crate::scoring::{self, OfGroup, OfGroups};
use crate::settings::{self, Rules, Settings};
use crate::tree::{Entry, Tree};
use crate::validation::ValidatorArgs;
use crate::{name, program, text_file};

/// A test case.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name below `data/`, without the ending, such as `secret/03-large`.
    pub name: String,
    /// Whether contestants may see it.
    pub sample: bool,
    /// Whether who fails it may see what is wrong, which tells of its secrets.
    pub full_feedback: bool,
    /// The input.
    pub input: PathBuf,
    /// The answer.
    pub answer: PathBuf,
    /// How the output is compared, where the package has no output validator of its own.
    pub comparator: Comparator,
    /// What the package's own output validators are given.
    pub validator_args: ValidatorArgs,
    /// What input validators are given, before what the submission is given.
    pub input_validator_args: ValidatorArgs,
    /// What the submission is given as arguments.
    pub args: Vec<String>,
    /// Files that the submission finds where it runs; they replace its own of the same name.
    pub files: Vec<ProgramFile>,
    /// What a contestant is shown instead of the input, where the author wants that.
    pub shown_input: Option<PathBuf>,
    /// What a contestant is shown instead of the answer, where the author wants that.
    pub shown_answer: Option<PathBuf>,
}

const GROUP_FILE: &str = "test_group.yaml";

/// The same of older versions, for any directory.
const OLD_GROUP_FILE: &str = "testdata.yaml";

/// What the directory of a case's files ends in.
const FILES: &str = ".files";

/// What a file of a case can end in; an ending stands before its own tails (`.in.statement` before `.statement`).
const ENDINGS: [&str; 15] = [
    ".in.statement",
    ".ans.statement",
    ".in.download",
    ".ans.download",
    ".interaction",
    ".in",
    ".ans",
    ".out",
    ".yaml",
    ".hint",
    ".desc",
    ".png",
    ".jpg",
    ".jpeg",
    ".svg",
];

/// The test data as it is judged.
#[derive(Debug, Default)]
pub(crate) struct TestData {
    /// Those of `sample`, then those of `secret`, each in the order of their names.
    pub(crate) cases: Vec<Case>,
    /// How they belong together.
    pub(crate) groups: Group,
    /// Conversations of samples.
    pub(crate) interactions: Vec<Interaction>,
}

/// A conversation between a program and the judge that contestants are shown. Lines that begin with `<` were written by the judge,
/// and those with `>` by the program; a line `---` is between two passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interaction {
    /// Its name below `data/`, without the ending: that of a sample, or one of its own.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}

/// Reads `data/`.
pub(crate) fn read(tree: &Tree, rules: &Rules, report: &mut Report) -> TestData {
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
            ("invalid_inputs", Entry::Directory) | (OLD_GROUP_FILE, Entry::File(_))
                if report.is_lenient() => {}
            (OLD_GROUP_FILE, Entry::File(_)) => report.complain(other_version(&path)),
            _ => report.warn(Complaint::about(path, "is not part of the format and is ignored")),
        }
    }
    let base = rules.settings(report);
    let settings = group_settings(tree, "data", &base, rules, report);
    let mut reader = Reader {
        tree,
        rules,
        report,
        cases: Vec::new(),
        interactions: Vec::new(),
        said: OfGroups::new(),
    };
    let sample = reader.directory("data/sample", &settings, Depth::Top);
    let samples = reader.cases.len();
    let secret = reader.directory("data/secret", &settings, Depth::Top);
    let (cases, secrets, interactions) = (reader.cases, samples, reader.interactions);
    let mut said = reader.said;
    if cases.len() == secrets && report.is_clean() {
        let complaint = Complaint::about("data/secret", "has no test case");
        if cases.is_empty() {
            report.complain(complaint);
        } else {
            report.object(complaint);
        }
    }
    let mut children = vec![Child::Group(sample), Child::Group(secret)];
    if settings.ignore_sample {
        children.remove(0);
    }
    let mut groups = group_of("", &settings, children);
    said.insert(String::new(), settings.scores);
    scoring::apply(&mut groups, &said, rules.scheme.as_ref(), rules.is_custom, report);
    TestData {
        cases,
        groups,
        interactions,
    }
}

/// The cases of another directory below `data/`, such as `valid_output`.
pub(crate) fn read_other(tree: &Tree, directory: &str, rules: &Rules, report: &mut Report) -> Vec<Case> {
    let mut ignored = Report::default();
    if report.is_lenient() {
        ignored.be_lenient();
    }
    let base = rules.settings(&mut ignored);
    let inherited = group_settings(tree, "data", &base, rules, &mut ignored);
    let mut reader = Reader {
        tree,
        rules,
        report,
        cases: Vec::new(),
        interactions: Vec::new(),
        said: OfGroups::new(),
    };
    reader.directory(&name::join("data", directory), &inherited, Depth::Top);
    reader.cases
}

/// An input that input validators must reject.
#[derive(Debug, Clone)]
pub struct InvalidInput {
    /// Its path below the package.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// What input validators are given, before what a submission would be given.
    pub validator_args: ValidatorArgs,
    /// What a submission would be given as arguments.
    pub args: Vec<String>,
    /// Files that a submission would find where it runs.
    pub files: Vec<ProgramFile>,
}

/// The inputs of `invalid_input`; the drafts have another name for it, too.
pub(crate) fn read_invalid_inputs(tree: &Tree, rules: &Rules, report: &mut Report) -> Vec<InvalidInput> {
    let mut inputs = Vec::new();
    for name in ["invalid_input", "invalid_inputs"] {
        let directory = name::join("data", name);
        let mut reader = Reader {
            tree,
            rules,
            report: &mut *report,
            cases: Vec::new(),
            interactions: Vec::new(),
            said: OfGroups::new(),
        };
        reader.invalid_inputs(&directory, &Settings::default(), &mut inputs);
    }
    inputs
}

fn group_of(name: &str, settings: &Settings, children: Vec<Child>) -> Group {
    Group {
        name: name.to_owned(),
        on_reject: settings.on_reject,
        mode: settings.mode,
        accept_if_any_accepted: settings.accept_if_any_accepted,
        children,
        ..Group::default()
    }
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
    rules: &'a Rules,
    report: &'a mut Report,
    cases: Vec<Case>,
    interactions: Vec<Interaction>,
    /// What groups say of scores.
    said: OfGroups,
}

/// The files of one case by their endings.
type Files<'a> = BTreeMap<&'static str, &'a str>;

impl<'a> Reader<'a> {
    fn directory(&mut self, directory: &str, inherited: &Settings, depth: Depth) -> Group {
        let settings = group_settings(self.tree, directory, inherited, self.rules, self.report);
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
        let mut children = Vec::new();
        for (child, is_directory) in names {
            let path = name::join(directory, child);
            if !is_directory {
                let ordinal = self.cases.len();
                self.case(directory, child, &cases[child], &settings);
                children.extend((ordinal..self.cases.len()).map(Child::Case));
            } else if let Some(case) = child.strip_suffix(FILES) {
                if !cases.contains_key(case) {
                    let what = format!("belongs to no test case: there is no {case}.in");
                    self.report.object(Complaint::about(path, what));
                }
            } else {
                let depth = if has_groups { Depth::Group } else { Depth::Plain };
                children.push(Child::Group(self.directory(&path, &settings, depth)));
            }
        }
        let name = directory.strip_prefix("data/").unwrap_or(directory);
        let group = group_of(name, &settings, children);
        let said = OfGroup {
            is_declared: depth == Depth::Group,
            ..settings.scores
        };
        self.said.insert(name.to_owned(), said);
        group
    }

    fn invalid_inputs(&mut self, directory: &str, inherited: &Settings, inputs: &mut Vec<InvalidInput>) {
        let settings = group_settings(self.tree, directory, inherited, self.rules, self.report);
        for (child, entry) in self.tree.children(directory) {
            let path = name::join(directory, child);
            match (entry, child.strip_suffix(".in")) {
                (Entry::Directory, _) if !child.ends_with(FILES) => {
                    self.invalid_inputs(&path, &settings, inputs);
                }
                (Entry::File(file), Some(case)) => {
                    let full = |ending: &str| name::join(directory, &format!("{case}{ending}"));
                    let settings = self.case_settings(&full(".yaml"), &settings);
                    inputs.push(InvalidInput {
                        path: file.path.clone(),
                        validator_args: settings.input_validator_args,
                        args: settings.args,
                        files: program::files_below(self.tree, &full(FILES)),
                        name: path,
                    });
                }
                _ => {}
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
        if groups.is_empty() || self.report.is_lenient() {
            return false; // Older versions have groups everywhere.
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
            OLD_GROUP_FILE if self.report.is_lenient() => return,
            OLD_GROUP_FILE => return self.report.complain(other_version(&path)),
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
            Some((case, ".hint" | ".desc")) if !self.report.is_lenient() => {
                let what = format!("is ignored: 2025-09 has the keys of {case}.yaml for that");
                self.report.warn(Complaint::about(path, what));
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
        self.interaction(&full(".interaction"));
        if !files.contains_key(".in") {
            // Of older versions, a conversation is enough for a sample to be shown.
            let is_shown = |ending: &str| {
                ending == ".interaction" && self.report.is_lenient() && self.rules.has_interactions
            };
            for ending in files
                .keys()
                .filter(|ending| !is_shown(ending))
                .copied()
                .collect::<Vec<_>>()
            {
                let what = format!("belongs to no test case: there is no {case}.in");
                let complaint = Complaint::about(full(ending), what);
                if ending == ".ans" {
                    self.report.complain(complaint); // A test that its author wanted is lost.
                } else {
                    self.report.object(complaint);
                }
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
        let is_sample = directory == "data/sample" || directory.starts_with("data/sample/");
        self.cases.push(Case {
            name: name.strip_prefix("data/").unwrap_or(&name).to_owned(),
            sample: is_sample,
            full_feedback: settings.full_feedback.unwrap_or(is_sample),
            input,
            answer,
            comparator: settings.comparator,
            validator_args: settings.validator_args,
            input_validator_args: settings.input_validator_args,
            args: settings.args,
            files: program::files_below(self.tree, &full(FILES)),
            shown_input: path(".in.statement"),
            shown_answer: path(".ans.statement").or_else(|| path(".out")),
        });
    }

    fn interaction(&mut self, path: &str) {
        let Some(file) = self.tree.files.get(path) else {
            return;
        };
        let name = path.strip_prefix("data/").unwrap_or(path);
        let name = name.strip_suffix(".interaction").unwrap_or(name).to_owned();
        if self.rules.has_interactions && name.starts_with("sample/") {
            self.interactions.push(Interaction {
                name,
                path: file.path.clone(),
            });
        }
    }

    fn case_settings(&mut self, path: &str, inherited: &Settings) -> Settings {
        let Some(file) = self.tree.files.get(path) else {
            return inherited.clone();
        };
        match text_file::read_yaml(file, path, self.report) {
            Some(node) => settings::read_case(&node, path, inherited, self.rules, self.report),
            None => inherited.clone(),
        }
    }

    /// The rules on what is shown and downloaded instead of a case's input and answer.
    fn check_display(&mut self, path: &str, files: &Files<'_>) {
        let has = |ending: &str| files.contains_key(ending);
        let mut complain = |what: &str| self.report.object(Complaint::about(path, what));
        if has(".interaction") {
            if !self.rules.has_interactions {
                complain("has an interaction, which is for interactive and multi-pass problems only");
            } else if [".in.statement", ".ans.statement", ".out"].into_iter().any(has) {
                complain("has an interaction, which is all that is shown, and other files to be shown");
            }
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

/// What holds in a directory: by the file of the version, in the drafts by the one that is there.
fn group_settings(
    tree: &Tree,
    directory: &str,
    inherited: &Settings,
    rules: &Rules,
    report: &mut Report,
) -> Settings {
    type Read = fn(&crate::yaml::Node, &str, &Settings, &Rules, &mut Report) -> Settings;
    let inherited = &Settings {
        scores: OfGroup {
            legacy: inherited.scores.legacy.clone(),
            ..OfGroup::default()
        },
        ..inherited.clone()
    };
    let (old, new) = (
        name::join(directory, OLD_GROUP_FILE),
        name::join(directory, GROUP_FILE),
    );
    let (path, read): (_, Read) = if report.is_lenient() && tree.files.contains_key(&old) {
        (old, settings::read_testdata)
    } else {
        (new, settings::read_group)
    };
    let Some(file) = tree.files.get(&path) else {
        return inherited.clone();
    };
    match text_file::read_yaml_with(&rules.constants, file, &path, report) {
        Some(node) => read(&node, &path, inherited, rules, report),
        None => inherited.clone(),
    }
}

fn other_version(path: &str) -> Complaint {
    Complaint::about(
        path,
        "belongs to another version of the format; 2025-09 has test_group.yaml",
    )
}

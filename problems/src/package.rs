//! A package as a whole.

use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use domain::{LanguageId, Limits, PackageHash, ProblemId, ProblemRecord, ProblemType, Timestamp, UserId};

use crate::archive::{self, Caps};
use crate::complaint::{Complaint, Refused, Report};
use crate::constants::Constants;
use crate::example::{self, Example};
use crate::grading::Group;
use crate::include::{self, Includes};
use crate::layout::{self, Statement, StatementFormat};
use crate::limits::{Inference, ValidationLimits, wall_us};
use crate::problem_yaml::{self, ProblemYaml};
use crate::program::Program;
use crate::score_demand::Best;
use crate::scoring::{Objective, Scheme};
use crate::self_test::KnownOutput;
use crate::settings::Rules;
use crate::test_data::{self, Case, Interaction, InvalidInput};
use crate::tree::Tree;
use crate::version::Version;
use crate::yaml::Value;
use crate::{
    domjudge, expected_results, hash, legacy_yaml, name, pack, presentation, scoring, self_test, tex_name,
    text_file, validation,
};

/// A problem package on disk, read and checked.
#[derive(Debug, Clone)]
pub struct Package {
    /// The directory that holds it.
    pub root: PathBuf,
    /// The directory's base name; for a zip, that of its top directory, where it has one.
    pub short_name: String,
    /// The version of the format that it is written in.
    pub version: Version,
    /// What `problem.yaml` calls it, wherever it is and whatever becomes of it. Only 2025-09 demands it.
    pub uuid: Option<String>,
    /// Its name, in English where there is one.
    pub name: String,
    /// What it is about, in its author's words.
    pub keywords: Vec<String>,
    /// How it is judged.
    pub types: Vec<ProblemType>,
    /// What a run may use.
    pub limits: Limits,
    /// How the time limit follows from the example submissions; `None` where the package states it.
    pub inference: Option<Inference>,
    /// All submitted files together, in bytes.
    pub code_bytes: u64,
    /// Languages allowed; `None` for all.
    pub languages: Option<Vec<LanguageId>>,
    /// Whether submissions may write files.
    pub allow_file_writing: bool,
    /// The statements, one a language.
    pub statements: Vec<Statement>,
    /// The test cases in the order of judging: samples first.
    pub cases: Vec<Case>,
    /// How the verdict of all is made of theirs.
    pub groups: Group,
    /// Which scores are better.
    pub objective: Objective,
    /// The program that makes the results of groups, where groups want one of the package's own.
    pub grader: Option<Program>,
    /// The programs that check outputs, all of which must accept; none stands for the default comparator.
    pub output_validators: Vec<Program>,
    /// What these may use.
    pub validation_limits: ValidationLimits,
    /// Words that stand for others in validators, in what is added to submissions, and in the examples.
    pub constants: Constants,
    /// How often a submission is run on a test case at most: once, but for multi-pass problems.
    pub passes: u32,
    /// The program that looks at the source of submissions.
    pub static_validator: Option<Program>,
    /// Conversations that show contestants how a program is talked to.
    pub interactions: Vec<Interaction>,
    /// Files that are added to submissions, by language.
    pub includes: Includes,
    /// The programs that check inputs, all of which must accept; those that can be run.
    pub input_validators: Vec<Program>,
    /// Inputs that at least one of them must reject.
    pub invalid_inputs: Vec<InvalidInput>,
    /// Outputs of which the package knows whether they are right.
    pub known_outputs: Vec<KnownOutput>,
    /// The example submissions.
    pub submissions: Vec<Example>,
    /// What is odd but not wrong.
    pub warnings: Vec<Complaint>,
}

impl Package {
    /// Reads and checks a package directory.
    ///
    /// The refusal lists everything that is wrong. What the format has and this judge does not do yet is wrong, too: a
    /// package is refused rather than judged in a way that its author did not mean.
    pub fn open(root: &Path) -> Result<Self, Refused> {
        let mut report = Report::default();
        let root = directory(root)?;
        let short_name = base_name(&root);
        if !name::is_valid_short_name(&short_name) {
            let what =
                format!("is called {short_name:?}; a package's name has lower-case letters and digits only");
            report.warn(Complaint::about("", what));
        }
        Self::read(root, short_name, report)
    }

    /// Reads a zip into `into` (an existing empty directory), then opens it.
    ///
    /// A zip's top directory, where everything is in one, is left out: `problem.yaml` is then in `into` itself. On a
    /// refusal, `into` holds what came before it, and is the caller's to delete.
    pub fn unzip<R: Read + Seek>(zip: R, into: &Path, caps: &Caps) -> Result<Self, Refused> {
        let root = directory(into)?;
        let mut report = Report::default();
        let top = archive::unzip(zip, &root, caps, &mut report)?;
        let short_name = top.unwrap_or_else(|| base_name(&root));
        Self::read(root, short_name, report)
    }

    /// Whether submissions talk to the output validator.
    pub fn is_interactive(&self) -> bool {
        self.types.contains(&ProblemType::Interactive)
    }

    /// Whether submissions are outputs, and no programs.
    pub fn takes_answers(&self) -> bool {
        self.types.contains(&ProblemType::SubmitAnswer)
    }

    /// Whether submissions get scores.
    pub fn is_scoring(&self) -> bool {
        self.types.contains(&ProblemType::Scoring)
    }

    /// The problem that this package makes, stored at `at` by `owner`; `hash` is the package's.
    pub fn record(&self, id: ProblemId, owner: UserId, hash: PackageHash, at: Timestamp) -> ProblemRecord {
        ProblemRecord {
            id,
            name: self.name.clone(),
            types: self.types.clone(),
            limits: self.limits.clone(),
            code_bytes: self.code_bytes,
            languages: self.languages.clone(),
            test_cases: u32::try_from(self.cases.len()).unwrap_or(u32::MAX),
            max_score: self.groups.max_score,
            keywords: self.keywords.clone(),
            package: hash,
            owner,
            is_hidden: false,
            band: domain::Band::Interactive,
            tag: domain::WorkerTag::default(),
            created_at: at,
            updated_at: at,
        }
    }

    /// Sets the time limit that follows from the slowest accepted example submission, where the package states none. Gives
    /// it in microseconds.
    pub fn infer_time_limit(&mut self, slowest_us: u64) -> Option<u64> {
        let cpu_us = self.inference?.cpu_us(slowest_us);
        self.set_time_limit(cpu_us);
        Some(cpu_us)
    }

    /// Sets the time limit, in microseconds, and the limit on wall-clock time that goes with it.
    pub fn set_time_limit(&mut self, cpu_us: u64) {
        self.limits.cpu_us = cpu_us;
        self.limits.wall_us = wall_us(cpu_us);
    }

    /// The same with one of its cases, by its place in the list: for who wants to know what a judgement left out.
    #[must_use]
    pub fn only(&self, case: usize) -> Self {
        Self {
            groups: self.groups.only(case),
            ..self.clone()
        }
    }

    /// The content hash that names the package: the same for a directory and for its zip, with or without links.
    pub fn hash(&self) -> std::io::Result<PackageHash> {
        hash::of(&self.tree()?)
    }

    /// Writes the package as a zip that [`Package::unzip`] reads; the same bytes for the same files.
    pub fn zip<W: Write + Seek>(&self, to: W) -> std::io::Result<()> {
        pack::write(&self.tree()?, to)
    }

    fn read(root: PathBuf, short_name: String, mut report: Report) -> Result<Self, Refused> {
        let tree = Tree::walk(&root, &mut report);
        if tree.is_cut {
            report.finish()?;
            return Err(Refused::because(Complaint::about(
                "",
                "cannot be read to its end",
            )));
        }
        let (version, yaml) = read_problem_yaml(&tree, &mut report);
        layout::check(&tree, version, &mut report);
        let is_custom = yaml.as_ref().and_then(|yaml| yaml.is_custom);
        let types = yaml.as_ref().map_or(&[][..], |yaml| &yaml.types);
        let validation = validation::read(&tree, version, is_custom, types, &mut report);
        let mut rules = Rules {
            is_custom: validation.is_custom,
            has_static_validator: validation.static_validator.is_some(),
            has_interactions: validation::has_interactions(types),
            ..Rules::default()
        };
        let mut statements = Vec::new();
        if let Some(yaml) = &yaml {
            statements = layout::statements(&tree, yaml, &mut report);
            rules.validator_flags.clone_from(&yaml.validator_flags);
            rules.flags_line = yaml.flags_line;
            rules.constants = yaml.constants.clone();
            rules.scheme = scheme(yaml, &tree);
            rules.on_reject = yaml.on_reject;
        }
        let includes = include::read(&tree, &mut report);
        let data = test_data::read(&tree, &rules, &mut report);
        let known_outputs = self_test::check(&tree, &rules, &mut report);
        let invalid_inputs = test_data::read_invalid_inputs(&tree, &rules, &mut report);
        let mut input_validators = validation::read_input_validators(&tree, &mut report);
        let grader = scoring::read_grader(&tree, &data.groups, &mut report);
        let best = Best::of(&data.groups, &rules, version);
        let submissions = example::read(&tree, version, best, &mut report);
        let warnings = report.finish()?;
        let mut validators = validation.validators;
        let mut static_validator = validation.static_validator;
        let Some(yaml) = yaml else {
            let what = "cannot be read";
            return Err(Refused::because(Complaint::about(problem_yaml::FILE, what)));
        };
        let all = validators.iter_mut().chain(&mut input_validators);
        for validator in all.chain(&mut static_validator) {
            validator.constants.clone_from(&yaml.constants);
        }
        Ok(Self {
            root,
            name: display_name(&yaml)
                .or_else(|| statement_name(&statements))
                .unwrap_or_else(|| short_name.clone()),
            short_name,
            version: yaml.version,
            uuid: yaml.uuid,
            keywords: presentation::keywords(&tree),
            types: yaml.types,
            limits: yaml.limits,
            inference: yaml.inference,
            code_bytes: yaml.code_bytes,
            languages: yaml.languages,
            allow_file_writing: yaml.allow_file_writing,
            statements,
            cases: data.cases,
            groups: data.groups,
            objective: rules.objective(),
            grader,
            output_validators: validators,
            validation_limits: yaml.validation_limits,
            constants: yaml.constants,
            passes: yaml.passes,
            static_validator,
            interactions: data.interactions,
            includes,
            input_validators,
            invalid_inputs,
            known_outputs,
            submissions,
            warnings,
        })
    }

    /// The files as they are now.
    fn tree(&self) -> std::io::Result<Tree> {
        let mut report = Report::default();
        let tree = Tree::walk(&self.root, &mut report);
        match report.finish() {
            Ok(_) => Ok(tree),
            Err(refused) => Err(std::io::Error::other(refused.to_string())),
        }
    }
}

/// The version, and what `problem.yaml` says. Where there is none, DOMjudge's settings do.
pub(crate) fn read_problem_yaml(tree: &Tree, report: &mut Report) -> (Version, Option<ProblemYaml>) {
    let newest = Version::Y2025M09;
    let Some(file) = tree.files.get(problem_yaml::FILE) else {
        if tree.files.contains_key(domjudge::INI_FILE) {
            let extras = domjudge::read(tree, report);
            report.warn(Complaint::about(problem_yaml::FILE, "is missing"));
            return (Version::Legacy, Some(legacy_yaml::without_file(&extras, report)));
        }
        report.complain(Complaint::about(problem_yaml::FILE, "is missing"));
        return (by_looks(tree, report), None);
    };
    let Some(node) = text_file::read_yaml(file, problem_yaml::FILE, report) else {
        return (by_looks(tree, report), None);
    };
    let is_older = problem_yaml::version(&node) != Some(newest);
    if matches!(node.value, Value::Null) && by_looks(tree, report) == Version::Legacy {
        // Every key may be missing there. A newer package without any has lost its settings.
        report.warn(Complaint::about(problem_yaml::FILE, "is empty").at_line(1));
        let extras = domjudge::read(tree, report);
        return (Version::Legacy, Some(legacy_yaml::without_file(&extras, report)));
    }
    let extras = if is_older {
        domjudge::read(tree, report)
    } else {
        domjudge::Extras::default()
    };
    let (version, yaml) = problem_yaml::read(&node, &extras, report);
    (version.unwrap_or(newest), yaml)
}

/// The version where the file that tells it cannot be read: the rest is not to be complained of by the rules of another.
fn by_looks(tree: &Tree, report: &mut Report) -> Version {
    let is_old = ["problem_statement", "output_validators", "graders"];
    if is_old
        .iter()
        .any(|directory| !tree.children(directory).is_empty())
    {
        report.be_lenient();
        Version::Legacy
    } else {
        Version::Y2025M09
    }
}

/// How scores are read. Where there are signs of DOMjudge, by its rules.
fn scheme(yaml: &ProblemYaml, tree: &Tree) -> Option<Scheme> {
    let mut scheme = yaml.scheme.clone()?;
    scheme.is_domjudge = yaml.version == Version::Legacy
        && (tree.files.contains_key(domjudge::INI_FILE) || expected_results::has_scores(tree));
    Some(scheme)
}

fn display_name(yaml: &ProblemYaml) -> Option<String> {
    let name = yaml.names.get("en").or_else(|| yaml.names.values().next());
    name.cloned()
}

/// The name that a LaTeX statement gives, in English where there is one.
fn statement_name(statements: &[Statement]) -> Option<String> {
    let mut statements: Vec<&Statement> = statements.iter().collect();
    statements.sort_by_key(|statement| statement.language != "en");
    let of = |statement: &&Statement| {
        let bytes = std::fs::read(&statement.path).ok()?;
        tex_name::find(&String::from_utf8_lossy(&bytes))
    };
    let mut latex = statements
        .iter()
        .filter(|statement| statement.format == StatementFormat::Latex);
    latex.find_map(of)
}

/// The directory's real path.
fn directory(path: &Path) -> Result<PathBuf, Refused> {
    let shown = path.display();
    let refuse = |what: String| Refused::because(Complaint::about("", what));
    let real = path
        .canonicalize()
        .map_err(|error| refuse(format!("{shown} cannot be opened: {error}")))?;
    if real.is_dir() {
        Ok(real)
    } else {
        Err(refuse(format!("{shown} is not a directory")))
    }
}

fn base_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

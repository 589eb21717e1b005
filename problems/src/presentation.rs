//! What people are shown of a package: statements, samples, attachments; none of what is secret.
//!
//! It is read from the stored zip without inflating the rest of it, which can be a gigabyte of test data. The package was
//! checked when it was uploaded, so that nothing is complained of here: what cannot be read is not shown.

use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use domain::ProblemType;

use crate::archive::{self, Caps};
use crate::complaint::{Refused, Report};
use crate::constants::Constants;
use crate::layout::{self, Statement};
use crate::package::read_problem_yaml;
use crate::tree::Tree;
use crate::yaml::{Node, Value};
use crate::{domjudge, name, problem_yaml, text_file};

/// The directories that hold what is shown.
const DIRECTORIES: [&str; 4] = ["statement", "problem_statement", "attachments", "data/sample"];

/// The files at the top that are needed to show it.
const FILES: [&str; 3] = [problem_yaml::FILE, domjudge::INI_FILE, "problem.pdf"];

/// What people are shown of a package. Its files are in the directory that it was unpacked to.
#[derive(Debug, Clone, Default)]
pub struct Presentation {
    /// The problem's names by language tag; none where only a statement in LaTeX tells.
    pub names: BTreeMap<String, String>,
    /// How it is judged.
    pub types: Vec<ProblemType>,
    /// The statements, one a language.
    pub statements: Vec<Statement>,
    /// Words that stand for others in statements.
    pub constants: Constants,
    /// The samples in the order of their names.
    pub samples: Vec<Sample>,
    /// What lies beside the statements: pictures.
    pub pictures: Vec<Shown>,
    /// What contestants may download.
    pub attachments: Vec<Shown>,
    /// What it is about, in the author's words.
    pub keywords: Vec<String>,
    /// Who made it, where that is one text or a list of names.
    pub authors: Vec<String>,
    /// Under which terms; `unknown` is told as nothing.
    pub license: Option<String>,
    /// Where it was first used.
    pub source: Option<String>,
}

/// A file that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its name, without directories.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// In bytes.
    pub length: u64,
}

/// A sample: an input with its answer, or a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Its name below `data/sample`, without the ending.
    pub name: String,
    /// What is shown as the input.
    pub input: Option<PathBuf>,
    /// What is shown as the answer.
    pub answer: Option<PathBuf>,
    /// The conversation that is shown instead of both; see [`Interaction`](crate::Interaction).
    pub interaction: Option<PathBuf>,
}

impl Presentation {
    /// Reads what is shown from a stored zip into `into`, an existing empty directory.
    pub fn unzip<R: Read + Seek>(zip: R, into: &Path, caps: &Caps) -> Result<Self, Refused> {
        archive::unzip_some(zip, into, caps, is_shown)?;
        Ok(Self::read(into))
    }

    /// Reads what is shown of an unpacked package.
    pub fn read(root: &Path) -> Self {
        let mut report = Report::default();
        let tree = Tree::walk(root, &mut report);
        let (_, yaml) = read_problem_yaml(&tree, &mut report);
        let node = settings(&tree);
        let node = node.as_ref();
        let statements = yaml
            .as_ref()
            .map(|yaml| layout::statements(&tree, yaml, &mut report))
            .unwrap_or_default();
        let types = yaml.as_ref().map(|yaml| yaml.types.clone()).unwrap_or_default();
        let talks = types.contains(&ProblemType::Interactive);
        Self {
            samples: samples(&tree, talks),
            types,
            statements,
            pictures: pictures(&tree),
            attachments: files_in(&tree, "attachments"),
            keywords: keywords(&tree),
            authors: node.map(authors).unwrap_or_default(),
            license: node
                .and_then(|node| text(get(node, "license")?))
                .filter(|license| license != "unknown"),
            source: node.and_then(|node| named(get(node, "source")?).into_iter().next()),
            names: yaml.as_ref().map(|yaml| yaml.names.clone()).unwrap_or_default(),
            constants: yaml.map(|yaml| yaml.constants).unwrap_or_default(),
        }
    }
}

fn is_shown(path: &str) -> bool {
    let is_below = |directory: &str| {
        path.strip_prefix(directory)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    FILES.contains(&path) || DIRECTORIES.iter().any(|directory| is_below(directory))
}

fn pictures(tree: &Tree) -> Vec<Shown> {
    let mut pictures = files_in(tree, "statement");
    pictures.extend(files_in(tree, "problem_statement"));
    pictures.retain(|file| {
        let ending = file.name.rsplit_once('.').map(|(_, ending)| ending);
        ending.is_some_and(|ending| {
            ["png", "jpg", "jpeg", "gif", "svg", "webp"]
                .iter()
                .any(|known| ending.eq_ignore_ascii_case(known))
        })
    });
    pictures
}

/// The files of a directory, and of those below it; of two of one name, the first.
fn files_in(tree: &Tree, directory: &str) -> Vec<Shown> {
    let mut files: Vec<Shown> = tree
        .below(directory)
        .map(|(path, file)| Shown {
            name: name::split(path).1.to_owned(),
            path: file.path.clone(),
            length: file.length,
        })
        .collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files.dedup_by(|a, b| a.name == b.name);
    files
}

/// The samples. Inputs and answers of problems whose programs talk are never shown.
fn samples(tree: &Tree, talks: bool) -> Vec<Sample> {
    let mut samples: BTreeMap<String, Sample> = BTreeMap::new();
    for ending in [
        ".interaction",
        ".in.statement",
        ".in",
        ".ans.statement",
        ".out",
        ".ans",
    ] {
        for (path, file) in tree.below("data/sample") {
            let Some(name) = path.strip_suffix(ending) else {
                continue;
            };
            if talks && ending != ".interaction" {
                continue;
            }
            let sample = samples.entry(name.to_owned()).or_insert_with(|| Sample {
                name: name.to_owned(),
                input: None,
                answer: None,
                interaction: None,
            });
            let place = match ending {
                ".interaction" => &mut sample.interaction,
                ".in.statement" | ".in" => &mut sample.input,
                _ => &mut sample.answer,
            };
            // What is shown instead comes before what it is shown for.
            place.get_or_insert_with(|| file.path.clone());
        }
    }
    samples.into_values().collect()
}

fn get<'a>(node: &'a Node, wanted: &str) -> Option<&'a Node> {
    let Value::Map(entries) = &node.value else {
        return None;
    };
    let found = entries.iter().find(|(key, _)| key.text == wanted);
    found.map(|(_, value)| value)
}

fn text(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        _ => None,
    }
}

/// `problem.yaml`; what is wrong with it was told when the package was checked.
fn settings(tree: &Tree) -> Option<Node> {
    let file = tree.files.get(problem_yaml::FILE)?;
    text_file::read_yaml(file, problem_yaml::FILE, &mut Report::default())
}

/// What a package says that it is about: a list of texts; older versions have them in one text, with spaces between.
pub(crate) fn keywords(tree: &Tree) -> Vec<String> {
    const MOST: usize = 20;
    const LONGEST: usize = 60;
    let settings = settings(tree);
    let keywords = settings.as_ref().and_then(|node| get(node, "keywords"));
    let keywords: Vec<String> = match keywords.map(|node| &node.value) {
        Some(Value::List(list)) => list.iter().filter_map(text).collect(),
        Some(Value::Text(list)) => list.split_whitespace().map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let is_fit = |word: &String| word.chars().count() <= LONGEST && !word.contains(char::is_control);
    keywords.into_iter().filter(is_fit).take(MOST).collect()
}

fn authors(node: &Node) -> Vec<String> {
    let credits = get(node, "credits").or_else(|| get(node, "author"));
    let authors = credits.map(|node| get(node, "authors").unwrap_or(node));
    let without_mail = |person: String| {
        let name = person.split('<').next().unwrap_or_default().trim();
        name.to_owned()
    };
    authors
        .map(named)
        .unwrap_or_default()
        .into_iter()
        .map(without_mail)
        .collect()
}

/// The names of one or several things that are a text, or have a `name`.
fn named(node: &Node) -> Vec<String> {
    match &node.value {
        Value::List(list) => list.iter().flat_map(named).collect(),
        Value::Map(_) => get(node, "name").and_then(text).into_iter().collect(),
        _ => text(node).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn write(root: &Path, files: &[(&str, &str)]) {
        for (path, content) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }

    const YAML: &str = "problem_format_version: 2025-09\nname: {en: Adding, sv: Plus}\ntype: pass-fail\n\
                        uuid: 7692f806-cf27-4413-8ac6-becb7933ffb2\nlicense: cc0\nkeywords: [easy, two words]\n\
                        credits: {authors: [Ann <ann@example.org>, {name: Bob}]}\nlimits: {time_limit: 1}\n";

    #[test]
    fn what_is_shown_of_a_package_holds_no_secret() {
        let root = tempfile::tempdir().unwrap();
        write(
            root.path(),
            &[
                ("problem.yaml", YAML),
                ("statement/problem.en.md", "Add."),
                ("statement/problem.sv.md", "Addera."),
                ("statement/map.png", "png"),
                ("attachments/kit.zip", "zip"),
                ("data/sample/1.in", "1 2"),
                ("data/sample/1.ans", "3"),
                ("data/sample/2.in", "secret form"),
                ("data/sample/2.in.statement", "shown form"),
                ("data/sample/2.in.download", "x"),
                ("data/secret/1.in", "9 9"),
                ("data/secret/1.ans", "18"),
                ("submissions/accepted/a.py", "print()"),
            ],
        );
        let mut zip = std::io::Cursor::new(Vec::new());
        let tree = Tree::walk(root.path(), &mut Report::default());
        crate::pack::write(&tree, &mut zip).unwrap();
        let into = tempfile::tempdir().unwrap();
        let shown = Presentation::unzip(zip, into.path(), &Caps::default()).unwrap();

        assert!(!into.path().join("data/secret").exists());
        assert!(!into.path().join("submissions").exists());
        let languages: Vec<_> = shown.statements.iter().map(|s| s.language.as_str()).collect();
        assert_eq!(languages, ["en", "sv"]);
        assert_eq!(shown.names["sv"], "Plus");
        assert_eq!(shown.keywords, ["easy", "two words"]);
        assert_eq!(shown.authors, ["Ann", "Bob"]);
        assert_eq!(shown.license.as_deref(), Some("cc0"));
        assert_eq!(shown.pictures[0].name, "map.png");
        assert_eq!(shown.attachments[0].name, "kit.zip");
        let read = |path: &Option<PathBuf>| fs::read_to_string(path.as_ref().unwrap()).unwrap();
        assert_eq!(read(&shown.samples[0].answer), "3");
        assert_eq!(read(&shown.samples[1].input), "shown form");
    }

    #[test]
    fn programs_that_talk_are_shown_conversations_alone() {
        let root = tempfile::tempdir().unwrap();
        let yaml = YAML.replace("pass-fail", "interactive");
        write(
            root.path(),
            &[
                ("problem.yaml", yaml.as_str()),
                ("data/sample/1.in", "the secret number"),
                ("data/sample/1.ans", "the secret number"),
                ("data/sample/1.interaction", "<1\n>2\n"),
            ],
        );
        let shown = Presentation::read(root.path());
        assert_eq!(shown.samples.len(), 1);
        assert_eq!(
            (&shown.samples[0].input, &shown.samples[0].answer),
            (&None, &None)
        );
        assert!(shown.samples[0].interaction.is_some());
    }
}

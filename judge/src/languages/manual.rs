//! The manual of the languages (`docs/languages.md`), made of the table.

use std::fmt::Write as _;

use super::definition::{Definition, Entry, When};
use super::{Languages, builtin};

const BEGINNING: &str = "\
# Languages

This page is made of the table in `judge/languages`, a file for each language; `cargo run -p cli -- languages --manual >
docs/languages.md` makes it anew. [judge/languages/README.md](../judge/languages/README.md) tells what may stand in such a file.

`gavel languages` tells which languages are here, in which version, and what brings the others; with `--check` it compiles and runs two
programs of each in the sandbox, under the limits of a problem that sets none. A worker does so by itself, and offers a language
only once its programs have passed; what passed is kept until a definition or a tool changes. What is submitted in a language that is
still to be tried out waits. `--no-self-tests` offers what is here as it is.

## One more

An operator writes `ID.toml` into a directory of his own, and starts workers (and the API, so that it knows the language without a
worker) with `--languages DIRECTORY` or `GAVEL_LANGUAGES`:

    name = \"Sed\"
    extensions = [\"sed\"]
    main = \"main.sed\"

    [[tools]]
    program = \"sed\"
    version = [\"--version\"]

    [run]
    command = [\"sed\", \"-f\", \"{source}\"]

Keys of a file that is called as a built-in one replace that one's; `offered = false` takes the language away. A mistake is told with
file, line and key. A worker reads the directory again within seconds of a change; where that has a mistake, it says so in its log and
goes on with the languages of before. `gavel languages --languages DIRECTORY --check ID` tries a language out.

## What is fair

Memory, processes and time that a run-time needs for itself are given beyond the problem's limits, each with the reason below. Stacks
may grow up to the memory limit in every language that lets them.

";

impl Languages {
    /// The manual, in Markdown. Versions are those that were measured when the table was last tried out as a whole.
    pub fn manual(&self) -> String {
        let mut text = BEGINNING.to_owned();
        let versions = builtin::versions();
        text.push_str("| language | id | endings | tried out with |\n|---|---|---|---|\n");
        for definition in self.definitions() {
            let id = definition.id.as_str();
            let version = versions.iter().find(|(known, _)| known == id);
            let version = version.map_or("–", |(_, version)| version);
            let name = &definition.name;
            let endings = dotted(&definition.extensions);
            let _ = writeln!(
                text,
                "| [{name}](#{id}) | `{id}` | {endings} | {} |",
                escaped(version)
            );
        }
        for definition in self.definitions() {
            describe(&mut text, definition);
        }
        text
    }
}

fn describe(text: &mut String, definition: &Definition) {
    let Definition { id, name, .. } = definition;
    let _ = write!(
        text,
        "\n### <a id=\"{id}\"></a>{name}\n\n{}\n\n",
        definition.entry_rule
    );
    let mut row = |key: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "- {key}: {value}");
        }
    };
    row("also called", &definition.aliases.join(", "));
    row(
        "endings of other languages that it takes",
        &dotted(&definition.also),
    );
    let install = &definition.install;
    for (manager, packages) in [
        ("Debian", &install.apt),
        ("npm", &install.npm),
        ("PyPI", &install.pip),
    ] {
        row(&format!("packages of {manager}"), &code(packages));
    }
    if let Some(compile) = &definition.compile {
        let when = match compile.when {
            When::First => "compiled by",
            When::FirstCaseFails => "checked, where the first test case fails, by",
        };
        row(when, &compile.command.shown());
    }
    row("run by", &definition.run.shown());
    if definition.entry == Some(Entry::MainClass) {
        row("entry point", "the name of a class can be given");
    }
    row("beyond the problem's limits", &adjustments(definition));
}

fn adjustments(definition: &Definition) -> String {
    let adjust = &definition.adjust;
    let mut parts = Vec::new();
    if adjust.time_factor > 1.0 {
        parts.push(format!("{} times the time", adjust.time_factor));
    }
    if adjust.extra_memory > 0 {
        parts.push(format!("{} MiB of memory", adjust.extra_memory >> 20));
    }
    if adjust.extra_processes > 0 {
        parts.push(format!("{} processes and threads", adjust.extra_processes));
    }
    if parts.is_empty() {
        return String::new();
    }
    format!("{}, because {}", parts.join(", "), adjust.reason)
}

fn dotted(endings: &[String]) -> String {
    let endings: Vec<String> = endings.iter().map(|ending| format!("`.{ending}`")).collect();
    endings.join(" ")
}

fn code(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(" ")
}

/// What may stand in a cell of a table.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}

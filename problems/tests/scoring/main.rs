//! Scores: what packages say of them, what is wrong with that, and what verdicts of cases come to.

#![cfg(test)]

mod examples;
#[path = "../fixture/mod.rs"]
mod fixture;
mod groups;
mod older;
mod refused_groups;

use domain::{Score, Verdict};
use fixture::{Files, PROBLEM_YAML, accepted, files, open, remove, set};
use problems::{CaseResult, Grading, Package, Reported, Step};

const GROUP: &str = "test_group.yaml";

/// The small package as a scoring problem of 2025-09 with those files below `data/secret`: `a/1` is a case, and
/// `a: text` is the group file of `a`.
fn modern(secret: &[(&str, &str)]) -> Files {
    let mut files = files();
    set(
        &mut files,
        "problem.yaml",
        &format!("{PROBLEM_YAML}type: scoring\n"),
    );
    below(&mut files, secret, GROUP);
    files
}

/// The same of an older version.
fn legacy(yaml: &str, secret: &[(&str, &str)]) -> Files {
    let mut files = files();
    remove(&mut files, "statement");
    set(&mut files, "problem_statement/problem.en.tex", "x\n");
    set(
        &mut files,
        "problem.yaml",
        &format!("name: x\ntype: scoring\n{yaml}"),
    );
    below(&mut files, secret, "testdata.yaml");
    files
}

fn below(files: &mut Files, secret: &[(&str, &str)], group_file: &str) {
    files.retain(|(path, _)| !path.starts_with("data/secret"));
    for (name, text) in secret {
        if text.is_empty() {
            set(files, &format!("data/secret/{name}.in"), "1\n");
            set(files, &format!("data/secret/{name}.ans"), "1\n");
        } else {
            set(
                files,
                &format!("data/{name}/{group_file}").replace("//", "/"),
                text,
            );
        }
    }
}

fn with_validator(mut files: Files) -> Files {
    set(&mut files, "output_validator/check.py", "raise SystemExit(42)\n");
    files
}

/// What becomes of a case, as the rows write it: a verdict, and after it `=` a score or `*` a factor of the validator.
fn given(text: &str) -> (Verdict, Reported) {
    let (verdict, rest) = text.split_at(text.find(['=', '*']).unwrap_or(text.len()));
    let number = |sign: char| rest.strip_prefix(sign).and_then(problems::score_of);
    let reported = Reported {
        score: number('='),
        multiplier: number('*'),
    };
    (verdict.parse().unwrap(), reported)
}

/// What becomes of a case by the rows.
fn result_of(name: &str, score: problems::CaseScore, results: &str) -> Result<CaseResult, String> {
    let mut pairs = results.split_whitespace().filter_map(|one| one.split_once(':'));
    let text = pairs
        .find(|(case, _)| name.ends_with(case))
        .map_or("AC", |(_, text)| text);
    let (verdict, reported) = given(text);
    Ok(CaseResult {
        verdict,
        score: score.of(verdict, reported)?,
        is_given: reported.is_any(),
    })
}

/// Judges: the results of cases by their names' ends; what is not named is AC. Custom graders answer with the number of
/// their children. The result as `AC 40: sample=AC a=AC/10/10 …`; what is the package's fault as `JE: …`.
fn judge(package: &Package, results: &str) -> String {
    let mut grading = Grading::new(&package.groups);
    loop {
        let step = match grading.next_step() {
            Ok(Some(step)) => step,
            Ok(None) => break,
            Err(impossible) => return format!("JE: {impossible}"),
        };
        let result = match step {
            Step::Case { case, score } => result_of(&package.cases[case].name, score, results),
            Step::Static(look) => result_of("static", look.score, results),
            Step::Grader { children, args, .. } => Ok(CaseResult {
                verdict: children.last().unwrap().0,
                score: Some(Score::from(
                    u32::try_from(children.len() * 10 + args.len()).unwrap(),
                )),
                is_given: false,
            }),
        };
        match result {
            Ok(result) => grading.record(result),
            Err(what) => return format!("JE: {what}"),
        }
    }
    let outcome = grading.outcome().unwrap();
    let show = |score: Option<Score>| score.map_or("-".to_owned(), |score| score.to_string());
    let groups = grading.results().iter().map(|group| {
        let verdict = group
            .verdict
            .map_or("-".to_owned(), |verdict| verdict.to_string());
        let name = group.name.strip_prefix("secret/").unwrap_or(&group.name);
        match (group.score, group.max_score) {
            (None, None) => format!(" {name}={verdict}"),
            (score, max) => format!(" {name}={verdict}/{}/{}", show(score), show(max)),
        }
    });
    let groups: String = groups.collect();
    format!("{} {}:{groups}", outcome.verdict, show(outcome.score))
}

fn check_judging(files: &Files, rows: &[(&str, &str)]) {
    let package = accepted(open(files));
    for (results, expected) in rows {
        assert_eq!(judge(&package, results), *expected, "{results}");
    }
}

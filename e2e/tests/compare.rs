//! `gavel compare`: the default output validator as other judges call it.

#![cfg(test)]

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use anyhow::{Context as _, Result, ensure};
use e2e::gavel::gavel;

/// Runs it on an output and an answer. `feedback` is what is given as the feedback directory.
fn compare(home: &Path, output: &[u8], answer: &[u8], flags: &[&str]) -> Result<Output> {
    let path = |name: &str| home.join(name).display().to_string();
    fs::write(path("case.in"), "in\n")?;
    fs::write(path("case.ans"), answer)?;
    fs::write(path("case.out"), output)?;
    if Path::new(&path("feedback")).exists() {
        fs::remove_dir_all(path("feedback"))?;
    }
    fs::create_dir(path("feedback"))?;
    let (input, answer, feedback) = (
        path("case.in"),
        path("case.ans"),
        format!("{}/", path("feedback")),
    );
    let mut arguments = vec!["compare", &input, &answer, &feedback];
    arguments.extend(flags);
    Ok(gavel(&arguments)?.stdin(File::open(path("case.out"))?).output()?)
}

/// Output, answer, flags; and where it is wrong, the bytes and words of the first difference.
type Row<'a> = (&'a str, &'a str, &'a str, Option<(&'a str, &'a str)>);

const ROWS: [Row<'static>; 34] = [
    ("1 2\n", "1 2\n", "", None),
    ("", "", "", None),
    (" 1\t2 \r\n\x0b\x0c", "1 2", "", None),
    ("Yes", "YES", "", None),
    ("Yes\n", "YES\n", "case_sensitive", Some(("1 1", "\"Yes\""))),
    ("1 3\n", "1 2\n", "", Some(("2 2", "line 1"))),
    ("1\n", "1 2\n", "", Some(("2 2", "ends where the answer"))),
    ("1 2 3\n", "1 2\n", "", Some(("4 4", "goes on with \"3\""))),
    ("a\nb\nc\n", "a\nb\nd\n", "", Some(("4 4", "line 3"))),
    // Bytes, not Unicode.
    ("1\u{a0}2", "1 2", "", Some(("1 1", "line 1"))),
    ("a\0b", "a\0b", "", None),
    ("a\0b", "a\0c", "", Some(("2 2", "line 1"))),
    ("é", "É", "", Some(("1 1", "line 1"))),
    // White space.
    (
        "1  2\n",
        "1 2\n",
        "space_change_sensitive",
        Some(("2 2", "space")),
    ),
    (
        "1 2\n\n",
        "1 2\n",
        "space_change_sensitive",
        Some(("4 4", "line feed")),
    ),
    (
        " 1 2\n",
        "1 2\n",
        "space_change_sensitive",
        Some(("0 0", "space")),
    ),
    ("1 2\n", "1 2\n", "space_change_sensitive", None),
    ("A b\n", "a B\n", "space_change_sensitive", None),
    // Numbers.
    ("0.0", "0", "", Some(("1 1", "line 1"))),
    ("0.0", "0", "float_tolerance 0", None),
    ("1.1", "1", "float_absolute_tolerance 0.1", None),
    (
        "1.1000001",
        "1",
        "float_absolute_tolerance 0.1",
        Some(("0 0", "too far off")),
    ),
    ("110", "100", "float_relative_tolerance 1e-1", None),
    (
        "111",
        "100",
        "float_relative_tolerance 1e-1",
        Some(("0 0", "too far off")),
    ),
    (
        "0.05",
        "0",
        "float_relative_tolerance 1",
        Some(("0 0", "too far off")),
    ),
    (
        "0.05",
        "0",
        "float_relative_tolerance 1e-9 float_absolute_tolerance 0.1",
        None,
    ),
    ("x", "1.0", "float_tolerance 1e-6", Some(("0 0", "not a number"))),
    ("1.0", "x", "float_tolerance 1e-6", Some(("0 0", "line 1"))),
    ("INF", "inf", "float_tolerance 1e-6", None),
    ("infinity", "inf", "float_tolerance 1e-6", Some(("3 3", "line 1"))),
    ("0x1", "1", "float_tolerance 1e-6", Some(("0 0", "not a number"))),
    (".5e1 +5", "5. 5", "float_tolerance 1e-6", None),
    (
        "1e999999999",
        "1e-999999999",
        "float_absolute_tolerance 1",
        Some(("0 0", "too far off")),
    ),
    (
        "123456789012345678901234567890.123456789012345678901234567890",
        "123456789012345678901234567890.123456789012345678901234567891",
        "float_absolute_tolerance 1e-29",
        None,
    ),
];

#[test]
fn it_answers_by_exit_code_and_tells_where_an_output_is_wrong() -> Result<()> {
    let home = tempfile::tempdir()?;
    for (output, answer, flags, wrong) in ROWS {
        let flags: Vec<&str> = flags.split_whitespace().collect();
        let done = compare(home.path(), output.as_bytes(), answer.as_bytes(), &flags)?;
        let row = format!("{output:?} {answer:?} {flags:?}");
        let expected = if wrong.is_some() { 43 } else { 42 };
        ensure!(done.status.code() == Some(expected), "{row}: {done:?}");
        ensure!(
            done.stdout.is_empty() && done.stderr.is_empty(),
            "{row}: {done:?}"
        );
        let said = |name: &str| fs::read_to_string(home.path().join("feedback").join(name)).ok();
        let (message, position) = (said("judgemessage.txt"), said("diffposition.txt"));
        let Some((place, words)) = wrong else {
            ensure!(
                message.is_none() && position.is_none(),
                "{row}: {message:?} {position:?}"
            );
            continue;
        };
        ensure!(
            position.as_deref() == Some(&format!("{place}\n")),
            "{row}: {position:?}"
        );
        let message = message.context("there is no message")?;
        ensure!(
            message.contains(words) && message.ends_with('\n'),
            "{row}: {message:?}"
        );
    }
    Ok(())
}

#[test]
fn what_is_long_is_read_to_its_end_and_told_in_short() -> Result<()> {
    let home = tempfile::tempdir()?;
    let answer = "12345678 ".repeat(500_000);
    let done = compare(home.path(), answer.as_bytes(), answer.as_bytes(), &[])?;
    ensure!(done.status.code() == Some(42), "{done:?}");
    let done = compare(
        home.path(),
        format!("{answer}9").as_bytes(),
        answer.as_bytes(),
        &[],
    )?;
    ensure!(done.status.code() == Some(43), "{done:?}");
    let token = "x".repeat(5_000_000);
    let done = compare(home.path(), token.as_bytes(), b"y", &[])?;
    ensure!(done.status.code() == Some(43), "{done:?}");
    let message = fs::read(home.path().join("feedback/judgemessage.txt"))?;
    ensure!(message.len() < 1000, "{} bytes", message.len());
    Ok(())
}

#[test]
fn an_output_may_come_through_a_pipe_and_from_a_later_pass() -> Result<()> {
    let home = tempfile::tempdir()?;
    compare(home.path(), b"1", b"2", &[])?;
    let path = |name: &str| home.path().join(name).display().to_string();
    let mut child = gavel(&["compare", &path("case.in"), &path("case.ans"), &path("feedback")])?
        .stdin(Stdio::piped())
        .spawn()?;
    let mut pipe = child.stdin.take().context("there is no pipe")?;
    pipe.write_all(b"3\n")?;
    drop(pipe);
    ensure!(child.wait()?.code() == Some(43));
    let messages = fs::read_to_string(path("feedback/judgemessage.txt"))?;
    ensure!(messages.lines().count() == 2, "{messages}");
    ensure!(
        messages.contains("\"1\"") && messages.contains("\"3\""),
        "{messages}"
    );
    Ok(())
}

#[test]
fn mistakes_are_one_sentence_that_names_the_argument() -> Result<()> {
    let home = tempfile::tempdir()?;
    compare(home.path(), b"1", b"1", &[])?;
    let path = |name: &str| home.path().join(name).display().to_string();
    let (input, answer, feedback) = (path("case.in"), path("case.ans"), path("feedback"));
    let (nothing, directory) = (path("nothing"), path(""));
    for (arguments, words) in [
        (vec![&*nothing, &answer, &feedback], "INPUT"),
        (vec![&*directory, &answer, &feedback], "INPUT"),
        (vec![&*input, &nothing, &feedback], "ANSWER"),
        (vec![&*input, &directory, &feedback], "ANSWER"),
        (vec![&*input, &answer, &nothing], "FEEDBACKDIR"),
        (vec![&*input, &answer, &answer], "FEEDBACKDIR"),
        (vec![&*input, &answer, &feedback, "fuzzy"], "\"fuzzy\""),
        (vec![&*input, &answer, &feedback, "--fuzzy"], "\"--fuzzy\""),
        (
            vec![&*input, &answer, &feedback, "float_tolerance"],
            "float_tolerance",
        ),
        (vec![&*input, &answer, &feedback, "float_tolerance", "x"], "\"x\""),
        (
            vec![&*input, &answer, &feedback, "float_tolerance", "-1"],
            "float_tolerance",
        ),
        (
            vec![
                &*input,
                &answer,
                &feedback,
                "float_tolerance",
                "1",
                "float_absolute_tolerance",
                "1",
            ],
            "set already",
        ),
    ] {
        let arguments: Vec<&str> = ["compare"].into_iter().chain(arguments).collect();
        let done = gavel(&arguments)?.output()?;
        let said = String::from_utf8_lossy(&done.stderr);
        ensure!(done.status.code() == Some(2), "{arguments:?}: {done:?}");
        ensure!(
            said.contains(words),
            "{arguments:?}: {said:?} does not say {words}"
        );
        ensure!(
            said.starts_with("gavel: ") && said.lines().count() == 1,
            "{arguments:?}: {said:?}"
        );
    }
    for missing in [vec![], vec![&*input], vec![&*input, &answer]] {
        let arguments: Vec<&str> = ["compare"].into_iter().chain(missing).collect();
        let done = gavel(&arguments)?.output()?;
        ensure!(done.status.code() == Some(2), "{arguments:?}: {done:?}");
        ensure!(
            String::from_utf8_lossy(&done.stderr).contains("FEEDBACKDIR"),
            "{done:?}"
        );
    }
    Ok(())
}

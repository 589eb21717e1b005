//! What is submitted to a submit-answer problem: the outputs themselves, in place of a program that makes them.
//!
//! The format does not say which file belongs to which test case. Here a lone file is the output for every case, unless its name
//! is one of a case; of several, each is for the case whose name it has.

use domain::SourceFile;

/// What may follow the name of a case in the name of a file.
const ENDINGS: [&str; 4] = [".out", ".ans", ".txt", ""];

/// The submitted output for the case of that name (such as `secret/1-small/03`) among all those names.
pub(crate) fn answer_of<'a, 'c>(
    files: &'a [SourceFile],
    case: &str,
    mut all: impl Iterator<Item = &'c str>,
) -> Option<&'a SourceFile> {
    if let Some(file) = files.iter().find(|file| is_for(file, case)) {
        return Some(file);
    }
    match files {
        [file] if !all.any(|other| is_for(file, other)) => Some(file),
        _ => None,
    }
}

/// Whether a file is named like a case: by the last part of its name, or by the whole of it with `_` or `-` for each `/`.
fn is_for(file: &SourceFile, case: &str) -> bool {
    let last = case.rsplit('/').next().unwrap_or(case);
    let names = [case.replace('/', "_"), case.replace('/', "-"), last.to_owned()];
    ENDINGS.iter().any(|ending| {
        let stem = file.name.strip_suffix(ending);
        stem.is_some_and(|stem| names.iter().any(|name| name == stem))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASES: [&str; 4] = ["sample/1", "secret/01", "secret/group/2", "secret/group/3.5"];

    fn check(files: &[&str], expected: [Option<&str>; 4]) {
        let file = |name: &&str| SourceFile {
            name: (*name).to_owned(),
            content: "x".to_owned(),
        };
        let files: Vec<SourceFile> = files.iter().map(file).collect();
        let found = CASES.map(|case| {
            let found = answer_of(&files, case, CASES.into_iter());
            found.map(|file| file.name.as_str())
        });
        assert_eq!(found, expected, "{files:?}");
    }

    #[test]
    fn a_file_is_for_the_case_that_it_is_named_after() {
        check(&["answer.txt"], [Some("answer.txt"); 4]);
        check(&["main"], [Some("main"); 4]);
        check(&["01.out"], [None, Some("01.out"), None, None]);
        check(&["a.txt", "b.txt"], [None; 4]);
        check(
            &["1.out", "secret_01.txt", "2", "3.5.ans"],
            [Some("1.out"), Some("secret_01.txt"), Some("2"), Some("3.5.ans")],
        );
        check(
            &["sample-1.out", "secret-group-3.5", "other.out"],
            [Some("sample-1.out"), None, None, Some("secret-group-3.5")],
        );
    }
}

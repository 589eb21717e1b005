//! Problems that are more than one run of a program on each test case: in passes, in conversation, without any program at all.

#![cfg(test)]

mod support;

use std::sync::Arc;

use domain::{Blame, Conclusion, SourceFile, Verdict};
use judge::{Grader, Job};
use problems::Package;
use support::{Case, grader, package_of, source};
use tempfile::TempDir;

use Verdict::{Ac, Je, Mle, Ole, Rte, Tle, Wa};

/// A package with limits that end soon. `more` are further lines of `problem.yaml`.
fn package(more: &str, files: &[(&str, &str)], cases: &[Case<'_>]) -> (TempDir, Arc<Package>) {
    let directory = tempfile::tempdir().unwrap();
    let limits = "time_limit: 1, memory: 256, output: 1, validation_time: 1, validation_memory: 64, validation_output: 1";
    let yaml = format!(
        "problem_format_version: 2025-09\nname: Test\nuuid: 11111111-2222-4333-8444-555555555555\n{}\n",
        more.replace("LIMITS", limits)
    );
    let package = package_of(directory.path(), &yaml, files, cases);
    (directory, Arc::new(package))
}

async fn grade(grader: &Grader, package: &Arc<Package>, code: &str) -> Conclusion {
    let job = Job {
        package: Arc::clone(package),
        language: "python3".parse().unwrap(),
        files: source("solution.py", code),
        entry_point: None,
    };
    grader.grade(&job, |_, _| {}).await.unwrap()
}

/// A validator in Python that knows its arguments.
fn python(rest: &str) -> String {
    let start = "import os, sys, time\nin_file, ans_file, feedback = sys.argv[1:4]\nflags = sys.argv[4:]\n";
    let say = "def say(*words): print(*words, flush=True)\ndef tell(name, text): open(feedback + name, 'a').write(text)\n";
    format!("{start}{say}{rest}\n")
}

/// What a program and the judgement of it are to come to: the code, the verdict, and words of the message.
type Row<'a> = (&'a str, Verdict, &'a str);

async fn check(grader: &Grader, package: &Arc<Package>, rows: &[Row<'_>]) {
    for (code, verdict, words) in rows {
        let found = grade(grader, package, code).await;
        assert_eq!(found.verdict, *verdict, "{code}: {found:?}");
        let message = found.message.unwrap_or_default();
        assert!(message.contains(words), "{code}: {message}");
        let blame = (*verdict == Je).then_some(Blame::Problem);
        assert_eq!(found.blame, blame, "{code}");
    }
}

const ONE: [Case<'static>; 1] = [("secret/1", "5\n", "5\n")];

/// Each pass the program has to double its input, until it is 20.
const DOUBLES: &str = "
output = sys.stdin.read().split()
number = int(open(in_file).read())
seen = open(feedback + 'seen').read() if os.path.exists(feedback + 'seen') else ''
assert not os.path.exists(feedback + 'nextpass.in')
tell('seen', f'{number} ')
tell('judgemessage.txt', f'{number} gave {output}, seen {seen}\\n')
if output != [str(2 * number)]: sys.exit(43)
if 2 * number < 20: tell('nextpass.in', f'{2 * number}\\n')
sys.exit(42)";

const MULTI: &str = "type: multi-pass\nlimits: {LIMITS, validation_passes: 3}";

#[tokio::test]
async fn a_program_is_run_again_on_what_the_validator_wrote() {
    let grader = grader(1).await;
    let (_directory, package) = package(MULTI, &[("output_validator/check.py", &python(DOUBLES))], &ONE);
    let passes = [
        ("print(2 * int(input()))", Ac, ""),
        ("print(10)", Wa, "case 1"),
        (
            "n = int(input())\nif n == 10: 1 / 0\nprint(2 * n)",
            Rte,
            "exit code 1 (pass 2) in case 1",
        ),
        (
            "n = int(input())\nwhile n == 10: pass\nprint(2 * n)",
            Tle,
            "(pass 2) in case 1",
        ),
        (
            "n = int(input())\nif n == 10: print('x' * (2 << 20))\nprint(2 * n)",
            Ole,
            "(pass 2) in case 1",
        ),
        ("print(", Verdict::Ce, ""),
    ];
    check(&grader, &package, &passes).await;

    let found = grade(&grader, &package, "print(2 * int(input()))").await;
    assert_eq!(found.runs.len(), 1);
    let texts: Vec<_> = found
        .judge_messages
        .iter()
        .map(|message| message.text.as_str())
        .collect();
    assert_eq!(
        texts,
        ["5 gave ['10'], seen \n10 gave ['20'], seen 5"],
        "the directory stays from pass to pass"
    );
    // Limits are for each pass, and the most is told.
    let slow = "import time\nbegin = time.process_time()\nn = int(input())\nwhile n == 10 and time.process_time() - begin < 0.4: pass\nwhile time.process_time() - begin < 0.3: pass\nprint(2 * n)";
    let found = grade(&grader, &package, slow).await;
    assert_eq!(found.verdict, Ac, "{found:?}");
    assert!((390_000..900_000).contains(&found.runs[0].cpu_us), "{found:?}");
}

#[tokio::test]
async fn passes_that_must_not_be_are_the_packages_fault() {
    let grader = grader(1).await;
    let endless = "tell('nextpass.in', '5\\n')\nsys.exit(42)";
    for (validator, words) in [
        (
            endless,
            "the output validator check asked for another pass after the last one (3) in case 1",
        ),
        (
            "tell('nextpass.in', '5\\n')\nsys.exit(43)",
            "asked for another pass without accepting this one",
        ),
        ("tell('nextpass.in', '5\\n')\nsys.exit(1)", "exited with code 1"),
        (
            "os.mkdir(feedback + 'nextpass.in')\nsys.exit(42)",
            "wrote a nextpass.in that cannot be used",
        ),
        (
            "os.symlink('/etc/passwd', feedback + 'nextpass.in')\nsys.exit(42)",
            "wrote a nextpass.in that cannot be used",
        ),
        (
            "for n in range(300): tell(str(n), 'x')\ntell('nextpass.in', '5\\n')\nsys.exit(42)",
            "left more in its feedback directory than can be kept",
        ),
    ] {
        let (_directory, package) =
            package(MULTI, &[("output_validator/check.py", &python(validator))], &ONE);
        check(&grader, &package, &[("print(input())", Je, words)]).await;
    }
    let (_directory, single) = package(
        "limits: {LIMITS}",
        &[("output_validator/check.py", &python(endless))],
        &ONE,
    );
    check(
        &grader,
        &single,
        &[("print(input())", Je, "which is for multi-pass problems")],
    )
    .await;
    assert_eq!(grader.replaced_slots(), 0);
}

/// The program guesses a number up to 100 and is told whether it is low or high.
const GUESS: &str = "
secret = int(open(in_file).read())
for turn in range(8):
    line = sys.stdin.readline().split()
    if len(line) != 1 or not line[0].isdigit():
        tell('teammessage.txt', 'that is no guess'); sys.exit(43)
    guess = int(line[0])
    if guess == secret: say('right'); sys.exit(42)
    say('low' if guess < secret else 'high')
sys.exit(43)";

const TALK: &str = "type: interactive\nlimits: {LIMITS}";

const SEARCH: &str = "low, high = 1, 100
while True:
    middle = (low + high) // 2
    print(middle, flush=True)
    word = input()
    if word == 'right': break
    if word == 'low': low = middle + 1
    else: high = middle - 1
";

#[tokio::test]
async fn a_conversation_is_judged_by_both_ends() {
    let grader = grader(1).await;
    let cases = [("secret/1", "77\n", ""), ("secret/2", "1\n", "")];
    let (_directory, package) = package(TALK, &[("output_validator/guess.py", &python(GUESS))], &cases);
    let after = |rest: &str| format!("{SEARCH}{rest}");
    let crash = after("1 / 0");
    let loops = after("while True: pass");
    let chats = after("print('x' * 1000000)");
    let rows = [
        (SEARCH, Ac, ""),
        (
            "for n in range(1, 101): print(n, flush=True)\nimport sys\nsys.stdin.read()",
            Wa,
            "",
        ),
        ("print('what?', flush=True)\ninput()", Wa, "that is no guess"),
        // It was rejected, and what it does then makes no difference.
        (
            "print('what?', flush=True)\nwhile True: pass",
            Wa,
            "that is no guess",
        ),
        (
            "print('what?', flush=True)\nimport time\ntime.sleep(1000)",
            Wa,
            "that is no guess",
        ),
        ("for _ in range(1000): print('x', flush=True)", Wa, ""),
        // Accepted, and then not well behaved.
        (&crash, Rte, "exit code 1 in case 1"),
        (&loops, Tle, "in case 1"),
        (&chats, Ac, ""),
        // By itself.
        ("1 / 0", Rte, "exit code 1"),
        ("import os\nos.abort()", Rte, "SIGABRT"),
        ("pass", Wa, "that is no guess"),
        ("while True: pass", Tle, ""),
        ("input()", Tle, ""),
        (
            "import os, time\nos.close(1)\ntime.sleep(100)",
            Tle,
            "wall-clock time",
        ),
        (
            "print(50, flush=True)\ninput()\nx = bytearray(400 << 20)",
            Mle,
            "256 MiB of memory",
        ),
    ];
    check(&grader, &package, &rows).await;
    assert_eq!(grader.replaced_slots(), 0);
}

#[tokio::test]
async fn a_talker_that_is_too_loud_is_over_the_limit() {
    let grader = grader(1).await;
    let hears = "sys.stdin.read()\nsys.exit(42)";
    let (_directory, package) = package(TALK, &[("output_validator/hear.py", &python(hears))], &ONE);
    let rows = [
        ("print('x' * (2 << 20))", Ole, "1024 KiB"),
        ("print('x' * 1000)", Ac, ""),
    ];
    check(&grader, &package, &rows).await;
}

#[tokio::test]
async fn a_busy_machine_costs_no_talker_its_verdict() {
    let grader = grader(1).await;
    let hears = "sys.exit(42 if sys.stdin.read() == 'done' else 43)";
    let (_directory, package) = package(TALK, &[("output_validator/hear.py", &python(hears))], &ONE);
    // As on a machine that does something else: it computes, and the clock runs on.
    let code = "import time\nwhile time.process_time() < 0.6: pass\ntime.sleep(3)\nprint(end='done')";
    check(&grader, &package, &[(code, Ac, "")]).await;
}

#[tokio::test]
async fn a_rejected_program_shows_no_more_time_than_it_may_take() {
    let grader = grader(1).await;
    let rejects = "sys.stdin.readline()\nsys.exit(43)";
    let (_directory, package) = package(TALK, &[("output_validator/no.py", &python(rejects))], &ONE);
    let found = grade(&grader, &package, "print(1, flush=True)\nwhile True: pass").await;
    assert_eq!(found.verdict, Wa);
    assert!(found.runs[0].cpu_us <= 1_000_000, "{found:?}");
    let texts: Vec<_> = found
        .judge_messages
        .iter()
        .map(|message| (message.validator.as_str(), message.text.as_str()))
        .collect();
    assert_eq!(texts, [("interaction", ">1\n")]);
}

#[tokio::test]
async fn a_program_whose_time_was_up_is_too_slow_however_the_interactor_takes_it() {
    let grader = grader(1).await;
    for (validator, code) in [
        ("input()", "while True: pass"),
        ("input()", "import time\ntime.sleep(1000)"),
        ("sys.stdin.read(); sys.exit(0)", "while True: pass"),
        ("sys.stdin.read(); os.abort()", "while True: pass"),
    ] {
        let (_directory, package) = package(TALK, &[("output_validator/talk.py", &python(validator))], &ONE);
        check(&grader, &package, &[(code, Tle, "in case 1")]).await;
    }
}

#[tokio::test]
async fn an_interactor_that_misbehaves_is_its_packages_fault() {
    let grader = grader(1).await;
    let listens = "import sys\nprint(1, flush=True)\nsys.stdin.read()";
    let speaks = "import sys\nfor line in sys.stdin: print(line, flush=True)";
    for (validator, code, words) in [
        (
            "sys.exit(0)",
            listens,
            "the output validator talk exited with code 0",
        ),
        ("1 / 0", listens, "exited with code 1"),
        ("sys.exit(1)", "while True: pass", "exited with code 1"),
        (
            "os.kill(os.getpid(), 11)",
            listens,
            "was ended by signal 11 (SIGSEGV)",
        ),
        ("while True: pass", listens, "used more than 1 s of CPU time"),
        (
            "os.close(0); os.close(1); time.sleep(1000)",
            listens,
            "did not end within",
        ),
        ("while True: os.write(1, b'x' * 65536)", speaks, "wrote more than"),
        (
            "while True: os.write(1, b'x' * 65536)",
            "import time\ntime.sleep(1000)",
            "the output validator talk",
        ),
        (
            "x = bytearray(500 << 20)",
            listens,
            "used more than 64 MiB of memory",
        ),
        ("sys.stdin.readline(); os._exit(7)", listens, "exited with code 7"),
        (
            "tell('nextpass.in', '5'); sys.exit(42)",
            listens,
            "which is for multi-pass problems",
        ),
    ] {
        let (_directory, package) = package(TALK, &[("output_validator/talk.py", &python(validator))], &ONE);
        check(&grader, &package, &[(code, Je, words)]).await;
    }
    let (_directory, broken) = package(
        TALK,
        &[("output_validator/talk.c", "int main() { return x; }")],
        &ONE,
    );
    check(&grader, &broken, &[(listens, Je, "talk does not compile")]).await;
    // The worker lives on.
    let (_directory, fine) = package(
        TALK,
        &[("output_validator/talk.py", &python("sys.exit(42)"))],
        &ONE,
    );
    check(&grader, &fine, &[(listens, Ac, "")]).await;
    assert_eq!(grader.replaced_slots(), 0);
}

/// A conversation on each pass: the program is told a number and has to say the next; the second pass begins where it ended.
const TWO_TALKS: &str = "
number = int(open(in_file).read())
say(number)
line = sys.stdin.readline().split()
tell('judgemessage.txt', f'{number} {line}\\n')
if line != [str(number + 1)]: sys.exit(43)
if not os.path.exists(feedback + 'again'):
    tell('again', ''); tell('nextpass.in', f'{number + 1}\\n')
sys.exit(42)";

#[tokio::test]
async fn conversations_come_in_passes_too() {
    let grader = grader(2).await;
    let yaml = "type: [interactive, multi-pass]\nlimits: {LIMITS}";
    let (_directory, package) = package(yaml, &[("output_validator/two.py", &python(TWO_TALKS))], &ONE);
    let rows = [
        ("print(int(input()) + 1)", Ac, ""),
        ("n = int(input())\nprint(n + 1 if n == 5 else n)", Wa, ""),
        (
            "n = int(input())\nprint(n + 1, flush=True)\nif n == 6: 1 / 0",
            Rte,
            "exit code 1 (pass 2) in case 1",
        ),
        (
            "n = int(input())\nwhile n == 6: pass\nprint(n + 1)",
            Tle,
            "(pass 2)",
        ),
    ];
    check(&grader, &package, &rows).await;
    let found = grade(&grader, &package, "print(int(input()) + 1)").await;
    assert_eq!(found.judge_messages[0].text, "5 ['6']\n6 ['7']");
}

#[tokio::test]
async fn many_conversations_at_once_wait_for_nobody_but_their_turn() {
    let grader = grader(2).await;
    let cases = [("secret/1", "77\n", ""), ("secret/2", "1\n", "")];
    let (_directory, package) = package(TALK, &[("output_validator/guess.py", &python(GUESS))], &cases);
    let all = (0..8).map(|_| grade(&grader, &package, SEARCH));
    for found in futures_util::future::join_all(all).await {
        assert_eq!(found.verdict, Ac, "{found:?}");
    }
}

async fn submit(grader: &Grader, package: &Arc<Package>, files: &[(&str, &str)]) -> Conclusion {
    let file = |(name, content): &(&str, &str)| SourceFile {
        name: (*name).to_owned(),
        content: (*content).to_owned(),
    };
    let job = Job {
        package: Arc::clone(package),
        language: "text".parse().unwrap(),
        files: files.iter().map(file).collect(),
        entry_point: None,
    };
    grader.grade(&job, |_, _| {}).await.unwrap()
}

#[tokio::test]
async fn answers_are_judged_without_a_program() {
    let grader = grader(1).await;
    let cases = [("secret/1", "5\n", "25\n"), ("secret/2", "6\n", "36\n")];
    let square = python(
        "output = sys.stdin.read().split()\nn = int(open(in_file).read())\nsys.exit(42 if output == [str(n * n)] else 43)",
    );
    for files in [vec![], vec![("output_validator/square.py", square.as_str())]] {
        let (_directory, package) = package("type: submit-answer\nlimits: {LIMITS}", &files, &cases);
        for (files, verdict, runs, words) in [
            (&[("1.out", "25"), ("2.out", "36\n")][..], Ac, 2, ""),
            (&[("1.txt", "25"), ("2.txt", "37")], Wa, 2, "case 2"),
            (&[("1.out", "25")], Wa, 2, "case 2, no file was submitted for it"),
            (&[("all.txt", "25")], Wa, 2, "case 2"),
            (&[("all.txt", "24")], Wa, 1, "case 1"),
        ] {
            let found = submit(&grader, &package, files).await;
            assert_eq!(
                (found.verdict, found.runs.len()),
                (verdict, runs),
                "{files:?}: {found:?}"
            );
            assert!(
                found.message.as_deref().unwrap_or_default().contains(words),
                "{found:?}"
            );
            assert_eq!(found.runs[0].cpu_us, 0);
        }
    }
    assert_eq!(grader.replaced_slots(), 0);
}

#[tokio::test]
async fn whoever_may_not_write_files_can_not() {
    let grader = grader(1).await;
    let write =
        "import tempfile\ntempfile.TemporaryFile().write(b'x')\nopen('x', 'w').write('x')\nprint(input())";
    for (allow, verdict) in [
        ("", Rte),
        ("allow_file_writing: false\n", Rte),
        ("allow_file_writing: true\n", Ac),
    ] {
        let (_directory, package) = package(&format!("{allow}limits: {{LIMITS}}"), &[], &ONE);
        let found = grade(&grader, &package, write).await;
        assert_eq!(found.verdict, verdict, "{allow}: {found:?}");
        check(&grader, &package, &[("print(input())", Ac, "")]).await;
    }
}

#[tokio::test]
async fn a_validator_starts_among_the_files_of_the_submission() {
    let grader = grader(1).await;
    let looks = python(
        "tell('judgemessage.txt', f'{sorted(os.listdir())} {open(\"solution.py\").read()!r} {os.listdir(feedback)} {in_file}')\nsys.exit(42)",
    );
    let newest = package(
        "limits: {LIMITS}",
        &[
            ("output_validator/look.py", &looks),
            ("output_validator/table.txt", "x"),
        ],
        &ONE,
    );
    let found = grade(&grader, &newest.1, "print()").await;
    assert_eq!(
        found.judge_messages[0].text, "['solution.py'] 'print()' [] /work/testcase.in",
        "{found:?}"
    );

    let directory = tempfile::tempdir().unwrap();
    let looks = python("tell('judgemessage.txt', f'{sorted(os.listdir())}')\nsys.exit(42)");
    let files = [
        ("output_validators/look/look.py", looks.as_str()),
        ("output_validators/look/table.txt", "x"),
    ];
    let older = package_of(
        directory.path(),
        "validation: custom\nlimits: {time_limit: 5}\n",
        &files,
        &ONE,
    );
    let found = grade(&grader, &Arc::new(older), "print()").await;
    assert_eq!(
        found.judge_messages[0].text, "['look.py', 'table.txt']",
        "{found:?}"
    );
}

/// A static validator in Python that knows its arguments.
fn looks(rest: &str) -> String {
    format!("import os, sys\nlanguage, entry, feedback = sys.argv[1:4]\nflags = sys.argv[4:]\n{rest}\n")
}

const STATIC: &str = "static_validation_score: pass-fail\nstatic_validator_args: [x, y]\n";

#[tokio::test]
async fn the_source_is_looked_at_as_a_case_of_its_own() {
    let grader = grader(1).await;
    let look = looks(
        "open(feedback + 'judgemessage.txt', 'w').write(f'{language} {entry} {flags} {os.listdir()}')\nsys.exit(43 if 'eval' in open(entry).read() else 42)",
    );
    let files = [
        ("static_validator/look.py", look.as_str()),
        ("data/secret/test_group.yaml", STATIC),
    ];
    let cases = [("sample/1", "5\n", "5\n"), ("secret/1", "6\n", "6\n")];
    let (_directory, package) = package("limits: {LIMITS}", &files, &cases);
    for (code, verdict, runs) in [
        ("print(input())", Ac, &[Ac, Ac, Ac][..]),
        ("eval('print(input())')", Wa, &[Ac, Wa]),
        ("print(7)", Wa, &[Wa]),
        ("print(", Verdict::Ce, &[]),
    ] {
        let found = grade(&grader, &package, code).await;
        assert_eq!(found.verdict, verdict, "{code}: {found:?}");
        let verdicts: Vec<_> = found.runs.iter().map(|run| run.verdict).collect();
        assert_eq!(verdicts, runs, "{code}: {found:?}");
        assert_eq!(found.cases_total, 3);
    }
    let found = grade(&grader, &package, "print(input())").await;
    let expected = "python3 solution.py ['x', 'y'] ['solution.py']";
    assert_eq!(found.judge_messages[0].text, expected, "{found:?}");
    assert_eq!(found.runs[1].case, "static validation");
}

#[tokio::test]
async fn a_static_validator_that_gives_no_answer_is_its_packages_fault() {
    let grader = grader(1).await;
    for (look, words) in [
        (
            "sys.exit(0)",
            "the static validator look exited with code 0, which is neither 42 nor 43, in case 1",
        ),
        ("1 / 0", "the static validator look exited with code 1"),
        (
            "while True: pass",
            "the static validator look used more than 1 s of CPU time",
        ),
        (
            "open(feedback + 'score.txt', 'w').write('5')\nsys.exit(42)",
            "the static validator gave a score",
        ),
        (
            "open(feedback + 'score.txt', 'w').write('x')\nsys.exit(42)",
            "wrote score.txt with \"x\", which is not a number",
        ),
    ] {
        let look = looks(look);
        let files = [
            ("static_validator/look.py", look.as_str()),
            ("data/secret/test_group.yaml", STATIC),
        ];
        let (_directory, package) = package("limits: {LIMITS}", &files, &ONE);
        check(&grader, &package, &[("print(input())", Je, words)]).await;
    }
}

#[tokio::test]
async fn every_kind_may_be_scored() {
    let grader = grader(1).await;
    let score = "data/secret/test_group.yaml";
    let passes = python(
        "output = sys.stdin.read().split()\nn = int(open(in_file).read())\nif n < 8: tell('nextpass.in', f'{n + 1}\\n')\nif n == 8: tell('score_multiplier.txt', '0.5')\nsys.exit(42 if output == [str(n)] else 43)",
    );
    let talks = python(
        "say(open(in_file).read().strip())\nline = sys.stdin.readline().strip()\nif line == '5': tell('score.txt', '7'); sys.exit(42)\nsys.exit(43)",
    );
    let crash = "print(input(), flush=True)\n1 / 0";
    let look = looks("open(feedback + 'score_multiplier.txt', 'w').write('0.25')\nsys.exit(42)");
    let echo = "print(input())";
    for (yaml, files, code, points) in [
        (
            "type: [scoring, multi-pass]\nlimits: {LIMITS, validation_passes: 4}",
            vec![
                ("output_validator/a.py", passes.as_str()),
                (score, "max_score: 10\n"),
            ],
            echo,
            5.0,
        ),
        (
            "type: [scoring, interactive]\nlimits: {LIMITS}",
            vec![
                ("output_validator/a.py", talks.as_str()),
                (score, "max_score: 10\n"),
            ],
            echo,
            7.0,
        ),
        (
            "type: [scoring, interactive]\nlimits: {LIMITS}",
            vec![
                ("output_validator/a.py", talks.as_str()),
                (score, "max_score: 10\n"),
            ],
            crash,
            0.0,
        ),
        (
            "type: scoring\nlimits: {LIMITS}",
            vec![
                ("static_validator/a.py", look.as_str()),
                (score, "max_score: 10\nstatic_validation_score: 4\n"),
            ],
            echo,
            7.0,
        ),
        (
            "type: [scoring, submit-answer]\nlimits: {LIMITS}",
            vec![(score, "max_score: 10\n")],
            "5",
            10.0,
        ),
    ] {
        let (_directory, package) = package(yaml, &files, &ONE);
        let found = grade(&grader, &package, code).await;
        assert_eq!(
            found.score.map(domain::Score::points),
            Some(points),
            "{yaml}: {found:?}"
        );
    }
}

#[tokio::test]
async fn older_packages_talk_and_come_in_passes_too() {
    let grader = grader(1).await;
    let (guess, doubles, two) = (python(GUESS), python(DOUBLES), python(TWO_TALKS));
    let hunt: [Case<'_>; 1] = [("secret/group/1", "77\n", "77\n")];
    for (yaml, validator, cases, code, wrong) in [
        (
            "validation: custom interactive\nlimits: {time_limit: 2}\n",
            &guess,
            &hunt,
            SEARCH,
            "print(0, flush=True)",
        ),
        (
            "validation: custom multi-pass\nlimits: {time_limit: 2, validation_passes: 3}\n",
            &doubles,
            &ONE,
            "print(2 * int(input()))",
            "print(10)",
        ),
        (
            "validation: custom multi-pass interactive\nlimits: {time_limit: 2}\n",
            &two,
            &ONE,
            "print(int(input()) + 1)",
            "print(6)",
        ),
        (
            "problem_format_version: 2023-07-draft\nname: {en: x}\ntype: [interactive]\nlimits: {time_limit: 2}\n",
            &guess,
            &hunt,
            SEARCH,
            "print(0, flush=True)",
        ),
    ] {
        for place in ["output_validators/check/check.py", "output_validator/check.py"] {
            let directory = tempfile::tempdir().unwrap();
            let package = package_of(directory.path(), yaml, &[(place, validator)], cases);
            check(&grader, &Arc::new(package), &[(code, Ac, ""), (wrong, Wa, "")]).await;
        }
    }
}

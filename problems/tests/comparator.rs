//! The default comparator: a row for every rule of the format.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

use std::io::BufReader;

use problems::{Comparator, Difference};

/// Where both differ: byte in the answer, byte in the output.
type Places = Option<(u64, u64)>;

const SAME: Places = None;

fn comparator(flags: &str) -> Comparator {
    let args: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
    Comparator::from_args(&args).unwrap_or_else(|error| panic!("{flags}: {error}"))
}

/// Compares with buffers of many sizes: where a piece ends must not matter.
fn compare(comparator: &Comparator, answer: &[u8], output: &[u8]) -> Option<Difference> {
    let whole = comparator.compare(answer, output).unwrap();
    for (a, o) in [(1, 1), (1, 7), (7, 1), (2, 3), (5, 5), (64, 63), (1000, 8192)] {
        let pieces = comparator
            .compare(
                BufReader::with_capacity(a, answer),
                BufReader::with_capacity(o, output),
            )
            .unwrap();
        assert_eq!(
            pieces,
            whole,
            "pieces of {a} and {o} bytes: {:?} {:?}",
            answer.escape_ascii().to_string(),
            output.escape_ascii().to_string()
        );
    }
    whole
}

fn check(flags: &str, answer: &[u8], output: &[u8], expected: Places) {
    let found = compare(&comparator(flags), answer, output);
    let places = found.as_ref().map(|found| (found.answer_at, found.output_at));
    assert_eq!(
        places,
        expected,
        "{flags:?}: {:?} and {:?}: {found:?}",
        answer.escape_ascii().to_string(),
        output.escape_ascii().to_string()
    );
}

/// Both are accepted in place of each other, or neither is.
fn check_both_ways(flags: &str, one: &str, other: &str, is_same: bool) {
    for (answer, output) in [(one, other), (other, one)] {
        let found = compare(&comparator(flags), answer.as_bytes(), output.as_bytes());
        assert_eq!(
            found.is_none(),
            is_same,
            "{flags:?}: {answer:?} and {output:?}: {found:?}"
        );
    }
}

#[test]
fn white_space_separates_and_is_otherwise_free() {
    check("", b"", b"", SAME);
    check("", b"", b" \n\t\r\x0b\x0c", SAME);
    check("", b"1 2\n", b"1 2\n", SAME);
    check("", b"1 2\n", b"\n\n  1\t\t2", SAME);
    check("", b"1\n2\n", b"1\r\n2\r\n", SAME);
    check("", b"a\x0bb\x0cc", b"a b c", SAME);
    check("", b"1 2", b"12", Some((1, 1)));
    check("", b"a b", b"a\x00b", Some((1, 1)));
    check("", b"a b", b"a\xa0b", Some((1, 1))); // A no-break space of Latin-1 is none.
    check("", "a b".as_bytes(), "a\u{2003}b".as_bytes(), Some((1, 1)));
    check("", b"a b", b"a\x1cb", Some((1, 1)));
}

#[test]
fn the_number_of_tokens_must_agree() {
    check("", b"1 2\n", b"1\n", Some((2, 2)));
    check("", b"1\n", b"1 2\n", Some((2, 2)));
    check("", b"", b"x", Some((0, 0)));
    check("", b"x", b"", Some((0, 0)));
    check("", b"x", b"  \n", Some((0, 3)));
    check("float_tolerance 1", b"1 2", b"1", Some((2, 1)));
    check("float_tolerance 1", b"1", b"1 0", Some((1, 2)));
}

#[test]
fn words_are_bytes_and_letters_agree_in_any_case() {
    check("", b"Yes", b"yES", SAME);
    check("", b"Yes", b"Yes!", Some((3, 3)));
    check("", b"abcd", b"abxd", Some((2, 2)));
    check("", b"abc", b"ab", Some((2, 2)));
    check("", "É".as_bytes(), "é".as_bytes(), Some((1, 1))); // ASCII letters only.
    check("", b"[", b"{", Some((0, 0))); // Their codes differ as those of letters do.
    check("", b"@", b"`", Some((0, 0)));
    check("", b"\xff\xfe", b"\xff\xfe", SAME);
    check("", b"\xff\xfe", b"\xff\xfd", Some((1, 1)));
    check("case_sensitive", b"Yes", b"Yes", SAME);
    check("case_sensitive", b"Yes", b"yes", Some((0, 0)));
    check("case_sensitive", b"a b C", b"a b c", Some((4, 4)));
    check("case_sensitive", b"a b", b"a\n\nb", SAME);
}

#[test]
fn nul_is_an_ordinary_byte() {
    check("", b"a\0b c", b"a\0b c", SAME);
    check("", b"a\0b", b"a\0c", Some((2, 2)));
    check("", b"a\0", b"a", Some((1, 1)));
    check("float_tolerance 1", b"1\0", b"2\0", Some((0, 0)));
}

#[test]
fn without_tolerance_numbers_are_words() {
    check("", b"0.0", b"0", Some((1, 1)));
    check("", b"1", b"01", Some((0, 0)));
    check("", b"1e5", b"1E5", SAME);
    check("case_sensitive", b"1e5", b"1E5", Some((1, 1)));
    check("", b"-0", b"0", Some((0, 0)));
}

#[test]
fn tolerances_are_inclusive() {
    check_both_ways("float_absolute_tolerance 0.5", "1", "1.5", true);
    check_both_ways("float_absolute_tolerance 0.5", "1", "1.50001", false);
    check_both_ways("float_absolute_tolerance 0.1", "1", "1.1", true); // Not so in binary.
    check_both_ways("float_absolute_tolerance 1e-6", "1", "1.000001", true);
    check_both_ways(
        "float_absolute_tolerance 1e-6",
        "1",
        "1.0000010000000000000000001",
        false,
    );
    check_both_ways("float_absolute_tolerance 1e-6", "-5", "-5.000001", true);
    check_both_ways("float_absolute_tolerance 1e-6", "1", "-1", false);
    check_both_ways("float_absolute_tolerance 0", "1.50", "1.5", true);
    check_both_ways(
        "float_absolute_tolerance 0",
        "1.5",
        "1.5000000000000000000000000000001",
        false,
    );
}

#[test]
fn the_relative_tolerance_is_of_the_answer() {
    let flags = "float_relative_tolerance 0.1";
    check(flags, b"100", b"110", SAME);
    check(flags, b"100", b"90", SAME);
    check(flags, b"100", b"110.00001", Some((0, 0)));
    check(flags, b"110", b"100", SAME); // 10 is less than 11.
    check(flags, b"90", b"100", Some((0, 0))); // And more than 9.
    check(flags, b"-100", b"-109", SAME);
    check(flags, b"-100", b"109", Some((0, 0)));
    check(flags, b"0", b"0.0", SAME);
    check(flags, b"0", b"1e-300", Some((0, 0)));
    check("float_relative_tolerance 1", b"5", b"0", SAME);
    check("float_relative_tolerance 1", b"5", b"10", SAME);
    check("float_relative_tolerance 1", b"5", b"10.1", Some((0, 0)));
}

#[test]
fn either_tolerance_is_enough() {
    let flags = "float_relative_tolerance 0.01 float_absolute_tolerance 0.5";
    check(flags, b"1000", b"1009", SAME);
    check(flags, b"1", b"1.5", SAME);
    check(flags, b"1000", b"1011", Some((0, 0)));
    check("float_tolerance 0.01", b"1000", b"1009", SAME);
    check("float_tolerance 0.01", b"0", b"0.01", SAME);
    check("float_tolerance 0.01", b"0", b"0.011", Some((0, 0)));
}

#[test]
fn the_answer_decides_what_is_a_number() {
    let flags = "float_tolerance 1e-6";
    check(flags, b"42", b"42.0000001", SAME); // Integers, too.
    check(flags, b"42", b"4.2e1", SAME);
    check(flags, b"42", b"x", Some((0, 0)));
    check(flags, b"x", b"42", Some((0, 0)));
    check(flags, b"x", b"X", SAME);
    check(&format!("{flags} case_sensitive"), b"x", b"X", Some((0, 0)));
    check(&format!("{flags} case_sensitive"), b"1e1", b"1E1", SAME);
    check(flags, b"a 1.0 b", b"a 1 B", SAME);
    check(flags, b"a 1.0 b", b"a 1.1 b", Some((2, 2)));
    check(flags, b"1.0abc", b"1.0ABC", SAME); // A word.
    check(flags, b"1.0abc", b"1.00abc", Some((3, 3)));
}

#[test]
fn the_grammar_of_numbers() {
    let flags = "float_tolerance 1e-6";
    for number in [
        "12",
        "+12",
        "12.",
        "+12.0",
        "012",
        "12.0000",
        "1.2e1",
        "1.2E1",
        "1.2e+1",
        "120e-1",
        ".12e2",
        "0.00012e5",
        "0000000000000000000012",
        "12e0",
        "12.e00",
        "1200000000000000000000000000000000e-32",
    ] {
        check_both_ways(flags, "12", number, true);
        check_both_ways(flags, "-13", number, false);
    }
    for word in [
        ".",
        "+",
        "-",
        "",
        "e5",
        "12e",
        "12e+",
        "12e-",
        "12e1.0",
        "1 2",
        "0x0c",
        "12f",
        "12,0",
        "1_2",
        "--12",
        "+-12",
        "12..0",
        "1.2.0",
        "12e1e0",
        "NaN",
        "nan",
        "inf",
        "twelve",
        "12\0",
        "\u{661}\u{662}",
    ] {
        check_both_ways(flags, "12", word, false);
    }
}

#[test]
fn infinities_are_words() {
    let flags = "float_tolerance 1e9";
    check_both_ways(flags, "INF", "inf", true);
    check_both_ways(flags, "infinity", "inf", false);
    check_both_ways(flags, "-nan", "nan", false);
    check_both_ways(flags, "nan", "NaN", true);
    check_both_ways(flags, "inf", "1e400", false);
    check_both_ways(flags, "nan", "0", false);
}

#[test]
fn numbers_are_as_long_as_they_like() {
    let flags = "float_absolute_tolerance 1e-20";
    let pi = "3.14159265358979323846264338327950288419716939937510";
    check_both_ways(flags, pi, "3.141592653589793238462643383279", true);
    check_both_ways(flags, pi, "3.1415926535897932383", false);
    let long = "123456789012345678901234567890.123456789012345678901234567890";
    check_both_ways(
        flags,
        long,
        "123456789012345678901234567890.12345678901234567891",
        true,
    );
    check_both_ways(
        flags,
        long,
        "123456789012345678901234567891.12345678901234567890",
        false,
    );
    let zeros = "0".repeat(20_000);
    check_both_ways(flags, "1", &format!("{zeros}1.{zeros}"), true);
    check_both_ways(flags, "1", &format!("{zeros}1.{zeros}1"), true);
    check_both_ways(flags, "1", &format!("1{zeros}"), false);
    check_both_ways(flags, "1", &format!("1{zeros}e-20000"), true);
    check_both_ways(flags, "1", &format!("0.{zeros}1e20001"), true);
    check_both_ways(
        "float_relative_tolerance 1e-9",
        &format!("1{zeros}"),
        "1e20000",
        true,
    );
    check_both_ways(
        "float_relative_tolerance 1e-9",
        &format!("1{zeros}"),
        "1.1e20000",
        false,
    );
}

#[test]
fn exponents_neither_overflow_nor_underflow_into_agreement() {
    let flags = "float_tolerance 1e-6";
    check_both_ways(flags, "1e400", "1e500", false);
    check_both_ways(flags, "1e400", "1.0e400", true);
    check_both_ways(flags, "1e400", "10e399", true);
    check_both_ways(flags, "1e400", "-1e400", false);
    check_both_ways(flags, "1e999999999999", "1e999999999998", false);
    check_both_ways(flags, "1e999999999999", "1.0000001e999999999999", true);
    check_both_ways(
        flags,
        "1e99999999999999999999999999",
        "1e99999999999999999999999998",
        false,
    );
    check_both_ways(
        flags,
        "1e99999999999999999999999999",
        "1E99999999999999999999999999",
        true,
    ); // The same text.
    check_both_ways(flags, "1e99999999999999999999999999", "1", false);
    check_both_ways(flags, "1e-400", "1e-500", true); // Both are within 1e-6 of each other.
    check_both_ways(flags, "1e-99999999999999999999999999", "0", true);
    check_both_ways(
        flags,
        "1e-99999999999999999999999999",
        "2e-99999999999999999999999999",
        true,
    );
    check_both_ways(flags, "0e99999999999999999999999999", "0", true);
    check_both_ways(flags, "0e99999999999999999999999999", "1", false);
    let relative = "float_relative_tolerance 1e-6";
    check_both_ways(relative, "1e-400", "2e-400", false);
    check_both_ways(relative, "1e-400", "1.00e-400", true);
    check_both_ways(relative, "1e-400", "0", false);
    check_both_ways(relative, "1e-99999999999999999999999999", "0", false);
    check_both_ways(relative, "1e-99999999999999999999999999", "1e-3", false);
    check_both_ways("float_absolute_tolerance 0", "1e-400", "0", false);
    check_both_ways("float_absolute_tolerance 1e-320", "1e-320", "0", true);
    check_both_ways("float_absolute_tolerance 1e-320", "2e-320", "0", false);
    check_both_ways(
        "float_relative_tolerance 1e-200",
        "1e-200",
        "1.0000001e-200",
        false,
    );
}

#[test]
fn space_changes_count_where_asked_for() {
    let flags = "space_change_sensitive";
    check(flags, b"1 2\n", b"1 2\n", SAME);
    check(flags, b"1 2\n", b"1  2\n", Some((2, 2)));
    check(flags, b"1 2\n", b"1\t2\n", Some((1, 1)));
    check(flags, b"1 2\n", b"1 2", Some((3, 3)));
    check(flags, b"1 2\n", b"1 2\n\n", Some((4, 4)));
    check(flags, b"1 2\n", b" 1 2\n", Some((0, 0)));
    check(flags, b" 1", b"1", Some((0, 0)));
    check(flags, b"1\n", b"1\r\n", Some((1, 1)));
    check(flags, b"1 2", b"12", Some((1, 1)));
    check(flags, b"a  b", b"a  B", SAME);
    check(flags, b"a  b", b"a  c", Some((3, 3)));
    check(flags, b"\n", b"", Some((0, 0)));
    check(
        "space_change_sensitive case_sensitive",
        b"a b",
        b"a B",
        Some((2, 2)),
    );
    check(
        "space_change_sensitive float_tolerance 1",
        b"1  2\n",
        b"1.5  2.5\n",
        SAME,
    );
    check(
        "space_change_sensitive float_tolerance 1",
        b"1  2\n",
        b"1.5 2.5\n",
        Some((2, 4)),
    );
}

#[test]
fn flags_are_checked() {
    for (flags, expected) in [
        ("float_tolerance", "needs a number"),
        ("float_tolerance x", "needs a number"),
        ("float_tolerance nan", "needs a number"),
        ("float_tolerance inf", "needs a number"),
        ("float_tolerance 0x1", "needs a number"),
        ("float_tolerance -1", "must not be negative"),
        ("float_tolerance 1e400", "too large"),
        ("float_tolerance 1 float_tolerance 1", "set already"),
        ("float_tolerance 1 float_relative_tolerance 1", "set already"),
        ("float_absolute_tolerance 1 float_tolerance 1", "set already"),
        (
            "float_relative_tolerance 1 float_relative_tolerance 2",
            "set already",
        ),
        ("case_insensitive", "is not an argument"),
        ("1e-6", "is not an argument"),
    ] {
        let args: Vec<String> = flags.split_whitespace().map(str::to_owned).collect();
        let error = Comparator::from_args(&args).unwrap_err();
        assert!(error.contains(expected), "{flags}: {error}");
    }
}

#[test]
fn the_difference_is_told_in_words() {
    let long = "x".repeat(1000);
    for (flags, answer, output, expected) in [
        (
            "",
            "1\n2\n3\n",
            "1 2\n4\n",
            "line 2: the output has \"4\" where the answer (line 3) has \"3\"",
        ),
        (
            "",
            "1\n2\n",
            "1\n",
            "line 2: the output ends where the answer (line 2) has \"2\"",
        ),
        (
            "",
            "1\n",
            "1\n\n5\n",
            "line 3: the output goes on with \"5\" after the end of the answer",
        ),
        (
            "float_tolerance 1e-3",
            "a\n0.5\n",
            "a\n0.6\n",
            "line 2: the output has \"0.6\", which is too far off where the answer (line 2) has \"0.5\"",
        ),
        (
            "float_tolerance 1e-3",
            "0.5\n",
            "half\n",
            "line 1: the output has \"half\", which is not a number where the answer (line 1) has \"0.5\"",
        ),
        (
            "space_change_sensitive",
            "a b\n",
            "a\tb\n",
            "line 1: the output has a tab where the answer (line 1) has a space",
        ),
        (
            "",
            "a",
            "\u{1b}[31m\"\0",
            "line 1: the output has \"\\x1b[31m\\\"\\x00\" where the answer (line 1) has \"a\"",
        ),
    ] {
        let found = compare(&comparator(flags), answer.as_bytes(), output.as_bytes()).unwrap();
        assert_eq!(found.what, expected);
    }
    let found = compare(&comparator(""), long.as_bytes(), "y".as_bytes()).unwrap();
    assert!(found.what.len() < 200, "{}", found.what);
    assert!(found.what.contains("x…\""), "{}", found.what);
}

/// Tokens that are longer than any buffer.
#[test]
fn huge_tokens_stream() {
    let mut answer = vec![b'7'; 3 << 20];
    let mut output = answer.clone();
    for flags in [
        "",
        "case_sensitive",
        "space_change_sensitive",
        "float_tolerance 1e-6",
    ] {
        let comparator = comparator(flags);
        assert_eq!(
            comparator.compare(&answer[..], &output[..]).unwrap(),
            None,
            "{flags}"
        );
        *output.last_mut().unwrap() = b'x';
        let found = comparator
            .compare(BufReader::new(&answer[..]), BufReader::new(&output[..]))
            .unwrap();
        let expected = if flags.starts_with("float") {
            0
        } else {
            (3 << 20) - 1
        };
        assert_eq!(found.unwrap().output_at, expected, "{flags}");
        *output.last_mut().unwrap() = b'7';
    }
    answer.push(b'0');
    assert!(
        comparator("")
            .compare(&answer[..], &output[..])
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_reader_that_fails_fails_the_comparison() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _buffer: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("gone"))
        }
    }
    let found = Comparator::default().compare(&b"1"[..], BufReader::new(Broken));
    assert_eq!(found.unwrap_err().to_string(), "gone");
}

//! What a compiler said, as it is shown: bounded, text that a terminal and a database take, and without the paths of any machine.

use std::borrow::Cow;
use std::fmt::Write;

use sandbox::Captured;

use super::LOG_BYTES;

/// The longest line that is kept, in bytes. A compiler that shows a source of one line shows all of it.
const LINE_BYTES: usize = 1000;

/// Where paths of the sandbox begin. Whoever sent the source knows neither what lies there nor where.
const ROOTS: [&str; 12] = [
    "work", "tmp", "usr", "prepared", "lib", "lib64", "bin", "opt", "etc", "proc", "dev", "sbin",
];

/// What a compiler said, errors first; `None` where it was nothing.
pub(super) fn of(stderr: &Captured, stdout: &Captured) -> Option<String> {
    let mut log = String::new();
    for captured in [stderr, stdout] {
        for line in String::from_utf8_lossy(&captured.bytes).lines() {
            add_line(&mut log, line);
        }
        let dropped = captured.written.saturating_sub(captured.bytes.len() as u64);
        if dropped > 0 {
            let _ = writeln!(log, "… and {dropped} bytes more");
        }
    }
    log.truncate(log.trim_end().len());
    let room = usize::try_from(LOG_BYTES).unwrap_or(usize::MAX);
    if log.len() > room {
        log.truncate(log.floor_char_boundary(room));
        log.push_str("\n…");
    }
    (!log.is_empty()).then_some(log)
}

fn add_line(log: &mut String, line: &str) {
    let line = if is_excerpt(line) {
        Cow::Borrowed(line)
    } else {
        without_directories(line)
    };
    let kept = &line[..line.floor_char_boundary(LINE_BYTES)];
    log.extend(kept.chars().map(shown));
    if kept.len() < line.len() {
        log.push('…');
    }
    log.push('\n');
}

/// A terminal would obey control characters, and Postgres refuses NUL in text.
fn shown(c: char) -> char {
    if c.is_control() && c != '\t' {
        '\u{fffd}'
    } else {
        c
    }
}

/// Whether gcc shows the source here (`   12 | int x;`), which is to stay as it was written.
fn is_excerpt(line: &str) -> bool {
    line.trim_start()
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .starts_with(" |")
}

/// Leaves of each path of the sandbox what is behind the last slash.
fn without_directories(line: &str) -> Cow<'_, str> {
    let mut left = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = line[at..].find('/').map(|offset| at + offset) {
        let path = path_at(line, found);
        at = found + path.len().max(1);
        if path.is_empty() {
            continue;
        }
        let name = path.trim_end_matches('/').rfind('/').map_or(0, |slash| slash + 1);
        left.push_str(&line[copied..found]);
        left.push_str(&path[name..]);
        copied = at;
    }
    if copied == 0 {
        return Cow::Borrowed(line);
    }
    left.push_str(&line[copied..]);
    Cow::Owned(left)
}

/// The path of the sandbox that begins there; empty where none does.
fn path_at(line: &str, slash: usize) -> &str {
    let before = line[..slash].chars().next_back();
    // Not in the middle of a path, an address, or a word.
    if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '\\')) {
        return "";
    }
    let rest = &line[slash..];
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | '@' | '~');
    let path = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
    // Three slashes are those of `file:///usr/share/doc`.
    let below = path.strip_prefix("///").unwrap_or(&path[1..]);
    let is_root = |root: &str| {
        below
            .strip_prefix(root)
            .is_some_and(|below| below.starts_with('/'))
    };
    if ROOTS.into_iter().any(is_root) { path } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(bytes: &[u8], written: u64) -> Captured {
        Captured {
            bytes: bytes.to_vec(),
            written,
        }
    }

    fn log(bytes: &[u8]) -> Option<String> {
        of(&captured(bytes, bytes.len() as u64), &captured(b"", 0))
    }

    #[test]
    fn paths_of_the_sandbox_are_left_out_and_nothing_else() {
        for (said, shown) in [
            ("main.cpp:3:5: error: x", "main.cpp:3:5: error: x"),
            ("/work/main.cpp:3:5: error: x", "main.cpp:3:5: error: x"),
            (
                "In file included from /usr/include/c++/12/algorithm:61,",
                "In file included from algorithm:61,",
            ),
            (
                "/usr/bin/ld: /tmp/ccAb12.o: in function `main':",
                "ld: ccAb12.o: in function `main':",
            ),
            ("File \"/usr/lib/python3.11/x.py\"", "File \"x.py\""),
            ("at /work/a/ and", "at a/ and"),
            ("include/x.h:3: a/work/b", "include/x.h:3: a/work/b"),
            ("https://example.org/work/b", "https://example.org/work/b"),
            ("<file:///usr/share/doc/README.Bugs>", "<file:README.Bugs>"),
            ("1 / 2, a/b, //work, /, /work", "1 / 2, a/b, //work, /, /work"),
            (
                "   12 | #include \"/usr/x/y.h\"",
                "   12 | #include \"/usr/x/y.h\"",
            ),
        ] {
            assert_eq!(log(said.as_bytes()).as_deref(), Some(shown));
        }
    }

    #[test]
    fn what_is_shown_is_bounded_text_without_control_characters() {
        assert_eq!(log(b""), None);
        assert_eq!(log(b"\n \n"), None);
        assert_eq!(
            log(b"\x1b[31ma\0b\xff\r\nc\td").as_deref(),
            Some("\u{fffd}[31ma\u{fffd}b\u{fffd}\nc\td")
        );
        let long = "é".repeat(5000);
        let shown = log(long.as_bytes()).unwrap();
        assert_eq!(shown, format!("{}…", "é".repeat(LINE_BYTES / 2)));
        let room = usize::try_from(LOG_BYTES).unwrap();
        let flood = log("é\n".repeat(room).as_bytes()).unwrap();
        assert!(flood.len() <= room + 8 && flood.ends_with("\n…"));
        let both = of(&captured(b"a", 9), &captured(b"b", 1)).unwrap();
        assert_eq!(both, "a\n… and 8 bytes more\nb");
    }
}

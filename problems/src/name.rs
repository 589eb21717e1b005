//! The format's rule for names of files and directories, and for paths of them.

/// Whether a file or directory may have the name: 1 to 255 of letters, digits, `_`, `.` and `-`, the first one a
/// letter, digit or `_`.
pub(crate) fn is_valid(name: &str) -> bool {
    let bytes = name.as_bytes();
    let first = bytes.first().copied().unwrap_or(b'.');
    bytes.len() <= 255
        && (first.is_ascii_alphanumeric() || first == b'_')
        && bytes
            .iter()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.' | b'-'))
}

/// Whether a package may have the name: lower-case letters and digits.
pub(crate) fn is_valid_short_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
}

/// A path with a name appended.
pub(crate) fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() {
        name.to_owned()
    } else {
        format!("{directory}/{name}")
    }
}

/// The directory of a path and the name in it.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rule() {
        for name in ["a", "_x", "0.in", "A-b_c.d", &"x".repeat(255)] {
            assert!(is_valid(name), "{name:?}");
        }
        for name in ["", ".git", "-a", "a b", "ä", "a/b", "a\n", "a+", &"x".repeat(256)] {
            assert!(!is_valid(name), "{name:?}");
        }
    }
}

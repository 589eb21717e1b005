//! Text at the border of the database.
//!
//! What programs print can hold NUL characters, and Postgres stores none in a text. So every text that is not checked
//! elsewhere (messages, compiler output, names of cases and workers, labels) goes through here on its way in, and both
//! engines store the same. Sources are JSON, where a NUL is an escape.

use std::borrow::Cow;

/// The text with every NUL replaced by U+FFFD, the replacement character.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The same, cut to at most `max` bytes between two characters.
pub(crate) fn clean_and_cut(text: &str, max: usize) -> Cow<'_, str> {
    clean(&text[..text.floor_char_boundary(max)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, max: usize, expected: &str) {
        assert_eq!(clean_and_cut(text, max), expected, "{text:?} cut to {max}");
    }

    #[test]
    fn no_nul_comes_through_and_no_character_is_split() {
        check("", 10, "");
        check("plain", 10, "plain");
        check("a\0b", 10, "a\u{fffd}b");
        check("naïve", 3, "na");
        check("naïve", 4, "naï");
        check("日本", 5, "日");
    }
}

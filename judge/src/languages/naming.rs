//! What a submitted file has to be called, where a language derives that from its content.

use serde::Deserialize;

/// How files are named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Naming {
    /// As they were submitted.
    #[default]
    AsSubmitted,
    /// As the public type that they declare, as Java demands.
    PublicType,
}

/// The name of the public type that a Java source declares outside all braces (Java Language Specification, 7.6).
pub(crate) fn public_type(source: &str) -> Option<&str> {
    let mut depth = 0_u32;
    let mut is_public = false;
    let mut is_named_next = false;
    for token in Tokens(source) {
        match token {
            "{" | "(" => depth += 1,
            "}" | ")" => depth = depth.saturating_sub(1),
            _ if depth > 0 => continue,
            "public" => is_public = true,
            "class" | "interface" | "enum" | "record" if is_public => is_named_next = true,
            name if is_named_next => return Some(name),
            _ => {}
        }
        if matches!(token, ";" | "}") {
            (is_public, is_named_next) = (false, false);
        }
    }
    None
}

/// Words and single characters of a Java source, without comments, strings and white space.
struct Tokens<'a>(&'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            self.0 = self.0.trim_start();
            let rest = self.0;
            let skipped = if let Some(comment) = rest.strip_prefix("//") {
                Some(comment.split_once('\n').map_or("", |(_, after)| after))
            } else if let Some(comment) = rest.strip_prefix("/*") {
                Some(comment.split_once("*/").map_or("", |(_, after)| after))
            } else if let Some(block) = rest.strip_prefix("\"\"\"") {
                Some(after_quote(block, "\"\"\""))
            } else if let Some(string) = rest.strip_prefix('"') {
                Some(after_quote(string, "\""))
            } else {
                rest.strip_prefix('\'')
                    .map(|character| after_quote(character, "'"))
            };
            match skipped {
                Some(after) => self.0 = after,
                None => break,
            }
        }
        let first = self.0.chars().next()?;
        let end = if is_word(first) {
            self.0.find(|c| !is_word(c)).unwrap_or(self.0.len())
        } else {
            first.len_utf8()
        };
        let (token, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(token)
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// What follows the closing quote; a backslash takes the next character with it.
fn after_quote<'a>(text: &'a str, quote: &str) -> &'a str {
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(quote) {
            return after;
        }
        let mut characters = rest.chars();
        if characters.next() == Some('\\') {
            characters.next();
        }
        rest = characters.as_str();
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_type_is_found_where_it_is_declared() {
        for (source, expected) in [
            ("public class Main { }", Some("Main")),
            ("import java.util.*; public final class A{}", Some("A")),
            (
                "@Deprecated(since = \"{\") public abstract class B<T> {}",
                Some("B"),
            ),
            ("class A {} public record C(int x) {}", Some("C")),
            ("public @interface D {}", Some("D")),
            ("public sealed interface E permits F {}", Some("E")),
            ("public enum Été { A }", Some("Été")),
            (
                "/* public class No {} */ // public class No\npublic class Yes {}",
                Some("Yes"),
            ),
            ("class A { public static class B {} }", None),
            (
                "class A { char c = '{'; String s = \"\\\"{\"; } public class G {}",
                Some("G"),
            ),
            (
                "class A { String s = \"\"\"\n  { \" \\\"\"\" {\n\"\"\"; } public class H {}",
                Some("H"),
            ),
            ("class A {}", None),
            ("", None),
            ("public class", None),
            ("\"", None),
            ("/*", None),
            ("}}} public class I", Some("I")),
        ] {
            assert_eq!(public_type(source), expected, "{source}");
        }
    }
}

//! The `constants` of `problem.yaml`: words that stand as `{{name}}` or `{{name.variant}}` in programs and settings.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::complaint::Report;
use crate::fields::{Fields, Place};
use crate::yaml::{Node, Value};

const OPEN: &[u8] = b"{{";
const CLOSE: &[u8] = b"}}";

/// The key of a constant's own value, beside those of its variants.
const OWN: &str = "value";

/// What names stand for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constants {
    /// By `name` or `name.variant`.
    values: BTreeMap<String, String>,
}

impl Constants {
    /// The text with all names replaced. What is between braces and no name is left as it is.
    pub fn fill<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        if self.values.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut filled = Vec::new();
        let mut rest = text;
        while let Some(at) = find(rest, OPEN) {
            let inside = &rest[at + OPEN.len()..];
            let value = find(inside, CLOSE).and_then(|end| {
                let name = std::str::from_utf8(&inside[..end]).ok()?;
                Some((self.values.get(name)?, end + CLOSE.len()))
            });
            if let Some((value, end)) = value {
                filled.extend_from_slice(&rest[..at]);
                filled.extend_from_slice(value.as_bytes());
                rest = &inside[end..];
            } else {
                // Of three braces, the last two may be those of a name.
                filled.extend_from_slice(&rest[..=at]);
                rest = &rest[at + 1..];
            }
        }
        if filled.is_empty() && rest.len() == text.len() {
            return Cow::Borrowed(text);
        }
        filled.extend_from_slice(rest);
        Cow::Owned(filled)
    }
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

/// Reads the key.
pub(crate) fn read(fields: &mut Fields<'_>, report: &mut Report) -> Constants {
    let mut constants = Constants::default();
    let Some((node, place)) = fields.take("constants", report) else {
        return constants;
    };
    let Some(entries) = Fields::of(node, place.clone(), report) else {
        return constants;
    };
    for (key, node) in entries.rest() {
        let place = place.child(&key.text);
        check_name(&key.text, key.line, &place, report);
        let Value::Map(variants) = &node.value else {
            if let Some(value) = value(node, &place, report) {
                constants.values.insert(key.text.clone(), value);
            }
            continue;
        };
        if !variants.iter().any(|(variant, _)| variant.text == OWN) {
            report.object(place.child(OWN).complaint(node.line, "is required"));
        }
        for (variant, node) in variants {
            let place = place.child(&variant.text);
            check_name(&variant.text, variant.line, &place, report);
            if let Some(value) = value(node, &place, report) {
                if variant.text == OWN {
                    constants.values.insert(key.text.clone(), value.clone());
                }
                let full = format!("{}.{}", key.text, variant.text);
                constants.values.insert(full, value);
            }
        }
    }
    constants
}

fn check_name(name: &str, line: u32, place: &Place<'_>, report: &mut Report) {
    let is_inside = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
    let begins_with_digit = name.bytes().next().is_none_or(|c| c.is_ascii_digit());
    if begins_with_digit || !name.bytes().all(is_inside) {
        let what = "is not a name: letters, digits and '_', not beginning with a digit";
        report.object(place.complaint(line, what));
    }
}

/// Numbers stand as they are written.
fn value(node: &Node, place: &Place<'_>, report: &mut Report) -> Option<String> {
    match (&node.value, &node.raw) {
        (Value::Text(text), _) => Some(text.clone()),
        (Value::Integer(_) | Value::Float(_), Some(raw)) => Some(raw.clone()),
        (Value::Bool(_), Some(raw)) if report.is_lenient() => Some(raw.clone()),
        _ => {
            let what = format!("must be a number or a string, not {}", node.value.kind());
            report.complain(place.complaint(node.line, what));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let values = [("N", "100"), ("N.tex", "10^2"), ("s", "{{N}}"), ("e", "")];
        let constants = Constants {
            values: values.map(|(name, value)| (name.into(), value.into())).into(),
        };
        assert_eq!(
            String::from_utf8_lossy(&constants.fill(text.as_bytes())),
            expected,
            "{text}"
        );
    }

    #[test]
    fn names_are_replaced_and_nothing_else() {
        check("", "");
        check("plain", "plain");
        check("x = {{N}};", "x = 100;");
        check("{{N}}{{N.tex}}", "10010^2");
        check("{{{N}}}", "{100}");
        check("{{{{N}}", "{{100");
        check("{{ N }} {{M}} {{N", "{{ N }} {{M}} {{N");
        check("{{s}}", "{{N}}");
        check("{{e}}", "");
        check(
            "int a[2][2] = {{1, 2}, {3, 4}};",
            "int a[2][2] = {{1, 2}, {3, 4}};",
        );
        check("é{{N}}é", "é100é");
    }
}

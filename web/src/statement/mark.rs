//! Places for what is ours in a text that is not.
//!
//! A mark is written with two characters of the private use area that are taken out of every text before. Marks count
//! only in text: one that got into an attribute, whatever way, is dropped.

use std::borrow::Cow;

use super::Part;

const OPEN: char = '\u{f8f0}';
const CLOSE: char = '\u{f8f1}';

/// What stands where a mark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// The formula of that number.
    Formula(usize),
    /// The next sample.
    NextSample,
    /// All other samples.
    RemainingSamples,
}

impl std::fmt::Display for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Formula(number) => write!(f, "{OPEN}{number}{CLOSE}"),
            Self::NextSample => write!(f, "{OPEN}next{CLOSE}"),
            Self::RemainingSamples => write!(f, "{OPEN}rest{CLOSE}"),
        }
    }
}

/// The text without anything that could be taken for a mark.
pub(super) fn without_marks(text: &str) -> Cow<'_, str> {
    if text.contains([OPEN, CLOSE]) {
        Cow::Owned(text.replace([OPEN, CLOSE], "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Puts formulas where their marks are, and parts the HTML where samples are to stand. `html` is clean: every attribute is
/// in double quotes.
pub(super) fn fill(html: &str, formulas: &[String]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut text = String::with_capacity(html.len());
    let (mut in_tag, mut in_quotes) = (false, false);
    let mut rest = html.chars();
    while let Some(c) = rest.next() {
        match c {
            OPEN => {
                let name: String = rest.by_ref().take_while(|c| *c != CLOSE).collect();
                if in_tag {
                    continue;
                }
                let sample = match name.as_str() {
                    "next" => Some(Part::NextSample),
                    "rest" => Some(Part::RemainingSamples),
                    number => {
                        let formula = number.parse().ok().and_then(|number: usize| formulas.get(number));
                        text.push_str(formula.map_or("", String::as_str));
                        None
                    }
                };
                if let Some(sample) = sample {
                    parts.push(Part::Html(std::mem::take(&mut text)));
                    parts.push(sample);
                }
                continue;
            }
            '<' if !in_tag => in_tag = true,
            '"' if in_tag => in_quotes = !in_quotes,
            '>' if in_tag && !in_quotes => in_tag = false,
            _ => {}
        }
        text.push(c);
    }
    parts.push(Part::Html(text));
    parts.retain(|part| !matches!(part, Part::Html(html) if html.trim().is_empty()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_count_only_in_text() {
        let formulas = ["<math>x</math>".to_owned()];
        let (formula, next) = (Mark::Formula(0), Mark::NextSample);
        let html = format!(
            "<p title=\"{formula} > {next}\">{formula}</p>{next}<p>a > b{}</p>",
            Mark::Formula(7)
        );
        assert_eq!(
            fill(&html, &formulas),
            [
                Part::Html("<p title=\" > \"><math>x</math></p>".to_owned()),
                Part::NextSample,
                Part::Html("<p>a > b</p>".to_owned()),
            ]
        );
        assert_eq!(without_marks(&formula.to_string()), "\u{fffd}0\u{fffd}");
    }
}

//! Markdown as the package format has it: `CommonMark` with tables, footnotes and formulas.

use std::fmt::Write as _;

use pulldown_cmark::{Event, Options, Parser, html};

use super::{Draft, Mark, math};

/// Makes HTML with marks of Markdown.
pub(super) fn convert(text: &str) -> Draft {
    let mut options = Options::empty();
    options.insert(Options::ENABLE_TABLES);
    options.insert(Options::ENABLE_FOOTNOTES);
    options.insert(Options::ENABLE_MATH);
    options.insert(Options::ENABLE_STRIKETHROUGH);
    let text = with_places_for_samples(text);
    let mut draft = Draft::default();
    let mut body = String::new();
    let events = Parser::new_ext(&text, options).map(|event| match event {
        Event::InlineMath(formula) => formula_of(&formula, false, &mut draft),
        Event::DisplayMath(formula) => formula_of(&formula, true, &mut draft),
        event => event,
    });
    html::push_html(&mut body, events);
    draft.html = body;
    draft
}

fn formula_of(formula: &str, is_display: bool, draft: &mut Draft) -> Event<'static> {
    if let Some(html) = math::render(formula, is_display) {
        draft.formulas.push(html);
        return Event::Text(Mark::Formula(draft.formulas.len() - 1).to_string().into());
    }
    let formula = format!("${}$", formula.trim());
    draft.left_out.push(formula.clone());
    Event::Code(formula.into())
}

/// A line of its own that says where samples stand becomes a mark in a paragraph of its own.
fn with_places_for_samples(text: &str) -> String {
    let mut with_places = String::with_capacity(text.len());
    for line in text.lines() {
        let mark = match line.trim() {
            "{{nextsample}}" => Some(Mark::NextSample),
            "{{remainingsamples}}" => Some(Mark::RemainingSamples),
            _ => None,
        };
        // Writing to a string cannot fail.
        let _ = match mark {
            Some(mark) => writeln!(with_places, "\n{mark}\n"),
            None => writeln!(with_places, "{line}"),
        };
    }
    with_places
}

#[cfg(test)]
mod tests {
    use problems::StatementFormat::Markdown;

    use super::super::tests::html;

    #[test]
    fn a_statement_in_markdown_is_readable() {
        let text = "## Input\n\nOne *line* with $n$.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n{{nextsample}}\n\nMore.\n\n\
                    {{remainingsamples}}\n";
        let html = html(Markdown, text);
        for expected in [
            "<h2>Input</h2>",
            "<em>line</em>",
            "<math",
            "<td>1</td>",
            "[next]",
            "<p>More.</p>",
            "[rest]",
        ] {
            assert!(html.contains(expected), "{expected} in {html}");
        }
    }

    #[test]
    fn a_formula_that_is_not_understood_is_shown_as_written() {
        let html = html(Markdown, "Let $\\nosuchcommand$ be.");
        assert!(html.contains("<code>$\\nosuchcommand$</code>"), "{html}");
    }

    #[test]
    fn a_formula_in_the_words_for_a_picture_stays_out_of_the_attribute() {
        let html = html(Markdown, "![the value $x$](map.png)");
        assert!(html.contains("src=\"/problems/x/files/map.png\""), "{html}");
        assert!(html.contains("alt=\"the value \""), "{html}");
    }
}

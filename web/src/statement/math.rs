//! Formulas as `MathML`, which browsers show without any script.

use pulldown_latex::config::{DisplayMode, RenderConfig};
use pulldown_latex::{Parser, Storage, push_mathml};

use super::clean;

/// The longest formula, in bytes; a longer one is shown as it was written.
const LONGEST: usize = 4096;

/// The deepest nesting of a formula; browsers and we ourselves walk it recursively.
const DEEPEST: usize = 60;

/// A formula as `MathML`, clean; `None` where it is not understood.
pub(super) fn render(formula: &str, is_display: bool) -> Option<String> {
    if formula.len() > LONGEST || depth(formula) > DEEPEST {
        return None;
    }
    let storage = Storage::new();
    let events: Result<Vec<_>, _> = Parser::new(formula, &storage).collect();
    let events = events.ok()?;
    let config = RenderConfig {
        display_mode: if is_display {
            DisplayMode::Block
        } else {
            DisplayMode::Inline
        },
        ..RenderConfig::default()
    };
    let mut html = String::new();
    let events = events.into_iter().map(Ok::<_, std::convert::Infallible>);
    push_mathml(&mut html, events, config).ok()?;
    Some(clean::math(&html))
}

/// How deep braces and environments go.
fn depth(formula: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for (at, c) in formula.char_indices() {
        match c {
            '{' | '^' | '_' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '\\' if formula[at..].starts_with("\\left") || formula[at..].starts_with("\\frac") => depth += 1,
            '\\' if formula[at..].starts_with("\\right") => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_mathml() {
        let html = render(r"1 \leq n \leq 10^5", false).unwrap();
        assert!(html.starts_with("<math") && html.ends_with("</math>"), "{html}");
        assert!(html.contains("<mn>") && html.contains('≤'), "{html}");
        assert!(html.contains("<msup>"), "{html}");
        let html = render(r"\sum_{i=1}^{n} \frac{a_i}{2}", true).unwrap();
        assert!(
            html.contains("display=\"block\"") && html.contains("<mfrac>"),
            "{html}"
        );
    }

    #[test]
    fn what_is_not_understood_is_not_guessed() {
        assert_eq!(render(r"\nosuchcommand{x}", false), None);
        assert_eq!(render(r"\frac{1}{", false), None);
        assert_eq!(render(&"{".repeat(2000), false), None);
        assert_eq!(render(&"x".repeat(LONGEST + 1), false), None);
    }

    #[test]
    fn a_formula_brings_no_styles_and_no_tags() {
        for formula in [
            r"\color{red}{x}",
            r"\textcolor{red}{x}",
            r"\text{<img src=x onerror=alert(1)>}",
            "a<b",
            "a&b",
        ] {
            if let Some(html) = render(formula, false) {
                assert!(
                    !html.contains("style=") && !html.contains("<img"),
                    "{formula}: {html}"
                );
            }
        }
    }
}

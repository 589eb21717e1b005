//! LaTeX as statements of packages use it.

use super::Draft;

/// Makes HTML with marks of LaTeX.
pub(super) fn convert(text: &str) -> Draft {
    let mut html = String::from("<pre>");
    for c in text.chars() {
        match c {
            '<' => html.push_str("&lt;"),
            '&' => html.push_str("&amp;"),
            c => html.push(c),
        }
    }
    html.push_str("</pre>");
    Draft {
        html,
        ..Draft::default()
    }
}

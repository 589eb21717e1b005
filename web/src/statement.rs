//! Statements as HTML that a page of ours may hold, whatever is in them.
//!
//! `markdown` and `latex` make HTML of a text that nobody trusts; formulas become `MathML` in `math`. Both leave [`Mark`]s
//! where something of ours is to stand: formulas and samples. `clean` then takes out everything that a page must not
//! have, and only after that is what the marks stand for put in: what comes from outside never passes as ours.

mod clean;
mod latex;
mod mark;
mod markdown;
mod math;

use problems::{Constants, StatementFormat};

use mark::Mark;

/// The longest statement that is rendered, in bytes.
pub(crate) const LONGEST: usize = 1 << 20;

/// A rendered statement: HTML, with places for samples between.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rendered {
    pub(crate) parts: Vec<Part>,
    /// What could not be rendered, in the author's words; for a visible note.
    pub(crate) left_out: Vec<String>,
}

/// A part of a rendered statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    /// HTML that is safe to show as it is.
    Html(String),
    /// The next sample stands here.
    NextSample,
    /// All samples that were not shown yet stand here.
    RemainingSamples,
}

/// What a converter makes of a text.
#[derive(Debug, Default)]
struct Draft {
    /// HTML with marks, not clean.
    html: String,
    /// What the marks stand for.
    formulas: Vec<String>,
    left_out: Vec<String>,
}

/// Renders a statement. `pictures` is the address below which its pictures are.
pub(crate) fn render(format: StatementFormat, text: &str, constants: &Constants, pictures: &str) -> Rendered {
    let text = mark::without_marks(text);
    let draft = match format {
        StatementFormat::Markdown => {
            let filled = constants.fill(text.as_bytes());
            markdown::convert(&String::from_utf8_lossy(&filled))
        }
        StatementFormat::Latex => latex::convert(&text),
        StatementFormat::Pdf => Draft::default(),
    };
    let html = clean::statement(&draft.html, pictures);
    let mut left_out = draft.left_out;
    left_out.sort();
    left_out.dedup();
    Rendered {
        parts: mark::fill(&html, &draft.formulas),
        left_out,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn html(format: StatementFormat, text: &str) -> String {
        let rendered = render(format, text, &Constants::default(), "/problems/x/files/");
        rendered
            .parts
            .iter()
            .map(|part| match part {
                Part::Html(html) => html.as_str(),
                Part::NextSample => "[next]",
                Part::RemainingSamples => "[rest]",
            })
            .collect()
    }

    /// Ways to run something, or to reach somebody else.
    const HOSTILE: [&str; 22] = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "<math><mtext></p><img src=x onerror=alert(1)></math>",
        "<a href=\"javascript:alert(1)\">x</a>",
        "[x](javascript:alert(1))",
        "![x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "<iframe src=\"https://evil.example\"></iframe>",
        "<style>body{display:none}</style>",
        "<p style=\"position:fixed\">x</p>",
        "<form action=\"https://evil.example\"><input name=a></form>",
        "<base href=\"https://evil.example/\">",
        "<meta http-equiv=refresh content=\"0;url=https://evil.example\">",
        "<img src=\"https://evil.example/pixel.png\">",
        "![x](//evil.example/pixel.png)",
        "$\\href{javascript:alert(1)}{x}$",
        "$\\text{<script>alert(1)</script>}$",
        "![$\\text{\" onerror=alert(1) x=\"}$](a.png)",
        "<a title=\"$x$\" id=a onclick=alert(1)>x</a>",
        "<pre title=\"\n{{nextsample}}\n\">x</pre>",
        "\u{f8f0}0\u{f8f1}<b title=\"\u{f8f0}0\u{f8f1}\">",
    ];

    #[test]
    fn nothing_hostile_survives_in_any_format() {
        for text in HOSTILE {
            for format in [StatementFormat::Markdown, StatementFormat::Latex] {
                let html = html(format, text).to_ascii_lowercase();
                // Escaped text may say anything; what follows an open tag may not.
                for tag in html.split('<').skip(1) {
                    let tag = tag.split('>').next().unwrap();
                    for bad in [
                        "script",
                        "iframe",
                        "style",
                        "form",
                        "base",
                        "meta",
                        "svg",
                        "javascript:",
                        "data:",
                        "onerror",
                        "onload",
                        "onclick",
                        "evil.example",
                    ] {
                        assert!(!tag.contains(bad), "{text:?} became {html:?}");
                    }
                }
            }
        }
    }
}

//! LaTeX as statements of packages use it: the subset of the Kattis format, read by a small reader of our own.
//!
//! Nothing is expanded and no macro is defined, so that reading ends after one pass over the text. What is not known is
//! left out, with its words kept where it has some, and told in the note below the statement.

mod reader;
mod table;

use std::fmt::Write as _;

use super::{Draft, Mark, math};
use reader::{Reader, Token};

/// Environments within each other at most.
const DEEPEST: usize = 40;

/// Makes HTML with marks of LaTeX.
pub(super) fn convert(text: &str) -> Draft {
    let mut writer = Writer::default();
    let body = body(text);
    writer.block(&mut Reader::new(body), 0);
    writer.end_paragraph();
    writer.draft.html = writer.html;
    writer.draft
}

/// What stands between `\begin{document}` and `\end{document}`, where there is such a thing.
fn body(text: &str) -> &str {
    const BEGIN: &str = "\\begin{document}";
    let text = text.split_once(BEGIN).map_or(text, |(_, rest)| rest);
    text.split_once("\\end{document}").map_or(text, |(body, _)| body)
}

/// Writes HTML. Text is escaped here, and nowhere else.
#[derive(Debug, Default)]
struct Writer {
    html: String,
    draft: Draft,
    flow: Flow,
}

/// Where text is being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Flow {
    /// Between paragraphs.
    #[default]
    Between,
    /// In a paragraph.
    Paragraph,
    /// In something that has no paragraphs: a heading, a cell, an item.
    Inline,
}

impl Writer {
    /// Writes all that a reader has, as paragraphs and blocks.
    fn block(&mut self, reader: &mut Reader<'_>, depth: usize) {
        if depth > DEEPEST {
            self.leave_out("what is nested too deeply");
            return;
        }
        while let Some(token) = reader.next_token() {
            match token {
                Token::Paragraph if self.flow == Flow::Inline => self.html.push_str("<br>"),
                Token::Paragraph => self.end_paragraph(),
                Token::Text(text) => self.text(text),
                Token::Group(inner) => self.inline(inner, depth),
                Token::Formula { text, is_display } => self.formula(text, is_display),
                Token::Environment { name, body } => self.environment(name, body, depth),
                Token::Command(name) => self.command(name, reader, depth),
            }
        }
    }

    /// Writes a part of a paragraph.
    fn inline(&mut self, text: &str, depth: usize) {
        self.block(&mut Reader::new(text), depth + 1);
    }

    /// Writes what stands in a heading, a cell or an item.
    fn without_paragraphs(&mut self, text: &str, depth: usize) {
        let outside = std::mem::replace(&mut self.flow, Flow::Inline);
        self.inline(text, depth);
        self.flow = outside;
    }

    fn begin_paragraph(&mut self) {
        if self.flow == Flow::Between {
            self.html.push_str("<p>");
            self.flow = Flow::Paragraph;
        }
    }

    fn end_paragraph(&mut self) {
        if self.flow == Flow::Paragraph {
            while self.html.ends_with(' ') {
                self.html.pop();
            }
            self.html.push_str("</p>\n");
            self.flow = Flow::Between;
        }
    }

    fn text(&mut self, text: &str) {
        if text.trim().is_empty() && self.flow == Flow::Between {
            return;
        }
        self.begin_paragraph();
        escape(text, &mut self.html);
    }

    fn formula(&mut self, text: &str, is_display: bool) {
        self.begin_paragraph();
        if let Some(html) = math::render(text, is_display) {
            self.draft.formulas.push(html);
            let mark = Mark::Formula(self.draft.formulas.len() - 1);
            // Writing to a string cannot fail.
            let _ = write!(self.html, "{mark}");
            return;
        }
        let text = format!("${}$", text.trim());
        self.html.push_str("<code>");
        escape(&text, &mut self.html);
        self.html.push_str("</code>");
        self.leave_out(&text);
    }

    fn leave_out(&mut self, what: &str) {
        const MOST: usize = 50;
        if self.draft.left_out.len() < MOST {
            self.draft.left_out.push(what.chars().take(100).collect());
        }
    }

    fn command(&mut self, name: &str, reader: &mut Reader<'_>, depth: usize) {
        if let Some(tag) = styled(name) {
            self.begin_paragraph();
            let inner = reader.argument();
            let _ = write!(self.html, "<{tag}>");
            self.inline(inner, depth);
            let _ = write!(self.html, "</{tag}>");
            return;
        }
        match name {
            "section" | "section*" => self.heading("h2", reader, depth),
            "subsection" | "subsection*" | "subsubsection" | "paragraph" => self.heading("h3", reader, depth),
            // The page has a title of its own.
            "problemname" | "title" | "author" | "date" | "label" | "vspace" | "vspace*" | "hspace"
            | "usepackage" | "documentclass" | "setlength" | "input" => {
                reader.option();
                reader.argument();
            }
            "url" => {
                let address = reader.argument();
                self.link(address, address, depth, false);
            }
            "href" => {
                let address = reader.argument();
                let words = reader.argument();
                self.link(address, words, depth, true);
            }
            "includegraphics" => {
                reader.option();
                let file = reader.argument();
                self.picture(file);
            }
            "illustration" => {
                reader.argument();
                let (file, words) = (reader.argument(), reader.argument());
                self.end_paragraph();
                self.html.push_str("<figure class=\"illustration\">");
                self.picture(file);
                self.figure_caption(words, depth);
                self.html.push_str("</figure>\n");
            }
            "caption" => {
                let words = reader.argument();
                self.figure_caption(words, depth);
            }
            "footnote" => {
                self.text(" (");
                let words = reader.argument();
                self.inline(words, depth);
                self.text(")");
            }
            "verb" | "verb*" | "lstinline" => {
                self.begin_paragraph();
                let text = reader.verbatim_argument();
                self.html.push_str("<code>");
                escape(text, &mut self.html);
                self.html.push_str("</code>");
            }
            "nextsample" => self.samples(Mark::NextSample),
            "remainingsamples" => self.samples(Mark::RemainingSamples),
            "par" => self.end_paragraph(),
            "\\" | "newline" | "linebreak" => {
                reader.option();
                if self.flow != Flow::Between {
                    self.html.push_str("<br>");
                }
            }
            _ => self.word(name, reader),
        }
    }

    fn heading(&mut self, tag: &str, reader: &mut Reader<'_>, depth: usize) {
        self.end_paragraph();
        reader.option();
        let words = reader.argument();
        let _ = write!(self.html, "<{tag}>");
        self.without_paragraphs(words, depth);
        let _ = writeln!(self.html, "</{tag}>");
    }

    fn link(&mut self, address: &str, words: &str, depth: usize, is_text: bool) {
        self.begin_paragraph();
        self.html.push_str("<a href=\"");
        escape(
            &address
                .replace("\\_", "_")
                .replace("\\%", "%")
                .replace("\\#", "#"),
            &mut self.html,
        );
        self.html.push_str("\">");
        if is_text {
            self.inline(words, depth);
        } else {
            escape(words, &mut self.html);
        }
        self.html.push_str("</a>");
    }

    fn picture(&mut self, file: &str) {
        if file.to_ascii_lowercase().ends_with(".pdf") {
            self.leave_out(&format!("the picture {file}"));
            return;
        }
        let has_ending = file.rsplit('/').next().is_some_and(|name| name.contains('.'));
        let ending = if has_ending { "" } else { ".png" };
        self.html.push_str("<img src=\"");
        escape(file.trim(), &mut self.html);
        let _ = write!(self.html, "{ending}\" alt=\"\">");
    }

    fn figure_caption(&mut self, words: &str, depth: usize) {
        self.end_paragraph();
        self.html.push_str("<figcaption>");
        self.without_paragraphs(words, depth);
        self.html.push_str("</figcaption>");
    }

    fn samples(&mut self, mark: Mark) {
        self.end_paragraph();
        let _ = write!(self.html, "{mark}");
    }

    /// A command that stands for a character, or for nothing.
    fn word(&mut self, name: &str, reader: &mut Reader<'_>) {
        if let Some(text) = character(name) {
            self.text(text);
        } else if let Some(mark) = accent(name) {
            let letter = reader.argument();
            let mut letters = letter.trim_start_matches('\\').chars();
            if let Some(letter) = letters.next() {
                self.text(&format!("{letter}{mark}{}", letters.as_str()));
            }
        } else if !is_silent(name) {
            self.leave_out(&format!("\\{name}"));
        }
    }

    fn environment(&mut self, name: &str, body: &str, depth: usize) {
        match name.trim_end_matches('*') {
            "itemize" | "enumerate" | "description" => self.list(name, body, depth),
            "equation" | "align" | "gather" | "eqnarray" | "multline" | "displaymath" | "math" => {
                let environment = match name.trim_end_matches('*') {
                    "align" | "eqnarray" => "aligned",
                    "gather" | "multline" => "gathered",
                    _ => return self.formula(body, true),
                };
                self.formula(
                    &format!("\\begin{{{environment}}}{body}\\end{{{environment}}}"),
                    true,
                );
            }
            "verbatim" | "lstlisting" | "minted" => {
                self.end_paragraph();
                self.html.push_str("<pre>");
                escape(body.trim_matches('\n'), &mut self.html);
                self.html.push_str("</pre>\n");
            }
            "quote" | "quotation" => self.wrapped("blockquote", "", body, depth),
            "center" | "centering" => self.wrapped("div", " class=\"centred\"", body, depth),
            "figure" | "table" | "wrapfigure" => {
                let mut reader = Reader::new(body);
                reader.option();
                let body = reader.rest();
                self.wrapped("figure", "", body, depth);
            }
            "tabular" | "tabularx" | "longtable" => self.table(name, body, depth),
            "minipage" | "flushleft" | "flushright" | "small" | "document" => self.inline(body, depth),
            _ => {
                self.leave_out(&format!("\\begin{{{name}}}"));
                self.inline(body, depth);
            }
        }
    }

    fn wrapped(&mut self, tag: &str, attributes: &str, body: &str, depth: usize) {
        self.end_paragraph();
        let outside = std::mem::take(&mut self.flow);
        let _ = write!(self.html, "<{tag}{attributes}>");
        self.inline(body, depth);
        self.end_paragraph();
        self.flow = outside;
        let _ = writeln!(self.html, "</{tag}>");
    }

    fn list(&mut self, name: &str, body: &str, depth: usize) {
        let tag = if name.starts_with("enumerate") { "ol" } else { "ul" };
        self.end_paragraph();
        let _ = write!(self.html, "<{tag}>");
        for item in reader::items(body) {
            let mut reader = Reader::new(item);
            self.html.push_str("<li>");
            if let Some(label) = reader.option() {
                self.html.push_str("<strong>");
                self.without_paragraphs(label, depth);
                self.html.push_str("</strong> ");
            }
            self.without_paragraphs(reader.rest().trim(), depth);
            self.html.push_str("</li>");
        }
        let _ = writeln!(self.html, "</{tag}>");
    }
}

/// Escapes text, for elements and for attributes.
fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
}

fn styled(name: &str) -> Option<&'static str> {
    Some(match name {
        "emph" | "textit" | "textsl" => "em",
        "textbf" => "strong",
        "texttt" => "code",
        "underline" | "uline" => "u",
        "textsubscript" => "sub",
        "textsuperscript" => "sup",
        "textsc" | "textrm" | "textsf" | "textnormal" | "mbox" | "text" | "enquote" => "span",
        _ => return None,
    })
}

fn character(name: &str) -> Option<&'static str> {
    Some(match name {
        "%" => "%",
        "&" => "&",
        "$" => "$",
        "#" => "#",
        "_" => "_",
        "{" => "{",
        "}" => "}",
        " " | "," | ";" | ":" | "quad" | "qquad" | "space" => " ",
        "ldots" | "dots" | "textellipsis" => "…",
        "textbackslash" => "\\",
        "textasciitilde" => "~",
        "textasciicircum" => "^",
        "textbar" => "|",
        "textless" => "<",
        "textgreater" => ">",
        "textquotesingle" => "'",
        "textdegree" | "degree" => "°",
        "textendash" => "–",
        "textemdash" => "—",
        "copyright" => "©",
        "euro" => "€",
        "pounds" => "£",
        "S" => "§",
        "ss" => "ß",
        "ae" => "æ",
        "AE" => "Æ",
        "o" => "ø",
        "O" => "Ø",
        "aa" => "å",
        "AA" => "Å",
        "l" => "ł",
        "L" => "Ł",
        "i" => "ı",
        "LaTeX" => "LaTeX",
        "TeX" => "TeX",
        _ => return None,
    })
}

/// The combining form of an accent.
fn accent(name: &str) -> Option<char> {
    Some(match name {
        "\"" => '\u{308}',
        "'" => '\u{301}',
        "`" => '\u{300}',
        "^" => '\u{302}',
        "~" => '\u{303}',
        "=" => '\u{304}',
        "." => '\u{307}',
        "c" => '\u{327}',
        "v" => '\u{30c}',
        "H" => '\u{30b}',
        "r" => '\u{30a}',
        "u" => '\u{306}',
        _ => return None,
    })
}

/// What only a printed page obeys.
fn is_silent(name: &str) -> bool {
    [
        "noindent",
        "indent",
        "centering",
        "raggedright",
        "newpage",
        "clearpage",
        "pagebreak",
        "hfill",
        "vfill",
        "smallskip",
        "medskip",
        "bigskip",
        "small",
        "large",
        "Large",
        "normalsize",
        "footnotesize",
        "tiny",
        "bf",
        "it",
        "tt",
        "sc",
        "em",
        "rm",
        "maketitle",
        "/",
        "-",
        "@",
        "!",
        "sloppy",
        "protect",
        "hline",
        "item",
        "xspace",
        "left",
        "right",
        "(",
        ")",
    ]
    .contains(&name)
}

#[cfg(test)]
mod tests {
    use problems::StatementFormat::Latex;

    use super::super::tests::html;
    use super::super::{Part, render};

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(html(Latex, text).trim(), expected, "{text:?}");
    }

    #[test]
    fn text_is_read_as_printed() {
        check(
            "\\problemname{A}\nOne.\n\nTwo % not this\nthree.",
            "<p>One.</p>\n<p>Two three.</p>",
        );
        check(
            "``Quoted'' and `single' --- a--b 5\\% ~x\\ldots",
            "<p>“Quoted” and ‘single’ — a–b 5% &nbsp;x…</p>",
        );
        check(
            "\\emph{a \\textbf{b}} \\texttt{c}",
            "<p><em>a <strong>b</strong></em> <code>c</code></p>",
        );
        check("\\section*{Input}\nText", "<h2>Input</h2>\n<p>Text</p>");
        check("{\\bf word} caf\\'e \\\"{o}", "<p>word cafe\u{301} o\u{308}</p>");
        check("a < b & c", "<p>a &lt; b &amp; c</p>");
    }

    #[test]
    fn lists_tables_and_listings_keep_their_shape() {
        check(
            "\\begin{itemize}\\item One\n\\item[x] Two \\begin{enumerate}\\item In\\end{enumerate}\\end{itemize}",
            "<ul><li>One</li><li><strong>x</strong> Two <ol><li>In</li></ol>\n</li></ul>",
        );
        check(
            "\\begin{tabular}{|l|r|}\\hline a & b \\\\ \\hline \\multicolumn{2}{c}{wide \\& high} \\\\\\end{tabular}",
            "<table><tbody><tr><td>a</td><td>b</td></tr><tr><td colspan=\"2\">wide &amp; high</td></tr></tbody></table>",
        );
        check(
            "\\begin{verbatim}\na <b> $x$\n\\end{verbatim}",
            "<pre>a &lt;b&gt; $x$</pre>",
        );
        check(
            "\\begin{figure}[h]\\includegraphics[width=5cm]{map}\\caption{A map}\\end{figure}",
            "<figure><img src=\"/problems/x/files/map.png\" alt=\"\"><figcaption>A map</figcaption></figure>",
        );
    }

    #[test]
    fn formulas_and_samples_stand_where_they_are_written() {
        let html = html(
            Latex,
            "Let $n \\leq 5$. \\[ \\sum_{i=1}^n i \\] \\begin{align*} a &= b \\\\ c &= d \\end{align*} \\nextsample x",
        );
        assert_eq!(html.matches("<math").count(), 3, "{html}");
        assert!(
            html.contains("display=\"block\"") && html.contains("[next]<p>x</p>"),
            "{html}"
        );
    }

    #[test]
    fn what_is_not_known_is_told() {
        let text =
            "A \\fancy{word} $\\nosuchthing$ \\includegraphics{a.pdf} \\begin{strange}kept\\end{strange}";
        let rendered = render(Latex, text, &problems::Constants::default(), "/f/");
        assert_eq!(
            rendered.left_out,
            [
                "$\\nosuchthing$",
                "\\begin{strange}",
                "\\fancy",
                "the picture a.pdf"
            ]
        );
        let Part::Html(html) = &rendered.parts[0] else {
            panic!("no text")
        };
        assert!(html.contains("word") && html.contains("kept"), "{html}");
    }

    #[test]
    fn deep_and_long_texts_end() {
        let deep = "\\emph{".repeat(5000);
        assert!(html(Latex, &deep).len() < 100_000);
        let deep = "\\begin{itemize}\\item ".repeat(2000);
        assert!(html(Latex, &deep).len() < 100_000);
    }
}

//! Tables.

use std::fmt::Write as _;

use super::Writer;
use super::reader::{Reader, split};

/// Columns that a cell can span at most.
const WIDEST: u32 = 50;

impl Writer {
    pub(super) fn table(&mut self, name: &str, body: &str, depth: usize) {
        let mut reader = Reader::new(body);
        if name.starts_with("tabularx") {
            reader.argument(); // the width
        }
        reader.option();
        reader.argument(); // the columns
        self.end_paragraph();
        self.html.push_str("<table><tbody>");
        for row in split(reader.rest(), "\\\\") {
            let row = without_lines(row);
            if row.trim().is_empty() {
                continue;
            }
            self.html.push_str("<tr>");
            for cell in split(&row, "&") {
                self.cell(cell.trim(), depth);
            }
            self.html.push_str("</tr>");
        }
        self.html.push_str("</tbody></table>\n");
    }

    fn cell(&mut self, cell: &str, depth: usize) {
        let mut inner = cell;
        let mut span = 1;
        if let Some(rest) = cell.strip_prefix("\\multicolumn") {
            let mut reader = Reader::new(rest);
            span = reader.argument().trim().parse().unwrap_or(1).min(WIDEST);
            reader.argument();
            inner = reader.argument();
        }
        let _ = match span {
            1 => write!(self.html, "<td>"),
            span => write!(self.html, "<td colspan=\"{span}\">"),
        };
        self.without_paragraphs(inner, depth);
        self.html.push_str("</td>");
    }
}

/// A row without the lines that are drawn around it.
fn without_lines(row: &str) -> String {
    ["\\hline", "\\toprule", "\\midrule", "\\bottomrule"]
        .iter()
        .fold(row.to_owned(), |row, line| row.replace(line, ""))
}

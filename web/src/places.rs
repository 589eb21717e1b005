//! What compilers say, with the places of the source that it names.

/// Lines of what a compiler said that are looked at; what is past them adds nothing.
const MOST: usize = 200;

/// A part of what a compiler said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said<'t> {
    pub(crate) text: &'t str,
    /// The place that it names: the file as it is called there, and the line, from 1.
    pub(crate) place: Option<(&'t str, u32)>,
}

/// All of it, in parts.
pub(crate) fn parts(output: &str) -> Vec<Said<'_>> {
    let mut parts = Vec::new();
    let plain = |text| Said { text, place: None };
    for (number, line) in output.split_inclusive('\n').enumerate() {
        let found = if number < MOST { place(line) } else { None };
        match found {
            Some((end, file, at)) => {
                parts.push(Said {
                    text: &line[..end],
                    place: Some((file, at)),
                });
                parts.push(plain(&line[end..]));
            }
            None => parts.push(plain(line)),
        }
    }
    parts
}

/// `main.cpp:3:5: error`, `Main.java:3: error`, `main.rs(3,5)`, `--> main.rs:3:5`, `File "main.py", line 3`: where it ends, the file, the line.
fn place(line: &str) -> Option<(usize, &str, u32)> {
    let start = line.len() - line.trim_start().len();
    let rest = &line[start..];
    if let Some(rest) = rest.strip_prefix("File \"") {
        let (file, behind) = rest.split_once('"')?;
        let digits = behind.strip_prefix(", line ")?;
        let length = number_length(digits)?;
        let end = line.len() - digits.len() + length;
        return Some((end, base_name(file), digits[..length].parse().ok()?));
    }
    let rest = rest.strip_prefix("-->").map_or(rest, str::trim_start);
    let name_length = rest.find(|c: char| c.is_whitespace() || matches!(c, ':' | '(' | ')'))?;
    let file = &rest[..name_length];
    let (stem, ending) = file.rsplit_once('.')?;
    if stem.is_empty()
        || ending.is_empty()
        || !ending
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    {
        return None;
    }
    let digits = rest[name_length..].strip_prefix([':', '('])?;
    let length = number_length(digits)?;
    let mut behind = &digits[length..];
    if let Some(column) = behind
        .strip_prefix([':', ','])
        .and_then(|digits| Some(&digits[number_length(digits)?..]))
    {
        behind = column;
    }
    let behind = behind.strip_prefix(')').unwrap_or(behind);
    Some((
        line.len() - behind.len(),
        base_name(file),
        digits[..length].parse().ok()?,
    ))
}

/// The length of the number that a text begins with.
fn number_length(text: &str) -> Option<usize> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    (1..=7).contains(&length).then_some(length)
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(output: &str, expected: &[(&str, &str, u32)]) {
        let parts = parts(output);
        let whole: String = parts.iter().map(|part| part.text).collect();
        assert_eq!(whole, output, "all of it is told");
        let found: Vec<_> = parts
            .iter()
            .filter_map(|part| part.place.map(|(file, line)| (part.text, file, line)))
            .collect();
        assert_eq!(found, expected, "{output:?}");
    }

    #[test]
    fn compilers_name_places_in_several_ways() {
        check(
            "main.cpp:3:5: error: no\n  3 | x\n",
            &[("main.cpp:3:5", "main.cpp", 3)],
        );
        check(
            "src/Main.java:12: error: ';' expected",
            &[("src/Main.java:12", "Main.java", 12)],
        );
        check("main.cs(4,17): error", &[("main.cs(4,17)", "main.cs", 4)]);
        check(
            "error[E0425]: no\n  --> main.rs:2:9\n",
            &[("  --> main.rs:2:9", "main.rs", 2)],
        );
        check(
            "  File \"main.py\", line 7\n    x =\n",
            &[("  File \"main.py\", line 7", "main.py", 7)],
        );
        check("ok: 3\nmain.cpp: in function\n:1:\n1.5: x\nhttp://a.b:80", &[]);
        check("a.c:99999999: far", &[]);
        check("File \"", &[]);
    }
}

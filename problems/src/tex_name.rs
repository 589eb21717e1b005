//! The name of a problem in a LaTeX statement: where older packages have it.

/// A comment that gives the name without commands.
const PLAIN: &str = "plainproblemname:";

/// The command that gives it as it is to be set.
const COMMAND: &str = "\\problemname{";

/// The name that a statement gives, as plain text.
pub(crate) fn find(statement: &str) -> Option<String> {
    let plain = statement.lines().find_map(|line| {
        let comment = line.trim_start().strip_prefix("%")?;
        comment.trim_start_matches(['%', ' ']).strip_prefix(PLAIN)
    });
    let name = match plain {
        Some(name) => name.trim().to_owned(),
        None => statement.lines().find_map(of_command)?,
    };
    (!name.is_empty()).then_some(name)
}

fn of_command(line: &str) -> Option<String> {
    let code = line.trim_start();
    let (_, rest) = code
        .split_once(COMMAND)
        .filter(|(before, _)| !before.contains('%'))?;
    let mut depth = 0;
    let mut name = String::new();
    let mut letters = rest.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            '{' => depth += 1,
            '~' => name.push(' '),
            '$' => {}
            '\\' => {
                let next = letters.next()?;
                if next.is_ascii_alphabetic() {
                    name.push(letter); // A command: nobody here knows what it does.
                }
                name.push(next);
            }
            other => name.push(other),
        }
    }
    Some(name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_statements() {
        for (statement, expected) in [
            (
                "\\problemname{A Different Problem}\nText.\n",
                Some("A Different Problem"),
            ),
            (
                "%% plainproblemname: Ping\n\\problemname{\\emph{Ping}}\n",
                Some("Ping"),
            ),
            ("%plainproblemname: Ping \n", Some("Ping")),
            ("  \\problemname{Rock \\& Roll} % x\n", Some("Rock & Roll")),
            ("\\problemname{{N}ested {$n$}~times}\n", Some("Nested n times")),
            ("\\problemname{\\'Etoile}\n", Some("'Etoile")),
            ("% \\problemname{No}\n\\problemname{Yes}\n", Some("Yes")),
            ("\\problemname{}\n", None),
            ("Text.\n", None),
            ("\\problemname{open\n", Some("open")),
        ] {
            assert_eq!(find(statement).as_deref(), expected, "{statement}");
        }
    }
}

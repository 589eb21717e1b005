//! Many accounts at once, from pasted lines or a file: `name,role,password`, of which the last two may be missing.

use api::{MadeAccount, NewAccount};
use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::{RefusalKind, Role, UserId};

use super::users::keep_nowhere;
use crate::form;
use crate::site::Site;
use crate::visitor::{Result, Visitor, show};
use crate::words;

/// A form of this page, in bytes.
const MAX_BYTES: usize = 512 << 10;

/// What is wrong, told at most.
const MOST_ERRORS: usize = 200;

#[derive(Template)]
#[template(path = "user-import.html")]
struct ImportPage<'a> {
    visitor: &'a Visitor,
    title: &'static str,
    lines: &'a str,
    errors: Vec<String>,
}

#[derive(Template)]
#[template(path = "user-imported.html")]
struct ImportedPage<'a> {
    visitor: &'a Visitor,
    title: &'static str,
    made: Vec<MadeAccount>,
    /// The table as an address that is downloaded: nothing of it is kept here.
    download: String,
}

/// A line of what was sent, with its number from 1.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    number: usize,
    fields: Vec<String>,
}

pub(crate) async fn page(visitor: Visitor) -> Result<Response> {
    visitor.administer()?;
    Ok(show(&ImportPage {
        visitor: &visitor,
        title: "Many users",
        lines: "",
        errors: Vec::new(),
    }))
}

pub(crate) async fn import(State(site): State<Site>, visitor: Visitor, request: Request) -> Result<Response> {
    visitor.administer()?;
    let mut fields = form::read_with_files(request, MAX_BYTES).await?;
    let mut text = fields.take("lines");
    for file in &fields.files {
        text.push('\n');
        text.push_str(&file.content);
    }
    let text = text.trim_start_matches(['\n', '\u{feff}']).to_owned();
    let lines = lines(&text);
    let (wanted, mut errors) = read(&lines);
    if lines.is_empty() {
        errors.push((1, "there are no names in it".to_owned()));
    }
    let made = if errors.is_empty() {
        match site.desk.create_people(&visitor.principal, wanted).await {
            Ok(made) => made,
            Err(refusal) if refusal.kind == RefusalKind::Invalid => {
                errors.extend(refusal.errors.into_iter().map(|error| {
                    let place = error.pointer.split('/').nth(1).and_then(|at| at.parse().ok());
                    let line = place.and_then(|at: usize| lines.get(at));
                    (line.map_or(1, |line| line.number), error.detail)
                }));
                Vec::new()
            }
            Err(refusal) => return Err(refusal.into()),
        }
    } else {
        Vec::new()
    };
    if !errors.is_empty() {
        let page = show(&ImportPage {
            visitor: &visitor,
            title: "Many users",
            lines: &text,
            errors: told(errors),
        });
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let mut page = show(&ImportedPage {
        visitor: &visitor,
        title: "New users",
        download: format!("data:text/csv;charset=utf-8,{}", words::query(&table(&made))),
        made,
    });
    keep_nowhere(page.headers_mut());
    Ok(page)
}

/// What is wrong, by line.
fn told(mut errors: Vec<(usize, String)>) -> Vec<String> {
    errors.sort_by_key(|(line, _)| *line);
    let more = errors.len().saturating_sub(MOST_ERRORS);
    let told = errors.into_iter().take(MOST_ERRORS);
    let mut told: Vec<String> = told
        .map(|(line, error)| format!("Line {line}: {error}"))
        .collect();
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    told
}

/// The lines that hold something, taken apart; a first line of headings is none.
fn lines(text: &str) -> Vec<Line> {
    let numbered = text.lines().enumerate();
    let lines = numbered.filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| Line {
            number: at + 1,
            fields: split(line),
        })
        .enumerate()
        .filter(|(nth, line)| *nth > 0 || !is_heading(&line.fields))
        .map(|(_, line)| line)
        .collect()
}

fn is_heading(fields: &[String]) -> bool {
    let is = |at: usize, name: &str| {
        fields
            .get(at)
            .is_some_and(|field| field.eq_ignore_ascii_case(name))
    };
    is(0, "name") && is(1, "role")
}

/// The fields of a line: quoted ones may hold commas, and two quotes for one.
fn split(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let (mut is_quoted, mut left) = (false, line.trim().chars().peekable());
    while let Some(c) = left.next() {
        let at = fields.len() - 1;
        match c {
            '"' if is_quoted && left.peek() == Some(&'"') => {
                left.next();
                fields[at].push('"');
            }
            '"' if is_quoted => is_quoted = false,
            '"' if fields[at].trim().is_empty() => {
                fields[at].clear();
                is_quoted = true;
            }
            ',' if !is_quoted => fields.push(String::new()),
            c => fields[at].push(c),
        }
    }
    fields.into_iter().map(|field| field.trim().to_owned()).collect()
}

/// The accounts that the lines ask for, and what is wrong with the lines.
fn read(lines: &[Line]) -> (Vec<NewAccount>, Vec<(usize, String)>) {
    let (mut wanted, mut errors) = (Vec::new(), Vec::new());
    for Line { number, fields } in lines {
        let field = |at: usize| fields.get(at).map_or("", String::as_str);
        let name = field(0).parse::<UserId>();
        let role = match field(1) {
            "" => Some(Role::User),
            text => Role::from_id(&text.to_ascii_lowercase()),
        };
        if let Err(error) = &name {
            errors.push((*number, format!("the name {error}")));
        }
        if role.is_none() {
            errors.push((*number, "the role must be user, setter or admin".to_owned()));
        }
        if fields.len() > 3 {
            errors.push((
                *number,
                "has more than a name, a role and a password; a password with a comma stands in quotes"
                    .to_owned(),
            ));
        }
        if let (Ok(name), Some(role)) = (name, role) {
            wanted.push(NewAccount {
                name,
                role,
                password: Some(field(2).to_owned()).filter(|password| !password.is_empty()),
            });
        }
    }
    (wanted, errors)
}

/// What was made, as a table for other programs. Names have no quotes, commas or line ends; a spreadsheet takes what begins with
/// `+` or `@` for a formula, unless a space is before it.
fn table(made: &[MadeAccount]) -> String {
    let mut table = String::from("name,role,password\r\n");
    for MadeAccount { name, role, password } in made {
        let name = name.as_str();
        let guard = if name.starts_with(['+', '@', '=']) {
            " "
        } else {
            ""
        };
        let password = password.as_deref().unwrap_or_default();
        for part in [guard, name, ",", role.id(), ",", password, "\r\n"] {
            table.push_str(part);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &[&str]) {
        assert_eq!(split(line), expected, "{line:?}");
    }

    #[test]
    fn lines_are_taken_apart() {
        check("ann", &["ann"]);
        check(" ann , user ,secret word ", &["ann", "user", "secret word"]);
        check("ann,,", &["ann", "", ""]);
        check(r#"ann,user,"a, ""b"" c""#, &["ann", "user", r#"a, "b" c"#]);
        check(r#"ann,user,a"b"#, &["ann", "user", r#"a"b"#]);
        check(r#"ann,user,"never ends, "#, &["ann", "user", "never ends,"]);
    }

    #[test]
    fn everything_wrong_is_told_with_its_line() {
        let text = "Name,Role,Password\n\nteam1\nteam 2,user\nteam3,boss\n,\nteam4,ADMIN,long enough,x\n";
        let lines = lines(text);
        let (wanted, errors) = read(&lines);
        let names: Vec<_> = wanted.iter().map(|account| account.name.as_str()).collect();
        assert_eq!(names, ["team1", "team4"]);
        assert_eq!(wanted[1].role, Role::Admin);
        let numbers: Vec<_> = errors.iter().map(|(line, _)| *line).collect();
        assert_eq!(numbers, [4, 5, 6, 7], "{errors:?}");
    }

    #[test]
    fn a_table_is_no_formula() {
        let made = MadeAccount {
            name: "@SUM".parse().unwrap(),
            role: Role::User,
            password: Some("abcd-efgh".into()),
        };
        assert_eq!(table(&[made]), "name,role,password\r\n @SUM,user,abcd-efgh\r\n");
    }
}

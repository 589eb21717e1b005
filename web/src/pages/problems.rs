//! The list of problems.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::{ProblemId, ProblemRecord};
use serde::Deserialize;

use crate::form::Asked;
use crate::site::Site;
use crate::visitor::{Result, Visitor, show};
use crate::words;

/// Problems on a page.
const PAGE: usize = 50;

/// Problems looked through at most.
const MOST: usize = 20_000;

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Search {
    /// Words that all must be in the name, the id or a tag.
    #[serde(default)]
    q: String,
    /// A tag.
    #[serde(default)]
    tag: String,
    /// Of `solved`, `tried`, `new`.
    #[serde(default)]
    status: String,
    /// Of `id`, `name`, `easy`, `hard`.
    #[serde(default)]
    sort: String,
    /// From 1.
    #[serde(default)]
    page: Option<usize>,
}

/// A problem in a list.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) id: ProblemId,
    pub(crate) name: String,
    pub(crate) tags: Vec<String>,
    /// Whether the visitor solved it; `None` where it was not tried.
    pub(crate) solved: Option<bool>,
    pub(crate) tried_by: u64,
    pub(crate) solved_by: u64,
    pub(crate) is_scoring: bool,
    pub(crate) is_hidden: bool,
}

impl Row {
    /// A sign for who cannot tell colours apart, too.
    pub(crate) fn mark(&self) -> &'static str {
        match self.solved {
            Some(true) => "✓",
            Some(false) => "·",
            None => "",
        }
    }

    pub(crate) fn mark_words(&self) -> &'static str {
        match self.solved {
            Some(true) => "solved",
            Some(false) => "tried",
            None => "not tried",
        }
    }

    /// How many of those who tried solved it, in percent.
    pub(crate) fn share(&self) -> u64 {
        self.solved_by * 100 / self.tried_by.max(1)
    }

    /// How hard it is, by who solved it.
    pub(crate) fn difficulty(&self) -> &'static str {
        match (self.tried_by, self.share()) {
            (0, _) => "nobody tried yet",
            (_, 75..) => "easy",
            (_, 40..) => "medium",
            _ => "hard",
        }
    }
}

#[derive(Template)]
#[template(path = "problems.html")]
struct ProblemsPage {
    visitor: Visitor,
    title: &'static str,
    search: Search,
    rows: Vec<Row>,
    found: usize,
    page: usize,
    pages: usize,
}

impl ProblemsPage {
    fn link(&self, page: usize) -> String {
        let Search {
            q, tag, status, sort, ..
        } = &self.search;
        format!(
            "/problems?q={}&tag={}&status={}&sort={}&page={page}",
            words::query(q),
            words::query(tag),
            words::query(status),
            words::query(sort)
        )
    }
}

pub(crate) async fn page(
    State(site): State<Site>,
    visitor: Visitor,
    Asked(search): Asked<Search>,
) -> Result<Response> {
    let mut rows = rows(&site, &visitor, all(&site, &visitor).await?).await;
    narrow(&mut rows, &search);
    sort(&mut rows, &search.sort);
    let found = rows.len();
    let pages = found.div_ceil(PAGE).max(1);
    let page = search.page.unwrap_or(1).clamp(1, pages);
    let rows = rows.into_iter().skip((page - 1) * PAGE).take(PAGE).collect();
    Ok(show(&ProblemsPage {
        visitor,
        title: "Problems",
        search,
        rows,
        found,
        page,
        pages,
    }))
}

async fn all(site: &Site, visitor: &Visitor) -> Result<Vec<ProblemRecord>> {
    let mut all: Vec<ProblemRecord> = Vec::new();
    loop {
        let after = all.last().map(|problem| problem.id.clone());
        let more = site
            .desk
            .problems(&visitor.principal, after.as_ref(), store::MAX_PAGE)
            .await?;
        let is_last = more.len() < store::MAX_PAGE as usize;
        all.extend(more);
        if is_last || all.len() >= MOST {
            return Ok(all);
        }
    }
}

/// Problems with what is known of who solved them.
pub(crate) async fn rows(site: &Site, visitor: &Visitor, problems: Vec<ProblemRecord>) -> Vec<Row> {
    let counts = site.standings.counts().await;
    let solved = site.standings.of(visitor.user()).await;
    problems
        .into_iter()
        .map(|problem| {
            let count = counts.get(&problem.id).copied().unwrap_or_default();
            Row {
                solved: solved.get(&problem.id).copied(),
                tried_by: count.tried,
                solved_by: count.solved,
                is_hidden: problem.is_hidden,
                is_scoring: problem.types.contains(&domain::ProblemType::Scoring),
                tags: problem.keywords,
                name: problem.name,
                id: problem.id,
            }
        })
        .collect()
}

fn narrow(rows: &mut Vec<Row>, search: &Search) {
    let words: Vec<String> = search.q.split_whitespace().map(str::to_lowercase).collect();
    rows.retain(|row| {
        let (id, name) = (row.id.as_str().to_lowercase(), row.name.to_lowercase());
        let has_word = |word: &String| {
            let word = word.as_str();
            let in_tags = || row.tags.iter().any(|tag| tag.to_lowercase().contains(word));
            id.contains(word) || name.contains(word) || in_tags()
        };
        let has_status = match search.status.as_str() {
            "solved" => row.solved == Some(true),
            "tried" => row.solved == Some(false),
            "new" => row.solved.is_none(),
            _ => true,
        };
        let has_tag = search.tag.is_empty() || row.tags.contains(&search.tag);
        has_status && has_tag && words.iter().all(has_word)
    });
}

fn sort(rows: &mut [Row], by: &str) {
    match by {
        "name" => rows.sort_by_cached_key(|row| row.name.to_lowercase()),
        // Who was tried by nobody is neither easy nor hard.
        "easy" => rows.sort_by_key(|row| (row.tried_by == 0, std::cmp::Reverse(row.share()))),
        "hard" => rows.sort_by_key(|row| (row.tried_by == 0, row.share())),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, name: &str, tags: &[&str], solved: Option<bool>) -> Row {
        Row {
            id: id.parse().unwrap(),
            name: name.to_owned(),
            tags: tags.iter().map(ToString::to_string).collect(),
            solved,
            tried_by: 0,
            solved_by: 0,
            is_scoring: false,
            is_hidden: false,
        }
    }

    fn check(q: &str, tag: &str, status: &str, expected: &[&str]) {
        let mut rows = vec![
            row("aplusb", "A plus B", &["first steps"], Some(true)),
            row("hunt", "Number Hunt", &["interaction", "halving"], Some(false)),
            row("lines", "Mirror Line", &["encoding"], None),
        ];
        let search = Search {
            q: q.to_owned(),
            tag: tag.to_owned(),
            status: status.to_owned(),
            ..Search::default()
        };
        narrow(&mut rows, &search);
        let found: Vec<_> = rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(found, expected, "{q:?} {tag:?} {status:?}");
    }

    #[test]
    fn problems_are_found_by_words_tags_and_what_became_of_them() {
        check("", "", "", &["aplusb", "hunt", "lines"]);
        check("PLUS", "", "", &["aplusb"]);
        check("hunt half", "", "", &[]);
        check("hunt halv", "", "", &["hunt"]);
        check("", "first steps", "", &["aplusb"]);
        check("", "first", "", &[]);
        check("", "", "solved", &["aplusb"]);
        check("", "", "tried", &["hunt"]);
        check("", "", "new", &["lines"]);
    }
}

//! The front page.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use domain::ProblemRecord;
use store::SubmissionFilter;

use super::problems::{Row, rows};
use super::submissions::{self, Line};
use crate::site::Site;
use crate::visitor::{Result, Visitor, show};

/// Problems and submissions shown.
const SHOWN: u32 = 6;

#[derive(Template)]
#[template(path = "front.html")]
struct FrontPage {
    visitor: Visitor,
    title: &'static str,
    problems: Vec<Row>,
    recent: Vec<Line>,
    waiting: u64,
}

pub(crate) async fn page(State(site): State<Site>, visitor: Visitor) -> Result<Response> {
    let all = site.desk.problems(&visitor.principal, None, 200).await?;
    let solved = site.standings.of(visitor.user()).await;
    let (done, open): (Vec<ProblemRecord>, Vec<ProblemRecord>) = all
        .into_iter()
        .partition(|problem| solved.get(&problem.id) == Some(&true));
    let next: Vec<_> = open.into_iter().chain(done).take(SHOWN as usize).collect();
    let problems = rows(&site, &visitor, next).await;
    let recent = match visitor.user() {
        Some(user) => {
            let filter = SubmissionFilter {
                user: Some(user.clone()),
                ..SubmissionFilter::default()
            };
            let views = site
                .desk
                .submissions(&visitor.principal, filter, None, SHOWN)
                .await?;
            submissions::lines(&site, views).await?
        }
        None => Vec::new(),
    };
    let waiting = site.desk.outstanding().await?.queued;
    Ok(show(&FrontPage {
        visitor,
        title: "Welcome",
        problems,
        recent,
        waiting,
    }))
}

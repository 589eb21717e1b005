//! The settings, as administrators see and change them.

use api::{Flag, SettingView};
use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::{RefusalKind, Setting};
use serde::Deserialize;
use serde_json::Value;

use crate::form;
use crate::site::Site;
use crate::visitor::{Refused, Result, Visitor, show};
use crate::words;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeForm {
    setting: String,
    #[serde(default)]
    value: String,
    /// `default` takes back what was chosen.
    #[serde(default)]
    aim: String,
}

/// How a setting is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Line,
    Lines,
    Choice(&'static str, &'static str),
    Number(u32, u32),
}

struct Line {
    id: &'static str,
    name: &'static str,
    about: &'static str,
    kind: Kind,
    /// What is in its field.
    value: String,
    is_operators: bool,
    /// What the operator's flag hides.
    hidden: Option<String>,
    /// By whom and when it was chosen.
    chosen: Option<String>,
    error: Option<String>,
}

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage<'a> {
    visitor: &'a Visitor,
    title: &'static str,
    lines: Vec<Line>,
    flags: &'a [Flag],
    is_open: bool,
}

pub(crate) async fn page(State(site): State<Site>, visitor: Visitor) -> Result<Response> {
    render(&site, &visitor, None).await
}

pub(crate) async fn change(State(site): State<Site>, visitor: Visitor, request: Request) -> Result<Response> {
    visitor.administer()?;
    let form: ChangeForm = form::read(request).await?;
    let setting =
        Setting::from_id(&form.setting).ok_or_else(|| Refused::not_found("setting of this name"))?;
    let is_empty = form.value.trim().is_empty();
    let value = if form.aim == "default" || is_empty {
        Value::Null
    } else {
        match kind(setting) {
            Kind::Line | Kind::Lines => form.value.as_str().into(),
            Kind::Choice(..) => (form.value == "yes").into(),
            // What is no number is told by whoever checks it.
            Kind::Number(..) => form
                .value
                .trim()
                .parse::<u64>()
                .map_or_else(|_| form.value.as_str().into(), Value::from),
        }
    };
    match site
        .desk
        .change_settings(&visitor.principal, &[(setting, value)])
        .await
    {
        Ok(()) => Ok(Redirect::to(&format!("/admin/settings#{}", setting.id())).into_response()),
        Err(refusal) if refusal.kind == RefusalKind::Invalid => {
            let error = refusal.errors.into_iter().next();
            let error = error.map(|error| error.detail).unwrap_or_default();
            let page = render(&site, &visitor, Some((setting, form.value, error))).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(refusal) => Err(refusal.into()),
    }
}

async fn render(
    site: &Site,
    visitor: &Visitor,
    wrong: Option<(Setting, String, String)>,
) -> Result<Response> {
    visitor.administer()?;
    let views = site.desk.setting_views(&visitor.principal).await?;
    let mut lines: Vec<Line> = views.into_iter().map(line).collect();
    if let Some((setting, value, error)) = wrong
        && let Some(line) = lines.iter_mut().find(|line| line.id == setting.id())
    {
        line.value = value;
        line.error = Some(error);
    }
    Ok(show(&SettingsPage {
        visitor,
        title: "Settings",
        lines,
        flags: site.desk.flags(&visitor.principal)?,
        is_open: site.desk.is_open(),
    }))
}

fn line(view: SettingView) -> Line {
    let (name, about) = words_of(view.setting);
    let stored = view.stored.as_ref();
    Line {
        id: view.setting.id(),
        name,
        about,
        kind: kind(view.setting),
        value: written(&view.value),
        is_operators: view.is_operators,
        hidden: stored
            .filter(|_| view.is_operators)
            .map(|stored| written(&stored.value)),
        chosen: stored.map(|stored| {
            let by = stored.changed_by.as_ref();
            let by = by.map_or(String::new(), |by| format!(" by {by}"));
            format!("{} UTC{by}", words::moment(stored.changed_at))
        }),
        error: None,
    }
}

/// A value as a field of a form has it.
fn written(value: &Value) -> String {
    match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

const fn kind(setting: Setting) -> Kind {
    match setting {
        Setting::SiteName => Kind::Line,
        Setting::Notice => Kind::Lines,
        Setting::Registration => Kind::Choice("open: people make accounts", "closed: administrators do"),
        Setting::Submissions => Kind::Choice("open", "closed: only administrators submit"),
        Setting::MostWaiting => Kind::Number(0, 1_000_000),
        Setting::AuditDays => Kind::Number(1, 3660),
    }
}

const fn words_of(setting: Setting) -> (&'static str, &'static str) {
    match setting {
        Setting::SiteName => ("Name of the site", "In the head of every page and in its title."),
        Setting::Notice => (
            "Notice",
            "Plain text at the head of every page, until it is taken away.",
        ),
        Setting::Registration => ("Registration", "Whether people may make accounts for themselves."),
        Setting::Submissions => (
            "Submissions",
            "Whether programs are taken, to be judged or to be tried. What has been taken is judged in any case.",
        ),
        Setting::MostWaiting => (
            "Most waiting",
            "How many submissions of one user may wait at once; further ones are refused. 0 for any number.",
        ),
        Setting::AuditDays => ("Days of the audit log", "Older entries are forgotten."),
    }
}

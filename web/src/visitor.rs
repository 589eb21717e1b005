//! Who is looking at a page, how they want it to look, and what they are told where they may not.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use domain::{Principal, Refusal, RefusalKind, Role, Settings, UserId};

use crate::assets;
use crate::site::Site;

/// The cookie with the name that somebody took on an open judge.
pub(crate) const NAME: &str = "gavel_name";

/// The cookie with the chosen looks.
pub(crate) const THEME: &str = "gavel_theme";

/// A year, in seconds.
const YEAR: u32 = 365 * 24 * 60 * 60;

/// Who is looking.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) principal: Principal,
    /// The name taken on an open judge. It gives no rights: an open judge lets everybody submit in any name.
    pub(crate) nickname: Option<UserId>,
    pub(crate) theme: Theme,
    /// The path that they asked for, to come back to.
    pub(crate) path: String,
    /// What the site is called, what it says on every page, and what it takes.
    pub(crate) settings: Arc<Settings>,
}

/// How a page looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Theme {
    /// As the browser prefers.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    pub(crate) const ALL: [Self; 3] = [Self::Auto, Self::Light, Self::Dark];

    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    pub(crate) fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.id() == id)
    }
}

impl Visitor {
    /// In whose name they submit, and whose solved problems they see.
    pub(crate) fn user(&self) -> Option<&UserId> {
        self.principal.user().or(self.nickname.as_ref())
    }

    pub(crate) fn is_open(&self) -> bool {
        self.principal == Principal::Open
    }

    pub(crate) fn is_signed_in(&self) -> bool {
        self.principal.user().is_some()
    }

    pub(crate) fn may_submit(&self) -> bool {
        self.principal.role() >= Role::User
    }

    pub(crate) fn may_administer(&self) -> bool {
        self.principal.may_administer()
    }

    /// Whether what they submit would be taken.
    pub(crate) fn finds_open(&self) -> bool {
        self.settings.submissions || self.may_administer()
    }

    /// The paragraphs of what is said on every page.
    pub(crate) fn notice(&self) -> impl Iterator<Item = &str> {
        self.settings
            .notice
            .lines()
            .filter(|line| !line.trim().is_empty())
    }

    /// Refuses whoever is no administrator.
    pub(crate) fn administer(&self) -> Result<()> {
        let (kind, detail) = match self.principal {
            _ if self.may_administer() => return Ok(()),
            Principal::Known { .. } => (RefusalKind::Forbidden, "This page is for administrators."),
            _ => (
                RefusalKind::Unauthenticated,
                "This page is for administrators. Sign in as one to see it.",
            ),
        };
        Err(Refused(Refusal::new(kind, detail)))
    }

    /// Whether they look at a page below that path.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        let rest = self.path.strip_prefix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether a theme is the chosen one.
    pub(crate) fn has_theme(&self, id: &str) -> bool {
        self.theme.id() == id
    }

    /// The address of the stylesheet.
    #[expect(clippy::unused_self, reason = "the templates have nothing else at hand")]
    pub(crate) fn style(&self) -> &'static str {
        assets::style()
    }

    /// The address of the script.
    #[expect(clippy::unused_self, reason = "the templates have nothing else at hand")]
    pub(crate) fn script(&self) -> &'static str {
        assets::script()
    }

    fn nobody(headers: &HeaderMap, path: String, settings: Arc<Settings>) -> Self {
        Self {
            principal: Principal::Anonymous,
            nickname: None,
            theme: cookie(headers, THEME)
                .and_then(Theme::from_id)
                .unwrap_or_default(),
            path,
            settings,
        }
    }
}

/// A cookie's value.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Sets a cookie that is no secret; `value` has only characters of identifiers.
pub(crate) fn remember(response: &mut Response, name: &str, value: &str) {
    let text = format!("{name}={value}; Path=/; Max-Age={YEAR}; SameSite=Lax; HttpOnly");
    if let Ok(value) = HeaderValue::from_str(&text) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

impl FromRequestParts<Site> for Visitor {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &Site) -> std::result::Result<Self, Refused> {
        // Every page is behind `around`.
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            Refused(Refusal::new(
                RefusalKind::Internal,
                "nobody has asked who is looking",
            ))
        })
    }
}

/// Why a page is not shown. Its response is written by [`around`], which knows who is looking.
#[derive(Debug, Clone)]
pub(crate) struct Refused(pub(crate) Refusal);

/// Result of a page.
pub(crate) type Result<T> = std::result::Result<T, Refused>;

impl Refused {
    /// There is no such thing, or none that they may see.
    pub(crate) fn not_found(what: &str) -> Self {
        Self(Refusal::new(
            RefusalKind::NotFound,
            format!("There is no {what} here."),
        ))
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self(refusal)
    }
}

impl From<store::StoreError> for Refused {
    fn from(error: store::StoreError) -> Self {
        tracing::error!(%error, "a page failed");
        let (kind, detail) = match error {
            store::StoreError::Unavailable(_) => (
                RefusalKind::Unavailable,
                "The database does not answer. Try again in a moment.",
            ),
            store::StoreError::NoRoom { .. } => (
                RefusalKind::Unavailable,
                "A disk of the server is full. Its operator has to make room.",
            ),
            store::StoreError::Failed { .. } => (
                RefusalKind::Internal,
                "Something went wrong on our side. The log of the server has it.",
            ),
        };
        Self(Refusal::new(kind, detail))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalPage<'a> {
    visitor: &'a Visitor,
    title: &'a str,
    refusal: &'a Refusal,
    can_sign_in: bool,
}

/// Finds out who is looking, and shows refusals as pages.
pub(crate) async fn around(State(site): State<Site>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let (mut parts, body) = request.into_parts();
    let settings = site.desk.settings().await;
    let mut visitor = Visitor::nobody(&parts.headers, path, settings);
    let response = match site.desk.asker(&parts).await {
        Ok(principal) => {
            if principal == Principal::Open {
                visitor.nickname = cookie(&parts.headers, NAME).and_then(|name| name.parse().ok());
            }
            visitor.principal = principal;
            parts.extensions.insert(visitor.clone());
            next.run(Request::from_parts(parts, body)).await
        }
        Err(refusal) => Refused(refusal).into_response(),
    };
    match response.extensions().get::<Refused>() {
        Some(Refused(refusal)) => refuse(&visitor, refusal),
        None => response,
    }
}

fn refuse(visitor: &Visitor, refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let page = RefusalPage {
        visitor,
        title: refusal.kind.title(),
        refusal,
        can_sign_in: refusal.kind == RefusalKind::Unauthenticated,
    };
    (status, show(&page)).into_response()
}

/// A page from its template.
pub(crate) fn show(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a template failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(
            COOKIE,
            HeaderValue::from_static("a=1; gavel_theme=dark; gavel_theme2=x"),
        );
        headers.append(COOKIE, HeaderValue::from_static("b=2"));
        assert_eq!(cookie(&headers, "gavel_theme"), Some("dark"));
        assert_eq!(cookie(&headers, "b"), Some("2"));
        assert_eq!(cookie(&headers, "gavel"), None);
    }
}

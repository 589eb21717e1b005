//! Where submissions to a problem go: a form for administrators.

use api::{Routing, RoutingWish};
use axum::extract::{Request, State};
use axum::response::Response;
use domain::RefusalKind;
use serde::Deserialize;

use super::named;
use super::problem::{RefusedForm, back, render};
use crate::form::{self, Named};
use crate::site::Site;
use crate::visitor::{Result, Visitor};

/// Where they are to go, as it was written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoutingForm {
    pub(crate) band: String,
    pub(crate) tag: String,
}

impl RoutingForm {
    /// What changes nothing.
    pub(super) fn of(routing: &Routing) -> Self {
        Self {
            band: routing.band.id().to_owned(),
            tag: routing.tag.to_string(),
        }
    }
}

pub(crate) async fn change(
    State(site): State<Site>,
    visitor: Visitor,
    Named(id): Named<String>,
    request: Request,
) -> Result<Response> {
    let id = named(&visitor, &id)?;
    let form: RoutingForm = form::read(request).await?;
    let wish = RoutingWish {
        band: Some(form.band.clone()),
        tag: Some(form.tag.trim().to_owned()),
    };
    match site.desk.route(&visitor.principal, &id, wish).await {
        Ok(_) => Ok(back(&id)),
        Err(refusal) if refusal.kind == RefusalKind::Invalid => {
            render(&site, visitor, &id, Some(RefusedForm::Routing(form, refusal))).await
        }
        Err(refusal) => Err(refusal.into()),
    }
}

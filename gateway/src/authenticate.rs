//! Who is asking.

use domain::{Principal, Refusal, RefusalKind};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use store::Holder;

use crate::Gateway;
use crate::pass::Pass;

/// What a client without a token is told.
pub(crate) const HOW: &str = "send {\"type\":\"auth\",\"token\":\"gvl_…\"}, or the header \"Authorization: Bearer gvl_…\" with the request";

/// Who is asking, and the right to stay of who came with a token.
#[derive(Debug)]
pub(crate) struct Asker {
    pub(crate) principal: Principal,
    pub(crate) pass: Option<Pass>,
}

impl Gateway {
    /// Who sent a request with these headers, or this ticket. A token that is wrong is refused even where none is needed.
    pub(crate) async fn asker(&self, headers: &HeaderMap, ticket: Option<&str>) -> Result<Asker, Refusal> {
        let token = headers.get(AUTHORIZATION);
        match (token, ticket) {
            (Some(_), Some(_)) => Err(Refusal::field(
                "?ticket",
                "cannot be given together with the header Authorization",
            )),
            (None, Some(ticket)) => self.bearer_of(ticket).await,
            (None, None) => Ok(Asker {
                principal: if self.shared.config.open {
                    Principal::Open
                } else {
                    Principal::Anonymous
                },
                pass: None,
            }),
            (Some(value), None) => {
                let token = value.to_str().ok().and_then(bearer).ok_or_else(|| {
                    Refusal::new(
                        RefusalKind::Unauthenticated,
                        "the header Authorization must be \"Bearer\" and a token",
                    )
                })?;
                self.holder(token).await
            }
        }
    }

    /// Who holds a token.
    pub(crate) async fn holder(&self, token: &str) -> Result<Asker, Refusal> {
        let holder = self.read("token", self.shared.store.holder(token)).await?;
        self.admit(holder, "the token is unknown, revoked or expired")
    }

    /// Who holds the token that a ticket stands for. The ticket is used up.
    async fn bearer_of(&self, ticket: &str) -> Result<Asker, Refusal> {
        let holder = self
            .read("ticket", self.shared.store.redeem_ticket(ticket))
            .await?;
        self.admit(
            holder,
            "the ticket is unknown, used or expired: POST /api/v1/tickets makes a new one",
        )
    }

    fn admit(&self, holder: Option<Holder>, otherwise: &str) -> Result<Asker, Refusal> {
        let holder = holder.ok_or_else(|| Refusal::new(RefusalKind::Unauthenticated, otherwise))?;
        Ok(Asker {
            pass: Some(self.shared.passes.issue(holder.token, &self.shared.stop)),
            principal: Principal::Known {
                user: holder.user,
                role: holder.role,
            },
        })
    }
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_is_read_from_its_header() {
        for (value, expected) in [
            ("Bearer gvl_x", Some("gvl_x")),
            ("bearer  gvl_x ", Some("gvl_x")),
            ("Bearer", None),
            ("Bearer ", None),
            ("Basic gvl_x", None),
            ("gvl_x", None),
            ("", None),
        ] {
            assert_eq!(bearer(value), expected, "{value:?}");
        }
    }
}

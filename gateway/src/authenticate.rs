//! Who is asking.

use domain::{Principal, Refusal, RefusalKind};
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::Gateway;

/// What a client without a token is told.
pub(crate) const HOW: &str = "send {\"type\":\"auth\",\"token\":\"gvl_…\"}, or the header \"Authorization: Bearer gvl_…\" with the request";

impl Gateway {
    /// Who sent a request with these headers. A token that is wrong is refused even where none is needed.
    pub(crate) async fn asker(&self, headers: &HeaderMap) -> Result<Principal, Refusal> {
        let Some(value) = headers.get(AUTHORIZATION) else {
            return Ok(if self.shared.config.open {
                Principal::Open
            } else {
                Principal::Anonymous
            });
        };
        let token = value.to_str().ok().and_then(bearer).ok_or_else(|| {
            Refusal::new(
                RefusalKind::Unauthenticated,
                "the header Authorization must be \"Bearer\" and a token",
            )
        })?;
        self.holder(token).await
    }

    /// Who holds a token.
    pub(crate) async fn holder(&self, token: &str) -> Result<Principal, Refusal> {
        match self.read("token", self.shared.store.token(token)).await? {
            Some((user, role)) => Ok(Principal::Known { user, role }),
            None => Err(Refusal::new(
                RefusalKind::Unauthenticated,
                "the token is unknown, revoked or expired",
            )),
        }
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

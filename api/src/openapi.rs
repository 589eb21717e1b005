//! The OpenAPI document: what the routes do not say themselves.

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{IntoResponses, Modify, OpenApi, ToResponse, ToSchema};

/// The document before the routes are in it.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Gavel",
        description = "A judge of programs: submit, and be told what became of it.",
        license(name = "Apache-2.0 OR MIT")
    ),
    modifiers(&Token),
    security((), ("token" = [])),
    components(responses(Refused))
)]
pub(crate) struct Document;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("Made by an administrator: POST /api/v1/tokens"))
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// A refusal (RFC 9457). Clients may act on `type`, `status` and the pointers; the words are for people.
#[expect(dead_code, reason = "the schema of what `domain::Refusal::to_json` writes")]
#[derive(ToSchema)]
#[schema(as = Refusal)]
pub(crate) struct RefusalBody {
    /// `urn:gavel:problem:` and the kind, such as `invalid` or `not-found`.
    #[schema(example = "urn:gavel:problem:invalid")]
    r#type: String,
    /// The kind in words.
    title: String,
    /// The HTTP status again.
    status: u16,
    /// What is wrong and, where it helps, how to do it right.
    detail: String,
    /// The request's id, as in the header X-Request-Id and in the server's log.
    request_id: Option<String>,
    /// Every single thing that is wrong.
    errors: Option<Vec<RefusalEntry>>,
}

/// One thing that is wrong with a request.
#[expect(dead_code, reason = "the schema of `domain::FieldError`")]
#[derive(ToSchema)]
pub(crate) struct RefusalEntry {
    /// A JSON pointer such as `/language`, a query parameter such as `?wait`, or a place in a package such as
    /// `problem.yaml:12 limits.memory`.
    pointer: String,
    /// What, in one sentence.
    detail: String,
}

/// A refusal: what is wrong, and where.
#[expect(dead_code, reason = "a response of the document")]
#[derive(ToResponse)]
#[response(description = "A refusal", content_type = "application/problem+json")]
pub(crate) struct Refused(RefusalBody);

/// What any request can be answered with.
#[expect(dead_code, reason = "responses of the document")]
#[derive(IntoResponses)]
pub(crate) enum Refusals {
    /// The token is missing, wrong, expired or revoked.
    #[response(status = 401)]
    Unauthenticated(#[to_response] Refused),
    /// Not allowed.
    #[response(status = 403)]
    Forbidden(#[to_response] Refused),
    /// No such thing, or none that you may see.
    #[response(status = 404)]
    NotFound(#[to_response] Refused),
    /// A parameter or a field is not valid; `errors` names each.
    #[response(status = 422)]
    Invalid(#[to_response] Refused),
    /// A fault of the server.
    #[response(status = 500)]
    Internal(#[to_response] Refused),
    /// The database does not answer.
    #[response(status = 503)]
    Unavailable(#[to_response] Refused),
}

/// What a request with a body can be answered with besides.
#[expect(dead_code, reason = "responses of the document")]
#[derive(IntoResponses)]
pub(crate) enum BodyRefusals {
    /// The body cannot be read.
    #[response(status = 400)]
    Malformed(#[to_response] Refused),
    /// The body took too long to arrive.
    #[response(status = 408)]
    TooSlow(#[to_response] Refused),
    /// The body is too large.
    #[response(status = 413)]
    TooLarge(#[to_response] Refused),
    /// Not a content type that is read here.
    #[response(status = 415)]
    Unsupported(#[to_response] Refused),
}

/// The document as JSON.
pub(crate) fn to_json(document: &utoipa::openapi::OpenApi) -> serde_json::Value {
    serde_json::to_value(document).unwrap_or_default()
}

//! `POST /submit`: the protocol of a widely copied tutorial, so that clients written for it work unchanged.

use axum::Json;
use axum::extract::State;
use domain::{SubmissionId, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::asker::Somebody;
use crate::body::JsonBody;
use crate::failure::Result;
use crate::fields::Fields;
use crate::openapi::{BodyRefusals, Refusals};
use crate::params::NoParams;
use crate::submit::{Draft, Names, Source, accept};

pub(crate) const PATH: &str = "/submit";

/// A submission in the tutorial's words.
#[expect(dead_code, reason = "the schema of what `read` reads")]
#[derive(ToSchema)]
pub(super) struct TutorialSubmission {
    /// The source.
    #[schema(example = "print(sum(map(int, input().split())))")]
    code: String,
    /// The language's id, name or alias, in any case of letters. May be called `lang`.
    #[schema(example = "python")]
    language: String,
    /// The same as `language`.
    lang: Option<String>,
    /// The problem's id; a number is the same as its digits.
    #[schema(rename = "problemId", example = "aplusb")]
    problem_id: String,
    /// In whose name; a number is the same as its digits. In open mode anybody's.
    #[schema(rename = "userId", example = "ann")]
    user_id: Option<String>,
}

/// The tutorial's answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TutorialAnswer)]
pub(super) struct Stored {
    message: &'static str,
    /// The submission's id.
    #[serde(rename = "submissionId")]
    #[schema(value_type = String, format = "uuid")]
    submission_id: SubmissionId,
    /// The same.
    #[schema(value_type = String, format = "uuid")]
    id: SubmissionId,
}

/// Submits a program, in the tutorial's words. Refusals also have the fields `message` and `error`.
#[utoipa::path(
    post, path = "/submit", operation_id = "submitTutorial", tag = "tutorial",
    request_body = TutorialSubmission,
    responses((status = 200, description = "It is stored and will be judged", body = Stored), Refusals, BodyRefusals)
)]
pub(super) async fn submit(
    State(app): State<App>,
    Somebody(principal): Somebody,
    _: NoParams,
    body: JsonBody,
) -> Result<Json<Stored>> {
    let accepted = accept(&app, principal, read(body.fields), None).await?;
    Ok(Json(Stored {
        message: "Submission received and stored.",
        submission_id: accepted.view.id,
        id: accepted.view.id,
    }))
}

fn read(mut fields: Fields) -> Draft {
    let code = fields.required("code");
    let (long, short) = (fields.text("language"), fields.text("lang"));
    let (language, name) = match (long, short) {
        (Some(long), Some(short)) if long != short => {
            fields.refuse("lang", "says something else than `language`; give one of them");
            (None, "/lang")
        }
        (Some(long), _) => (Some(long), "/language"),
        (None, Some(short)) => (Some(short), "/lang"),
        (None, None) => {
            fields.refuse_missing("language");
            (None, "/language")
        }
    };
    let problem = fields.text_or_number("problemId");
    if problem.is_none() {
        fields.refuse_missing("problemId");
    }
    let user = fields.text_or_number("userId");
    let user: Option<UserId> = fields.parsed("userId", user);
    Draft {
        user,
        problem,
        language,
        source: code.map_or(Source::Unread, |code| Source::Text(code, None)),
        trial: None,
        entry_point: None,
        errors: fields.finish(),
        names: Names {
            user: "/userId",
            problem: "/problemId",
            language: name,
            source: "/code",
        },
    }
}

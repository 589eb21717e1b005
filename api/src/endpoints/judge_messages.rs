//! What the programs of a package said for judges of a submission.

use axum::Json;
use axum::extract::State;
use domain::{JudgeMessage, SubmissionId};
use serde::Serialize;
use utoipa::ToSchema;

use super::path::Id;
use crate::app::App;
use crate::asker::Asker;
use crate::failure::Result;
use crate::judge_messages::readable;
use crate::openapi::Refusals;
use crate::params::NoParams;
use crate::reading::visible;

/// What was said of the newest judgement of a submission.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JudgeMessages)]
pub(super) struct JudgeMessagesBody {
    /// In the order of judging; those that would have been too many are left out.
    messages: Vec<JudgeMessageBody>,
}

/// What one program said.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JudgeMessage)]
pub(super) struct JudgeMessageBody {
    /// The test case; empty where it is about all.
    #[schema(example = "secret/03-large")]
    case: String,
    /// The program's name; `comparator` is the built-in one.
    #[schema(example = "comparator")]
    validator: String,
    /// What it said, cut to a bounded size.
    text: String,
}

impl From<JudgeMessage> for JudgeMessageBody {
    fn from(message: JudgeMessage) -> Self {
        let JudgeMessage {
            case,
            validator,
            text,
        } = message;
        Self {
            case,
            validator,
            text,
        }
    }
}

/// Reads what validators said for judges of the newest judgement of a submission.
///
/// They may hold secret test data: all of them only for administrators, and for the owner of the problem. Who sent the
/// submission is told what the built-in comparator said of samples.
#[utoipa::path(
    get, path = "/api/v1/submissions/{id}/judge-messages", operation_id = "getJudgeMessages", tag = "submissions",
    params(("id" = String, Path, description = "The submission's id")),
    responses((status = 200, description = "What was said", body = JudgeMessagesBody), Refusals)
)]
pub(super) async fn get(
    State(app): State<App>,
    Asker(principal): Asker,
    Id(id): Id<SubmissionId>,
    _: NoParams,
) -> Result<Json<JudgeMessagesBody>> {
    let view = visible(&app, &principal, id).await?;
    let messages = readable(&app, &principal, &view).await?;
    Ok(Json(JudgeMessagesBody {
        messages: messages.into_iter().map(Into::into).collect(),
    }))
}

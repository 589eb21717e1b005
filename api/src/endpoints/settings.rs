//! Settings: what holds, who has said it, and changing it.

use axum::Json;
use axum::extract::State;
use domain::{Refusal, Setting, Timestamp, UserId};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::app::App;
use crate::asker::Known;
use crate::body::JsonBody;
use crate::failure::Result;
use crate::fields::Fields;
use crate::openapi::{BodyRefusals, Refusals};
use crate::params::NoParams;
use crate::settings::{self, Flag, SettingView};

/// The settings of the server.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Settings)]
pub(super) struct SettingsBody {
    /// Those that administrators may change, unless the operator has said them.
    settings: Vec<SettingBody>,
    /// What the operator has said to this process, with flags and in the environment.
    flags: Vec<FlagBody>,
}

/// A setting.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Setting)]
struct SettingBody {
    /// Which.
    #[schema(example = "registration")]
    name: &'static str,
    /// What holds.
    #[schema(value_type = Value)]
    value: Value,
    /// Who has said so: `operator`, `stored` (an administrator), or `default`.
    #[schema(example = "stored")]
    source: &'static str,
    /// What is stored, which holds where the operator says nothing; null where nothing is.
    #[schema(value_type = Option<Value>)]
    stored: Option<Value>,
    /// When that was stored.
    #[schema(value_type = Option<String>, format = "date-time")]
    changed_at: Option<Timestamp>,
    /// By whom.
    #[schema(value_type = Option<String>)]
    changed_by: Option<UserId>,
}

/// A flag of the process.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Flag)]
struct FlagBody {
    /// Its name.
    #[schema(example = "--most-waiting")]
    name: String,
    /// What holds; null where nothing is said, or that is a secret.
    value: Option<String>,
    /// Where it comes from: `command-line`, `environment` or `default`.
    #[schema(example = "environment")]
    source: &'static str,
    /// What it is for.
    about: String,
}

/// Settings to be changed. Those that are missing stay; null takes back what was stored.
#[expect(dead_code, reason = "the schema of what `change` reads")]
#[derive(ToSchema)]
pub(super) struct SettingsRequest {
    /// What the site is called.
    #[schema(max_length = 60)]
    site_name: Option<String>,
    /// What is said on every page, as plain text.
    #[schema(max_length = 500)]
    notice: Option<String>,
    /// Whether people may make accounts for themselves.
    registration: Option<bool>,
    /// Whether programs may be submitted and tried. Administrators always may.
    submissions: Option<bool>,
    /// How many submissions of one user may wait; 0 for any number.
    #[schema(maximum = 1_000_000)]
    most_waiting: Option<u32>,
    /// How many days the audit log is kept.
    #[schema(minimum = 1, maximum = 3660)]
    audit_days: Option<u32>,
}

/// Tells the settings. For administrators.
#[utoipa::path(
    get, path = "/api/v1/settings", operation_id = "getSettings", tag = "administration",
    responses((status = 200, description = "All of them", body = SettingsBody), Refusals)
)]
pub(super) async fn get(
    State(app): State<App>,
    Known(principal): Known,
    _: NoParams,
) -> Result<Json<SettingsBody>> {
    let settings = settings::list(&app, &principal).await?;
    let flags = settings::flags(&app, &principal)?;
    Ok(Json(SettingsBody {
        settings: settings.into_iter().map(Into::into).collect(),
        flags: flags.iter().map(Into::into).collect(),
    }))
}

/// Changes settings, all or none. Every process follows within seconds. For administrators.
#[utoipa::path(
    patch, path = "/api/v1/settings", operation_id = "changeSettings", tag = "administration",
    request_body = SettingsRequest,
    responses((status = 200, description = "What holds now", body = SettingsBody), Refusals, BodyRefusals)
)]
pub(super) async fn change(
    State(app): State<App>,
    Known(principal): Known,
    _: NoParams,
    body: JsonBody,
) -> Result<Json<SettingsBody>> {
    let wanted = read(body.fields)?;
    settings::change(&app, &principal, &wanted).await?;
    get(State(app), Known(principal), NoParams).await
}

fn read(mut fields: Fields) -> Result<Vec<(Setting, Value)>> {
    let mut wanted = Vec::new();
    for setting in Setting::ALL {
        let is_null = fields.is_null(setting.id());
        match fields.value(setting.id()) {
            Some(value) => wanted.push((setting, value)),
            None if is_null => wanted.push((setting, Value::Null)),
            None => {}
        }
    }
    match fields.finish() {
        errors if errors.is_empty() => Ok(wanted),
        errors => Err(Refusal::invalid(errors).into()),
    }
}

impl From<SettingView> for SettingBody {
    fn from(view: SettingView) -> Self {
        let source = match (view.is_operators, &view.stored) {
            (true, _) => "operator",
            (false, Some(_)) => "stored",
            (false, None) => "default",
        };
        let (stored, changed_at, changed_by) = match view.stored {
            Some(stored) => (Some(stored.value), Some(stored.changed_at), stored.changed_by),
            None => (None, None, None),
        };
        Self {
            name: view.setting.id(),
            value: view.value,
            source,
            stored,
            changed_at,
            changed_by,
        }
    }
}

impl From<&Flag> for FlagBody {
    fn from(flag: &Flag) -> Self {
        Self {
            name: flag.name.clone(),
            value: flag.value.clone(),
            source: flag.source.id(),
            about: flag.about.clone(),
        }
    }
}

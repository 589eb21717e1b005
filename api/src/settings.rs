//! Settings: what the operator has said with flags, what administrators have chosen, and what holds.
//!
//! What is chosen is in the store. Every process reads it again after some seconds, so that it holds everywhere soon.

use std::sync::Arc;
use std::time::Duration;

use domain::{Action, Choices, FieldError, Principal, Refusal, Setting, Settings};
use serde_json::{Value, json};
use store::StoredSetting;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::app::App;
use crate::asker::lacks_right;
use crate::audit;
use crate::failure::Result;

/// How old what is known may be.
const RECENT: Duration = Duration::from_secs(2);

/// How long the store may take: then what was known holds on.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the operator has said.
#[derive(Debug, Clone, Default)]
pub struct Operator {
    /// What of the settings is said, and so cannot be chosen on the pages.
    pub choices: Choices,
    /// All flags, for administrators to read.
    pub flags: Vec<Flag>,
}

/// A flag as it holds in this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Its name, such as `--most-waiting`.
    pub name: String,
    /// What holds; `None` where that is a secret.
    pub value: Option<String>,
    /// Where it comes from.
    pub source: FlagSource,
    /// What it is for.
    pub about: String,
}

/// Where a flag's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagSource {
    /// From the command line.
    CommandLine,
    /// From the environment.
    Environment,
    /// Nobody has said anything.
    Default,
}

impl FlagSource {
    /// Its name on the wire.
    pub const fn id(self) -> &'static str {
        match self {
            Self::CommandLine => "command-line",
            Self::Environment => "environment",
            Self::Default => "default",
        }
    }
}

/// A setting, what holds and why.
#[derive(Debug, Clone)]
pub struct SettingView {
    /// Which.
    pub setting: Setting,
    /// What holds.
    pub value: Value,
    /// Whether the operator has said it.
    pub is_operators: bool,
    /// What is stored, and by whom.
    pub stored: Option<StoredSetting>,
}

/// What a process knows of the settings.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    kept: Mutex<Option<(Instant, Arc<Settings>)>>,
}

impl Kept {
    /// What holds, as it was within the last seconds.
    pub(crate) async fn current(&self, app: &App) -> Arc<Settings> {
        let mut kept = self.kept.lock().await;
        if let Some((when, settings)) = &*kept
            && when.elapsed() < RECENT
        {
            return Arc::clone(settings);
        }
        let settings = match timeout(PATIENCE, app.store.settings()).await {
            Ok(Ok(stored)) => Arc::new(holding(app, &stored)),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the settings could not be read: those from before hold");
                before(app, kept.as_ref())
            }
            Err(_) => before(app, kept.as_ref()),
        };
        *kept = Some((Instant::now(), Arc::clone(&settings)));
        settings
    }

    async fn forget(&self) {
        *self.kept.lock().await = None;
    }
}

fn before(app: &App, kept: Option<&(Instant, Arc<Settings>)>) -> Arc<Settings> {
    kept.map_or_else(
        || Arc::new(holding(app, &[])),
        |(_, settings)| Arc::clone(settings),
    )
}

fn holding(app: &App, stored: &[StoredSetting]) -> Settings {
    Settings::of(&app.config.operator.choices, &choices(stored), app.config.open)
}

fn choices(stored: &[StoredSetting]) -> Choices {
    let mut choices = Choices::default();
    for stored in stored {
        // The store has left out what cannot be chosen.
        let _ = choices.choose(stored.setting, &stored.value);
    }
    choices
}

/// All settings, for administrators.
pub(crate) async fn list(app: &App, principal: &Principal) -> Result<Vec<SettingView>> {
    check(principal)?;
    let stored = app.store.settings().await?;
    let settings = holding(app, &stored);
    let view = |setting| SettingView {
        setting,
        value: settings.value(setting),
        is_operators: app.config.operator.choices.value(setting).is_some(),
        stored: stored.iter().find(|stored| stored.setting == setting).cloned(),
    };
    Ok(Setting::ALL.map(view).to_vec())
}

/// The operator's flags, for administrators.
pub(crate) fn flags<'a>(app: &'a App, principal: &Principal) -> Result<&'a [Flag]> {
    check(principal)?;
    Ok(&app.config.operator.flags)
}

/// Chooses settings, or takes back what was chosen where that is null: all of them or none.
pub(crate) async fn change(app: &App, principal: &Principal, wanted: &[(Setting, Value)]) -> Result<()> {
    check(principal)?;
    let mut choices = Choices::default();
    let mut errors = Vec::new();
    for (setting, value) in wanted {
        let fault = if app.config.operator.choices.value(*setting).is_some() {
            Some("is said by the operator of this server, with a flag or in the environment, and cannot be changed here".to_owned())
        } else if value.is_null() {
            None
        } else {
            choices.choose(*setting, value).err()
        };
        errors.extend(fault.map(|detail| FieldError {
            pointer: format!("/{}", setting.id()),
            detail,
        }));
    }
    if !errors.is_empty() {
        return Err(Refusal::invalid(errors).into());
    }
    let was = holding(app, &app.store.settings().await?);
    let settings: Vec<Setting> = wanted.iter().map(|(setting, _)| *setting).collect();
    app.store
        .set_settings(&choices, &settings, principal.user())
        .await?;
    app.settings.forget().await;
    let now = holding(app, &app.store.settings().await?);
    for setting in settings {
        let (from, to) = (was.value(setting), now.value(setting));
        if from != to {
            let details = json!({"from": from, "to": to});
            audit::note(app, principal, Action::SettingsChanged, setting.id(), details).await;
        }
    }
    Ok(())
}

fn check(principal: &Principal) -> Result<()> {
    if principal.may_administer() {
        return Ok(());
    }
    Err(lacks_right(
        principal,
        "only administrators see and change the settings",
    ))
}

//! What administrators have set, and who of them.

use domain::{Choices, Setting, Timestamp, UserId};
use serde_json::Value;

use crate::sql::{execute, fetch_all, statements};
use crate::{Result, Store, StoreError, row};

/// Settings read at most; there are a few.
const MOST: i64 = 1000;

/// A setting that is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSetting {
    /// Which.
    pub setting: Setting,
    /// What was chosen.
    pub value: Value,
    /// When.
    pub changed_at: Timestamp,
    /// By whom.
    pub changed_by: Option<UserId>,
}

impl Store {
    /// The settings that are stored. What another version stored and this one cannot read is left out.
    pub async fn settings(&self) -> Result<Vec<StoredSetting>> {
        let rows: Vec<(String, String, i64, Option<String>)> = fetch_all!(self, read, LIST, MOST)?;
        let mut settings = Vec::with_capacity(rows.len());
        for (name, value, changed_at, changed_by) in rows {
            let value = serde_json::from_str(&value).ok();
            let Some((setting, value)) = Setting::from_id(&name).zip(value) else {
                continue;
            };
            if let Err(error) = Choices::default().choose(setting, &value) {
                tracing::warn!(name, error, "a stored setting cannot be used");
                continue;
            }
            let by = changed_by.map(|by| row::parsed("settings.changed_by", &by));
            settings.push(StoredSetting {
                setting,
                value,
                changed_at: Timestamp(changed_at),
                changed_by: by.transpose()?,
            });
        }
        Ok(settings)
    }

    /// Stores what is chosen of these settings; what is not chosen is forgotten. All of them together or none.
    pub async fn set_settings(
        &self,
        choices: &Choices,
        settings: &[Setting],
        by: Option<&UserId>,
    ) -> Result<()> {
        let rows: Vec<Value> = settings
            .iter()
            .map(|setting| {
                let value = choices.value(*setting).map(|value| value.to_string());
                serde_json::json!({ "name": setting.id(), "value": value, "changed_by": by })
            })
            .collect();
        let rows =
            serde_json::to_string(&rows).map_err(|error| StoreError::failed("store settings", error))?;
        // A value that is missing is written as JSON's null first, so that one statement is enough to change them all.
        execute!(self, SET, rows)?;
        execute!(self, FORGET)?;
        Ok(())
    }
}

statements! {
    LIST(1) = "read settings" ["SELECT name, value, changed_at, changed_by FROM settings WHERE value <> 'null' ORDER BY name LIMIT $1"];
    /// Settings.
    SET(1) = "store settings" [
        "INSERT INTO settings (name, value, changed_at, changed_by) \
         SELECT i.name, COALESCE(i.value, 'null'), " now ", i.changed_by FROM " settings " WHERE TRUE \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at, \
         changed_by = excluded.changed_by"
    ];
    FORGET(0) = "forget settings" ["DELETE FROM settings WHERE value = 'null'"];
}

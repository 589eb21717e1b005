//! Settings that can change while a judge runs.
//!
//! A setting is what its operator chose with a flag; else what an administrator chose and the store keeps; else a default.

use serde_json::Value;

/// How many submissions of one user may wait, where nobody has chosen.
const MOST_WAITING: u32 = 5000;

/// How long the audit log is kept, where nobody has chosen, in days.
const AUDIT_DAYS: u32 = 400;

/// Characters of a site's name at most.
const LONGEST_NAME: usize = 60;

/// Characters of a notice at most.
const LONGEST_NOTICE: usize = 500;

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Setting {
    /// What the site is called.
    SiteName,
    /// What is said on every page.
    Notice,
    /// Whether people may make accounts for themselves.
    Registration,
    /// Whether programs may be submitted and tried.
    Submissions,
    /// How many submissions of one user may wait; 0 for any number.
    MostWaiting,
    /// How many days the audit log is kept.
    AuditDays,
}

/// What somebody has chosen; nothing where they have not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// See [`Setting::SiteName`].
    pub site_name: Option<String>,
    /// See [`Setting::Notice`].
    pub notice: Option<String>,
    /// See [`Setting::Registration`].
    pub registration: Option<bool>,
    /// See [`Setting::Submissions`].
    pub submissions: Option<bool>,
    /// See [`Setting::MostWaiting`].
    pub most_waiting: Option<u32>,
    /// See [`Setting::AuditDays`].
    pub audit_days: Option<u32>,
}

/// What holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What the site is called.
    pub site_name: String,
    /// What is said on every page, as plain text; empty where nothing is.
    pub notice: String,
    /// Whether people may make accounts for themselves.
    pub registration: bool,
    /// Whether programs may be submitted and tried.
    pub submissions: bool,
    /// How many submissions of one user may wait; `None` for any number.
    pub most_waiting: Option<u32>,
    /// How many days the audit log is kept.
    pub audit_days: u32,
}

impl Setting {
    /// Every setting.
    pub const ALL: [Self; 6] = [
        Self::SiteName,
        Self::Notice,
        Self::Registration,
        Self::Submissions,
        Self::MostWaiting,
        Self::AuditDays,
    ];

    /// The id on the wire and in the store.
    pub const fn id(self) -> &'static str {
        match self {
            Self::SiteName => "site_name",
            Self::Notice => "notice",
            Self::Registration => "registration",
            Self::Submissions => "submissions",
            Self::MostWaiting => "most_waiting",
            Self::AuditDays => "audit_days",
        }
    }

    /// The setting of that id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| setting.id() == id)
    }
}

impl Choices {
    /// Takes a choice. The error completes a sentence that begins with the setting's id.
    pub fn choose(&mut self, setting: Setting, value: &Value) -> Result<(), String> {
        match setting {
            Setting::SiteName => self.site_name = Some(text(value, LONGEST_NAME, false)?),
            Setting::Notice => self.notice = Some(text(value, LONGEST_NOTICE, true)?),
            Setting::Registration => self.registration = Some(truth(value)?),
            Setting::Submissions => self.submissions = Some(truth(value)?),
            Setting::MostWaiting => self.most_waiting = Some(number(value, 0, 1_000_000)?),
            Setting::AuditDays => self.audit_days = Some(number(value, 1, 3660)?),
        }
        Ok(())
    }

    /// What is chosen.
    pub fn value(&self, setting: Setting) -> Option<Value> {
        match setting {
            Setting::SiteName => self.site_name.clone().map(Value::from),
            Setting::Notice => self.notice.clone().map(Value::from),
            Setting::Registration => self.registration.map(Value::from),
            Setting::Submissions => self.submissions.map(Value::from),
            Setting::MostWaiting => self.most_waiting.map(Value::from),
            Setting::AuditDays => self.audit_days.map(Value::from),
        }
    }
}

impl Settings {
    /// What holds by the choices of an operator and of administrators. On an open judge people may make accounts, unless somebody says
    /// that they may not.
    pub fn of(operator: &Choices, stored: &Choices, is_open: bool) -> Self {
        let either = |choice: fn(&Choices) -> Option<String>| choice(operator).or_else(|| choice(stored));
        let most_waiting = operator
            .most_waiting
            .or(stored.most_waiting)
            .unwrap_or(MOST_WAITING);
        Self {
            site_name: either(|choices| choices.site_name.clone()).unwrap_or_else(|| "Gavel".to_owned()),
            notice: either(|choices| choices.notice.clone()).unwrap_or_default(),
            registration: operator.registration.or(stored.registration).unwrap_or(is_open),
            submissions: operator.submissions.or(stored.submissions).unwrap_or(true),
            most_waiting: Some(most_waiting).filter(|most| *most > 0),
            audit_days: operator.audit_days.or(stored.audit_days).unwrap_or(AUDIT_DAYS),
        }
    }

    /// What holds of one of them, as it is chosen.
    pub fn value(&self, setting: Setting) -> Value {
        match setting {
            Setting::SiteName => self.site_name.as_str().into(),
            Setting::Notice => self.notice.as_str().into(),
            Setting::Registration => self.registration.into(),
            Setting::Submissions => self.submissions.into(),
            Setting::MostWaiting => self.most_waiting.unwrap_or(0).into(),
            Setting::AuditDays => self.audit_days.into(),
        }
    }
}

fn text(value: &Value, longest: usize, may_have_lines: bool) -> Result<String, String> {
    let wrong = || {
        let lines = if may_have_lines { " but line ends" } else { "" };
        format!("must be a text of 1 to {longest} characters, and no control characters{lines}")
    };
    let text = value.as_str().ok_or_else(wrong)?.replace("\r\n", "\n");
    let text = text.trim();
    let is_control = |c: char| c.is_control() && !(may_have_lines && c == '\n');
    let is_fine = (1..=longest).contains(&text.chars().count()) && !text.contains(is_control);
    is_fine.then(|| text.to_owned()).ok_or_else(wrong)
}

fn truth(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "must be true or false".to_owned())
}

fn number(value: &Value, least: u32, most: u32) -> Result<u32, String> {
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    number
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| format!("must be a whole number from {least} to {most}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(setting: Setting, value: Value, expected: Option<Value>) {
        let mut choices = Choices::default();
        let taken = choices.choose(setting, &value);
        assert_eq!(taken.is_ok(), expected.is_some(), "{setting:?} {value}");
        assert_eq!(choices.value(setting), expected);
    }

    #[test]
    fn choices_are_bounded() {
        use Setting::{AuditDays, MostWaiting, Notice, Registration, SiteName};
        check(SiteName, json!(" A school "), Some(json!("A school")));
        for wrong in [
            json!(""),
            json!("  "),
            json!("a\nb"),
            json!("x".repeat(61)),
            json!(1),
        ] {
            check(SiteName, wrong, None);
        }
        check(Notice, json!("One.\r\nTwo."), Some(json!("One.\nTwo.")));
        check(Notice, json!("bell \u{7}"), None);
        check(Notice, json!("é".repeat(500)), Some(json!("é".repeat(500))));
        check(Notice, json!("é".repeat(501)), None);
        check(Registration, json!(false), Some(json!(false)));
        check(Registration, json!("yes"), None);
        check(MostWaiting, json!(0), Some(json!(0)));
        for wrong in [json!(-1), json!(1.5), json!(1_000_001), json!("5")] {
            check(MostWaiting, wrong, None);
        }
        check(AuditDays, json!(0), None);
    }

    #[test]
    fn an_operator_wins_over_what_is_stored_and_that_over_the_default() {
        let stored = Choices {
            registration: Some(true),
            most_waiting: Some(0),
            site_name: Some("Stored".into()),
            ..Choices::default()
        };
        let operator = Choices {
            registration: Some(false),
            ..Choices::default()
        };
        let settings = Settings::of(&operator, &stored, true);
        assert!(!settings.registration && settings.submissions);
        assert_eq!((settings.most_waiting, &*settings.site_name), (None, "Stored"));
        let nobody = Choices::default();
        assert!(Settings::of(&nobody, &nobody, true).registration);
        assert!(!Settings::of(&nobody, &nobody, false).registration);
        assert!(Settings::of(&nobody, &stored, false).registration);
        assert_eq!(
            Settings::of(&nobody, &nobody, false).most_waiting,
            Some(MOST_WAITING)
        );
    }

    #[test]
    fn ids_name_one_setting_each() {
        for setting in Setting::ALL {
            assert_eq!(Setting::from_id(setting.id()), Some(setting));
        }
    }
}

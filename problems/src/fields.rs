//! Typed reading of YAML trees: every mistake is written down, and reading goes on.

use crate::complaint::{Complaint, Report};
use crate::yaml::{Key, Node, Value};

/// Where a value stands: the file and the path of keys to it.
#[derive(Debug, Clone)]
pub(crate) struct Place<'a> {
    pub(crate) file: &'a str,
    pub(crate) key: String,
}

impl<'a> Place<'a> {
    pub(crate) fn top(file: &'a str) -> Self {
        Self {
            file,
            key: String::new(),
        }
    }

    pub(crate) fn child(&self, key: &str) -> Self {
        let key = if self.key.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.key)
        };
        Self { file: self.file, key }
    }

    fn item(&self, index: usize) -> Self {
        Self {
            file: self.file,
            key: format!("{}[{index}]", self.key),
        }
    }

    /// A complaint about this place.
    pub(crate) fn complaint(&self, line: u32, what: impl Into<String>) -> Complaint {
        Complaint {
            file: self.file.to_owned(),
            line: Some(line),
            key: (!self.key.is_empty()).then(|| self.key.clone()),
            what: what.into(),
        }
    }

    fn mistyped(&self, node: &Node, expected: &str) -> Complaint {
        let hint = match (&node.value, expected) {
            (Value::Bool(_) | Value::Integer(_) | Value::Float(_), "a string") => "; put it in quotes",
            _ => "",
        };
        self.complaint(
            node.line,
            format!("must be {expected}, not {}{hint}", node.value.kind()),
        )
    }
}

/// A map whose keys are taken one by one; what is left over in the end is unknown.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    pub(crate) place: Place<'a>,
    /// The line that the map begins in.
    pub(crate) line: u32,
    entries: Vec<(&'a Key, &'a Node)>,
}

impl<'a> Fields<'a> {
    /// The entries of a map. Complains if the node is something else.
    pub(crate) fn of(node: &'a Node, place: Place<'a>, report: &mut Report) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            report.complain(place.mistyped(node, "a map"));
            return None;
        };
        let mut all: Vec<(&Key, &Node)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            if let Some(earlier) = all.iter_mut().find(|(found, _)| found.text == key.text) {
                let what = format!(
                    "is there twice, in line {} before; the last one counts",
                    earlier.0.line
                );
                report.object(place.child(&key.text).complaint(key.line, what));
                *earlier = (key, value);
            } else {
                all.push((key, value));
            }
        }
        Some(Self {
            place,
            line: node.line,
            entries: all,
        })
    }

    /// Takes a key's value, if it is there. A key without a value counts as absent, with a warning.
    pub(crate) fn take(&mut self, key: &str, report: &mut Report) -> Option<(&'a Node, Place<'a>)> {
        let index = self.entries.iter().position(|(found, _)| found.text == key)?;
        let (_, node) = self.entries.swap_remove(index);
        let place = self.place.child(key);
        if matches!(node.value, Value::Null) {
            report.warn(place.complaint(node.line, "has no value and is ignored"));
            return None;
        }
        Some((node, place))
    }

    /// Whether a key is there and not yet taken.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(found, _)| found.text == key)
    }

    /// Takes a key's value, or complains that it is missing.
    pub(crate) fn require(&mut self, key: &str, report: &mut Report) -> Option<(&'a Node, Place<'a>)> {
        let taken = self.take(key, report);
        if taken.is_none() {
            report.complain(self.place.child(key).complaint(self.line, "is required"));
        }
        taken
    }

    pub(crate) fn text(&mut self, key: &str, report: &mut Report) -> Option<&'a str> {
        let (node, place) = self.take(key, report)?;
        text(node, &place, report)
    }

    pub(crate) fn boolean(&mut self, key: &str, report: &mut Report) -> Option<bool> {
        let (node, place) = self.take(key, report)?;
        boolean(node, &place, report)
    }

    pub(crate) fn integer(
        &mut self,
        key: &str,
        least: i128,
        most: i128,
        report: &mut Report,
    ) -> Option<i128> {
        let (node, place) = self.take(key, report)?;
        integer(node, &place, least, most, report)
    }

    pub(crate) fn number(&mut self, key: &str, report: &mut Report) -> Option<(f64, u32)> {
        let (node, place) = self.take(key, report)?;
        number(node, &place, report).map(|value| (value, node.line))
    }

    /// What has not been taken, as pairs: for maps whose keys are names.
    pub(crate) fn rest(self) -> Vec<(&'a Key, &'a Node)> {
        self.entries
    }

    /// Takes a key that is of no use, whatever its value.
    pub(crate) fn skip(&mut self, key: &str) {
        self.entries.retain(|(found, _)| found.text != key);
    }

    /// Takes a key that describes the problem in another version of the format; `instead` says how this one does.
    pub(crate) fn skip_with_warning(&mut self, key: &str, instead: &str, report: &mut Report) {
        if let Some((found, _)) = self.entries.iter().find(|(found, _)| found.text == key) {
            let what = format!("is not a key of this format and is ignored; {instead}");
            report.warn(self.place.child(key).complaint(found.line, what));
            self.skip(key);
        }
    }

    /// Warns of every key that was not taken. Where `hint` knows what was meant, ignoring it would change verdicts: that is
    /// a complaint, unless the version is a lenient one.
    pub(crate) fn finish(mut self, hint: fn(&str) -> Option<&'static str>, report: &mut Report) {
        self.entries.sort_by_key(|(key, _)| key.line);
        for (key, _) in &self.entries {
            let place = self.place.child(&key.text);
            let complaint = |what: String| place.complaint(key.line, what);
            match hint(&key.text) {
                None => report.warn(complaint("is not a key of this format and is ignored".to_owned())),
                Some(hint) if report.is_lenient() => {
                    report.warn(complaint(format!(
                        "is not a key of this format and is ignored; {hint}"
                    )));
                }
                Some(hint) => report.complain(complaint(format!("is not a key of this format; {hint}"))),
            }
        }
    }
}

/// No hint for any unknown key.
pub(crate) fn no_hint(_key: &str) -> Option<&'static str> {
    None
}

pub(crate) fn text<'a>(node: &'a Node, place: &Place<'_>, report: &mut Report) -> Option<&'a str> {
    match &node.value {
        Value::Text(text) if text.trim().is_empty() => {
            report.complain(place.complaint(node.line, "must not be empty"));
            None
        }
        Value::Text(text) => Some(text),
        _ => {
            report.complain(place.mistyped(node, "a string"));
            None
        }
    }
}

pub(crate) fn boolean(node: &Node, place: &Place<'_>, report: &mut Report) -> Option<bool> {
    match &node.value {
        Value::Bool(value) => Some(*value),
        // The YAML that older packages were written in had more words for them.
        Value::Text(text) if report.is_lenient() && is_one_of(text, &["yes", "on", "true"]) => Some(true),
        Value::Text(text) if report.is_lenient() && is_one_of(text, &["no", "off", "false"]) => Some(false),
        _ => {
            report.complain(place.mistyped(node, "true or false"));
            None
        }
    }
}

fn is_one_of(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

pub(crate) fn integer(
    node: &Node,
    place: &Place<'_>,
    least: i128,
    most: i128,
    report: &mut Report,
) -> Option<i128> {
    let value = match &node.value {
        Value::Integer(value) => *value,
        Value::Float(value) if report.is_lenient() && value.fract() == 0.0 && value.abs() < 1e15 => {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a whole number below 2^53, as just checked"
            )]
            let value = *value as i128;
            value
        }
        Value::Text(text) if report.is_lenient() && text.trim().parse::<i128>().is_ok() => {
            text.trim().parse().unwrap_or_default()
        }
        _ => {
            report.complain(place.mistyped(node, "an integer"));
            return None;
        }
    };
    if (least..=most).contains(&value) {
        return Some(value);
    }
    let what = if value < least {
        format!("must be at least {least}, not {value}")
    } else {
        format!("must be at most {most}, not {value}: more is not supported")
    };
    report.complain(place.complaint(node.line, what));
    None
}

pub(crate) fn number(node: &Node, place: &Place<'_>, report: &mut Report) -> Option<f64> {
    match &node.value {
        Value::Float(value) => Some(*value),
        Value::Text(text) if report.is_lenient() && text.trim().parse::<f64>().is_ok_and(f64::is_finite) => {
            text.trim().parse().ok()
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "a setting in seconds; no one writes 2^53 of them"
        )]
        Value::Integer(value) => Some(*value as f64),
        _ => {
            report.complain(place.mistyped(node, "a number"));
            None
        }
    }
}

/// Words of a command line in one string, separated by white space; or a list of words.
pub(crate) fn flags(node: &Node, place: &Place<'_>, report: &mut Report) -> Option<Vec<String>> {
    let text = match (&node.value, &node.raw) {
        (Value::List(_), _) => return words(node, place, report),
        (Value::Text(text), _) => text,
        (_, Some(raw)) => raw,
        _ => {
            report.complain(place.mistyped(node, "a string"));
            return None;
        }
    };
    if text.contains('\0') {
        report.complain(place.complaint(node.line, "must not hold a NUL character"));
        return None;
    }
    Some(text.split_whitespace().map(str::to_owned).collect())
}

/// The items of a list, with their places.
pub(crate) fn list<'a, 'p>(
    node: &'a Node,
    place: &Place<'p>,
    report: &mut Report,
) -> Option<Vec<(&'a Node, Place<'p>)>> {
    let Value::List(items) = &node.value else {
        report.complain(place.mistyped(node, "a list"));
        return None;
    };
    let items = items.iter().enumerate();
    Some(items.map(|(index, item)| (item, place.item(index))).collect())
}

/// A value, or a list of such values, as the items.
pub(crate) fn one_or_many<'a, 'p>(node: &'a Node, place: &Place<'p>) -> Vec<(&'a Node, Place<'p>)> {
    match &node.value {
        Value::List(items) => {
            let items = items.iter().enumerate();
            items.map(|(index, item)| (item, place.item(index))).collect()
        }
        _ => vec![(node, place.clone())],
    }
}

/// A list of words for a command line. Unquoted numbers and booleans are taken as they are written.
pub(crate) fn words(node: &Node, place: &Place<'_>, report: &mut Report) -> Option<Vec<String>> {
    let mut words = Vec::new();
    for (item, place) in list(node, place, report)? {
        match (&item.value, &item.raw) {
            (Value::Text(word), _) if word.contains('\0') => {
                report.complain(place.complaint(item.line, "must not hold a NUL character"));
                return None;
            }
            (Value::Text(word), _) => words.push(word.clone()),
            (_, Some(raw)) => words.push(raw.clone()),
            _ => {
                report.complain(place.mistyped(item, "a string"));
                return None;
            }
        }
    }
    Some(words)
}

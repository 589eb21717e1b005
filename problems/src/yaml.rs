//! YAML as a tree with line numbers: the one module that knows the YAML library.
//!
//! A tree, because a typed reader stops at the first mistake, and an author is told all of them.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DuplicateKeyPolicy, Spanned};

/// A value with its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// From 1.
    pub(crate) line: u32,
    pub(crate) value: Value,
    /// The text of a plain number or boolean as it was written: `1e-6` and `0.000001` are different words to a
    /// program that gets them as arguments.
    pub(crate) raw: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key with its place.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) line: u32,
    pub(crate) text: String,
}

impl Value {
    /// In words, for complaints.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

/// Why a text is not YAML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub(crate) struct NotYaml {
    pub(crate) line: Option<u32>,
    pub(crate) what: String,
}

/// Parses one document. An empty one is `Null`.
pub(crate) fn parse(text: &str) -> Result<Node, NotYaml> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 100_000,
            max_aliases: 100,
            max_anchors: 100,
            max_depth: 32,
            max_documents: 1,
            max_nodes: 50_000,
        },
        duplicate_keys: DuplicateKeyPolicy::LastWins, // All of them come here: `fields` complains.
        strict_booleans: true,
        with_snippet: false,
    };
    let Spanned {
        value, referenced, ..
    } = serde_saphyr::from_str_with_options::<Spanned<Tree>>(text, options).map_err(|error| NotYaml {
        line: error.location().and_then(|place| line(place.line())),
        what: first_line(&error.without_snippet().to_string()),
    })?;
    Ok(value.into_node(referenced, text))
}

/// What the deserializer builds: as [`Node`], with the library's locations.
struct Tree(Shape);

enum Shape {
    Leaf(Value),
    List(Vec<Spanned<Tree>>),
    Map(Vec<(Spanned<String>, Spanned<Tree>)>),
}

impl Tree {
    fn into_node(self, place: serde_saphyr::Location, source: &str) -> Node {
        let value = match self.0 {
            Shape::Leaf(value) => value,
            Shape::List(items) => Value::List(items.into_iter().map(|item| node(item, source)).collect()),
            Shape::Map(entries) => Value::Map(
                entries
                    .into_iter()
                    .map(|(key, value)| {
                        let key = Key {
                            line: line(key.referenced.line()).unwrap_or(1),
                            text: key.value,
                        };
                        (key, node(value, source))
                    })
                    .collect(),
            ),
        };
        let is_typed = matches!(value, Value::Bool(_) | Value::Integer(_) | Value::Float(_));
        Node {
            line: line(place.line()).unwrap_or(1),
            raw: if is_typed { written(place, source) } else { None },
            value,
        }
    }
}

fn node(spanned: Spanned<Tree>, source: &str) -> Node {
    spanned.value.into_node(spanned.defined, source)
}

/// The source text at a place.
fn written(place: serde_saphyr::Location, source: &str) -> Option<String> {
    let start = usize::try_from(place.span().byte_offset()?).ok()?;
    let length = usize::try_from(place.span().byte_len()?).ok()?;
    let text = source.get(start..start.checked_add(length)?)?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn line(number: u64) -> Option<u32> {
    u32::try_from(number).ok().filter(|line| *line > 0)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or("is not YAML").to_owned()
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl TreeVisitor {
    #[expect(clippy::unnecessary_wraps, reason = "it is what every visit returns")]
    fn leaf<E>(value: Value) -> Result<Tree, E> {
        Ok(Tree(Shape::Leaf(value)))
    }
}

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E: Error>(self) -> Result<Tree, E> {
        Self::leaf(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Tree, E> {
        Self::leaf(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Tree, E> {
        Self::leaf(Value::Integer(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Tree, E> {
        Self::leaf(Value::Integer(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Tree, E> {
        Self::leaf(Value::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Tree, E> {
        Self::leaf(Value::Text(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Tree, E> {
        Self::leaf(Value::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree(Shape::List(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Tree(Shape::Map(map)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(node: &Node) -> String {
        let value = match &node.value {
            Value::Null => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Integer(value) => value.to_string(),
            Value::Float(value) => format!("{value:?}"),
            Value::Text(value) => format!("{value:?}"),
            Value::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
            Value::Map(entries) => {
                let entries = entries
                    .iter()
                    .map(|(key, value)| format!("{}@{}: {}", key.text, key.line, show(value)));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
        };
        match &node.raw {
            Some(raw) => format!("{value}({raw})@{}", node.line),
            None => format!("{value}@{}", node.line),
        }
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(parse(text).map(|node| show(&node)).unwrap(), expected, "{text:?}");
    }

    #[test]
    fn values_keep_their_lines_and_their_spelling() {
        check("", "null@1");
        check(
            "a: 1\nb:\n  - x\n  - 1e-6\n",
            "{a@1: 1(1)@1, b@2: [\"x\"@3, 1e-6(1e-6)@4]@3}@1",
        );
        check("a: '1'\n", "{a@1: \"1\"@1}@1");
        check("v: 2025-09\n", "{v@1: \"2025-09\"@1}@1");
        check("v: yes\nw: true", "{v@1: \"yes\"@1, w@2: true(true)@2}@1");
        check("a: 1\na: 2\n", "{a@1: 1(1)@1, a@2: 2(2)@2}@1");
        check("# é\nv: [0.50, -7]\n", "{v@2: [0.5(0.50)@2, -7(-7)@2]@2}@2");
    }

    fn check_broken(text: &str, line: u32) {
        let error = parse(text).map(|node| show(&node)).unwrap_err();
        assert_eq!(error.line, Some(line), "{text:?}: {error}");
        assert!(!error.what.contains('\n'), "{error}");
    }

    #[test]
    fn mistakes_name_their_line() {
        check_broken("a: 1\nb: [1, 2\n", 2);
        check_broken("a: 1\n b: 2\n", 2);
        check_broken("a: \"\n", 2);
        check_broken(&format!("{}1{}", "[".repeat(100), "]".repeat(100)), 1);
    }

    #[test]
    fn aliases_do_not_multiply() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..10 {
            let items = [format!("*a{}", i - 1).as_str(); 10].join(", ");
            text.extend([format!("a{i}: &a{i} [{items}]\n")]);
        }
        assert!(parse(&text).is_err());
    }
}

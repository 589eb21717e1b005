//! What a statement may have on a page of ours: text with structure, links, pictures of its own package.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

/// What `MathML` made by the server consists of; none of it can run anything.
const MATH: [&str; 26] = [
    "math",
    "semantics",
    "annotation",
    "mrow",
    "mi",
    "mn",
    "mo",
    "mtext",
    "mspace",
    "ms",
    "mfrac",
    "msqrt",
    "mroot",
    "mstyle",
    "merror",
    "mpadded",
    "mphantom",
    "msub",
    "msup",
    "msubsup",
    "munder",
    "mover",
    "munderover",
    "mmultiscripts",
    "mtable",
    "mtr",
];

const MATH_ATTRIBUTES: [&str; 24] = [
    "display",
    "mathvariant",
    "displaystyle",
    "scriptlevel",
    "stretchy",
    "fence",
    "separator",
    "form",
    "largeop",
    "movablelimits",
    "lspace",
    "rspace",
    "minsize",
    "maxsize",
    "symmetric",
    "accent",
    "accentunder",
    "linethickness",
    "width",
    "height",
    "depth",
    "columnalign",
    "columnspan",
    "encoding",
];

static MATHML: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .add_tags(MATH)
        .add_tags(["mtd", "mprescripts", "none"])
        .add_generic_attributes(MATH_ATTRIBUTES);
    builder
});

/// Cleans a statement. Pictures are those of the package, below the address `pictures`; links lead where they say.
pub(super) fn statement(html: &str, pictures: &str) -> String {
    let classes: HashMap<&str, HashSet<&str>> = HashMap::from([
        ("figure", HashSet::from(["illustration"])),
        ("span", HashSet::from(["smallcaps"])),
        ("p", HashSet::from(["centred"])),
        ("div", HashSet::from(["centred"])),
    ]);
    let pictures = pictures.to_owned();
    Builder::default()
        .rm_tags(["map", "area"])
        .add_tags(["section", "figure", "figcaption"])
        .add_tag_attributes("th", ["colspan"])
        .add_tag_attributes("td", ["colspan"])
        .rm_tag_attributes("a", ["hreflang"])
        .allowed_classes(classes)
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(Some("noopener noreferrer nofollow"))
        .attribute_filter(move |element, attribute, value| match (element, attribute) {
            ("img", "src") => picture(value, &pictures),
            ("img", "width" | "height") => value.parse::<u16>().is_ok().then_some(value.into()),
            ("a", "href") if value.starts_with("//") => None,
            (_, "cite") => None,
            _ => Some(value.into()),
        })
        .clean(html)
        .to_string()
}

/// Cleans `MathML` that was made of a formula.
pub(super) fn math(html: &str) -> String {
    MATHML.clean(html).to_string()
}

/// The address of a picture that lies beside the statement.
fn picture<'a>(source: &str, pictures: &str) -> Option<Cow<'a, str>> {
    let name = source.rsplit('/').next().unwrap_or(source);
    let is_plain = !source.contains("//")
        && !source.starts_with('/')
        && !name.is_empty()
        && name
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || b"_.-".contains(&c));
    is_plain.then(|| format!("{pictures}{name}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_those_of_the_package() {
        for (source, expected) in [
            ("map.png", Some("/f/map.png")),
            ("img/map.png", Some("/f/map.png")),
            ("https://evil.example/map.png", None),
            ("//evil.example/map.png", None),
            ("/etc/map.png", None),
            ("a b.png", None),
            ("", None),
        ] {
            assert_eq!(picture(source, "/f/").as_deref(), expected, "{source}");
        }
    }
}

//! Symbolic links: where they lead, computed on names alone, so that it is the same on disk and in an archive.

use crate::name;

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
    /// With its target as written.
    Link(String),
}

/// Why a link is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadLink {
    #[error("is a symbolic link to an absolute path, which cannot stay inside the package")]
    Absolute,
    #[error("is a symbolic link that leaves the package")]
    Leaves,
    #[error("is a symbolic link to nothing")]
    Dangling,
    #[error("is a symbolic link in a circle")]
    Circle,
    #[error("is a symbolic link to a name that the package format does not allow")]
    Name,
}

/// As many links in a row as Linux follows.
const MOST_HOPS: u32 = 40;

/// The path that a link in `directory` with that target ends at, following further links; never itself a link.
///
/// `look` tells what stands at a path, none of whose directories is a link.
pub(crate) fn resolve(
    directory: &str,
    target: &str,
    look: impl Fn(&str) -> Option<Kind>,
) -> Result<String, BadLink> {
    let mut at: Vec<String> = components(directory).collect();
    let mut ahead = Vec::new();
    let mut hops = 0;
    push_target(target, &mut ahead)?;
    while let Some(component) = ahead.pop() {
        if component == ".." {
            at.pop().ok_or(BadLink::Leaves)?;
            continue;
        }
        if !name::is_valid(&component) {
            return Err(BadLink::Name);
        }
        at.push(component);
        match look(&at.join("/")).ok_or(BadLink::Dangling)? {
            Kind::File if !ahead.is_empty() => return Err(BadLink::Dangling),
            Kind::File | Kind::Directory => {}
            Kind::Link(target) => {
                hops += 1;
                if hops > MOST_HOPS {
                    return Err(BadLink::Circle);
                }
                at.pop();
                push_target(&target, &mut ahead)?;
            }
        }
    }
    Ok(at.join("/"))
}

fn components(path: &str) -> impl DoubleEndedIterator<Item = String> {
    path.split('/')
        .filter(|component| !matches!(*component, "" | "."))
        .map(str::to_owned)
}

/// Puts a target's components before those that are still ahead (a stack: the next one is last).
fn push_target(target: &str, ahead: &mut Vec<String>) -> Result<(), BadLink> {
    if target.starts_with('/') {
        return Err(BadLink::Absolute);
    }
    if target.is_empty() {
        return Err(BadLink::Dangling);
    }
    ahead.extend(components(target).rev());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(path: &str) -> Option<Kind> {
        Some(match path {
            "data" | "data/sample" | "data/secret" => Kind::Directory,
            "data/sample/1.in" => Kind::File,
            "data/secret/1.in" => Kind::Link("../sample/1.in".into()),
            "data/s" => Kind::Link("secret".into()),
            "out" => Kind::Link("../x".into()),
            "a" => Kind::Link("b".into()),
            "b" => Kind::Link("./a".into()),
            _ => return None,
        })
    }

    fn check(directory: &str, target: &str, expected: Result<&str, BadLink>) {
        let found = resolve(directory, target, look);
        assert_eq!(
            found.as_deref().map_err(|e| *e),
            expected,
            "{directory} -> {target}"
        );
    }

    #[test]
    fn links_resolve_inside_or_not_at_all() {
        check("data/secret", "../sample/1.in", Ok("data/sample/1.in"));
        check("data/secret", "1.in", Ok("data/sample/1.in"));
        check("", "data/s/1.in", Ok("data/sample/1.in"));
        check("data", "./sample//1.in", Ok("data/sample/1.in"));
        check("data", "..", Ok(""));
        check("data", "../..", Err(BadLink::Leaves));
        check("data", "../../package/data/sample/1.in", Err(BadLink::Leaves));
        check("data", "/etc/passwd", Err(BadLink::Absolute));
        check("", "out", Err(BadLink::Leaves));
        check("", "a", Err(BadLink::Circle));
        check("", "nothing", Err(BadLink::Dangling));
        check("", "", Err(BadLink::Dangling));
        check("", "data/sample/1.in/x", Err(BadLink::Dangling));
        check("", ".git/config", Err(BadLink::Name));
    }
}

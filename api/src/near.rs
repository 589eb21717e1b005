//! "Did you mean …?"

/// Longer names are not compared: the cost grows with the square.
const MAX: usize = 64;

/// ` (did you mean "a" or "b"?)`, or nothing where no candidate is close.
pub(crate) fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    let mut near: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter_map(|candidate| Some((distance_within(name, candidate)?, candidate)))
        .collect();
    near.sort_unstable();
    near.dedup();
    let near: Vec<String> = near
        .iter()
        .take(3)
        .map(|(_, candidate)| format!("{candidate:?}"))
        .collect();
    if near.is_empty() {
        return String::new();
    }
    format!(" (did you mean {}?)", near.join(" or "))
}

/// The distance, where it is small for names of that length, letter case aside.
fn distance_within(name: &str, candidate: &str) -> Option<usize> {
    let fold = |text: &str| -> Vec<char> { text.chars().flat_map(char::to_lowercase).collect() };
    let (a, b) = (fold(name), fold(candidate));
    if a.is_empty() || a.len() > MAX || b.len() > MAX {
        return None;
    }
    let allowed = a.len().max(b.len()).div_ceil(3).min(3);
    if b.starts_with(&a) && a.len() >= 2 {
        return Some(1); // begun and not finished
    }
    Some(distance(&a, &b)).filter(|distance| *distance <= allowed && *distance < a.len())
}

/// The edits (insert, delete, replace, swap of neighbours) from one to the other: optimal string alignment.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, candidates: &[&str], expected: &str) {
        assert_eq!(
            did_you_mean(name, candidates.iter().copied()),
            expected,
            "{name:?}"
        );
    }

    #[test]
    fn near_names_are_offered() {
        let problems = ["aplusb", "hello", "sorting"];
        check("aplusbb", &problems, " (did you mean \"aplusb\"?)");
        check("apulsb", &problems, " (did you mean \"aplusb\"?)");
        check("HELO", &problems, " (did you mean \"hello\"?)");
        check("sort", &problems, " (did you mean \"sorting\"?)");
        check("graph", &problems, "");
        check("", &problems, "");
        check(&"x".repeat(1000), &problems, "");
        check("c", &["d", "cpp"], "");
        check(
            "pyton3",
            &["python3", "python2", "c"],
            " (did you mean \"python3\" or \"python2\"?)",
        );
    }

    #[test]
    fn distances_are_counted_in_edits() {
        let count =
            |a: &str, b: &str| distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>());
        for (a, b, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("ab", "ba", 1),
            ("é", "e", 1),
        ] {
            assert_eq!(count(a, b), expected, "{a} {b}");
            assert_eq!(count(b, a), expected, "{b} {a}");
        }
    }
}

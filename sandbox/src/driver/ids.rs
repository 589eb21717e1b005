//! Which host ids a slot is mapped to.

use std::fs;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::init::{INIT_ID, PAYLOAD_ID};

/// The ids of a slot as its driver sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ids {
    /// Root gives each slot two of its own, user and group alike, that belong to nobody.
    Own { init: u32, payload: u32 },
    /// An ordinary user has only itself to give.
    Caller { user: u32, group: u32 },
}

/// Above what distributions, directories and containers hand out, and below what signed arithmetic breaks.
const FIRST: u32 = 0x6000_0000;
/// Slots of one driver that are told apart.
const SLOTS: u32 = 64;

impl Ids {
    /// Chooses the ids for the next slot of this process.
    pub(crate) fn choose() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
        let caller = Self::Caller {
            user: user.as_raw(),
            group: group.as_raw(),
        };
        if !user.is_root() {
            return caller;
        }
        let slot = NEXT.fetch_add(1, Ordering::Relaxed) % SLOTS;
        let process = std::process::id() % (1 << 22);
        let pair = process * SLOTS + slot;
        let maps = ["/proc/self/uid_map", "/proc/self/gid_map"]
            .map(|path| fs::read_to_string(path).unwrap_or_default());
        pick(pair, maps.each_ref().map(String::as_str)).map_or(caller, |first| Self::Own {
            init: first,
            payload: first + 1,
        })
    }

    /// The id that the payload has outside.
    pub(crate) fn payload(self) -> u32 {
        match self {
            Self::Own { payload, .. } => payload,
            Self::Caller { user, .. } => user,
        }
    }

    /// Whether the payload has an id of its own.
    pub(crate) fn are_own(self) -> bool {
        matches!(self, Self::Own { .. })
    }

    /// Maps them in the user namespace of a process.
    pub(crate) fn write_maps(self, process: u32) -> io::Result<()> {
        let write = |file: &str, text: String| fs::write(format!("/proc/{process}/{file}"), text);
        // Nobody inside may drop a group, since a group can also be what keeps one out.
        write("setgroups", "deny".to_owned())?;
        match self {
            Self::Own { init, payload } => {
                let map = format!("{INIT_ID} {init} 1\n{PAYLOAD_ID} {payload} 1\n");
                write("gid_map", map.clone())?;
                write("uid_map", map)
            }
            Self::Caller { user, group } => {
                write("gid_map", format!("{PAYLOAD_ID} {group} 1\n"))?;
                write("uid_map", format!("{PAYLOAD_ID} {user} 1\n"))
            }
        }
    }
}

/// The first of two ids that both maps contain: far up where all ids are there, else from the end of what is.
fn pick(pair: u32, maps: [&str; 2]) -> Option<u32> {
    let [users, groups] = maps.map(ranges);
    let both_in = |first: u32| {
        let inside = |ranges: &[(u32, u32)]| ranges.iter().any(|(from, to)| *from <= first && first < *to);
        inside(&users) && inside(&groups)
    };
    let preferred = FIRST + pair * 2;
    if both_in(preferred) {
        return Some(preferred);
    }
    // A container's few ids: count down from the last, and keep away from those in use at the bottom.
    let (from, to) = users.iter().copied().max_by_key(|(from, to)| to - from)?;
    let room = (to - from) / 2 / 2;
    let first = to.checked_sub(1 + 2 * (pair % room.max(1)))?;
    (first > 0 && both_in(first)).then_some(first)
}

/// The inclusive ranges of ids that exist here: first column and length.
fn ranges(map: &str) -> Vec<(u32, u32)> {
    let range = |line: &str| {
        let mut columns = line.split_whitespace().map(|column| column.parse::<u32>().ok());
        let (from, _, length) = (columns.next()??, columns.next()?, columns.next()??);
        Some((from, from.saturating_add(length.checked_sub(1)?)))
    };
    map.lines().filter_map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_picked_from_what_exists() {
        let rows = [
            ("0 0 4294967295", "0 0 4294967295", 5, Some(FIRST + 10)),
            ("0 0 4294967295", "0 0 65536", 0, None),
            // A rootless container: itself, and its subordinate ids.
            (
                "0 1000 1\n1 100000 65536",
                "0 1000 1\n1 100000 65536",
                0,
                Some(65535),
            ),
            (
                "0 1000 1\n1 100000 65536",
                "0 1000 1\n1 100000 65536",
                1,
                Some(65533),
            ),
            // Only itself: not even two ids.
            ("0 1000 1", "0 1000 1", 0, None),
            ("", "", 0, None),
            ("rubbish\n\n1 2", "0 0 4294967295", 0, None),
        ];
        for (users, groups, pair, expected) in rows {
            assert_eq!(
                pick(pair, [users, groups]),
                expected,
                "{users:?} {groups:?} {pair}"
            );
        }
    }
}

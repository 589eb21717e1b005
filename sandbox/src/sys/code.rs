//! What this process has in memory of the files of its program and libraries: code, and constants.

use std::fs;
use std::io;

/// Where they are mapped and nothing was ever written.
#[derive(Debug)]
pub(crate) struct Code {
    /// First address and length.
    ranges: Vec<(usize, usize)>,
}

impl Code {
    /// Finds them by `/proc/self/smaps`.
    pub(crate) fn find() -> io::Result<Self> {
        fs::read_to_string("/proc/self/smaps").map(|maps| Self {
            ranges: ranges(&maps),
        })
    }

    /// Gives the pages back. Those that are needed still come again from the kernel's cache of the files, and only those: what
    /// has run once and never runs again is not resident any more.
    pub(crate) fn give_back(&self) {
        for (start, length) in &self.ranges {
            // SAFETY: these are private mappings of files that are not writable and have no page of their own, so each page is
            // what the file holds, and is read from there when it is touched again.
            unsafe { libc::madvise(*start as *mut libc::c_void, *length, libc::MADV_DONTNEED) };
        }
    }
}

/// The private mappings of files that are not writable, and of which no page was written before they became so.
fn ranges(maps: &str) -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    let mut current = None;
    for line in maps.lines() {
        let mut words = line.split_ascii_whitespace();
        match (words.next(), words.next()) {
            (Some("Anonymous:"), Some("0")) => ranges.extend(current.take()),
            (Some("Anonymous:"), _) => current = None,
            (Some(addresses), Some("r-xp" | "r--p"))
                if words.nth(3).is_some_and(|path| path.starts_with('/')) =>
            {
                current = range(addresses);
            }
            // Another figure of the same mapping, or the beginning of one that is none of these.
            (Some(word), _) if !word.ends_with(':') => current = None,
            _ => {}
        }
    }
    ranges
}

fn range(addresses: &str) -> Option<(usize, usize)> {
    let (start, end) = addresses.split_once('-')?;
    let [start, end] = [start, end].map(|address| usize::from_str_radix(address, 16).ok());
    let start = start?;
    Some((start, end?.checked_sub(start)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_in_the_file_is_found() {
        let mapping = |head: &str, anonymous: u32| {
            format!("{head}\nRss: 8 kB\nAnonymous: {anonymous} kB\nVmFlags: rd ex\n")
        };
        let maps = [
            mapping("5580-5590 r--p 00000000 08:01 1 /usr/bin/a", 0),
            mapping("5590-55a0 r-xp 00010000 08:01 1 /usr/bin/a b", 0),
            mapping("55a0-55b0 r--p 00020000 08:01 1 /usr/bin/a", 4),
            mapping("55b0-55c0 rw-p 00000000 00:00 0 [heap]", 0),
            mapping("7f00-7f10 r-xp 00000000 00:00 0", 0),
            mapping("7f10-7f20 rwxp 00000000 08:01 1 /usr/bin/a", 0),
            mapping("7f20-7f30 r-xp 00000000 00:00 0 [vdso]", 0),
            mapping("7f30-7f40 r--s 00000000 08:01 1 /usr/bin/a", 0),
        ];
        assert_eq!(ranges(&maps.concat()), [(0x5580, 0x10), (0x5590, 0x10)]);
        assert_eq!(
            ranges("rubbish\n\nAnonymous: 0 kB\nzz-yy r-xp 0 0 0 /x\nAnonymous: 0 kB\n"),
            []
        );
        assert!(!Code::find().unwrap().ranges.is_empty());
    }
}

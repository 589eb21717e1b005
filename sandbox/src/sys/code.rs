//! The code of this process in memory.

use std::fs;
use std::io;

/// Where the code of the program and its libraries is mapped.
#[derive(Debug)]
pub(crate) struct Code {
    /// First address and length.
    ranges: Vec<(usize, usize)>,
}

impl Code {
    /// Finds it by `/proc/self/maps`.
    pub(crate) fn find() -> io::Result<Self> {
        fs::read_to_string("/proc/self/maps").map(|maps| Self {
            ranges: ranges(&maps),
        })
    }

    /// Gives the pages back. Those that are needed still come again from the kernel's cache of the files, and only those: what
    /// has run once and never runs again is not resident any more.
    pub(crate) fn give_back(&self) {
        for (start, length) in &self.ranges {
            // SAFETY: these are private mappings of files that were never writable, so each page is what the file holds, and
            // is read from there when it is touched again.
            unsafe { libc::madvise(*start as *mut libc::c_void, *length, libc::MADV_DONTNEED) };
        }
    }
}

/// The mappings of files that are executable, private and not writable.
fn ranges(maps: &str) -> Vec<(usize, usize)> {
    let range = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        let (addresses, rights, path) = (words.next()?, words.next()?, words.nth(3)?);
        let (start, end) = addresses.split_once('-')?;
        let [start, end] = [start, end].map(|address| usize::from_str_radix(address, 16).ok());
        let (start, end) = (start?, end?);
        (rights == "r-xp" && path.starts_with('/')).then_some((start, end.checked_sub(start)?))
    };
    maps.lines().filter_map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_of_files_is_found() {
        let maps = "5580-5590 r--p 00000000 08:01 1 /usr/bin/a\n5590-55a0 r-xp 00010000 08:01 1 /usr/bin/a b\n\
                    55a0-55b0 rw-p 00000000 00:00 0 [heap]\n7f00-7f10 r-xp 00000000 00:00 0\n\
                    7f10-7f20 rwxp 00000000 08:01 1 /usr/bin/a\n7f20-7f30 r-xp 00000000 00:00 0 [vdso]\nrubbish\n";
        assert_eq!(ranges(maps), [(0x5590, 0x10)]);
        assert!(!Code::find().unwrap().ranges.is_empty());
    }
}

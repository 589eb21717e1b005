//! What is remembered of a token while it streams by: its beginning, for people, and what it is as a number.

use std::io::{self, BufRead};

use super::number::Scanner;
use super::stream::Side;

/// As much of a token as is shown to people, and as is parsed at once if it is a number, in bytes.
const HEAD: usize = 64;

/// A token, as far as it has been read.
#[derive(Debug, Clone, Default)]
pub(super) struct Token {
    /// Byte at which it begins.
    pub(super) at: u64,
    /// Line that it is in, from 1.
    pub(super) line: u64,
    /// Its first bytes.
    head: Vec<u8>,
    length: u64,
    scanner: Scanner,
}

impl Token {
    /// Forgets all; a new token begins.
    pub(super) fn begin(&mut self, at: u64, line: u64) {
        self.at = at;
        self.line = line;
        self.head.clear();
        self.length = 0;
        self.scanner.reset();
    }

    /// Takes over what another one has read.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.clone_from(other);
    }

    /// Reads on.
    pub(super) fn push(&mut self, bytes: &[u8], as_number: bool) {
        let room = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..room]);
        self.length += bytes.len() as u64;
        if as_number {
            self.scanner.push(bytes);
        }
    }

    /// Reads the rest of the token.
    pub(super) fn complete<R: BufRead>(&mut self, side: &mut Side<R>) -> io::Result<()> {
        loop {
            let bytes = side.in_token()?;
            let count = bytes.len();
            self.push(bytes, true);
            if count == 0 {
                return Ok(());
            }
            side.consume_token_part(count);
        }
    }

    /// Reads as much of the rest as is shown, and a byte to know whether there is more.
    pub(super) fn complete_head<R: BufRead>(&mut self, side: &mut Side<R>) -> io::Result<()> {
        while self.length <= HEAD as u64 {
            let bytes = side.in_token()?;
            let count = bytes.len().min(HEAD + 1);
            self.push(&bytes[..count], false);
            if count == 0 {
                return Ok(());
            }
            side.consume_token_part(count);
        }
        Ok(())
    }

    pub(super) fn scanner(&self) -> &Scanner {
        &self.scanner
    }

    /// All of the token, if it is short.
    pub(super) fn text(&self) -> Option<&str> {
        if self.length > HEAD as u64 {
            return None;
        }
        std::str::from_utf8(&self.head).ok()
    }

    /// For people: in quotes, what is not printable escaped, cut to a bounded length.
    pub(super) fn shown(&self) -> String {
        let dots = if self.length > HEAD as u64 { "…" } else { "" };
        format!("\"{}{dots}\"", self.head.escape_ascii())
    }
}

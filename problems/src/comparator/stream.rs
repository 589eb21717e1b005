//! One file being compared: its bytes in the pieces that the reader has them in, with place and line.

use std::io::{self, BufRead};

use super::token::Token;

/// The format's white space: space, tab, line feed, vertical tab, form feed, carriage return.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// One of the two files.
pub(super) struct Side<R> {
    reader: R,
    /// Bytes read so far.
    pub(super) at: u64,
    /// The line that the next byte is in, from 1.
    pub(super) line: u64,
}

/// Where skipping stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Skipped {
    /// Nothing is left on either side.
    BothEnded,
    /// Both sides are in the same token, whose bytes so far are the same.
    InToken,
    /// Both sides are before a token or white space that begins differently.
    BetweenTokens,
}

impl<R: BufRead> Side<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            at: 0,
            line: 1,
        }
    }

    /// The next bytes; empty only at the end.
    pub(super) fn buffer(&mut self) -> io::Result<&[u8]> {
        loop {
            match self.reader.fill_buf() {
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.reader.fill_buf() // Does not read again: borrowing out of the loop above is beyond the checker.
    }

    pub(super) fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.buffer()?.first().copied())
    }

    pub(super) fn has_ended(&mut self) -> io::Result<bool> {
        Ok(self.buffer()?.is_empty())
    }

    /// The bytes of a token that are at hand; empty at its end.
    pub(super) fn in_token(&mut self) -> io::Result<&[u8]> {
        let buffer = self.buffer()?;
        let end = buffer
            .iter()
            .position(|byte| is_space(*byte))
            .unwrap_or(buffer.len());
        Ok(&buffer[..end])
    }

    /// Consumes bytes that hold no line feed.
    pub(super) fn consume_token_part(&mut self, count: usize) {
        self.reader.consume(count);
        self.at += count as u64;
    }

    /// Consumes one byte.
    pub(super) fn step(&mut self, byte: u8) {
        self.reader.consume(1);
        self.at += 1;
        self.line += u64::from(byte == b'\n');
    }

    pub(super) fn skip_space(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.buffer()?;
            let end = buffer
                .iter()
                .position(|byte| !is_space(*byte))
                .unwrap_or(buffer.len());
            let (lines, is_done) = (count_lines(&buffer[..end]), end < buffer.len() || end == 0);
            self.reader.consume(end);
            self.at += end as u64;
            self.line += lines;
            if is_done {
                return Ok(());
            }
        }
    }

    fn consume(&mut self, count: usize, lines: u64) {
        self.reader.consume(count);
        self.at += count as u64;
        self.line += lines;
    }
}

/// Consumes what is the same on both sides, as far as it is whole tokens and white space between them.
///
/// A token that is cut by the end of a buffer is consumed as well, and remembered in `token`.
pub(super) fn skip_identical<A: BufRead, O: BufRead>(
    answer: &mut Side<A>,
    output: &mut Side<O>,
    token: &mut Token,
    with_numbers: bool,
) -> io::Result<Skipped> {
    let mut is_in_token = false;
    loop {
        let (at, line) = (answer.at, answer.line);
        let (a, o) = (answer.buffer()?, output.buffer()?);
        let length = a.len().min(o.len());
        if length == 0 {
            let both_ended = a.is_empty() && o.is_empty();
            return Ok(if both_ended {
                Skipped::BothEnded
            } else if is_in_token {
                Skipped::InToken
            } else {
                Skipped::BetweenTokens
            });
        }
        let same = common_prefix(&a[..length], &o[..length]);
        let piece = &a[..same];
        let last_space = piece.iter().rposition(|byte| is_space(*byte));
        if same < length {
            // Back to the beginning of the token, if it is at hand.
            let whole = last_space.map_or(0, |space| space + 1);
            let stays_in_token = is_in_token && last_space.is_none();
            let lines = count_lines(&piece[..whole]);
            answer.consume(whole, lines);
            output.consume(whole, lines);
            return Ok(if stays_in_token {
                Skipped::InToken
            } else {
                Skipped::BetweenTokens
            });
        }
        let tail = last_space.map_or(0, |space| space + 1);
        let lines = count_lines(&piece[..tail]);
        if tail > 0 || !is_in_token {
            token.begin(at + tail as u64, line + lines);
        }
        is_in_token = tail < same;
        token.push(&piece[tail..], with_numbers);
        answer.consume(same, lines);
        output.consume(same, lines);
    }
}

/// How many bytes two slices of one length have in common at their beginning.
fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    const BLOCK: usize = 64;
    if a == b {
        return a.len(); // Nearly always, and the fastest comparison there is; if not, it stops at the difference.
    }
    let blocks = a.chunks_exact(BLOCK).zip(b.chunks_exact(BLOCK));
    let same = blocks.take_while(|(a, b)| a == b).count() * BLOCK;
    let rest = a[same..].iter().zip(&b[same..]);
    same + rest.take_while(|(a, b)| a == b).count()
}

/// Counts in bytes, block by block, which the compiler turns into vector instructions.
fn count_lines(bytes: &[u8]) -> u64 {
    let blocks = bytes.chunks(192); // Less than 256: a block's count fits into a byte.
    blocks
        .map(|block| {
            u64::from(
                block
                    .iter()
                    .fold(0u8, |count, byte| count + u8::from(*byte == b'\n')),
            )
        })
        .sum()
}

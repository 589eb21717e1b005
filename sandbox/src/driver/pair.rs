//! Two runs whose output and input are joined: see [`Pair`] for what both get to see.

use std::time::{Duration, Instant};

use super::Slot;
use super::capture::Keeping;
use super::feed::Feed;
use super::run::{Running, wait};
use crate::outcome::End;
use crate::pair::{Pair, PairError, PairOutcome, Side, Transcript};
use crate::sys::NoPipeSignal;
use crate::{SandboxError, Spec};

pub(super) fn run(program: &mut Slot, peer: &mut Slot, pair: &Pair) -> Result<PairOutcome, PairError> {
    // A payload that closes its input must not end the driver.
    let _guard = NoPipeSignal::new()
        .map_err(SandboxError::host("block", "SIGPIPE"))
        .map_err(Side::Program.failed())?;
    // Nothing is started before all is there for both.
    let mut program = Party::prepare(Side::Program, program, &pair.program)?;
    let mut peer = Party::prepare(Side::Peer, peer, &pair.peer)?;
    program.running.send();
    peer.running.send();
    let mut record = Record::new(pair.transcript_bytes);
    while program.running.is_under_way() || peer.running.is_under_way() {
        serve(&mut program, &mut peer, &mut record);
        decide(&mut program, &mut peer, pair);
    }
    conclude(program, peer, record)
}

/// One side.
struct Party<'a> {
    side: Side,
    running: Running<'a>,
    /// Its standard input.
    feed: Feed,
}

impl<'a> Party<'a> {
    fn prepare(side: Side, slot: &'a mut Slot, spec: &'a Spec) -> Result<Self, PairError> {
        let pipe = Feed::pipe(slot.ids).map_err(SandboxError::host("make", "an input pipe"));
        let (feed, stdin) = slot.settle(pipe).map_err(side.failed())?;
        let running = Running::prepare(slot, spec, stdin, Keeping::Elsewhere).map_err(side.failed())?;
        Ok(Self { side, running, feed })
    }

    /// When it ended, by the clock that both sides share.
    fn ended_at(&self) -> Option<Duration> {
        self.running.ended().map(|ended| ended.at)
    }

    fn attend(&mut self, reply: bool, stderr: bool, feed: bool) {
        if feed && let Err(error) = self.feed.flush() {
            self.running.fail("write", "standard input", error);
        }
        self.running.attend(reply, stderr);
        if !self.running.is_under_way() {
            self.feed.close();
        }
    }
}

/// What is said, while it is said.
struct Record {
    begin: Instant,
    room: u64,
    transcript: Transcript,
}

impl Record {
    fn new(room: u64) -> Self {
        Self {
            begin: Instant::now(),
            room,
            transcript: Transcript::default(),
        }
    }

    fn add(&mut self, from: Side, bytes: &[u8]) {
        self.transcript
            .add(from, self.begin.elapsed(), bytes, &mut self.room);
    }
}

/// Waits for something to do on either side, and does it.
fn serve<'a>(program: &mut Party<'a>, peer: &mut Party<'a>, record: &mut Record) {
    let times = [program.running.attend_until(), peer.running.attend_until()];
    let Some(until) = times.into_iter().flatten().min() else {
        return;
    };
    let [reply, stdout, stderr] = program.running.watched();
    let [peer_reply, peer_stdout, peer_stderr] = peer.running.watched();
    // As long as the one does not take what the other has said, the other is not listened to: so it waits in the end.
    let watched = [
        reply,
        stdout.filter(|_| peer.feed.is_free()),
        stderr,
        program.feed.watched(),
        peer_reply,
        peer_stdout.filter(|_| program.feed.is_free()),
        peer_stderr,
        peer.feed.watched(),
    ];
    match wait(watched, until) {
        Ok(
            [
                reply,
                stdout,
                stderr,
                feed,
                peer_reply,
                peer_stdout,
                peer_stderr,
                peer_feed,
            ],
        ) => {
            program.attend(reply, stderr, feed);
            peer.attend(peer_reply, peer_stderr, peer_feed);
            pass_on(program, peer, stdout, record);
            pass_on(peer, program, peer_stdout, record);
        }
        Err(error) => {
            for running in [&mut program.running, &mut peer.running] {
                running.fail("wait for", "the end of a pair", error);
            }
        }
    }
}

/// Passes on what one side has written, as far as the other takes it, and then its end.
fn pass_on(from: &mut Party<'_>, to: &mut Party<'_>, is_ready: bool, record: &mut Record) {
    let has_ended = !from.running.is_under_way();
    let mut is_ready = is_ready || has_ended;
    while is_ready && to.feed.is_free() {
        let Some(bytes) = from.running.read_output() else {
            // Nobody is left to write, whoever may still hold an end of the pipe.
            if has_ended {
                from.running.close_output();
                to.feed.close();
            }
            return;
        };
        record.add(from.side, bytes);
        if let Err(error) = to.feed.give(bytes) {
            to.running.fail("write", "standard input", error);
        }
        is_ready = has_ended;
    }
}

/// What the end of one side means for the other.
fn decide(program: &mut Party<'_>, peer: &mut Party<'_>, pair: &Pair) {
    if program.running.has_failed() {
        peer.running.stop();
    }
    if peer.running.has_failed() {
        program.running.stop();
    }
    let released = pair.release_on.map(End::Exited);
    if let Some(ended) = peer.running.ended()
        && Some(ended.end) != released
        && program.running.is_under_way()
    {
        program.running.close_output();
        program.running.stop_in(pair.grace);
    }
}

fn conclude(program: Party<'_>, peer: Party<'_>, record: Record) -> Result<PairOutcome, PairError> {
    let first = if program.ended_at() <= peer.ended_at() {
        Side::Program
    } else {
        Side::Peer
    };
    // Both, whatever became of the other: a slot that has failed must be given up.
    let program = program.running.conclude();
    let peer = peer.running.conclude();
    Ok(PairOutcome {
        program: program.map_err(Side::Program.failed())?,
        peer: peer.map_err(Side::Peer.failed())?,
        first,
        transcript: record.transcript,
    })
}

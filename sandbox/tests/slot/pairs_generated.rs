//! Pairs of generated programs: whatever two programs do to each other, nothing is lost, made up or out of order. Seeded: each
//! run of the test tries the same.

use std::cell::RefCell;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use sandbox::{End, Outcome, Pair, PairOutcome, Side, Slot, Spec};

use crate::programs::{c, slot, slow, spec};

/// What a program can do next.
#[derive(Debug, Clone, Copy)]
enum Act {
    Say(u32),
    Hear(u32),
    HearAll,
    CloseInput,
    CloseOutput,
    Exit(u8),
    Die,
    Pause,
}

/// Does what its argument says. What it says counts on, byte by byte; what it hears it compares with that, and notes on standard
/// error how much it was: `g` and a number for what was got, `e` for the end, `b` for a byte that does not belong there.
const ACTOR: &str = r#"
    #include <signal.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <unistd.h>
    static unsigned said, heard;
    static char bytes[1 << 16];
    static void say(long left) {
        while (left > 0) {
            long n = left < sizeof bytes ? left : sizeof bytes;
            for (long i = 0; i < n; i++) bytes[i] = (said + i) % 251;
            n = write(1, bytes, n);
            if (n <= 0) return;
            said += n;
            left -= n;
        }
    }
    static void hear(long left) {
        while (left > 0) {
            long n = read(0, bytes, left < sizeof bytes ? left : sizeof bytes);
            if (n < 0) return;
            if (n == 0) { dprintf(2, "e"); return; }
            for (long i = 0; i < n; i++)
                if ((unsigned char)bytes[i] != (heard + i) % 251) dprintf(2, "b");
            heard += n;
            left -= n;
            dprintf(2, "g%ld", n);
        }
    }
    int main(int argc, char **argv) {
        for (int i = 1; i < argc; i++) {
            long number = atol(argv[i] + 1);
            switch (argv[i][0]) {
            case 's': say(number); break;
            case 'h': hear(number); break;
            case 'a': hear(1L << 40); break;
            case 'i': close(0); break;
            case 'o': close(1); break;
            case 'x': _exit(number);
            case 'd': kill(getpid(), SIGKILL);
            case 'p': pause();
            }
        }
    }"#;

impl Act {
    fn word(self) -> String {
        match self {
            Self::Say(bytes) => format!("s{bytes}"),
            Self::Hear(bytes) => format!("h{bytes}"),
            Self::HearAll => "a".to_owned(),
            Self::CloseInput => "i".to_owned(),
            Self::CloseOutput => "o".to_owned(),
            Self::Exit(code) => format!("x{code}"),
            Self::Die => "d".to_owned(),
            Self::Pause => "p".to_owned(),
        }
    }
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let sizes = || prop_oneof![6 => 1_u32..10, 4 => 1_u32..5000, 3 => 60_000_u32..3_000_000];
    let act = prop_oneof![
        8 => sizes().prop_map(Act::Say),
        8 => sizes().prop_map(Act::Hear),
        2 => Just(Act::HearAll),
        1 => Just(Act::CloseInput),
        1 => Just(Act::CloseOutput),
        1 => prop_oneof![Just(0_u8), Just(42), Just(43)].prop_map(Act::Exit),
    ];
    let last = prop_oneof![
        6 => prop_oneof![Just(0_u8), Just(42), Just(43)].prop_map(Act::Exit),
        2 => Just(Act::HearAll),
        1 => Just(Act::Die),
        1 => Just(Act::Pause),
    ];
    (vec(act, 0..7), last).prop_map(|(mut acts, last)| {
        acts.push(last);
        acts
    })
}

/// What a side has noted.
#[derive(Debug, Default)]
struct Heard {
    bytes: u64,
    end: bool,
    bad: bool,
}

fn heard(outcome: &Outcome) -> Heard {
    let notes = String::from_utf8_lossy(&outcome.stderr.bytes).into_owned();
    let mut heard = Heard::default();
    for note in notes.split_inclusive(char::is_alphabetic) {
        // A letter stands before its number: this piece is a number and the next letter.
        let number = note.trim_end_matches(char::is_alphabetic);
        heard.bytes += number.parse::<u64>().unwrap_or(0);
        heard.end |= note.ends_with('e');
        heard.bad |= note.ends_with('b');
    }
    heard
}

fn actor(program: &Spec, acts: &[Act]) -> Spec {
    let mut actor = program.clone();
    actor.argv.extend(acts.iter().map(|act| act.word().into()));
    actor.limits.wall = slow(Duration::from_millis(40));
    actor.limits.stdout = 4 << 20;
    actor
}

/// What must be so, whatever they did.
fn check(outcome: &PairOutcome) {
    let (program, peer) = (&outcome.program, &outcome.peer);
    for (one, other, side) in [(program, peer, Side::Program), (peer, program, Side::Peer)] {
        let heard = heard(one);
        assert!(!heard.bad, "{side:?} has heard what was not said");
        assert!(heard.bytes <= other.stdout.written, "{side:?}: {heard:?}");
        // Who has come to the end of its input has ended later; and it has heard all, unless it did not want to.
        if heard.end {
            assert_ne!(outcome.first, side, "{heard:?}");
            let all = other.stdout.written.min(4 << 20);
            assert_eq!(heard.bytes, all, "{side:?}");
        }
        let said = outcome
            .transcript
            .pieces
            .iter()
            .filter(|piece| piece.from == side);
        let said: Vec<u8> = said.flat_map(|piece| piece.bytes.iter().copied()).collect();
        let expected = (0_u8..251).cycle().take(said.len());
        assert!(said.iter().copied().eq(expected), "{side:?}");
        assert!(said.len() as u64 <= one.stdout.written);
    }
    let pieces = &outcome.transcript.pieces;
    let kept: usize = pieces.iter().map(|piece| piece.bytes.len()).sum();
    let passed = kept as u64 + outcome.transcript.dropped;
    assert!(passed <= program.stdout.written + peer.stdout.written);
    assert!(
        pieces
            .windows(2)
            .all(|two| two[0].from != two[1].from && two[0].at <= two[1].at)
    );
    assert_ne!(peer.end, End::Stopped);
    if program.end == End::Stopped {
        assert_eq!(outcome.first, Side::Peer);
        assert_ne!(peer.end, End::Exited(42));
    }
}

#[test]
fn whatever_two_programs_do_nothing_is_lost_or_out_of_order() {
    let program = c(ACTOR);
    let slots = RefCell::new((slot(), slot()));
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 120,
        rng_seed: RngSeed::Fixed(5),
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let run = |(one, other): (Vec<Act>, Vec<Act>)| {
        let pair = Pair {
            program: actor(&program, &one),
            peer: actor(&program, &other),
            release_on: Some(42),
            grace: slow(Duration::from_millis(20)),
            transcript_bytes: 100_000,
        };
        let (program, peer) = &mut *slots.borrow_mut();
        let outcome = Slot::run_pair(program, peer, &pair).unwrap();
        check(&outcome);
        Ok(())
    };
    runner.run(&(acts(), acts()), run).unwrap();
    let (program, peer) = slots.into_inner();
    for mut slot in [program, peer] {
        assert_eq!(slot.run(&spec(["/bin/true"])).unwrap().end, End::Exited(0));
    }
}

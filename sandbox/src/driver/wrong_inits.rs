//! Inits that say anything at all: whatever comes over the socket, the driver ends with an outcome or an error, and holds no
//! descriptor longer than the outcome.

use std::cell::Cell;
use std::io::IoSlice;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rustix::net::{
    AddressFamily, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, SocketFlags, SocketType,
};
use rustix::process::{Pid, PidfdFlags};

use super::ids::Ids;
use super::{Init, Slot, run};
use crate::outcome::Guarantees;
use crate::wire::Message;
use crate::wire::tests::{messages, seeded};
use crate::{Backend, Collect, Limits, Pair, SandboxError, Spec, Stdin, Work};

/// What an init says instead of a reply: packets, each with so many descriptors.
type Speech = Vec<(Vec<u8>, usize)>;

/// A slot whose init waits for a request, says this, and goes.
fn slot(speech: Speech) -> (Slot, JoinHandle<()>) {
    let (ours, theirs) = rustix::net::socketpair(
        AddressFamily::UNIX,
        SocketType::SEQPACKET,
        SocketFlags::CLOEXEC,
        None,
    )
    .unwrap();
    #[expect(
        clippy::disallowed_methods,
        clippy::zombie_processes,
        reason = "somebody to be killed in the place of an init, and reaped as that is"
    )]
    let child = Command::new("/bin/sleep")
        .arg("1000")
        .stdin(Stdio::null())
        .spawn()
        .unwrap();
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    let init = Init {
        socket: ours,
        pidfd: Arc::new(rustix::process::pidfd_open(pid, PidfdFlags::empty()).unwrap()),
    };
    let guarantees = Guarantees {
        backend: Backend::None,
        memory_enforced: false,
        cpu_complete: false,
        own_user: false,
        proc_mounted: false,
    };
    let slot = Slot {
        init,
        cgroups: None,
        ids: Ids::choose(),
        kept: None,
        guarantees,
        patience: Duration::from_secs(20),
        buffers: run::Buffers::default(),
        broken: false,
    };
    (slot, std::thread::spawn(move || speak(&theirs, speech)))
}

fn speak(socket: &OwnedFd, speech: Speech) {
    // The request, with descriptors that nobody takes.
    rustix::io::read(socket, &mut [0_u8; 16]).unwrap();
    let something = tempfile::tempfile().unwrap();
    for (packet, descriptors) in speech {
        let descriptors: Vec<BorrowedFd<'_>> = vec![something.as_fd(); descriptors];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(253))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() {
            assert!(control.push(SendAncillaryMessage::ScmRights(&descriptors)));
        }
        // The driver may have had enough.
        let _ = rustix::net::sendmsg(
            socket,
            &[IoSlice::new(&packet)],
            &mut control,
            SendFlags::NOSIGNAL,
        );
    }
}

fn spec() -> Spec {
    let wish = |name: &str| Collect {
        name: name.into(),
        max_bytes: 100,
    };
    Spec {
        argv: vec!["/bin/true".into()],
        env: Vec::new(),
        stdin: Stdin::Null,
        files: Vec::new(),
        work: Work::default(),
        // As many as the replies among the messages tell of, so that some of them are believed.
        collect: vec![wish("a"), wish("b"), wish("c"), wish("d"), wish(Collect::ALL)],
        limits: Limits {
            cpu: Duration::from_secs(1),
            wall: Duration::from_secs(1),
            memory: 1 << 20,
            stdout: 100,
            stderr: 100,
            stack: 1 << 20,
            processes: 1,
            descriptors: 16,
            work_bytes: 1 << 20,
            work_files: 16,
        },
    }
}

fn speeches() -> impl Strategy<Value = Speech> {
    let which = 0..messages().len();
    let changes = vec((any::<usize>(), any::<u8>()), 0..4);
    let said = (which, changes).prop_map(|(which, changes)| {
        let mut packet = messages()[which].encode();
        for (at, byte) in changes {
            let length = packet.len();
            packet[at % length] = byte;
        }
        packet
    });
    let noise = vec(any::<u8>(), 0..200);
    let few = prop_oneof![4 => 0_usize..4, 1 => 200_usize..253];
    let right = messages()
        .into_iter()
        .filter(|message| matches!(message, Message::Ended(_)))
        .map(|message| (message.encode(), 2))
        .collect::<Vec<_>>();
    prop_oneof![
        4 => vec((prop_oneof![4 => said, 1 => noise], few), 0..3),
        1 => Just(right),
    ]
}

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn check<T>(result: Result<T, SandboxError>, slot: &Slot) {
    // What the init is to blame for is no fault of the caller, unless it says so itself.
    let is_host = matches!(result, Err(SandboxError::Host { .. }));
    assert_eq!(slot.is_usable(), !is_host, "{:?}", result.err());
}

#[test]
fn any_reply_is_an_outcome_or_an_error() {
    let mut runner = TestRunner::new(seeded(150));
    let before = open_descriptors();
    let believed = Cell::new(0_u32);
    let run = |(one, other): (Speech, Speech)| {
        let (mut slot, speaker) = self::slot(one.clone());
        let result = slot.run(&spec());
        believed.set(believed.get() + u32::from(result.is_ok()));
        check(result, &slot);
        speaker.join().unwrap();

        let ((mut program, one), (mut peer, other)) = (self::slot(one), self::slot(other));
        let pair = Pair {
            program: spec(),
            peer: spec(),
            release_on: Some(42),
            grace: Duration::ZERO,
            transcript_bytes: 100,
        };
        let result = Slot::run_pair(&mut program, &mut peer, &pair);
        assert!(result.is_err() || (program.is_usable() && peer.is_usable()));
        drop((result, slot, program, peer));
        one.join().unwrap();
        other.join().unwrap();
        assert_eq!(open_descriptors(), before);
        Ok(())
    };
    runner.run(&(speeches(), speeches()), run).unwrap();
    // Some are right, or nothing that comes after a right reply was tried.
    assert!(believed.get() > 0);
}

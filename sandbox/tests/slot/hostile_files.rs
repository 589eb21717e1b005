//! Whatever a program leaves in its work directory, and whatever is given to it as a program: what is collected is what a look
//! from inside has shown, and what cannot be executed is the caller's mistake or a program that ends. Seeded: each run of these
//! tests tries the same.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::Read;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{RngSeed, TestRunner};
use sandbox::{Collect, CollectError, Collected, Content, End, InputFile, SandboxError, Slot, Spec, Stdin};

use crate::programs::{c, python, slot, slow, spec, stdout};

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(20),
        failure_persistence: None,
        ..ProptestConfig::default()
    })
}

/// Paths that things are put at; some are the parents of others, one is an input file.
const PATHS: [&str; 12] = [
    "a",
    "b",
    "given",
    "d",
    "d/a",
    "d/e",
    "d/e/a",
    "f",
    "new\nline",
    "-rf *",
    "ü",
    "d/e/\u{1f600}",
];
/// Of these, at most so many bytes are taken.
const MOST: u64 = 5000;

/// Kinds of things that a program can leave, and a number that says more.
const KINDS: [&str; 12] = [
    "file",
    "file",
    "file",
    "sparse",
    "link",
    "fifo",
    "socket",
    "directory",
    "hardlink",
    "closed",
    "deep",
    "bytes",
];

/// Does as it is told on standard input, where that is possible; then looks around, closes what is to be closed, and leaves a
/// child behind that holds a file open.
const MESS: &str = "
import os, socket, stat, sys
TARGETS = ['/etc/hostname', '/proc/1/mem', '/dev/zero', 'a', 'd', '.', '..', '/work/a', 'nowhere', '/proc/self/fd/0']
closed = []
for line in sys.stdin.read().splitlines():
    kind, number, path = line.split(' ', 2)
    path, number = bytes.fromhex(path), int(number)
    try:
        try: os.unlink(path)
        except OSError: pass
        if kind in ('file', 'closed'):
            open(path, 'xb').write((path * number)[:number])
            if kind == 'closed': closed.append(path)
        elif kind == 'sparse': os.truncate(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY), number << 20)
        elif kind == 'link': os.symlink(TARGETS[number % len(TARGETS)], path)
        elif kind == 'fifo': os.mkfifo(path)
        elif kind == 'socket': socket.socket(socket.AF_UNIX).bind(path.decode())
        elif kind == 'directory':
            os.mkdir(path)
            if number % 2: closed.append(path)
        elif kind == 'hardlink': os.link(b'a' if number % 2 else b'given', path)
        elif kind == 'deep':
            for _ in range(number % 60):
                os.mkdir(path)
                path += b'/' + b'x' * 10
            open(path, 'xb').write((path * number)[:number])
        elif kind == 'bytes': open(path + b'\\xff' + bytes([number % 250 + 5]), 'xb').write(b'bytes')
    except OSError: pass
for top, directories, files in os.walk(b'.'):
    for name in directories + files:
        path = os.path.join(top, name)[2:]
        status = os.lstat(path)
        print(path.hex(), stat.filemode(status.st_mode)[0], status.st_nlink, status.st_size)
for path in reversed(closed):
    try: os.chmod(path, 0)
    except OSError: pass
if os.fork() == 0:
    file = open('held', 'w') if not os.path.lexists('held') else None
    os.close(1)
    import signal
    signal.pause()
";

/// What stands at a path, as seen from inside.
#[derive(Debug)]
struct Seen {
    kind: char,
    links: u64,
    size: u64,
}

impl Seen {
    fn is_own_file(&self) -> bool {
        self.kind == '-' && self.links == 1
    }
}

fn look(text: &str) -> BTreeMap<Vec<u8>, Seen> {
    let entry = |line: &str| {
        let words: Vec<_> = line.split(' ').collect();
        let bytes = |at| u8::from_str_radix(&words[0][at..at + 2], 16).unwrap();
        let path = (0..words[0].len()).step_by(2).map(bytes).collect();
        let seen = Seen {
            kind: words[1].chars().next().unwrap(),
            links: words[2].parse().unwrap(),
            size: words[3].parse().unwrap(),
        };
        (path, seen)
    };
    text.lines().map(entry).collect()
}

/// The mess that these instructions make, with the wishes that belong to the test.
fn mess(things: &[(&str, u16, &str)], wishes: Vec<Collect>) -> Spec {
    let mut told = String::new();
    for (kind, number, path) in things {
        write!(told, "{kind} {number} ").unwrap();
        for byte in path.bytes() {
            write!(told, "{byte:02x}").unwrap();
        }
        told.push('\n');
    }
    let mut spec = python(MESS);
    spec.stdin = Stdin::Bytes(told.into_bytes().into());
    spec.collect = wishes;
    spec.limits.work_files = 1000;
    spec.files.push(InputFile {
        name: "given".into(),
        content: Content::Bytes(b"given".as_slice().into()),
        executable: false,
    });
    spec
}

fn things() -> impl Strategy<Value = Vec<(&'static str, u16, &'static str)>> {
    vec((select(&KINDS[..]), 0_u16..8000, select(&PATHS[..])), 0..14)
}

fn wish(name: &str, max_bytes: u64) -> Collect {
    Collect {
        name: name.to_owned(),
        max_bytes,
    }
}

fn run(slot: &RefCell<Slot>, spec: &Spec) -> (BTreeMap<Vec<u8>, Seen>, Vec<Collected>) {
    let outcome = slot.borrow_mut().run(spec).unwrap();
    let complaints = String::from_utf8_lossy(&outcome.stderr.bytes);
    assert_eq!(outcome.end, End::Exited(0), "{complaints}");
    (look(&stdout(&outcome)), outcome.collected)
}

/// Its own size, and what it began with when it was made, or a hole: nothing that a link leads to.
fn check_content(seen: &Seen, collected: &Collected) {
    let mut bytes = Vec::new();
    let mut file = &**collected.file.as_ref().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, seen.size, "{collected:?}");
    let begins_own = |first| first == 0 || PATHS.iter().any(|path| path.as_bytes()[0] == first);
    assert!(bytes.first().copied().is_none_or(begins_own), "{collected:?}");
}

#[test]
fn single_files_are_what_they_were_seen_to_be() {
    let slot = RefCell::new(slot());
    let check = |things: Vec<_>| {
        let wishes = PATHS.iter().map(|path| wish(path, MOST)).collect();
        let (seen, collected) = run(&slot, &mess(&things, wishes));
        assert_eq!(collected.len(), PATHS.len());
        for (path, collected) in PATHS.iter().zip(&collected) {
            let path = path.as_bytes();
            let parents = (0..path.len()).filter(|at| path[*at] == b'/');
            let behind_other = parents
                .filter_map(|at| seen.get(&path[..at]))
                .any(|parent| parent.kind != 'd');
            match (seen.get(path), &collected.file) {
                _ if behind_other => {
                    assert_eq!(collected.file.as_ref().err(), Some(&CollectError::NotRegular));
                }
                (None, Err(CollectError::Missing)) => {}
                (Some(seen), Err(CollectError::NotRegular)) if !seen.is_own_file() => {}
                (Some(seen), Err(CollectError::TooLarge { found, max })) if seen.is_own_file() => {
                    assert_eq!((*found, *max), (seen.size, MOST));
                    assert!(seen.size > MOST);
                }
                (Some(seen), Ok(_)) if seen.is_own_file() && seen.size <= MOST => {
                    check_content(seen, collected);
                }
                other => panic!("{things:?}: {:?}: {other:?}", String::from_utf8_lossy(path)),
            }
        }
        Ok(())
    };
    runner(48).run(&things(), check).unwrap();
}

#[test]
fn everything_is_what_was_seen() {
    let slot = RefCell::new(slot());
    let check = |(things, most): (Vec<_>, u64)| {
        let (seen, collected) = run(&slot, &mess(&things, vec![wish(Collect::ALL, most)]));
        let files = |seen: &&Seen| seen.is_own_file();
        let total: u64 = seen.values().filter(files).map(|seen| seen.size).sum();
        let is_long = seen.keys().any(|path| path.len() > 512);
        match collected.first().map(|collected| &collected.file) {
            Some(Err(CollectError::TooLarge { found, .. })) => assert!(*found > most && total > most),
            Some(Err(CollectError::TooMany)) => assert!(is_long, "{things:?}"),
            Some(Err(other)) => panic!("{things:?}: {other}"),
            Some(Ok(_)) | None => {
                assert!(total <= most && !is_long, "{things:?}");
                // What bears no name in text is left out: two such names could come to mean one.
                let expected: Vec<_> = seen
                    .iter()
                    .filter(|(path, seen)| seen.is_own_file() && std::str::from_utf8(path).is_ok())
                    .collect();
                let found: Vec<_> = collected.iter().map(|one| one.name.as_bytes()).collect();
                let names: Vec<_> = expected.iter().map(|(path, _)| path.as_slice()).collect();
                // A child may be about to make a file of its own.
                let found_seen: Vec<_> = found.into_iter().filter(|path| *path != b"held").collect();
                assert_eq!(found_seen, names, "{things:?}");
                let collected = collected.iter().filter(|one| one.name != "held");
                for ((_, seen), collected) in expected.into_iter().zip(collected) {
                    check_content(seen, collected);
                }
            }
        }
        Ok(())
    };
    let limits = select(vec![0, 3000, 20_000, 1 << 40]);
    runner(48).run(&(things(), limits), check).unwrap();
}

/// Until the kill, a child makes the wanted name mean one thing after the other.
#[test]
fn a_name_that_never_rests_leads_nowhere_else() {
    let mut slot = slot();
    let mut restless = python(
        "import os
if os.fork() == 0:
    os.mkdir('empty')
    while True:
        os.symlink('/etc/passwd', 'link'); os.rename('link', 'wanted')
        open('own', 'w').write('own'); os.rename('own', 'wanted')
        os.link('wanted', 'second'); os.unlink('second'); os.unlink('wanted')
        os.mkfifo('fifo'); os.rename('fifo', 'wanted'); os.unlink('wanted')
        os.rename('empty', 'wanted'); os.rename('wanted', 'empty')
while not os.path.lexists('wanted'): pass",
    );
    restless.collect = vec![wish("wanted", 100), wish(Collect::ALL, 100)];
    for _ in 0..30 {
        let outcome = slot.run(&restless).unwrap();
        assert_eq!(outcome.end, End::Exited(0));
        for collected in outcome.collected {
            if let Ok(file) = collected.file {
                let text = std::io::read_to_string(&*file).unwrap();
                assert!(["own", ""].contains(&text.as_str()), "{}: {text}", collected.name);
            }
        }
    }
}

/// A program, and an end that its loader or the kernel finds for it.
#[test]
fn what_is_no_program_is_refused_or_ends() {
    let slot = RefCell::new(slot());
    let whole = c("int main(void) { return 7; }");
    let Content::Bytes(program) = whole.files[0].content.clone() else {
        panic!("a program in memory");
    };
    let check = |bytes: &[u8]| {
        let mut spec = whole.clone();
        spec.files[0].content = Content::Bytes(bytes.into());
        spec.limits.cpu = slow(Duration::from_millis(200));
        spec.limits.wall = slow(Duration::from_millis(500));
        match slot.borrow_mut().run(&spec) {
            Ok(_) | Err(SandboxError::Exec { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    };
    let changes = vec((0_usize..0x400, any::<u8>()), 1..6);
    let mutate = |(changes, length): (Vec<(usize, u8)>, usize)| {
        let mut bytes = program.to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        check(&bytes[..length.min(bytes.len())]);
        Ok(())
    };
    let lengths = prop_oneof![Just(usize::MAX), 1_usize..0x1000];
    runner(150).run(&(changes, lengths), mutate).unwrap();
    let first_lines = vec(
        select(vec![
            "#!",
            " ",
            "/",
            "main",
            "/work/main",
            "/bin/sh",
            "/usr",
            "\0",
            "\t",
            "-c",
            "exit",
            "\n",
            "x",
        ]),
        0..8,
    );
    let script = |words: Vec<&str>| {
        check(format!("#!{}", words.concat()).as_bytes());
        Ok(())
    };
    runner(100).run(&first_lines, script).unwrap();
    let long = format!("#!{}", "/x".repeat(3000));
    for bytes in [b"".as_slice(), b"\x7fELF", b"#!", b"#!\n", long.as_bytes()] {
        check(bytes);
    }
    let fine = slot.borrow_mut().run(&spec(["/bin/true"])).unwrap();
    assert_eq!(fine.end, End::Exited(0));
}

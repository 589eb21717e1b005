//! The messages between a driver and the init of its slot, over one SEQPACKET socket: a message is a packet.
//!
//! ```text
//! stage → driver   Hello                 it has a user namespace that waits for its id maps
//! driver → stage   Setup  + cgroup files maps are written, it is in its cgroup
//! stage → driver   Born   + pidfd        it cloned the init (as a child of the driver) and ends
//! init  → driver   Ready | Failed        root and namespaces stand
//! driver → init    Run    + stdin, stdout, stderr, content of the input files in order
//! driver → init    Stop                  the run is to end now; ignored when none is under way
//! init  → driver   Ended  + the wanted files that were found | NotStarted | Failed
//! ```
//!
//! The stage is the re-executed program before it has cloned the init. `Failed` ends the slot. The end of the socket is
//! the end of the other side: a driver that reads it counts the slot as lost, an init that reads it ends, and the kernel
//! kills all that is in its PID namespace. Numbers are little-endian; a byte string is its length (u32) and its bytes.
//! Both sides are the same program, so there is no version; neither side trusts the other's lengths.

use std::ffi::CString;
use std::io;
use std::time::Duration;

use crate::{Backend, End, MemoryKind};

/// The longest message, in bytes. The default socket buffer takes it whole.
pub(crate) const MAX_MESSAGE: usize = 128 << 10;
/// The most input files, and the most wanted files, of one run. With the three standard streams they fit the 253
/// descriptors that one message carries.
pub(crate) const MAX_FILES: usize = 200;
/// The most descriptors that one message carries here.
pub(crate) const MAX_DESCRIPTORS: usize = MAX_FILES + 8;

/// The step of a run that fails when its input files do not fit or bear one name.
pub(crate) const PLACE: &str = "place files";
/// The operation that fails when a bind cannot be shown.
pub(crate) const BIND: &str = "show a bind";

/// One message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Message {
    Hello,
    Setup(Setup),
    Born,
    Ready {
        proc_mounted: bool,
    },
    Run(Run),
    Stop,
    Ended(Ended),
    NotStarted {
        step: String,
        errno: i32,
    },
    Failed {
        operation: String,
        subject: String,
        errno: i32,
    },
}

/// What a stage needs to become an init.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Setup {
    /// Whether init and payload have different ids.
    pub(crate) two_ids: bool,
    /// How the tree is counted.
    pub(crate) backend: Backend,
    /// Paths to show at the same place, if they are there.
    pub(crate) tool_roots: Vec<CString>,
    /// Paths to show elsewhere.
    pub(crate) binds: Vec<Shown>,
    /// Defences that a test has taken out; none, where this is not built for such tests.
    pub(crate) without: u64,
}

/// A host path that is shown elsewhere.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) source: CString,
    pub(crate) target: CString,
}

/// One run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) argv: Vec<CString>,
    pub(crate) env: Vec<CString>,
    pub(crate) files: Vec<PlacedFile>,
    /// Whether the work directory, which the last run has left as it was, is this one's too; `files` are empty then.
    pub(crate) again: bool,
    pub(crate) collect: Vec<WantedFile>,
    pub(crate) work: RunWork,
    pub(crate) limits: RunLimits,
}

/// What the work directory is like beside its files.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RunWork {
    /// Paths below it.
    pub(crate) directories: Vec<CString>,
    /// The whole path of the directory where the program starts.
    pub(crate) start_in: CString,
    pub(crate) fixed_files: bool,
    pub(crate) read_only: bool,
}

/// A file for the work directory; its content is a descriptor beside the message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PlacedFile {
    pub(crate) name: CString,
    pub(crate) executable: bool,
}

/// A file wanted afterwards.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WantedFile {
    pub(crate) name: CString,
    pub(crate) max_bytes: u64,
}

/// The limits that the init keeps; output is the driver's.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RunLimits {
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
    pub(crate) memory: u64,
    pub(crate) stack: u64,
    pub(crate) processes: u64,
    pub(crate) descriptors: u64,
    pub(crate) work_bytes: u64,
    pub(crate) work_files: u64,
}

/// What became of a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) end: End,
    pub(crate) cpu: Duration,
    pub(crate) cpu_system: Duration,
    pub(crate) wall: Duration,
    /// When the end was seen, by the monotonic clock, which all slots of a host share.
    pub(crate) at: Duration,
    /// Started processes and threads, where that is known.
    pub(crate) tasks: Option<u64>,
    pub(crate) memory: u64,
    pub(crate) memory_kind: MemoryKind,
    /// One for each wanted file; those found have a descriptor beside the message, in order.
    pub(crate) found: Vec<Found>,
    /// Whether the work directory, with its input files, is as it was before the run.
    pub(crate) is_work_kept: bool,
    /// What was found where everything was wanted; their descriptors follow those of `found`.
    pub(crate) tree: Vec<TreeFile>,
}

/// A file of the work directory, found where everything was wanted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TreeFile {
    /// Its path below the work directory.
    pub(crate) name: CString,
    pub(crate) executable: bool,
}

/// What became of a wanted file.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) enum Found {
    Here,
    Missing,
    NotRegular,
    TooLarge(u64),
    TooMany,
}

impl Message {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Encoder(Vec::with_capacity(256));
        match self {
            Self::Hello => out.byte(0),
            Self::Setup(setup) => {
                out.byte(1);
                out.byte(setup.two_ids.into());
                out.byte(backend_code(setup.backend));
                out.strings(&setup.tool_roots);
                out.count(setup.binds.len());
                for shown in &setup.binds {
                    out.bytes(shown.source.as_bytes());
                    out.bytes(shown.target.as_bytes());
                }
                out.number(setup.without);
            }
            Self::Born => out.byte(2),
            Self::Ready { proc_mounted } => {
                out.byte(3);
                out.byte((*proc_mounted).into());
            }
            Self::Run(run) => {
                out.byte(4);
                out.run(run);
            }
            Self::Stop => out.byte(5),
            Self::Ended(ended) => {
                out.byte(6);
                out.ended(ended);
            }
            Self::NotStarted { step, errno } => {
                out.byte(7);
                out.bytes(step.as_bytes());
                out.number(errno_code(*errno));
            }
            Self::Failed {
                operation,
                subject,
                errno,
            } => {
                out.byte(8);
                out.bytes(operation.as_bytes());
                out.bytes(subject.as_bytes());
                out.number(errno_code(*errno));
            }
        }
        out.0
    }

    pub(crate) fn decode(packet: &[u8]) -> io::Result<Self> {
        let mut input = Decoder(packet);
        let message = match input.byte()? {
            0 => Self::Hello,
            1 => Self::Setup(Setup {
                two_ids: input.byte()? != 0,
                backend: backend_of(input.byte()?)?,
                tool_roots: input.strings()?,
                binds: input.list(|input| {
                    Ok(Shown {
                        source: input.string()?,
                        target: input.string()?,
                    })
                })?,
                without: input.number()?,
            }),
            2 => Self::Born,
            3 => Self::Ready {
                proc_mounted: input.byte()? != 0,
            },
            4 => Self::Run(input.run()?),
            5 => Self::Stop,
            6 => Self::Ended(input.ended()?),
            7 => Self::NotStarted {
                step: input.text()?,
                errno: errno_of(input.number()?),
            },
            8 => Self::Failed {
                operation: input.text()?,
                subject: input.text()?,
                errno: errno_of(input.number()?),
            },
            _ => return Err(malformed()),
        };
        if input.0.is_empty() {
            Ok(message)
        } else {
            Err(malformed())
        }
    }
}

struct Encoder(Vec<u8>);

impl Encoder {
    fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn time(&mut self, time: Duration) {
        self.number(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        // A longer one cannot be sent anyway: the socket refuses the packet.
        self.0
            .extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
        self.0.extend_from_slice(bytes);
    }

    fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    fn strings(&mut self, strings: &[CString]) {
        self.count(strings.len());
        for string in strings {
            self.bytes(string.as_bytes());
        }
    }

    fn run(&mut self, run: &Run) {
        self.strings(&run.argv);
        self.strings(&run.env);
        self.count(run.files.len());
        for file in &run.files {
            self.bytes(file.name.as_bytes());
            self.byte(file.executable.into());
        }
        self.byte(run.again.into());
        self.count(run.collect.len());
        for wanted in &run.collect {
            self.bytes(wanted.name.as_bytes());
            self.number(wanted.max_bytes);
        }
        self.strings(&run.work.directories);
        self.bytes(run.work.start_in.as_bytes());
        self.byte(run.work.fixed_files.into());
        self.byte(run.work.read_only.into());
        let limits = &run.limits;
        self.time(limits.cpu);
        self.time(limits.wall);
        for number in [
            limits.memory,
            limits.stack,
            limits.processes,
            limits.descriptors,
            limits.work_bytes,
            limits.work_files,
        ] {
            self.number(number);
        }
    }

    fn ended(&mut self, ended: &Ended) {
        let (kind, value) = match ended.end {
            End::Exited(status) => (0, status),
            End::Signalled(signal) => (1, signal),
            End::CpuLimit => (2, 0),
            End::WallLimit => (3, 0),
            End::MemoryLimit => (4, 0),
            End::OutputLimit => (5, 0),
            End::Stopped => (6, 0),
        };
        self.byte(kind);
        self.number(errno_code(value));
        self.time(ended.cpu);
        self.time(ended.cpu_system);
        self.time(ended.wall);
        self.time(ended.at);
        self.byte(ended.tasks.is_some().into());
        self.number(ended.tasks.unwrap_or(0));
        self.number(ended.memory);
        self.byte(match ended.memory_kind {
            MemoryKind::Charged => 0,
            MemoryKind::Resident => 1,
        });
        self.count(ended.found.len());
        for found in &ended.found {
            let (kind, size) = match found {
                Found::Here => (0, 0),
                Found::Missing => (1, 0),
                Found::NotRegular => (2, 0),
                Found::TooLarge(size) => (3, *size),
                Found::TooMany => (4, 0),
            };
            self.byte(kind);
            self.number(size);
        }
        self.byte(ended.is_work_kept.into());
        self.count(ended.tree.len());
        for file in &ended.tree {
            self.bytes(file.name.as_bytes());
            self.byte(file.executable.into());
        }
    }
}

struct Decoder<'a>(&'a [u8]);

impl<'a> Decoder<'a> {
    fn take(&mut self, length: usize) -> io::Result<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(length).ok_or_else(malformed)?;
        self.0 = rest;
        Ok(head)
    }

    fn byte(&mut self) -> io::Result<u8> {
        Ok(self.take(1)?[0])
    }

    fn number(&mut self) -> io::Result<u64> {
        let bytes = self.take(8)?.try_into().map_err(|_| malformed())?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn time(&mut self) -> io::Result<Duration> {
        self.number().map(Duration::from_nanos)
    }

    fn bytes(&mut self) -> io::Result<&'a [u8]> {
        let length = self.take(4)?.try_into().map_err(|_| malformed())?;
        self.take(u32::from_le_bytes(length) as usize)
    }

    fn text(&mut self) -> io::Result<String> {
        Ok(String::from_utf8_lossy(self.bytes()?).into_owned())
    }

    fn string(&mut self) -> io::Result<CString> {
        CString::new(self.bytes()?).map_err(|_| malformed())
    }

    /// Reads a counted list. Nothing is reserved for a count that the packet cannot hold.
    fn list<T>(&mut self, one: impl Fn(&mut Self) -> io::Result<T>) -> io::Result<Vec<T>> {
        let count = self.number()?;
        if count > self.0.len() as u64 {
            return Err(malformed());
        }
        (0..count).map(|_| one(self)).collect()
    }

    fn strings(&mut self) -> io::Result<Vec<CString>> {
        self.list(Self::string)
    }

    fn run(&mut self) -> io::Result<Run> {
        Ok(Run {
            argv: self.strings()?,
            env: self.strings()?,
            files: self.list(|input| {
                Ok(PlacedFile {
                    name: input.string()?,
                    executable: input.byte()? != 0,
                })
            })?,
            again: self.byte()? != 0,
            collect: self.list(|input| {
                Ok(WantedFile {
                    name: input.string()?,
                    max_bytes: input.number()?,
                })
            })?,
            work: RunWork {
                directories: self.strings()?,
                start_in: self.string()?,
                fixed_files: self.byte()? != 0,
                read_only: self.byte()? != 0,
            },
            limits: RunLimits {
                cpu: self.time()?,
                wall: self.time()?,
                memory: self.number()?,
                stack: self.number()?,
                processes: self.number()?,
                descriptors: self.number()?,
                work_bytes: self.number()?,
                work_files: self.number()?,
            },
        })
    }

    fn ended(&mut self) -> io::Result<Ended> {
        let kind = self.byte()?;
        let value = errno_of(self.number()?);
        let end = match kind {
            0 => End::Exited(value),
            1 => End::Signalled(value),
            2 => End::CpuLimit,
            3 => End::WallLimit,
            4 => End::MemoryLimit,
            5 => End::OutputLimit,
            6 => End::Stopped,
            _ => return Err(malformed()),
        };
        let (cpu, cpu_system, wall, at) = (self.time()?, self.time()?, self.time()?, self.time()?);
        let (is_known, tasks) = (self.byte()? != 0, self.number()?);
        let tasks = is_known.then_some(tasks);
        let memory = self.number()?;
        let memory_kind = match self.byte()? {
            0 => MemoryKind::Charged,
            1 => MemoryKind::Resident,
            _ => return Err(malformed()),
        };
        let found = self.list(|input| match (input.byte()?, input.number()?) {
            (0, _) => Ok(Found::Here),
            (1, _) => Ok(Found::Missing),
            (2, _) => Ok(Found::NotRegular),
            (3, size) => Ok(Found::TooLarge(size)),
            (4, _) => Ok(Found::TooMany),
            _ => Err(malformed()),
        })?;
        let is_work_kept = self.byte()? != 0;
        let tree = self.list(|input| {
            Ok(TreeFile {
                name: input.string()?,
                executable: input.byte()? != 0,
            })
        })?;
        Ok(Ended {
            end,
            cpu,
            cpu_system,
            wall,
            at,
            tasks,
            memory,
            memory_kind,
            found,
            is_work_kept,
            tree,
        })
    }
}

fn backend_code(backend: Backend) -> u8 {
    match backend {
        Backend::None => 0,
        Backend::CgroupV1 => 1,
        Backend::CgroupV2 => 2,
    }
}

fn backend_of(code: u8) -> io::Result<Backend> {
    match code {
        0 => Ok(Backend::None),
        1 => Ok(Backend::CgroupV1),
        2 => Ok(Backend::CgroupV2),
        _ => Err(malformed()),
    }
}

fn errno_code(errno: i32) -> u64 {
    u64::from(errno.cast_unsigned())
}

fn errno_of(code: u64) -> i32 {
    u32::try_from(code).unwrap_or(u32::MAX).cast_signed()
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a malformed message")
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::test_runner::{Config as ProptestConfig, RngSeed};

    use super::*;

    fn limits() -> RunLimits {
        RunLimits {
            cpu: Duration::from_millis(1),
            wall: Duration::from_secs(2),
            memory: 3,
            stack: 4,
            processes: 5,
            descriptors: 6,
            work_bytes: 7,
            work_files: 8,
        }
    }

    pub(crate) fn messages() -> Vec<Message> {
        let name = |text: &str| CString::new(text).unwrap();
        let run = Run {
            argv: vec![name("a"), name("")],
            env: vec![name("K=V")],
            files: vec![PlacedFile {
                name: name("f"),
                executable: true,
            }],
            again: true,
            collect: vec![WantedFile {
                name: name("o"),
                max_bytes: 9,
            }],
            work: RunWork {
                directories: vec![name("d")],
                start_in: name("/work/d"),
                fixed_files: false,
                read_only: true,
            },
            limits: limits(),
        };
        let found = vec![
            Found::Here,
            Found::Missing,
            Found::NotRegular,
            Found::TooLarge(7),
            Found::TooMany,
        ];
        let tree = vec![TreeFile {
            name: name("a/b"),
            executable: true,
        }];
        let time = Duration::from_nanos(5);
        let ended = Ended {
            end: End::Signalled(9),
            cpu: time,
            cpu_system: time,
            wall: time,
            at: time,
            tasks: Some(8),
            memory: 6,
            memory_kind: MemoryKind::Resident,
            found,
            is_work_kept: true,
            tree,
        };
        vec![
            Message::Hello,
            Message::Setup(Setup {
                two_ids: true,
                backend: Backend::CgroupV1,
                tool_roots: vec![name("/usr")],
                binds: vec![Shown {
                    source: name("/srv/data"),
                    target: name("/data"),
                }],
                without: 0,
            }),
            Message::Born,
            Message::Ready { proc_mounted: true },
            Message::Run(run),
            Message::Stop,
            Message::Ended(ended),
            Message::NotStarted {
                step: "exec".into(),
                errno: 2,
            },
            Message::Failed {
                operation: "mount".into(),
                subject: "/work".into(),
                errno: -1,
            },
        ]
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        for message in messages() {
            assert_eq!(Message::decode(&message.encode()).unwrap(), message);
        }
    }

    #[test]
    fn a_packet_that_is_cut_or_too_long_is_refused() {
        for message in messages() {
            let packet = message.encode();
            for length in 0..packet.len() {
                assert!(
                    Message::decode(&packet[..length]).is_err(),
                    "{message:?} cut at {length}"
                );
            }
            assert!(
                Message::decode(&[packet.as_slice(), b"x"].concat()).is_err(),
                "{message:?} with a tail"
            );
        }
    }

    /// The same cases in every run of a test.
    pub(crate) fn seeded(cases: u32) -> ProptestConfig {
        ProptestConfig {
            cases,
            rng_seed: RngSeed::Fixed(1),
            failure_persistence: None,
            ..ProptestConfig::default()
        }
    }

    proptest::proptest! {
        #![proptest_config(seeded(1000))]

        #[test]
        fn no_bytes_make_the_decoder_panic_or_read_more_than_is_there(packet in proptest::collection::vec(proptest::num::u8::ANY, 0..512)) {
            check_decoding(&packet);
        }

        #[test]
        fn no_mutated_message_makes_the_decoder_panic_or_read_more_than_is_there(
            which in 0..messages().len(),
            changes in proptest::collection::vec((proptest::num::usize::ANY, proptest::num::u8::ANY), 0..8),
            cut in proptest::num::usize::ANY,
            tail in proptest::collection::vec(proptest::num::u8::ANY, 0..64),
        ) {
            let mut packet = messages()[which].encode();
            for (at, byte) in changes {
                let length = packet.len();
                packet[at % length] = byte;
            }
            packet.truncate(1 + cut % packet.len());
            packet.extend(tail);
            check_decoding(&packet);
        }
    }

    /// Whatever is decoded was in the packet: it takes no more bytes anew than there were, so that no count or length that a
    /// packet claims can make anybody reserve or fill memory.
    fn check_decoding(packet: &[u8]) {
        if let Ok(message) = Message::decode(packet) {
            let again = message.encode();
            // Text that was no UTF-8 grows by its replacement characters, threefold at most.
            assert!(again.len() <= packet.len() * 3, "{message:?}");
            assert_eq!(Message::decode(&again).unwrap().encode(), again, "{message:?}");
        }
    }

    #[test]
    fn a_claimed_length_or_count_reserves_nothing() {
        // A run whose list of arguments claims more than there is, by count and by length.
        for claim in [u64::MAX, 1 << 60, 1 << 32, 100] {
            let mut packet = vec![4];
            packet.extend(claim.to_le_bytes());
            packet.extend(u32::MAX.to_le_bytes());
            assert!(Message::decode(&packet).is_err(), "{claim}");
        }
    }
}

//! The command line.

mod flags;
mod languages;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use flags::{Said, read};
pub(crate) use languages::{Languages, Manager, OwnLanguages};

/// A self-hosted judge for submitted programs.
///
/// Exit codes: 0 when all went well (for submit, watch and grade: accepted), 1 for any other verdict, 2 for a failure of
/// ours or a mistake in the command.
#[derive(Debug, Parser)]
#[command(name = "gavel", version, max_term_width = 110)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) log: Log,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What is logged, and how.
#[derive(Debug, Args)]
pub(crate) struct Log {
    /// How log lines look on standard error; what is logged says `RUST_LOG`
    #[arg(
        long,
        value_enum,
        env = "GAVEL_LOG_FORMAT",
        default_value = "text",
        global = true
    )]
    pub(crate) log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Everything in one process, on an embedded database: ready for a first submission
    Up(Up),
    /// The HTTP interface of a fleet, on Postgres and Redis
    Api(Api),
    /// The live sockets of a fleet
    Gateway(Gateway),
    /// A worker of a fleet: compiles, runs, judges
    Worker(Worker),
    /// Brings the database of a fleet up to date
    Migrate(Migrate),
    /// Makes a token and prints it
    Token(Token),
    /// Makes accounts for the pages
    #[command(subcommand)]
    User(User),
    /// Uploads problem packages (directories or zips) to a server
    Upload(Upload),
    /// Submits a program and shows its verdict as it comes
    Submit(Submit),
    /// Shows the verdict of a submission as it comes
    Watch(Watch),
    /// Judges programs here, with no server at all
    Grade(Grade),
    /// Compares standard input with an answer: the default output validator
    Compare(Compare),
    /// Works on problem packages
    #[command(subcommand)]
    Problem(Problem),
    /// Runs a program isolated and measured, without anything of a judge around it
    #[command(subcommand)]
    Sandbox(Sandbox),
    /// Tells which languages are here, in which version, and what is missing; tries them out
    Languages(Languages),
    /// Shows what waits, what runs, and who works on it, as it changes
    Status(Status),
    /// Measures how fast a deployment is, as its users have it
    Bench(Bench),
    /// Tells what this host offers for judging, what is missing, and the command that mends it
    Doctor(Doctor),
}

#[derive(Debug, Args)]
pub(crate) struct Up {
    #[command(flatten)]
    pub(crate) watched: Watched,
    #[command(flatten)]
    pub(crate) listen: Listen,
    #[command(flatten)]
    pub(crate) data: Data,
    #[command(flatten)]
    pub(crate) judging: Judging,
}

#[derive(Debug, Args)]
pub(crate) struct Api {
    #[command(flatten)]
    pub(crate) watched: Watched,
    #[command(flatten)]
    pub(crate) listen: Listen,
    #[command(flatten)]
    pub(crate) fleet: Fleet,
    #[command(flatten)]
    pub(crate) data: Data,
    #[command(flatten)]
    pub(crate) languages: OwnLanguages,
}

#[derive(Debug, Args)]
pub(crate) struct Gateway {
    #[command(flatten)]
    pub(crate) watched: Watched,
    #[command(flatten)]
    pub(crate) listen: Listen,
    #[command(flatten)]
    pub(crate) fleet: Fleet,
    #[command(flatten)]
    pub(crate) data: Data,
}

#[derive(Debug, Args)]
pub(crate) struct Worker {
    #[command(flatten)]
    pub(crate) watched: Watched,
    #[command(flatten)]
    pub(crate) fleet: Fleet,
    #[command(flatten)]
    pub(crate) data: Data,
    #[command(flatten)]
    pub(crate) judging: Judging,
}

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) data: Data,
}

/// Where to listen, and to whom.
#[derive(Debug, Args)]
pub(crate) struct Listen {
    /// Address and port
    #[arg(
        long = "listen",
        value_name = "ADDRESS:PORT",
        env = "GAVEL_LISTEN",
        default_value = "127.0.0.1:8080"
    )]
    pub(crate) address: SocketAddr,
    /// Ask for no token: anybody may submit in any name. The default on a loopback address
    #[arg(long, env = "GAVEL_OPEN", conflicts_with = "tokens")]
    pub(crate) open: bool,
    /// Ask for tokens. The default on any other address
    #[arg(long, env = "GAVEL_TOKENS")]
    pub(crate) tokens: bool,
    /// Whether people may make accounts for themselves on the pages [default: what an administrator has set, or open where no token is
    /// asked for]
    #[arg(long, value_enum, env = "GAVEL_REGISTRATION")]
    pub(crate) registration: Option<Registration>,
    /// Submissions of one user that may wait at once; further ones are refused (429). 0 for any number
    /// [default: what an administrator has set, or 5000]
    #[arg(long, value_name = "N", env = "GAVEL_MOST_WAITING")]
    pub(crate) most_waiting: Option<u32>,
    /// Origin of a site whose pages may open sockets here, such as <https://judge.example.org>; can be repeated
    #[arg(
        long = "origin",
        value_name = "ORIGIN",
        env = "GAVEL_ORIGINS",
        value_delimiter = ','
    )]
    pub(crate) origins: Vec<String>,
}

/// What operators see.
#[derive(Debug, Args)]
pub(crate) struct Watched {
    /// Serve metrics for Prometheus there, at /metrics. A port alone is one of the loopback address [default: nowhere]
    #[arg(long = "metrics", value_name = "[ADDRESS:]PORT", env = "GAVEL_METRICS")]
    pub(crate) metrics: Option<String>,
}

/// Where files are kept.
#[derive(Debug, Args)]
pub(crate) struct Data {
    /// Directory for the embedded database, packages and caches
    #[arg(
        long,
        value_name = "DIRECTORY",
        env = "GAVEL_DATA",
        default_value = "gavel-data"
    )]
    pub(crate) data: PathBuf,
    /// Directory of the problem packages, shared by a fleet [default: objects, below the data directory]
    #[arg(long, value_name = "DIRECTORY", env = "GAVEL_OBJECTS")]
    pub(crate) objects: Option<PathBuf>,
}

/// The database of a fleet.
#[derive(Debug, Args)]
pub(crate) struct Database {
    /// `postgres://user:password@host/database`, or `sqlite:FILE`; `DATABASE_URL_FILE` names a file that holds it
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
    /// Database connections at most; half of them, but no more than eight, are for what is on the way of every submission
    #[arg(long, value_name = "N", env = "GAVEL_DATABASE_CONNECTIONS", default_value_t = 16,
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) database_connections: u32,
}

/// What the processes of a fleet share.
#[derive(Debug, Args)]
pub(crate) struct Fleet {
    #[command(flatten)]
    pub(crate) database: Database,
    /// `redis://host:6379/`; `REDIS_URL_FILE` names a file that holds it
    #[arg(long, value_name = "URL", env = "REDIS_URL", hide_env_values = true)]
    pub(crate) redis_url: Option<String>,
    /// Do not bring the database up to date at start: `gavel migrate` has done it
    #[arg(long, env = "GAVEL_NO_MIGRATE")]
    pub(crate) no_migrate: bool,
}

/// How programs are judged.
#[derive(Debug, Args)]
pub(crate) struct Judging {
    /// Programs that are run at once [default: one for each core]
    #[arg(long, value_name = "N", env = "GAVEL_SLOTS", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub(crate) slots: Option<u16>,
    /// Test cases of one submission that may run at once, on slots that have nothing else to do; a case that takes too long
    /// beside others is run again alone. 1 runs them one after the other [default: as many as there are slots]
    #[arg(long, value_name = "N", env = "GAVEL_CASES_AT_ONCE", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub(crate) cases_at_once: Option<u16>,
    /// Prepare nothing at start: precompiled headers and class archives, some hundred megabytes in the directory for temporary files,
    /// make compilers of C++ and Java start sooner
    #[arg(long, env = "GAVEL_NO_PREPARE", value_parser = clap::builder::FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub(crate) no_prepare: bool,
    /// Offer languages whose tools tell their versions, without trying them out first
    #[arg(long, env = "GAVEL_NO_SELF_TESTS", value_parser = clap::builder::FalseyValueParser::new(), action = clap::ArgAction::SetTrue)]
    pub(crate) no_self_tests: bool,
    /// How long a worker's right to a judgement lasts when the worker goes silent, in seconds
    #[arg(long, value_name = "SECONDS", env = "GAVEL_LEASE", default_value_t = 15,
          value_parser = clap::value_parser!(u16).range(1..=3600))]
    pub(crate) lease: u16,
    /// Take only what is this urgent: contests before people who wait at a screen, and those before rejudges; can be repeated
    #[arg(long, value_name = "BAND", env = "GAVEL_BANDS", value_enum, value_delimiter = ',',
          default_values_t = [BandName::Contest, BandName::Interactive, BandName::Bulk])]
    pub(crate) bands: Vec<BandName>,
    /// Take only submissions to problems that ask for one of these tags (see `gavel problem route`); `general` is what problems ask for
    /// that were not routed; can be repeated
    #[arg(
        long,
        value_name = "TAG",
        env = "GAVEL_TAGS",
        value_delimiter = ',',
        default_value = "general"
    )]
    pub(crate) tags: Vec<domain::WorkerTag>,
    /// Take only submissions in these languages, by id; can be repeated [default: all that this host has]
    #[arg(
        long,
        value_name = "LANGUAGE",
        env = "GAVEL_ONLY_LANGUAGES",
        value_delimiter = ','
    )]
    pub(crate) only_languages: Vec<domain::LanguageId>,
    /// Accept everything without running it, for benchmarks and load tests; refused unless `GAVEL_LOAD_TEST` is `yes`
    #[arg(long, hide = true)]
    pub(crate) judge_nothing: bool,
    #[command(flatten)]
    pub(crate) languages: OwnLanguages,
}

/// How urgent a judgement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BandName {
    Contest,
    Interactive,
    Bulk,
}

#[derive(Debug, Args)]
pub(crate) struct Token {
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) data: Data,
    /// Whose
    #[arg(long)]
    pub(crate) user: domain::UserId,
    /// What it allows
    #[arg(long, value_enum, default_value = "user")]
    pub(crate) role: Role,
    /// A note for people
    #[arg(long, default_value = "made on the command line")]
    pub(crate) label: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Makes an account; its password is read from standard input, or made and printed where that is a terminal
    Add(UserAdd),
    /// Gives an account another password, read or made in the same way, and ends its sessions
    Password(UserPassword),
    /// Gives a user, who may have no account, a larger share of the slots than others have
    Weight(UserWeight),
}

#[derive(Debug, Args)]
pub(crate) struct UserWeight {
    /// Its name
    pub(crate) name: domain::UserId,
    /// How many turns it has within a band of urgency where others have one
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) weight: u32,
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) data: Data,
}

#[derive(Debug, Args)]
pub(crate) struct UserAdd {
    /// Its name
    pub(crate) name: domain::UserId,
    /// What it may do
    #[arg(long, value_enum, default_value = "user")]
    pub(crate) role: Role,
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) data: Data,
}

#[derive(Debug, Args)]
pub(crate) struct UserPassword {
    /// Whose
    pub(crate) name: domain::UserId,
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) data: Data,
}

/// Who may make accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Registration {
    Open,
    Closed,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Role {
    User,
    Setter,
    Admin,
}

/// Which server to talk to, and as whom.
#[derive(Debug, Args)]
pub(crate) struct Server {
    /// The server's address
    #[arg(
        long = "server",
        value_name = "URL",
        env = "GAVEL_SERVER",
        default_value = "http://127.0.0.1:8080"
    )]
    pub(crate) address: String,
    /// The gateway's address, where it is not the server's
    #[arg(long, value_name = "URL", env = "GAVEL_GATEWAY")]
    pub(crate) gateway: Option<String>,
    /// A token; `GAVEL_TOKEN_FILE` names a file that holds it
    #[arg(long, env = "GAVEL_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Upload {
    #[command(flatten)]
    pub(crate) server: Server,
    /// Package directories or zips
    #[arg(required = true, value_name = "PACKAGE")]
    pub(crate) packages: Vec<PathBuf>,
    /// Sends them without running their validators over their data first
    #[arg(long)]
    pub(crate) no_verify: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Submit {
    #[command(flatten)]
    pub(crate) server: Server,
    /// The problem's id
    pub(crate) problem: domain::ProblemId,
    /// The source file
    pub(crate) file: PathBuf,
    /// The language [default: by the file's ending]
    #[arg(long, short)]
    pub(crate) language: Option<String>,
    /// In whose name, where the server asks for no token
    #[arg(long)]
    pub(crate) user: Option<domain::UserId>,
    /// Only submit and print the id
    #[arg(long)]
    pub(crate) no_wait: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Watch {
    #[command(flatten)]
    pub(crate) server: Server,
    /// The submission's id
    pub(crate) submission: domain::SubmissionId,
}

#[derive(Debug, Args)]
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) server: Server,
    /// Show it once; the default where the output is no terminal
    #[arg(long)]
    pub(crate) once: bool,
    /// One JSON object, once
    #[arg(long)]
    pub(crate) json: bool,
}

/// What it submits is judged, and stays. Needs an administrator's token, or a server in open mode: it submits in the names of
/// many users.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    #[command(flatten)]
    pub(crate) server: Server,
    /// What is measured [default: all of it, `post` last: it leaves much behind that waits]
    #[arg(value_enum, value_name = "PART")]
    pub(crate) parts: Vec<BenchPart>,
    /// The problem that is submitted to
    #[arg(long, value_name = "ID", default_value = "aplusb")]
    pub(crate) problem: domain::ProblemId,
    /// The language of what is submitted
    #[arg(long, value_name = "ID", default_value = "python3")]
    pub(crate) language: String,
    /// The program that is submitted [default: one in Python that adds what it reads]
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Connections that post at once
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) connections: u32,
    /// How long each part is measured
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) seconds: u32,
    /// Submissions a second, where latency is measured
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) rate: u32,
    /// Sockets that are opened
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    pub(crate) sockets: u32,
    /// Where the gateway serves its metrics, to learn what its sockets cost it
    #[arg(long = "metrics", value_name = "URL")]
    pub(crate) metrics_url: Option<String>,
    /// One JSON array
    #[arg(long)]
    pub(crate) json: bool,
}

impl Bench {
    /// How long each part is measured.
    pub(crate) fn span(&self) -> std::time::Duration {
        std::time::Duration::from_secs(self.seconds.into())
    }
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BenchPart {
    /// Submissions accepted
    Post,
    /// Submissions judged and told of
    Loop,
    /// From POST to the verdict on a WebSocket
    Latency,
    /// Idle WebSockets, and what reaches all of them
    Sockets,
}

#[derive(Debug, Args)]
pub(crate) struct Grade {
    /// The problem package: a directory or a zip
    pub(crate) package: PathBuf,
    /// Programs to judge: source files, or directories below the package's `submissions`
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The language [default: by the file's ending]
    #[arg(long, short)]
    pub(crate) language: Option<String>,
    /// One JSON object a program and line
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) languages: OwnLanguages,
}

/// Exit codes: 42 where the output says the same as the answer, 43 where it does not, 2 for a mistake in the command.
#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// The input of the test case
    #[arg(value_name = "INPUT")]
    pub(crate) input: PathBuf,
    /// The answer that the output is compared with
    #[arg(value_name = "ANSWER")]
    pub(crate) answer: PathBuf,
    /// An existing directory: judgemessage.txt and diffposition.txt are written where the output is wrong
    #[arg(value_name = "FEEDBACKDIR")]
    pub(crate) feedback: PathBuf,
    /// `case_sensitive`, `space_change_sensitive`, `float_tolerance E`, `float_relative_tolerance E`,
    /// `float_absolute_tolerance E`
    #[arg(value_name = "FLAG", trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) flags: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Sandbox {
    /// Runs one command in a sandbox of its own and tells how it ended and what it used
    Run(SandboxRun),
}

/// Times are whole numbers with a unit: us, ms, s, min. Sizes have B, KiB, MiB or GiB. A bare number is refused.
///
/// The command finds the programs and libraries of the host (`/usr` and the like) read-only, an empty directory `/work` that
/// it starts in, an empty `/tmp`, and no network. Its output is told when it has ended.
///
/// Exit codes: 0 when the command exited with 0; 1 for any other end (another exit code, a signal, a limit); 2 for a failure
/// of ours or a mistake in these arguments, the command that cannot be executed included.
#[derive(Debug, Args)]
pub(crate) struct SandboxRun {
    /// CPU time of all its processes together
    #[arg(long, value_name = "TIME", default_value = "10s", allow_hyphen_values = true)]
    pub(crate) cpu: String,
    /// Wall-clock time [default: twice the CPU time and five seconds]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) wall: Option<String>,
    /// Memory of all its processes together, the files that it writes included
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "256MiB",
        allow_hyphen_values = true
    )]
    pub(crate) memory: String,
    /// Standard output: it is ended when it writes more. Of standard error the first 64 KiB are kept
    #[arg(long, value_name = "SIZE", default_value = "1MiB", allow_hyphen_values = true)]
    pub(crate) output: String,
    /// Stack of its main thread [default: as much as memory]
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    pub(crate) stack: Option<String>,
    /// Processes and threads at once
    #[arg(long, value_name = "N", default_value = "64", allow_hyphen_values = true)]
    pub(crate) processes: String,
    /// Room for files in /work, and as much again in /tmp
    #[arg(
        long,
        value_name = "SIZE",
        default_value = "64MiB",
        allow_hyphen_values = true
    )]
    pub(crate) work: String,
    /// Files that are copied into /work before the run, under their own names; those that are executable stay so
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) files: Vec<PathBuf>,
    /// A file of /work that is wanted afterwards; can be repeated. Only a regular file of the command's own is taken
    #[arg(long, value_name = "NAME")]
    pub(crate) collect: Vec<String>,
    /// An existing directory for the wanted files; nothing in it is replaced
    #[arg(long, value_name = "DIRECTORY", default_value = ".")]
    pub(crate) into: PathBuf,
    /// A regular file to read as standard input [default: nothing]
    #[arg(long, value_name = "FILE")]
    pub(crate) stdin: Option<PathBuf>,
    /// A variable of its environment besides PATH, HOME, TMPDIR and LANG; can be repeated. Nothing is inherited
    #[arg(long, value_name = "K=V")]
    pub(crate) env: Vec<OsString>,
    /// A directory or file of the host to show read-only at another place; can be repeated. What SRC leads to must lie in
    /// /usr, /opt, /srv, the directory for temporary files, the current directory or one named by --bind-root, and be within
    /// the reach of an ordinary user; DST must be a place that nothing else has
    #[arg(long, value_name = "SRC:DST")]
    pub(crate) bind: Vec<OsString>,
    /// A further directory that --bind may take from; can be repeated
    #[arg(long = "bind-root", value_name = "DIRECTORY")]
    pub(crate) bind_roots: Vec<PathBuf>,
    /// Tell the outcome as one JSON object on standard output, the command's output in it. Without this, its output goes where
    /// output goes, and a table after it to standard error
    #[arg(long)]
    pub(crate) json: bool,
    /// The program and its arguments. A program without a slash is one of the files, or is looked for in /usr/local/bin,
    /// /usr/bin and /bin
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

/// Exit codes: 0 when programs can be judged with full guarantees, 1 when some are weakened, 2 when no program can be judged.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// One JSON object
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) languages: OwnLanguages,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Problem {
    /// Tries packages: runs their validators over their data and judges their example submissions
    Verify(Verify),
    /// Makes a package to begin with, which verifies as it is
    New(New),
    /// Sends what is submitted to a problem from now on to other workers, or lets it be judged sooner; without a flag, tells where it goes
    Route(Route),
}

#[derive(Debug, Args)]
pub(crate) struct Route {
    /// The problem's id
    pub(crate) problem: domain::ProblemId,
    /// How urgent it is: what is submitted in a contest is judged before everything else
    #[arg(long, value_enum)]
    pub(crate) band: Option<ProblemBand>,
    /// A tag that the workers serve that are to judge it (`gavel worker --tags`); `general` is that of workers of which nothing is said
    #[arg(long)]
    pub(crate) tag: Option<domain::WorkerTag>,
    #[command(flatten)]
    pub(crate) server: Server,
}

/// How urgent what is submitted to a problem can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProblemBand {
    Contest,
    Interactive,
}

impl ProblemBand {
    /// The band.
    pub(crate) const fn band(self) -> domain::Band {
        match self {
            Self::Contest => domain::Band::Contest,
            Self::Interactive => domain::Band::Interactive,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct New {
    /// The package's directory, which is made; its name has lower-case letters and digits
    #[arg(value_name = "NAME")]
    pub(crate) package: PathBuf,
    /// The kind of problem
    #[arg(long = "type", value_name = "TYPE", default_value = "pass-fail")]
    pub(crate) template: Template,
    /// Short for --type scoring
    #[arg(long, conflicts_with_all = ["template", "validator"])]
    pub(crate) scoring: bool,
    /// Short for --type validator
    #[arg(long, conflicts_with = "template")]
    pub(crate) validator: bool,
}

impl New {
    /// The template that is meant.
    pub(crate) const fn kind(&self) -> Template {
        match (self.scoring, self.validator) {
            (true, _) => Template::Scoring,
            (_, true) => Template::Validator,
            _ => self.template,
        }
    }
}

/// What there are templates of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Template {
    /// One right answer
    PassFail,
    /// Many right answers, and a program that knows them
    Validator,
    /// Groups of test cases with points
    Scoring,
    /// The submission talks with a program
    Interactive,
    /// The submission is run twice
    MultiPass,
    /// The submission is the answers themselves
    SubmitAnswer,
}

/// Exit codes: 0 where everything is as the packages say, 1 where anything is not, 2 for a failure of ours.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Package directories or zips
    #[arg(required = true, value_name = "PACKAGE")]
    pub(crate) packages: Vec<PathBuf>,
    /// One JSON object for all packages
    #[arg(long)]
    pub(crate) json: bool,
    /// Writes a report in JUnit XML, too
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Submissions judged at once; more than one disturbs their times
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) jobs: NonZeroUsize,
    /// Runs every submission on every test case, not only as far as its expectations need
    #[arg(long)]
    pub(crate) all_cases: bool,
    #[command(flatten)]
    pub(crate) languages: OwnLanguages,
}

//! `gavel`: the binary. The only place that reads flags, environment and files, and names concrete backends.
//!
//! Each role is a function over a store, a queue and events; [`roles`] chooses which ones. `gavel up` is all roles in
//! one process over SQLite and in-process backends; `gavel api`, `gateway` and `worker` are the same over Postgres and
//! Redis.

mod arguments;
mod audit;
mod bench;
mod client;
mod clock;
mod compare;
mod doctor;
mod failure;
mod grade;
mod languages;
mod linger;
mod live;
mod new;
mod roles;
mod route;
mod samples;
mod sandbox;
mod serve;
mod settings;
mod shutdown;
mod status;
mod stream;
mod submit;
mod terminal;
mod token;
mod upload;
mod user;
mod verify;
mod watched;

use std::process::ExitCode;

use arguments::{Command, Said, Sandbox};
use failure::Failure;

fn main() -> ExitCode {
    // Before anything else exists in this process: the init of a sandbox slot is this binary too.
    ::sandbox::init_if_requested();
    let (arguments, said) = arguments::read();
    // A validator is called once for each test case, and a sandbox is all system calls: neither needs log or runtime.
    match &arguments.command {
        Command::Compare(compare) => return compare::run(compare).unwrap_or_else(Failure::report),
        Command::Sandbox(Sandbox::Run(run)) => return sandbox::run(run).unwrap_or_else(Failure::report),
        _ => {}
    }
    settings::start_log(&arguments.log);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::new(format!("cannot start the runtime: {error}")).report(),
    };
    let result = runtime.block_on(run(arguments.command, said));
    // A blocking thread may still wait for the sandbox; it is not waited for.
    runtime.shutdown_background();
    result.unwrap_or_else(Failure::report)
}

async fn run(command: Command, said: Said) -> Result<ExitCode, Failure> {
    match command {
        Command::Up(up) => roles::up(up, said).await,
        Command::Api(api) => roles::api(api, said).await,
        Command::Gateway(gateway) => roles::gateway(gateway).await,
        Command::Worker(worker) => roles::worker(worker).await,
        Command::Migrate(migrate) => roles::migrate(migrate).await,
        Command::Token(token) => token::create(token).await,
        Command::User(arguments::User::Add(add)) => user::add(add).await,
        Command::User(arguments::User::Password(password)) => user::set_password(password).await,
        Command::User(arguments::User::Weight(weight)) => user::set_weight(weight).await,
        Command::Upload(upload) => upload::run(upload).await,
        Command::Submit(submit) => submit::submit(submit).await,
        Command::Watch(watch) => submit::watch(watch).await,
        Command::Grade(grade) => grade::run(grade).await,
        Command::Compare(compare) => compare::run(&compare),
        Command::Problem(arguments::Problem::Verify(verify)) => verify::run(verify).await,
        Command::Problem(arguments::Problem::New(new)) => new::run(&new),
        Command::Problem(arguments::Problem::Route(route)) => route::run(route).await,
        Command::Languages(arguments) => languages::run(arguments).await,
        Command::Status(status) => status::run(status).await,
        Command::Bench(bench) => bench::run(bench).await,
        Command::Doctor(arguments) => doctor::run(arguments).await,
        Command::Sandbox(Sandbox::Run(run)) => sandbox::run(&run),
    }
}

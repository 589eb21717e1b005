//! `gavel sandbox run`, as somebody uses it who runs nothing else of Gavel.

#![cfg(test)]

use std::fs;
use std::path::Path;
use std::process::Output;

use anyhow::{Context as _, Result, ensure};
use e2e::gavel::gavel;
use serde_json::Value;

/// Runs it in a directory of its own.
fn run(home: &Path, arguments: &[&str]) -> Result<Output> {
    let arguments: Vec<&str> = ["sandbox", "run"].iter().chain(arguments).copied().collect();
    Ok(gavel(&arguments)?.current_dir(home).output()?)
}

/// Runs a command with options and gives the object that it tells.
fn outcome(home: &Path, options: &[&str], command: &[&str], code: i32) -> Result<Value> {
    let arguments = [&["--json"], options, &["--"], command].concat();
    let done = run(home, &arguments)?;
    ensure!(done.status.code() == Some(code), "{arguments:?}: {done:?}");
    ensure!(done.stderr.is_empty(), "{arguments:?}: {done:?}");
    serde_json::from_slice(&done.stdout).with_context(|| format!("{arguments:?}: {done:?}"))
}

const FORK: &str = "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass";
const HOARD: &str = "x = bytearray(1 << 30)";
const ORPHAN: &str = "import os, time\nif os.fork() == 0:\n  os.setsid(); time.sleep(1000)";

#[test]
fn any_end_of_a_program_is_an_outcome() -> Result<()> {
    let home = tempfile::tempdir()?;
    let python = |code| vec!["python3", "-c", code];
    let rows: Vec<(&[&str], Vec<&str>, &str, i32)> = vec![
        (&[], vec!["true"], "exited", 0),
        (&[], vec!["sh", "-c", "exit 42"], "exited", 1),
        (&[], vec!["sh", "-c", "kill -9 $$"], "signalled", 1),
        (
            &[],
            vec!["sh", "-c", "kill -9 -1; kill -9 1; exit 0"],
            "exited",
            0,
        ),
        (&[], python(ORPHAN), "exited", 0),
        (&["--wall", "200ms"], vec!["sleep", "1000"], "wall_limit", 1),
        (&["--cpu", "200ms"], python("while True: pass"), "cpu_limit", 1),
        (&["--memory", "64MiB"], python(HOARD), "memory_limit", 1),
        (&["--output", "1KiB"], vec!["yes"], "output_limit", 1),
        (
            &["--cpu", "300ms", "--processes", "8"],
            python(FORK),
            "cpu_limit",
            1,
        ),
        (&["--memory", "1MiB"], vec!["true"], "exited", 0),
    ];
    for (options, command, end, code) in rows {
        let told = outcome(home.path(), options, &command, code)?;
        ensure!(told["end"] == end, "{command:?}: {told}");
    }
    let told = outcome(home.path(), &[], &["sh", "-c", "exit 42"], 1)?;
    ensure!(told["exit_code"] == 42 && told["signal"].is_null(), "{told}");
    let parts = ["cpu_user_us", "cpu_system_us"].map(|part| told[part].as_u64().unwrap_or_default());
    let cpu = told["cpu_us"].as_u64().unwrap_or_default();
    // Each is rounded down to the microsecond.
    ensure!(cpu > 0 && cpu - parts[0] - parts[1] <= 1, "{told}");
    let told = outcome(home.path(), &[], &["sh", "-c", "kill -11 $$"], 1)?;
    ensure!(told["signal"] == 11 && told["exit_code"].is_null(), "{told}");
    Ok(())
}

#[test]
fn files_input_environment_and_binds_go_in_and_results_come_out() -> Result<()> {
    let home = tempfile::tempdir()?;
    let at = |name: &str| home.path().join(name);
    // A slot reaches what an ordinary user reaches.
    fs::set_permissions(home.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    fs::write(at("a.txt"), "a\n")?;
    fs::write(at("b.txt"), "b\n")?;
    fs::create_dir(at("data"))?;
    fs::write(at("data/list"), "list\n")?;
    let bind = format!("{}:/data", at("data").display());
    let script = "cat; cat a.txt b.txt /data/list; echo $WORD $HOME; echo out >made; ln -s made link; printf '\\377' >&2";
    let told = outcome(
        home.path(),
        &[
            "--files",
            "a.txt",
            "b.txt",
            "--stdin",
            "a.txt",
            "--env",
            "WORD=a=b",
            "--env",
            "HOME=/tmp",
            "--bind",
            &bind,
            "--collect",
            "made",
            "--collect",
            "link",
            "--collect",
            "nothing",
        ],
        &["sh", "-c", script],
        0,
    )?;
    ensure!(told["stdout"]["text"] == "a\na\nb\nlist\na=b /tmp\n", "{told}");
    ensure!(told["stdout"]["is_lossy"] == false, "{told}");
    ensure!(told["stderr"]["is_lossy"] == true, "{told}");
    ensure!(told["stderr"]["written_bytes"] == 1, "{told}");
    ensure!(told["collected"][0]["bytes"] == 4, "{told}");
    ensure!(told["collected"][1]["error"].is_string(), "{told}");
    ensure!(told["collected"][2]["error"].is_string(), "{told}");
    ensure!(fs::read_to_string(at("made"))? == "out\n");
    ensure!(!at("link").exists() && !at("nothing").exists());
    Ok(())
}

#[test]
fn without_json_output_goes_where_output_goes_and_a_table_after_it() -> Result<()> {
    let home = tempfile::tempdir()?;
    let done = run(home.path(), &["--", "sh", "-c", "echo out; echo err >&2; exit 3"])?;
    ensure!(done.status.code() == Some(1), "{done:?}");
    ensure!(done.stdout == b"out\n", "{done:?}");
    let said = String::from_utf8(done.stderr)?;
    ensure!(said.starts_with("err\nend      exited with 3\ncpu "), "{said}");
    for name in ["wall", "memory", "stdout", "stderr", "held by"] {
        ensure!(said.contains(&format!("\n{name}")), "{said}");
    }
    Ok(())
}

#[test]
fn mistakes_are_one_sentence_that_names_the_option() -> Result<()> {
    let home = tempfile::tempdir()?;
    let at = |name: &str| home.path().join(name);
    fs::write(at("text"), "text")?;
    fs::write(at("there"), "")?;
    for (name, machine, class) in [("arm", 40, 1), ("i386", 3, 1), ("sparc", 43, 2)] {
        let mut header = vec![0_u8; 64];
        header[..8].copy_from_slice(&[0x7f, b'E', b'L', b'F', class, 1, 1, 0]);
        header[16] = 2;
        header[18] = machine;
        fs::write(at(name), header)?;
        fs::set_permissions(at(name), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    }
    let missing_bind = format!("{}:/data", at("missing").display());
    let inner_bind = format!("{}:/usr/data", at("").display());
    let rows: Vec<(&str, Vec<&str>)> = vec![
        ("COMMAND", vec![]),
        ("COMMAND", vec!["--"]),
        ("COMMAND", vec!["--", ""]),
        ("COMMAND", vec!["--", "no-such-command"]),
        ("COMMAND", vec!["--", "/no/such/command"]),
        ("COMMAND", vec!["--", "/usr"]),
        ("COMMAND", vec!["--", "/etc/passwd"]),
        ("COMMAND", vec!["--files", "text", "--", "./text"]),
        ("COMMAND", vec!["--files", "arm", "--", "./arm"]),
        ("COMMAND", vec!["--files", "i386", "--", "i386"]),
        ("COMMAND", vec!["--files", "sparc", "--", "/work/sparc"]),
        ("--cpu", vec!["--cpu", "0s", "--", "true"]),
        ("--cpu", vec!["--cpu", "-1s", "--", "true"]),
        ("--cpu", vec!["--cpu", "1", "--", "true"]),
        ("--cpu", vec!["--cpu", "99999999min", "--", "true"]),
        ("--wall", vec!["--wall", "99999999999999999999s", "--", "true"]),
        ("--wall", vec!["--wall", "1MiB", "--", "true"]),
        ("--memory", vec!["--memory", "0B", "--", "true"]),
        ("--memory", vec!["--memory", "1B", "--", "true"]),
        ("--memory", vec!["--memory", "-5MiB", "--", "true"]),
        ("--memory", vec!["--memory", "1000000GiB", "--", "true"]),
        ("--memory", vec!["--memory", "100MB", "--", "true"]),
        ("--output", vec!["--output", "0B", "--", "true"]),
        ("--output", vec!["--output", "2GiB", "--", "true"]),
        ("--stack", vec!["--stack", "1B", "--", "true"]),
        ("--stack", vec!["--stack", "1000000GiB", "--", "true"]),
        ("--processes", vec!["--processes", "0", "--", "true"]),
        ("--processes", vec!["--processes", "-1", "--", "true"]),
        ("--processes", vec!["--processes", "4000000000", "--", "true"]),
        ("--work", vec!["--work", "1000000GiB", "--", "true"]),
        ("--files", vec!["--files", "missing", "--", "true"]),
        ("--files", vec!["--files", "/usr", "--", "true"]),
        ("--files", vec!["--files", "text", "text", "--", "true"]),
        ("--stdin", vec!["--stdin", "missing", "--", "true"]),
        ("--stdin", vec!["--stdin", "/", "--", "true"]),
        ("--stdin", vec!["--stdin", "/dev/zero", "--", "true"]),
        ("--env", vec!["--env", "WORD", "--", "true"]),
        ("--env", vec!["--env", "=x", "--", "true"]),
        ("--bind", vec!["--bind", "/usr", "--", "true"]),
        ("--bind", vec!["--bind", &missing_bind, "--", "true"]),
        ("--bind", vec!["--bind", "/etc:/data", "--", "true"]),
        ("--bind", vec!["--bind", "/usr/../etc/ssl:/data", "--", "true"]),
        ("--bind", vec!["--bind", "/proc/self/root:/data", "--", "true"]),
        ("--bind", vec!["--bind", &inner_bind, "--", "true"]),
        ("--bind", vec!["--bind", "/usr:../data", "--", "true"]),
        ("--collect", vec!["--collect", "../text", "--", "true"]),
        ("--collect", vec!["--collect", "there", "--", "true"]),
        ("--collect", vec!["--collect", "directory/.", "--", "true"]),
        (
            "--into",
            vec!["--collect", "x", "--into", "missing", "--", "true"],
        ),
    ];
    for (option, arguments) in rows {
        let done = run(home.path(), &arguments)?;
        let said = String::from_utf8_lossy(&done.stderr);
        ensure!(done.status.code() == Some(2), "{arguments:?}: {done:?}");
        ensure!(done.stdout.is_empty(), "{arguments:?}: {done:?}");
        ensure!(
            said.starts_with(&format!("gavel: {option}: ")) && said.lines().count() == 1,
            "{arguments:?}: {said:?}"
        );
    }
    Ok(())
}

#[test]
fn a_file_that_nobody_writes_to_is_refused_and_not_waited_for() -> Result<()> {
    let home = tempfile::tempdir()?;
    let fifo = home.path().join("fifo");
    let made = outcome(home.path(), &[], &["mkfifo", "fifo"], 0)?;
    ensure!(made["end"] == "exited" && !fifo.exists(), "{made}");
    #[expect(clippy::disallowed_methods, reason = "a test makes its own fixtures")]
    let status = std::process::Command::new("mkfifo").arg(&fifo).status()?;
    ensure!(status.success());
    for option in ["--stdin", "--files"] {
        let done = run(home.path(), &[option, "fifo", "--", "true"])?;
        let said = String::from_utf8_lossy(&done.stderr);
        ensure!(done.status.code() == Some(2), "{done:?}");
        ensure!(said.starts_with(&format!("gavel: {option}: ")), "{said}");
    }
    Ok(())
}
